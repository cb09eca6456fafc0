"""Hoa Lâm, an invented province of 26 units, with districts (`3-cap`) and without (`2-cap`).

| structure | units |
|---|---|
| 3-cap | the province, 4 departments, 3 districts (a *thành phố*, a *thị xã*, a *huyện*) with 6 communes each |
| 2-cap | the province, 5 departments, 20 communes (14 *xã*, 5 *phường*, 1 *đặc khu*) under the province |

Commune k, counted from 1, reports 50 + k of 100k cases in July and one more in August, when the last one is silent.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

PLACES = (
    "An Bình", "Bạch Vân", "Cam Giá", "Đông Khê", "Gò Mây",
    "Hương Cần", "Khe Lạnh", "Lãng Sơn", "Mộc Trà", "Nà Phặc Mới",
    "Ngọc Quan", "Phú Thịnh Hạ", "Quang Sơn", "Suối Cạn", "Tam Đồng",
    "Thạch Bàn Hạ", "Vân Nham", "Xuân Lũng", "Yên Hợp", "Hòn Vọng",
)  # fmt: skip
DISTRICTS = (("thành phố", "TP", "Hoa Lâm"), ("thị xã", "TX", "Kim Quan"), ("huyện", "H.", "Đồng Mộc"))
DEPARTMENTS = ("Sở Khoa học và Công nghệ", "Sở Nội vụ", "Sở Y tế", "Sở Tài chính", "Sở Xây dựng")
SHORT = {"xã": "X.", "phường": "P.", "đặc khu": "ĐK"}


@dataclass(frozen=True)
class Unit:
    """A unit of the province as it is put down in the file of the tree. level: a value of `agencies.models.Level`, which needs no
    Django here."""

    code: str
    name: str
    short_name: str
    level: str
    parent: str


def units(structure: str) -> list[Unit]:
    """Return the 26 units of a structure, `2-cap` or `3-cap`, parents first."""
    made = [Unit("ubnd-tinh", "UBND tỉnh Hoa Lâm", "Tỉnh", "province", "")]
    districts = DISTRICTS if structure == "3-cap" else ()
    for number, name in enumerate(DEPARTMENTS[: 4 if districts else 5], 1):
        made.append(Unit(f"s{number}", name, name.removeprefix("Sở "), "department", "ubnd-tinh"))
    for number, (kind, sign, name) in enumerate(districts, 1):
        made.append(Unit(f"h{number}", f"UBND {kind} {name}", f"{sign} {name}", "district", "ubnd-tinh"))
    for number, name in enumerate(PLACES[: 18 if districts else 20], 1):
        kind = "xã" if number <= 14 else "phường" if number <= 19 else "đặc khu"
        parent = f"h{(number - 1) // 6 + 1}" if districts else "ubnd-tinh"
        made.append(Unit(f"x{number:02}", f"UBND {kind} {name}", f"{SHORT[kind]} {name}", "commune", parent))
    return made


def foreign_words() -> re.Pattern[str]:
    """Return the words of the demonstration's own province, which no other one may meet (tests/demo_words.toml)."""
    words = tomllib.loads(Path(__file__).with_name("demo_words.toml").read_text())["words"]
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)
