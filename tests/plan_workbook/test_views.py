"""The pages of a plan's workbook: who may open them, and the way from the download to the changed plan."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from agencies.models import Agency, RememberedName
from core.audit.models import AuditEntry
from core.jobs.models import Job
from plan_workbook.models import PlanFile
from tests import factories as make
from tests.page import words
from tests.plan_workbook.conftest import cells_of
from tests.plan_workbook.test_services import plant_thirty

pytestmark = pytest.mark.django_db(transaction=False)

URL = "/ke-hoach/2023/tep/"
FILLED, EMPTY = f"{URL}tai-ve/day-du/", f"{URL}tai-ve/trong/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def browser(world, client, django_capture_on_commit_callbacks):
    """The standing agency's browser; jobs are done within the request, as without a worker."""
    client.force_login(world.standing)
    return client


@pytest.fixture
def send(browser, django_capture_on_commit_callbacks):
    """Send a workbook; return the page of the file."""

    def sent(book, name="Kế hoạch.xlsx"):
        content = BytesIO()
        book.save(content)
        upload = SimpleUploadedFile(name, content.getvalue())
        with django_capture_on_commit_callbacks(execute=True):
            response = browser.post(URL, {"tep": upload})
        assert response.status_code == 302
        return browser.get(response["Location"])

    return sent


def test_administration_and_the_standing_agency_open_it_others_find_nothing(world, client):
    for user, status in ((world.standing, 200), (world.admin, 200), (world.focal, 404)):
        client.force_login(user)
        for address in (URL, FILLED, EMPTY):
            assert client.get(address).status_code == status
    client.force_login(world.admin)
    for address in ("/ke-hoach/2031/tep/", "/ke-hoach/x/tep/", f"{URL}1/", f"{URL}tai-ve/khac/"):
        assert client.get(address).status_code == 404
    client.logout()
    assert client.get(URL)["Location"].startswith("/dang-nhap/")


def test_the_downloads_are_the_plan_and_an_empty_one(world, browser):
    filled = load_workbook(BytesIO(browser.get(FILLED).getvalue()))
    assert filled["Cơ quan"]["A4"].value == "tinh" and filled["Kế hoạch"]["B3"].value == 2023
    empty = load_workbook(BytesIO(browser.get(EMPTY).getvalue()))
    assert empty.sheetnames == filled.sheetnames and empty.sheetnames[0] == "Hướng dẫn"
    assert empty["Cơ quan"].max_row == 3 and empty["Kế hoạch"]["B3"].value is None
    assert empty["Cơ quan"]["A3"].comment.text.startswith("Bắt buộc.")
    # A text that begins like a formula stays text.
    assert filled["Mô tả"]["E4"].value == "=1+1" and filled["Mô tả"]["E4"].data_type == "s"


def test_every_changed_cell_is_shown_before_it_is_written(world, workbook, send, confirm):
    workbook.put("Cơ quan", "s1", "Tên ngắn", "Sở Một")
    workbook.take_out("Mốc", "II.3")
    page = send(workbook.book)
    said = words(page)
    assert "Kế hoạch năm 2023" in said and "Sẽ thêm 0, sửa 1, bỏ 1, giữ " in said
    assert "s1: sửa Tên ngắn S1 Sở Một" in said and "II.3.2023-06-30: bỏ" in said
    assert Agency.objects.get(code="s1").short_name == "S1"
    said = words(confirm(page))
    assert "Đã ghi 2 dòng lúc 09:00" in said
    assert Agency.objects.get(code="s1").short_name == "Sở Một"
    line = AuditEntry.objects.get(act="nạp tệp kế hoạch")
    assert (line.actor_id, line.detail["file"]) == (world.standing.pk, "Kế hoạch.xlsx")
    assert PlanFile.objects.get().state == "saved"


def test_faults_are_listed_and_the_file_comes_back_marked(world, workbook, browser, send):
    before = cells_of(world.plan)
    planted = plant_thirty(workbook)
    page = send(workbook.book)
    assert "30 ô cần sửa, chưa ghi gì" in words(page)
    marked = load_workbook(BytesIO(browser.get(f"{page.request['PATH_INFO']}danh-dau/").getvalue()))
    assert marked.sheetnames[0] == "Cần sửa" and marked["Cần sửa"].max_row == 31
    for sheet, cell in planted:
        assert marked[sheet][cell].fill.start_color.rgb == "FFF4B6AE" and marked[sheet][cell].comment
    assert cells_of(world.plan) == before
    # The same file, mended, is read again with its list of faults.
    assert browser.post(page.request["PATH_INFO"]).status_code == 200
    assert cells_of(world.plan) == before


def test_a_name_that_a_person_has_settled_is_known_from_then_on(world, workbook, browser, send, confirm):
    workbook.put("Chỉ tiêu", ("I", 1), "Chủ trì", "Xã An Hoa")
    workbook.put("Chỉ tiêu", ("I", 2), "Chủ trì", "Sở Không Đâu Có")
    page = send(workbook.book)
    said = words(page)
    assert "2 ô cần sửa" in said and "“Xã An Hoa” là" in said and "“Sở Không Đâu Có” là" not in said
    address = page.request["PATH_INFO"]
    # Only what was offered is taken.
    for code in ("x11", "x23\x00"):
        told = words(browser.post(address, {"ten": "Xã An Hoa", "la": code}, follow=True))
        assert "2 ô cần sửa" in told and not RememberedName.objects.exists()
    told = words(browser.post(address, {"ten": "Xã An Hoa", "la": "x23"}, follow=True))
    assert "1 ô cần sửa" in told and "“Xã An Hoa” là" not in told
    workbook.put("Chỉ tiêu", ("I", 2), "Chủ trì", None)
    said = words(confirm(send(workbook.book)))
    assert "Đã ghi" in said
    assert world.targets["I.1"].indicator.parties.get(part="lead").agency.code == "x23"


def test_a_missing_sheet_is_marked_on_the_first_one(world, workbook, browser, send):
    del workbook.book["Mốc"]
    page = send(workbook.book)
    assert "Mốc A1 Tệp thiếu trang tính “Mốc”." in words(page)
    marked = load_workbook(BytesIO(browser.get(f"{page.request['PATH_INFO']}danh-dau/").getvalue()))
    assert marked["Cần sửa"]["C2"].value == "Mốc"


def test_a_plan_that_changed_in_between_is_shown_again(world, workbook, send, confirm):
    workbook.put("Cơ quan", "s1", "Tên ngắn", "Sở Một")
    page = send(workbook.book)
    Agency.objects.filter(code="s1").update(short_name="Sở Hai")
    again = confirm(page)
    assert "Tên ngắn Sở Hai Sở Một" in words(again)
    assert Job.objects.latest("pk").error.startswith("Kế hoạch vừa được sửa sau khi trang này được mở.")
    assert Agency.objects.get(code="s1").short_name == "Sở Hai"
    confirm(again)
    assert Agency.objects.get(code="s1").short_name == "Sở Một"


def test_a_file_without_a_change_has_nothing_to_confirm(world, workbook, send):
    said = words(send(workbook.book))
    assert "Không có gì thay đổi: tệp giống kế hoạch đang lưu." in said and "Ghi " not in said


def test_what_is_no_workbook_is_refused_and_not_kept(world, browser):
    for sent, said in (
        ({}, "Chưa chọn tệp nào."),
        ({"tep": SimpleUploadedFile("a.xlsx", b"x")}, "không phải là tệp Excel"),
    ):
        response = browser.post(URL, sent)
        assert response.status_code == 422 and said in words(response)
    assert not PlanFile.objects.exists()


def test_a_workbook_of_something_else_tells_what_it_lacks(world, browser, send):
    from openpyxl import Workbook

    assert "24 ô cần sửa" in words(send(Workbook()))


def test_only_two_files_wait(world, browser, workbook):
    for _ in range(2):
        PlanFile.objects.create(owner=world.standing, plan=world.plan, uploaded_at=make.AT.replace(month=3, day=1))
    content = BytesIO()
    workbook.book.save(content)
    response = browser.post(URL, {"tep": SimpleUploadedFile("a.xlsx", content.getvalue())})
    assert response.status_code == 429 and "Còn 2 tệp gửi trước đang được đọc." in words(response)


def test_a_file_is_its_senders_alone(world, workbook, client, send):
    page = send(workbook.book)
    client.force_login(world.admin)
    assert client.get(page.request["PATH_INFO"]).status_code == 404
    assert client.get(f"{page.request['PATH_INFO']}danh-dau/").status_code == 404


def test_the_pages_ask_a_constant_number_of_queries(world, workbook, browser, send, django_assert_num_queries):
    page = send(workbook.book)
    for address, queries in ((URL, 7), (page.request["PATH_INFO"], 7)):
        browser.get(address)
        with django_assert_num_queries(queries):
            browser.get(address)
