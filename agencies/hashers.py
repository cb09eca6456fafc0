"""Hashing of passwords and of one-time codes."""

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id at the least cost that OWASP recommends: 19 MB, two passes, one thread. It takes an eighth of the time of Django's
    PBKDF2, so that a morning of 270 sign-ins leaves the processor to those who save (decision 0330)."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


class OneTimeCodeHasher(PBKDF2PasswordHasher):
    """PBKDF2 with few rounds, so that hundreds of codes are made within seconds.

    Only for random codes of 59 bits that expire: their length alone resists guessing. At the first sign-in Django hashes
    the code anew in its preferred way, and the person then chooses a password in its place.
    """

    algorithm = "pbkdf2_sha256_code"
    iterations = 10_000
