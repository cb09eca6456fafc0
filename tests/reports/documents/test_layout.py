"""Lines of an editor's texts laid out, numbers that close up, and texts carried to the next document."""

from reports.documents import layout
from reports.documents.model import Annex, Document, Heading, Paragraph, bind, replace


def said(id, text, *, edited=False):
    return Paragraph((replace(bind(id, text), edited=edited),))


def shown(*body, annexes=()):
    """The printed blocks, headings marked."""
    made = layout.printed(Document(bind("t", "T"), body, annexes))
    return [f"[{b.text}]" if isinstance(b, Heading) else b.plain for b in made.body if getattr(b, "plain", "-")]


def test_lines_become_paragraphs_items_and_headings():
    pair = Paragraph((replace(bind("a", "Một.\n- Hai 2.\n# Phần 3\nBốn."), edited=True), bind("a.2", "Năm.")))
    assert shown(pair, said("ket-thuc", "Hết.\n# hết")) == [
        "Một.",
        "- Hai 2.",
        "[Phần 3]",
        "Bốn. Năm.",
        "Hết.",
        "# hết",
    ]
    annex = Annex("P", (said("b", "Một.\nHai."),))
    made = layout.printed(Document(bind("t", "T"), (said("ket-thuc", "Hết"),), (annex,)))
    assert [block.plain for block in made.annexes[0].blocks] == ["Một.", "Hai."]


def test_an_emptied_item_takes_its_number_along():
    items = [said(f"kien-nghi-{n}", f"{n}. Việc {n}.") for n in (1, 2, 3)]
    emptied = said("kien-nghi-2", "")
    end = said("ket-thuc", "Hết")
    assert shown(items[0], emptied, items[2], said("them", "4. Thêm."), end) == [
        "1. Việc 1.",
        "2. Việc 3.",
        "3. Thêm.",
        "Hết",
    ]
    assert shown(said("kien-nghi-1", ""), emptied, items[2], end) == ["Việc 3.", "Hết"]
    # Each section counts for itself, and what is no item keeps its number.
    sections = (
        Heading("I. A"),
        items[0],
        items[1],
        Heading("II. B"),
        said("trong-tam-1", "1. Việc."),
        said("x", "3. Ba."),
    )
    assert shown(*sections, end)[-3:] == ["1. Việc.", "2. Ba.", "Hết"]
    assert shown(said("them", "7. Bảy."), end) == ["7. Bảy.", "Hết"]


def carried(text, before, now, **stored):
    texts = {"a": {"text": text, "base": before.text} | stored}
    documents = [Document(bind("t", "T"), (Paragraph((sentence,)),)) for sentence in (before, now)]
    return [layout.carried(texts, *documents, figures_too=strict).get("a") for strict in (True, False)]


def test_a_text_stays_where_its_sentence_is_the_same():
    before = bind("a", "Đạt 8 của 27.")
    assert carried("Có {1}/{2}.", before, before) == [{"text": "Có {1}/{2}.", "base": before.text}] * 2


def test_where_only_figures_differ_a_correction_asks_and_a_refresh_takes_them():
    before, now = bind("a", "Đạt 8 của 27."), bind("a", "Đạt 9 của 27.")
    strict, loose = carried("Có {1}/{2}.", before, now)
    assert strict == {"text": "Có {1}/{2}.", "base": before.text, "was": "Có 8/27."}
    assert loose == {"text": "Có {1}/{2}.", "base": before.text}


def test_over_other_words_the_figures_are_bound_by_their_values():
    before, now = bind("a", "Đạt 8 của 27."), bind("a", "Có 27 chỉ tiêu, chậm 5.")
    for entry in carried("Có {1}/{2}.", before, now):
        assert entry == {"text": "Có 8/{1}.", "base": before.text, "was": "Có 8/27."}


def test_what_waits_for_a_choice_goes_on_waiting_and_a_sentence_that_is_gone_stays_readable():
    before = bind("a", "Đạt 8.")
    assert carried("Có {1}.", before, before, was="Có 7.")[0]["was"] == "Có 7."
    assert carried("Có {1}.", before, bind("b", "Khác."))[1]["was"] == "Có 8."


def test_a_text_whose_sentence_is_gone_keeps_its_figures_as_words():
    before = bind("a", "Đạt 8.")
    for entry in carried("Có {1}.", before, bind("b", "Khác 9.")):
        assert entry["text"] == "Có 8."
