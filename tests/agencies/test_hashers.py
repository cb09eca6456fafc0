"""Hashing of passwords: argon2id, and what was stored before it."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, identify_hasher, make_password

pytestmark = pytest.mark.once
HASHERS = [
    "agencies.hashers.PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "agencies.hashers.OneTimeCodeHasher",
]


def test_a_stored_hash_is_made_anew_at_the_next_sign_in(settings):
    settings.PASSWORD_HASHERS = HASHERS
    hashed = make_password("a b c d e f g h")
    assert hashed.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$") and identify_hasher(hashed).algorithm == "argon2"
    old, renewed = PBKDF2PasswordHasher().encode("a b c d e f g h", "salt", 1000), []
    assert check_password("a b c d e f g h", old, setter=renewed.append) and renewed == ["a b c d e f g h"]
    assert check_password("a b c d e f g h", hashed, setter=renewed.append) and len(renewed) == 1
