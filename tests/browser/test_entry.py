"""The entry form in a browser: the keyboard and clipboard of a sheet, each cell saved by itself, nothing lost, nothing left
behind; and all of it without script."""

import re

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"
# A commune a test, so that none meets what another typed: an-0 and his colleague binh-0 of x10528, an-1 of x10531…
COMMUNES = [
    "x10528",
    "x10531",
    "x10532",
    "x10534",
    "x10537",
    "x10540",
    "x10543",
    "x10513",
    "x10514",
    "x10516",
    "x10519",
]
ACCOUNTS = f"""
from agencies.services import accounts
from agencies.models import Agency, User
from indicators.models import Plan
from tests import factories
people = [(f"{{name}}-{{place}}", code, ["focal"]) for place, code in enumerate({COMMUNES}) for name in ("an", "binh")]
for name, code, roles in [*people, ("dung", "h288", ["reviewer", "focal"])]:
    user = User.objects.create_user(name, password="{PASSWORD}", agency=Agency.objects.get(code=code), full_name=name)
    accounts.set_roles(user=user, roles=roles)
plan = Plan.objects.get()
targets = {{target.code: target for target in plan.targets.all()}}
figures = {{"I.1.c": (60, 100), "I.4": (90, 100), "I.5.a": (15, 15), "I.5.b": 1, "I.11.c": (60, 80), "I.12": (63, 84),
    "I.13": (5, 21), "I.14": (1, 2), "I.15": (0, 2), "III.4": (964, 4496), "III.6": (3702, 6072), "III.7": (701, 4496)}}
for code in {COMMUNES}:
    month = {{targets[target]: figure for target, figure in figures.items()}}
    factories.report(Agency.objects.get(code=code), plan.periods.get(number=7), month)
"""
END_ALL_SESSIONS = "from django.contrib.sessions.models import Session; Session.objects.all().delete()"
AUGUST = "/nhap-so-lieu/2023-08/"
# The month of a commune, in the grid's order: numerator and denominator, or the answer.
MONTH = [
    ("I.1.c", "80", "110"),
    ("I.4", "100", "104"),
    ("I.5.a", "14", "15"),
    ("I.5.b", "Có"),
    ("I.11.c", "61", "80"),
    ("I.12", "70", "101"),
    ("I.13", "5", "21"),
    ("I.14", "1", "2"),
    ("I.15", "1", "2"),
    ("III.4", "1.064", "4.496"),
    ("III.6", "3\u00a0802", "6\u00a0072"),
    ("III.7", "884", "4496"),
]
EVERYTHING_KEPT = """async () => {
    const databases = await indexedDB.databases();
    return [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...databases.map((each) => each.name),
        ...await caches.keys()];
}"""
PASTE = """(text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(paste);
}"""
# Settles when the form's script has run: a module is run once, whoever asks for it.
STARTED = "() => import(document.querySelector('script[src*=entry]').src).then(() => {})"


@pytest.fixture(scope="module")
def product(module_live_stack):
    stack = module_live_stack(CLOCK="2023-08-16T09:00")
    stack.manage("shell", "-v0", "-c", ACCOUNTS)
    return stack


@pytest.fixture
def open_form(product, new_page, sign_in):
    """`open_form("an-1")` gives a page at August's form, signed in."""

    def go(who="an-0", **options):
        page = new_page(**options)
        sign_in(page, product.base_url, who, PASSWORD)
        page.goto(product.base_url + AUGUST)
        if options.get("javascript", True):
            page.evaluate(STARTED)
        return page

    return go


def cell(part, code):
    return f"[id='{part}-{code}']"


def state(page, code):
    return " ".join(page.inner_text(f"[id='d-{code}'] [data-part=state]").split())


def wait_state(page, code, words):
    """Until the state of a row holds the words."""
    page.wait_for_function(
        "([code, words]) => document.getElementById(`d-${code}`)?.querySelector('[data-part=state]').innerText"
        ".replace(/\\s+/g, ' ').includes(words)",
        arg=[code, words],
    )


def fill(page, code, numerator, denominator):
    page.fill(cell("numerator", code), numerator)
    page.fill(cell("denominator", code), denominator)


def answer(page, choice):
    """Answer a question under a row. It is saved at once and the question goes: nobody may look whether the choice is on."""
    page.click(choice)


def slow(page, latency):
    """From now on every answer takes so many milliseconds at least."""
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def share_of(page, code):
    return page.text_content(f"[id='d-{code}'] output").strip()


def kept(page):
    return page.evaluate(EVERYTHING_KEPT)


def focus(page):
    return page.evaluate("document.activeElement.id")


def log_in(page, who):
    page.fill("[name=username]", who)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def choose_reason(reviewer, code):
    """The first reason of the list, where the page has one."""
    if reviewer.query_selector(f"[name='code-{code}']"):
        reviewer.select_option(f"[name='code-{code}']", index=1)


# Typing


def test_the_share_computes_as_one_types(open_form):
    page = open_form()
    assert share_of(page, "I.12") == "—"
    fill(page, "I.12", "1.970", "2 627")
    assert share_of(page, "I.12") == "74,99%"  # 1.970 / 2.627
    page.fill(cell("numerator", "I.12"), "2.628")
    assert share_of(page, "I.12") == "—"  # more than all
    page.fill(cell("numerator", "I.12"), "1,970")
    assert share_of(page, "I.12") == "—"  # two readings
    fill(page, "I.14", "79996", "100000")
    assert share_of(page, "I.14") == "79,996%"  # never as 80% against "at least 80"


def test_nothing_arose_locks_the_fields_and_gives_them_back(open_form):
    page = open_form()
    page.fill(cell("numerator", "I.11.c"), "80")
    page.check(cell("nothing", "I.11.c"))
    assert page.input_value(cell("numerator", "I.11.c")) == "0"
    assert not page.is_editable(cell("numerator", "I.11.c"))
    page.uncheck(cell("nothing", "I.11.c"))
    assert page.input_value(cell("numerator", "I.11.c")) == "80"
    assert page.is_editable(cell("numerator", "I.11.c"))


def test_a_cell_saves_itself_and_shows_what_was_read(open_form):
    page = open_form("an-1")
    assert focus(page) == "numerator-I.1.c"  # the first empty cell
    page.keyboard.type("1080")
    assert state(page, "I.1.c") == "Đang nhập" and len(kept(page)) == 1
    page.keyboard.press("Tab")
    page.keyboard.type("1110")
    page.keyboard.press("Enter")
    wait_state(page, "I.1.c", "Đã lưu 09:0")
    assert page.input_value(cell("numerator", "I.1.c")) == "1.080"
    assert kept(page) == []
    assert "1/12 chỉ tiêu có số" in page.inner_text("[data-part=progress]")
    assert "1.140 / 1.210" in page.inner_text("[id='d-I.1.c'] [data-part=to-date]")  # with July's 60 / 100
    assert "gấp 11,1 lần kỳ trước (100)" in page.inner_text("tr.message[data-for='I.1.c']")
    page.wait_for_function(
        "() => document.getElementById('announce').textContent.includes('I.1.c đã lưu, cần giải trình')"
    )
    page.fill(cell("note", "I.1.c"), "Sáp nhập hai bộ phận.")
    page.press(cell("note", "I.1.c"), "Escape")
    assert focus(page) == "numerator-I.1.c"
    page.wait_for_selector("text=Đã giải trình; người duyệt đọc cùng số này.")
    page.reload()
    assert page.input_value(cell("denominator", "I.1.c")) == "1.110"
    assert page.input_value(cell("note", "I.1.c")) == "Sáp nhập hai bộ phận."


def test_a_click_right_after_typing_is_not_lost(open_form, stop_time):
    """Leaving a cell saves it. The answer comes between the press of the button and its release, and brings a warning under
    the row: the button must stay where it is until then."""
    page = open_form("an-2", height=700)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")  # nobody types that fast
    stop_time(page)  # a press that lasts longer than three seconds waits no more
    fill(page, "III.6", "1200", "9000")
    button = page.locator("button[value=submit]")
    before = button.bounding_box()
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + 4)
    page.mouse.down()
    with page.expect_response("**/o/"):
        page.clock.run_for(10)
    page.wait_for_timeout(200)
    assert button.bounding_box() == before
    page.clock.resume()
    page.mouse.up()
    page.wait_for_url("**/gui/")
    assert "1.200 / 9.000" in page.inner_text("main")


def test_a_click_right_after_typing_waits_for_a_slow_network(open_form):
    """The numerator's save, with the denominator that was brought along, is still on its way when the other is typed."""
    page = open_form("an-2")
    slow(page, 600)
    fill(page, "III.7", "900", "4500")
    page.click("button[value=submit]")
    page.wait_for_url("**/gui/")
    assert "900 / 4.500" in page.inner_text("main")


def test_nothing_moves_while_one_types(open_form, stop_time):
    """The words of a row's state (*Đang nhập*, *Đang lưu…*) and its share change with each cell, at the very press of the next
    one: a line that moved then would take the press elsewhere."""
    page = open_form("an-2")
    stop_time(page)
    places = """() => [...document.querySelectorAll('#entry td :is(input, output), #entry tbody tr')].map((each) => {
        const {left, top} = each.getBoundingClientRect(), table = each.closest('table').getBoundingClientRect();
        return [each.name ?? '', Math.round(left), Math.round(top - table.top)];
    })"""
    before = page.evaluate(places)
    fill(page, "III.6", "1200", "9000")
    assert "Đang nhập" in page.inner_text("#d-III\\.6")
    assert page.evaluate(places) == before
    fill(page, "I.4", "90", "1000")
    assert "Đang lưu" in page.inner_text("#d-III\\.6")
    assert page.evaluate(places) == before


def test_the_cell_that_one_stays_in_is_saved_too(open_form):
    page = open_form("an-1")
    fill(page, "I.4", "90", "1000")
    page.wait_for_function(
        "() => document.getElementById('d-I.4').querySelector('.save').textContent.includes('Đã lưu')"
    )
    assert focus(page) == "denominator-I.4" and page.input_value(cell("denominator", "I.4")) == "1000"
    page.keyboard.press("Enter")
    assert page.input_value(cell("denominator", "I.4")) == "1.000"


def test_a_question_is_answered_beside_the_cell(open_form):
    page = open_form("an-1")
    fill(page, "I.12", "1,970", "2.000")
    page.press(cell("denominator", "I.12"), "Enter")
    wait_state(page, "I.12", "Chưa lưu")
    assert "“1,970” có hai cách đọc. Tử số I.12 là số nào?" in page.inner_text("tr.message[data-for='I.12']")
    answer(page, "input[name='reading-numerator-I.12'][value='1970']")
    wait_state(page, "I.12", "Đã lưu")
    assert page.input_value(cell("numerator", "I.12")) == "1.970" and kept(page) == []


def test_the_keyboard_of_a_sheet(open_form):
    page = open_form("an-2")
    press = page.keyboard.press
    for key, then in [
        ("Tab", "denominator-I.1.c"),
        ("Enter", "numerator-I.4"),  # back to the column where Tab began
        ("ArrowRight", "denominator-I.4"),
        ("Enter", "denominator-I.5.a"),
        ("Shift+Enter", "denominator-I.4"),
        ("ArrowUp", "denominator-I.1.c"),
        ("ArrowLeft", "numerator-I.1.c"),
        ("ArrowLeft", "nothing-I.1.c"),  # out to the row's choices, and back
        ("ArrowRight", ""),  # the note
        ("ArrowRight", ""),  # the files
        ("ArrowRight", "numerator-I.1.c"),
        ("Shift+Tab", "numerator-I.1.c"),
    ]:
        press(key)
        if key == "Shift+Tab":
            page.focus(cell("numerator", "I.1.c"))  # the first cell is no trap: one gets out
        assert focus(page) == then, key
    page.keyboard.type("123")
    press("F2")
    press("ArrowLeft")
    page.keyboard.type("9")
    assert page.input_value(cell("numerator", "I.1.c")) == "1293"
    press("Escape")
    assert page.input_value(cell("numerator", "I.1.c")) == "" and focus(page) == "numerator-I.1.c"
    assert kept(page) == []
    press("k")
    assert "I.1.c không phát sinh (0): Enter để nhận, Esc để bỏ." in page.inner_text("#pasted")
    assert not page.is_checked(cell("nothing", "I.1.c"))
    press("Enter")
    assert page.is_checked(cell("nothing", "I.1.c")) and page.input_value(cell("numerator", "I.1.c")) == "0"
    press("Control+End")
    assert focus(page) == "denominator-III.7"
    press("=")
    press("Enter")
    assert page.input_value(cell("numerator", "III.7")) == "701"
    wait_state(page, "III.7", "Đã lưu")


def test_letters_inside_a_figure_are_no_commands(open_form):
    page = open_form("an-8")
    press, write = page.keyboard.press, page.keyboard.type
    fill(page, "I.1.c", "80", "110")
    press("Enter")
    wait_state(page, "I.1.c", "Đã lưu")
    page.focus(cell("denominator", "I.4"))
    write("12k")
    press("Enter")
    assert page.input_value(cell("denominator", "I.4")) == "12k" and not page.is_checked(cell("nothing", "I.4"))
    page.focus(cell("numerator", "I.1.c"))
    for keys in (["F2", "k"], ["F2", "Control+a", "k"]):
        for key in keys:
            press(key)
        press("Enter")
        wait_state(page, "I.1.c", "Chưa lưu")  # no number
        assert not page.is_checked(cell("nothing", "I.1.c"))
        page.focus(cell("numerator", "I.1.c"))
    write("80")
    page.focus("input[name='value-I.5.b']:checked")
    write("khong co")
    press("Enter")
    assert page.is_checked("input[name='value-I.5.b'][value='']")
    assert "“khong co” không phải là lệnh nên chưa chọn gì." in page.inner_text("#pasted")
    page.focus(cell("numerator", "III.7"))
    write("=155")
    press("Enter")
    wait_state(page, "III.7", "Chưa lưu")
    assert "“=155” không phải là số" in page.inner_text("tr.message[data-for='III.7']")
    page.reload()
    assert page.input_value(cell("numerator", "I.1.c")) == "80" and "1/12 chỉ tiêu" in page.inner_text(
        "[data-part=progress]"
    )


def test_a_command_is_taken_back_from_the_server_too(open_form):
    page = open_form("an-8")
    press = page.keyboard.press
    wait_state(page, "I.1.c", "Đã lưu")
    stored = page.inner_text("[data-part=progress]")
    page.focus(cell("numerator", "I.1.c"))
    for key in ("k", "Enter"):
        press(key)
    wait_state(page, "I.1.c", "Đã lưu")
    assert page.input_value(cell("numerator", "I.1.c")) == "0"
    page.focus(cell("numerator", "III.4"))
    for key in ("=", "Enter"):
        press(key)
    wait_state(page, "III.4", "Đã lưu")
    press("Control+z")
    wait_state(page, "III.4", "Chưa nhập")
    press("Control+z")
    page.wait_for_function("() => document.getElementById('numerator-I.1.c').value === '80'")
    wait_state(page, "I.1.c", "Đã lưu")
    page.reload()
    assert page.inner_text("[data-part=progress]") == stored
    assert page.input_value(cell("numerator", "I.1.c")) == "80" and page.input_value(cell("numerator", "III.4")) == ""


def test_an_emptied_cell_empties_the_figure(open_form):
    page = open_form("an-8")
    page.focus(cell("numerator", "I.1.c"))
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    wait_state(page, "I.1.c", "Đang nhập")
    page.wait_for_selector("text=I.1.c để trống một ô nên số đã lưu được lấy khỏi phiếu.")
    assert "0/12 chỉ tiêu" in page.inner_text("[data-part=progress]")
    assert page.input_value(cell("denominator", "I.1.c")) == "110"  # and waits for the other half
    page.click("[data-undo]")
    wait_state(page, "I.1.c", "Đã lưu")
    assert page.input_value(cell("numerator", "I.1.c")) == "80"


ROWS_IN_SIGHT = """() => {
    document.getElementById("entry").scrollIntoView();
    const top = document.querySelector(".entry-grid thead").getBoundingClientRect().bottom;
    const bottom = document.querySelector(".bar-bottom").getBoundingClientRect().top;
    const boxes = [...document.querySelectorAll("tr[data-code]")].map((row) => row.getBoundingClientRect());
    return boxes.filter((box) => box.top >= top - 1 && box.bottom <= bottom + 1).length;
}"""


def test_a_sum_a_swap_a_column_of_shares_all_keys_and_short_rows(open_form):
    page = open_form("an-10", width=1440, height=900)
    press, write = page.keyboard.press, page.keyboard.type
    page.focus(cell("numerator", "I.1.c"))
    write("=45+35")
    press("Tab")
    assert page.input_value(cell("numerator", "I.1.c")) == "80" and focus(page) == "denominator-I.1.c"
    assert "I.1.c: 45 + 35 = 80." in page.inner_text("#pasted")
    write("110")
    press("Enter")
    wait_state(page, "I.1.c", "Đã lưu")
    press("?")
    assert page.is_visible("#keys") and "hoàn tác, kể cả số đã lưu" in page.inner_text("#keys")
    press("Escape")
    assert not page.is_visible("#keys") and focus(page) == "numerator-I.4"
    write("104")
    press("Tab")
    write("100")
    press("Enter")
    page.wait_for_selector("text=Nhập ngược?")
    page.click("button.swap")
    wait_state(page, "I.4", "Đã lưu")
    assert page.input_value(cell("numerator", "I.4")) == "100" and page.input_value(cell("denominator", "I.4")) == "104"
    page.evaluate(PASTE, "100\t104\t96,15%\n14\t15\t93,33%")
    assert "Đã dán 4 ô vào 2 chỉ tiêu. Cột 3 là tỷ lệ, khớp 2/2." in page.inner_text("#pasted b")
    assert page.locator("#pasted").bounding_box()["height"] <= 900 / 5
    wait_state(page, "I.5.a", "Đã lưu")
    page.click("[data-close]")
    assert page.is_hidden("#pasted")
    page.click("[data-compact]")
    page.reload()
    assert page.get_attribute("[data-compact]", "aria-pressed") == "true"
    assert page.evaluate(ROWS_IN_SIGHT) >= 10


class Keys:
    """The keyboard, counting: every key, and those that are no digits."""

    def __init__(self, page):
        self.page, self.all, self.others = page, 0, 0

    def digits(self, text):
        self.page.keyboard.type(text)
        self.all += len(text)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.all += 1
            self.others += 1


def test_a_communes_month_by_keyboard_alone(open_form):
    """At most 1,7 keys a figure beside its digits; in fact about one."""
    page = open_form("an-3")
    keys = Keys(page)
    for code, *figures in MONTH:
        if figures == ["Có"]:
            keys.press("c", "Enter")
        elif code in ("I.13", "I.14", "III.4"):
            keys.press("=", "Enter")
        else:
            for place, figure in enumerate(figures):
                digits = re.sub(r"\D", "", figure)
                if place and page.input_value(cell("denominator", code)):
                    continue  # brought along from the last report
                if place:
                    keys.press("Tab")
                keys.digits(digits)
            keys.press("Enter")
    wait_state(page, "III.7", "Đã lưu")
    assert page.evaluate("document.activeElement.value") == "submit"
    keys.press("Enter")
    page.wait_for_url("**/gui/")
    assert "12/12 chỉ tiêu có số" in page.inner_text("main")
    page.wait_for_function("() => document.activeElement.textContent === 'Nộp phiếu'")
    keys.press("Enter")
    page.wait_for_url("**/da-nop/")
    assert "mã 08-x10534-01" in page.inner_text("main")
    page.click("details:has(.proof) > summary")
    assert len(page.inner_text(".proof").split()) == 8
    figures = sum(len(row) - 1 for row in MONTH)
    print(f"{keys.all} phím, trong đó {keys.others} ngoài chữ số, cho {figures} số")
    assert keys.others <= 1.7 * figures
    assert keys.others < 30 and keys.all < 90


# The clipboard


def test_a_block_of_twelve_by_two_out_of_a_sheet(open_form):
    page = open_form("an-4")
    block = "\r\n".join("\t".join(figures) for _, *figures in MONTH) + "\r\n"
    page.evaluate(PASTE, block)
    assert "Đã dán 23 ô vào 12 chỉ tiêu." in page.inner_text("#pasted")
    for code, *_ in MONTH:
        wait_state(page, code, "Đã lưu")
    assert page.is_checked("input[name='value-I.5.b'][value='1']")
    assert page.input_value(cell("numerator", "III.6")) == "3.802"
    assert "12/12 chỉ tiêu có số" in page.inner_text("[data-part=progress]")
    page.focus(cell("numerator", "I.1.c"))
    page.keyboard.press("Control+z")
    assert "Đã hoàn tác lần dán: 23 ô trở lại như trước." in page.inner_text("#pasted")
    assert page.input_value(cell("numerator", "I.1.c")) == ""
    wait_state(page, "I.1.c", "Chưa nhập")
    wait_state(page, "III.4", "Chưa nhập")
    assert page.input_value(cell("denominator", "III.4")) == "4.496"  # as it was brought along
    page.reload()
    assert "0/12 chỉ tiêu có số" in page.inner_text("[data-part=progress]")


def test_what_no_cell_takes_is_told_and_nothing_is_dropped(open_form):
    page = open_form("an-4")
    page.focus(cell("numerator", "III.6"))
    page.evaluate(PASTE, 'Tử số\tMẫu số\n"3\u202f000"\t#N/A\t7\n\t4.500\n12\t13')
    told = page.inner_text("#pasted")
    assert "Đã dán 3 ô vào 2 chỉ tiêu. 1 ô trống trong vùng dán: giữ nguyên ô cũ." in told
    assert "Dòng 1 là tiêu đề, không đưa vào: “Tử số”, “Mẫu số”." in told
    assert "Dòng 2, cột 3: “7” không có ô ở III.6." in told
    assert "III.6: “#N/A” đã vào ô nhưng không phải là số." in told
    assert "Dòng 4, cột 1: “12” nằm ngoài biểu." in told and "Dòng 4, cột 2: “13” nằm ngoài biểu." in told
    wait_state(page, "III.6", "Chưa lưu")
    assert page.input_value(cell("denominator", "III.6")) == "#N/A"
    page.focus(cell("numerator", "I.5.b").replace("numerator", "value"))
    page.evaluate(PASTE, "chưa rõ\n5")
    assert "I.5.b chỉ nhận Có hoặc Không, không nhận “5”" in page.inner_text("#pasted")


def test_a_block_that_names_its_targets_goes_where_it_says(open_form):
    page = open_form("an-4")
    page.focus(cell("numerator", "I.1.c"))
    page.evaluate(PASTE, "Mã\tTử\tMẫu\ni.12\t70\t101\nI.4\t99\t104")
    wait_state(page, "I.12", "Đã lưu")
    assert page.input_value(cell("numerator", "I.4")) == "99"
    assert page.input_value(cell("denominator", "I.12")) == "101"


def test_a_line_that_may_number_the_columns_is_asked_about(open_form):
    """The place of each line is tested in tests/integration/test_paste.py."""
    page = open_form("an-9")
    block = "Tử số\tMẫu số\n1\t2\n80\t110\n100\t104"
    page.evaluate(PASTE, block)
    assert "Chưa dán gì. Các dòng sau là tiêu đề, số thứ tự cột hay là số liệu?" in page.inner_text("#pasted")
    assert page.input_value(cell("numerator", "I.1.c")) == "" and kept(page) == []
    page.keyboard.press("Escape")
    assert focus(page) == "numerator-I.1.c" and "Chưa dán gì." in page.inner_text("#pasted")
    page.evaluate(PASTE, block)
    page.click("[data-answer=skip]")
    wait_state(page, "I.4", "Đã lưu")
    assert [page.input_value(cell("numerator", code)) for code in ("I.1.c", "I.4", "I.5.a")] == ["80", "100", ""]


def test_a_double_click_sends_nothing_unseen(product, open_form):
    """The summary's button stands where the entry form's was: nothing takes a press there at first."""
    page = open_form("an-9")
    fill(page, "I.12", "63", "84")
    page.click("button[value=submit]")
    page.wait_for_url("**/gui/")
    # Animations stand still from the first moment, however slow the machine.
    browser_side = page.context.new_cdp_session(page)
    browser_side.send("Animation.enable")
    browser_side.send("Animation.setPlaybackRate", {"playbackRate": 0})
    page.reload(wait_until="commit")
    page.wait_for_selector("#send button")
    page.locator("#send button").scroll_into_view_if_needed()
    box = page.locator("#send button").bounding_box()
    hit = f"document.elementFromPoint({box['x'] + 9}, {box['y'] + 9}).tagName"
    assert page.evaluate(hit) != "BUTTON"
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    assert page.evaluate(hit) == "BUTTON"


@pytest.mark.parametrize("width", [1440, 390])
def test_a_single_press_is_never_lost_once_the_page_has_been_there(open_form, width):
    """A control that is shown later, shown again or put in anew by a save takes a press at once."""
    page = open_form("an-2", width=width)
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    deaf = """() => {
        for (const row of document.querySelectorAll("#entry tr[data-code]")) row.classList.add("here");
        for (const each of document.querySelectorAll("#entry [hidden]")) each.hidden = false;
        const bar = document.querySelector(".bar-bottom");
        bar.replaceWith(bar.cloneNode(true));
        const buttons = [...document.querySelectorAll("#entry button")];
        return [buttons.length, buttons.filter((each) => getComputedStyle(each).pointerEvents === "none").length];
    }"""
    count, held = page.evaluate(deaf)
    assert count > 10 and held == 0


# Nothing is lost


def test_ones_own_save_is_known_again_after_a_lost_answer(open_form):
    page = open_form("an-9")

    def lose(route):
        route.fetch()
        route.abort()

    for numerator in ("70", "71", "72"):
        # However often the row is sent on a busy machine, no answer comes until the page has said so.
        page.route("**/o/", lose)
        fill(page, "I.12", numerator, "101")
        page.press(cell("denominator", "I.12"), "Enter")
        wait_state(page, "I.12", "Chưa lưu xong")
        page.unroute("**/o/", lose)
        if numerator == "71":
            page.reload()  # what it shows now is what was stored
    fill(page, "I.12", "73", "101")
    wait_state(page, "I.12", "Đã lưu")
    assert page.input_value(cell("numerator", "I.12")) == "73"
    assert page.query_selector("input[name='keep-I.12']") is None


def test_offline_and_back(open_form):
    page = open_form("an-5")
    page.context.set_offline(True)
    fill(page, "I.1.c", "80", "110")
    page.press(cell("denominator", "I.1.c"), "Enter")
    wait_state(page, "I.1.c", "Chưa lưu xong, đang giữ trên máy này")
    page.wait_for_selector("#connection:not([hidden])")
    told = page.inner_text("#connection")
    assert "Không có mạng: số liệu đang nhập được giữ trên máy này. 1 chỉ tiêu chờ gửi" in told
    fill(page, "I.4", "100", "104")
    page.click("button[value=submit]")
    wait_state(page, "I.4", "Chưa lưu xong")
    assert page.url.endswith(AUGUST) and len(kept(page)) == 2
    page.context.set_offline(False)
    wait_state(page, "I.1.c", "Đã lưu 09:")
    wait_state(page, "I.4", "Đã lưu 09:")
    page.wait_for_selector("#connection", state="hidden")
    assert kept(page) == []


def test_the_server_goes_and_comes_back(product, open_form):
    page = open_form("an-5")
    product.kill("web")
    fill(page, "I.12", "70", "101")
    page.press(cell("denominator", "I.12"), "Enter")
    wait_state(page, "I.12", "Chưa lưu xong")
    product.start()
    wait_state(page, "I.12", "Đã lưu")
    assert kept(page) == []


def test_after_an_answer_that_says_nothing_the_page_asks_again(open_form):
    """The figure is saved and the answer is a 400, as when the proxy or the session fails after the commit."""
    page = open_form("an-5")

    def save_and_say_nothing(route):
        route.fetch()
        route.fulfill(status=400, content_type="text/html", body="400")
        page.unroute("**/o/")

    page.route("**/o/", save_and_say_nothing)
    fill(page, "I.13", "5", "21")
    page.press(cell("denominator", "I.13"), "Enter")
    page.wait_for_selector("#connection:not([hidden])")
    assert (
        "Máy chủ báo lỗi 400, chưa rõ các số vừa gửi đã lưu chưa. 1 chỉ tiêu vừa gõ được giữ trên máy này"
        in page.inner_text("#connection")
    )
    wait_state(page, "I.13", "Đã lưu")
    page.wait_for_selector("#connection", state="hidden")
    assert kept(page) == []
    fill(page, "I.14", "1", "2")  # and it goes on
    page.press(cell("denominator", "I.14"), "Enter")
    wait_state(page, "I.14", "Đã lưu")


def test_what_was_typed_survives_the_end_of_the_session(product, open_form):
    page = open_form("an-5")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    fill(page, "I.11.c", "61", "80")
    page.check("input[name='value-I.5.b'][value='0']")
    page.wait_for_selector("#connection:not([hidden])")
    assert "chỉ tiêu vừa gõ được giữ trên máy này." in page.inner_text("#connection")
    assert "Người khác đăng nhập trên máy này trước thì các số đó bị xóa." in page.inner_text("#connection")
    page.click("text=Đăng nhập để lưu tiếp")
    page.wait_for_selector("[name=password]")
    assert "Nội dung vừa gõ được giữ lại trên máy này." in page.inner_text("main")
    assert "Đăng nhập bằng tài khoản khác thì nội dung đó bị xóa." in page.inner_text("main")
    log_in(page, "an-5")
    page.wait_for_url("**" + AUGUST)
    wait_state(page, "I.11.c", "Đã lưu")
    wait_state(page, "I.5.b", "Đã lưu")
    assert page.input_value(cell("numerator", "I.11.c")) == "61"
    assert page.is_checked("input[name='value-I.5.b'][value='0']") and kept(page) == []


def test_a_login_in_another_window_lets_this_one_go_on(product, open_form):
    page = open_form("an-5")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    other = page.context.new_page()
    other.goto(product.base_url)
    log_in(other, "an-5")
    other.wait_for_selector("[name=password]", state="detached")
    fill(page, "I.14", "2", "2")
    page.press(cell("denominator", "I.14"), "Enter")
    wait_state(page, "I.14", "Đã lưu")


def test_half_a_figure_in_a_closed_window_is_there_again(product, open_form):
    page = open_form("an-6")
    page.fill(cell("numerator", "I.1.c"), "80")
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(product.base_url + AUGUST)
    wait_state(page, "I.1.c", "Đang nhập")
    assert page.input_value(cell("numerator", "I.1.c")) == "80"
    page.click("button[value=save]")
    wait_state(page, "I.1.c", "Chưa lưu")
    assert "Chưa có mẫu số." in page.inner_text("tr.message[data-for='I.1.c']")
    assert focus(page) == "denominator-I.1.c"
    page.fill(cell("numerator", "I.1.c"), "")
    page.click("button[value=save]")
    wait_state(page, "I.1.c", "Chưa nhập")
    assert kept(page) == []


def test_two_windows_of_one_person(product, open_form):
    page = open_form("an-6")
    other = page.context.new_page()
    other.goto(product.base_url + AUGUST)
    fill(other, "I.4", "100", "104")
    other.press(cell("denominator", "I.4"), "Enter")
    wait_state(other, "I.4", "Đã lưu")
    wait_state(page, "I.4", "Đã lưu")
    assert page.input_value(cell("numerator", "I.4")) == "100"
    fill(page, "I.4", "101", "104")  # on top of what the other window saved: no conflict with oneself
    page.press(cell("denominator", "I.4"), "Enter")
    page.wait_for_function(
        "() => document.querySelector(\"[id='d-I.4'] [data-part=to-date]\").innerText.includes('101')"
    )
    assert other.input_value(cell("numerator", "I.4")) == "101"


def test_two_people_in_one_cell(open_form):
    page, other = open_form("an-6"), open_form("binh-6")
    fill(other, "I.13", "6", "21")
    other.press(cell("denominator", "I.13"), "Enter")
    wait_state(other, "I.13", "Đã lưu")
    fill(page, "I.13", "7", "21")
    page.press(cell("denominator", "I.13"), "Enter")
    wait_state(page, "I.13", "Chưa lưu")
    told = page.inner_text("tr.message[data-for='I.13']")
    assert "binh-6 vừa lưu I.13 là 6 / 21" in told and "số đang gõ là 7 / 21. Chưa ghi đè." in told
    answer(page, "input[name='keep-I.13']:not([value=stored])")
    wait_state(page, "I.13", "Đã lưu")
    assert page.input_value(cell("numerator", "I.13")) == "7" and focus(page) == "numerator-I.13"
    fill(other, "I.13", "8", "21")
    other.press(cell("denominator", "I.13"), "Enter")
    wait_state(other, "I.13", "Chưa lưu")
    answer(other, "input[name='keep-I.13'][value=stored]")
    wait_state(other, "I.13", "Đã lưu")
    assert other.input_value(cell("numerator", "I.13")) == "7" and kept(page) == kept(other) == []


def test_the_laptops_clock_plays_no_part(open_form):
    page = open_form("an-6")
    page.add_init_script("Date.now = () => 0; Date = class extends Date { constructor() { super(0); } };")
    page.reload()
    fill(page, "I.15", "1", "2")
    page.press(cell("denominator", "I.15"), "Enter")
    wait_state(page, "I.15", "Đã lưu 09:")


# Nothing is left behind


def test_logging_out_leaves_nothing_on_the_machine(open_form):
    page = open_form("an-6")
    page.fill(cell("numerator", "I.5.a"), "13")
    assert len(kept(page)) == 1
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("form[data-logout] button")
    assert page.url.endswith(AUGUST) and len(kept(page)) == 1  # thought better of it
    said = []
    page.once("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    page.click("form[data-logout] button")
    page.wait_for_selector("[name=password]")
    assert "Còn 1 chỉ tiêu, biểu mẫu gõ dở chưa lưu" in said[0]
    assert kept(page) == [] and "giữ lại" not in page.inner_text("main")
    page.go_back()
    page.wait_for_selector("[name=password]")


def test_another_window_keeps_nothing_after_logging_out(product, open_form):
    page = open_form("an-6")
    other = page.context.new_page()
    other.goto(product.base_url)
    other.click("form[data-logout] button")
    other.wait_for_selector("[name=password]")
    page.wait_for_selector("[name=password]")
    assert kept(page) == []


def test_somebody_else_logs_in_on_the_same_machine(product, open_form, sign_in):
    page = open_form("an-6")
    page.fill(cell("numerator", "I.5.a"), "13")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    page.goto(product.base_url)
    log_in(page, "an-7")
    page.wait_for_selector("[name=password]", state="detached")
    page.goto(product.base_url + AUGUST)
    assert kept(page) == [] and page.input_value(cell("numerator", "I.5.a")) == ""


def test_an_open_window_never_saves_into_somebody_elses_account(product, open_form):
    page = open_form("an-6")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    other = page.context.new_page()
    other.goto(product.base_url)
    log_in(other, "an-7")
    other.wait_for_selector("[name=password]", state="detached")
    fill(page, "I.5.a", "13", "15")
    page.press(cell("denominator", "I.5.a"), "Enter")
    page.wait_for_selector("#connection:not([hidden])")
    other.goto(product.base_url + AUGUST)
    assert other.input_value(cell("numerator", "I.5.a")) == ""


# Sent back, on a phone, for everybody


def test_a_returned_cell_says_why_and_is_mended(product, open_form, new_page, sign_in):
    """After the month by keyboard, which sent the report of an-3."""
    reviewer = new_page()
    sign_in(reviewer, product.base_url, "dung", PASSWORD)
    reviewer.goto(product.base_url + "/duyet/?ky=2023-08")
    reviewer.get_by_role("row", name="P. Lê Thanh Nghị").get_by_role("link", name="Xem").click()
    reviewer.check("input[name='decision-I.12'][value=return]")
    choose_reason(reviewer, "I.12")
    reviewer.fill("[id='reason-I.12']", "Chưa cộng hồ sơ trực tiếp.")
    reviewer.click("button[value=return]")
    reviewer.wait_for_selector("text=Đã trả lại phiếu")
    page = open_form("an-3")
    assert "Chưa cộng hồ sơ trực tiếp." in page.inner_text("tr.message[data-for='I.12']")
    assert state(page, "I.12") == "Bị trả lại"
    fill(page, "I.12", "70", "121")
    page.press(cell("denominator", "I.12"), "Enter")
    wait_state(page, "I.12", "Đã lưu")
    page.click("button[value=submit]")
    page.wait_for_url("**/gui/")
    page.click("text=Nộp phiếu >> visible=true")
    page.wait_for_url("**/da-nop/")


def test_one_target_at_a_time_on_a_phone(open_form, axe):
    page = open_form("an-7", width=390, height=844)
    shown = page.locator("tr[data-code]:visible")
    assert shown.count() == 1 and page.inner_text("[data-place]") == "1/12"
    assert page.is_disabled("[data-step='-1']")
    fill(page, "I.1.c", "80", "110")
    page.click("[data-step='1']")
    wait_state_hidden = "() => document.getElementById('d-I.1.c').querySelector('.save').textContent.includes('Đã lưu')"
    page.wait_for_function(wait_state_hidden)
    assert page.inner_text("[data-place]") == "2/12" and shown.get_attribute("data-code") == "I.4"
    bar = page.locator(".bar-bottom").bounding_box()
    assert bar["y"] + bar["height"] <= 844 + 1 and bar["height"] < 844 / 4
    assert all(
        page.locator(each).bounding_box()["height"] >= 44 for each in ("[data-step='1']", "button[value=submit]")
    )
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.click("[data-part=progress] a")  # to the first that is missing
    assert shown.get_attribute("data-code") == "I.4"


def test_a_phone_shows_one_target_from_the_first_paint(open_form):
    """A target that the script hid later would move the page under the thumb; without the script all targets are there."""
    page = open_form("an-7", width=390, height=844)
    watch = (
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.moved += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.add_init_script(watch)
    page.reload()
    page.wait_for_timeout(500)
    assert page.locator("tr[data-code]:visible").count() == 1
    assert page.evaluate("window.moved") < 0.05
    page.route("**/entry*.js", lambda route: route.abort())
    page.reload()
    assert page.locator("tr[data-code]:visible").count() == 12
    assert page.is_hidden(".steps-bar") and page.is_visible("button[value=submit]")


def test_files_go_one_by_one_and_a_lost_one_is_sent_again(open_form):
    page = open_form("an-7")
    page.goto(page.url + "I.12/minh-chung/")
    files = [
        {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": f"%PDF-1.7 {name}".encode()} for name in "ab"
    ]
    tries = []

    def lose_the_first(route):
        tries.append(route)
        route.abort() if route.request.method == "POST" and len(tries) == 1 else route.continue_()

    page.route("**/minh-chung/", lose_the_first)
    page.set_input_files("#tep", files)
    page.get_by_role("button", name="Đính kèm").click()
    page.wait_for_selector("text=b.pdf: đã đính kèm")
    assert "a.pdf: Mất kết nối." in page.inner_text("#sending")
    page.get_by_role("button", name="Thử lại a.pdf").click()
    page.wait_for_selector("text=Tệp đã đính kèm 2")
    assert page.inner_text("main").count("an-7") == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_have_no_violation(product, open_form, new_page, sign_in, axe, width, theme):
    page = open_form("an-7", width=width)
    page.emulate_media(color_scheme=theme)
    page.reload()
    page.evaluate(PASTE, "")
    for code, numerator, denominator in (("III.4", "4.664", "4.496"), ("III.6", "1,970", "4.496"), ("I.13", "1", "21")):
        page.evaluate(
            """([code, numerator, denominator]) => {
                const { elements } = document.getElementById("entry");
                for (const [name, text] of [["numerator", numerator], ["denominator", denominator]]) {
                    elements[`${name}-${code}`].value = text;
                    elements[`${name}-${code}`].dispatchEvent(new Event("input", { bubbles: true }));
                }
            }""",
            [code, numerator, denominator],
        )
    page.click("button[value=save]")
    page.wait_for_selector("tr.message[data-for='III.6'] input[type=radio]", state="attached")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for path in ("/", "/nhap-so-lieu/2023-07/", "/nhap-so-lieu/2023-08/gui/", "/nhap-so-lieu/2023-07/da-nop/"):
        page.goto(product.base_url + path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    if theme == "light":
        reviewer = new_page(width=width)
        sign_in(reviewer, product.base_url, "dung", PASSWORD)
        for path in ("/", "/duyet/", "/duyet/?xem=chua-nop"):
            reviewer.goto(product.base_url + path)
            assert axe(reviewer) == []
            assert reviewer.evaluate("document.documentElement.scrollWidth") == width


def test_all_of_it_without_script(product, open_form, new_page, sign_in, axe):
    """Last in this module: it sends the report and has it approved."""
    page = open_form("an-0", javascript=False)
    page.fill("[id='numerator-I.12']", "1,970")
    page.fill("[id='denominator-I.12']", "2.627")
    page.click("button[value=save]")
    page.check("input[name='reading-numerator-I.12'][value='1970']")
    page.click("button[value=submit]")
    assert "chỉ tiêu chưa có số" in page.inner_text("main")
    page.check("input[name=confirm]")
    page.click("#send button[type=submit]")
    assert "mã 08-x10528-01" in page.inner_text("main")
    assert "1.970 / 2.627" in page.inner_text("main")
    reviewer = new_page(javascript=False)
    sign_in(reviewer, product.base_url, "dung", PASSWORD)
    reviewer.goto(product.base_url + "/duyet/")
    reviewer.get_by_role("row", name="P. Trần Phú").get_by_role("link", name="Xem").click()
    reviewer.check("input[name='decision-I.12'][value=return]")
    choose_reason(reviewer, "I.12")
    reviewer.fill("[id='reason-I.12']", "Chưa cộng hồ sơ trực tiếp.")
    reviewer.click("button[value=return]")
    assert "Đã trả lại phiếu P. Trần Phú, TP Hải Dương: I.12." in reviewer.inner_text("main")
    page.goto(product.base_url)
    page.click("text=Sửa phiếu tháng 8")
    page.fill("[id='denominator-I.12']", "3.000")
    page.click("button[value=submit]")
    page.click("#send button[type=submit]")
    reviewer.goto(product.base_url + "/duyet/")
    reviewer.get_by_role("row", name="P. Trần Phú").get_by_role("link", name="Xem").click()
    assert "65,67" in reviewer.inner_text("main")  # 1.970 / 3.000
    reviewer.click("button[value=approve]")
    assert "Đã duyệt phiếu P. Trần Phú, TP Hải Dương." in reviewer.inner_text("main")
    page.goto(product.base_url + AUGUST + "da-nop/")
    assert "Phiếu đã được duyệt" in page.inner_text("main")
