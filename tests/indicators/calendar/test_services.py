"""Refusals of the calendar's services that no form of a page can ask for."""

import datetime as dt

import pytest
from django.db import IntegrityError

from core.audit.models import AuditEntry
from core.removed.models import RemovedItem
from indicators.calendar import services
from indicators.errors import ActionNotAllowed
from indicators.models import DayOff, Extension, PendingRollup, State
from tests import factories

pytestmark = pytest.mark.once

UNTIL = dt.date(2023, 8, 25)


def give(office, by="giang", code="x12", **fields):
    asked = {"agency": office.tree[code], "period": office.august, "reason": "Mất điện.", "until": UNTIL}
    return services.give_extension(**asked | fields, by=office.people[by])


def test_more_time_is_given_by_those_who_review_the_agency(office):
    with pytest.raises(ActionNotAllowed, match="không thuộc phạm vi duyệt"):
        give(office, by="hanh")
    assert not Extension.objects.exists()
    assert give(office).until == UNTIL
    assert give(office, by="khanh", code="x21").state == Extension.State.GRANTED


def test_two_requests_at_the_same_moment_are_one(office, monkeypatch):
    def taken(*arguments, **given):
        raise IntegrityError

    monkeypatch.setattr(Extension, "save", taken)
    with pytest.raises(ActionNotAllowed, match="Đã có một đề nghị gia hạn"):
        services.ask_extension(
            agency=office.tree["x12"],
            period=office.august,
            by=factories.person("yen", office.tree["x12"], "focal"),
            reason="Mất điện.",
            until=UNTIL,
        )


def test_a_report_that_waits_for_its_decision_needs_no_more_time(office):
    factories.report(office.tree["x12"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    with pytest.raises(ActionNotAllowed, match="Phiếu đã nộp, đang chờ duyệt"):
        give(office)


def test_an_extension_ends_early_for_a_reason(office):
    extension = give(office)
    with pytest.raises(ActionNotAllowed, match="phải kèm lý do"):
        services.end_extension(extension=extension, by=office.people["giang"], reason=" ")
    extension.refresh_from_db()
    assert extension.until == UNTIL


def test_the_calendar_changes_for_a_reason_and_the_same_days_change_nothing(office):
    khanh, august = office.people["khanh"], office.august
    same = services.Days(*(getattr(august, name) for name in services.Days._fields))
    with pytest.raises(ActionNotAllowed, match="phải kèm lý do"):
        services.change_calendar(plan=office.plan, days={8: same}, by=khanh, reason="")
    before = AuditEntry.objects.count(), PendingRollup.objects.count()
    assert services.change_calendar(plan=office.plan, days={8: same}, by=khanh, reason="Xem lại.") == []
    assert (AuditEntry.objects.count(), PendingRollup.objects.count()) == before


def test_a_day_off_has_a_name(office):
    with pytest.raises(ActionNotAllowed, match="Ghi rõ nội dung"):
        services.set_day_off(day=UNTIL, name=" ", is_worked=False, by=office.people["khanh"])
    assert not DayOff.objects.exists()


def test_a_removed_day_off_comes_back_once(office):
    khanh = office.people["khanh"]
    row = services.set_day_off(day=UNTIL, name="Nghỉ bù", is_worked=False, by=khanh)
    services.remove_day_off(day_off=row, by=khanh)
    (removed,) = RemovedItem.objects.restorable(services.REMOVED_DAY_OFF)
    with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
        services.restore_day_off(removed=removed.pk, by=office.people["an"])
    other = services.set_day_off(day=UNTIL, name="Làm bù", is_worked=True, by=khanh)
    with pytest.raises(ActionNotAllowed, match="đã được ghi lại: .*Làm bù"):
        services.restore_day_off(removed=removed.pk, by=khanh)
    services.remove_day_off(day_off=other, by=khanh)
    back = services.restore_day_off(removed=removed.pk, by=khanh)
    assert (back.day, back.name, back.is_worked) == (UNTIL, "Nghỉ bù", False)
    assert AuditEntry.objects.filter(act="khôi phục ngày nghỉ, ngày làm bù").count() == 1
    with pytest.raises(ActionNotAllowed, match="đã được khôi phục"):
        services.restore_day_off(removed=removed.pk, by=khanh)
