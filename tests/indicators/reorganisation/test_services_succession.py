"""Succession between agencies, told on both agencies' pages; and the accounts of an agency that has ended."""

import datetime as dt

import pytest

from agencies.as_of import changes_of, ending_of
from agencies.models import Agency, Succession
from agencies.roles import Role
from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.reorganisation import services
from indicators.reorganisation.services import NewAgency
from tests import factories
from tests.page import words

FIRST = dt.date(2023, 8, 1)
NEW = NewAgency("x19", "UBND xã Hợp Nhất", "X. Hợp Nhất")
SENT = {"agencies": "x11, x12", "code": "x19", "name": NEW.name, "short_name": NEW.short_name, "reason": "NQ 1."}


@pytest.fixture
def admin(office):
    office.people["quan"] = factories.person("quan", office.tree["s1"], Role.ADMIN, full_name="Đào Văn Quân")
    return office.people["quan"]


def merge(office, admin, day=FIRST, into=NEW, codes=("x11", "x12")):
    made = services.merge_agencies(
        agencies=[office.tree[code] for code in codes], into=into, from_day=day, by=admin, reason="NQ 1."
    )
    for person in office.people.values():
        person.refresh_from_db()
    return made


def change_words(code):
    return [
        (change.day, change.text, [other.code for other in change.others])
        for change in changes_of(Agency.objects.filter(code=code))
        if change.others
    ]


def test_a_merger_stands_on_both_pages(office, as_person, admin):
    merge(office, admin)
    assert change_words("x11") == [(FIRST, "Sáp nhập vào", ["x19"])]
    assert change_words("x19") == [(FIRST, "Tiếp nhận, nhập từ", ["x11", "x12"])]
    old = as_person("khanh").get("/co-quan/x11/?ky=2023-07")
    assert "Sáp nhập vào UBND xã Hợp Nhất, Đơn vị h1, hoạt động đến hết ngày 31/07/2023." in words(old)
    assert 'href="/co-quan/x19/?' in old.content.decode()
    new = as_person("khanh").get("/co-quan/x19/?ky=2023-08")
    assert "01/08/2023 Tiếp nhận, nhập từ Đơn vị x11, Đơn vị h1, Đơn vị x12, Đơn vị h1" in words(new)
    assert 'href="/co-quan/x11/?' in new.content.decode()
    # Who may not open the other's page reads its name without a link.
    own = as_person("an").get("/co-quan/x11/?ky=2023-07")
    assert "UBND xã Hợp Nhất" in words(own) and "/co-quan/x19/" not in own.content.decode()


def test_a_split_and_a_part_given_away(office, as_person, admin):
    parts = [NewAgency("x17", "UBND xã Bảy", "X. Bảy"), NewAgency("x18", "UBND xã Tám", "X. Tám")]
    who = {"from_day": FIRST, "by": admin, "reason": "NQ 2."}
    services.split_agency(agency=office.tree["x21"], into=parts, **who)
    services.split_agency(agency=office.tree["x22"], into=[NEW], continues=True, **who)
    assert change_words("x21") == [(FIRST, "Tách thành", ["x17", "x18"])]
    assert change_words("x17") == [(FIRST, "Tách ra từ", ["x21"])]
    assert change_words("x22") == [(FIRST, "Tách một phần ra thành", ["x19"])]
    assert ending_of(Agency.objects.get(code="x22")) is None
    sentence = "Tách thành UBND xã Bảy, Đơn vị h2, UBND xã Tám, Đơn vị h2 từ ngày 01/08/2023"
    assert ending_of(Agency.objects.get(code="x21")).sentence == sentence


def test_another_last_day_and_another_successor(office, admin):
    who = {"by": admin, "reason": "NQ 3."}
    services.close_agency(agency=office.tree["x11"], last_day=dt.date(2023, 7, 31), successor=office.tree["x12"], **who)
    assert change_words("x11") == [(FIRST, "Giao lại nhiệm vụ cho", ["x12"])]
    assert change_words("x12") == [(FIRST, "Nhận nhiệm vụ của", ["x11"])]
    services.close_agency(agency=office.tree["x11"], last_day=dt.date(2023, 8, 31), **who)
    assert not Succession.objects.exists()
    ended = ending_of(Agency.objects.get(code="x11"))
    assert ended.sentence == "Kết thúc hoạt động sau ngày 31/08/2023"
    assert "không còn phải báo cáo" in ended.advice


TOLD = "Đơn vị x11, Đơn vị h1: Sáp nhập vào UBND xã Hợp Nhất, Đơn vị h1 từ ngày 01/08/2023."


def test_people_of_a_merged_agency_are_told(office, as_person, admin, client):
    office.people["an"].set_password("mat-khau-rat-dai-1")
    office.people["an"].save()
    before = words(as_person("an").get("/viec-can-lam/"))
    assert "Sáp nhập vào" not in before
    merge(office, admin)
    for address in ("/viec-can-lam/", "/nhap-so-lieu/2023-07/", "/nhap-so-lieu/"):
        page = words(as_person("an").get(address, follow=True))
        assert TOLD in page, address
        assert "do UBND xã Hợp Nhất, Đơn vị h1 báo cáo." in page
        assert "đề nghị quản trị chuyển tài khoản" in page
    entered = client.post("/dang-nhap/", {"username": "an", "password": "mat-khau-rat-dai-1"}, follow=True)
    assert words(entered).count(TOLD) == 2  # once by the login, once on the page that it leads to


def test_accounts_are_moved_and_logged(office, as_person, admin):
    made = merge(office, admin)
    client = as_person("quan")
    assert "2 tài khoản còn thuộc đơn vị đã sáp nhập, tách hoặc kết thúc." in words(client.get("/to-chuc/"))
    page = words(client.get("/to-chuc/tai-khoan/"))
    assert "Sáp nhập vào UBND xã Hợp Nhất, Đơn vị h1 từ ngày 01/08/2023." in page
    assert "Nguyễn Văn An an Đầu mối" in page
    sent = {"tai-khoan": ["an"], "ve": "x19", "reason": "NQ 1."}
    done = client.post("/to-chuc/tai-khoan/", sent, follow=True)
    assert "Đã chuyển 1 tài khoản về UBND xã Hợp Nhất, Đơn vị h1." in words(done)
    office.people["an"].refresh_from_db()
    office.people["binh"].refresh_from_db()
    assert (office.people["an"].agency, office.people["binh"].agency.code) == (made, "x11")
    line = AuditEntry.objects.get(act="chuyển tài khoản")
    assert (line.object_label, line.actor, line.detail) == (
        "an",
        admin,
        {"agency": ["x11", "x19"], "reason": "NQ 1."},
    )
    assert "UBND xã Hợp Nhất" in words(as_person("an").get("/nhap-so-lieu/2023-08/"))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"reason": ""}, "phải kèm lý do"),
        ({"tai-khoan": []}, "Chọn tài khoản"),
        ({"tai-khoan": ["\0", "khanh", "x' OR 1=1"]}, "Chọn tài khoản"),
        ({"ve": "x21"}, "không tiếp nhận nhiệm vụ"),
        ({"ve": "x12"}, "không hoạt động hôm nay"),
    ],
)
def test_what_cannot_be_moved(office, as_person, admin, sent, said):
    merge(office, admin)
    page = as_person("quan").post("/to-chuc/tai-khoan/", {"tai-khoan": ["an"], "ve": "x19", "reason": "NQ."} | sent)
    assert page.status_code == 409 and said in words(page)
    office.people["an"].refresh_from_db()
    assert office.people["an"].agency.code == "x11"


@pytest.mark.parametrize("who", ["an", "dung", "lam", "khanh"])
def test_only_administration_moves_accounts(office, as_person, admin, who):
    made = merge(office, admin)
    assert as_person(who).get("/to-chuc/tai-khoan/").status_code == 404
    assert as_person(who).post("/to-chuc/tai-khoan/", {"tai-khoan": ["an"], "ve": "x19"}).status_code == 404
    with pytest.raises(ActionNotAllowed, match="Chỉ quản trị"):
        services.move_accounts(people=[office.people["an"]], to=made, by=office.people[who], reason="NQ.")


def test_accounts_of_who_works_on_stay(office, admin):
    merge(office, admin, day=dt.date(2023, 9, 1))
    with pytest.raises(ActionNotAllowed, match="chưa kết thúc hoạt động"):
        services.move_accounts(people=[office.people["an"]], to=office.tree["x21"], by=admin, reason="NQ.")


def test_moved_together_with_the_merger(office, as_person, admin):
    client = as_person("quan")
    sent = SENT | {"from_day": "01/08/2023", "move_accounts": "on"}
    assert client.post("/to-chuc/nhap/", sent | {"act": "preview"}).status_code == 200
    office.people["an"].refresh_from_db()
    assert office.people["an"].agency.code == "x11"
    client.post("/to-chuc/nhap/", sent | {"act": "confirm"})
    for name in ("an", "binh"):
        office.people[name].refresh_from_db()
        assert office.people[name].agency.code == "x19"
    assert AuditEntry.objects.filter(act="chuyển tài khoản").count() == 2


def test_not_before_the_day_and_not_by_the_standing_agency(office, as_person, admin):
    sent = SENT | {"from_day": "01/09/2023", "move_accounts": "on", "act": "confirm"}
    refused = as_person("quan").post("/to-chuc/nhap/", sent)
    assert refused.status_code == 409 and "Chưa chuyển gì" in words(refused)
    assert not Agency.objects.filter(code="x19").exists()
    assert "move_accounts" not in as_person("khanh").get("/to-chuc/nhap/").content.decode()
    refused = as_person("khanh").post("/to-chuc/nhap/", sent | {"from_day": "01/08/2023"})
    assert refused.status_code == 409 and not Agency.objects.filter(code="x19").exists()
