"""The form of a copy of a plan."""

from typing import Any

from django import forms
from django.http import QueryDict

from core.fields import TextField
from indicators.models import Plan
from plans.outline import code_of_copy, next_year


class CopyForm(forms.Form):
    """The year and the code of the copy, and the targets that it takes over (`muc-tieu`, all before it was sent once)."""

    year = forms.IntegerField(
        label="Năm của kế hoạch mới",
        error_messages={"required": "Ghi năm.", "invalid": "Năm viết bằng bốn chữ số."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
    )
    code = TextField(
        label="Mã của kế hoạch mới",
        max_length=20,
        required=False,
        help_text="Dùng trong địa chỉ và câu lệnh; để trống thì là năm, của kế hoạch nhiều năm như 2026-2030.",
    )

    use_required_attribute = False

    def __init__(self, plan: Plan, data: QueryDict | None = None) -> None:
        self.plan = plan
        super().__init__(data, initial={"year": str(next_year(plan))}, auto_id="%s")
        if plan.has_several_years:
            self.fields["year"].label = "Năm đầu của kế hoạch mới"
        codes = set(plan.targets.values_list("code", flat=True))
        self.left_out = codes - set(data.getlist("muc-tieu")) if data is not None else set[str]()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        year = given.get("year")
        given["code"] = given.get("code") or ("" if year is None else code_of_copy(self.plan, year))
        return given
