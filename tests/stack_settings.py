"""Settings of running products in tests: the product's own, but that a password is checked at once. Hundreds of people sign in."""

from chuyendoiso.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "agencies.hashers.OneTimeCodeHasher"]
