"""The editor of a draft: errors with links, choices after a change of figures, two editors, saving while typing."""

import pytest

from core.audit.models import AuditEntry
from indicators.models import Actual, Submission
from reports.documents import composition, rendering, services
from reports.documents.views import drafting
from reports.models import DraftEdit, ReportVersion
from tests.page import fields, words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once


@pytest.fixture
def opened(drafted, as_person):
    """A draft, two windows with its editor's fields, and the editor's address."""
    version = drafted()
    windows = as_person("khanh"), as_person("khanh")
    return version, windows, f"/bao-cao/{version.report_id}/soan/"


def texts():
    return {id: stored["text"] for id, stored in ReportVersion.objects.latest("pk").texts.items()}


def save(window, address, form, name, text, **other):
    """Send one sentence as the editor's script does."""
    sent = {"revision": form["revision"], f"cau-{name}": text, f"goc-{name}": form[f"goc-{name}"]}
    return window.post(f"{address}tung-cau/", sent | other)


def test_faults_are_listed_with_links(opened):
    _, (window, _), address = opened
    form = fields(window.get(address)) | {"cau-chung": "Có {999} chỉ tiêu.", "document_number": "15/BC"}
    page = window.post(address, form).content.decode()
    faults = page[page.index('id="errors"') : page.index("<form", page.index('id="errors"'))]
    assert 'href="#cau-chung"' in faults and 'href="#id_document_number"' in faults and "không có {999}" in faults
    assert 'id="cau-chung"' in page and ">Có {999} chỉ tiêu.</textarea>" in page


def test_figures_that_go_while_a_sentence_is_saved_are_a_fault(opened, monkeypatch):
    """It was right when it was looked at; when it is stored, the draft has other figures."""
    _, (window, _), address = opened
    form = fields(window.get(address))
    real, looked_at = drafting._errors, []

    def right_at_first(version, typed):
        looked_at.append(version)
        return real(version, typed) if len(looked_at) % 2 == 0 else {}

    monkeypatch.setattr(drafting, "_errors", right_at_first)
    answer = save(window, address, form, "chung", "Có {999} chỉ tiêu.")
    assert answer.status_code == 400 and "không có {999}" in answer.json()["errors"]["chung"]
    page = window.post(address, form | {"cau-chung": "Có {999} chỉ tiêu."}).content.decode()
    assert "không có {999}" in page and ">Có {999} chỉ tiêu.</textarea>" in page and texts() == {}


def test_headings_lists_and_paragraphs_are_typed(opened):
    version, (window, _), address = opened
    form = fields(window.get(address)) | {"cau-them-kien-nghi": "Một.\r\n- Hai.", "cau-muc-du-bao": "x"}
    heading = next(name for name in form if name.startswith("cau-muc-ket-qua"))
    assert window.post(address, form | {heading: "KẾT QUẢ ĐẠT ĐƯỢC"}).status_code == 302
    document, _ = rendering.shown(composition.versions().get(pk=version.pk))
    assert any(block.block == "heading" and "KẾT QUẢ ĐẠT ĐƯỢC" in block.text for block in document.body)
    plain = [block.plain for block in document.body if block.block == "paragraph"]
    assert plain[plain.index("Một.") + 1] == "- Hai."
    assert window.post(address, fields(window.get(address)) | {heading: ""}).status_code == 302
    assert set(texts()) == {"them-kien-nghi"}


def test_two_editors_of_two_sentences_both_are_kept(opened):
    _, (first, second), address = opened
    one, two = fields(first.get(address)), fields(second.get(address))
    assert first.post(address, one | {"cau-chung": "Bản một.", "document_number": "7"}).status_code == 302
    assert second.post(address, two | {"cau-them-kien-nghi": "Bản hai."}).status_code == 302
    assert texts() == {"chung": "Bản một.", "them-kien-nghi": "Bản hai."}
    assert ReportVersion.objects.get().document_number == "7"
    # The same field of the head is a conflict, and both are shown.
    refused = second.post(address, two | {"document_number": "8"})
    assert refused.status_code == 409 and fields(refused)["document_number"] == "8"
    assert "số văn bản: 7" in words(refused).lower() and "Bùi Quốc Khánh" in words(refused)
    assert second.post(address, fields(refused)).status_code == 302
    assert ReportVersion.objects.get().document_number == "8"


def test_what_is_typed_is_stored_at_once_and_told_to_the_other(opened):
    version, (first, second), address = opened
    form = fields(first.get(address))
    answer = save(first, address, form, "chung", "Bản một.").json()
    assert answer["revision"] == 1 and texts() == {"chung": "Bản một."}
    (told,) = second.get(f"{address}tung-cau/?tu=0").json()["changes"]
    assert (told["name"], told["text"], told["seen"]) == ("cau-chung", "Bản một.", answer["changes"][0]["seen"])
    assert told["who"].startswith("Bùi Quốc Khánh, ")
    assert second.get(f"{address}tung-cau/?tu=1").json()["changes"] == []
    # Another text over it is refused with the stored one, nothing is lost.
    refused = save(second, address, form, "chung", "Bản hai.")
    assert refused.status_code == 409 and refused.json()["changes"][0]["text"] == "Bản một."
    assert texts() == {"chung": "Bản một."}
    assert save(second, address, form | {"goc-chung": told["seen"]}, "chung", "Bản hai.").status_code == 200
    assert save(second, address, form, "khach-quan", "Mưa {1}.").json()["errors"]["khach-quan"]
    # One line of the log for each sentence and person, however often it is saved.
    assert AuditEntry.objects.filter(act="sửa dự thảo báo cáo").count() == 1
    assert DraftEdit.objects.get(version=version).revision == 2


def test_who_may_not_write_reads_no_sentence(opened, as_person):
    _, (window, _), address = opened
    for name in ("lam", "an"):
        assert as_person(name).get(f"{address}tung-cau/?tu=0").status_code == 404
        assert as_person(name).post(f"{address}tung-cau/", {"revision": "0"}).status_code == 404
    assert window.get(f"{address}tung-cau/?tu=x%00").json()["changes"] == []
    assert save(window, address, fields(window.get(address)), "chung", "a\x00b").status_code == 200
    assert texts() == {"chung": "ab"}


@pytest.fixture
def corrected(drafted, publish, province):
    """A correction of July's report of which every sentence was edited; x12 has reported other figures since."""
    khanh, version = province.people["khanh"], drafted("2023-07")
    before = {s.id: s for s in composition.document_of(version).sentences}
    typed = {id: f"Sửa: {sentence.editable}" for id, sentence in before.items()}
    first = publish(services.edit(version=version, revision=0, typed=typed, by=khanh))
    sent = Submission.objects.get(agency=province.tree["x12"], period=province.periods[7])
    Actual.objects.filter(submission=sent).update(numerator=60)
    roll_up(province.plan)
    made = services.correct(report=first.report, reason="X12 gửi nhầm.", by=khanh)
    after = {s.id: s for s in composition.document_of(made).sentences}
    return made, {id for id in before.keys() & after.keys() if before[id] != after[id]}, before, after


def test_a_correction_keeps_what_did_not_change_and_asks_about_the_rest(corrected, publish, as_person):
    version, changed, before, after = corrected
    window, address = as_person("khanh"), f"/bao-cao/{version.report_id}/soan/"
    assert set(version.texts) == set(before) and 0 < len(changed) < len(after)
    assert {s.id for s in composition.undecided(version)} == changed
    # Some differ in their figures alone.
    assert any(before[id].text == after[id].text for id in changed)
    page = window.get(address)
    assert (
        words(page).count("Lời đã sửa trước đây: Sửa: ") == words(page).count("Dùng câu tự động mới.") == len(changed)
    )
    # Saved without a choice they go on waiting; the automatic sentence is one choice, the words before are the other.
    assert window.post(address, fields(page)).status_code == 302
    waiting = composition.versions().get(pk=version.pk)
    assert {s.id for s in composition.undecided(waiting)} == changed
    one, *others = sorted(changed)
    chosen = {f"chon-{one}": "moi"} | {f"chon-{id}": "cu" for id in others}
    assert window.post(address, fields(window.get(address)) | chosen).status_code == 302
    kept = composition.versions().get(pk=version.pk)
    assert composition.undecided(kept) == [] and one not in kept.texts
    assert all(kept.texts[id]["text"].startswith("Sửa: ") for id in others)
    assert publish(kept).state == "published"
