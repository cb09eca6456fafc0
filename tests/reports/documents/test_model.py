"""Sentences whose figures are bound, and documents through JSON and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import texts
from reports.documents import model, printable
from reports.documents.model import (
    BadSentence,
    Column,
    Document,
    Heading,
    Paragraph,
    Table,
    TableCell,
    TableRow,
    bind,
    rebind,
)
from reports.documents.types import SENTENCE_END

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("text", "template", "figures"),
    [
        ("Trong 35 chỉ tiêu của 27 chỉ tiêu.", "Trong {1} chỉ tiêu của {2} chỉ tiêu.", ("35", "27")),
        (
            f"I.2.a (thêm 6,74{NBSP}điểm phần trăm, lên 77,93%)",
            "I.2.a (thêm {1}, lên {2})",
            (f"6,74{NBSP}điểm phần trăm", "77,93%"),
        ),
        ("Có 237/265 đơn vị, 1.970 phiếu", "Có {1} đơn vị, {2} phiếu", ("237/265", "1.970")),
        ("ngày 05/11/2023 lúc 09:30", "ngày {1} lúc {2}", ("05/11/2023", "09:30")),
        ("Kế hoạch số 12/KH-UBND, III-3, x11", "Kế hoạch số 12/KH-UBND, III-3, x11", ()),
        (f"các nơi còn lại \u22120,01{NBSP}điểm", "các nơi còn lại {1}", (f"\u22120,01{NBSP}điểm",)),
        ("Sở nêu: “{1} và {x}”", "Sở nêu: “{1}{2}{3} và {4}x{5}”", ("{", "1", "}", "{", "}")),
    ],
)
def test_figures_are_told_from_codes(text, template, figures):
    sentence = bind("a", text)
    assert (sentence.text, sentence.figures) == (template, figures)
    assert sentence.plain == text


def test_an_editor_moves_figures_and_changes_words():
    auto = bind("a", "Có 8 chỉ tiêu đạt, 10 chỉ tiêu chậm.")
    assert auto.editable == "Có {8} chỉ tiêu đạt, {10} chỉ tiêu chậm."
    kept = model.replace(auto, text=rebind(auto, "Chậm {10}; đạt {1: 8}, {8}."), edited=True)
    assert kept.plain == "Chậm 10; đạt 8, 8." and not kept.has_loose_figures
    assert model.replace(auto, text=rebind(auto, "Theo Quyết định 749, đạt {8}."), edited=True).has_loose_figures


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("Có {1: 9} chỉ tiêu", "{1: 9} phải là 8"),
        ("Có {3: 8} chỉ tiêu", "không có số thứ 3"),
        ("Có {0: 8} chỉ tiêu", "không có số thứ 0"),
        ("Có {9} chỉ tiêu", "không có .9.; có .8., .10."),
        ("Có {1} chỉ tiêu", "không có .1.;"),
    ],
)
def test_a_figure_cannot_be_changed(typed, why):
    with pytest.raises(BadSentence, match=why):
        rebind(bind("a", "Có 8 chỉ tiêu đạt, 10 chỉ tiêu chậm."), typed)


def test_equal_figures_and_braces_are_told_apart():
    auto = bind("a", "Đạt 8 trên 8 {mục}, thêm 8.")
    assert auto.editable == "Đạt {8} trên {8 (2)} {#3}mục{#4}, thêm {8 (3)}."
    assert rebind(auto, "Thêm {8 (3)}; đạt {8 (2)} trên { 8 }.") == "Thêm {5}; đạt {2} trên {1}."


def test_lines_of_an_editor_stay_and_blanks_go():
    assert rebind(bind("a", ""), "  Một \r\n\r\n- hai\n # ba ") == "Một\n- hai\n# ba"
    assert model.digest("Một\r\n- hai \n") == model.digest("Một\n\n- hai") != model.digest("Một - hai")


# Text of an old face is sent back (tests/integration/test_old_face.py).
@given(st.text().filter(lambda text: not texts.looks_like_tcvn3(printable.printable(text))))
def test_whatever_is_said_is_read_unchanged(text):
    sentence = bind("a", text)
    composed = model.unicodedata.normalize("NFC", text)
    assert sentence.plain == composed
    assert (
        model.replace(sentence, text=rebind(sentence, sentence.editable)).plain.split()
        == printable.printable(composed).split()
    )


def test_sentences_end_where_a_sentence_ends():
    assert SENTENCE_END.split("Cao nhất là H. Nam Sách. Thấp nhất là TX. Kinh Môn (6/17). III. Xã hội số: 5/7.") == [
        "Cao nhất là H. Nam Sách.",
        "Thấp nhất là TX. Kinh Môn (6/17).",
        "III. Xã hội số: 5/7.",
    ]


def document():
    table = Table(
        "Bảng",
        "Chú thích",
        (Column("Mã", 1), Column("Số", 1, "right")),
        (TableRow((TableCell("a"), TableCell("1,50", "1.5", 2))),),
    )
    return Document(
        bind("trich-yeu", "Kết quả tháng 8"),
        (Heading("I. A"), Paragraph((bind("x", "Có 8."), bind("y", f"{model.ISSUER} nêu 2."))), table),
    )


def test_json_and_back():
    made = document()
    assert model.load(json.loads(json.dumps(model.dump(made)))) == made


def test_an_editors_words_over_its_own():
    said = document().with_texts({"x": "Đạt {1}.", "trich-yeu": ""}, "Sở TT&TT")
    assert [s.plain for s in said.sentences] == ["", "Đạt 8.", "Sở TT&TT nêu 2."]
    assert [s.edited for s in said.sentences] == [True, True, False]


def test_a_heading_is_reworded_and_keeps_its_number():
    made = Document(
        bind("t", "T"), (Heading("II. SO VỚI THÁNG 7"), Paragraph((bind("x", "Có."),)), Heading("1. Phần", 2))
    )
    named = made.body[0].sentence
    assert (named.id, named.editable) == ("muc-so-voi-thang-7", "SO VỚI THÁNG {7}")
    said = made.with_texts({named.id: "SO VỚI\n{1}", "muc-phan": ""})
    assert [block.text for block in said.body if isinstance(block, Heading)] == ["II. SO VỚI 7", "1. Phần"]
    assert named in made.editable and named not in made.sentences


def test_a_document_ends_with_its_sign():
    body = model.closed((Paragraph((bind("x", "Trân trọng báo cáo."),)),))
    assert body[-1].plain == "Trân trọng báo cáo./."


def test_sections_that_are_left_out_or_empty_are_not_printed_and_the_others_numbered_anew():
    def said(id, text="Có."):
        return model.Paragraph((model.bind(id, text),))

    body = (
        said("mo-dau"),
        model.Heading("I. ĐIỀU HÀNH", section="dieu-hanh"),
        said("them", ""),
        model.Heading("II. KẾT QUẢ"),
        model.Heading("1. Trống", 2),
        said("x", ""),
        model.Heading("2. Chung", 2),
        said("y"),
        model.Heading("III. DỰ ÁN", section="du-an"),
        said("z"),
        model.Heading("IV. KIẾN NGHỊ", section="kien-nghi"),
        said("k"),
        said("kem-theo"),
        said("ket-thuc"),
    )
    document = model.Document(model.bind("t", "T"), body)

    def headings(*left_out):
        return [b.text for b in model.settled(document, left_out).body if isinstance(b, model.Heading)]

    assert headings() == ["I. KẾT QUẢ", "1. Chung", "II. DỰ ÁN", "III. KIẾN NGHỊ"]
    assert headings("du-an") == ["I. KẾT QUẢ", "1. Chung", "II. KIẾN NGHỊ"]
    assert headings("kien-nghi", "du-an") == ["I. KẾT QUẢ", "1. Chung"]
    ids = [b.sentences[0].id for b in model.settled(document, ["kien-nghi"]).body if isinstance(b, model.Paragraph)]
    assert ids[-2:] == ["kem-theo", "ket-thuc"] and "k" not in ids
    # A heading stored before there were sections.
    assert model.load({**model.dump(document), "is_one_page": False}) == document
    stored = model.dump(document)
    del stored["is_one_page"], stored["body"][1]["section"]
    assert model.load(stored).body[1].section == ""
