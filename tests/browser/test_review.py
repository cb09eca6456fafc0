"""Review in a browser: one figure is sent back, its agency sees that one open alone and mends it with a file behind it, the
lead agency is asked and answers, and what has no flag is approved in one go. Both themes, a phone, without script."""

import re

import pytest

from tests.browser.layout import CUT_ENTRIES

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"
QUEUE = "/duyet/?ky=2023-08"


def test_sent_back_mended_asked_and_approved(product, person, axe, tmp_path):
    reviewer = person("h290")
    reviewer.goto(product.base_url + QUEUE)
    assert axe(reviewer) == []
    # Flagged reports stand first and cannot be chosen; the first without a flag is the one of this story.
    rows = reviewer.locator("table.pick tbody tr")
    states = [row.locator("input[name=phieu]").count() for row in rows.all()]
    assert states == sorted(states) and 0 in states and 1 in states
    plain = rows.nth(states.index(1))
    plain.get_by_role("link", name=re.compile("^Xem")).click()
    reviewer.wait_for_url("**/duyet/*/")
    address = reviewer.url
    code = re.search(r"Mã 08-(x\d+)-01", reviewer.inner_text("main"))[1]
    assert "Nếu duyệt cả phiếu" in reviewer.inner_text("main")

    # One figure goes back, with a reason of the list and a word.
    reviewer.check('[name="decision-I.12"][value=return]')
    reviewer.select_option('[name="code-I.12"]', "evidence")
    reviewer.fill('[name="reason-I.12"]', "Gửi danh sách hồ sơ trực tuyến.")
    assert axe(reviewer) == []
    reviewer.get_by_role("button", name="Trả lại đơn vị").click()
    reviewer.wait_for_selector(".note.good")
    assert "I.12" in reviewer.inner_text(".note.good")

    # The commune sees that one open, the others locked and why.
    focal = person(code)
    focal.goto(f"{product.base_url}/nhap-so-lieu/2023-08/")
    typed = focal.locator("table.entry-grid input[type=text]:visible")
    assert {field.get_attribute("name") for field in typed.all()} == {"numerator-I.12", "denominator-I.12"}
    assert focal.locator("table.entry-grid").get_by_text("Số này không bị trả lại nên vẫn khóa.").count() == 11
    assert "Thiếu minh chứng. Gửi danh sách hồ sơ trực tuyến." in focal.inner_text("main")
    assert axe(focal) == []
    focal.get_by_role("link", name=re.compile("Minh chứng.*I.12")).click()
    listing = tmp_path / "Danh sách hồ sơ tháng 8.pdf"
    listing.write_bytes(b"%PDF-1.7\n")
    focal.set_input_files("#tep", listing)
    focal.get_by_role("button", name="Đính kèm").click()
    focal.get_by_role("link", name="Danh sách hồ sơ tháng 8.pdf").wait_for()
    assert axe(focal) == []
    focal.get_by_role("link", name="Về biểu nhập số liệu").click()
    focal.fill('[name="numerator-I.12"]', "11")
    focal.fill('[name="denominator-I.12"]', "20")
    focal.keyboard.press("Tab")
    focal.locator('[id="d-I.12"] .save', has_text="Đã lưu").wait_for()
    focal.get_by_role("button", name="Xem lại và nộp").click()
    focal.get_by_role("button", name="Nộp phiếu").click()
    focal.wait_for_url(re.compile("/da-nop/"))

    # The reviewer sees what was mended, and the file; asks the lead agency, which answers.
    reviewer.goto(address)
    told = reviewer.inner_text('[id="d-I.12"]')
    assert "Đã sửa." in told and "Danh sách hồ sơ tháng 8.pdf" in told
    with reviewer.expect_download() as saved:
        reviewer.get_by_role("link", name="Danh sách hồ sơ tháng 8.pdf").click()
    assert saved.value.suggested_filename == "Danh sách hồ sơ tháng 8.pdf"
    reviewer.locator('[id="d-I.12"]').get_by_role("link", name=re.compile("lịch sử")).click()
    assert axe(reviewer) == []
    reviewer.fill("#text", "Đã đối chiếu với Cổng dịch vụ công chưa?")
    reviewer.get_by_role("button", name="Hỏi cơ quan chủ trì").click()
    reviewer.wait_for_selector(".note.good")
    lead = person("sotttt")
    lead.goto(f"{product.base_url}/tham-dinh/")
    assert axe(lead) == []
    lead.get_by_role("link", name=re.compile("^Trả lời")).click()
    lead.get_by_role("button", name="Đã thẩm định").click()
    lead.wait_for_selector(".note.good")
    reviewer.goto(address)
    assert "đã thẩm định" in reviewer.inner_text('[id="d-I.12"]')

    # What has no flag is approved in one go; what has one stays.
    reviewer.goto(product.base_url + QUEUE)
    flagged = reviewer.locator("table.pick tbody tr:not(:has(input))").count()
    reviewer.get_by_role("link", name=re.compile("^Chọn cả")).click()
    reviewer.wait_for_url("**chon=khong-co**")
    chosen = reviewer.locator("input[name=phieu]:checked").count()
    assert chosen >= 1
    reviewer.get_by_role("button", name="Duyệt các phiếu đã chọn").click()
    reviewer.wait_for_selector(".note.good")
    assert f"Đã duyệt {chosen} phiếu" in reviewer.inner_text(".note.good")
    assert reviewer.locator("section table tbody tr").count() == flagged


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_in_both_themes_and_widths(product, person, axe, width, theme):
    page = person("h288", width=width)
    page.emulate_media(color_scheme=theme)
    page.goto(product.base_url + QUEUE)
    address = page.locator("a.btn", has_text="Xem phiếu đầu danh sách").get_attribute("href")
    for where in (QUEUE, address, f"{address}I.12/"):
        page.goto(product.base_url + where)
        assert axe(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
        assert page.evaluate(CUT_ENTRIES) == [], where


def test_without_script(product, person):
    page = person("h288", javascript=False)
    page.goto(product.base_url + QUEUE + "&chon=khong-co")
    chosen = page.locator("input[name=phieu]:checked").count()
    assert chosen
    page.get_by_role("button", name="Duyệt các phiếu đã chọn").click()
    assert f"Đã duyệt {chosen} phiếu" in page.inner_text("main")


def test_a_double_click_approves_one_report(product, person):
    """The second click meets the button of the same report, or that of the next one in the same place."""
    reviewer = person("h291")
    reviewer.goto(product.base_url + QUEUE)
    reviewer.get_by_role("link", name=re.compile("^Xem")).first.click()
    reviewer.wait_for_url("**/duyet/*/")
    sent = []
    reviewer.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    address = reviewer.url
    reviewer.hover("button[value=approve]")
    for clicks in (1, 2):
        reviewer.mouse.down(click_count=clicks)
        reviewer.mouse.up(click_count=clicks)
        reviewer.wait_for_timeout(150)  # as a hand does it
    reviewer.wait_for_selector(".note.good")
    reviewer.wait_for_load_state("networkidle")
    assert sent == [address] and reviewer.url != address
