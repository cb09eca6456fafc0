"""A decimal that both databases keep exactly.

SQLite has no true decimals, and its sums of them are floating point. This field stores the number times 10^places as a
64-bit integer: sums, comparisons and the same bytes on SQLite and PostgreSQL; Python sees a Decimal.
"""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from chuyendoiso import formatting, numbers


def exact_text(number: Decimal | None) -> str | None:
    """A number as kept data holds it (JSON, exports): exact, without trailing zeros."""
    if number is None:
        return None
    said = f"{number:f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


class NumberField(forms.CharField):
    """A number as people type it, read by `numbers` and shown in Vietnamese dress; what has two readings is asked about.

    Django's own localized field reads 78.655 as 78655 and 0.785 as 785 without a word.
    """

    largest = Decimal(10) ** 12

    def __init__(self, *, places, maximum=None, **kwargs):
        self.places, self.maximum = places, self.largest if maximum is None else maximum
        super().__init__(**{**kwargs, "max_length": numbers.LONGEST})
        self.widget.attrs |= {"inputmode": "decimal"}

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            parsed = numbers.parse(str(value), self.places, allow_negative=True, maximum=self.maximum)
        except numbers.NumberError as error:
            raise ValidationError(error.message, code="invalid") from None
        if parsed.ambiguous:
            raise ValidationError(parsed.question(str(value)), code="ambiguous")
        return parsed.value

    def run_validators(self, value):
        if value is not None:
            super().run_validators(str(value))

    def prepare_value(self, value):
        return formatting.number(value) if isinstance(value, Decimal) else value


class ExactDecimalField(models.BigIntegerField):
    """A Decimal with a fixed number of places, stored as a scaled integer."""

    description = "Số thập phân chính xác (%(places)s chữ số)"

    def __init__(self, *args, places, **kwargs):
        self.places = places
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "places": self.places}

    @property
    def scale(self):
        return 10**self.places

    def from_db_value(self, value, expression, connection):
        return None if value is None else unscale(int(value), self.places)

    def to_python(self, value):
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except ArithmeticError:
            raise ValidationError("“%(value)s” không phải là số.", code="invalid", params={"value": value}) from None

    def get_prep_value(self, value):
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self.stored(Decimal(value))

    def stored(self, value: Decimal) -> int:
        """The scaled integer of a Decimal; ValidationError where it does not fit exactly."""
        scaled = value.scaleb(self.places)
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValidationError(f"Số có quá {self.places} chữ số thập phân.", code="places")
        return int(scaled)

    def get_db_prep_value(self, value, connection, prepared=False):
        return value if prepared else self.get_prep_value(value)

    @property
    def validators(self):
        return []

    def formfield(self, **kwargs):
        return super(models.IntegerField, self).formfield(
            **{**kwargs, "form_class": NumberField, "places": self.places, "widget": forms.TextInput}
        )


def unscale(stored: int, places: int) -> Decimal:
    """Decimal of a scaled integer, without trailing zeros beyond the point: unscale(7850000, 6) → Decimal('7.85')."""
    value = Decimal(stored).scaleb(-places)
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()
