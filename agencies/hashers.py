"""Hashing of one-time codes."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneTimeCodeHasher(PBKDF2PasswordHasher):
    """PBKDF2 with few rounds, so that hundreds of codes are made within seconds.

    Only for random codes of 59 bits that expire: their length alone resists guessing. At the first sign-in Django hashes
    the code anew in its preferred way, and the person then chooses a password in its place.
    """

    algorithm = "pbkdf2_sha256_code"
    iterations = 10_000
