"""The form of a rule between targets."""

from django import forms
from django.http import QueryDict

from core.fields import TextField
from core.forms import ReasonField
from indicators.models import Kind, Plan
from indicators.rules.consistency import Check, TargetRule
from indicators.targets.target_rules.text import CHECK_WORDS, RuleRow

# Fields for targets; the order counts where one is part of the other.
PLACES = 4


class RuleForm(forms.Form):
    """A rule and the reason of the change. seen: the sentence of the rule that the person looked at; empty for a new one."""

    condition = forms.ChoiceField(
        label="Quy tắc", choices=[(check.value, label) for check, label in CHECK_WORDS.items()]
    )
    why = TextField(
        label="Vì sao có quy tắc này",
        max_length=200,
        help_text="Hiện cho người nhập và người duyệt khi số không khớp.",
        error_messages={"required": "Ghi vì sao có quy tắc này."},
    )
    reason = ReasonField("Lý do của lần ghi này", help_text="Ghi vào nhật ký.")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    use_required_attribute = False

    def __init__(self, plan: Plan, row: RuleRow | None, data: QueryDict | None = None) -> None:
        initial: dict[str, str] = {}
        if row is not None:
            initial = {"condition": row.rule.check.value, "why": row.rule.why, "seen": row.sentence}
            initial |= {f"target-{place}": code for place, code in enumerate(row.rule.targets, 1)}
        super().__init__(data, initial=initial, auto_id="%s")
        ratios = plan.targets.filter(kind=Kind.RATIO).in_order().values_list("code", "label")
        choices = [("", "không chọn"), *((code, f"{code} {label}") for code, label in ratios)]
        fields = {}
        for place in range(1, max(PLACES, len(row.rule.targets) if row else 0) + 1):
            fields[f"target-{place}"] = forms.ChoiceField(
                label=f"Chỉ tiêu thứ {place}",
                choices=choices,
                required=place == 1,
                error_messages={
                    "required": "Chọn chỉ tiêu.",
                    "invalid_choice": "Chọn một chỉ tiêu tỷ lệ của kế hoạch.",
                },
            )
        self.fields = {"condition": self.fields["condition"], **fields, **self.fields}

    @property
    def target_fields(self) -> list[forms.BoundField]:
        """The fields of the targets, in their order."""
        return [self[name] for name in self.fields if name.startswith("target-")]

    @property
    def rule(self) -> TargetRule:
        """The rule that was typed. After `is_valid`."""
        codes = [self.cleaned_data[field.name] for field in self.target_fields]
        return TargetRule(
            Check(self.cleaned_data["condition"]), tuple(code for code in codes if code), self.cleaned_data["why"]
        )


class WithdrawForm(forms.Form):
    """The reason for which a rule is withdrawn. seen: the sentence of the rule that the person looked at."""

    reason = ReasonField("Vì sao rút", help_text="Hiện trong danh sách và ghi vào nhật ký.")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    use_required_attribute = False
