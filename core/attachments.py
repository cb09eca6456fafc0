"""Base of the models of attached files."""

from django.conf import settings
from django.db import models

from core.fields import LineField


class AttachedFile(models.Model):
    """A file that a person attached, in the private storage (`core.files`). `name`: as its owner called it, for display and
    download; `sha256` shows whether the stored file is still the one that was attached."""

    name = LineField("tên tệp", max_length=200)
    content_type = models.CharField("loại tệp", max_length=100)
    size = models.PositiveIntegerField("dung lượng")
    sha256 = models.CharField("mã kiểm tra", max_length=64)
    file = models.FileField("tệp", max_length=120)
    added_at = models.DateTimeField("đính kèm lúc")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người đính kèm", on_delete=models.PROTECT, related_name="+"
    )

    # Set on a file that was just attached: the changes made to its content, as a sentence (empty: none).
    change_message: str

    class Meta:
        abstract = True
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return self.name
