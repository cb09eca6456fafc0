"""Administration of the plan: deadlines, targets, assignments. Figures, reports, roll-ups and pending roll-ups are
read-only: nothing approved is changed from here."""

import datetime as dt
from decimal import Decimal
from typing import Any, TypedDict, cast

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest

from agencies.admin import AuditedAdmin, LevelFilter, NamedInline, ReadOnly, ReadOnlyAdmin, changed_fields
from agencies.models import Agency, User, group_words
from core import clock
from core.fields import TextField
from indicators.calendar import announced
from indicators.calendar import services as calendar_services
from indicators.models import (
    Actual,
    Assignment,
    Charge,
    ChargeReminder,
    ChargeTarget,
    Commitment,
    DayOff,
    Exemption,
    Indicator,
    IndicatorParty,
    PendingRollup,
    Plan,
    ReportingPeriod,
    Rollup,
    RollupState,
    Submission,
    Target,
    TargetDefinition,
    TargetMilestone,
)
from indicators.periods import plan_guard
from indicators.targets import services
from indicators.targets.forms import first_period_field, first_periods


class Person(TypedDict):
    """The keyword arguments of every service: the user and their address."""

    by: User
    address: str


def person_of(request: HttpRequest) -> Person:
    """Return the user of a request, signed in as everybody in the administration, and their address."""
    return {"by": cast(User, request.user), "address": request.META["REMOTE_ADDR"]}


class PlanGuarded(AuditedAdmin):
    """A model whose rows belong to a plan: one that refuses writes is shown read-only, and cannot be chosen for a new row.

    to_plan: the path of fields from a row to its plan; empty for the plan itself.
    """

    to_plan = "plan"

    def plan_of(self, obj: models.Model) -> Plan:
        """Return the plan of a row."""
        owner: Any = obj
        for name in filter(None, self.to_plan.split("__")):
            owner = getattr(owner, name)
        return owner

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or plan_guard.refusal(self.plan_of(obj)) is None)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return a form that refuses a row of a plan that refuses writes, with the reason."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        plan_of = self.plan_of

        class GuardedForm(form):
            def _post_clean(self) -> None:
                super()._post_clean()
                if not self.errors:
                    refusal = plan_guard.refusal(plan_of(self.instance))
                    if refusal:
                        self.add_error(None, refusal)

        return GuardedForm

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Say on the page of a row why it is read-only."""
        obj = kwargs.get("obj")
        refusal = plan_guard.refusal(self.plan_of(obj)) if obj is not None else None
        if refusal and request.method == "GET":
            self.message_user(request, refusal, messages.WARNING)
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Plan)
class PlanAdmin(PlanGuarded):
    to_plan = ""
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ["code", "year", "number", "title", "first_day", "last_day", "min_coverage"]
    fields = [
        "code",
        "year",
        "number",
        "title",
        "issuer",
        "issued_on",
        "source",
        "source_url",
        "reports_to",
        "first_day",
        "last_day",
        "due_day",
        "review_day",
        "keeps_days_off",
        "min_coverage",
        "stand_in_days",
    ]
    readonly_fields = ["code", "year", "first_day", "last_day", "due_day", "review_day", "keeps_days_off"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ReportingPeriod)
class ReportingPeriodAdmin(PlanGuarded):
    """Deadlines. The data windows are those of the plan."""

    list_display = ["__str__", "window_first", "window_last", "opens_on", "due_on", "review_due_on", "closes_on"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    fields = ["plan", "number", "window_first", "window_last", "opens_on", "due_on", "review_due_on", "closes_on"]
    readonly_fields = ["plan", "number", "window_first", "window_last"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ReportingPeriod, form: Any, change: bool) -> None:
        announced.keep(obj.plan, cast(User, request.user))
        super().save_model(request, obj, form, change)


@admin.register(DayOff)
class DayOffAdmin(AuditedAdmin):
    """Days off in lieu and days worked instead, as the Government announces them."""

    list_display = ["day", "name", "is_worked"]
    list_filter = ["is_worked"]
    date_hierarchy = "day"
    ordering = ["-day"]

    def save_model(self, request: HttpRequest, obj: DayOff, form: Any, change: bool) -> None:
        stored = calendar_services.set_day_off(
            day=obj.day,
            name=obj.name,
            is_worked=obj.is_worked,
            instead_of=obj if change else None,
            **person_of(request),
        )
        obj.pk, obj._state.adding = stored.pk, False


class PartyInline(ReadOnly, admin.TabularInline):
    model = IndicatorParty
    fields = ["part", "agency", "group", "reported_by"]


@admin.register(Indicator)
class IndicatorAdmin(ReadOnlyAdmin):
    list_display = ["code_text", "text", "leads_text"]
    list_filter = ["pillar__plan", "pillar"]
    list_select_related = ["pillar"]
    search_fields = ["text"]
    inlines = [PartyInline]

    @admin.display(description="mã")
    def code_text(self, obj: Indicator) -> str:
        return obj.code


class ChargeTargetInline(NamedInline):
    model = ChargeTarget
    extra = 0
    autocomplete_fields = ["target"]


@admin.register(Charge)
class ChargeAdmin(PlanGuarded):
    """Charges of the plan: their agency, sentence, legal ground and targets."""

    list_display = ["code", "title", "agency", "legal_ground"]
    list_filter = ["plan"]
    list_select_related = ["agency__parent"]
    autocomplete_fields = ["agency"]
    fields = ["plan", "code", "title", "agency", "sentence", "duties", "legal_ground", "report_to", "covers_plan"]
    inlines = [ChargeTargetInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["plan", "code"] if obj else []


@admin.register(ChargeReminder)
class ChargeReminderAdmin(ReadOnlyAdmin):
    list_display = ["charge", "period", "agency", "targets", "at", "by"]
    list_filter = ["charge", "period__number"]
    list_select_related = ["charge", "period__plan", "agency__parent", "by"]


@admin.register(Commitment)
class CommitmentAdmin(PlanGuarded):
    """The commitments of the plan's body: words and source. They are assigned on their own page."""

    list_display = ["number", "text", "source", "due"]
    list_filter = ["plan"]
    fields = ["plan", "number", "text", "source", "sentence", "due", "ground"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["plan", "number", "due", "ground"] if obj else ["due", "ground"]


class ReasonForm(forms.ModelForm):
    """A change that needs a reason."""

    reason = TextField(
        label="Lý do", max_length=500, help_text="Ghi vào lịch sử và nhật ký.", widget=forms.Textarea(attrs={"rows": 2})
    )


class MilestoneFormSet(forms.BaseInlineFormSet):
    """Milestones, and with them a check of the whole definition (`services.flaw_in_definition`)."""

    @property
    def milestones(self) -> list[tuple[dt.date, Decimal]]:
        given = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [(row["day"], row["value"]) for row in given if "day" in row and "value" in row]

    def clean(self) -> None:
        super().clean()
        flaw = None if any(self.errors) else services.flaw_in_definition(self.instance, self.milestones)
        if flaw:
            raise forms.ValidationError(flaw.reason)


class MilestoneInline(NamedInline):
    model = TargetMilestone
    formset = MilestoneFormSet
    extra = 0


# Fields of the form of a target that are no part of it.
BESIDE = ("reason", "seen", "first_period")


def next_period(plan: Plan) -> int:
    """Return the month of the plan's period whose window is not over, the last one's where all are. One query."""
    coming = plan.periods.filter(window_last__gte=clock.today()).order_by("number").values_list("number", flat=True)
    return coming.first() or plan.last_number


class TargetForm(ReasonForm):
    """A target with the definition number that the user saw (a change made meanwhile is not overwritten), and the period from
    which a changed definition holds: by default the next one."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, label="")
    first_period = first_period_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_period"].choices = first_periods(self.instance.plan)  # type: ignore[attr-defined]
        self.initial["seen"] = self.instance.definition_number
        self.initial["first_period"] = next_period(self.instance.plan)

    def clean(self) -> None:
        super().clean()
        seen = self.cleaned_data.get("seen")
        stored = Target.objects.get(pk=self.instance.pk)
        if seen is None or seen == stored.definition_number:
            return
        definition = stored.definition
        given = {name: value for name, value in self.cleaned_data.items() if name in definition}
        if all(value == getattr(stored, name) for name, value in given.items()):
            # Most likely the person's own save, whose answer was lost.
            raise forms.ValidationError(
                "Ngưỡng, hạn và giá trị xuất phát ở đây đúng như bản đang lưu. Không cần lưu lại; mở lại trang để xem."
            )
        raise forms.ValidationError("Có người vừa sửa chỉ tiêu này. Chưa lưu gì; mở lại trang để xem bản mới.")


@admin.register(Target)
class TargetAdmin(PlanGuarded):
    """Definition of a target. Kind, timing and unit are read-only: figures were entered by them."""

    form = TargetForm
    inlines = [MilestoneInline]
    list_display = [
        "code",
        "label",
        "kind",
        "timing",
        "frequency",
        "comparator",
        "threshold",
        "unit",
        "due",
        "baseline",
    ]
    list_filter = ["plan", "kind", "timing", "frequency"]
    search_fields = ["code", "label"]
    ordering = ["plan", "position"]
    readonly_fields = ["plan", "indicator", "code", "kind", "timing", "frequency", "unit", "reporting_groups"]
    fields = [
        *readonly_fields,
        "label",
        "numerator_label",
        "denominator_label",
        "comparator",
        "threshold",
        "due",
        "baseline",
        "baseline_source",
        "first_period",
        "reason",
        "seen",
    ]

    @admin.display(description="nhóm báo cáo")
    def reporting_groups(self, target: Target) -> str:
        return ", ".join(group_words(code) for code in target.reporters.split("|"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the target with its milestones, by the service."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        changes = {name: values for name, values in changed_fields(form).items() if name not in BESIDE}
        services.change_target(
            target=form.instance,
            reason=form.cleaned_data["reason"],
            changes=changes,
            milestones=formsets[0].milestones,
            first_period=form.cleaned_data["first_period"],
            **person_of(request),
        )

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """Return the message without milestones: the history of definitions holds their changes."""
        return super().construct_change_message(request, form, [], add)


@admin.register(TargetDefinition)
class DefinitionAdmin(ReadOnlyAdmin):
    list_display = ["target", "number", "made_at", "made_by", "reason"]
    list_filter = ["target__plan"]
    list_select_related = ["target", "made_by"]


@admin.register(Assignment)
class AssignmentAdmin(PlanGuarded):
    """Assignments. An assignment ends on a day; its figures stay."""

    to_plan = "target__plan"
    form = ReasonForm
    list_display = ["target", "agency", "first_day", "last_day"]
    list_filter = ["target__plan", ("agency__level", LevelFilter), "target"]
    list_select_related = ["target", "agency__parent"]
    search_fields = ["target__code", "agency__code", "agency__search_key"]
    autocomplete_fields = ["target", "agency"]
    fields = ["target", "agency", "first_day", "last_day", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["target", "agency"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.change_assignment(assignment=obj, reason=form.cleaned_data["reason"], **person_of(request))


@admin.register(Exemption)
class ExemptionAdmin(PlanGuarded):
    """Exemptions with their reason. Only the last day can be changed."""

    to_plan = "assignment__target__plan"
    list_display = ["assignment", "first_day", "last_day", "reason"]
    list_select_related = ["assignment__target", "assignment__agency__parent"]
    autocomplete_fields = ["assignment"]
    fields = ["assignment", "first_day", "last_day", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["assignment", "first_day", "reason"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            services.end_exemption(exemption=obj, to_day=obj.last_day, **person_of(request))
            return
        made = services.exempt(
            assignment=obj.assignment,
            reason=obj.reason,
            from_day=obj.first_day,
            to_day=obj.last_day,
            **person_of(request),
        )
        obj.pk = made.pk


class ActualInline(ReadOnly, admin.TabularInline):
    model = Actual
    fields = ["target", "numerator", "denominator", "value", "nothing_arose", "note", "entered_at", "entered_by"]


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__",
        "version",
        "state",
        "is_official",
        "is_provisional",
        "is_late",
        "submitted_at",
        "reviewed_at",
    ]
    list_filter = ["state", "period__plan", "period__number", "is_latest", "is_official", "is_late"]
    list_select_related = ["period__plan", "agency__parent"]
    search_fields = ["agency__code", "agency__search_key"]
    inlines = [ActualInline]


@admin.register(Actual)
class ActualAdmin(ReadOnlyAdmin):
    list_display = ["target", "agency", "period", "numerator", "denominator", "value", "nothing_arose", "entered_at"]
    list_filter = ["submission__period__number", "submission__state", "target"]
    list_select_related = ["target", "submission__period__plan", "submission__agency__parent"]
    search_fields = ["target__code", "submission__agency__code", "submission__agency__search_key"]
    ordering = ["-pk"]

    @admin.display(description="đơn vị")
    def agency(self, actual: Actual) -> Agency:
        return actual.submission.agency

    @admin.display(description="kỳ")
    def period(self, actual: Actual) -> ReportingPeriod:
        return actual.submission.period


@admin.register(Rollup)
class RollupAdmin(ReadOnlyAdmin):
    list_display = [
        "target",
        "period",
        "basis",
        "scope",
        "place",
        "value",
        "required",
        "status",
        "expected",
        "approved",
    ]
    list_filter = ["basis", "scope", "period__number", "target"]
    list_select_related = ["target", "period__plan"]
    search_fields = ["node"]
    ordering = ["pk"]

    @admin.display(description="nút", ordering="node")
    def place(self, row: Rollup) -> str:
        return group_words(row.node)


@admin.register(PendingRollup)
class RollupDebtAdmin(ReadOnlyAdmin):
    list_display = ["plan", "target", "agency", "from_period", "created_at"]
    list_select_related = ["plan", "target", "agency__parent"]


@admin.register(RollupState)
class RollupStateAdmin(ReadOnlyAdmin):
    list_display = ["plan", "computed_at", "rows_changed", "verified_at", "verified_rows", "verified_differences"]
    list_select_related = ["plan"]
