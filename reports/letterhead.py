"""The head and foot of a printed report (Decree 30/2020/NĐ-CP): issuer, number, date, recipients, signature, marks."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
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
        """Return the issuing agency's name as printed in the head: a long one in lines of nearly equal length, broken only
        between its parts."""
        return lines_of(self.issuer)

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


# The letters of a line of capitals that the left half of a head holds.
LONGEST_LINE = 22
SPACE = "\u2003\u2003\u2003"
# Where a long name may break: before the kind of a place and its name, before these words, after a comma or a dash.
BREAK = re.compile(
    r"(?<=[,\u2013-]) (?=\S)"
    r"| (?=(?:tỉnh|thành phố|thị xã|thị trấn|huyện|quận|phường|xã|đặc khu)(?: [\dA-ZĐÀ-Ỹ]|$))(?<!thị )"
    r"| (?=(?:và|các|dự án|đầu tư|Chi nhánh|[ỦU][yỷ] ban|Hội đồng nhân dân|Đoàn đại biểu)\b)"
)


def lines_of(name: str) -> list[str]:
    """Return an agency's name in the fewest lines of at most LONGEST_LINE letters, of nearly equal length; a part that is
    longer by itself stays whole."""
    if len(name) <= LONGEST_LINE:
        return [name]
    parts = BREAK.split(name)
    layouts = [
        [" ".join(parts[begin:end]) for begin, end in zip((0, *cuts), (*cuts, len(parts)), strict=True)]
        for count in range(len(parts))
        for cuts in combinations(range(1, len(parts)), count)
    ]
    return min(layouts, key=_unevenness)


def _unevenness(lines: Sequence[str]) -> tuple[int, int, int]:
    lengths = [len(line) for line in lines]
    return sum(max(0, length - LONGEST_LINE) for length in lengths), len(lines), max(lengths) - min(lengths)


def padded(number: str) -> str:
    """Return the number of a document with a zero before one under ten, as the decree writes it: `05`, `05a`."""
    return f"0{number}" if re.fullmatch(r"[1-9][a-zA-Z]?", number) else number


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
