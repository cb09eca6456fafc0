"""Forms of the first day."""

import datetime as dt
from calendar import monthrange
from typing import Any

from django import forms

from core import clock
from core.fields import TextField
from core.forms import DayField
from core.installation.models import Installation
from core.installation.services import store_logo
from core.photos import BadPhoto, strip_metadata
from indicators.models.plan import LEAST_PERIODS, MOST_PERIODS, MOST_YEARS, TOO_SHORT

MOST_LOGO_BYTES = 512 * 1024
MONTHS = [(str(month), str(month)) for month in range(1, 13)]
# The first bytes of the pictures that a logo may be: ending, type.
PICTURES = {b"\x89PNG\r\n\x1a\n": ("png", "image/png"), b"\xff\xd8\xff": ("jpg", "image/jpeg")}


class ProvinceForm(forms.ModelForm):
    """The province's facts, and its logo as a PNG or JPEG."""

    picture = forms.FileField(label="Biểu trưng (PNG hoặc JPEG, không bắt buộc)", required=False)
    removes_picture = forms.BooleanField(label="Bỏ biểu trưng đang dùng", required=False)

    class Meta:
        model = Installation
        fields = ["province", "system_name", "standing_agency", "support_phone", "support_hours"]
        error_messages = {
            "province": {"required": "Ghi tên tỉnh, thành phố."},
            "system_name": {"required": "Ghi tên hệ thống."},
            "standing_agency": {"required": "Ghi tên cơ quan thường trực."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["picture"].widget.attrs["accept"] = "image/png,image/jpeg"
        if self.errors:
            for name in self.errors:
                if name in self.fields:
                    self.fields[name].widget.attrs["aria-invalid"] = "true"

    def clean_province(self) -> str:
        name: str = self.cleaned_data["province"]
        if not name.lower().startswith(("tỉnh ", "thành phố ")):
            raise forms.ValidationError("Viết cả chữ “tỉnh” hoặc “thành phố” trước tên.")
        return name

    def clean_picture(self) -> tuple[bytes, str] | None:
        """Return the picture without its metadata, and its type; None without one."""
        upload = self.cleaned_data["picture"]
        if not upload:
            return None
        if upload.size > MOST_LOGO_BYTES:
            raise forms.ValidationError("Biểu trưng lớn hơn 512 KB. Thu nhỏ rồi chọn lại.")
        content = upload.read()
        kind = next((kind for signature, kind in PICTURES.items() if content.startswith(signature)), None)
        if kind is None:
            raise forms.ValidationError("Biểu trưng cần là tệp PNG hoặc JPEG.")
        try:
            photo = strip_metadata(content, kind[0])
        except BadPhoto as error:
            raise forms.ValidationError(str(error)) from None
        return photo.content or content, kind[1]

    def save(self, commit: bool = True) -> Installation:
        """Return the facts with their logo, unsaved: the service saves them."""
        installation: Installation = super().save(commit=False)
        picture = self.cleaned_data.get("picture")
        if picture:
            store_logo(installation, *picture)
        elif self.cleaned_data["removes_picture"]:
            store_logo(installation, None)
        return installation


class PlanForm(forms.Form):
    """A plan by its first and last month, code, number, day and name; everything else comes later. Without more than a year
    it lasts that year."""

    year = forms.IntegerField(
        label="Năm",
        min_value=2000,
        max_value=2100,
        error_messages={"required": "Ghi năm của kế hoạch.", "invalid": "Năm là một số, như 2030."},
        help_text="Kế hoạch nhiều năm: năm đầu.",
    )
    last_year = forms.IntegerField(
        label="Đến năm (không bắt buộc)",
        min_value=2000,
        max_value=2110,
        required=False,
        error_messages={"invalid": "Năm là một số, như 2030."},
        help_text="Năm cuối của kế hoạch nhiều năm; để trống thì là năm trên.",
    )
    first_month = forms.TypedChoiceField(
        label="Từ tháng", choices=MONTHS, coerce=int, empty_value=None, required=False, initial="1"
    )
    last_month = forms.TypedChoiceField(
        label="Đến tháng", choices=MONTHS, coerce=int, empty_value=None, required=False, initial="12"
    )
    code = TextField(
        label="Mã (không bắt buộc)",
        max_length=20,
        required=False,
        help_text="Để trống thì là năm, của kế hoạch nhiều năm như 2026-2030. "
        "Năm đã có kế hoạch thì kế hoạch thứ hai cần mã riêng, như ai-2030.",
    )
    number = TextField(label="Số hiệu", max_length=64, required=False)
    issued_on = DayField(label="Ngày ban hành", required=False)
    title = TextField(label="Tên kế hoạch", max_length=300, error_messages={"required": "Ghi tên kế hoạch."})
    issuer = TextField(label="Cơ quan ban hành", max_length=200, error_messages={"required": "Ghi cơ quan ban hành."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if {"year", "last_year", "first_month", "last_month"} & self.errors.keys():
            return given
        given |= {"first_month": given["first_month"] or 1, "last_month": given["last_month"] or 12}
        last_year = given["last_year"] = given["last_year"] or given["year"]
        months = 12 * (last_year - given["year"]) + given["last_month"] - given["first_month"] + 1
        if months < LEAST_PERIODS:
            self.add_error("last_year", TOO_SHORT)
        elif months > MOST_PERIODS:
            self.add_error("last_year", f"Kế hoạch dài nhất {MOST_YEARS} năm. Chọn năm cuối sớm hơn.")
        return given

    @property
    def facts(self) -> dict[str, Any]:
        """Return the fields of the plan: it lasts from the first day of its first month to the last day of its last one."""
        facts = dict(self.cleaned_data)
        last_year, last_month = facts.pop("last_year"), facts.pop("last_month")
        _, days = monthrange(last_year, last_month)
        return facts | {
            "first_day": dt.date(facts["year"], facts["first_month"], 1),
            "last_day": dt.date(last_year, last_month, days),
        }


def first_facts(installation: Installation) -> dict[str, Any]:
    """Return what the form of a plan begins with."""
    year = clock.today().year
    title = f"Kế hoạch Chuyển đổi số {installation.province} năm {year}".replace("  ", " ")
    return {"year": year, "title": title, "issuer": installation.committee}
