"""How a project goes: what each of its leads reports for a period, with its milestones.

An update is part of its agency's report of the period, as the figures are: it is sent, approved, returned and reopened with
it, and counts on the same basis (domain.md, *Which figures count*).
"""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from simple_history.models import HistoricalRecords

from agencies.models import User
from core.attachments import AttachedFile
from core.fields import ExactDecimalField, LineField, ProseField
from indicators.models import Basis, ReturnedPart, Submission
from projects.models.plan import Project

LONGEST_TEXT = 4000
DOCUMENT_FOLDER = "projects"


class Stage(models.TextChoices):
    """Where a lead says that the project stands."""

    NOT_STARTED = "not_started", "Chưa bắt đầu"
    PREPARING = "preparing", "Chuẩn bị"
    RUNNING = "running", "Đang thực hiện"
    PAUSED = "paused", "Tạm dừng"
    DONE = "done", "Hoàn thành"
    STOPPED = "stopped", "Dừng hẳn"


# Nothing more is asked about these.
FINAL = (Stage.DONE, Stage.STOPPED)


class ProgressUpdateQuerySet(models.QuerySet):
    def on(self, basis):
        """Updates that count on a basis: approved ones, or the newest submitted or approved; in the place of one that is sent
        back by itself the approved one, if there is one."""
        if basis == Basis.OFFICIAL:
            return self.filter(submission__is_official=True)
        code = Concat(
            OuterRef("project__section__code"),
            Value("-"),
            Cast(OuterRef("project__number"), models.CharField()),
            output_field=models.CharField(),
        )
        return self.filter(ReturnedPart.objects.counts_provisionally(part=code))

    def up_to(self, period):
        """Updates of the plan's periods until this one, itself included, the oldest first."""
        return self.filter(
            submission__period__plan=period.plan_id, submission__period__number__lte=period.number
        ).order_by("submission__period__number")

    def newest(self):
        """Of these the latest of each project and lead. The database chooses: with those before it come ten thousand
        milestones that nobody reads."""
        later = self.filter(
            project=OuterRef("project"),
            submission__agency=OuterRef("submission__agency"),
            submission__period__number__gt=OuterRef("submission__period__number"),
        ).order_by()
        return self.filter(~Exists(later))

    def with_all(self):
        """With the report they belong to and their milestones."""
        related = ("submission__period", "submission__agency__parent")
        return self.select_related(*related).prefetch_related("milestones", "documents")


class ProgressUpdate(models.Model):
    """What one lead reports of a project for a period. Amounts are whole đồng; `disbursed` is what has been paid so far."""

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
    history = HistoricalRecords(verbose_name="lịch sử tiến độ")

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
                violation_error_message="Tỷ lệ hoàn thành phải từ 0 đến 100 %.",
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

    def __str__(self):
        return f"{self.project.label}, {self.submission}"


class ProjectDocument(AttachedFile):
    """A file attached to an update; a reopened report's new version refers to the same file. `step`: the milestone that it is
    the evidence of, by its name, empty for the project as a whole."""

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
    """A step of a project as a lead reported it: who answers for it, until when, when it was done, what shows it."""

    update = models.ForeignKey(
        ProgressUpdate, verbose_name="tiến độ", on_delete=models.CASCADE, related_name="milestones"
    )
    position = models.PositiveSmallIntegerField("thứ tự")
    name = LineField("mốc", max_length=200)
    owner = LineField("người phụ trách", max_length=120, blank=True)
    planned_on = models.DateField("hạn", null=True, blank=True)
    done_on = models.DateField("xong ngày", null=True, blank=True)
    evidence = LineField("minh chứng (số văn bản)", max_length=300, blank=True)

    history = HistoricalRecords(verbose_name="lịch sử mốc")

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

    def __str__(self):
        return self.name
