"""Base of the acts of the audit log, and the acts of the log itself."""

from django.db import models


class AuditAct(models.TextChoices):
    """An act that is written to the audit log. Each package declares its own acts as a subclass, in its module `audit_acts`.

    The value is Vietnamese and is its own label: the log stores it, hashes it and shows it. The value of an act that was ever
    written must not change; queries compare with the member, never with a text.
    """

    @property
    def label(self) -> str:
        """Return the text to show: the stored text itself."""
        return str(self.value)

    @property
    def changes_pages(self) -> bool:
        """Return whether pages may show something else after the act; if not, cached pages stay valid."""
        return True


class LogAct(AuditAct):
    """Acts on the audit log itself."""

    ARCHIVE = "lưu trữ nhật ký"
    BACKUP = "ghi nhận sao lưu"
    INCIDENT_BEGAN = "ghi nhận sự cố"
    INCIDENT_ENDED = "ghi nhận hết sự cố"

    @property
    def changes_pages(self) -> bool:
        return False
