"""Progress updates of projects: what each lead reports for a period, with its milestones.

An update is part of its agency's report of the period, as the figures are: it is submitted, approved, returned and
reopened with it, and counts on the same basis (domain.md, *Which figures count*).
"""

import datetime as dt

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from agencies.models import User
from core.attachments import AttachedFile
from core.fields import ExactDecimalField, LineField, ProseField
from core.history import RowHistory
from indicators.models import Basis, ReportingPeriod, ReturnedPart, Submission
from projects.models.plan import Project

LONGEST_TEXT = 4000
DOCUMENT_FOLDER = "projects"


class Stage(models.TextChoices):
    """The stage of a project as its lead reports it."""

    NOT_STARTED = "not_started", "Chưa bắt đầu"
    PREPARING = "preparing", "Chuẩn bị"
    RUNNING = "running", "Đang thực hiện"
    PAUSED = "paused", "Tạm dừng"
    DONE = "done", "Hoàn thành"
    STOPPED = "stopped", "Dừng hẳn"


# Stages after which no more reports are required.
FINAL = (Stage.DONE, Stage.STOPPED)


class ProgressUpdateQuerySet(models.QuerySet["ProgressUpdate"]):
    def on(self, basis: Basis) -> "ProgressUpdateQuerySet":
        """Return the updates that count on a basis: approved ones, or the newest submitted or approved; for an update
        that is returned by itself the approved one, if there is one."""
        if basis == Basis.OFFICIAL:
            return self.filter(submission__is_official=True)
        code = Concat(
            OuterRef("project__section__code"),
            Value("-"),
            Cast(OuterRef("project__number"), models.CharField()),
            output_field=models.CharField(),
        )
        return self.filter(ReturnedPart.objects.counts_provisionally(part=code))

    def up_to(self, period: ReportingPeriod) -> "ProgressUpdateQuerySet":
        """Return the updates of the plan's periods up to this one, the oldest first."""
        return self.filter(
            submission__period__plan=period.plan_id, submission__period__number__lte=period.number
        ).order_by("submission__period__number")

    def newest(self) -> "ProgressUpdateQuerySet":
        """Return the latest of each project and lead. The database chooses, because the earlier ones would bring ten
        thousand milestones that are not needed."""
        later = self.filter(
            project=OuterRef("project"),
            submission__agency=OuterRef("submission__agency"),
            submission__period__number__gt=OuterRef("submission__period__number"),
        ).order_by()
        return self.filter(~Exists(later))

    def with_all(self) -> "ProgressUpdateQuerySet":
        """Load updates with the report they belong to, their milestones and documents."""
        related = ("submission__period__plan", "submission__agency__parent")
        return self.select_related(*related).prefetch_related("milestones", "documents")


class ProgressUpdate(models.Model):
    """The report of one lead on a project for a period. Amounts are whole đồng; `disbursed` is the total paid so
    far."""

    submission = models.ForeignKey(
        Submission, verbose_name="phiếu", on_delete=models.PROTECT, related_name="project_updates"
    )
    project = models.ForeignKey(Project, verbose_name="dự án", on_delete=models.PROTECT, related_name="updates")
    stage = models.CharField("tình trạng", max_length=16, choices=Stage)
    percent = ExactDecimalField("đã hoàn thành (%)", places=2, null=True, blank=True)
    work_done = ProseField("việc đã làm", blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])
    obstacles = ProseField("khó khăn, vướng mắc", blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])
    proposals = ProseField("kiến nghị", blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])
    planned_start = models.DateField("dự kiến bắt đầu", null=True, blank=True)
    planned_finish = models.DateField("dự kiến hoàn thành", null=True, blank=True)
    actual_start = models.DateField("bắt đầu thực tế", null=True, blank=True)
    actual_finish = models.DateField("hoàn thành thực tế", null=True, blank=True)
    contract_value = models.BigIntegerField("giá trị hợp đồng (đồng)", null=True, blank=True)
    disbursed = models.BigIntegerField("đã giải ngân lũy kế (đồng)", null=True, blank=True)
    return_reason = ProseField("lý do trả lại", blank=True, validators=[MaxLengthValidator(2000)])
    entered_at = models.DateTimeField("nhập lúc")
    entered_by = models.ForeignKey(
        User, verbose_name="người nhập", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ProgressUpdateQuerySet.as_manager()
    history = RowHistory(verbose_name="lịch sử tiến độ")
    # What the next row of the history is written with (django-simple-history).
    _history_user: User | None
    _change_reason: str
    _history_date: dt.datetime

    class Meta:
        verbose_name = "tiến độ dự án"
        verbose_name_plural = "tiến độ dự án"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "project"],
                name="update_once",
                violation_error_message="Dự án này đã có tiến độ trong phiếu.",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values),
                name="update_stage_known",
                violation_error_message="Tình trạng không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100),
                name="update_percent_is_share",
                violation_error_message="Tỷ lệ hoàn thành phải từ 0 đến 100%.",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.DONE) | Q(actual_finish__isnull=False),
                name="update_done_has_day",
                violation_error_message="Đã hoàn thành thì cần ngày hoàn thành thực tế.",
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=[Stage.PAUSED, Stage.STOPPED]) | ~Q(obstacles=""),
                name="update_halt_has_reason",
                violation_error_message="Tạm dừng hoặc dừng hẳn phải ghi lý do ở mục khó khăn, vướng mắc.",
            ),
            models.CheckConstraint(
                condition=Q(actual_start__isnull=True)
                | Q(actual_finish__isnull=True)
                | Q(actual_finish__gte=F("actual_start")),
                name="update_days_in_order",
                violation_error_message="Ngày hoàn thành thực tế phải sau ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=(Q(contract_value__isnull=True) | Q(contract_value__gte=0))
                & (Q(disbursed__isnull=True) | Q(disbursed__gte=0)),
                name="update_amounts_not_negative",
                violation_error_message="Số tiền không được âm.",
            ),
            models.CheckConstraint(
                condition=Q(contract_value__isnull=True)
                | Q(disbursed__isnull=True)
                | Q(disbursed__lte=F("contract_value")),
                name="update_disbursed_within_contract",
                violation_error_message="Số đã giải ngân không thể lớn hơn giá trị hợp đồng.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.label}, {self.submission}"


class ProjectDocument(AttachedFile):
    """A file attached to an update; a reopened report's new version refers to the same file. step: the name of the
    milestone that it proves, empty for the project as a whole."""

    update = models.ForeignKey(
        ProgressUpdate, verbose_name="tiến độ", on_delete=models.CASCADE, related_name="documents"
    )
    step = LineField("minh chứng của mốc", max_length=200, blank=True)

    class Meta(AttachedFile.Meta):
        verbose_name = "tài liệu dự án"
        verbose_name_plural = "tài liệu dự án"
        constraints = [
            models.UniqueConstraint(
                fields=["update", "sha256"],
                name="document_once",
                violation_error_message="Tệp này đã được đính kèm.",
            )
        ]


class Milestone(models.Model):
    """A step of a project as a lead reported it: its owner, its due day, the day on which it was done, the evidence."""

    update = models.ForeignKey(
        ProgressUpdate, verbose_name="tiến độ", on_delete=models.CASCADE, related_name="milestones"
    )
    position = models.PositiveSmallIntegerField("thứ tự")
    name = LineField("mốc", max_length=200)
    owner = LineField("người phụ trách", max_length=120, blank=True)
    planned_on = models.DateField("hạn", null=True, blank=True)
    done_on = models.DateField("xong ngày", null=True, blank=True)
    evidence = LineField("minh chứng (số văn bản)", max_length=300, blank=True)

    history = RowHistory(verbose_name="lịch sử mốc")
    # What the next row of the history is written with (django-simple-history).
    _history_user: User | None
    _change_reason: str
    _history_date: dt.datetime

    class Meta:
        verbose_name = "mốc dự án"
        verbose_name_plural = "mốc dự án"
        ordering = ["update", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["update", "position"],
                name="project_milestone_once",
                violation_error_message="Thứ tự này đã có mốc.",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="project_milestone_has_name",
                violation_error_message="Mốc cần có tên.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
