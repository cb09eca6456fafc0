"""Fields of forms and models: clean text, and a decimal that both databases store exactly.

SQLite has no true decimals, and its sums of them are floating point. ExactDecimalField stores the number times 10^places as a
64-bit integer: sums, comparisons and the same bytes on SQLite and PostgreSQL; Python sees a Decimal.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable

from core import formatting, numbers, texts

# The most digits of a row's key that fit a 64-bit integer, whatever they are.
LONGEST_KEY = 18


def exact_text(number: Decimal | None) -> str | None:
    """Return a number as stored data writes it (JSON, exports): exact, without trailing zeros; None for None."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class TextField(forms.CharField):
    """A form field of text cleaned by `texts`: of one line, or of several where its widget has several. Text in the old TCVN3
    encoding is refused with advice."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        cleaned = texts.prose(text) if isinstance(self.widget, forms.Textarea) else texts.line(text)
        return super().to_python(cleaned)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and texts.looks_like_tcvn3(value):
            raise ValidationError(f"{texts.TCVN3_ADVICE}.", code="tcvn3")


class RowsField(forms.ModelMultipleChoiceField):
    """A form field of several rows. A key too long for the database is no choice."""

    def clean(self, value: Any) -> Any:
        for key in value if isinstance(value, list | tuple) else ():
            if len(str(key)) > LONGEST_KEY:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": key}
                )
        return super().clean(value)


if TYPE_CHECKING:
    _TextBase = models.Field[str | int | Combinable, str]
else:
    _TextBase = object


class _CleanText(_TextBase):
    """Mixin of a model's text field: text is cleaned before it is stored and before it is searched for, in every code path. To the
    database and its migrations it is Django's own field."""

    clean_text: Callable[[str], str]

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return self.clean_text(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = self.clean_text(value)
            setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        field: forms.Field | None = super().formfield(**{"form_class": TextField, **kwargs})
        return field

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{self.get_internal_type()}", args, kwargs


class LineField(_CleanText, models.CharField):
    """A model field of one line of text, such as a name."""

    clean_text = staticmethod(texts.line)

    def get_internal_type(self) -> str:
        return "CharField"


class ProseField(_CleanText, models.TextField):
    """A model field of several lines of text."""

    clean_text = staticmethod(texts.prose)

    def get_internal_type(self) -> str:
        return "TextField"


class NumberField(forms.CharField):  # its value is a Decimal: Django's stubs know a CharField's as text only
    """A form field of a typed number, parsed by `numbers` and shown in Vietnamese form; an ambiguous number is asked about.

    Django's own localized field silently reads 78.655 as 78655 and 0.785 as 785.
    """

    largest = Decimal(10) ** 12

    def __init__(self, *, places: int, maximum: Decimal | int | None = None, **kwargs: Any) -> None:
        self.places, self.maximum = places, self.largest if maximum is None else maximum
        super().__init__(**{**kwargs, "max_length": numbers.LONGEST})
        self.widget.attrs |= {"inputmode": "decimal"}

    def to_python(self, value: Any) -> Any:
        """Return the Decimal, None for an empty field. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            parsed = numbers.parse(str(value), self.places, allow_negative=True, maximum=self.maximum)
        except numbers.NumberError as error:
            raise ValidationError(error.message, code="invalid") from None
        if parsed.ambiguous:
            raise ValidationError(parsed.question(str(value)), code="ambiguous")
        return parsed.value

    def run_validators(self, value: Any) -> None:
        if value is not None:
            super().run_validators(str(value))

    def prepare_value(self, value: Any) -> Any:
        return formatting.number(value) if isinstance(value, Decimal) else value


class ExactDecimalField(models.BigIntegerField):
    """A model field of a Decimal with a fixed number of places, stored as a scaled integer."""

    # The types of its values for django-stubs, which expects those of an integer field.
    _pyi_private_get_type: Decimal  # type: ignore[assignment]
    _pyi_private_set_type: Decimal | int | Combinable  # type: ignore[assignment]

    description = "Số thập phân chính xác (%(places)s chữ số)"

    def __init__(self, *args: Any, places: int, **kwargs: Any) -> None:
        self.places = places
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "places": self.places}

    @property
    def scale(self) -> int:
        """Return the factor between the number and the stored integer."""
        return int(10**self.places)

    def from_db_value(self, value: Any, expression: object, connection: object) -> Decimal | None:
        return None if value is None else unscale(int(value), self.places)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except ArithmeticError:
            raise ValidationError("“%(value)s” không phải là số.", code="invalid", params={"value": value}) from None

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self.stored(Decimal(value))

    def stored(self, value: Decimal) -> int:
        """Return the scaled integer of a Decimal. Raises ValidationError where it does not fit exactly."""
        scaled = value.scaleb(self.places)
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValidationError(f"Số có quá {self.places} chữ số thập phân.", code="places")
        return int(scaled)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)

    @property
    def validators(self) -> list[Any]:
        return []

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super(models.IntegerField, self).formfield(
            **{**kwargs, "form_class": NumberField, "places": self.places, "widget": forms.TextInput}
        )


def unscale(stored: int, places: int) -> Decimal:
    """Return the Decimal of a scaled integer, without trailing zeros after the point: unscale(7850000, 6) → Decimal('7.85')."""
    value = Decimal(stored).scaleb(-places)
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


def clean_stored(rows: models.QuerySet[Any]) -> int:
    """Clean the texts of rows that were stored before texts were cleaned on input; return how many rows changed. For migrations:
    the fields may be Django's own."""
    cleaned = {
        field.attname: texts.prose if isinstance(field, models.TextField) else texts.line
        for field in rows.model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    }
    changed = {}
    for row in rows.order_by().values("pk", *cleaned).iterator():
        new = {name: clean(row[name]) for name, clean in cleaned.items() if row[name] and clean(row[name]) != row[name]}
        if new:
            changed[row["pk"]] = new
    for pk, new in changed.items():
        rows.model._base_manager.filter(pk=pk).update(**new)
    return len(changed)
