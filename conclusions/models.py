"""Conclusions of the leader on a target or a project (*kết luận, chỉ đạo*), and what became of them; the register of directing
documents (*văn bản chỉ đạo, điều hành*)."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from agencies.roles import Role
from core import formatting
from core.attachments import AttachedFile
from core.fields import LineField, ProseField
from indicators.models import Plan, Target
from projects.models import Project

# The roles that give a conclusion, send an answer back, and close.
GIVERS = (Role.LEADER, Role.STANDING)
# The roles of an agency's people that answer.
ANSWERERS = (Role.FOCAL, Role.LEAD)
# The folder of the files of directing documents.
DOCUMENTS_FOLDER = "van-ban-chi-dao"


class ConclusionState(models.TextChoices):
    """The states of a conclusion: the agency's turn, the turn of who closes it, done, taken back."""

    OPEN = "open", "Đang thực hiện"
    ANSWERED = "answered", "Đã trả lời, chờ kết thúc"
    CLOSED = "closed", "Đã kết thúc"
    WITHDRAWN = "withdrawn", "Đã rút"


class ConclusionQuerySet(models.QuerySet["Conclusion"]):
    def visible_to(self, user: User) -> Self:
        """Conclusions that a user may read: all for readers of the whole province, else those for agencies of their branch."""
        if user.reads_everything:
            return self
        return self.filter(agency__in=Agency.objects.visible_to(user)) if user.is_active else self.none()

    def with_all(self) -> Self:
        """Conclusions with their subject and agency, for lists."""
        return self.select_related("plan", "target", "project__section", "agency__parent", "given_by")

    def with_steps(self) -> Self:
        """Conclusions with their steps, oldest first."""
        return self.prefetch_related(models.Prefetch("steps", ConclusionStep.objects.select_related("by")))

    def running(self) -> Self:
        """Conclusions that are neither closed nor withdrawn."""
        return self.filter(state__in=[ConclusionState.OPEN, ConclusionState.ANSWERED])


class Conclusion(models.Model):
    """One conclusion, on a target or a project. agency: the one that is responsible; due: the day by which it answers;
    for_missed: opened by the system for a target that was missed when it fell due, and answered with cause, remedy, owner
    and day; given_by: None then; revision: counts the acts, so that two people cannot overwrite each other."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="conclusions")
    target = models.ForeignKey(
        Target,
        verbose_name="chỉ tiêu thành phần",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="conclusions",
    )
    project = models.ForeignKey(
        Project,
        verbose_name="dự án, nhiệm vụ",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="conclusions",
    )
    text = ProseField("nội dung chỉ đạo")
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan chịu trách nhiệm", on_delete=models.PROTECT, related_name="conclusions"
    )
    due = models.DateField("hạn")
    state = models.CharField("tình trạng", max_length=9, choices=ConclusionState, default=ConclusionState.OPEN)
    for_missed = models.BooleanField("giải trình chỉ tiêu không đạt", default=False)
    given_by = models.ForeignKey(
        User, verbose_name="người chỉ đạo", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    given_at = models.DateTimeField("ra lúc")
    revision = models.PositiveIntegerField("lần ghi", default=0)

    objects = ConclusionQuerySet.as_manager()

    class Meta:
        verbose_name = "ý kiến chỉ đạo"
        verbose_name_plural = "ý kiến chỉ đạo"
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target__isnull=False, project__isnull=True) | Q(target__isnull=True, project__isnull=False),
                name="conclusion_on_one_thing",
                violation_error_message="Chọn một chỉ tiêu hoặc một dự án.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ConclusionState.values),
                name="conclusion_state_known",
                violation_error_message="Tình trạng không hợp lệ.",
            ),
            models.UniqueConstraint(
                fields=["target"],
                condition=Q(for_missed=True),
                name="conclusion_once_for_missed",
                violation_error_message="Chỉ tiêu này đã có yêu cầu giải trình.",
            ),
        ]

    def __str__(self) -> str:
        return f"Ý kiến chỉ đạo về {self.subject}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("conclusion", args=[self.pk])

    @property
    def subject(self) -> str:
        """`I.2.b Thủ tục hành chính…`, `DA I.27 Xây dựng…`."""
        if self.project is not None:
            return f"{self.project.label} {self.project.name}"
        return str(self.target)

    @property
    def subject_url(self) -> str:
        """The address of its target or project, in its plan."""
        page = self.project or self.target
        return f"{page.get_absolute_url()}?{self.plan.query}" if page is not None else ""

    @property
    def is_running(self) -> bool:
        return self.state in (ConclusionState.OPEN, ConclusionState.ANSWERED)

    def is_overdue(self, day: dt.date) -> bool:
        """Return whether the agency owes its answer since before a day."""
        return self.state == ConclusionState.OPEN and self.due < day

    def state_words(self, day: dt.date) -> str:
        """Return the state on a day: `Đang thực hiện, còn 5 ngày`, `Quá hạn 3 ngày`, `Đã kết thúc`."""
        label = ConclusionState(self.state).label
        if self.state != ConclusionState.OPEN:
            return label
        left = formatting.days_left(self.due, day)
        return left[:1].upper() + left[1:] if self.is_overdue(day) else f"{label}, {left}"

    @property
    def answer(self) -> "ConclusionStep | None":
        """The agency's last answer; None without one. Needs the steps."""
        return next((step for step in reversed(self.steps.all()) if step.kind == ConclusionStep.Kind.ANSWER), None)

    @property
    def last_step(self) -> "ConclusionStep | None":
        """The last step; None where nothing happened since it was given. Needs the steps."""
        return next(reversed(self.steps.all()), None)


class ConclusionStep(models.Model):
    """A step of a conclusion: an answer of its agency, or a decision on it. cause, remedy, owner, finish_on: of an
    answer about a missed target."""

    class Kind(models.TextChoices):
        ANSWER = "answer", "Kết quả thực hiện"
        SEND_BACK = "send_back", "Yêu cầu thực hiện tiếp"
        CLOSE = "close", "Kết thúc"
        WITHDRAW = "withdraw", "Rút"

    conclusion = models.ForeignKey(
        Conclusion, verbose_name="ý kiến chỉ đạo", on_delete=models.CASCADE, related_name="steps"
    )
    kind = models.CharField("việc", max_length=9, choices=Kind)
    text = ProseField("nội dung", blank=True)
    cause = ProseField("nguyên nhân", blank=True)
    remedy = ProseField("biện pháp khắc phục", blank=True)
    owner = LineField("người chịu trách nhiệm", max_length=120, blank=True)
    finish_on = models.DateField("ngày hoàn thành", null=True, blank=True)
    by = models.ForeignKey(User, verbose_name="người ghi", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "bước theo dõi ý kiến chỉ đạo"
        verbose_name_plural = "bước theo dõi ý kiến chỉ đạo"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["answer", "send_back", "close", "withdraw"]),
                name="conclusion_step_known",
                violation_error_message="Việc không hợp lệ.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.Kind(self.kind).label}: {self.conclusion_id}"

    @property
    def words(self) -> str:
        """Its text; of an answer about a missed target cause, remedy, owner and day as sentences."""
        if not self.cause:
            return self.text
        parts = [
            f"Nguyên nhân: {self.cause.rstrip('.')}.",
            f"Biện pháp: {self.remedy.rstrip('.')}.",
            f"Người chịu trách nhiệm: {self.owner}; hoàn thành ngày {formatting.date(self.finish_on)}.",
        ]
        return " ".join([*parts, self.text] if self.text else parts)


class DirectingDocumentQuerySet(models.QuerySet["DirectingDocument"]):
    def visible_to(self, user: User) -> Self:
        """Documents that a user may read: all for readers of the whole province, none for others."""
        return self if user.reads_everything else self.none()


class DirectingDocument(models.Model):
    """One document by which the plan is directed (*văn bản chỉ đạo, điều hành*), as the standing agency enters it in its register.
    number, symbol: `12`, `KH-UBND`; title: its subject (*trích yếu*); revision: counts the changes, so that two people cannot
    overwrite each other."""

    class Kind(models.TextChoices):
        RESOLUTION = "resolution", "Nghị quyết"
        DIRECTIVE = "directive", "Chỉ thị"
        DECISION = "decision", "Quyết định"
        PLAN = "plan", "Kế hoạch"
        PROGRAMME = "programme", "Chương trình"
        NOTICE = "notice", "Thông báo"
        LETTER = "letter", "Công văn"
        OTHER = "other", "Văn bản"

    plan = models.ForeignKey(
        Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="directing_documents"
    )
    kind = models.CharField("loại văn bản", max_length=10, choices=Kind)
    number = LineField("số", max_length=20)
    symbol = LineField("ký hiệu", max_length=40)
    issued_on = models.DateField("ngày ban hành")
    issuer = LineField("cơ quan ban hành", max_length=120)
    title = LineField("trích yếu", max_length=500)
    entered_at = models.DateTimeField("vào sổ lúc")
    entered_by = models.ForeignKey(User, verbose_name="người vào sổ", on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField("lần ghi", default=0)

    objects = DirectingDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "văn bản chỉ đạo, điều hành"
        verbose_name_plural = "văn bản chỉ đạo, điều hành"
        ordering = ["-issued_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "resolution",
                        "directive",
                        "decision",
                        "plan",
                        "programme",
                        "notice",
                        "letter",
                        "other",
                    ]
                ),
                name="directing_document_kind_known",
                violation_error_message="Loại văn bản không hợp lệ.",
            ),
            models.UniqueConstraint(
                fields=["plan", "number", "symbol", "issuer", "issued_on"],
                name="directing_document_once",
                violation_error_message="Văn bản này đã có trong sổ.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} số {self.code} ngày {formatting.date(self.issued_on)}"

    @property
    def code(self) -> str:
        """`12/KH-UBND`."""
        return f"{self.number}/{self.symbol}"

    @property
    def cited(self) -> str:
        """`Kế hoạch số 12/KH-UBND ngày 05 tháng 6 năm 2026 của UBND tỉnh về chuyển đổi số`, as the decree has documents cited."""
        subject = self.title.rstrip(" .;")
        if subject[1:2].islower():
            subject = f"{subject[:1].lower()}{subject[1:]}"
        about = subject if subject.startswith(("về ", "v/v ")) else f"về {subject}"
        day = formatting.document_date(self.issued_on)
        return f"{self.get_kind_display()} số {self.code} {day} của {self.issuer} {about}"


class DirectingFile(AttachedFile):
    """The scanned text of a directing document; at most one."""

    document = models.OneToOneField(
        DirectingDocument, verbose_name="văn bản", on_delete=models.CASCADE, related_name="attached"
    )

    class Meta(AttachedFile.Meta):
        verbose_name = "tệp văn bản chỉ đạo"
        verbose_name_plural = "tệp văn bản chỉ đạo"
