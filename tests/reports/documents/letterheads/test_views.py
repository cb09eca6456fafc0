"""Letterheads kept by the standing agency: who opens the pages, what they store, what they refuse."""

import pytest

from core.audit.models import AuditEntry
from indicators.models import PlanState
from reports.models import Letterhead, Signer
from tests.page import fields, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST, ADD = "/bao-cao/mau-ban-hanh/", "/bao-cao/mau-ban-hanh/them/"


@pytest.fixture
def letterhead(province):
    made = Letterhead.objects.create(
        plan=province.plan, name="Sở trình", issuer="SỞ", symbol="BC-S", place="Nơi", is_default=True
    )
    Signer.objects.create(letterhead=made, powers="GIÁM ĐỐC", name="Ông A", position=1)
    return made


def test_the_standing_agency_and_administration_open_them_others_find_nothing(as_person, letterhead):
    for name, status in (("khanh", 200), ("quan", 200), ("lam", 404), ("an", 404), ("dung", 404)):
        for address in (LIST, ADD, f"{LIST}{letterhead.pk}/"):
            assert as_person(name).get(address).status_code == status, (name, address)
    assert as_person("an").post(f"{LIST}{letterhead.pk}/", {"name": "Khác"}).status_code == 404
    assert as_person("khanh").get(f"{LIST}{letterhead.pk + 1}/").status_code == 404
    assert "/bao-cao/mau-ban-hanh/" in as_person("khanh").get("/bao-cao/").content.decode()
    assert "/bao-cao/mau-ban-hanh/" not in as_person("an").get("/bao-cao/").content.decode()


def test_texts_and_signers_are_stored_with_one_line_in_the_log(as_person, letterhead):
    khanh, address = as_person("khanh"), f"{LIST}{letterhead.pk}/"
    form = fields(khanh.get(address)) | {
        "recipients": "Như trên\r\nLưu: VT",
        "signers-1-powers": "KT. GIÁM ĐỐC\r\nPHÓ GIÁM ĐỐC",
        "signers-1-name": "Bà B",
        "signers-1-position": "2",
    }
    answer = khanh.post(address, form, follow=True)
    said = words(answer)
    assert "Đã lưu mẫu Sở trình." in said and "GIÁM ĐỐC Ông A; KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC Bà B" in said
    letterhead.refresh_from_db()
    assert letterhead.recipients == "Như trên\nLưu: VT"
    line = AuditEntry.objects.latest("pk")
    assert (line.act, line.detail["fields"]) == ("sửa mẫu ban hành báo cáo", "Nơi nhận, người ký")
    # Sent again without a change: nothing to log.
    count = AuditEntry.objects.count()
    khanh.post(address, fields(khanh.get(address)))
    assert AuditEntry.objects.count() == count
    first = letterhead.signers.first()
    khanh.post(address, fields(khanh.get(address)) | {"signers-0-DELETE": "on"})
    assert not Signer.objects.filter(pk=first.pk).exists() and letterhead.signers.count() == 1


def test_a_new_usual_one_takes_the_place_of_the_one_before(as_person, letterhead):
    khanh = as_person("khanh")
    new = {"name": "Tỉnh ký", "issuer": "UBND TỈNH", "symbol": "BC-UBND", "place": "Nơi", "is_default": "on"}
    khanh.post(ADD, fields(khanh.get(ADD)) | new)
    assert Letterhead.objects.get(is_default=True).name == "Tỉnh ký"


def test_faults_are_told_and_nothing_typed_is_lost(as_person, letterhead):
    khanh = as_person("khanh")
    wrong = {"name": "Sở trình", "issuer": "", "symbol": "BC", "place": "Nơi", "signers-0-name": "Ông C"}
    page = khanh.post(ADD, fields(khanh.get(ADD)) | wrong)
    said = words(page)
    assert page.status_code == 422 and "Kế hoạch đã có mẫu tên này." in said
    assert fields(page)["symbol"] == "BC" and fields(page)["signers-0-name"] == "Ông C"
    assert Letterhead.objects.count() == 1


def test_who_has_signed_stays_and_a_closed_plan_takes_nothing(as_person, province, letterhead, drafted):
    version = drafted("2023-07")
    version.letterhead, version.signer = letterhead, letterhead.signers.get()
    version.save()
    khanh, address = as_person("khanh"), f"{LIST}{letterhead.pk}/"
    page = khanh.post(address, fields(khanh.get(address)) | {"place": "Khác", "signers-0-DELETE": "on"})
    assert page.status_code == 409 and "Người ký đã ký một báo cáo nên không bỏ được." in words(page)
    letterhead.refresh_from_db()
    assert letterhead.place == "Nơi" and letterhead.signers.count() == 1
    province.plan.state = PlanState.CLOSED
    province.plan.save()
    page = khanh.post(address, fields(khanh.get(address)) | {"place": "Khác"})
    assert page.status_code == 409 and "đã khóa" in words(page)


def test_the_pages_ask_a_constant_number_of_queries(as_person, letterhead, django_assert_num_queries):
    khanh = as_person("khanh")
    for address, queries in ((LIST, 7), (f"{LIST}{letterhead.pk}/", 7)):
        khanh.get(address)
        with django_assert_num_queries(queries):
            khanh.get(address)


def test_the_first_one_of_a_plan_begins_as_proposed(as_person, province):
    khanh = as_person("khanh")
    form = fields(khanh.get(ADD))
    assert form["issuer"] and form["place"] and form["signers-0-powers"] and form["signers-1-powers"].startswith("KT.")
    khanh.post(ADD, form)
    made = Letterhead.objects.get()
    assert (made.issuer, made.is_default, made.signers.count()) == (form["issuer"], True, 2)
    assert fields(khanh.get(ADD)).get("issuer", "") == ""  # the next one is empty


def test_another_signer_comes_last_and_an_empty_one_is_nobody(as_person, letterhead):
    khanh, address = as_person("khanh"), f"{LIST}{letterhead.pk}/"
    form = fields(khanh.get(address))
    assert form["signers-1-position"] == "2"
    khanh.post(address, form)
    assert letterhead.signers.count() == 1
    khanh.post(address, form | {"signers-1-powers": "PHÓ GIÁM ĐỐC"})
    assert list(letterhead.signers.values_list("powers", "position")) == [("GIÁM ĐỐC", 1), ("PHÓ GIÁM ĐỐC", 2)]
