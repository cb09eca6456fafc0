"""Keys of connected systems: made of a public part and a secret one, of which only the hash is stored; and the tokens of
OAuth2 client credentials that are made from them."""

import hashlib
import hmac
import secrets
from typing import NamedTuple

from django.core import signing

PREFIX = "cds"
# A token of client credentials is valid for so many seconds.
TOKEN_SECONDS = 3600
_SALT = "exchange.token"


class Key(NamedTuple):
    """A key as a program sends it. It never stands in a log or in the database."""

    client_id: str
    secret: str

    def __str__(self) -> str:
        return f"{PREFIX}_{self.client_id}_{self.secret}"


def new_client_id() -> str:
    """Return a new public part: 16 letters and digits."""
    return secrets.token_hex(8)


def new_key(client_id: str) -> Key:
    """Return a new key of a system, with 256 random bits."""
    return Key(client_id, secrets.token_urlsafe(32))


def read(text: str) -> Key | None:
    """Return the key that a text is; None where it is none."""
    parts = text.split("_", 2)
    return Key(parts[1], parts[2]) if len(parts) == 3 and parts[0] == PREFIX else None


def hash_of(secret: str) -> str:
    """Return the hash of a secret part as it is stored. The secret is random, so that a plain hash suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fits(secret: str, key_hash: str) -> bool:
    """Return whether a secret part is the one of a stored hash; False where there is no key."""
    return bool(key_hash) and hmac.compare_digest(hash_of(secret), key_hash)


def new_token(client_id: str, key_hash: str) -> str:
    """Return a token that stands for the key for TOKEN_SECONDS. A new key makes the tokens of the old one invalid."""
    return signing.dumps([client_id, key_hash[:16]], salt=_SALT)


def read_token(text: str) -> tuple[str, str] | None:
    """Return (public part, beginning of the key's hash) of a valid token; None of any other text."""
    try:
        client_id, beginning = signing.loads(text, salt=_SALT, max_age=TOKEN_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return client_id, beginning
