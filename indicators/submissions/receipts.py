"""Proof of a receipt: the exact lines of the submitted figures, and their checksum, which any reader can compute
again."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal

from indicators.models import Actual, Submission

HEADING = "muc_tieu;tu_so;mau_so;gia_tri;khong_phat_sinh"


def figures_text(submission: Submission, actuals: Iterable[Actual]) -> str:
    """Return the figures of a report, one line for each target in the plan's order.

    code;numerator;denominator;value;nothing arose (1). Plain numbers with a decimal point and without grouping, empty
    where there is none; UTF-8, every line ended by LF. The first lines name the report. Notes are not included.
    """
    period, agency = submission.period.code, submission.agency.code
    lines = [f"phieu;{submission.receipt_code};{agency};{period}", HEADING]
    for actual in sorted(actuals, key=lambda actual: actual.target.position):
        parts = [_plain(part) for part in (actual.numerator, actual.denominator, actual.value)]
        lines.append(";".join([actual.target.code, *parts, "1" if actual.nothing_arose else ""]))
    return "".join(f"{line}\n" for line in lines)


def checksum(text: str) -> str:
    """Return the SHA-256 of the lines, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Decimal | None) -> str:
    """Return a number without trailing zeros; empty for None."""
    if value is None:
        return ""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
