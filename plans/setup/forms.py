"""Forms of the first day."""

import datetime as dt
from typing import Any

from django import forms

from core import clock
from core.fields import TextField
from core.forms import DayField
from core.installation.models import Installation
from core.installation.services import store_logo
from core.photos import BadPhoto, strip_metadata

MOST_LOGO_BYTES = 512 * 1024
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
    """A plan by its year, code, number, day and name; everything else comes later."""

    year = forms.IntegerField(
        label="Năm",
        min_value=2000,
        max_value=2100,
        error_messages={"required": "Ghi năm của kế hoạch.", "invalid": "Năm là một số, như 2030."},
    )
    code = TextField(
        label="Mã (không bắt buộc)",
        max_length=20,
        required=False,
        help_text="Để trống thì là năm. Năm đã có kế hoạch thì kế hoạch thứ hai cần mã riêng, như ai-2030.",
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

    @property
    def facts(self) -> dict[str, Any]:
        """Return the fields of the plan: the plan lasts its whole year."""
        year = self.cleaned_data["year"]
        return self.cleaned_data | {"first_day": dt.date(year, 1, 1), "last_day": dt.date(year, 12, 31)}


def first_facts(installation: Installation) -> dict[str, Any]:
    """Return what the form of a plan begins with."""
    year = clock.today().year
    title = f"Kế hoạch Chuyển đổi số {installation.province} năm {year}".replace("  ", " ")
    return {"year": year, "title": title, "issuer": installation.committee}
