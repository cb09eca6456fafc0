"""The register of directing documents: who keeps and reads it, entering, changing, conflict, file, removal; queries."""

import datetime as dt
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conclusions.directing import services
from conclusions.directing.services import Entry
from conclusions.models import DirectingDocument
from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed, EditConflict
from tests.page import fields, words

pytestmark = pytest.mark.once

LIST = "/ket-luan/van-ban/"
ADD = "/ket-luan/van-ban/them/"
ENTRY = Entry("plan", "12", "KH-UBND", dt.date(2023, 8, 5), "UBND tỉnh", "Về xử lý hồ sơ trực tuyến.")
TYPED = {
    "kind": "letter",
    "number": "07",
    "symbol": "UBND-VX",
    "issued_on": "09/08/2023",
    "issuer": "UBND tỉnh",
    "title": "đôn đốc\nbáo cáo",
    "seen": "0",
}


def seen_by(as_person, address):
    names = ("an", "binh", "cuc", "dung", "xa", "so", "lam", "quan")
    return {name for name in names if as_person(name).get(address).status_code == 200}


def test_who_keeps_and_who_reads(client, as_person, world):
    document = services.enter(plan=world.plan, entry=ENTRY, by=world.so)
    assert seen_by(as_person, LIST) == {"so", "lam", "quan"}
    page, file = f"{LIST}{document.pk}/", f"{LIST}{document.pk}/tep/"
    assert seen_by(as_person, ADD) == seen_by(as_person, page) == {"so"}
    assert seen_by(as_person, file) == set()  # it has none
    for address in (LIST, ADD, page, file):
        assert client.get(address).status_code == 302
    assert as_person("lam").post(ADD, TYPED).status_code == 404
    assert as_person("lam").post(LIST, {"restore": "1"}).status_code == 404
    assert as_person("so").get(f"{LIST}99/").status_code == 404
    with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
        services.enter(plan=world.plan, entry=ENTRY, by=world.lam)


def test_entering_changing_and_taking_out(as_person, world, django_assert_num_queries):
    so = as_person("so")
    bad = so.post(ADD, TYPED | {"number": "", "issued_on": "31/02/2023"})
    assert bad.status_code == 422 and "Ghi số văn bản." in words(bad) and "Ngày không hợp lệ" in words(bad)
    assert fields(bad)["symbol"] == "UBND-VX"
    future = so.post(ADD, TYPED | {"issued_on": "17/08/2023"})
    assert future.status_code == 409 and "Ngày ban hành chưa tới" in words(future)
    upload = SimpleUploadedFile("cong-van.pdf", b"%PDF-1.7\ncong van")
    assert so.post(ADD, TYPED | {"file": upload}).status_code == 302
    document = DirectingDocument.objects.get()
    assert document.title == "đôn đốc báo cáo" and document.attached.name == "cong-van.pdf"
    assert document.cited == "Công văn số 07/UBND-VX ngày 09 tháng 8 năm 2023 của UBND tỉnh về đôn đốc báo cáo"
    again = so.post(ADD, TYPED)
    assert again.status_code == 409 and "đã có trong sổ" in words(again)

    lam = as_person("lam")
    sent = lam.get(f"{LIST}{document.pk}/tep/")
    assert sent.getvalue().startswith(b"%PDF") and "cong-van.pdf" in sent["Content-Disposition"]
    shown = words(lam.get(LIST))
    assert "1 văn bản" in shown and "Công văn số 07/UBND-VX" in shown and "Vào sổ văn bản" not in shown
    assert "Không có văn bản nào khớp" in words(lam.get(f"{LIST}?tim=khong%00co"))
    assert "07/UBND-VX" in words(lam.get(f"{LIST}?tim=don+doc"))

    page = f"{LIST}{document.pk}/"
    assert so.post(page, fields(so.get(page)) | {"number": "08"}).status_code == 302
    stale = so.post(page, TYPED | {"number": "09"})
    assert stale.status_code == 409 and "Có người vừa sửa" in words(stale) and fields(stale)["number"] == "09"
    document.refresh_from_db()
    assert (document.number, document.revision) == ("08", 1)

    so.post(page, {"remove": "1"})
    assert not DirectingDocument.objects.exists()
    shown = so.get(LIST)
    assert "Sổ chưa có văn bản nào." in words(shown) and "Văn bản đã bỏ" in words(shown)
    removed = services.removed_from(world.plan).get()
    so.post(LIST, {"restore": str(removed.pk)})
    document = DirectingDocument.objects.select_related("attached").get()
    assert document.number == "08" and document.attached.name == "cong-van.pdf"
    assert "đã được khôi phục" in words(so.post(LIST, {"restore": "9" * 30}, follow=True))
    acts = list(AuditEntry.objects.order_by("number").values_list("act", flat=True))
    assert [act for act in acts if "văn bản chỉ đạo" in act] == [
        "đính kèm tệp văn bản chỉ đạo",
        "vào sổ văn bản chỉ đạo",
        "sửa văn bản chỉ đạo",
        "bỏ văn bản chỉ đạo",
        "khôi phục văn bản chỉ đạo",
    ]
    # 3 who reads, 1 the plan, 1 the register.
    with django_assert_num_queries(5):
        lam.get(LIST)


def test_citing_and_conflicts(world):
    document = services.enter(plan=world.plan, entry=ENTRY, by=world.so)
    assert document.cited == "Kế hoạch số 12/KH-UBND ngày 05 tháng 8 năm 2023 của UBND tỉnh về xử lý hồ sơ trực tuyến"
    same = services.change(document=document, entry=ENTRY, by=world.so, seen=0)
    assert same.revision == 0  # nothing changed, nothing logged
    services.remove(document=document, by=world.so)
    services.enter(plan=world.plan, entry=ENTRY, by=world.so)
    removed = services.removed_from(world.plan).get()
    with pytest.raises(ActionNotAllowed, match="đã có trong sổ"):
        services.restore(plan=world.plan, removed=removed.pk, by=world.so)
    with pytest.raises(ActionNotAllowed, match="không còn trong sổ"):
        services.remove(document=document, by=world.so)
    other = DirectingDocument.objects.get()
    with pytest.raises(EditConflict):
        services.change(document=other, entry=ENTRY, by=world.so, seen=3)


def test_after_a_conflict_the_next_attempt_has_seen_what_is_stored(as_person, world):
    document = services.enter(plan=world.plan, entry=ENTRY, by=world.so)
    so, page = as_person("so"), f"{LIST}{document.pk}/"
    opened = fields(so.get(page))
    services.change(document=document, entry=replace(ENTRY, number="13"), by=world.so)
    refused = so.post(page, opened | {"title": "về việc khác"})
    assert refused.status_code == 409 and "Kế hoạch số 13/KH-UBND ngày 05/08/2023, UBND tỉnh: Về xử lý" in words(
        refused
    )
    assert so.post(page, opened | {"remove": "1"}).status_code == 409
    assert so.post(page, fields(refused)).status_code == 302
    document.refresh_from_db()
    assert (document.number, document.title, document.revision) == ("12", "về việc khác", 2)


def test_the_same_document_entered_twice_at_the_same_moment_is_one(world, monkeypatch):
    services.enter(plan=world.plan, entry=ENTRY, by=world.so)
    other = services.enter(plan=world.plan, entry=replace(ENTRY, number="13"), by=world.so)
    monkeypatch.setattr(services, "_same", lambda *given: DirectingDocument.objects.none())
    with pytest.raises(ActionNotAllowed, match="đã có trong sổ"):
        services.enter(plan=world.plan, entry=ENTRY, by=world.so)
    with pytest.raises(ActionNotAllowed, match="đã có trong sổ"):
        services.change(document=other, entry=ENTRY, by=world.so)
