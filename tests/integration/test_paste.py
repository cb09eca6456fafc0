"""Where a block out of the clipboard goes (static/js/paste.js), in one run of node a test; and what it answers."""

import json

import pytest

from core.answers import read_answer
from tests.stack import ROOT

ANSWERS = json.loads((ROOT / "tests" / "answers.json").read_text())
# The sheet: three ratios, a yes/no, a count.
SHEET = [
    ("I.1", ["text", "text"]),
    ("I.2", ["text", "text"]),
    ("I.3.a", ["text", "text"]),
    ("I.5", ["radio"]),
    ("II.2", ["text"]),
]
LAY = """
    const [block, sheet, place, choice] = given;
    const rows = sheet.map(([code, types]) => ({ code, cells: types.map((type) => ({ type })) }));
    const { sets, lost, blanks, doubts } = script.spread(script.table(block), rows, place, choice);
    const laid = sets.map(({ row, column, text }) => `${rows[row].code}/${column}=${text}`);
    console.log(JSON.stringify({ laid, lost, blanks, doubts }));
"""
READ = "console.log(JSON.stringify(given.map((each) => ({ 1: true, 0: false })[script.answer(each)] ?? null)));"


@pytest.fixture
def lay(in_node):
    """`lay(block, row, choice)`: where it goes on the sheet, beginning in the first column of a row."""
    return lambda block, row=0, choice="": in_node("paste.js", LAY, [block, SHEET, {"row": row, "column": 0}, choice])


FIGURES = "80\t110\n90\t100\n7\t9\nCó\n132"
LAID = ["I.1/0=80", "I.1/1=110", "I.2/0=90", "I.2/1=100", "I.3.a/0=7", "I.3.a/1=9", "I.5/0=1", "II.2/0=132"]


def test_an_answer_is_read_alike_on_the_page_and_on_the_server(in_node):
    texts, read = [text for text, _ in ANSWERS], [answer for _, answer in ANSWERS]
    assert [read_answer(text) for text in texts] == read
    assert in_node("paste.js", READ, texts) == read


@pytest.mark.parametrize(
    "heading",
    [
        "",
        "Tử số\tMẫu số\n",
        "Kỳ tháng 8/2023\t\nTử số\tMẫu số\n",
        "Số liệu\t\nTử số\tMẫu số\n(1)\t(2)\n",
        "A\tB\n",
        "Tử số\tMẫu số\n(3)\t(4)\n",
    ],
)
def test_what_is_a_heading_takes_no_row(lay, heading):
    result = lay(heading + FIGURES)
    assert result["laid"] == LAID and result["doubts"] == []
    assert len(result["lost"]) == heading.count("\n") and all(
        "là tiêu đề, không đưa vào" in each for each in result["lost"]
    )


@pytest.mark.parametrize(
    ("heading", "doubt"),
    [
        ("1\t2\n", "Dòng 1: “1”, “2”"),
        ("Tử số\tMẫu số\n1\t2\n", "Dòng 2: “1”, “2”"),
        ("Tử số\tMẫu số\n3\t4\n", "Dòng 2: “3”, “4”"),
        ("Kỳ tháng 8/2023\t\n", "Dòng 1: “Kỳ tháng 8/2023”"),
        ("80 người\t110 người\n", "Dòng 1: “80 người”, “110 người”"),
    ],
)
def test_what_may_be_a_heading_is_asked_about(lay, heading, doubt):
    assert lay(heading + FIGURES)["doubts"] == [doubt]
    assert lay(heading + FIGURES, choice="skip")["laid"] == LAID
    laid = lay(heading + FIGURES, choice="lay")
    assert laid["doubts"] == [] and "I.2/0=80" in laid["laid"]


def test_a_line_without_figures_between_others_is_asked_about(lay):
    block = "80\t110\nKinh tế số\t\n90\t100"
    assert lay(block)["doubts"] == ["Dòng 2: “Kinh tế số”"]
    assert lay(block, choice="skip")["laid"] == ["I.1/0=80", "I.1/1=110", "I.2/0=90", "I.2/1=100"]
    assert lay(block, choice="lay")["laid"][-1] == "I.3.a/1=100"


@pytest.mark.parametrize(
    "block", ["1\t2", "80\t110\n-\t-\n#N/A\t5", "\t\n80\t110", "không phát sinh\t\n80\t110", "20\t30\n1\t2"]
)
def test_figures_are_not_taken_for_headings(lay, block):
    result = lay(block)
    assert result["doubts"] == []
    assert len(result["laid"]) == sum(map(bool, block.removeprefix("Tử số").replace("\n", "\t").split("\t")))


def test_a_block_with_codes_goes_by_codes(lay):
    result = lay("Mã\tTên\tTử\tMẫu\n1\t2\t3\t4\nI.3.A\tDịch vụ\t7\t9\nI.1\tVăn bản\t80\t110")
    assert result["laid"] == ["I.3.a/0=7", "I.3.a/1=9", "I.1/0=80", "I.1/1=110"]
    assert result["lost"][0] == "Dòng 1 không có mã mục tiêu, không đưa vào: “Mã”, “Tên”, “Tử”, “Mẫu”."
    assert lay("I.2\t1\t2")["laid"] == ["I.2/0=1", "I.2/1=2"]
    assert lay("STT\tMã\n1\tI.2\t5\t6\n2\tI.1\t7\t8")["laid"] == ["I.2/0=5", "I.2/1=6", "I.1/0=7", "I.1/1=8"]


def test_an_unknown_code_is_left_out_and_the_others_stay_where_they_belong(lay):
    result = lay("I.1\t80\t110\nI.99\t1\t2\nI.3.a\t7\t9")
    assert result["laid"] == ["I.1/0=80", "I.1/1=110", "I.3.a/0=7", "I.3.a/1=9"]
    assert result["lost"] == ["Dòng 2: không có mục tiêu I.99 trong phiếu, không đưa vào: “I.99”, “1”, “2”."]
    assert lay("I.99\t1\t2")["laid"] == [] and lay("Tổng\t1\t2\nII.9.b\t1\t2")["laid"] == []


def test_a_code_that_comes_twice_is_left_out(lay):
    result = lay("I.1\t80\t110\nI.1\t81\t110\nI.2\t1\t2")
    assert result["laid"] == ["I.2/0=1", "I.2/1=2"] and len(result["lost"]) == 2


def test_chua_co_is_a_no(lay):
    assert lay("Chưa có", row=3)["laid"] == ["I.5/0=0"]
    assert lay("chưa", row=3)["laid"] == ["I.5/0=0"]
    assert lay("Chưa nhập", row=3)["lost"] == ["Dòng 1, cột 1: I.5 chỉ nhận Có hoặc Không, không nhận “Chưa nhập”."]
