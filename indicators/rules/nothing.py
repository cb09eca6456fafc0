"""Reasons for a missing figure (docs: domain, Timing). Pure: no ORM, no clock.

Zero, silence, *không phát sinh*, an exemption and a returned figure are different on every page, map and sheet. This
module holds the one rule that tells them apart, and the one table of their words.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from indicators.rules.kinds import Kind, Number, rules_of


class Nothing(StrEnum):
    """Meaning of a row without a value, or of an agency without a row. A zero is none of these: it is a figure."""

    NOT_DUE = "not_due"
    NOT_ARISEN = "not_arisen"
    NOT_SUMMED = "not_summed"
    RETURNED = "returned"
    SILENT = "silent"
    EXEMPT = "exempt"
    NOT_ASSIGNED = "not_assigned"


NOTHING_WORDS = {
    Nothing.NOT_DUE: "Chưa đến kỳ",
    Nothing.NOT_ARISEN: "Không phát sinh",
    Nothing.NOT_SUMMED: "Không cộng được",
    Nothing.RETURNED: "Bị trả lại",
    Nothing.SILENT: "Chưa có số liệu",
    Nothing.EXEMPT: "Được miễn",
    Nothing.NOT_ASSIGNED: "Không được giao",
}


def nothing_of(
    kind: Kind,
    *,
    value: Number | None,
    numerator: Number | None,
    expected: int,
    reported: int,
    is_ahead: bool = False,
    is_returned: bool = False,
) -> Nothing | None:
    """Return the meaning of a roll-up row without a value; None where it has one.

    numerator: the row's, None where no agency has a figure; expected, reported: its numbers of agencies; is_ahead: the
    period has not ended or not opened, so that a value carried into it is not judged; is_returned: the figure was
    submitted and returned.
    """
    if is_ahead:
        return Nothing.NOT_DUE
    if value is not None:
        return None
    if numerator is not None:
        return Nothing.NOT_ARISEN
    if expected == 0:
        return Nothing.NOT_DUE
    if is_returned:
        return Nothing.RETURNED
    if rules_of(kind).is_alone and expected > 1 and reported:
        return Nothing.NOT_SUMMED
    return Nothing.SILENT


class FigureAsEntered(Protocol):
    """A figure with its tick *không phát sinh*."""

    @property
    def nothing_arose(self) -> bool: ...

    @property
    def denominator(self) -> Decimal | None: ...


def states_nothing(figure: FigureAsEntered) -> bool:
    """Return True where one agency's figure states that nothing arose: by the tick, or as 0 of 0, which has no value."""
    return figure.nothing_arose or figure.denominator == 0


def silence_words(is_asked: bool) -> str:
    """Return the words shown instead of *không đổi* where a period brought no figure: one was due and missing, or none
    was due."""
    return "chưa có báo cáo kỳ này" if is_asked else "kỳ này không thu"
