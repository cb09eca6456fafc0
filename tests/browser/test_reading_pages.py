"""Target, projects and the printed report in a browser, with the demonstration year: the chart under the strict policy, both
themes, a phone, no script, paper."""

import base64
import re

import pytest

from tests.browser.layout import BROKEN_DATES, CUT_ENTRIES
from tests.conftest import PLACE

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"
TARGET = "/muc-tieu/I.12/?ky=2023-07"
REPORT = "/bao-cao/tien-do/?ky=2023-07"
PAGES = [
    TARGET,
    "/muc-tieu/II.1/?ky=2023-02",
    "/muc-tieu/I.13/?ky=2023-07&node=h290",
    "/muc-tieu/I.12/?ky=2023-08&neu-k=20&neu-x=90",
    "/muc-tieu/I.12/giai-thich/?ky=2023-07",
    "/muc-tieu/I.13/giai-thich/?ky=2023-08&node=h290",
    "/muc-tieu/I.12/dieu-chinh/?ky=2023-07",
    "/muc-tieu/I.12/thay-doi/?ky=2023-07&so-voi=2023-05",
    "/theo-doi/VI.2/?ky=2023-07",
    "/cam-ket/",
    "/ky-bao-cao/phat-hanh/dia-chi/",
    "/chi-tieu/",
    "/quy-tac/",
    "/du-an/",
    "/du-an/I-29/",
    "/du-an/tong-hop/?ky=2023-07",
    "/du-an/dong-thoi-gian/?ky=2023-07",
    "/ket-luan/",
    "/dot-xuat/",
    "/xep-hang/?ky=2023-07&nhom=huyen&xep=khong-nop",
    "/xep-hang/ket-qua/?ky=2023-07&nhom=huyen",
    "/viec-can-lam/",
    "/thong-bao/",
    "/tai-khoan/",
    "/chat-luong/",
    "/ma-tran/?ky=2023-08",
    "/ma-tran/?ky=2023-08&nhom=xa&o=so&to=xau",
    "/tong-quan/?ky=2023-07&sap-xep=con-thieu",
    "/tong-quan/?ky=2023-07&che-do=man-hinh",
    "/tong-quan/?ky=2023-07&tru-cot=III",
    "/tim/?q=ho+so",
    "/da-luu/?trang-nay=/ma-tran/%3Fky%3D2023-07",
    "/co-quan/h290/?ky=2023-07",
    "/co-quan/?ky=2023-08&phieu=chua-nop",
    "/so-sanh/?muc-tieu=I.13&ky=2023-07",
    "/so-sanh/?muc-tieu=I.13&ky=2023-07&co-quan=h290,h291,x10543",
    "/so-sanh/?muc-tieu=I.7&ky=2023-07&so-lieu=tam-tinh&co-quan=snv,stp&them=hong+phong",
    "/bao-cao/",
    REPORT,
]


@pytest.fixture(scope="module")
def session_of_the_leader():
    """Cookies of the session in which the first test signed in; the others go on with it."""
    return []


@pytest.fixture
def leader(product, new_page, sign_in, session_of_the_leader):
    """`leader(width=390)` gives a page signed in as the leader; `page.said` is all that its console says."""

    def go(**options):
        page = new_page(**options)
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        if session_of_the_leader:
            page.context.add_cookies(session_of_the_leader)
        else:
            sign_in(page, product.base_url, "lanhdao", PASSWORD)
            session_of_the_leader.extend(page.context.cookies())
        return page

    return go


def texts_of(page, where):
    return [text.replace("\u00a0", " ") for text in page.locator(where).all_text_contents()]


def drawn(page):
    """Goes to the first chart, which is redrawn for exploring; gives the texts that stand in it."""
    page.locator(".plot").first.hover()
    page.wait_for_selector(".plot.ready")
    return texts_of(page, ".plot.ready .canvas svg text")


def line_colour(page):
    return page.evaluate("getComputedStyle(document.querySelectorAll('.plot .scatterlayer .js-line')[0]).stroke")


@pytest.fixture(scope="module")
def own_context(browser):
    """One browser for the pages that are only looked at: it fetches style sheets and scripts once."""
    context = browser.new_context(**PLACE)
    yield context
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_quiet_accessible_and_fits(product, leader, own_context, axe, address):
    """On a phone in the dark and, as wide as a desk's screen, in the light."""
    page = leader(width=390, context=own_context)
    page.emulate_media(color_scheme="dark")
    page.goto(product.base_url + address)
    for width, theme in ((390, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        assert axe(page) == [], width
        if page.locator(".plot").count():
            drawn(page)
            assert axe(page, ".plot") == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.evaluate(BROKEN_DATES) == [], width
        assert page.evaluate(CUT_ENTRIES) == [], width
    assert page.said == []


def test_the_menu_is_one_line_and_opens_by_keyboard_and_without_a_script(product, leader, new_page, sign_in):
    """The standing agency has the most entries; also a district, an administrator, the leader and a commune."""
    rows = """() => new Set([...document.querySelectorAll('.nav > *')].map((entry) =>
      Math.round(entry.getBoundingClientRect().top))).size"""
    for name in ("sotttt", "quantri", "h290", "x10543"):
        page = new_page()
        sign_in(page, product.base_url, name, PASSWORD)
        for width in (1440, 1024):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(product.base_url + "/ky-bao-cao/")  # which most have under “Thêm”
            assert page.evaluate(rows) == 1, (name, width)
            assert page.evaluate("document.querySelector('header.app').offsetHeight") <= (60 if width == 1440 else 100)
        page.context.close()
    page = leader()
    page.goto(product.base_url + "/tai-khoan/")
    page.locator(".nav summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.nav-more') !== null")
    page.keyboard.press("Escape")
    assert not page.locator(".nav-more > div").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    cookies = page.context.cookies()
    plain = new_page(javascript=False)
    plain.context.add_cookies(cookies)
    plain.goto(product.base_url + "/tai-khoan/")
    plain.locator(".nav summary").click()
    assert plain.locator(".nav-more a").first.is_visible()


def test_the_chart_is_drawn_with_its_labels(product, leader):
    page = leader()
    page.goto(product.base_url + TARGET)
    texts = drawn(page)
    assert {"T1", "T12", "kỳ tháng 7", "Ngưỡng tối thiểu 50%", "hạn 31/08/2023"} <= set(texts)
    # The table under it says the same as the label at its latest point.
    page.locator("#bang summary").click()
    latest = page.locator("#bang tbody tr").first.locator("td").nth(6).text_content().strip().replace("\u00a0", " ")
    assert re.fullmatch(r"\d\d,\d\d%", latest) and latest in texts


def test_the_page_does_not_move_when_the_chart_comes(product, leader):
    page = leader()
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.moved += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(product.base_url + TARGET)
    drawn(page)
    page.wait_for_timeout(300)
    assert page.evaluate("window.moved") < 0.02


@pytest.mark.parametrize("width", [1280, 1440])
def test_a_chart_stands_as_large_as_it_was_drawn(product, leader, width):
    page = leader(width=width)
    for address in ("/muc-tieu/II.1/?ky=2023-07", TARGET):
        page.goto(product.base_url + address)
        scales = page.evaluate(
            "[...document.querySelectorAll('.drawn svg')].filter(drawing => drawing.clientWidth)"
            ".map(drawing => drawing.clientWidth / drawing.viewBox.baseVal.width)"
        )
        assert scales and all(0.85 < scale < 1.05 for scale in scales)


def test_the_chart_follows_the_theme(product, leader):
    page = leader()
    page.goto(product.base_url + TARGET)
    drawn(page)
    light = line_colour(page)
    page.click("[data-theme-toggle]")
    page.wait_for_function(
        "before => getComputedStyle(document.querySelectorAll('.plot .scatterlayer .js-line')[0]).stroke !== before",
        arg=light,
    )
    page.reload()
    drawn(page)
    assert line_colour(page) != light
    assert page.said == []


def test_paper_is_light_whatever_the_theme(product, leader):
    page = leader()
    page.goto(product.base_url + TARGET)
    drawn(page)
    light = line_colour(page)
    page.click("[data-theme-toggle]")
    page.emulate_media(media="print")
    page.wait_for_function(
        "wanted => getComputedStyle(document.querySelectorAll('.plot .scatterlayer .js-line')[0]).stroke === wanted",
        arg=light,
    )


def test_labels_move_into_the_plot_on_a_phone(product, leader):
    page = leader(width=390)
    page.goto(product.base_url + TARGET)
    texts = drawn(page)
    assert "Ngưỡng tối thiểu 50%, hạn 31/8" in texts and "T2" not in texts and "T3" in texts


def test_the_target_without_script(product, new_page, sign_in):
    page = new_page(javascript=False)
    sign_in(page, product.base_url, "lanhdao", PASSWORD)
    page.goto(product.base_url + TARGET)
    assert {"T1", "T12", "kỳ tháng 7", "Ngưỡng tối thiểu 50%"} <= set(texts_of(page, ".wide-draw text"))
    assert page.locator("[data-chart=bieu-do] .wide-draw").is_visible() and page.locator("[data-png]").first.is_hidden()
    page.locator("#bang summary").click()
    assert page.get_by_role("rowheader", name="Trong kỳ, %").is_visible()
    page.get_by_role("link", name="Mở TP Chí Linh").click()
    assert page.locator("#dia-ban").get_by_role("rowheader", name="UBND TP Chí Linh").is_visible()


@pytest.mark.parametrize("chart_page", [TARGET, "/du-an/dong-thoi-gian/?ky=2023-07"])
def test_the_chart_library_comes_when_somebody_explores(product, leader, chart_page):
    page = leader()
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    for address in ("/tong-quan/", "/du-an/", REPORT):
        page.goto(product.base_url + address)
    assert loaded and not any("plotly" in url for url in loaded)
    page.goto(product.base_url + chart_page)
    page.wait_for_load_state("networkidle")
    assert not any("plotly" in url for url in loaded)
    on_the_server = set(texts_of(page, "[data-chart=bieu-do] .wide-draw text"))
    # The same words in both hands.
    assert set(drawn(page)) == on_the_server
    assert sum("plotly.min" in url for url in loaded) == 1


def test_a_chart_is_explored_by_keyboard(product, leader):
    page = leader()
    page.goto(product.base_url + TARGET)
    page.locator("[data-chart=bieu-do]").focus()
    page.wait_for_selector("[data-chart=bieu-do].ready")
    page.keyboard.press("ArrowRight")
    first = page.wait_for_selector(".plot .hovertext", state="attached").text_content()
    page.keyboard.press("End")
    other = "first => ![null, first].includes(document.querySelector('.plot .hovertext')?.textContent ?? null)"
    page.wait_for_function(other, arg=first)
    page.keyboard.press("Escape")
    page.wait_for_selector(".plot .hovertext", state="detached")
    assert page.said == []


def test_the_timeline_is_walked_from_project_to_project(product, leader):
    page = leader()
    page.goto(product.base_url + "/du-an/dong-thoi-gian/?ky=2023-07")
    page.locator(".plot").focus()
    page.wait_for_selector(".plot.ready")
    told = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "n => document.querySelector('.plot .hovertext')?.textContent.includes(`I.${n} `)", arg=len(told) + 1
        )
        told.append(page.text_content(".plot .hovertext"))
    assert all(re.match(r"[^:]+: DA I\.\d+ ", words) for words in told)
    assert page.said == []


@pytest.mark.parametrize("chart", ["bieu-do", "thac", "phan-bo"])
def test_a_chart_as_a_picture_for_a_slide(product, leader, chart):
    page = leader()
    page.goto(product.base_url + TARGET)
    page.click("[data-theme-toggle]")  # whatever the theme, the picture is light
    with page.expect_download() as download:
        page.click(f"[data-png={chart}]")
    assert download.value.suggested_filename.startswith("I.12 ") and download.value.suggested_filename.endswith(
        "minh họa.png"
    )
    picture = download.value.path().read_bytes()
    assert picture.startswith(b"\x89PNG") and int.from_bytes(picture[16:20]) == 1920
    inks = page.evaluate(INKS, base64.b64encode(picture).decode())
    assert inks["corner"] == [255, 255, 255, 255]
    assert 0.004 < inks["dark"] < 0.6  # something is written on it
    assert page.said == []


# The colour of a corner, and how much of a picture is not white.
INKS = """async (data) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data: dots } = pen.getImageData(0, 0, image.width, image.height);
  let dark = 0;
  for (let place = 0; place < dots.length; place += 4) dark += dots[place] < 200;
  return { corner: [...dots.slice(0, 4)], dark: (dark * 4) / dots.length };
}"""


def test_a_table_is_copied_for_a_sheet(product, leader, stop_time):
    page = leader()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(product.base_url + TARGET)
    stop_time(page)
    page.locator("#dia-ban").get_by_role("button", name="Chép bảng").click()
    page.get_by_role("button", name="Đã chép, dán vào Excel").wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0].split("\t")[:4] == ["Địa bàn, đơn vị", "Tử số", "Mẫu số", "Giá trị, lũy kế"]
    province = lines[1].split("\t")
    assert province[0].startswith("Toàn tỉnh") and re.fullmatch(r"\d\d,\d\d%", province[3])
    assert re.fullmatch(r"[+-]\d+,\d\d điểm", province[4]) and "\u2212" not in "".join(lines)
    assert page.said == []


def column(page, table, place):
    return page.locator(f"{table} tbody tr:not(.section-row)").evaluate_all(
        "(rows, place) => rows.map(row => row.cells[place].innerText.split('\\n')[0].trim())", place
    )


def share(text):
    return float(text.split("\u00a0")[0].rstrip("%").replace(".", "").replace(",", "."))


def test_a_table_is_put_in_another_order(leader, product, axe):
    """Up, down, and the order of the page again; the page's parts keep their rows."""
    page = leader()
    page.goto(product.base_url + "/muc-tieu/I.12/giai-thich/?ky=2023-07")
    table = "table[data-sort]:has(tfoot)"
    before = column(page, table, 3)
    head = page.locator(f"{table} thead").get_by_role("button", name="Giá trị")
    head.click()
    rising = column(page, table, 3)
    assert sorted(before) == sorted(rising)
    assert [share(text) for text in rising] == sorted(share(text) for text in before) and rising != before
    assert page.locator(f"{table} thead th").nth(3).get_attribute("aria-sort") == "ascending"
    head.press("Enter")
    assert [share(text) for text in column(page, table, 3)] == sorted(map(share, before), reverse=True)
    head.press("Enter")
    assert column(page, table, 3) == before
    assert page.locator(f"{table} [aria-sort]").count() == 0 and axe(page) == [] and page.said == []

    page.goto(product.base_url + "/muc-tieu/I.12/?ky=2023-07")
    table = "#dia-ban table"
    parts = page.locator(f"{table} tbody").evaluate_all("all => all.map(part => part.innerText.split('\\n')[0])")
    page.locator(f"{table} thead").get_by_role("button", name="So với T6").click()
    changes = (
        page.locator(f"{table} tbody")
        .last.locator("tr:not(.section-row)")
        .evaluate_all("rows => rows.map(row => row.cells[4].innerText)")
    )
    signed = [share(re.search(r"[+\u2212-][\d,]+", text)[0].replace("\u2212", "-")) for text in changes]
    assert len(signed) > 5 and signed == sorted(signed)
    assert parts == page.locator(f"{table} tbody").evaluate_all(
        "all => all.map(part => part.innerText.split('\\n')[0])"
    )


def test_the_overview_on_paper_is_four_sheets(product, leader):
    page = leader()
    for asked in ("2023-06", "2023-07", "2023-08", "2023-08&so-lieu=tam-tinh"):
        page.goto(f"{product.base_url}/tong-quan/?ky={asked}")
        assert len(re.findall(rb"/MediaBox ", page.pdf(prefer_css_page_size=True))) == 4, asked


def test_the_report_on_paper(product, leader):
    page = leader()
    page.goto(product.base_url + REPORT)
    paper = page.pdf(prefer_css_page_size=True)
    # A4 (595 × 842 points), the annexes begin pages of their own, across.
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert len(sizes) >= 4
    pages = [(round(float(width)), round(float(height))) for width, height in sizes]
    assert pages[0] == (595, 842) and set(pages) == {(595, 842), (842, 595)}
    page.emulate_media(media="print")
    for gone in ("header.app", "footer.foot", ".demo-note", ".sheet-head"):
        assert page.locator(gone).first.is_hidden(), gone
    assert page.get_by_text("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").is_visible()


def test_the_keys_of_the_search_find_from_anywhere(product, leader):
    page = leader()
    page.goto(product.base_url + "/du-an/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "tim-chung"
    page.keyboard.type("I.12")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim/?q=I.12")
    page.get_by_role("link", name="I.12 Hồ sơ").first.click()
    page.wait_for_url("**/muc-tieu/I.12/")
    page.goto(product.base_url + "/tim/")
    page.fill("#q", "")
    page.keyboard.press("/")
    assert page.input_value("#q") == "/"  # in a field it is a letter like any other
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "tim-chung"
    assert page.said == []


@pytest.mark.parametrize(("site", "severed"), [("https://noi-khac.example/", True), (None, False)])
def test_a_window_of_another_site_that_opens_ours_has_no_hold_on_it(product, leader, site, severed):
    page = leader()
    page.route(
        "https://noi-khac.example/", lambda route: route.fulfill(body="<title>x</title>", content_type="text/html")
    )
    page.goto(site or product.base_url + "/du-an/")
    with page.expect_popup() as opened:
        page.evaluate("address => { window.ours = window.open(address); }", product.base_url + "/tong-quan/?ky=2023-07")
    opened.value.wait_for_load_state()
    assert "Chuyển đổi số tỉnh Hải Dương" in opened.value.inner_text("h1")
    assert page.evaluate("window.ours.closed") is severed


@pytest.mark.parametrize("month", ["2023-07", "2023-08"])
def test_each_part_fits_on_the_wall(product, leader, month):
    """Nobody scrolls there, and no letter is smaller than 24 pixels (docs/decisions/0312)."""
    small = """() => {
      const found = [], texts = document.createTreeWalker(document.querySelector('.wall'), NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const { data, parentElement: box } = texts.currentNode;
        if (!data.trim() || box.closest('.visually-hidden, svg') || !box.getClientRects().length) continue;
        if (parseFloat(getComputedStyle(box).fontSize) < 23.9) found.push(data.trim());
      }
      return found;
    }"""
    page = leader(width=1920, height=1080)
    page.goto(f"{product.base_url}/tong-quan/?ky={month}&che-do=man-hinh")
    page.wait_for_selector("[data-wall-controls]")
    seen = []
    parts = int(page.inner_text("[data-wall-place]").split("/")[1])
    assert parts >= page.locator("[data-slide]").count()
    for _ in range(parts):
        boxes = [card.bounding_box() for card in page.locator("[data-slide]:not([hidden]) .card:visible").all()]
        assert max(box["y"] + box["height"] for box in boxes) <= 1080, page.inner_text("[data-wall-place]")
        assert page.evaluate(small) == [], page.inner_text("[data-wall-place]")
        seen += page.locator("[data-slide]:not([hidden]) h2:visible").all_inner_texts()
        page.keyboard.press("ArrowRight")
    assert {"Cần tập trung", "Theo trụ cột", "45 dự án, nhiệm vụ", "Nộp phiếu đúng hạn"} <= set(seen)


def test_the_wall_turns_stops_and_keeps_still(product, leader):
    page = leader()
    page.clock.install()
    page.goto(product.base_url + "/tong-quan/?ky=2023-07&che-do=man-hinh")

    def shown():
        return int(page.text_content("[data-wall-place]").split("/")[0]) - 1

    page.wait_for_selector("[data-wall-controls]")
    assert shown() == 0
    page.clock.run_for(20_500)
    assert shown() == 1
    page.keyboard.press(" ")  # pause
    page.clock.run_for(60_000)
    assert shown() == 1 and page.text_content("[data-wall-pause]") == "Tự chuyển"
    page.keyboard.press("ArrowRight")
    assert shown() == 2
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    page.wait_for_selector("[data-wall-controls]")
    page.clock.run_for(60_000)
    assert shown() == 0 and page.said == []


@pytest.mark.parametrize("name", ["lanhdao", "sotttt", "h290", "vpubnd"])
def test_the_plan_as_signed_is_three_clicks_away(product, new_page, sign_in, name):
    """From the front page, by nothing but the links that pages show: the 27 texts, the unassigned commitments, VI.2."""
    page = new_page()
    sign_in(page, product.base_url, name, PASSWORD)

    def click(*links):
        page.goto(product.base_url + "/")
        for link in links:
            page.get_by_role("link", name=link).and_(page.locator(":visible")).first.click()
            page.wait_for_load_state()

    click("Chỉ tiêu")
    assert page.locator(".indicator-list tbody tr").count() == 27
    signed = page.locator(".indicator-list").first
    assert "80% hồ sơ công việc tại cấp tỉnh" in signed.text_content() and "VP UBND tỉnh" in signed.text_content()
    assert "17/QĐ-UBQGCĐS" in page.locator("main").text_content()
    click("Chỉ tiêu", re.compile("cam kết của Kế hoạch"))
    assert "Chưa phân công" in page.locator("#cam-ket-1").text_content()
    click("Chỉ tiêu", re.compile("Dịch vụ công trực tuyến, số hóa"))
    assert page.url.split("?")[0].endswith("/theo-doi/VI.2/")
    shown = page.locator("main").text_content()
    assert "đơn vị cần đôn đốc" in shown
    # A district reads of its own branch, not of others.
    own = re.search("Danh sách dưới đây chỉ có đơn vị của bạn|Đơn vị của bạn không có trong số này", shown)
    assert bool(own) is (name == "h290")
