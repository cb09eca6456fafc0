"""The entry page without a line: installed, opened from the machine's own copy, typed on, sent once when the line is back;
nothing of it for anybody else (decision 0315)."""

import json

import pytest
from playwright.sync_api import Error

from tests.browser.test_entry import AUGUST, END_ALL_SESSIONS, EVERYTHING_KEPT, cell, fill, log_in, state, wait_state

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"
# A commune a test.
COMMUNES = ["x10528", "x10531", "x10532", "x10534"]
ACCOUNTS = f"""
from agencies.services import accounts
from agencies.models import Agency, User
for place, code in enumerate({COMMUNES}):
    name = f"an-{{place}}"
    user = User.objects.create_user(name, password="{PASSWORD}", agency=Agency.objects.get(code=code), full_name=name)
    accounts.set_roles(user=user, roles=["focal"])
"""
STORED = """
from indicators.models import Actual
print([str(actual.numerator) for actual in Actual.history.filter(target__code="{}", submission__agency__code="{}")])
"""
NO_LINE = "Không có mạng: số liệu đang nhập được giữ trên máy này."
# Settles when the sheet says that it opens without a line.
KEPT = "() => !document.querySelector('[data-offline]').hidden"

# The worker goes, as a browser lets it go where another comes; what it kept has another name.
OF_AN_EARLIER_RELEASE = """async (sheet) => {
    const worker = await navigator.serviceWorker.ready;
    await worker.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
    await (await caches.open("tep:earlier")).put("/static/css/app.css", new Response(""));
    const old = new Response("old", { headers: { "X-Kept-At": Date.now() } });
    await (await caches.open("phieu:earlier:1")).put(sheet, old);
}"""
OF_LAST_WEEK = """async (sheet) => {
    const name = (await caches.keys()).find((each) => each.startsWith("phieu:"));
    const headers = { "X-Kept-At": Date.now() - 8 * 24 * 60 * 60 * 1000 };
    await (await caches.open(name)).put(sheet, new Response("old", { headers }));
}"""


@pytest.fixture(scope="module")
def product(module_live_stack):
    stack = module_live_stack(CLOCK="2023-08-16T09:00")
    stack.manage("shell", "-v0", "-c", ACCOUNTS)
    return stack


@pytest.fixture
def open_form(product, new_page, sign_in):
    """`open_form("an-1")` gives a page at August's form, kept on the machine."""

    def go(who):
        page = new_page(offline=True)
        sign_in(page, product.base_url, who, PASSWORD)
        page.goto(product.base_url + AUGUST)
        page.wait_for_function(KEPT)
        return page

    return go


def reopen(page, address):
    """The same browser with a new window, as after closing the lid."""
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(address)
    return page


def stored(product, target, agency):
    """Each numerator that was ever stored of a target."""
    return json.loads(product.manage("shell", "-v0", "-c", STORED.format(target, agency)).replace("'", '"'))


def test_opened_typed_and_sent_once(product, open_form, axe):
    page = open_form("an-0")
    assert page.context.new_cdp_session(page).send("Page.getAppManifest")["errors"] == []
    # Saved after the copy was drawn.
    fill(page, "I.4", "90", "100")
    page.press(cell("denominator", "I.4"), "Enter")
    wait_state(page, "I.4", "Đã lưu")
    page.click("[id='d-I.4'] summary")
    page.fill(cell("note", "I.4"), "Giá $& và $'")
    page.press(cell("note", "I.4"), "Escape")
    page.focus(cell("numerator", "I.13"))
    page.wait_for_function("() => !localStorage.length")

    page.context.set_offline(True)
    page.wait_for_selector("#connection:not([hidden])")
    assert NO_LINE in page.inner_text("#connection")
    fill(page, "I.12", "70", "101")
    page.press(cell("denominator", "I.12"), "Enter")
    wait_state(page, "I.12", "Chưa lưu xong")

    page = reopen(page, product.base_url + AUGUST)
    assert page.get_attribute("#entry", "data-kept") == ""
    assert page.input_value(cell("numerator", "I.4")) == "90" and "Đã lưu" in state(page, "I.4")
    assert page.input_value(cell("note", "I.4")) == "Giá $& và $'"
    assert page.input_value(cell("numerator", "I.12")) == "70"
    page.wait_for_function("() => document.getElementById('connection').innerText.includes('1 chỉ tiêu chờ gửi')")
    assert NO_LINE in page.inner_text("#connection") and "1/12 chỉ tiêu có số" in page.inner_text(
        "[data-part=progress]"
    )
    fill(page, "I.13", "5", "21")
    page.press(cell("denominator", "I.13"), "Enter")
    wait_state(page, "I.13", "Chưa lưu xong")

    # The installed application opens the newest sheet; another page says plainly that it is not there.
    page = reopen(page, f"{product.base_url}/nhap-so-lieu/")
    assert page.url.endswith(AUGUST) and page.input_value(cell("numerator", "I.13")) == "5"
    other = page.context.new_page()
    other.goto(f"{product.base_url}/tong-quan/")
    assert other.inner_text("h1") == "Không có mạng" and "an-0" not in other.content() and axe(other) == []
    other.close()

    page.context.set_offline(False)
    for code in ("I.12", "I.13"):
        wait_state(page, code, "Đã lưu 09:")
    page.wait_for_selector("#connection", state="hidden")
    assert page.evaluate("Object.keys(localStorage)") == []
    assert stored(product, "I.12", "x10528") == ["70"] and stored(product, "I.13", "x10528") == ["5"]
    page.reload()
    assert page.get_attribute("#entry", "data-kept") is None

    # Another release: what the earlier one kept goes, and the sheet is asked for anew.
    page.goto(f"{product.base_url}/tong-quan/")
    page.evaluate(OF_AN_EARLIER_RELEASE, AUGUST)
    page.goto("about:blank")
    page.goto(product.base_url + AUGUST)
    page.wait_for_function(KEPT)
    names = page.evaluate("caches.keys()")
    assert len(names) == 2 and not [name for name in names if "earlier" in name]


def test_after_an_ended_session_one_signs_in_and_it_is_sent(product, open_form):
    page = open_form("an-1")
    page.context.set_offline(True)
    page = reopen(page, product.base_url + AUGUST)
    fill(page, "I.12", "70", "101")
    page.press(cell("denominator", "I.12"), "Enter")
    wait_state(page, "I.12", "Chưa lưu xong")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    page.context.set_offline(False)
    page.click("text=Đăng nhập để lưu tiếp")
    log_in(page, "an-1")
    page.wait_for_url("**" + AUGUST)
    wait_state(page, "I.12", "Đã lưu")
    assert stored(product, "I.12", "x10531") == ["70"]
    # A copy of eight days ago is not shown any more, and goes.
    page.wait_for_function(KEPT)
    page.evaluate(OF_LAST_WEEK, AUGUST)
    page.context.set_offline(True)
    page = reopen(page, product.base_url + AUGUST)
    assert page.inner_text("h1") == "Không có mạng"
    assert page.evaluate("async (sheet) => (await caches.match(sheet)) === undefined", AUGUST)
    page.context.set_offline(False)


def test_nothing_is_left_for_another(product, open_form):
    page = open_form("an-2")
    page.fill(cell("numerator", "I.5.a"), "13")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    page.goto(product.base_url)
    log_in(page, "an-3")
    page.wait_for_selector("[name=password]", state="detached")
    page.wait_for_function("async () => (await caches.keys()).every((name) => name.startsWith('tep:'))")
    page.context.set_offline(True)
    page = reopen(page, product.base_url + AUGUST)
    assert page.inner_text("h1") == "Không có mạng" and "an-2" not in page.content()
    page.context.set_offline(False)

    page.goto(product.base_url + AUGUST)
    page.wait_for_function(KEPT)
    page.click("form[data-logout] button")
    page.wait_for_selector("[name=password]")
    assert page.evaluate(EVERYTHING_KEPT) == []
    page.context.set_offline(True)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(product.base_url + AUGUST)
    page.context.set_offline(False)
