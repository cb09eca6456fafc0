"""The entry form in a browser: live shares, drafts that survive the session, no script needed, nothing left behind."""

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"
ACCOUNTS = f"""
from agencies import services
from agencies.models import Agency, User
for name, code, roles in (("an", "x10528", ["focal"]), ("dung", "h288", ["reviewer", "focal"])):
    user = User.objects.create_user(name, password="{PASSWORD}", agency=Agency.objects.get(code=code), full_name=name)
    services.grant(user=user, roles=roles)
"""
END_ALL_SESSIONS = "from django.contrib.sessions.models import Session; Session.objects.all().delete()"
AUGUST = "/nhap-so-lieu/2023-08/"


@pytest.fixture(scope="module")
def product(module_live_stack):
    stack = module_live_stack(CLOCK="2023-08-16T09:00")
    stack.manage("shell", "-v0", "-c", ACCOUNTS)
    return stack


@pytest.fixture
def open_form(product, new_page, sign_in):
    """`open_form()` gives a page at August's form, signed in as An."""

    def go(**options):
        page = new_page(**options)
        sign_in(page, product.base_url, "an", PASSWORD)
        page.goto(product.base_url + AUGUST)
        return page

    return go


def share_of(page, code):
    return page.text_content(f"[id='d-{code}'] output").strip()


def drafts(page):
    return page.evaluate("Object.keys(sessionStorage)")


def test_the_share_computes_as_one_types(open_form):
    page = open_form()
    assert share_of(page, "I.12") == "—"
    page.fill("[id='numerator-I.12']", "1.970")
    page.fill("[id='denominator-I.12']", "2 627")
    assert share_of(page, "I.12") == "74,99\u00a0%"  # 1.970 / 2.627
    page.fill("[id='numerator-I.12']", "2.628")
    assert share_of(page, "I.12") == "—"  # more than all
    page.fill("[id='numerator-I.12']", "1,970")
    assert share_of(page, "I.12") == "—"  # two readings
    page.fill("[id='numerator-I.14']", "79996")
    page.fill("[id='denominator-I.14']", "100000")
    assert share_of(page, "I.14") == "79,996\u00a0%"  # never as 80 % against "at least 80"


def test_nothing_arose_locks_the_fields_and_gives_them_back(open_form):
    page = open_form()
    page.fill("[id='numerator-I.12']", "80")
    page.check("[id='nothing-I.12']")
    assert page.input_value("[id='numerator-I.12']") == "0"
    assert not page.is_editable("[id='numerator-I.12']")
    page.uncheck("[id='nothing-I.12']")
    assert page.input_value("[id='numerator-I.12']") == "80"
    assert page.is_editable("[id='numerator-I.12']")


def test_what_was_typed_survives_the_end_of_the_session(product, open_form, sign_in):
    page = open_form()
    page.fill("[id='numerator-I.1.c']", "80")
    page.fill("[id='denominator-I.1.c']", "110")
    page.check("input[name='value-I.5.b'][value='0']")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    page.click("button[value=save]")
    page.wait_for_selector("[name=password]")
    assert "Các số vừa gõ được giữ lại trên máy này. Đăng nhập để lưu tiếp." in page.inner_text("main")
    page.fill("[name=username]", "an")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("#draft-notice:not([hidden])")
    assert "Có 2 ô vừa gõ được giữ lại trên máy này, chưa lưu" in page.inner_text("#draft-notice")
    assert page.input_value("[id='numerator-I.1.c']") == "80"
    assert page.is_checked("input[name='value-I.5.b'][value='0']")
    assert share_of(page, "I.1.c") == "72,73\u00a0%"
    page.click("button[value=save]")
    page.wait_for_selector("text=Đã lưu 2 số")
    assert drafts(page) == [] and "da-luu" not in page.url
    page.reload()
    assert page.is_hidden("#draft-notice") and page.input_value("[id='numerator-I.1.c']") == "80"


def test_a_draft_meets_what_a_colleague_saved_meanwhile(product, open_form):
    page, other = open_form(), open_form()
    page.fill("[id='numerator-I.13']", "5")
    page.fill("[id='denominator-I.13']", "21")
    other.fill("[id='numerator-I.13']", "6")
    other.fill("[id='denominator-I.13']", "21")
    other.click("button[value=save]")
    other.wait_for_selector("text=Đã lưu 1 số")
    page.reload()
    assert page.input_value("[id='numerator-I.13']") == "5"
    page.click("button[value=save]")
    page.wait_for_selector("text=vừa lưu I.13 là 6 / 21")
    page.check("input[name='keep-I.13'][value='stored']")
    page.click("button[value=save]")
    page.wait_for_selector("#entry:not([data-posted])")
    assert page.input_value("[id='numerator-I.13']") == "6" and drafts(page) == []


def test_logging_out_leaves_nothing_on_the_machine(open_form):
    page = open_form()
    page.fill("[id='numerator-I.4']", "80")
    assert len(drafts(page)) == 1
    page.click("a:has-text('Việc cần làm')")
    page.click("form[data-logout] button")
    page.wait_for_selector("[name=password]")
    assert drafts(page) == [] and "giữ lại" not in page.inner_text("main")


def test_the_kept_figures_can_be_dropped(open_form):
    page = open_form()
    page.fill("[id='numerator-I.4']", "80")
    page.reload()
    page.click("[data-draft-drop]")
    page.wait_for_selector("#draft-notice", state="hidden")
    assert page.input_value("[id='numerator-I.4']") == "" and drafts(page) == []


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_have_no_violation(product, open_form, new_page, sign_in, axe, width):
    page = open_form(width=width)
    page.fill("[id='numerator-III.4']", "4.664")
    page.fill("[id='denominator-III.4']", "4.496")
    page.fill("[id='numerator-III.6']", "1,970")
    page.fill("[id='denominator-III.6']", "4.496")
    page.click("button[value=save]")
    page.wait_for_selector("#errors:focus")
    assert axe(page) == [] and drafts(page) != []
    for path in ("/", "/nhap-so-lieu/2023-07/"):
        page.goto(product.base_url + path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    reviewer = new_page(width=width)
    sign_in(reviewer, product.base_url, "dung", PASSWORD)
    for path in ("/", "/duyet/", "/duyet/?xem=chua-nop"):
        reviewer.goto(product.base_url + path)
        assert axe(reviewer) == []
        assert reviewer.evaluate("document.documentElement.scrollWidth") == width


def test_all_of_it_without_script(product, open_form, new_page, sign_in, axe):
    """Last in this module: it sends the report and has it approved."""
    page = open_form(javascript=False)
    page.fill("[id='numerator-I.12']", "1,970")
    page.fill("[id='denominator-I.12']", "2.627")
    page.click("button[value=save]")
    page.check("input[name='reading-numerator-I.12'][value='1970']")
    page.click("button[value=submit]")
    assert "mục tiêu chưa có số" in page.inner_text("#confirm")
    page.check("input[name=confirm]")
    page.click("button[value=submit]")
    assert "mã 08-x10528-01" in page.inner_text("main")
    assert "1.970 / 2.627" in page.inner_text("main")
    reviewer = new_page(javascript=False)
    sign_in(reviewer, product.base_url, "dung", PASSWORD)
    reviewer.goto(product.base_url + "/duyet/")
    reviewer.click("text=Xem phiếu nộp sớm nhất")
    reviewer.check("input[name='decision-I.12'][value=return]")
    reviewer.fill("[id='reason-I.12']", "Chưa cộng hồ sơ trực tiếp.")
    reviewer.click("button[value=return]")
    assert "Đã trả lại phiếu P. Trần Phú, TP Hải Dương: I.12." in reviewer.inner_text("main")
    page.goto(product.base_url)
    page.click("text=Sửa phiếu tháng 8")
    page.fill("[id='denominator-I.12']", "3.000")
    page.click("button[value=submit]")
    page.check("input[name=confirm]")
    page.click("button[value=submit]")
    reviewer.goto(product.base_url + "/duyet/")
    reviewer.click("text=Xem phiếu nộp sớm nhất")
    assert "65,67" in reviewer.inner_text("main")  # 1.970 / 3.000
    reviewer.click("button[value=approve]")
    assert "Đã duyệt phiếu P. Trần Phú, TP Hải Dương." in reviewer.inner_text("main")
    page.goto(product.base_url + AUGUST + "da-nop/")
    assert "Phiếu đã được duyệt" in page.inner_text("main")
