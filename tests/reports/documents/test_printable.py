"""Characters that the paper's typeface lacks are replaced or named before anything is published."""

import io

import pytest
from pypdf import PdfReader

from reports.documents import model, printable
from reports.documents.model import Document, Paragraph, bind, rebind
from reports.documents.renderers import docx, pdf, xlsx
from tests.reports.documents.test_renderers import HEAD


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("\uf0b7 Mục một", "• Mục một"),
        ("Tốt 👍🏻👍 rồi ❤️", "Tốt [biểu tượng] rồi [biểu tượng]"),
        ("数字转型 và かな", "[chữ Hán] và [chữ Nhật]"),
        ("① ㎡ ｆｕｌｌ ½", "1 m2 full ½"),
        ("a\u2009b\u200bc\ufeff", "a bc"),
        ("▪ ☐ ✓ ▲ ⇒", "• [ ] √ ↑ →"),
        ("x\uffff\ud800\x1b", "x"),
        ("\uf8ff Ж", "[biểu tượng] [chữ Nga]"),
        ("Đủ chữ Việt: ẵ ặ ợ ỹ ₫ – “x” … ≥ − 1.970 m²", "Đủ chữ Việt: ẵ ặ ợ ỹ ₫ – “x” … ≥ − 1.970 m²"),
    ],
)
def test_what_is_printed(text, printed):
    assert printable.printable(text) == printed
    assert printable.printable(printed) == printed


def test_a_draft_shows_what_will_be_printed():
    document = Document(bind("a", "Về việc 👍"), (Paragraph((bind("b", "Có 8 chỉ tiêu \uf0b7 数字"),)),))
    loaded = model.load(model.dump(document))
    assert [sentence.plain for sentence in loaded.sentences] == ["Về việc [biểu tượng]", "Có 8 chỉ tiêu • [chữ Hán]"]
    assert rebind(loaded.sentences[1], f"Đạt {loaded.sentences[1].tokens[0]} 🎉\uffff") == "Đạt {1} [biểu tượng]"


def test_files_of_what_was_stored_earlier_open():
    document = Document(bind("a", "Về việc 👍"), (Paragraph((bind("b", "Có 8 \uffff\ud800数字 chỉ tiêu"),)),))
    made = pdf.make(document, HEAD)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert "[chữ Hán]" in text.replace("\n", " ") and "\ufffd" not in text
    assert docx.make(document, HEAD) and xlsx.make(document, HEAD)
