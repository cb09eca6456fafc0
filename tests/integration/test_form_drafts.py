"""Forms whose text is kept on the machine until the server has it (docs/decisions/0165): which they are, what the server says
of what it took, and where one is led after an ended session."""

import re

import pytest
from django.conf import settings
from django.test import Client

from agencies.roles import Role
from indicators.calendar import views
from tests import factories

pytestmark = pytest.mark.once

TEMPLATES = settings.BASE_DIR / "templates"
SCRIPT = 'static "js/pages/form-drafts.js"'
# Templates with a form that has a text field: who reaches it and where, for the browser test that walks them all.
FORMS = {
    "indicators/calendar/edit.html": [("sang", "/ky-bao-cao/sua/")],
    "indicators/targets/definition.html": [("sang", "/muc-tieu/I.12/dinh-nghia/")],
    # The plan of the demonstration is no copy, so its address is no page there: its field is that of the other reasons.
    "indicators/targets/baseline.html": [],
    "indicators/targets/indicator_text.html": [("sang", "/chi-tieu/I.12/sua/")],
    "indicators/calendar/extension_request.html": [("an", "/nhap-so-lieu/2023-07/gia-han/")],
    "indicators/calendar/extensions.html": [("sang", "/ky-bao-cao/gia-han/")],
    "indicators/review/figure.html": [("dung", "/duyet/{august}/I.12/")],
    "indicators/review/follow_up.html": [("dung", "/duyet/{august}/I.12/theo-doi/")],
    "indicators/reorganisation/accounts.html": [("quan", "/to-chuc/tai-khoan/")],
    "indicators/reorganisation/change.html": [
        ("sang", "/to-chuc/nhap/"),
        ("sang", "/to-chuc/tach/"),
        ("sang", "/to-chuc/doi-ten/"),
    ],
    "indicators/review/review.html": [("dung", "/duyet/{august}/"), ("dung", "/duyet/{july}/")],
    "indicators/review/stand_ins.html": [("sang", "/duyet/lam-thay/?ky=2023-07")],
    "reports/dashboards/map_layout.html": [("sang", "/to-chuc/ban-do/")],
    "indicators/review/shares.html": [("sang", "/duyet/phan-cong/")],
    "indicators/targets/denominators.html": [("sang", "/mau-so/")],
    "indicators/targets/denominator.html": [("sang", "/mau-so/x10528/dan-so/")],
    "indicators/targets/metadata.html": [("sang", "/muc-tieu/I.12/mo-ta/")],
    "indicators/analysis/quality/draw.html": [("sang", "/chat-luong/kiem-tra/rut-mau/")],
    "indicators/analysis/quality/finding.html": [("sang", "/chat-luong/kiem-tra/1/1/")],
    "reports/dashboards/results_ranking_rules.html": [("sang", "/xep-hang/ket-qua/cach-xep/")],
    "reports/documents/releases/edit.html": [("sang", "/ky-bao-cao/phat-hanh/")],
    "conclusions/give.html": [("sang", "/ket-luan/them/?muc-tieu=I.12")],
    "conclusions/conclusion.html": [("sang", "/ket-luan/1/")],
    "conclusions/directing/edit.html": [("sang", "/ket-luan/van-ban/them/")],
    "reports/documents/own_templates/own_templates.html": [("sang", "/bao-cao/bieu-mau/")],
    "reports/documents/mailings/edit.html": [("sang", "/bao-cao/gui-qua-thu/them/")],
    "data_calls/compose.html": [("sang", "/dot-xuat/them/")],
    "data_calls/call.html": [("sang", "/dot-xuat/1/")],
    "data_calls/answer.html": [("an", "/dot-xuat/1/x10528/")],
    "indicators/targets/commitments/assign.html": [("sang", "/cam-ket/1/")],
    "indicators/targets/target_rules/edit.html": [("sang", "/quy-tac/them/"), ("sang", "/quy-tac/1/")],
    "exchange/system.html": [("sang", "/ket-noi/1/")],
    "exchange/systems.html": [("an", "/ket-noi/")],
    "exchange/webhook.html": [("an", "/ket-noi/2/su-kien/")],
    "plans/copy.html": [("sang", "/ke-hoach/2023/sao-chep/")],
    "plans/plan.html": [("sang", "/ke-hoach/2023/")],
    "projects/amend.html": [("sang", "/du-an/bo-sung/"), ("sang", "/du-an/I-23/sua/")],
    "projects/withdraw.html": [("sang", "/du-an/I-23/rut/")],
    "projects/progress_form.html": [("lan", "/du-an/bao-cao/2023-08/I-23/")],
    "reports/documents/draft.html": [("sang", "/bao-cao/{draft}/soan/")],
    "reports/documents/letterheads/edit.html": [("sang", "/bao-cao/mau-ban-hanh/them/")],
    "reports/documents/report.html": [("sang", "/bao-cao/{issued}/")],
    "reports/dashboards/saved_views.html": [("an", "/da-luu/?trang-nay=/tong-quan/")],
}
# The sheet keeps its rows by itself; nobody is signed in at the login, and a password or a code is never kept; the first day's
# forms stand where there is no plan (tests/browser/test_setup.py fills them in); what was posted is carried by the page that asks
# for the password again.
OTHERS = {
    "indicators/submissions/entry.html",
    "agencies/confirm.html",
    "agencies/login.html",
    "agencies/sign_in_code.html",
    "agencies/second_factor.html",
    "agencies/password_change.html",
    "admin/agencies/user/issue_password.html",
    "plans/setup/plan.html",
    "plans/setup/province.html",
}
# Forms with buttons, choices, files alone.
WITHOUT_TEXT = {
    "projects/progress_list.html",
    "admin/base_site.html",
    "agencies/account.html",
    "agencies/bulk_accounts.html",
    "agencies/names.html",
    "components/_removed.html",
    "plans/accounts/list.html",
    "admin/agencies/user/change_form.html",
    "agencies/slips.html",
    "core/jobs/job.html",
    "indicators/review/follow_ups.html",
    "exchange/open_data/overview.html",
    "data_calls/preview.html",
    "reports/documents/own_templates/own_template.html",
    "reports/documents/mailings/mailings.html",
    "reports/documents/mailings/refuse.html",
    "agencies/logout.html",
    "core/notifications/notification_list.html",
    "base.html",
    "guide/practice.html",
    "indicators/submissions/_parts.html",
    "indicators/submissions/_withdraw.html",
    "indicators/submissions/attachments.html",
    "indicators/submissions/summary.html",
    "indicators/review/_undo.html",
    "indicators/review/queue.html",
    "indicators/workbooks/file.html",
    "indicators/workbooks/workbooks.html",
    "plan_workbook/figures.html",
    "plan_workbook/file.html",
    "plan_workbook/workbook.html",
    "plans/accounts/page.html",
    "plans/setup/tree.html",
    "reports/dashboards/charge.html",
    "reports/documents/preview.html",
    "reports/documents/releases/feed.html",
}
POSTED = re.compile(r'<form\b[^>]*method="post"[^>]*>.*?</form>', re.DOTALL)
TEXT = re.compile(r'<textarea|<input[^>]*type="(?:text|date|number|email|tel|url|search)"|_field\.html|_control\.html')


def test_every_template_with_a_form_is_known():
    with_forms = {
        str(path.relative_to(TEMPLATES)): "".join(POSTED.findall(path.read_text()))
        for path in TEMPLATES.rglob("*.html")
        if POSTED.search(path.read_text())
    }
    assert set(with_forms) == {*FORMS, *OTHERS, *WITHOUT_TEXT}
    assert [name for name in WITHOUT_TEXT if TEXT.search(with_forms[name])] == []


@pytest.mark.parametrize("template", FORMS)
def test_every_form_with_a_text_field_has_the_habit(template):
    source = (TEMPLATES / template).read_text()
    assert '{% extends "base.html" %}' in source and "block keeping" not in source
    # `data-draft` marks the entry sheet, which the script leaves alone.
    assert not re.search(r"\sdata-draft[\s=>]", source)


def test_both_frames_bring_the_script_and_the_note():
    for frame in ("base.html", "admin/base_site.html"):
        assert SCRIPT in (TEMPLATES / frame).read_text()
        assert "form_drafts.html" in (TEMPLATES / frame).read_text()
    bare = [path.name for path in TEMPLATES.rglob("*.html") if "{% block keeping %}{% endblock %}" in path.read_text()]
    assert bare == ["entry.html"]


@pytest.fixture
def client(db):
    tree = factories.make_tree()
    person = factories.person("sang", tree["s1"], Role.STANDING)
    client = Client()
    client.force_login(person)
    return client


DRAFT = "0123456789abcdef01234567"


def told(response):
    """Return what the answer tells the browser of the draft: 1 taken, 0 refused, None nothing."""
    cookie = response.cookies.get(f"ban-nhap-{DRAFT}")
    return cookie and cookie.value


def test_a_draft_that_was_taken_is_told_and_one_that_was_not_is_not(client):
    factories.make_plan()
    day = {"draft": DRAFT, "day": "06/11/2023", "is_worked": "0", "name": "Nghỉ bù"}
    taken = client.post("/ky-bao-cao/ngay-nghi/", day)
    assert (taken.status_code, told(taken)) == (302, "1")
    # Led on with an error is not taken, nor is a form that is shown again.
    refused = client.post("/ky-bao-cao/ngay-nghi/", day | {"day": "hôm nào"})
    assert (refused.status_code, told(refused)) == (302, "0")
    again = client.post("/ky-bao-cao/gia-han/cho/", {"draft": DRAFT, "reason": "Mất điện"})
    assert (again.status_code, told(again)) == (422, "0")
    # The name is the script's own, or there is no cookie.
    odd = client.post("/ky-bao-cao/ngay-nghi/", day | {"draft": "x; path=/", "day": "07/11/2023"})
    assert [name for name in odd.cookies if name.startswith("ban-nhap")] == []


def test_of_a_draft_whose_request_failed_nothing_is_told(client, monkeypatch):
    factories.make_plan()
    client.raise_request_exception = False

    def fail(*arguments):
        raise RuntimeError

    monkeypatch.setattr(views, "redirect", fail)
    failed = client.post(
        "/ky-bao-cao/ngay-nghi/", {"draft": DRAFT, "day": "06/11/2023", "is_worked": "0", "name": "Nghỉ bù"}
    )
    assert (failed.status_code, told(failed)) == (500, None)


def test_after_an_ended_session_one_is_led_back_to_the_page_with_the_form(client):
    page = "http://testserver/ky-bao-cao/sua/?ky=2023-08"
    client.cookies.clear()
    asked = client.post("/ky-bao-cao/ngay-nghi/", {"draft": DRAFT}, headers={"referer": page})
    assert asked.url == "/dang-nhap/?next=/ky-bao-cao/sua/%3Fky%3D2023-08"
    assert told(asked) == "0"
    for foreign in ("https://evil.example/x", "http://testserver.evil.example/", "//evil", "\x00", ""):
        asked = client.post("/ky-bao-cao/ngay-nghi/", {}, headers={"referer": foreign})
        assert asked.url == "/dang-nhap/?next=/ky-bao-cao/ngay-nghi/"


def test_an_old_form_is_refused_and_leads_back_to_its_page(client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    page = "http://testserver/ky-bao-cao/sua/"
    refused = strict.post("/ky-bao-cao/ngay-nghi/", {"draft": DRAFT}, headers={"referer": page})
    assert (refused.status_code, told(refused)) == (403, "0")
    words = refused.content.decode()
    assert 'href="/ky-bao-cao/sua/"' in words and "data-has-drafts" in words and "Chưa lưu gì" in words
