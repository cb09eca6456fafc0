"""The workbook in a browser, from download to figures: unchanged, changed, with an error; a district's as long work; without
script and on a phone."""

import pytest

from tests.projects.test_workbook_sheets import Filled as FilledProjects
from tests.workbook_files import Filled

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"
ACCOUNTS = f"""
from agencies.services import accounts
from agencies.models import Agency, User
for name, code, roles in (
    ("an", "x10528", ["focal"]), ("dung", "h288", ["reviewer", "focal"]), ("ban", "bqlda", ["focal"])
):
    user = User.objects.create_user(name, password="{PASSWORD}", agency=Agency.objects.get(code=code), full_name=name)
    accounts.set_roles(user=user, roles=roles)
"""
# District h288 has x10528 under it (the reference tree).
LOOK = """
from indicators.models import Actual
for actual in Actual.objects.select_related("target", "submission__agency", "entered_by").order_by("pk"):
    print(actual.submission.agency.code, actual.target.code, f"{actual.numerator}/{actual.denominator}", actual.entered_by)
"""
AUGUST = "/nhap-so-lieu/2023-08/"


@pytest.fixture(scope="module")
def product(module_live_stack):
    stack = module_live_stack(CLOCK="2023-08-16T09:00")
    stack.manage("shell", "-v0", "-c", ACCOUNTS)
    return stack


@pytest.fixture
def enter(product, new_page, sign_in):
    """`enter("an")` gives a page at August's entry form or queue, signed in."""

    def go(name, address, **options):
        page = new_page(**options)
        sign_in(page, product.base_url, name, PASSWORD)
        page.goto(product.base_url + address)
        return page

    return go


def downloaded(page, selector, path):
    with page.expect_download() as download:
        page.click(selector)
    download.value.save_as(path)
    return Filled(path.read_bytes())


def send(page, path, scope="don-vi"):
    page.set_input_files(f"#tep-{scope}", path)
    page.click(f"form:has(#tep-{scope}) button")
    page.wait_for_url("**/tep/*/")


def test_there_and_back_again(product, enter, tmp_path, axe):
    path = tmp_path / "bieu.xlsx"
    page = enter("an", AUGUST)
    page.click("text=Nhập bằng tệp Excel")
    assert axe(page) == []
    filled = downloaded(page, "a[href*='/tai-ve/don-vi/']", path)
    send(page, path)
    assert "Chưa ghi gì: chưa có số nào được nhập vào tệp." in page.inner_text(".note.warn:visible")
    assert "0 thay đổi" not in page.text_content("main")
    assert axe(page) == []

    filled.put("x10528", "I.12", numerator=130, denominator=110).put("x10528", "III.4", numerator=5, denominator=9)
    path.write_bytes(filled.saved())
    page.click("text=Gửi tệp khác")
    send(page, path)
    assert "1 ô cần sửa, chưa ghi gì" in page.text_content("main")
    assert axe(page) == []
    marked = downloaded(page, "a[href$='/danh-dau/']", path)
    assert marked.cell("x10528", "I.12", "numerator").comment.text == "Tử số 130 lớn hơn mẫu số 110."

    marked.put("x10528", "I.12", numerator=80)
    path.write_bytes(marked.saved())
    page.get_by_role("link", name="gửi lại", exact=True).click()
    send(page, path)
    assert "2 thay đổi" in page.text_content(".note:visible")
    assert axe(page) == []
    page.go_back()
    page.go_forward()
    page.click("text=Ghi 2 thay đổi")
    page.wait_for_selector(".note.good")
    assert "Đã ghi 2 số" in page.text_content("main")
    assert axe(page) == []
    page.click("text=Xem lại và nộp phiếu")
    assert page.input_value("[id='numerator-I.12']") == "80"

    page.goto(f"{product.base_url}{AUGUST}tep/")
    downloaded(page, "a[href*='/tai-ve/don-vi/']", path)
    send(page, path)
    assert "0 thay đổi: các số trong tệp giống số đang lưu." in page.text_content("main")


def test_projects_there_and_back_again(product, enter, tmp_path, axe):
    """An agency that leads a project and has no figures: its workbook is of projects alone."""
    path = tmp_path / "du-an.xlsx"
    page = enter("ban", AUGUST)
    page.click("text=Nhập bằng tệp Excel")
    with page.expect_download() as download:
        page.click("a[href*='/tai-ve/don-vi/']")
    download.value.save_as(path)
    filled = FilledProjects(path.read_bytes())
    path.write_bytes(filled.put("DA I.23", stage="Đang thực hiện", percent=120).saved())
    send(page, path)
    assert "1 ô cần sửa, chưa ghi gì" in page.text_content("main")
    assert axe(page) == []
    filled.put("DA I.23", percent=12.5, contract_value=720_000_000).mark(
        "DA I.23", 1, name="Thẩm định", done_on="10/08/2023"
    )
    path.write_bytes(filled.saved())
    page.get_by_role("link", name="gửi lại", exact=True).click()
    send(page, path)
    assert "720.000.000 đồng" in page.text_content("main").replace("\u00a0", " ")
    assert axe(page) == []
    page.click("text=Ghi 1 thay đổi")
    page.wait_for_selector(".note.good")
    assert "Đã ghi 1 dự án" in page.text_content("main")
    page.click("text=Xem lại và nộp phiếu")
    assert "Đang thực hiện, 12,5%" in page.text_content("main").replace("\u00a0", " ")


def test_a_district_on_a_phone_without_script(product, enter, tmp_path):
    path = tmp_path / "cac-xa.xlsx"
    page = enter("dung", "/duyet/?ky=2023-08", width=390, height=844, javascript=False)
    page.click("text=Nhập thay bằng tệp Excel")
    filled = downloaded(page, "a[href*='/tai-ve/truc-thuoc/']", path)
    filled.put("x10528", "I.13", numerator=5, denominator=9)
    path.write_bytes(filled.saved())
    send(page, path, "truc-thuoc")
    assert "1 thay đổi ở 1 đơn vị" in page.text_content("main")
    assert page.locator("main").evaluate("e => e.scrollWidth <= innerWidth")
    page.click("text=Ghi 1 thay đổi")
    page.wait_for_load_state()
    assert "Đã ghi 1 số của 1 đơn vị" in page.text_content("main")
    assert "x10528 I.13 5/9 dung" in product.manage("shell", "-v0", "-c", LOOK).splitlines()
    page.goto(f"{product.base_url}/cong-viec/")
    assert "đã ghi 1 số của 1 đơn vị" in page.text_content("main")


def test_a_job_under_way_renews_itself(product, enter, axe):
    """Its page follows the row: how far, then over, without being opened anew by hand."""
    begin = """
from core.jobs.models import Job
from agencies.models import User
from core import clock
job = Job.objects.create(kind="thu", title="Việc thử", owner=User.objects.get(username="an"), state="running", attempt=1,
    done=1, total=3, message="Đang đọc tệp", created_at=clock.now(), heartbeat_at=clock.now())
print(job.pk)
"""
    pk = product.manage("shell", "-v0", "-c", begin).strip()
    page = enter("an", f"/cong-viec/{pk}/")
    assert "Đang đọc tệp 1/3" in " ".join(page.text_content("[data-job]").split())
    assert axe(page) == []
    change = f"from core.jobs.models import Job; Job.objects.filter(pk={pk}).update"
    product.manage("shell", "-v0", "-c", f"{change}(done=2, message='Đang so với số đang lưu')")
    page.wait_for_selector("text=Đang so với số đang lưu")
    product.manage("shell", "-v0", "-c", f"{change}(state='done', message='mở để xem')")
    page.wait_for_selector("text=Đã xong: mở để xem")
