"""Writes of the installation's facts."""

import hashlib
from collections.abc import Mapping

from django.db import transaction

from core.installation.models import Installation
from core.installation.queries import forget


def load_installation(facts: Mapping[str, str]) -> int:
    """Store the facts of a province where none are stored yet; return how many rows were created."""
    _, is_new = Installation.objects.get_or_create(defaults=dict(facts))
    forget()
    return int(is_new)


def store_logo(installation: Installation, content: bytes | None, content_type: str = "") -> None:
    """Put a picture into an installation that is about to be saved; None takes the present one away."""
    installation.logo = content
    installation.logo_type = content_type if content else ""
    installation.logo_digest = hashlib.sha256(content).hexdigest()[:16] if content else ""


def save_installation(installation: Installation) -> None:
    """Save the facts of the province; this process shows them at once, others within seconds."""
    installation.save()
    transaction.on_commit(forget)
