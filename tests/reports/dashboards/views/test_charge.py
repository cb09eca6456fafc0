"""The page of a charge: what each reader sees of it, its reminders and its report; one over the whole plan."""

import csv
import datetime as dt
import io
import re
from itertools import product

import pytest
from openpyxl import load_workbook

from agencies.roles import Role
from core.clock import VIETNAM
from indicators.models import Assignment, Charge, ChargeReminder, ChargeTarget
from indicators.rollups import engine
from indicators.targets.charges.queries import BehindAgency, UnderLine
from projects.models import Project, ProjectGroup
from reports.models import Report
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

URL = "/theo-doi/VI.2/"
REPORT = "/bao-cao/tien-do/?ve=nhiem-vu:VI.2"


@pytest.fixture
def charge(province):
    """A charge of the department s2 over I.1, with a project; chi leads there, hoa is her colleague."""
    office = factories.agency("s2", "department", province.tree["tinh"], name="Văn phòng UBND tỉnh")
    made = Charge.objects.create(
        plan=province.plan,
        code="VI.2",
        title="Dịch vụ công trực tuyến",
        agency=office,
        sentence="Giao Văn phòng UBND tỉnh chủ trì, đôn đốc.",
        legal_ground="Quyết định số 17/QĐ-UBQGCĐS",
        report_to="Chủ tịch UBND tỉnh",
    )
    ChargeTarget.objects.create(charge=made, target=province.targets["I.1"], part="Trước tháng 9/2023")
    section = ProjectGroup.objects.create(plan=province.plan, code="III", title="Chính quyền số", position=1)
    Project.objects.create(section=section, number=3, name="Số hóa hồ sơ").charges.add(made)
    province.people["chi"] = factories.person("chi", office, Role.LEAD, full_name="Lê Thị Chi")
    province.people["hoa"] = factories.person("hoa", office, Role.FOCAL, full_name="Mai Thị Hoa")
    return made


def test_its_agency_sees_who_is_behind_and_reminds_once(as_person, province, charge):
    chi = as_person("chi")
    page = chi.get(URL)
    shown = words(page)
    assert "1 chỉ tiêu thành phần của nhiệm vụ" in shown and "Trước tháng 9/2023" in shown
    assert "Quyết định số 17/QĐ-UBQGCĐS" in shown and "III.3 Số hóa hồ sơ" in shown
    # Of the five that report I.1 only x22 has sent nothing for August.
    assert "1 chưa báo cáo" in shown and "Nhắc các đơn vị đã chọn" in shown and "X22" in shown
    typed = fields(page) | {"don-vi": [province.tree["x22"].pk, "không phải số", "9" * 5000]}
    answer = chi.post(f"{URL}nhac/", typed, headers={"X-CSRFToken": typed["csrfmiddlewaretoken"]}, follow=True)
    assert "Đã nhắc 1 đơn vị; mỗi đơn vị chỉ được nhắc một lần trong kỳ. 1 đơn vị chưa có tài khoản" in words(answer)
    assert "Lê Thị Chi I.1 · chưa có đầu mối nhận" in words(answer)
    again = chi.post(f"{URL}nhac/", {"don-vi": province.tree["x22"].pk}, follow=True)
    assert "Chưa nhắc đơn vị nào" in words(again) and ChargeReminder.objects.count() == 1


def test_who_is_in_time_is_not_ticked_before_the_deadline(as_person, province, charge, moment):
    """x22 has sent nothing for August, due by the 17th; the clock stands on the 16th."""
    box = re.compile(rf'name="don-vi" value="{province.tree["x22"].pk}"( checked)? ?>')
    chi = as_person("chi")
    before = chi.get(URL)
    assert "chưa hết hạn nộp thì chưa chọn sẵn" in words(before)
    assert box.findall(before.content.decode()) == [""]
    moment.move_to(dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM))
    assert box.findall(as_person("chi").get(URL).content.decode()) == [" checked"]


def test_nobody_is_asked_to_remind_their_own_agency(as_person, province, charge):
    """khanh of the standing agency s1 may remind; s1 itself is made to report I.1 and has sent nothing."""
    Assignment.objects.create(target=province.targets["I.1"], agency=province.tree["s1"])
    engine.rebuild(province.plan)
    box = f'name="don-vi" value="{province.tree["s1"].pk}"'
    seen_by = {name: as_person(name).get(URL) for name in ("khanh", "chi")}
    assert {name: box in page.content.decode() for name, page in seen_by.items()} == {"khanh": False, "chi": True}
    assert "đơn vị của bạn" in words(seen_by["khanh"])
    as_person("khanh").post(f"{URL}nhac/", {"don-vi": province.tree["s1"].pk}, follow=True)
    assert not ChargeReminder.objects.exists()


def test_an_agency_that_is_behind_in_both_ways_is_told(province):
    """Two without a report and one under its line are two agencies: one of them is both."""
    twice = BehindAgency(province.tree["x22"], (province.targets["I.1"],), (UnderLine(province.targets["I.2"], 1, 2),))
    once = BehindAgency(province.tree["x21"], (province.targets["I.1"],), ())
    assert [twice.is_behind_twice, once.is_behind_twice] == [True, False]


def test_the_agencies_behind_are_filtered_and_so_are_their_files(as_person, province, charge):
    """Three have a figure under the required line, X22 has reported nothing: four behind, two of them in each district."""
    chi = as_person("chi")
    whole = chi.get(URL)
    assert "Tất cả 4 Chưa báo cáo 1 Dưới mức cần đạt 3 Chưa nhắc 4" in words(whole)
    assert "Xem tất cả" not in words(whole)

    def listed(query):
        page = chi.get(f"{URL}?ky=2023-08&{query}")
        return sorted(re.findall(r'name="don-vi"[^>]*>\s*(\w+)', page.content.decode())), words(page)

    everybody, _ = listed("")
    assert len(everybody) == 4
    unreported, shown = listed("vi-sao=chua-bao-cao")
    assert unreported == ["X22"] and "4 đơn vị cần đôn đốc" in shown  # the heading counts them all
    under, _ = listed("vi-sao=duoi-muc")
    assert sorted(under + unreported) == everybody
    assert listed("tim=x22")[0] == ["X22"] and listed("vi-sao=duoi-muc&tim=x22")[0] == []
    in_h2, _ = listed("dia-ban=h2")
    assert "X22" in in_h2 and len(in_h2) < 4
    assert listed("chi-tieu=I.1")[0] == everybody
    nothing, shown = listed("chi-tieu=I.2")
    assert nothing == [] and "Không có đơn vị nào khớp với điều kiện đã chọn. Xem tất cả 4 đơn vị" in shown
    lines = b"".join(chi.get(f"{URL}tep/csv/?vi-sao=chua-bao-cao")).decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and "x22" in lines[1]
    assert chi.get(f"{URL}?vi-sao=x").status_code == 404
    assert chi.get(f"{URL}?tim=%00&dia-ban=%00").status_code == 200
    answer = chi.post(f"{URL}nhac/?vi-sao=chua-bao-cao", {"don-vi": "1"})
    assert answer.url.endswith("&vi-sao=chua-bao-cao#can-don-doc")


def test_it_says_which_figures_it_shows_and_leads_to_the_others(as_person, charge):
    page = as_person("chi").get(URL)
    assert "Đang xem số chính thức của tháng 8 năm 2023: chỉ tính phiếu đã duyệt." in words(page)
    assert "kỳ gần nhất đã hết khoảng lấy số liệu, nên trang mở ở kỳ này" in words(page)
    assert 'href="?ky=2023-08&amp;so-lieu=tam-tinh"' in page.content.decode()
    july = as_person("chi").get(f"{URL}?ky=2023-07&so-lieu=tam-tinh")
    assert "Đang xem số tạm tính của tháng 7 năm 2023: tính cả phiếu đã nộp, chưa duyệt." in words(july)
    assert 'href="?ky=2023-08&amp;so-lieu=tam-tinh">xem kỳ đó' in july.content.decode()


@pytest.mark.parametrize(
    ("name", "status", "reminds"), [("hoa", 200, False), ("lam", 200, False), ("khanh", 200, True)]
)
def test_who_else_opens_it(as_person, charge, name, status, reminds):
    page = as_person(name).get(URL)
    assert page.status_code == status and ("Nhắc các đơn vị đã chọn" in words(page)) is reminds
    refused = as_person(name).post(f"{URL}nhac/", {"don-vi": "1"}, follow=True)
    assert ("Tài khoản không đôn đốc được" in words(refused)) is not reminds


def test_everybody_finds_the_page_from_its_ground(client, as_person, charge):
    assert client.get(URL).status_code == 302
    for name, address in product(("dung", "lam"), ("/chi-tieu/", "/muc-tieu/I.1/", "/du-an/III-3/")):
        page = as_person(name).get(address)
        assert "17/QĐ-UBQGCĐS" in words(page) and 'href="/theo-doi/VI.2/' in page.content.decode()


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("lam", {"x11", "x12", "x21", "x22"}),
        ("dung", {"x11", "x12"}),
        ("cuc", {"x21"}),
        ("mai", set()),
    ],
)
def test_a_reader_sees_the_number_and_their_own_of_those_behind(as_person, province, charge, name, seen):
    """Behind are four communes: x22 without a report, the others under 80%. dung is in the district of x11 and x12, cuc
    in x21 itself, mai in a department that is not behind."""
    province.people["mai"] = factories.person("mai", province.tree["s1"], Role.FOCAL)
    reader = as_person(name)
    page = reader.get(URL)
    shown, in_full = words(page), name == "lam"
    assert "4 đơn vị cần đôn đốc 1 chưa báo cáo (hạn nộp 17/08/2023) · 3 dưới mức cần đạt" in shown
    assert charge.sentence in shown and "72,31%" in shown.replace("\xa0", " ")  # 470 of 650, as everybody may know
    assert {code for code in ("x11", "x12", "x21", "x22") if code.upper() in shown} == seen
    lines = b"".join(reader.get(f"{URL}tep/csv/")).decode("utf-8-sig").splitlines()[1:]
    assert {code for line in lines for code in ("x11", "x12", "x21", "x22") if code in line} == seen
    assert ("Danh sách dưới đây chỉ có đơn vị của bạn và các đơn vị trực thuộc." in shown) is (name in ("dung", "cuc"))
    assert ("Đơn vị của bạn không có trong số này." in shown) is (name == "mai")
    assert ("ve=nhiem-vu:VI.2" in page.content.decode()) is in_full is (reader.get(REPORT).status_code == 200)
    refused = reader.post(f"{URL}nhac/", {"don-vi": province.tree["x22"].pk}, follow=True)
    assert "Tài khoản không đôn đốc được" in words(refused) and not ChargeReminder.objects.exists()


def test_a_charge_over_the_whole_plan(as_person, province, drafted, publish):
    """It covers every target without naming one, by pillar; its report is the plan's own, to whom the plan says."""
    Charge.objects.create(
        plan=province.plan,
        code="VI.1",
        title="Tổ chức thực hiện Kế hoạch",
        agency=province.tree["s1"],
        sentence="Giao S1 tổ chức thực hiện, báo cáo Bộ.",
        duties="hướng dẫn, hỗ trợ; kiểm tra, đánh giá",
        covers_plan=True,
        legal_ground="Kế hoạch, mục VI.1",
        report_to="Bộ Thông tin và Truyền thông",
    )
    khanh, url = as_person("khanh"), "/theo-doi/VI.1/"
    page = khanh.get(url)
    shown = words(page)
    assert f"{province.plan.targets.count()} chỉ tiêu thành phần của nhiệm vụ" in shown
    assert "hướng dẫn, hỗ trợ; kiểm tra, đánh giá; báo cáo Bộ Thông tin và Truyền thông." in shown
    assert {part.title for part in page.context["overview"].parts} == {
        str(each) for each in province.plan.pillars.all()
    }
    assert "ve=toan-tinh" in page.content.decode() and "đã phát hành" not in shown
    # No second report of the same targets, and no card at each of them.
    assert khanh.get("/bao-cao/tien-do/?ve=nhiem-vu:VI.1").status_code == 404
    assert "VI.1" not in words(khanh.get("/muc-tieu/I.1/")) and "VI.1" in words(khanh.get("/chi-tieu/"))
    # Nearly every agency is behind on one of all targets: no task.
    province.people["nam"] = factories.person("nam", province.tree["s1"], Role.LEAD)
    assert "nhiệm vụ VI.1" not in words(as_person("nam").get("/viec-can-lam/"))
    version = drafted("2023-08")
    assert version.report.title not in words(khanh.get(url))
    publish(version)
    assert "Báo cáo Bộ Thông tin và Truyền thông đã phát hành" in words(khanh.get(url))
    assert version.report.title in words(khanh.get(url))
    assert version.report.title not in words(as_person("dung").get(url))


def test_its_report_goes_to_whom_the_plan_says(as_person, province, charge):
    page = as_person("chi").get(REPORT)
    shown = words(page)
    assert "VĂN PHÒNG" in shown.upper() and "Kính gửi: Chủ tịch UBND tỉnh." in shown
    assert "Theo mục VI.2 của Kế hoạch, Văn phòng UBND tỉnh được giao" in shown
    assert "Trong 1 chỉ tiêu thành phần thuộc nhiệm vụ dịch vụ công trực tuyến" in shown
    assert "CƠ QUAN, ĐƠN VỊ CẦN ĐÔN ĐỐC" in shown and "1 nơi chưa báo cáo" in shown
    assert "Số hóa hồ sơ (DA III.3)" in shown or "DA III.3 Số hóa hồ sơ" in shown
    assert "nhiem-vu:VI.2" in as_person("chi").get("/bao-cao/").content.decode()


def test_the_agencies_behind_as_files(as_person, province, charge):
    chi = as_person("chi")
    lines = b"".join(chi.get(f"{URL}tep/csv/")).decode("utf-8-sig").splitlines()
    assert any("x22" in line and "chưa báo cáo" in line for line in lines)
    statuses = {(row["Mã đơn vị"], row["Trạng thái quan sát"]) for row in csv.DictReader(lines)}
    assert statuses == {
        ("x22", "M"),
        ("x11", "A"),
        ("x12", "A"),
        ("x21", "A"),
    }  # x22 has no value, the others' are normal
    book = load_workbook(io.BytesIO(b"".join(chi.get(f"{URL}tep/xlsx/"))))
    shown = [[cell.value for cell in row] for row in book["Cần đôn đốc"].iter_rows()]
    assert any(row[1:3] == ["x22", "I.1"] and "chưa báo cáo" in row for row in shown)
    assert [chi.get(f"{URL}tep/pdf/").status_code, chi.get("/theo-doi/VI.9/").status_code] == [404, 404]


def test_a_task_of_its_agency_leads_there(as_person, charge, moment):
    """Three have a figure under the required line; X22, which has not reported, is in time until the 17th."""
    page = as_person("chi").get("/viec-can-lam/")
    told = re.search(
        r"Đôn đốc 3 đơn vị, nhiệm vụ VI.2, tháng 8 Dịch vụ công trực tuyến: ([^.]*\..*?)\. Xem, nhắc", words(page)
    )
    assert told and "X22" not in told[1]
    moment.move_to(dt.datetime(2023, 8, 18, 9, 0, tzinfo=VIETNAM))
    page = as_person("chi").get("/viec-can-lam/")
    assert re.search(r"Đôn đốc 4 đơn vị, nhiệm vụ VI.2, tháng 8 Dịch vụ công trực tuyến: .*X22", words(page))
    assert 'href="/theo-doi/VI.2/?ky=2023-08"' in page.content.decode()


def test_a_fixed_number_of_queries(as_person, charge, django_assert_num_queries):
    lam = as_person("lam")
    lam.get(URL)
    # 3 who reads, 2 what is shown, 1 the charge, 9 what it holds, 1 its published reports.
    with django_assert_num_queries(16):
        lam.get(URL)


def test_its_agency_drafts_and_publishes_its_own_report(as_person, province, charge, moment):
    moment.move_to(dt.datetime(2023, 9, 1, 9, 0, tzinfo=VIETNAM))  # August has closed
    chi, hoa, dung = (as_person(name) for name in ("chi", "hoa", "dung"))
    typed = {"nam": "2023", "loai": "tien-do", "ky": "2023-08", "ve": "nhiem-vu:VI.2", "so-lieu": "chinh-thuc"}
    preview = f"{REPORT}&ky=2023-08"
    assert "Lập dự thảo" in words(chi.get(preview)) and "Lập dự thảo" not in words(hoa.get(preview))
    # Of another subject she drafts nothing, and nobody else drafts this one.
    assert chi.post("/bao-cao/moi/", typed | {"ve": "toan-tinh"}).status_code == 404
    assert [who.post("/bao-cao/moi/", typed).status_code for who in (hoa, dung)] == [404, 404]
    draft = chi.post("/bao-cao/moi/", typed, follow=True)
    report = Report.objects.get()
    assert draft.request["PATH_INFO"] == f"/bao-cao/{report.pk}/soan/" and draft.status_code == 200
    page = chi.get(f"/bao-cao/{report.pk}/")
    assert "Phát hành" in words(page) and report.title in words(chi.get("/bao-cao/"))
    assert {who.get(f"/bao-cao/{report.pk}/").status_code for who in (hoa, dung)} == {404}
    assert {who.get(f"/bao-cao/{report.pk}/soan/").status_code for who in (hoa, dung, as_person("lam"))} == {404}
    assert report.title not in words(hoa.get("/bao-cao/"))
    version = report.versions.get()
    assert version.made_by == province.people["chi"] and version.letterhead.issuer == "Văn phòng Ủy ban nhân dân tỉnh"
    assert version.signer.powers == "CHÁNH VĂN PHÒNG"
