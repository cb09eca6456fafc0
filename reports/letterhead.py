"""The head and foot of a printed report (Decree 30/2020/NĐ-CP): issuer, number, date, recipients, signature, marks."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from core import formatting


@dataclass(frozen=True)
class DocumentHead:
    """Head and foot by Decree 30/2020/NĐ-CP, annex I. `number` and `day` stay empty until issue; `powers`: the lines over a
    signature (TM. ỦY BAN NHÂN DÂN, KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC); `marks`: printed on every page (Dự thảo, Số liệu minh họa); `code`
    and `check_url`: empty until publication; `snapshot`: the id of its figures."""

    above: str
    issuer: str
    symbol: str
    place: str
    year: int
    number: str = ""
    day: str = ""
    to: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    powers: tuple[str, ...] = ()
    signer: str = ""
    marks: tuple[str, ...] = ()
    code: str = ""
    check_url: str = ""
    snapshot: str = ""
    made: str = ""

    @property
    def issuer_lines(self) -> list[str]:
        """Return the issuing agency's name as printed in the head: a long one in two lines of nearly equal length."""
        syllables = self.issuer.split()
        if len(self.issuer) <= LONGEST_LINE or len(syllables) < 2:
            return [self.issuer]
        breaks = [[" ".join(syllables[:count]), " ".join(syllables[count:])] for count in range(1, len(syllables))]
        return min(breaks, key=lambda lines: abs(len(lines[0]) - len(lines[1])))

    @property
    def number_line(self) -> str:
        """Return `Số: 15/BC-SKHCN`, with blank space until the number is known."""
        return f"Số: {self.number or SPACE}/{self.symbol}"

    @property
    def date_line(self) -> str:
        return f"{self.place}, {self._day}"

    @property
    def attached(self) -> str:
        """Return the line under an annex's title."""
        return f"(Kèm theo Báo cáo số {self.number or SPACE}/{self.symbol} {self._day} của {self.issuer})"

    @property
    def trace(self) -> str:
        """Return the foot of every page: the id of the figures, and the code by which the sheet can be verified."""
        parts = [f"Bản số liệu {self.snapshot}"] if self.snapshot else []
        if self.made:
            parts.append(self.made)
        if self.code:
            parts.append(f"Mã kiểm tra {self.code}")
        return " · ".join(parts)

    @property
    def _day(self) -> str:
        return formatting.document_date(dt.date.fromisoformat(self.day)) if self.day else open_day(self.year)

    @property
    def texts(self) -> list[str]:
        """Return all texts of the head and foot, as shown."""
        lines = [
            self.above,
            *self.issuer_lines,
            self.number_line,
            self.date_line,
            self.attached,
            self.signer,
            self.trace,
        ]
        return [*lines, *self.to, *self.recipients, *self.powers, *self.marks, self.check_url]


LONGEST_LINE = 24
SPACE = "\u2003\u2003\u2003"


def open_day(year: int) -> str:
    """Return a date to be filled in by hand."""
    return f"ngày {SPACE}tháng {SPACE}năm {year}"


def bare(year: int) -> DocumentHead:
    """Return an empty head."""
    return DocumentHead(above="", issuer="-", symbol="-", place="-", year=year)


def dump(head: DocumentHead) -> dict[str, Any]:
    """Return a head as JSON."""
    return asdict(head)


def load(stored: dict[str, Any]) -> DocumentHead:
    """Return a head from its JSON."""
    lists = ("to", "recipients", "powers", "marks")
    values: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in stored.items()}
    return DocumentHead(**values)
