"""The forms of data calls: composing one, its questions, an answer, decisions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from agencies.models import Agency, Level
from core import formatting
from core.fields import NumberField, TextField
from core.forms import DayField, ReasonField
from data_calls.audience import LEVELS, Audience, choices
from data_calls.models import MOST_PLACES, CallAnswer, CallField, DataCall
from data_calls.services import MOST_FIELDS, Content
from indicators.submissions.file_types import ENDINGS

LONGEST = 2000
MOST_OPTIONS = 20
# Empty questions at the end of the form.
SPARE = 5


class ComposeForm(forms.Form):
    """A call but for its questions."""

    kind = forms.ChoiceField(label="Loại", choices=DataCall.Kind.choices)
    title = TextField(label="Tên yêu cầu", max_length=200, error_messages={"required": "Ghi tên yêu cầu."})
    ground = TextField(
        label="Căn cứ", max_length=200, required=False, help_text="Văn bản yêu cầu báo cáo: số, ký hiệu, ngày."
    )
    text = TextField(
        label="Nội dung yêu cầu",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Ghi nội dung yêu cầu."},
    )
    due = DayField(label="Hạn nộp")
    levels = forms.MultipleChoiceField(label="Mọi đơn vị của cấp", required=False, widget=forms.CheckboxSelectMultiple)
    districts = forms.MultipleChoiceField(label="Mọi xã của huyện", required=False, widget=forms.CheckboxSelectMultiple)
    agencies = forms.MultipleChoiceField(label="Từng đơn vị", required=False, widget=forms.CheckboxSelectMultiple)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    use_required_attribute = False

    def __init__(self, call: DataCall | None, data: QueryDict | None = None) -> None:
        initial = {}
        if call is not None:
            audience = Audience.read(call.audience)
            initial = {name: getattr(call, name) for name in ("kind", "title", "ground", "text", "due")}
            initial |= audience.stored | {"seen": call.revision}
        super().__init__(data, initial=initial, auto_id="%s")
        offered_agencies = list(choices().select_related("parent"))
        present = {agency.level for agency in offered_agencies}
        with_communes = {agency.parent_id for agency in offered_agencies if agency.level == Level.COMMUNE}
        offered = {
            "levels": [(level.value, level.label) for level in LEVELS if level in present],
            "districts": [(agency.code, agency.name) for agency in offered_agencies if agency.pk in with_communes],
            "agencies": [(agency.code, agency.full_name) for agency in offered_agencies],
        }
        for name, options in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = options
            field.error_messages["invalid_choice"] = "Chọn trong danh sách."

    @property
    def audience(self) -> Audience:
        """The chosen agencies. After `is_valid`."""
        return Audience(*(tuple(self.cleaned_data[name]) for name in ("levels", "districts", "agencies")))

    def content(self, fields: Sequence[dict[str, Any]]) -> Content:
        """The entered content, with the questions. After `is_valid`."""
        named = {name: self.cleaned_data[name] for name in ("kind", "title", "ground", "text", "due")}
        return Content(**named, audience=self.audience, fields=fields)


class FieldForm(forms.Form):
    """One question of a call. is_next: empty, and shown unfolded."""

    is_next = False

    label = TextField(label="Câu hỏi", max_length=300, error_messages={"required": "Ghi câu hỏi."})
    kind = forms.ChoiceField(label="Kiểu trả lời", choices=CallField.Kind.choices, initial=CallField.Kind.NUMBER)
    is_required = forms.BooleanField(label="Bắt buộc trả lời", required=False, initial=True)
    help_text = TextField(label="Hướng dẫn trả lời", max_length=300, required=False)
    unit = TextField(label="Đơn vị tính", max_length=40, required=False)
    places = forms.IntegerField(
        label="Số chữ số thập phân", min_value=0, max_value=MOST_PLACES, required=False, initial=0
    )
    minimum = NumberField(label="Nhỏ nhất", places=MOST_PLACES, required=False)
    maximum = NumberField(label="Lớn nhất", places=MOST_PLACES, required=False)
    choices = TextField(
        label="Các lựa chọn",
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Mỗi dòng một lựa chọn.",
    )

    use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        """Keep only what the kind of answer uses; refuse bounds out of order and choices that are none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind == CallField.Kind.NUMBER:
            low, high = data.get("minimum"), data.get("maximum")
            if low is not None and high is not None and low > high:
                self.add_error("maximum", "Số lớn nhất phải không nhỏ hơn số nhỏ nhất.")
            data["places"] = data.get("places") or 0
        else:
            data |= {"unit": "", "places": 0, "minimum": None, "maximum": None}
        options = list(dict.fromkeys(line.strip() for line in data.get("choices", "").split("\n") if line.strip()))
        if kind == CallField.Kind.CHOICE and not 2 <= len(options) <= MOST_OPTIONS:
            self.add_error("choices", f"Ghi từ 2 đến {MOST_OPTIONS} lựa chọn khác nhau, mỗi dòng một lựa chọn.")
        data["choices"] = "\n".join(options) if kind == CallField.Kind.CHOICE else ""
        return data


class BaseFieldFormSet(forms.BaseFormSet):
    """The questions of a call, in their order, with empty ones to fill in at the end."""

    def __init__(self, call: DataCall | None, data: QueryDict | None = None) -> None:
        stored = [] if call is None else list(call.fields.all())
        columns = FieldForm.base_fields
        initial = [{name: getattr(one, name) for name in columns} for one in stored]
        super().__init__(data, initial=initial, prefix="cau")

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        # The page folds the empty questions after the second one.
        assert isinstance(form, FieldForm)
        form.is_next = index is not None and index <= self.initial_form_count() + 1
        form.fields["DELETE"].label = "Bỏ câu hỏi này"
        form.fields["ORDER"].label = "Thứ tự"
        form.fields["ORDER"].error_messages["invalid"] = "Thứ tự là một số."

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The columns of the questions that stay, in their order. After `is_valid`."""
        filled = [form for form in self.ordered_forms if form.cleaned_data.get("label")]
        return [{name: form.cleaned_data[name] for name in FieldForm.base_fields} for form in filled]


def questions_form(call: DataCall | None, data: QueryDict | None) -> BaseFieldFormSet:
    """Return the form of a call's questions."""
    made: BaseFieldFormSet = _FieldFormSet(call, data)
    return made


_FieldFormSet: Any = forms.formset_factory(
    FieldForm,
    formset=BaseFieldFormSet,
    extra=SPARE,
    can_delete=True,
    can_order=True,
    max_num=MOST_FIELDS + SPARE,
    absolute_max=MOST_FIELDS + SPARE,
    validate_max=True,
)


class AnswerNumberField(NumberField):
    """A number between bounds."""

    def __init__(self, question: CallField, **kwargs: Any) -> None:
        super().__init__(places=question.places, **kwargs)
        self.question = question

    def validate(self, value: Any) -> None:
        super().validate(value)
        low, high = self.question.minimum, self.question.maximum
        if isinstance(value, Decimal) and ((low is not None and value < low) or (high is not None and value > high)):
            raise ValidationError(f"Số phải {self.question.bounds}.", code="bounds")


class AnswerForm(forms.Form):
    """An answer to a call, built of its questions. Nothing is required while it is entered; `answers.submit` says what is missing.
    preview: nothing of it can be sent."""

    def __init__(
        self,
        fields: Sequence[CallField],
        answer: CallAnswer | None = None,
        data: QueryDict | None = None,
        *,
        preview: bool = False,
    ) -> None:
        initial: dict[str, Any] = {"seen": answer.revision if answer else 0}
        if answer is not None:
            initial |= {field.name: value.content for field in fields if (value := answer.value_of(field)) is not None}
        super().__init__(data, initial=initial, auto_id="%s")
        self.questions = fields
        for question in fields:
            self.fields[question.name] = _input(question, preview)
        self.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False

    @property
    def values(self) -> dict[int, Decimal | str | None]:
        """The answers, by question. After `is_valid`."""
        return {
            question.pk: self.cleaned_data[question.name]
            for question in self.questions
            if question.kind != CallField.Kind.FILE
        }

    @property
    def file_questions(self) -> list[CallField]:
        return [question for question in self.questions if question.kind == CallField.Kind.FILE]


class ExtendForm(forms.Form):
    """Another day for a call."""

    due = DayField(label="Hạn nộp mới")
    reason = ReasonField()
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False


class ReasonForm(forms.Form):
    """The reason of a decision on a call or an answer. optional: it may be left out."""

    reason = ReasonField()
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = not optional
        if optional:
            self.fields["reason"].label = "Ghi chú (nếu có)"


def _input(question: CallField, preview: bool) -> forms.Field:
    """Return the form field of a question."""
    same: dict[str, Any] = {
        "label": f"{question.heading}{'' if question.is_required else ' (không bắt buộc)'}",
        "help_text": question.help_text,
        "required": False,
        "disabled": preview,
    }
    if question.kind == CallField.Kind.NUMBER:
        bounds = f"Số {question.bounds}." if question.bounds else ""
        return AnswerNumberField(question, **same | {"help_text": " ".join(filter(None, [question.help_text, bounds]))})
    if question.options:
        return forms.ChoiceField(choices=[("", "chọn"), *((option, option) for option in question.options)], **same)
    if question.kind == CallField.Kind.FILE:
        return forms.FileField(widget=forms.FileInput(attrs={"accept": ENDINGS}), **same)
    return TextField(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}), **same)


def names_of(agencies: Sequence[Agency], most: int = 12) -> str:
    """Return names of agencies in a sentence, the first ones of many."""
    more = f" và {formatting.number(len(agencies) - most)} đơn vị nữa" if len(agencies) > most else ""
    return ", ".join(agency.place_name for agency in agencies[:most]) + more
