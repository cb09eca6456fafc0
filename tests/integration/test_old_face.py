"""Text typed for an old face (TCVN3), which nobody else can read, is sent back at every door, with what to do."""

import datetime as dt

import pytest

from agencies.models import Agency
from core.fields import TextField
from indicators.errors import ActionNotAllowed
from indicators.models import Comment, CommentKind, State, Submission
from indicators.reorganisation import services as reorganisation
from indicators.review import comments
from reports.documents import model, services
from tests.page import fields, words

pytestmark = pytest.mark.once

OLD = "Sè liÖu th¸ng 8"
ADVICE = "chuyển mã sang Unicode"


def test_a_line_of_a_form():
    with pytest.raises(Exception, match=ADVICE):
        TextField().clean(OLD)


def test_a_comment(province):
    report = Submission.objects.get(agency__code="x21", period=province.periods[8])
    said = {"submission": report, "target": province.targets["I.1"], "kind": CommentKind.COMMENT}
    with pytest.raises(ActionNotAllowed, match=ADVICE):
        comments.add_comment(**said, text=OLD, by=province.people["cuc"])
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"code": "other", "reason": OLD},
        {"decision-I.1": "return", "code-I.1": "other", "reason-I.1": OLD},
        {"decision-I.1": "return", "code-I.1": "other", "reason-I.1": "Số sai.", "reason": OLD},
    ],
)
def test_a_reason_of_a_return(as_person, province, typed):
    report = Submission.objects.get(agency__code="x12", period=province.periods[8])
    Submission.objects.filter(pk=report.pk).update(state=State.SUBMITTED, is_official=False)
    address = f"/duyet/{report.pk}/"
    page = as_person("dung").post(address, fields(as_person("dung").get(address)) | typed | {"act": "return"})
    assert page.status_code == 422 and ADVICE in words(page)
    report.refresh_from_db()
    assert report.state == State.SUBMITTED


def test_a_sentence_and_a_reason_of_a_report(drafted, published, province):
    khanh = province.people["khanh"]
    version = drafted()
    with pytest.raises(model.BadSentence, match=ADVICE):
        services.edit(version=version, revision=0, typed={"them-kien-nghi": OLD}, by=khanh)
    with pytest.raises(ActionNotAllowed, match=ADVICE):
        services.correct(report=published("2023-07").report, reason=OLD, by=khanh)


def test_a_reason_of_a_reorganisation(province):
    tree, quan, day = province.tree, province.people["quan"], dt.date(2024, 1, 1)
    with pytest.raises(ActionNotAllowed, match=ADVICE):
        reorganisation.move_accounts(people=[], to=tree["x11"], by=quan, reason=OLD)
    with pytest.raises(ActionNotAllowed, match=ADVICE):
        reorganisation.move_agency(agency=tree["x11"], parent=tree["h2"], from_day=day, by=quan, reason=OLD)
    with pytest.raises(ActionNotAllowed, match=ADVICE):
        reorganisation.close_agency(agency=tree["x11"], last_day=day, by=quan, reason=OLD)
    assert not Agency.objects.exclude(last_day=None).exists()
