"""The first day in a browser: from the printed code to the pages of the plan, on a wide screen and on a phone."""

import re
from contextlib import closing

import pytest

from tests.plans.setup.test_tree_file import GOOD
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow(60)]

PASSWORD = "một mật khẩu dài của quản trị"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_first_administrator_is_led_from_the_code_to_the_plan(new_database, tmp_path, new_page, axe, width):
    with closing(Stack(tmp_path, DATABASE_URL=new_database("sqlite", tmp_path))) as stack:
        code = re.search(r"mã dùng một lần (\S+)", stack.manage("prepare"))[1]
        stack.start()
        page = new_page(width=width)

        def look(heading):
            assert page.inner_text("h1") == heading
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        page.goto(stack.base_url)
        assert "Hệ thống đang được thiết lập" in page.inner_text("main")
        page.fill("[name=username]", "quan-tri")
        page.fill("[name=password]", code)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/tai-khoan/mat-khau/")
        page.fill("[name=old_password]", code)
        page.fill("[name=new_password1]", PASSWORD)
        page.fill("[name=new_password2]", PASSWORD)
        page.press("[name=new_password2]", "Enter")
        page.wait_for_url("**/thiet-lap/")
        look("Thiết lập hệ thống")
        page.get_by_role("link", name="Ghi thông tin").click()
        look("Thông tin của tỉnh")
        page.fill("[name=province]", "tỉnh Hoa Lâm")
        page.fill("[name=standing_agency]", "Sở Khoa học và Công nghệ")
        page.get_by_role("button", name="Lưu").click()
        page.wait_for_url("**/thiet-lap/")
        page.get_by_role("link", name="Nạp cây tổ chức").click()
        look("Cây tổ chức")
        page.set_input_files("#tep", {"name": "cay.csv", "mimeType": "text/csv", "buffer": GOOD.encode()})
        page.get_by_role("button", name="Nạp cây tổ chức").click()
        page.get_by_text("Đã nạp 5 cơ quan, đơn vị.").wait_for()
        look("Cây tổ chức")
        page.goto(f"{stack.base_url}/thiet-lap/")
        page.get_by_role("link", name="Lập kế hoạch").click()
        look("Kế hoạch")
        page.get_by_role("button", name="Lập kế hoạch").click()
        page.get_by_text("với 12 kỳ báo cáo.").wait_for()
        look("Thiết lập hệ thống")
        page.get_by_role("link", name="Nạp tệp kế hoạch").click()
        look("Kế hoạch trong một tệp Excel")
        code = re.search(r"/ke-hoach/([^/]+)/tep/", page.url)[1]
        for address, heading in (
            ("", "Các kế hoạch"),
            (f"{code}/", "Kế hoạch Chuyển đổi số tỉnh Hoa Lâm năm"),
            (f"{code}/sao-chep/", "Sao chép"),
        ):
            page.goto(f"{stack.base_url}/ke-hoach/{address}")
            assert page.inner_text("h1").startswith(heading)
            look(page.inner_text("h1"))
        page.goto(f"{stack.base_url}/tinh-trang/")
        look("Tình trạng hệ thống")
        page.goto(f"{stack.base_url}/thiet-lap/ke-hoach/")
        look("Kế hoạch")
        page.goto(f"{stack.base_url}/thiet-lap/")
        page.get_by_role("link", name=re.compile("bước 5")).click()
        look("Cấp tài khoản cho các đơn vị")
