"""Observation statuses in files for people: the column with the status of each figure, and the sheet that explains it.

The rule is `indicators.rules.observation`; here is what it needs to know of a plan, and the one declaration of the column
for all exports.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from core.tables import Column, Table, TableSheet
from indicators.models import Basis, TargetDefinition
from indicators.rules.kinds import Timing
from indicators.rules.observation import (
    OBSERVATION_MEANINGS,
    OBSERVATION_WORDS,
    Observation,
    carried_share,
    definition_breaks,
    observation_of,
)
from indicators.selection import Selection

Row = TypeVar("Row")
TITLE = "Trạng thái quan sát"


class ObservedTarget(Protocol):
    """The parts of a target that a status depends on."""

    @property
    def pk(self) -> int: ...

    @property
    def timing(self) -> str: ...


class Measured(Protocol):
    """The parts of a roll-up's row that a status depends on."""

    @property
    def value(self) -> Decimal | None: ...

    @property
    def stale(self) -> bool: ...

    @property
    def fresh(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Observed(Generic[Row]):
    """A row of a table with the status of its figure (None: the row is no observation) and the share of it that was
    carried forward, in percent by weight."""

    row: Row
    observation: Observation | None
    carried: Decimal | None = None


@dataclass(frozen=True)
class Observations:
    """The statuses of a plan's figures as of a selection. breaks: the periods in which another definition begins, by
    target."""

    number: int
    basis: Basis
    breaks: Mapping[int, frozenset[int]]

    def of(self, target: ObservedTarget, *, has_value: bool, stale: bool, number: int | None = None) -> Observation:
        """Return the status of a figure of a target. number: of its period; None: the chosen one."""
        return observation_of(
            has_value=has_value,
            begins_definition=(self.number if number is None else number) in self.breaks.get(target.pk, ()),
            stale=stale,
            timing=Timing(target.timing),
            is_provisional=self.basis == Basis.PROVISIONAL,
        )

    def observed(self, row: Row, target: ObservedTarget, measured: Measured) -> Observed[Row]:
        """Return a table's row with the status of the roll-up behind it."""
        carried = carried_share(
            timing=Timing(target.timing), value=measured.value, stale=measured.stale, fresh=measured.fresh
        )
        return Observed(row, self.of(target, has_value=measured.value is not None, stale=measured.stale), carried)


def read(selection: Selection) -> Observations:
    """Return the statuses of a selection. One query."""
    definitions = TargetDefinition.objects.filter(target__plan=selection.plan).order_by("target", "number")
    first_periods: dict[int, list[int]] = defaultdict(list)
    for target, first in definitions.values_list("target", "first_period"):
        first_periods[target].append(first)
    breaks = {target: frozenset(definition_breaks(firsts)) for target, firsts in first_periods.items()}
    return Observations(selection.period.number, selection.basis, breaks)


def code_of(observations: Observations) -> Callable[[Measured, ObservedTarget], str]:
    """Return a function that gives the status of a row of a target, as its code."""
    return lambda measured, target: (
        observations.of(target, has_value=measured.value is not None, stale=measured.stale).value
    )


def with_observation(
    table: Table[Row], *, carries: bool = True, later: Sequence[Column[Row]] = ()
) -> Table[Observed[Row]]:
    """Return a table with the status of each row's figure after its columns; before it the share carried forward, where
    the table has it (`carries`). Both are late: machines read these tables already. later: columns added since."""
    columns = [column.of(_row_of) for column in table.columns]
    if carries:
        columns.append(Column("Mang sang theo mẫu số (%)", 14, lambda observed: observed.carried, is_late=True))
    columns.append(
        Column(TITLE, 12, lambda observed: observed.observation and observed.observation.value, is_late=True)
    )
    columns += [column.of(_row_of) for column in later]
    return Table(tuple(columns), table.wraps)


def _row_of(observed: Observed[Row]) -> Row:
    return observed.row


LEGEND: Table[Observation] = Table(
    (
        Column("Mã", 8, lambda observation: observation.value),
        Column(TITLE, 22, lambda observation: OBSERVATION_WORDS[observation]),
        Column("Nghĩa", 80, lambda observation: OBSERVATION_MEANINGS[observation]),
    ),
    wraps=True,
)


def legend(head: Sequence[str]) -> TableSheet[Observation]:
    """Return the sheet that explains the statuses. head: the lines above it."""
    first_that_fits = "Mỗi số có một mã, mã đầu tiên phù hợp theo thứ tự dưới đây (mã SDMX)."
    return TableSheet(TITLE, [*head, first_that_fits], LEGEND, list(Observation))
