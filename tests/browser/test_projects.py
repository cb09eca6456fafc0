"""A project from its start to late to done, in a browser: its lead reports, the standing agency approves, all read."""

import re

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"


def test_files_go_one_by_one_and_a_lost_one_is_sent_again(product, person, axe):
    page, form = person("stttt"), f"{product.base_url}/du-an/bao-cao/2023-08/I-2/"
    page.goto(form)
    page.get_by_label("Đang thực hiện", exact=True).check()
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.wait_for_url("**/du-an/bao-cao/2023-08/")
    page.goto(form)
    tries = []

    def lose_the_first(route):
        tries.append(route)
        route.abort() if len(tries) == 1 else route.continue_()

    page.route("**/tai-lieu/", lose_the_first)
    names = ("a.pdf", "b.pdf", "c.exe")
    files = [{"name": name, "mimeType": "application/pdf", "buffer": f"%PDF-1.7 {name}".encode()} for name in names]
    page.set_input_files("#tep", files)
    page.get_by_role("button", name="Đính kèm").click()
    page.wait_for_selector("text=b.pdf: đã đính kèm")
    page.wait_for_selector("text=c.exe: c.exe: nội dung là tệp .pdf")
    assert axe(page, "#attach") == []
    page.get_by_role("button", name="Thử lại a.pdf").click()
    page.wait_for_selector("text=a.pdf: đã đính kèm")
    page.reload()
    assert page.get_by_role("link", name="a.pdf").count() == page.get_by_role("link", name="b.pdf").count() == 1


@pytest.mark.slow(25)
def test_a_project_starts_slips_and_is_finished(product, person, axe):
    stack = product
    lead, reviewer, leader = (person(name) for name in ("bqlda", "sotttt", "lanhdao"))

    # August: it runs, and a milestone is planned for 20 August.
    report(stack, lead, axe, "2023-08", {"percent": "60", "m4-planned_on": "20/08/2023"}, "Đang thực hiện")
    approve(stack, reviewer, "2023-08")
    assert "Đúng tiến độ" in standing(stack, leader)
    assert axe(leader) == []

    # A month later nobody has finished the step.
    move_clock(stack, "2023-09-16T09:00")
    assert "Chậm mốc" in standing(stack, leader)
    assert "Triển khai: hạn 20/08/2023, quá 27 ngày." in standing(stack, leader)
    # The list and the overview count the same.
    late = re.search(r"Cần xử lý (\d+)", " ".join(leader.inner_text("main").split()))[1]
    leader.goto(f"{stack.base_url}/tong-quan/")
    leader.get_by_role("link", name="Xem kỳ tháng 9").click()
    leader.wait_for_url("**/tong-quan/?ky=2023-09")
    assert f"{late} việc cần xử lý" in leader.inner_text("main")

    # September: finished.
    days = {"percent": "100", "actual_finish": "10/09/2023", "m4-done_on": "08/09/2023"}
    report(stack, lead, axe, "2023-09", days, "Hoàn thành")
    approve(stack, reviewer, "2023-09")
    assert "Hoàn thành ngày 10/09/2023." in standing(stack, leader)
    for address in ("/du-an/bang/", "/du-an/dong-thoi-gian/", "/du-an/tong-hop/", "/du-an/I-23/"):
        assert leader.goto(stack.base_url + address).status == 200
        leader.wait_for_load_state("networkidle")
        assert axe(leader) == []
    # As of August it is still what it was then.
    leader.goto(f"{stack.base_url}/du-an/I-23/?ky=2023-08")
    assert "Đúng tiến độ" in leader.inner_text("main")


def report(stack, page, axe, period, typed, stage):
    """Fill in I.23 and send the report."""
    page.goto(f"{stack.base_url}/nhap-so-lieu/{period}/")
    page.get_by_role("link", name="Báo cáo tiến độ").click()
    page.get_by_role("link", name="Báo cáo DA I.23").click()
    page.get_by_label(stage, exact=True).check()
    for name, text in typed.items():
        page.fill(f'[name="{name}"]', text)
    assert axe(page) == []
    page.get_by_role("button", name="Lưu").first.click()
    page.wait_for_url(f"**/du-an/bao-cao/{period}/")
    page.get_by_role("link", name="Về phiếu số liệu để nộp").click()
    page.get_by_role("button", name="Nộp phiếu").click()
    page.wait_for_url("**/gui/")
    page.get_by_role("button", name="Nộp phiếu").click()
    page.wait_for_url("**/da-nop/")
    assert stage in page.inner_text("main")


def approve(stack, page, period):
    page.goto(f"{stack.base_url}/duyet/?ky={period}")
    page.get_by_role("row", name="Ban QLDA").get_by_role("link", name="Xem").click()
    page.wait_for_url("**/duyet/*/")
    assert "DA I.23" in page.inner_text("main")
    page.get_by_role("button", name="Duyệt phiếu").click()
    page.wait_for_load_state()
    assert "Đã duyệt phiếu" in page.inner_text("main")


def standing(stack, page):
    """Read the row of I.23 in the list."""
    page.goto(f"{stack.base_url}/du-an/")
    row = page.locator("tr", has=page.locator('a[href*="/du-an/I-23/"]')).first
    return " ".join(row.inner_text().split())


def move_clock(stack, moment):
    stack.kill("web")
    stack.environment["CLOCK"] = moment
    stack.manage("start_clock")
    stack.start()
