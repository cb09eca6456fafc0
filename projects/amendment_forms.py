"""The forms that add, correct and withdraw a project of the plan."""

from typing import Any

from django import forms
from django.http import QueryDict

from agencies.models import Agency, party_choices
from core import clock
from core.fields import TextField
from core.forms import DayField, ReasonField
from indicators.models import Plan
from projects.amendments import LABELS, Amendment, flaw_in
from projects.models import Project


class AmendmentForm(forms.Form):
    """A project as it shall be, and why. section: only of a project that is added; seen: the revision that the person
    looked at."""

    section = forms.ChoiceField(label="Nhóm", error_messages={"required": "Chọn nhóm."})
    name = TextField(label=LABELS["name"], max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), required=False)
    leads = forms.MultipleChoiceField(label=LABELS["leads"], required=False, widget=forms.CheckboxSelectMultiple)
    reported_by = forms.ChoiceField(label=LABELS["reported_by"], required=False)
    coordinators = forms.MultipleChoiceField(
        label=LABELS["coordinators"], required=False, widget=forms.CheckboxSelectMultiple
    )
    due = DayField(label=LABELS["due"], required=False)
    is_ongoing = forms.BooleanField(label=LABELS["is_ongoing"], required=False)
    targets = forms.MultipleChoiceField(label=LABELS["targets"], required=False, widget=forms.CheckboxSelectMultiple)
    reason = ReasonField()
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False

    def __init__(self, plan: Plan, data: QueryDict | None = None, *, project: Project | None = None) -> None:
        self.plan = plan
        self.stored = Amendment.stored(project) if project else None
        initial: dict[str, Any] = {"seen": project.revision if project else 0}
        if self.stored is not None:
            initial |= self.stored._asdict()
        super().__init__(data, initial=initial, auto_id="%s")
        if project is None:
            self.fields["section"].choices = [  # type: ignore[attr-defined]
                ("", "chọn nhóm"),
                *((section.code, str(section)) for section in plan.project_sections.all()),
            ]
        else:
            del self.fields["section"]
        choices = party_choices(clock.today(), outside=True)
        # An agency that has ended since, or a commune, stays to be chosen where it is stored.
        known = dict(choices)
        for code in (*self.stored.leads, *self.stored.coordinators) if self.stored else ():
            if code not in known:
                choices.append((code, Agency.objects.get(code=code).name))
                known[code] = code
        self.fields["leads"].choices = self.fields["coordinators"].choices = choices  # type: ignore[attr-defined]
        agencies = [(code, name) for code, name in choices if not code.startswith("@")]
        self.fields["reported_by"].choices = [("", "không, chủ trì tự báo cáo"), *agencies]  # type: ignore[attr-defined]
        self.fields["targets"].choices = [  # type: ignore[attr-defined]
            (target.code, str(target)) for target in plan.targets.in_order()
        ]

    @property
    def amendment(self) -> Amendment:
        """The project as typed. After `is_valid`; parties that were stored keep their order, new ones follow."""
        given = self.cleaned_data
        return Amendment(
            name=" ".join(given["name"].split()),
            leads=_in_order(given["leads"], self.stored.leads if self.stored else ()),
            reported_by=given["reported_by"],
            coordinators=_in_order(given["coordinators"], self.stored.coordinators if self.stored else ()),
            due=given["due"],
            is_ongoing=given["is_ongoing"],
            targets=tuple(given["targets"]),
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors:
            flaw = flaw_in(self.plan, self.amendment)
            if flaw:
                self.add_error(*flaw)
        return given


class WithdrawalForm(forms.Form):
    """The reason why a project is withdrawn or put back."""

    reason = ReasonField()

    use_required_attribute = False

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="%s")


def _in_order(chosen: list[str], stored: tuple[str, ...]) -> tuple[str, ...]:
    first = [code for code in stored if code in chosen]
    return (*first, *(code for code in chosen if code not in first))
