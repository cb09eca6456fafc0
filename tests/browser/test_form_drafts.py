"""Text typed into a form survives the end of the session, a closed tab, a refusal: every form with a text field, as the
roles reach them. The entry sheet, which keeps its rows by itself, has its own tests (test_entry.py)."""

import re

import pytest

from tests.browser.test_entry import END_ALL_SESSIONS
from tests.integration.test_form_drafts import FORMS
from tests.servers import wait_until

pytestmark = pytest.mark.browser

PASSWORD = "gõ dở trong trình duyệt 2023"
# x10528 has an approved report of July and a waiting one of August; x10534 asks for time, x10531 has been given it; x10532 has
# ended; the board of projects leads I.23.
PEOPLE = f"""
import datetime as dt
from agencies.models import Agency, User
from agencies.services import accounts as people
from conclusions import services as conclusions
from django.utils import timezone
from indicators.analysis.quality import services as quality_services
from indicators.calendar import services
from indicators.reorganisation import services as reorganisation_services
from indicators.rollups import tasks
from indicators.models import Plan, State, Submission
from reports.models import SavedView
from tests import factories
def person(name, code, *roles):
    user = User.objects.create_user(name, password="{PASSWORD}", agency=Agency.objects.get(code=code), full_name=name)
    people.set_roles(user=user, roles=roles)
    return user
an, dung = person("an", "x10528", "focal"), person("dung", "h288", "reviewer", "focal")
sang, lan = person("sang", "stttt", "standing", "reviewer", "focal"), person("lan", "bqlda", "focal")
quan = person("quan", "stttt", "admin")
people.follow_roles(user=quan)
gone, hoa = person("gone", "x10532", "focal"), person("hoa", "x10534", "focal")
plan = Plan.objects.get()
july, august = plan.periods.get(number=7), plan.periods.get(number=8)
target = plan.targets.get(code="I.12")
commune, other = Agency.objects.get(code="x10528"), Agency.objects.get(code="x10531")
factories.report(commune, july, {{target: (60, 100)}})
factories.report(commune, august, {{target: (60, 100)}}, state=State.SUBMITTED, submitted_by=an)
until = dt.date(2023, 9, 20)
services.ask_extension(agency=Agency.objects.get(code="x10534"), period=august, by=hoa, reason="Mất điện.", until=until)
services.give_extension(agency=other, period=august, by=sang, reason="Mất điện.", until=until)
reorganisation_services.close_agency(
    agency=Agency.objects.get(code="x10532"), last_day=dt.date(2023, 8, 15), by=sang, reason="Nghị quyết", successor=other
)
SavedView.objects.create(user=an, name="Trang cũ", address="/tong-quan/", made_at=timezone.now())
tasks.process_pending()
quality_services.draw_sample(
    plan=plan, sizes={{"commune": 1}}, first_number=7, last_number=7, reason="Kiểm tra năm", by=sang
)
conclusions.give(plan=plan, target=target, text="Rà soát.", agency=sang.agency, due=until, by=sang)
from data_calls.models import DataCall
call = DataCall.objects.create(
    plan=plan, title="Thử", text="Thử.", due=until, state="sent", made_by=sang, made_at=timezone.now()
)
call.fields.create(position=1, label="Khó khăn", kind="text")
call.answers.create(agency=commune)
# July stands open again, so that a district that let it pass can be acted for.
july.closes_on = dt.date(2023, 8, 31)
july.save()
# The plan is being settled, which can be taken back with a reason.
Plan.objects.filter(pk=plan.pk).update(state="closing")
from exchange import services
for name in ("Một cửa", "Kho dữ liệu"):
    system = services.ask(by=User.objects.get(username="an"), name=name, purpose="Đồng bộ", right="read")
services.grant(system=system, by=sang, expires_on=dt.date(2023, 12, 31))
print(*[Submission.objects.get(agency=commune, period=each).pk for each in (july, august)])
"""
# Type into every text field of every form of the page; what stands there then, by form and field.
TYPE = """() => [...document.forms]
    .filter((form) => form.getAttribute("method") === "post" && !form.dataset.draft).flatMap((form) =>
    [...form.elements].filter((field) => ["text", "textarea", "date", "number", "email", "tel", "url", "time"].includes(field.type)
        && !field.readOnly && !field.closest(".empty-form, .select2-container"))
    .map((field, place) => {
        const text = {date: "2023-08-0" + (place % 9 + 1), number: String(place + 5), time: "09:0" + place % 9}[field.type];
        field.value = text ?? `gõ dở ${place}`;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        return [field.id || field.name, field.value];
    }))"""
READ = """(names) => names.map((name) => {
    const field = document.getElementById(name) ?? document.querySelector(`form[method=post] [name="${name}"]`);
    return [name, field?.value];
})"""


@pytest.fixture(scope="module")
def product(module_live_stack):
    stack = module_live_stack(CLOCK="2023-08-16T09:00")
    stack.july, stack.august = stack.manage("shell", "-v0", "-c", PEOPLE).split()[-2:]
    return stack


def log_in(page, who):
    page.fill("[name=username]", who)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("[name=password]", state="detached")


def drafts(page):
    return page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('phieu:'))")


def made_reports(page, base):
    """Numbers of a published report, which can be corrected, and of a draft."""
    numbers = []
    for month in ("2023-06", "2023-07"):
        page.goto(f"{base}/bao-cao/tom-tat/?ky={month}")
        page.get_by_role("button", name="Lập dự thảo").click()
        page.wait_for_url("**/soan/")
        numbers.append(page.url.split("/")[-3])
    page.goto(f"{base}/bao-cao/{numbers[0]}/")
    page.check("text=Đã đọc toàn văn")
    for box in page.locator("[name=xac-nhan]").all():
        box.check()
    page.get_by_role("button", name="Phát hành").click()
    page.wait_for_selector(".note.good")
    return numbers


@pytest.mark.slow(35)
def test_every_form_keeps_what_is_typed(product, person, axe):
    """The forms are those of the templates (tests/integration/test_form_drafts.py finds each) and, in administration, those of
    what can be added."""
    admin = product.manage(
        "shell",
        "-v0",
        "-c",
        "from django.contrib import admin\n"
        "from django.test import RequestFactory\n"
        "from agencies.models import User\n"
        "request = RequestFactory().get('/')\n"
        "request.user = User.objects.get(username='quan')\n"
        "for model, each in admin.site._registry.items():\n"
        "    if each.has_add_permission(request):\n"
        "        print(f'/quan-tri/{model._meta.app_label}/{model._meta.model_name}/add/')",
    ).split()
    pages = {name: person(name) for name in ("an", "dung", "sang", "lan", "quan")}
    addresses = {}
    for template, places in FORMS.items():
        for who, address in places:
            addresses.setdefault((who, address), set()).add(template)
    for address in admin:
        addresses[("quan", address)] = {"admin"}
    issued, draft = made_reports(pages["sang"], product.base_url)
    known = {"july": product.july, "august": product.august, "draft": draft, "issued": issued}
    typed, empty = {}, []
    for (who, address), templates in addresses.items():
        page = pages[who]
        where = address.format(**known)
        page.goto(product.base_url + where)
        typed[who, where] = page.evaluate(TYPE)
        if not typed[who, where]:
            empty.append((who, where, templates))
    assert empty == []
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    lost, violations = {}, {}
    for who, page in pages.items():
        page.goto(product.base_url + "/thong-bao/")
        log_in(page, who)
    for (who, where), fields in typed.items():
        page = pages[who]
        page.goto(product.base_url + where)
        if page.evaluate(READ, [name for name, _ in fields]) != fields or page.is_hidden("#form-drafts"):
            lost[who, where] = page.inner_text("main, #content")[:200]
        if found := axe(page):
            violations[who, where] = found
    assert (lost, violations) == ({}, {})
    # One's own and nobody else's: gone with the logout.
    page = pages["an"]
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(product.base_url + "/thong-bao/")
    assert drafts(page)
    page.click("form[data-logout] button")
    page.wait_for_url("**/dang-nhap/")
    assert drafts(page) == []


def test_progress_of_a_project_survives_the_end_of_the_session_and_is_saved_once(product, person):
    page = person("lan")
    address = product.base_url + "/du-an/bao-cao/2023-08/I-23/"
    page.goto(address)
    page.get_by_label("Đang thực hiện", exact=True).check()
    page.fill("[name=percent]", "40")
    page.fill("[name=work_done]", "Đã nghiệm thu đợt 1")
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    page.click("button[name=act]")
    page.wait_for_url("**/dang-nhap/**")
    assert "Nội dung vừa gõ được giữ lại trên máy này" in page.inner_text("main")
    log_in(page, "lan")
    # Back where the form is, with all that was typed, and told so.
    assert page.url == address
    assert page.input_value("[name=work_done]") == "Đã nghiệm thu đợt 1" and page.input_value("[name=percent]") == "40"
    assert page.get_by_label("Đang thực hiện", exact=True).is_checked()
    assert "chưa lưu lên hệ thống" in page.inner_text("#form-drafts")
    # A refusal keeps it; what is taken is forgotten.
    page.fill("[name=planned_finish]", "31/02/2023")
    page.click("button[name=act]")
    page.wait_for_selector("#errors")
    assert len(drafts(page)) == 1 and page.is_hidden("#form-drafts")
    page.goto(address)
    assert page.input_value("[name=planned_finish]") == "31/02/2023"
    page.fill("[name=planned_finish]", "30/12/2023")
    page.click("button[name=act]")
    page.wait_for_selector(".note.good")
    page.goto(address)
    assert drafts(page) == [] and page.is_hidden("#form-drafts")
    assert page.input_value("[name=work_done]") == "Đã nghiệm thu đợt 1"


def test_a_draft_beside_what_somebody_else_saved_and_one_that_is_thrown_away(product, person):
    first, second = person("sang"), person("sang")
    address = product.base_url + "/muc-tieu/I.4/dinh-nghia/"
    first.goto(address)
    first.fill("[name=threshold]", "61")
    first.fill("[name=reason]", "Theo công văn 12")
    second.goto(address)
    second.fill("[name=threshold]", "95")
    second.fill("[name=reason]", "Theo công văn 15")
    second.click("button[value=preview]")
    second.click("button[value=save]")
    second.wait_for_selector(".note.good")
    first.goto(address)
    assert first.input_value("[name=threshold]") == "61"
    assert "Ngưỡng: trên hệ thống nay là “95”." in first.inner_text("#form-drafts")
    first.click("#form-drafts button")
    assert first.input_value("[name=threshold]") == "95" and first.input_value("[name=reason]") == ""
    assert drafts(first) == [] and first.is_hidden("#form-drafts")


def test_where_no_answer_came_the_page_does_not_say_that_nothing_was_saved(product, person):
    page = person("dung")
    address = f"{product.base_url}/duyet/{product.august}/I.12/"
    page.goto(address)
    page.fill("[name=text]", "Số liệu lấy ở đâu?")

    def save_and_break(route):
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route(address, save_and_break)
    page.click("form:has([name=text]) button[type=submit]")
    page.unroute(address)
    # The test's own request has heard the answer; the browser of this story has not.
    page.context.clear_cookies(name=re.compile("^ban-nhap-"))
    page.goto(address)
    page.wait_for_selector("#form-drafts:not([hidden])")
    assert "Chưa rõ nội dung vừa gửi đã được lưu hay chưa" in page.inner_text("#form-drafts")
    assert "chưa lưu lên hệ thống" not in page.inner_text("#form-drafts")
    assert page.input_value("[name=text]") == "Số liệu lấy ở đâu?"
    assert page.get_by_text("Số liệu lấy ở đâu?").count() == 1  # it was saved


def test_typed_on_after_a_lost_answer_ones_own_save_is_no_conflict(product, person):
    page = person("lan")
    address = product.base_url + "/du-an/bao-cao/2023-08/I-23/"
    page.goto(address)
    page.get_by_label("Đang thực hiện", exact=True).check()
    page.fill("[name=percent]", "41")

    def save_and_say_nothing(route):
        route.fetch(max_redirects=0)
        route.fulfill(status=204)  # the page stays as it is

    page.route(
        address, lambda route: save_and_say_nothing(route) if route.request.method == "POST" else route.continue_()
    )
    page.click("button[name=act]")
    page.wait_for_selector("form[data-sent]", state="detached")
    page.unroute(address)
    page.context.clear_cookies(name=re.compile("^ban-nhap-"))
    page.fill("[name=percent]", "42")
    page.click("button[name=act]")
    page.wait_for_selector(".note.good")
    page.goto(address)
    assert page.input_value("[name=percent]") == "42" and drafts(page) == []


def test_a_closed_tab_and_somebody_elses_login_on_the_same_machine(product, person):
    page = person("lan")
    address = product.base_url + "/du-an/bao-cao/2023-08/I-23/"
    page.goto(address)
    # Told beforehand how long it is kept, and unreadable to others: it is gone when somebody else is in.
    assert "hoặc người khác đăng nhập trên máy này" in page.inner_text("#keeping")
    page.fill("[name=obstacles]", "Chờ thẩm định giá")
    other = page.context.new_page()
    page.close()
    other.goto(address)
    assert other.input_value("[name=obstacles]") == "Chờ thẩm định giá"
    product.manage("shell", "-v0", "-c", END_ALL_SESSIONS)
    other.goto(product.base_url + "/thong-bao/")
    assert "Đăng nhập bằng tài khoản khác thì nội dung đó bị xóa." in other.inner_text("main")
    log_in(other, "dung")
    wait_until(lambda: drafts(other) == [], 10, "bản nháp được xóa")


def test_what_has_no_field_any_more_is_shown(product, person):
    """Last in this module: the report is approved."""
    reviewer = person("dung")
    address = f"{product.base_url}/duyet/{product.august}/"
    reviewer.goto(address)
    reviewer.check("[name='decision-I.12'][value=return]")
    reviewer.fill("[id='reason-I.12']", "Đối chiếu lại với Kho bạc")
    other = person("dung")
    other.goto(address)
    other.get_by_role("button", name="Duyệt phiếu").click()
    other.wait_for_selector(".note.good")
    reviewer.goto(address)
    told = reviewer.inner_text("#form-drafts li")
    assert "Lý do trả lại I.12" in told and "“Đối chiếu lại với Kho bạc”, trang này không còn ô để điền." in told
    reviewer.click("#form-drafts button")
    assert drafts(reviewer) == []


def test_what_was_typed_follows_its_author_to_another_machine(product, person):
    """Two browsers of one person: what is typed in the first is offered in the second with its place and time, is sent there, and
    is offered nowhere any more. A colleague never sees it."""
    address = product.base_url + "/nhap-so-lieu/2023-07/gia-han/"
    first = person("hoa")
    first.goto(address)
    with first.expect_response("**/ban-nhap/"):
        first.fill("[name=reason]", "Máy chủ hỏng cả tuần")
    second = person("hoa")
    second.goto(address)
    second.wait_for_selector("#other-machines li")
    offered = second.inner_text("#other-machines")
    assert "Chrome, Linux, lúc 09:0" in offered and "Lý do: “Máy chủ hỏng cả tuần”" in offered
    second.get_by_role("button", name="Lấy lại").click()
    assert second.input_value("[name=reason]") == "Máy chủ hỏng cả tuần" and second.is_hidden("#other-machines")
    stranger = person("dung")
    with stranger.expect_response("**/ban-nhap/?trang=*"):
        stranger.goto(address)
    assert stranger.is_hidden("#other-machines")
    with second.expect_response(lambda it: it.url.endswith("/ban-nhap/") and it.request.post_data.endswith("content=")):
        second.get_by_role("button", name="Gửi đề nghị").click()
    third = person("hoa")
    with third.expect_response("**/ban-nhap/?trang=*"):
        third.goto(address)
    assert third.is_hidden("#other-machines")
