"""Data calls (*yêu cầu báo cáo đột xuất, chuyên đề*; Decree 09/2019/NĐ-CP): a small form, who fills it in, and their answers."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock, formatting
from core.attachments import AttachedFile
from core.fields import ExactDecimalField, LineField, ProseField
from indicators.models import Plan
from indicators.rules import calendar

FILES_FOLDER = "data-calls"
# Decimals that a number of an answer may have.
MOST_PLACES = 4


class CallState(models.TextChoices):
    """The states of a call: being composed, waiting for answers, over, taken back."""

    DRAFT = "draft", "Đang soạn"
    SENT = "sent", "Đang thu"
    CLOSED = "closed", "Đã kết thúc"
    WITHDRAWN = "withdrawn", "Đã rút"


class DataCallQuerySet(models.QuerySet["DataCall"]):
    def visible_to(self, user: User) -> Self:
        """Calls that a user may open: drafts by the standing agency; what was sent by readers of the whole province, and by people
        of an agency that is asked, or that helps one to fill in its figures."""
        if not user.is_active:
            return self.none()
        if user.holds(Role.STANDING):
            return self
        sent = self.exclude(state=CallState.DRAFT)
        if user.reads_everything:
            return sent
        return sent.filter(pk__in=CallAnswer.objects.visible_to(user).values("call"))

    def running(self) -> Self:
        """Calls that wait for answers, of plans that are not closed."""
        return self.filter(state=CallState.SENT, plan__state__in=["running", "closing"])


class DataCall(models.Model):
    """One data call. ground: the document that asks for it; audience: levels, codes of districts and of agencies, as chosen
    (`data_calls.audience`); in_reports: whether the progress report of the province tells of it; reason: of its withdrawal or
    its last extension; revision: counts the acts, so that two people cannot overwrite each other."""

    class Kind(models.TextChoices):
        URGENT = "urgent", "Đột xuất"
        THEMATIC = "thematic", "Chuyên đề"

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="data_calls")
    kind = models.CharField("loại", max_length=8, choices=Kind, default=Kind.URGENT)
    title = LineField("tên yêu cầu", max_length=200)
    text = ProseField("nội dung yêu cầu")
    ground = LineField("căn cứ", max_length=200, blank=True)
    due = models.DateField("hạn nộp")
    state = models.CharField("tình trạng", max_length=9, choices=CallState, default=CallState.DRAFT)
    audience = models.JSONField("đơn vị được yêu cầu", default=dict)
    in_reports = models.BooleanField("đưa vào báo cáo tiến độ", default=False)
    reason = ProseField("lý do", blank=True)
    made_by = models.ForeignKey(User, verbose_name="người soạn", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("soạn lúc")
    sent_at = models.DateTimeField("gửi lúc", null=True, blank=True)
    ended_at = models.DateTimeField("kết thúc lúc", null=True, blank=True)
    revision = models.PositiveIntegerField("lần ghi", default=0)

    objects = DataCallQuerySet.as_manager()

    class Meta:
        verbose_name = "yêu cầu báo cáo"
        verbose_name_plural = "yêu cầu báo cáo"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CallState.values),
                name="data_call_state_known",
                violation_error_message="Tình trạng không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["urgent", "thematic"]),
                name="data_call_kind_known",
                violation_error_message="Loại không hợp lệ.",
            ),
        ]

    def __str__(self) -> str:
        return f"Yêu cầu báo cáo {self.Kind(self.kind).label.lower()} “{self.title}”"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("data_call", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.state == CallState.DRAFT

    @property
    def is_running(self) -> bool:
        return self.state == CallState.SENT

    def state_words(self, day: dt.date) -> str:
        """Return the state on a day: `Đang thu, còn 5 ngày`."""
        label = CallState(self.state).label
        return f"{label}, {formatting.days_left(self.due, day)}" if self.is_running else label


class CallField(models.Model):
    """One question of a call. places, minimum, maximum, unit: of a number; choices: of a choice, one a line."""

    class Kind(models.TextChoices):
        NUMBER = "number", "Con số"
        TEXT = "text", "Lời văn"
        CHOICE = "choice", "Chọn một trong danh sách"
        YES_NO = "yes_no", "Có hoặc không"
        FILE = "file", "Tệp đính kèm"

    call = models.ForeignKey(DataCall, verbose_name="yêu cầu", on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField("thứ tự")
    label = LineField("câu hỏi", max_length=300)
    kind = models.CharField("kiểu trả lời", max_length=6, choices=Kind)
    is_required = models.BooleanField("bắt buộc", default=True)
    help_text = LineField("hướng dẫn", max_length=300, blank=True)
    unit = LineField("đơn vị tính", max_length=40, blank=True)
    places = models.PositiveSmallIntegerField("số chữ số thập phân", default=0)
    minimum = ExactDecimalField("nhỏ nhất", places=MOST_PLACES, null=True, blank=True)
    maximum = ExactDecimalField("lớn nhất", places=MOST_PLACES, null=True, blank=True)
    choices = ProseField("các lựa chọn", blank=True)

    class Meta:
        verbose_name = "câu hỏi của yêu cầu báo cáo"
        verbose_name_plural = "câu hỏi của yêu cầu báo cáo"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "position"],
                name="call_field_once",
                violation_error_message="Hai câu hỏi có cùng thứ tự.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["number", "text", "choice", "yes_no", "file"]),
                name="call_field_kind_known",
                violation_error_message="Kiểu trả lời không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(maximum__isnull=True) | Q(maximum__gte=F("minimum")),
                name="call_field_bounds_in_order",
                violation_error_message="Số lớn nhất phải không nhỏ hơn số nhỏ nhất.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def name(self) -> str:
        """Its name in the form of an answer."""
        return f"cau-{self.position}"

    @property
    def css(self) -> str:
        """The class of its cells in a table."""
        return "num" if self.kind == self.Kind.NUMBER else "wide"

    @property
    def heading(self) -> str:
        """The question with its unit, as tables head its column."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def options(self) -> list[str]:
        """The choices, in their order."""
        if self.kind == self.Kind.YES_NO:
            return ["Có", "Không"]
        return [line for line in self.choices.split("\n") if line]

    @property
    def bounds(self) -> str:
        """The bounds of a number in words; empty without any."""
        low, high = (formatting.number(bound) for bound in (self.minimum, self.maximum))
        if self.minimum is not None and self.maximum is not None:
            return f"từ {low} đến {high}"
        if self.minimum is not None:
            return f"từ {low} trở lên"
        return f"không quá {high}" if self.maximum is not None else ""


class AnswerState(models.TextChoices):
    """The states of an answer. MOVED: its agency ended before it answered, and its successors are asked."""

    WAITING = "waiting", "Chưa nộp"
    SUBMITTED = "submitted", "Đã nộp, chờ duyệt"
    RETURNED = "returned", "Trả lại"
    APPROVED = "approved", "Đã duyệt"
    MOVED = "moved", "Đơn vị đã kết thúc"


# States in which an agency owes its answer; those in which the answer counts as sent.
OWING = (AnswerState.WAITING, AnswerState.RETURNED)
SENT = (AnswerState.SUBMITTED, AnswerState.APPROVED)


class CallAnswerQuerySet(models.QuerySet["CallAnswer"]):
    def visible_to(self, user: User) -> Self:
        """Answers that a user may read: all for readers of the whole province, else those of their own agency and of those whose
        figures they may fill in."""
        if not user.is_active:
            return self.none()
        sent = self.exclude(call__state=CallState.DRAFT)
        if user.reads_everything:
            return sent
        mine = Q(agency=user.agency_id) if user.agency_id else Q(pk__in=[])
        return sent.filter(mine | Q(agency__in=Agency.objects.filled_in_by(user).values("pk")))

    def owed(self) -> Self:
        """Answers that agencies owe to calls that are running."""
        return self.filter(state__in=OWING, call__in=DataCall.objects.running())

    def with_all(self) -> Self:
        """Answers with their call and agency, for lists."""
        return self.select_related("call__plan", "agency__parent", "submitted_by", "edited_by", "decided_by")

    def with_values(self) -> Self:
        """Answers with what was entered."""
        return self.prefetch_related("values", "files")


class CallAnswer(models.Model):
    """The answer of one agency to a call. until: the last day to mend one that was sent back; first_sent_at: decides whether
    it was on time; sha256: checksum of the lines that were submitted; edited_by: who entered last; asked_for: the ended agency
    whose question it took over."""

    call = models.ForeignKey(DataCall, verbose_name="yêu cầu", on_delete=models.CASCADE, related_name="answers")
    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="+")
    state = models.CharField("tình trạng", max_length=9, choices=AnswerState, default=AnswerState.WAITING)
    until = models.DateField("sửa đến hết ngày", null=True, blank=True)
    first_sent_at = models.DateTimeField("nộp lần đầu lúc", null=True, blank=True)
    submitted_at = models.DateTimeField("nộp lúc", null=True, blank=True)
    submitted_by = models.ForeignKey(
        User, verbose_name="người nộp", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField("mã kiểm tra", max_length=64, blank=True)
    edited_at = models.DateTimeField("nhập lúc", null=True, blank=True)
    edited_by = models.ForeignKey(
        User, verbose_name="người nhập", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("xem xét lúc", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, verbose_name="người xem xét", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    return_reason = ProseField("lý do trả lại", blank=True)
    asked_for = models.ForeignKey(
        Agency, verbose_name="tiếp nhận từ", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField("lần ghi", default=0)

    objects = CallAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "bản trả lời"
        verbose_name_plural = "bản trả lời"
        ordering = ["agency__position", "agency__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "agency"],
                name="call_answer_once",
                violation_error_message="Đơn vị này đã được yêu cầu.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=AnswerState.values),
                name="call_answer_state_known",
                violation_error_message="Tình trạng không hợp lệ.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call}, {self.agency.full_name}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("call_answer", args=[self.call_id, self.agency.code])

    @property
    def due(self) -> dt.date:
        """The last day on which it is on time: the call's, or the later one until which it may be mended."""
        return max(self.call.due, self.until) if self.until else self.call.due

    @property
    def is_owed(self) -> bool:
        """True while the agency owes it. Needs the call."""
        return self.state in OWING and self.call.is_running

    @property
    def is_sent(self) -> bool:
        return self.state in SENT

    def is_overdue(self, day: dt.date) -> bool:
        """Return whether the agency owes it since before a day."""
        return self.is_owed and self.due < day

    @property
    def is_late(self) -> bool:
        """True where it was first sent after the end of the call's last day."""
        end = calendar.end_of_day(self.call.due, clock.VIETNAM)
        return self.first_sent_at is not None and self.first_sent_at >= end

    @property
    def receipt_code(self) -> str:
        """The number of its receipt: `DX12-x10528`."""
        return f"DX{self.call_id}-{self.agency.code}"

    def state_words(self, day: dt.date) -> str:
        """Return the state on a day: `Chưa nộp, còn 5 ngày`, `Đã duyệt, nộp muộn`."""
        label = AnswerState(self.state).label
        if self.is_owed:
            return f"{label}, {formatting.days_left(self.due, day)}"
        return f"{label}, nộp muộn" if self.is_sent and self.is_late else label

    def shown(self, field: CallField) -> str:
        """Return what was answered to a question, in words; empty where nothing was. Needs the values."""
        if field.kind == CallField.Kind.FILE:
            return ", ".join(file.name for file in self.files.all() if file.field_id == field.pk)
        value = self.value_of(field)
        if value is None:
            return ""
        return formatting.number(value.number) if field.kind == CallField.Kind.NUMBER else value.text

    def value_of(self, field: CallField) -> "CallValue | None":
        """Return the stored value of a question; None without one. Needs the values."""
        return next((value for value in self.values.all() if value.field_id == field.pk), None)

    def missing(self, fields: Sequence[CallField]) -> list[CallField]:
        """Return the required questions without an answer. Needs the values."""
        return [field for field in fields if field.is_required and not self.shown(field)]


class CallValue(models.Model):
    """The answer to one question: a number, else words."""

    answer = models.ForeignKey(CallAnswer, verbose_name="bản trả lời", on_delete=models.CASCADE, related_name="values")
    field = models.ForeignKey(CallField, verbose_name="câu hỏi", on_delete=models.CASCADE, related_name="values")
    number = ExactDecimalField("con số", places=MOST_PLACES, null=True, blank=True)
    text = ProseField("lời văn", blank=True)

    class Meta:
        verbose_name = "nội dung trả lời"
        verbose_name_plural = "nội dung trả lời"
        ordering = ["field__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "field"],
                name="call_value_once",
                violation_error_message="Câu hỏi này đã được trả lời.",
            )
        ]

    def __str__(self) -> str:
        return self.text or formatting.number(self.number)

    @property
    def content(self) -> Decimal | str | None:
        """The number, else the words."""
        return self.text if self.number is None else self.number


class CallFile(AttachedFile):
    """A file that answers a question."""

    answer = models.ForeignKey(CallAnswer, verbose_name="bản trả lời", on_delete=models.CASCADE, related_name="files")
    field = models.ForeignKey(CallField, verbose_name="câu hỏi", on_delete=models.CASCADE, related_name="files")

    class Meta(AttachedFile.Meta):
        verbose_name = "tệp trả lời"
        verbose_name_plural = "tệp trả lời"
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "field", "sha256"],
                name="call_file_once",
                violation_error_message="Tệp này đã được đính kèm.",
            )
        ]


class CallReminder(models.Model):
    """An agency was reminded of its answer: once a day at most. recipients: the number of accounts notified."""

    answer = models.ForeignKey(
        CallAnswer, verbose_name="bản trả lời", on_delete=models.CASCADE, related_name="reminders"
    )
    day = models.DateField("ngày nhắc")
    recipients = models.PositiveSmallIntegerField("số tài khoản nhận", default=0)
    at = models.DateTimeField("nhắc lúc")
    by = models.ForeignKey(User, verbose_name="người nhắc", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần nhắc trả lời"
        verbose_name_plural = "lần nhắc trả lời"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "day"],
                name="call_reminder_once_a_day",
                violation_error_message="Đơn vị này đã được nhắc hôm nay.",
            )
        ]

    def __str__(self) -> str:
        return f"Nhắc {self.answer}"
