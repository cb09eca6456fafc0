"""The form of a directing document."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from conclusions.directing.services import Entry
from conclusions.models import DirectingDocument
from core.fields import TextField
from core.forms import DayField
from indicators.submissions.file_types import ENDINGS


class DocumentForm(forms.Form):
    """A document of the register. seen: the revision that the person looked at."""

    kind = forms.ChoiceField(
        label="Loại văn bản",
        choices=[("", "chọn loại"), *DirectingDocument.Kind.choices],
        error_messages={"required": "Chọn loại văn bản."},
    )
    number = TextField(label="Số", max_length=20, error_messages={"required": "Ghi số văn bản."})
    symbol = TextField(
        label="Ký hiệu",
        max_length=40,
        help_text="Như KH-UBND, TB-UBND; không ghi lại số.",
        error_messages={"required": "Ghi ký hiệu."},
    )
    issued_on = DayField(label="Ngày ban hành")
    issuer = TextField(
        label="Cơ quan ban hành",
        max_length=120,
        help_text="Tên ghi vào báo cáo, như Ủy ban nhân dân tỉnh.",
        error_messages={"required": "Ghi cơ quan ban hành."},
    )
    title = TextField(
        label="Trích yếu",
        max_length=500,
        help_text="Như “về đẩy mạnh xử lý hồ sơ trực tuyến”.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Ghi trích yếu."},
    )
    file = forms.FileField(
        label="Tệp văn bản (không bắt buộc)",
        required=False,
        widget=forms.FileInput(attrs={"accept": ENDINGS}),
        error_messages={"empty": "Tệp rỗng. Chọn tệp khác."},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False

    def __init__(
        self,
        document: DirectingDocument | None,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
    ) -> None:
        names = ("kind", "number", "symbol", "issued_on", "issuer", "title")
        initial: dict[str, Any] = {name: getattr(document, name) for name in names} if document else {}
        revision = document.revision if document else 0
        super().__init__(data, files, initial=initial | {"seen": revision}, auto_id="%s")

    @property
    def entry(self) -> Entry:
        """The typed values, the subject on one line. After `is_valid`."""
        values = {name: self.cleaned_data[name] for name in ("kind", "number", "symbol", "issued_on", "issuer")}
        return Entry(**values, title=" ".join(self.cleaned_data["title"].split()))
