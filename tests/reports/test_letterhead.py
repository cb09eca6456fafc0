"""The head of a report: long names break between their parts only."""

import csv
import re

import pytest

from reports.letterhead import LONGEST_LINE, lines_of
from tests.stack import ROOT

pytestmark = pytest.mark.once

NAMES = [row["name"] for row in csv.DictReader((ROOT / "fixtures/2023/agencies.csv").open())]
# What a line may begin with: the beginning of a name, the kind of a place, a part that is joined on.
BEGINNINGS = re.compile(
    r"(?:Ủy ban nhân dân|Sở|Văn phòng|Thanh tra|Công an|Ngân hàng|Ban quản lý|tỉnh|thành phố|thị xã|thị trấn|huyện|phường|xã|"
    r"và|Thể thao|Thương binh|Chi nhánh|đầu tư)\b"
)


def test_no_name_of_the_fixtures_is_broken_inside():
    assert len(NAMES) == 268
    for name in NAMES:
        full = name.replace("UBND", "Ủy ban nhân dân")
        lines = lines_of(full)
        assert " ".join(lines) == full and len(lines) <= 2
        assert all(BEGINNINGS.match(line) for line in lines), lines
        assert max(map(len, lines)) <= LONGEST_LINE + 2, lines


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Ủy ban nhân dân phường Lê Thanh Nghị", ["Ủy ban nhân dân", "phường Lê Thanh Nghị"]),
        ("Ủy ban nhân dân thị xã Kinh Môn", ["Ủy ban nhân dân", "thị xã Kinh Môn"]),
        ("Sở Lao động - Thương binh và Xã hội", ["Sở Lao động -", "Thương binh và Xã hội"]),
        ("Bảo hiểm xã hội tỉnh Hải Dương", ["Bảo hiểm xã hội", "tỉnh Hải Dương"]),
        ("Sở Văn hóa, Thể thao và Du lịch", ["Sở Văn hóa,", "Thể thao và Du lịch"]),
        ("Sở Y tế", ["Sở Y tế"]),
        ("Mộtphầnkhôngcóchỗngắtnàocả", ["Mộtphầnkhôngcóchỗngắtnàocả"]),
    ],
)
def test_where_a_name_breaks(name, lines):
    assert lines_of(name) == lines
