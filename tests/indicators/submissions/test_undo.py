"""Taking a decision back: the report and the sums are as before, and nothing else that happened is lost."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.audit.services import audit
from core.notifications.models import Notification
from indicators.audit_acts import FigureAct
from indicators.errors import ActionNotAllowed
from indicators.models import Basis, PendingRollup, ReturnedFigure, ReturnReason, Rollup, State, Submission
from indicators.rollups import engine
from indicators.submissions import editing, undo, workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.validation import Figures
from tests import factories, worlds

BACK = ReasonForReturn(ReturnReason.NUMERATOR, "Xem lại.")


@worlds.shared(at=factories.AT, uses=["moment"])
def world():
    """August's report of x11 with I.1 30/100 and I.2 40/100 waits."""
    tree = factories.make_tree(departments=0, districts=1, communes=1)
    plan = factories.make_plan()
    first, second = (factories.target(plan, code, [tree["x11"]]) for code in ("I.1", "I.2"))
    people = SimpleNamespace(
        focal=factories.person("an", tree["x11"], Role.FOCAL),
        reviewer=factories.person("dung", tree["h1"], Role.REVIEWER),
        colleague=factories.person("giang", tree["h1"], Role.REVIEWER),
    )
    report = factories.report(
        tree["x11"],
        factories.period(plan, 8),
        {first: (30, 100), second: (40, 100)},
        state=State.SUBMITTED,
        submitted_by=people.focal,
    )
    return SimpleNamespace(plan=plan, first=first, second=second, report=report, people=people)


def stored(report):
    """All that is stored of a report's versions but their revisions, and of their figures."""
    fields = [field.attname for field in Submission._meta.concrete_fields if field.attname != "revision"]
    versions = Submission.objects.filter(agency=report.agency, period=report.period).order_by("version")
    figures = [actual for version in versions for actual in version.actuals.order_by("pk").values()]
    return list(versions.values(*fields)), figures, list(ReturnedFigure.objects.values())


def sums(world):
    engine.rebuild(world.plan)
    PendingRollup.objects.all().delete()
    rows = Rollup.objects.filter(period=world.report.period, scope="own", target=world.first)
    return {row.basis: row.numerator and int(row.numerator) for row in rows}


def approve(world):
    return workflow.approve(submission=world.report, by=world.people.reviewer)


def return_one(world):
    return workflow.return_report(
        submission=world.report, by=world.people.reviewer, reason="Sửa I.1.", cells={world.first.pk: BACK}
    )


def return_all(world):
    return workflow.return_report(submission=world.report, by=world.people.reviewer, reason="Xem lại cả phiếu.")


def take_back(world, decided, by=None):
    return undo.undo_decision(submission=decided, by=by or world.people.reviewer, revision=decided.revision)


@pytest.mark.parametrize("decide", [approve, return_one, return_all])
def test_everything_is_as_before(world, moment, decide):
    before = stored(world.report)
    assert sums(world) == {Basis.OFFICIAL: None, Basis.PROVISIONAL: 30}
    decided = decide(world)
    assert stored(world.report) != before
    moment.shift(dt.timedelta(seconds=9))
    again = take_back(world, decided)
    assert set(PendingRollup.objects.values_list("target", flat=True)) == {world.first.pk, world.second.pk}
    assert stored(world.report) == before and again.revision > decided.revision
    assert sums(world) == {Basis.OFFICIAL: None, Basis.PROVISIONAL: 30}
    acts = list(AuditEntry.objects.order_by("number").values_list("act", flat=True))[-2:]
    assert acts in (["duyệt phiếu", "hoàn tác duyệt phiếu"], ["trả lại phiếu", "hoàn tác trả lại phiếu"])
    # Nobody has met the notification, so nobody is told; and the same decision can be made anew, and is told then.
    assert not Notification.objects.exists()
    decide(world)
    assert Notification.objects.filter(person=world.people.focal).count() == 1


def test_the_version_before_is_official_again(world):
    approve(world)
    newer = workflow.reopen(submission=world.report, by=world.people.reviewer, reason="Sửa I.1.")
    editing.save_figures(
        submission=newer, figures={world.first: Figures(Decimal(35), Decimal(100))}, by=world.people.focal
    )
    newer = workflow.submit(submission=newer, by=world.people.focal)
    before = stored(world.report)
    assert sums(world) == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: 35}
    decided = workflow.approve(submission=newer, by=world.people.reviewer)
    assert sums(world) == {Basis.OFFICIAL: 35, Basis.PROVISIONAL: 35}
    take_back(world, decided)
    assert stored(world.report) == before
    assert sums(world) == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: 35}


def test_who_has_read_the_notification_is_told(world):
    decided = return_all(world)
    Notification.objects.update(read_at=factories.AT)
    take_back(world, decided)
    told = Notification.objects.exclude(event="returned").get()
    assert (told.person, told.title) == (
        world.people.focal,
        "Quyết định trả lại phiếu tháng 8 năm 2023 đã được hoàn tác",
    )


def test_only_for_a_moment(world, moment):
    decided = approve(world)
    moment.shift(dt.timedelta(seconds=21))
    with pytest.raises(ActionNotAllowed, match="Đã quá 10 giây"):
        take_back(world, decided)


def test_only_by_who_decided(world):
    decided = approve(world)
    with pytest.raises(ActionNotAllowed, match="Chỉ người vừa quyết định"):
        take_back(world, decided, by=world.people.colleague)


def save(world, decided):
    editing.save_figures(
        submission=decided, figures={world.first: Figures(Decimal(31), Decimal(100))}, by=world.people.focal
    )


def send_again(world, decided):
    save(world, decided)
    workflow.submit(submission=decided, by=world.people.focal)


def reopen(world, decided):
    workflow.reopen(submission=decided, by=world.people.colleague, reason="Sửa I.1.")


def attach(world, decided):
    audit(by=world.people.focal, act=FigureAct.ATTACH_EVIDENCE, label="I.1", submission=decided.pk)


def take_back_before(world, decided):
    take_back(world, decided)


@pytest.mark.parametrize(
    ("decide", "since"),
    [
        (return_one, save),
        (return_one, send_again),
        (return_one, attach),
        (approve, reopen),
        (approve, take_back_before),
    ],
)
def test_not_where_something_else_happened_since(world, decide, since):
    decided = decide(world)
    since(world, decided)
    before = stored(world.report)
    with pytest.raises(ActionNotAllowed):
        take_back(world, decided)
    assert stored(world.report) == before
