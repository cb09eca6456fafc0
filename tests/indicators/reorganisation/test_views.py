"""*Tổ chức*: a change is shown before it is done, and stands on the agency's page; earlier periods keep name and tree."""

import datetime as dt

import pytest

from agencies.models import Agency, AgencyName, Placement
from core.audit.models import AuditEntry
from tests.page import words

pytestmark = pytest.mark.once

PAGE = "/to-chuc/"
WHY = {"from_day": "01/09/2023", "reason": "Nghị quyết 9."}
KINDS = ["doi-ten", "nhap", "tach", "chuyen", "ket-thuc", "huy"]


def state():
    models = (Agency, AgencyName, Placement, AuditEntry)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


@pytest.mark.parametrize("who", ["an", "dung", "giang", "lam"])
def test_it_is_for_those_who_keep_the_system(office, as_person, who):
    for path in (PAGE, *(f"{PAGE}{kind}/" for kind in KINDS)):
        assert as_person(who).get(path).status_code == 404
    sent = WHY | {"agency": "x11", "name": "UBND xã Khác", "short_name": "X. Khác", "act": "confirm"}
    assert as_person(who).post(f"{PAGE}doi-ten/", sent).status_code == 404
    assert not AuditEntry.objects.exists()


def test_every_form_opens_and_looking_changes_nothing(office, as_person):
    before, client = state(), as_person("khanh")
    assert PAGE in client.get("/").content.decode()
    for path in (PAGE, *(f"{PAGE}{kind}/" for kind in KINDS)):
        assert client.get(path).status_code == 200
    assert client.get(f"{PAGE}khac/").status_code == 404
    assert " Sáp nhập vào đơn vị có sẵn (mã)" in words(client.get(f"{PAGE}nhap/"))
    assert state() == before


def test_a_merger_is_seen_before_it_is_done(office, as_person):
    client, before = as_person("khanh"), state()
    sent = WHY | {"agencies": "x11, x12", "code": "x19", "name": "UBND xã Hợp Nhất", "short_name": "X. Hợp Nhất"}
    page = client.post(f"{PAGE}nhap/", sent | {"act": "preview"})
    said = words(page)
    assert "Từ kỳ tháng 9 năm 2023" in said
    assert "UBND xã Hợp Nhất, Đơn vị h1 Báo cáo thêm 7 chỉ tiêu: I.1, I.2, I.3, I.4, II.1, II.2, II.3." in said
    assert "Đơn vị h1: 3 thành 2 đơn vị" in said
    assert state() == before
    page = client.post(f"{PAGE}nhap/", sent | {"act": "confirm"}, follow=True)
    assert "Đã ghi: sáp nhập đơn vị từ ngày 01/09/2023." in words(page)
    assert "31/08/2023 sắp tới" in words(page)
    assert Agency.objects.get(code="x11").last_day == dt.date(2023, 8, 31)
    assert "01/09/2023 Bắt đầu hoạt động" in words(client.get("/co-quan/x19/"))


def test_the_preview_names_who_receives(office, as_person):
    """Also where the receiver is there already and reports nothing new."""
    client = as_person("khanh")
    said = words(client.post(f"{PAGE}nhap/", WHY | {"agencies": "x12", "into": "x21", "act": "preview"}))
    sentence = "Đơn vị x12, Đơn vị h1 sáp nhập vào đơn vị có sẵn Đơn vị x21, Đơn vị h2 (x21)"
    assert f"Từ ngày 01/09/2023: {sentence}." in said
    said = words(client.post(f"{PAGE}ket-thuc/", WHY | {"agency": "x12", "act": "preview"}))
    assert "Đơn vị x12, Đơn vị h1 kết thúc hoạt động, không có đơn vị tiếp nhận." in said
    said = words(client.post(f"{PAGE}nhap/", WHY | {"agencies": "x12", "into": "x21", "act": "confirm"}, follow=True))
    assert f"Đã ghi: sáp nhập đơn vị từ ngày 01/09/2023. {sentence}." in said


def test_what_was_recorded_by_mistake_is_taken_back(office, as_person):
    client, before = as_person("khanh"), state()[:3]
    client.post(f"{PAGE}nhap/", WHY | {"agencies": "x11, x12", "into": "x21", "act": "confirm"})
    page = client.get(PAGE)
    assert "Hủy nếu ghi nhầm" in words(page)
    assert 'value="x11"' in client.get(f"{PAGE}huy/?don-vi=x11").content.decode()
    sent = {"agency": "x11", "reason": "Ghi nhầm đơn vị tiếp nhận."}
    said = words(client.post(f"{PAGE}huy/", sent | {"act": "preview"}))
    sentence = "Đơn vị x11, Đơn vị h1, Đơn vị x12, Đơn vị h1 sáp nhập vào Đơn vị x21, Đơn vị h2 từ ngày 01/09/2023"
    assert f"Hủy việc {sentence}." in said and "Báo cáo thêm" in said
    said = words(client.post(f"{PAGE}huy/", sent | {"act": "confirm"}, follow=True))
    assert f"Đã hủy: {sentence}." in said and "Hủy nếu ghi nhầm" not in said
    assert state()[:3] == before
    again = client.post(f"{PAGE}huy/", sent | {"act": "confirm"})
    assert again.status_code == 409
    assert "không có việc sáp nhập, tách hoặc kết thúc nào chưa đến ngày" in words(again)


def test_a_split_with_lines(office, as_person):
    client = as_person("khanh")
    bad = client.post(f"{PAGE}tach/", WHY | {"agency": "x11", "parts": "x18 | UBND xã Tám", "act": "preview"})
    assert "Dòng 1: cần mã, tên đầy đủ và tên ngắn" in words(bad)
    parts = "h8 | UBND huyện Tám | H. Tám | x11\nh9 | UBND huyện Chín | H. Chín"
    refused = client.post(f"{PAGE}tach/", WHY | {"agency": "h1", "parts": parts, "act": "preview"})
    assert refused.status_code == 409
    assert "Còn 1 đơn vị trực thuộc" in words(refused)
    client.post(f"{PAGE}tach/", WHY | {"agency": "h1", "parts": f"{parts} | x12", "act": "confirm"})
    day = dt.date(2023, 9, 14)
    assert Agency.objects.placed(day).get(code="x12").parent_as_of == Agency.objects.get(code="h9").pk


def test_a_renamed_commune_keeps_its_old_name_in_earlier_periods(office, as_person):
    client = as_person("khanh")
    sent = {
        "agency": "x11",
        "name": "UBND phường Mới",
        "short_name": "P. Mới",
        "reason": "Nghị quyết.",
        "act": "confirm",
    }
    client.post(f"{PAGE}doi-ten/", sent | {"from_day": "01/08/2023"})
    assert "UBND phường Mới, Đơn vị h1" in words(client.get("/co-quan/x11/?ky=2023-08"))
    july = words(client.get("/co-quan/x11/?ky=2023-07"))
    assert "Đơn vị x11, Đơn vị h1" in july
    assert "01/08/2023 Đổi tên: Đơn vị x11 thành UBND phường Mới" in july
    assert "phường Mới" not in words(client.get("/co-quan/?ky=2023-07"))
    assert "phường Mới" in words(client.get("/co-quan/?ky=2023-08"))


def test_a_moved_commune_is_counted_where_it_was(office, as_person):
    client = as_person("khanh")
    sent = {"agency": "x12", "parent": "h2", "from_day": "01/08/2023", "reason": "Nghị quyết.", "act": "confirm"}
    client.post(f"{PAGE}chuyen/", sent)
    assert "2 xã, phường, thị trấn" in words(client.get("/co-quan/h1/?ky=2023-07"))
    assert "1 xã, phường, thị trấn" in words(client.get("/co-quan/h1/?ky=2023-08"))


def test_bad_input_is_said(office, as_person):
    client, before = as_person("khanh"), state()
    page = client.post(f"{PAGE}ket-thuc/", {"agency": "x99", "from_day": "31/02/2023", "reason": ""})
    assert page.status_code == 422
    for said in ("Không có đơn vị mã x99.", "Ngày không hợp lệ", "Ghi rõ lý do."):
        assert said in words(page)
    page = client.post(f"{PAGE}nhap/", WHY | {"agencies": "x11 x77", "act": "preview"})
    assert "Không có đơn vị mã x77." in words(page)
    page = client.post(f"{PAGE}nhap/", WHY | {"agencies": "x11 x12", "act": "preview"})
    assert "Ghi một trong hai" in words(page)
    assert state() == before
