"""A report in a browser, with the demonstration year: looked at, drafted, worded, published, its files and its signed sheet,
checked by a stranger, corrected. Both themes, a phone, no script."""

import io
import re

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"


@pytest.mark.parametrize("face", [None, "Times Fallback"])
def test_the_summary_of_one_page_is_one_sheet_of_the_browser_too(product, person, face):
    """In the face of this machine and in the one of a machine that has neither Times New Roman nor its like."""
    page = person("sotttt")
    for asked in ("2023-06", "2023-07", "2023-08&so-lieu=tam-tinh", "2023-quy-2"):
        page.goto(f"{product.base_url}/bao-cao/tom-tat/?ky={asked}")
        if face:
            page.evaluate("face => document.documentElement.style.setProperty('--serif', `'${face}', serif`)", face)
        assert len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages) == 1, asked


def test_from_the_shelf_to_the_check_and_its_correction(product, person, new_page, axe, tmp_path):
    page = person("sotttt")
    page.goto(product.base_url + "/bao-cao/")
    assert axe(page) == []
    page.select_option("[name=loai]", "tom-tat")
    page.select_option("[name=ky]", "2023-07")
    page.get_by_role("button", name="Xem trước").click()
    page.wait_for_url(re.compile(r"/bao-cao/tom-tat/\?"))
    assert "Bản xem trước · Số liệu minh họa" in page.inner_text(".sheet .marks")
    overall = page.locator(".sheet p", has_text="Trong 27 chỉ tiêu").inner_text()
    assert axe(page) == []
    # On paper it begins with its head, on the first page.
    first = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages[0].extract_text()
    assert "CỘNGHÒAXÃHỘICHỦNGHĨAVIỆTNAM" in re.sub(r"\s", "", first)

    # The draft's words change, its figures do not.
    page.get_by_role("button", name="Lập dự thảo").click()
    page.wait_for_url("**/soan/")
    assert axe(page) == []
    first = page.locator("[name=cau-nhan-dinh-2]")
    kept = first.input_value()
    first.fill(re.sub(r"\{\d+\}", "{999}", kept, count=1))
    page.get_by_role("button", name="Lưu và xem bản in").click()
    assert "Số trong ngoặc nhọn lấy từ số liệu, không sửa bằng tay" in page.inner_text("main")
    assert axe(page) == []
    page.fill("[name=cau-nhan-dinh-2]", kept.replace("Trong ", "Tính chung, trong ", 1))
    page.fill("[name=cau-them]", "Đề nghị các sở chuẩn bị ý kiến trước cuộc họp.")
    page.fill("[name=document_number]", "15")
    page.get_by_role("button", name="Lưu và xem bản in").click()
    page.wait_for_url(re.compile(r"/bao-cao/\d+/$"))
    address = page.url
    sheet = page.inner_text(".sheet")
    assert "Dự thảo · Số liệu minh họa" in sheet and "Số: 15/BC-STTTT" in sheet
    assert overall.split(".")[0].replace("Trong ", "Tính chung, trong ", 1) in sheet
    assert "Đề nghị các sở chuẩn bị ý kiến trước cuộc họp." in sheet
    assert axe(page) == []

    # Published: a code, three files by their Vietnamese names, the scan of what was signed.
    page.check("text=Đã đọc toàn văn")
    for box in page.locator("[name=xac-nhan]").all():
        box.check()
    page.get_by_role("button", name="Phát hành").click()
    page.wait_for_selector(".note.good")
    code = page.locator("#tep + a, header a.num").first.inner_text()
    assert re.fullmatch(r"([A-Z2-9]{4}-){3}[A-Z2-9]{4}", code)
    links = page.locator("ul.files a")
    assert links.count() == 3
    with page.expect_download() as saved:
        links.first.click()
    assert saved.value.suggested_filename == "Tóm tắt một trang phục vụ cuộc họp, tháng 7 năm 2023.pdf"
    signed = tmp_path / "Bản ký số 15.pdf"
    signed.write_bytes(b"%PDF-1.7\n")
    page.set_input_files("#scan", signed)
    page.get_by_role("button", name="Tải lên").click()
    page.get_by_role("link", name="Bản ký số 15.pdf").wait_for()
    assert page.get_by_role("link", name="Sửa dự thảo").count() == 0
    assert axe(page) == []

    # Anybody with the sheet may ask, by the code as it is printed.
    stranger = new_page(width=390)
    stranger.goto(product.base_url + "/kiem-tra/")
    stranger.fill("#ma", code.lower())
    stranger.get_by_role("button", name="Kiểm tra").click()
    stranger.wait_for_selector(".note.good")
    said = stranger.inner_text("main")
    assert "Còn hiệu lực" in said and "Tóm tắt một trang phục vụ cuộc họp, tháng 7 năm 2023" in said
    assert "chỉ tiêu thành phần" not in said
    assert axe(stranger) == []
    assert stranger.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # A correction replaces it, and the old sheet says so.
    page.get_by_text("Lập bản điều chỉnh").first.click()
    page.fill("#reason", "Bổ sung đề nghị của Sở Y tế.")
    page.get_by_role("button", name="Lập bản điều chỉnh").click()
    page.wait_for_url("**/soan/")
    page.goto(address + "lan-2/")
    page.check("text=Đã đọc toàn văn")
    for box in page.locator("[name=xac-nhan]").all():
        box.check()
    page.get_by_role("button", name="Phát hành").click()
    page.wait_for_selector(".note.good")
    assert "Báo cáo này thay thế Báo cáo số 15/BC-STTTT" in page.inner_text(".sheets")
    stranger.reload()
    assert "Đã có bản thay thế" in stranger.inner_text("main")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_in_both_themes_and_widths(product, person, axe, width, theme):
    page = person("h290", width=width)
    page.emulate_media(color_scheme=theme)
    for where in ("/bao-cao/", "/bao-cao/tien-do/?ky=2023-quy-2", "/kiem-tra/", "/kiem-tra/AAAABBBBCCCCDDDD/"):
        page.goto(product.base_url + where)
        assert axe(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where


def test_a_commune_prints_its_own_without_script(product, person):
    page = person("x10543", javascript=False)
    page.goto(product.base_url + "/bao-cao/")
    page.select_option("[name=ky]", "2023-07")
    page.get_by_role("button", name="Xem trước").click()
    assert "phường Việt Hoà" in page.inner_text("h1")
    assert "TM. ỦY BAN NHÂN DÂN" in page.inner_text(".sheet >> nth=0").upper()
    assert page.get_by_role("button", name="Lập dự thảo").count() == 0
