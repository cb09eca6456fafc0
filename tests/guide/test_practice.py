"""The practice month: the entry form over made-up figures, of which nothing is stored."""

import pytest
from django.apps import apps

from agencies.roles import Role
from guide import practice
from indicators.models import Actual, Submission
from indicators.submissions.forms import UNREPORTED
from tests import factories
from tests.page import words

PAGE = "/huong-dan/tap-nhap/"
pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def learner(client):
    client.force_login(factories.person("moi", None, Role.FOCAL))
    return client


def typed(**fields):
    rows = {f"seen-TN.{number}": UNREPORTED for number in range(1, 6)}
    return rows | {name.replace("_", "-", 1).replace("_", "."): value for name, value in fields.items()}


def test_rows_are_kept_in_the_session_and_nowhere_else(learner):
    learner.get(PAGE)
    counts = {model: model._default_manager.count() for model in apps.get_models()}
    answer = learner.post(
        f"{PAGE}o/", typed(numerator_TN_1="120", denominator_TN_1="150", value_TN_4="9", numerator_TN_2="5000")
    )
    said = answer.json()
    assert set(said["rows"]) == {"TN.1", "TN.2", "TN.3", "TN.4", "TN.5"} and said["refusal"] == ""
    assert said["rows"]["TN.1"]["saved"] and not said["rows"]["TN.2"]["saved"]  # half a figure
    assert counts == {model: model._default_manager.count() for model in apps.get_models()}
    assert Submission.objects.count() == Actual.objects.count() == 0
    page = learner.get(PAGE)
    assert "2/5 chỉ tiêu có số" in words(page) and "80%" in words(page)
    assert set(learner.session[practice.KEY]) == {"TN.1", "TN.4"}


def test_rules_of_the_true_form_hold(learner):
    wrong = learner.post(PAGE, typed(numerator_TN_1="200", denominator_TN_1="150", value_TN_4="1,970"))
    said = words(wrong)
    assert "có hai cách đọc" in said and learner.session[practice.KEY] == {}
    odd = learner.post(PAGE, typed(note_TN_4="\x00" * 3, value_TN_4="abc"))
    assert odd.status_code == 200 and "chưa lưu" in words(odd)


def test_trying_to_submit_submits_nothing_and_beginning_again_empties(learner):
    learner.post(PAGE, typed(nothing_TN_1="1", value_TN_4="9"))
    done = words(learner.post(PAGE, {"act": "submit"}))
    assert "Nộp thử xong: 2/5 chỉ tiêu có số" in done and "không phiếu nào được nộp" in done
    assert "còn hỏi lại về 3 chỉ tiêu chưa có số" in done
    assert Submission.objects.count() == 0
    assert learner.post(PAGE, {"act": "again"}).url == PAGE
    assert "0/5 chỉ tiêu có số" in words(learner.get(PAGE))


def test_a_stranger_signs_in_first(client):
    assert client.get(PAGE).url.startswith("/dang-nhap/")
    assert client.post(f"{PAGE}o/").status_code in (302, 403)


def test_it_leads_to_no_true_page_of_figures(learner):
    page = learner.get(PAGE).content.decode()
    assert (
        "/nhap-so-lieu/2000" not in page
        and "/minh-chung/" not in page
        and 'data-cells="/huong-dan/tap-nhap/o/"' in page
    )
