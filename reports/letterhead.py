"""What stands around a report's text: who issues it, under which number and day, to whom it goes, who signs, what marks it."""

import datetime as dt
from dataclasses import asdict, dataclass

from core import formatting


@dataclass(frozen=True)
class DocumentHead:
    """As Decree 30/2020/NĐ-CP, annex I, wants it. `number` and `day` stay open until issue; `powers`: the lines over a signature
    (TM. ỦY BAN NHÂN DÂN, KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC); `marks`: said on every page (Dự thảo, Số liệu minh họa); `code` and
    `check_url`: empty until it is published; `snapshot`: what its figures are known by."""

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
        """The issuing agency's name as its head writes it: a long one in two lines of nearly one length."""
        words = self.issuer.split()
        if len(self.issuer) <= LONGEST_LINE or len(words) < 2:
            return [self.issuer]
        breaks = [(" ".join(words[:place]), " ".join(words[place:])) for place in range(1, len(words))]
        return list(min(breaks, key=lambda lines: abs(len(lines[0]) - len(lines[1]))))

    @property
    def number_line(self) -> str:
        """`Số: 15/BC-STTTT`; room for the number until it is known."""
        return f"Số: {self.number or SPACE}/{self.symbol}"

    @property
    def date_line(self) -> str:
        return f"{self.place}, {self._day}"

    @property
    def attached(self) -> str:
        """What stands under an annex's title."""
        return f"(Kèm theo Báo cáo số {self.number or SPACE}/{self.symbol} {self._day} của {self.issuer})"

    @property
    def trace(self) -> str:
        """What every page says at its foot: by what the figures are known, and the code that proves the sheet."""
        parts = [f"Bản số liệu {self.snapshot}"] if self.snapshot else []
        if self.made:
            parts.append(self.made)
        if self.code:
            parts.append(f"Mã kiểm tra {self.code}")
        return " · ".join(parts)

    @property
    def _day(self):
        return formatting.document_date(dt.date.fromisoformat(self.day)) if self.day else open_day(self.year)

    @property
    def texts(self) -> list[str]:
        """Everything that is written by it, as it is shown."""
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
    """A day to be filled in by hand."""
    return f"ngày {SPACE}tháng {SPACE}năm {year}"


def bare(year: int) -> DocumentHead:
    """A head in which nothing is written."""
    return DocumentHead(above="", issuer="-", symbol="-", place="-", year=year)


def dump(head: DocumentHead) -> dict:
    """A head as JSON keeps it."""
    return asdict(head)


def load(kept: dict) -> DocumentHead:
    """A head as it was dumped."""
    listed = ("to", "recipients", "powers", "marks")
    return DocumentHead(**{name: tuple(value) if name in listed else value for name, value in kept.items()})
