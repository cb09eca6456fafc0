"""Agencies that are behind on the targets of a charge: without a report, or under the required line."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from agencies.models import Agency, User
from core import clock, formatting
from indicators.models import Basis, Charge, ChargeReminder, ReportingPeriod, Rollup, Scope, Target
from indicators.rules.status import is_small_sample

# An agency that is under the line on more targets than these is told with their codes alone: its own page has the values.
MOST_WITH_VALUES = 3


@dataclass(frozen=True)
class UnderLine:
    """A figure of an agency under the value that is required of it by now. is_small: a ratio on so small a denominator that
    one case decides."""

    target: Target
    value: Decimal
    required: Decimal
    is_small: bool = False

    @property
    def value_words(self) -> str:
        """The figure as people read it: `60,00%`, `Không`."""
        if self.target.rules.is_answer:
            return formatting.yes_no(self.value)
        return formatting.figure(self.value, self.target.unit, required=self.required)

    @property
    def required_words(self) -> str:
        """The required value: `80,00%`, `Có`."""
        if self.target.rules.is_answer:
            return formatting.yes_no(100)
        return formatting.required_figure(self.required, self.value, self.target.unit)

    @property
    def remark(self) -> str:
        """` (mẫu nhỏ)`; empty where it rests on enough."""
        return " (mẫu nhỏ)" if self.is_small else ""


@dataclass(frozen=True)
class BehindAgency:
    """An agency that is behind. unreported: targets of which its report is due and not sent; reminder: that of the
    period, None where it was not reminded; is_charged: it is the agency of the charge, which reminds others; is_own: it is
    the agency of the person who would remind; is_overdue: the period's deadline has passed."""

    agency: Agency
    unreported: tuple[Target, ...]
    under: tuple[UnderLine, ...]
    reminder: ChargeReminder | None = None
    is_charged: bool = False
    is_own: bool = False
    is_overdue: bool = True

    @property
    def can_be_reminded(self) -> bool:
        """True for another agency than that of the charge or of the reader, which was not reminded in the period yet."""
        return self.reminder is None and not self.is_charged and not self.is_own

    @property
    def is_behind_twice(self) -> bool:
        """True where it has not reported something and a figure of it is under the required line."""
        return bool(self.unreported and self.under)

    @property
    def is_pressing(self) -> bool:
        """True where a reminder is due: the report is late, or a figure is under the required line. Before the deadline an
        agency that has not reported yet is in time."""
        return self.can_be_reminded and (self.is_overdue or bool(self.under))

    @property
    def codes(self) -> str:
        """The codes of all targets on which it is behind, in the plan's order."""
        targets = [*self.unreported, *(each.target for each in self.under)]
        return ", ".join(target.code for target in sorted(targets, key=lambda target: target.position))

    @property
    def has_values(self) -> bool:
        """True where a list has room for its values under the line."""
        return len(self.under) <= MOST_WITH_VALUES

    @property
    def count(self) -> int:
        return len(self.unreported) + len(self.under)


def agencies_behind(
    charge: Charge, period: ReportingPeriod, basis: Basis, *, reader: User | None = None
) -> list[BehindAgency]:
    """Return the agencies that are behind as of a period on a basis, in the order of the tree; none of a period whose
    data window has not ended. reader: the person who would remind them. Four queries."""
    if period.is_ahead:
        return []
    targets = {target.pk: target for target in charge.covered.in_order()}
    unreported: dict[int, list[Target]] = defaultdict(list)
    under: dict[int, list[UnderLine]] = defaultdict(list)
    rows = (
        Rollup.objects.at(period, basis)
        .filter(scope=Scope.OWN, target__in=targets, expected__gt=0, agency__isnull=False)
        .order_by("target__position")
        .values_list("target_id", "agency_id", "value", "required", "reported", "denominator")
    )
    for target_id, agency_id, value, required, reported, denominator in rows:
        target = targets[target_id]
        if not reported:
            unreported[agency_id].append(target)
        elif value is not None and required is not None and is_under(target, value, required):
            under[agency_id].append(UnderLine(target, value, required, is_small_sample(target.kind, denominator)))
    behind = unreported.keys() | under.keys()
    reminders = {
        reminder.agency_id: reminder for reminder in charge.reminders.filter(period=period).select_related("by")
    }
    return [
        BehindAgency(
            agency,
            tuple(unreported[agency.pk]),
            tuple(under[agency.pk]),
            reminders.get(agency.pk),
            is_charged=agency.pk == charge.agency_id,
            is_own=reader is not None and agency.pk == reader.agency_id,
            is_overdue=period.due_on < clock.today(),
        )
        for agency in Agency.objects.filter(pk__in=behind).select_related("parent").in_order()
    ]


def is_under(target: Target, value: Decimal, required: Decimal) -> bool:
    """Return whether a value is on the wrong side of the required line."""
    return value > required if target.is_falling else value < required
