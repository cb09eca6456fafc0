"""Parts that another app puts into a report: sent, returned and reopened with the report."""

import pytest

from agencies.roles import Role
from indicators import errors
from indicators.models import ReturnReason, State
from indicators.submissions import editing, locks, parts, workflow
from tests import factories

SENT_BACK = locks.ReasonForReturn(ReturnReason.WINDOW, " Thiếu ngày. ")

pytestmark = pytest.mark.django_db


class Recorder:
    """An enclosure that writes down what it was asked."""

    def __init__(self, held=False):
        self.held, self.acts = held, []

    def contents(self, agency, period, submission):
        return parts.PartContents("Việc", (parts.PartItem("I-3", "V.I.3", "Việc 3", "xong"),), "/", "/")

    def label_of(self, code):
        return f"V.{code.replace('-', '.')}"

    def is_in(self, submission):
        return self.held

    def copy(self, versions, *, by):
        self.acts += [("copy", old.version, new.version, by.username) for old, new in versions]

    def unsettled(self, versions):
        return {newest.pk: "Việc 3" for newest, official in versions if self.held}

    def send_back(self, submission, reasons):
        self.acts.append(("send_back", dict(reasons)))

    def sent(self, submission):
        self.acts.append(("sent", submission.version))


@pytest.fixture
def world(monkeypatch, moment):
    monkeypatch.setattr(parts, "registered_parts", [])
    tree = factories.make_tree(departments=1, districts=1, communes=1)
    plan = factories.make_plan()
    period = factories.period(plan, 8)
    focal = factories.person("dm", tree["x11"], Role.FOCAL)
    reviewer = factories.person("duyet", tree["h1"], Role.REVIEWER)
    return tree["x11"], period, focal, reviewer


def test_a_report_of_nothing_but_an_enclosure_can_be_sent(world):
    agency, period, focal, _ = world
    report = editing.open_report(agency=agency, period=period, by=focal)
    parts.register(Recorder())
    with pytest.raises(errors.ActionNotAllowed, match="chưa có số nào"):
        workflow.submit(submission=report, by=focal)
    parts.register(Recorder(held=True))
    assert workflow.submit(submission=report, by=focal).state == State.SUBMITTED


def test_it_goes_with_the_report_through_return_and_reopening(world):
    agency, period, focal, reviewer = world
    recorder = Recorder(held=True)
    parts.register(recorder)
    report = editing.open_report(agency=agency, period=period, by=focal)
    workflow.submit(submission=report, by=focal)
    workflow.return_report(submission=report, by=reviewer, reason="Sai.", parts={"I-3": SENT_BACK})
    workflow.submit(submission=report, by=focal)
    workflow.approve(submission=report, by=reviewer)
    workflow.reopen(submission=report, by=reviewer, reason="Bổ sung")
    assert recorder.acts == [
        ("sent", 1),
        ("send_back", {"I-3": "Sai kỳ số liệu. Thiếu ngày."}),
        ("sent", 1),
        ("copy", 1, 2, "duyet"),
    ]


def test_registered_twice_is_there_once(world):
    recorder = Recorder()
    parts.register(recorder)
    parts.register(recorder)
    assert parts.every() == [recorder]
