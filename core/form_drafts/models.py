"""Unsent texts of forms, which follow their author to another machine (docs/decisions/0289)."""

import datetime as dt

from django.conf import settings
from django.db import models

from core import clock

# Days for which an unsent text is kept, counted from its last change.
KEPT_DAYS = 30


def oldest() -> dt.datetime:
    """Return the first moment whose unsent texts are still kept."""
    return clock.now() - dt.timedelta(days=KEPT_DAYS)


class FormDraft(models.Model):
    """The unsent contents of one form as its author typed them on one machine. key: the page's own number of the draft; page: the
    address of the form's page; content: the fields as the page keeps them (static/js/pages/form-drafts.js), JSON;
    machine: browser and system, in words."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người gõ", on_delete=models.CASCADE, related_name="+"
    )
    key = models.CharField("số", max_length=24)
    code = models.CharField("biểu mẫu", max_length=300)
    page = models.CharField("trang", max_length=200)
    content = models.TextField("nội dung")
    machine = models.CharField("máy", max_length=60)
    saved_at = models.DateTimeField("giữ lúc")

    class Meta:
        verbose_name = "nội dung gõ dở"
        verbose_name_plural = "nội dung gõ dở"
        constraints = [
            models.UniqueConstraint(
                fields=["author", "key"], name="form_draft_once", violation_error_message="Nội dung này đã được giữ."
            )
        ]
        indexes = [models.Index(fields=["author", "page"], name="form_draft_where")]

    def __str__(self) -> str:
        return f"{self.page}, {self.machine}"
