"""Reports of an agency for a period and their figures (docs: domain, Things, Which figures count)."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Self

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from agencies.models import Agency, Placement, User
from agencies.roles import Role
from core.fields import ExactDecimalField, ProseField
from core.history import RowHistory
from indicators.models.plan import ReportingPeriod
from indicators.models.rollup import Basis
from indicators.models.stand_in import StandIn
from indicators.models.target import Target, Timing
from indicators.rules.calendar import Deadlines, year_start
from indicators.rules.combining import PART_PLACES, VALUE_PLACES


class State(models.TextChoices):
    """draft → submitted → approved, or returned with a reason; superseded: an approved version that a newer one
    replaced."""

    DRAFT = "draft", "Bản nháp"
    SUBMITTED = "submitted", "Chờ duyệt"
    APPROVED = "approved", "Đã duyệt"
    RETURNED = "returned", "Bị trả lại"
    SUPERSEDED = "superseded", "Đã thay bằng bản mới"


# A version with which its agency's report counts as sent (*đã nộp*): the approved one, or a submitted one. A report that was sent
# back, wholly or in single figures, does not until it is sent again; an approved one does while it is open again.
COUNTS_AS_SENT = Q(is_official=True) | Q(is_provisional=True) & ~Q(state=State.RETURNED)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def counted_as_sent(self) -> Self:
        """Versions with which a report counts as sent (`COUNTS_AS_SENT`); two where one is approved and a newer one waits."""
        return self.filter(COUNTS_AS_SENT)

    def latest_versions(self) -> Self:
        """The newest version of each agency's report of a period."""
        return self.filter(is_latest=True)

    def visible_to(self, user: User) -> Self:
        """Reports that a user may open: all, for users who read everything; else those of their agency and of the
        agencies below."""
        if user.reads_everything:
            return self
        if user.agency_id is None or not user.is_active:
            return self.none()
        return self.filter(
            Q(agency=user.agency_id) | Q(agency__parent=user.agency_id) | Q(agency__parent__parent=user.agency_id)
        )

    def reviewable_by(self, user: User) -> Self:
        """Reports that a user may approve or return: of the agencies that they review, and of the communes of a district
        in whose place they act."""
        stood_in = StandIn.objects.open_to(user).filter(agency=OuterRef("agency__parent"), period=OuterRef("period"))
        return self.filter(Q(agency__in=Agency.objects.reviewed_by(user)) | Q(Exists(stood_in)))

    def editable_by(self, user: User) -> Self:
        """Reports that a user may fill in: those of their own agency, as its focal point."""
        if user.is_active and user.holds(Role.FOCAL) and user.agency_id:
            return self.filter(agency=user.agency_id)
        return self.none()

    def sendable_by(self, user: User) -> Self:
        """Reports that a user may submit: those of their own agency, and of a district in whose place they act."""
        return self.filter(Q(pk__in=self.editable_by(user).values("pk")) | Q(Exists(self._in_place(user))))

    def fillable_by(self, user: User) -> Self:
        """Reports whose figures a user may enter: also those of the communes below their district, and of a district in
        whose place they act."""
        return self.filter(Q(agency__in=Agency.objects.filled_in_by(user)) | Q(Exists(self._in_place(user))))

    @staticmethod
    def _in_place(user: User) -> models.QuerySet[StandIn]:
        """The user's acting for the agency of a report, for a subquery."""
        return StandIn.objects.open_to(user).filter(agency=OuterRef("agency"), period=OuterRef("period"))

    def waiting(self) -> Self:
        """Reports that are submitted and not yet decided, oldest first."""
        return self.filter(state=State.SUBMITTED).order_by("submitted_at", "pk")


class Submission(models.Model):
    """One version of an agency's report for a period.

    is_official, is_provisional: the sums in which it counts. Official is the approved version, provisional the newest
    submitted or approved one (docs: domain, Which figures count), also while single figures or parts of it are
    returned: the others stay submitted (`ActualQuerySet.on`, decision 0175).
    submitted_at: the last submission; whole_submitted_at: the last one of all its figures, not of returned ones alone.
    before_decision: what the last decision overwrote, for taking it back (`submissions.undo`).
    """

    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="submissions")
    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.PROTECT, related_name="submissions")
    version = models.PositiveSmallIntegerField("lần", default=1)
    state = models.CharField("trạng thái", max_length=16, choices=State, default=State.DRAFT)
    is_latest = models.BooleanField("bản mới nhất", default=True)
    is_official = models.BooleanField("tính vào số chính thức", default=False)
    is_provisional = models.BooleanField("tính vào số tạm tính", default=False)
    revision = models.PositiveIntegerField("lần lưu", default=0)
    created_at = models.DateTimeField("tạo lúc")
    first_submitted_at = models.DateTimeField("nộp lần đầu lúc", null=True, blank=True)
    submitted_at = models.DateTimeField("nộp lúc", null=True, blank=True)
    whole_submitted_at = models.DateTimeField("cả phiếu nộp lúc", null=True, blank=True)
    submitted_by = models.ForeignKey(
        User, verbose_name="người nộp", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField("duyệt hoặc trả lại lúc", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, verbose_name="người duyệt", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    return_reason = ProseField("lý do trả lại", blank=True, validators=[MaxLengthValidator(2000)])
    reopen_reason = ProseField("lý do mở lại", blank=True, validators=[MaxLengthValidator(2000)])
    extended_until = models.DateField("được sửa đến hết ngày", null=True, blank=True)
    is_late = models.BooleanField("nộp muộn", default=False)
    before_decision = models.JSONField("trước quyết định", null=True, blank=True, editable=False)

    objects = SubmissionQuerySet.as_manager()
    # The agency's own deadlines, on reports whose deadlines were read together (`submissions.detail`).
    own_deadlines: Deadlines | None
    # The day by which it is to be reviewed; set where it is shown.
    review_due_on: dt.date

    class Meta:
        verbose_name = "phiếu báo cáo"
        verbose_name_plural = "phiếu báo cáo"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "period", "version"],
                name="submission_version_once",
                violation_error_message="Phiếu này đã có.",
            ),
            models.UniqueConstraint(
                fields=["agency", "period"],
                condition=Q(is_latest=True),
                name="submission_one_latest",
                violation_error_message="Mỗi kỳ chỉ có một bản mới nhất.",
            ),
            models.UniqueConstraint(
                fields=["agency", "period"],
                condition=Q(is_official=True),
                name="submission_one_official",
                violation_error_message="Mỗi kỳ chỉ có một bản chính thức.",
            ),
            models.UniqueConstraint(
                fields=["agency", "period"],
                condition=Q(is_provisional=True),
                name="submission_one_provisional",
                violation_error_message="Mỗi kỳ chỉ có một bản tạm tính.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values),
                name="submission_state_known",
                violation_error_message="Trạng thái không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(is_official=True, state=State.APPROVED) | (Q(is_official=False) & ~Q(state=State.APPROVED)),
                name="submission_official_is_approved",
                violation_error_message="Số chính thức là số đã duyệt.",
            ),
            models.CheckConstraint(
                condition=Q(is_provisional=False) | Q(state__in=[State.SUBMITTED, State.APPROVED, State.RETURNED]),
                name="submission_provisional_is_sent",
                violation_error_message="Số tạm tính là số đã nộp hoặc đã duyệt.",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.RETURNED) | ~Q(return_reason=""),
                name="submission_return_has_reason",
                violation_error_message="Trả lại phải kèm lý do.",
            ),
        ]
        indexes = [models.Index(fields=["period", "state"], name="submission_queue")]

    def __str__(self) -> str:
        return f"Phiếu {self.period} của {self.agency}"

    def remember(self) -> None:
        """Keep what a decision is about to overwrite."""
        self.before_decision = {
            "reviewed_at": self.reviewed_at and self.reviewed_at.isoformat(),
            "reviewed_by": self.reviewed_by_id,
            "extended_until": self.extended_until and self.extended_until.isoformat(),
        }

    @property
    def receipt_code(self) -> str:
        """Month, agency and version, as printed on receipts and in letters: 08-x11293-02; after the plan where it is not
        the first of its year."""
        plan = self.period.plan
        of_plan = "" if plan.is_first_of_year else f"{plan.address}-"
        month = f"{self.period.year}-" if plan.has_several_years else ""
        return f"{of_plan}{month}{self.period.month:02d}-{self.agency.code}-{self.version:02d}"


class ActualQuerySet(models.QuerySet["Actual"]):
    def on(self, basis: str) -> Self:
        """Figures that count on a basis: the approved ones, or the newest submitted or approved ones.

        In place of a figure that is returned by itself the approved one counts, if there is one (docs: domain, Which
        figures count).
        """
        from indicators.models.decision import ReturnedFigure

        if basis == Basis.OFFICIAL:
            return self.filter(submission__is_official=True)
        return self.filter(ReturnedFigure.objects.counts_provisionally(target=models.OuterRef("target")))

    def of(self, target: Target) -> Self:
        """Figures of a target."""
        return self.filter(target=target)

    def up_to(self, period: ReportingPeriod) -> Self:
        """Figures of the plan's periods up to this one, itself included."""
        return self.filter(submission__period__plan=period.plan_id, submission__period__number__lte=period.number)

    def counted_as_of(self, period: ReportingPeriod) -> Self:
        """Figures of the periods up to this one, of a flow whose sum begins again with each year those of its year."""
        figures, since = self.up_to(period), year_start(period.number)
        if since == 1:
            return figures
        begins_again = Q(target__timing=Timing.FLOW, target__accumulates_over_plan=False)
        return figures.exclude(begins_again, submission__period__number__lt=since)

    def by(self, agencies: Iterable[Agency | int]) -> Self:
        """Figures that these agencies entered."""
        return self.filter(submission__agency__in=agencies)

    def within_then(self, agency: Agency) -> Self:
        """Figures of an agency and of everything below it, by the tree at the end of each figure's own window."""

        def above(agency_then: models.OuterRef) -> models.Subquery:
            placements = Placement.objects.filter(
                agency=agency_then, first_day__lte=models.OuterRef("submission__period__window_last")
            )
            return models.Subquery(placements.order_by("-first_day").values("parent")[:1])

        placed = self.alias(parent_as_of=above(models.OuterRef("submission__agency")))
        placed = placed.alias(grandparent_as_of=above(models.OuterRef("parent_as_of")))
        return placed.filter(
            models.Q(submission__agency=agency)
            | models.Q(parent_as_of=agency.pk)
            | models.Q(grandparent_as_of=agency.pk)
        )

    def summed_by_period(self) -> dict[int, tuple[Decimal | None, Decimal | None, Decimal | None]]:
        """Return {month: (ΣN, ΣD, Σ value)} of the figures entered for each period itself (*trong kỳ*), in one query.

        Months without a figure are left out; a part that the kind does not have is None.
        """
        sums = self.values_list("submission__period__number").annotate(
            models.Sum("numerator"), models.Sum("denominator"), models.Sum("value")
        )
        return {number: (numerator, denominator, value) for number, numerator, denominator, value in sums}


class Actual(models.Model):
    """The figures of one target in a submission (docs: domain, Kinds of target).

    A ratio has numerator and denominator, the others `value` (yes 1, no 0; milestone 0 to 100). A silent agency has no
    row.
    """

    submission = models.ForeignKey(Submission, verbose_name="phiếu", on_delete=models.PROTECT, related_name="actuals")
    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="actuals"
    )
    numerator = ExactDecimalField("tử số", places=PART_PLACES, null=True, blank=True)
    denominator = ExactDecimalField("mẫu số", places=PART_PLACES, null=True, blank=True)
    value = ExactDecimalField("giá trị", places=VALUE_PLACES, null=True, blank=True)
    nothing_arose = models.BooleanField("không phát sinh", default=False)
    note = ProseField("giải trình", blank=True, validators=[MaxLengthValidator(2000)])
    return_reason = ProseField("lý do trả lại", blank=True, validators=[MaxLengthValidator(2000)])
    entered_at = models.DateTimeField("nhập lúc")
    entered_by = models.ForeignKey(
        User, verbose_name="người nhập", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ActualQuerySet.as_manager()
    # Read by simple-history when the row is stored or deleted.
    _change_reason: str
    _history_user: User | None
    _history_date: dt.datetime
    history = RowHistory(verbose_name="lịch sử số liệu")

    class Meta:
        verbose_name = "số liệu"
        verbose_name_plural = "số liệu"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "target"],
                name="actual_once",
                violation_error_message="Chỉ tiêu thành phần này đã có số trong phiếu.",
            ),
            models.CheckConstraint(
                condition=Q(numerator__isnull=False, denominator__isnull=False, value__isnull=True)
                | Q(numerator__isnull=True, denominator__isnull=True, value__isnull=False),
                name="actual_ratio_or_value",
                violation_error_message="Nhập đủ tử số và mẫu số, hoặc một giá trị.",
            ),
            models.CheckConstraint(
                condition=Q(numerator__isnull=True) | Q(numerator__gte=0, denominator__gte=0),
                name="actual_not_negative",
                violation_error_message="Tử số và mẫu số không được âm.",
            ),
            models.CheckConstraint(
                condition=Q(nothing_arose=False) | Q(numerator=0, denominator=0) | Q(value=0),
                name="actual_nothing_is_zero",
                violation_error_message="Không phát sinh thì số phải bằng 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target.code}, {self.submission}"

    def same_figures(self, other: "Actual") -> bool:
        """Return True where both have the same figures, regardless of their notes."""
        mine = (self.numerator, self.denominator, self.value, self.nothing_arose)
        return mine == (other.numerator, other.denominator, other.value, other.nothing_arose)
