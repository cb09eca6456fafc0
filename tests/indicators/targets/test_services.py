"""Services of targets that no page of its own covers: restored definitions, assignments from groups, refusals."""

import datetime as dt
from decimal import Decimal

import pytest

from indicators.errors import ActionNotAllowed
from indicators.models import Assignment, IndicatorParty, PendingRollup, Target
from indicators.targets import services
from tests import factories

pytestmark = pytest.mark.once


def save(target, by, reason="Nghị quyết.", **changes):
    for name, value in changes.items():
        setattr(target, name, value)
    return services.change_target(target=target, by=by, reason=reason, changes={})


def test_a_definition_needs_a_reason_and_must_hold_together(office):
    target, khanh = office.targets["I.1"], office.people["khanh"]
    with pytest.raises(ActionNotAllowed, match="phải kèm lý do"):
        save(target, khanh, reason=" ", threshold=Decimal(70))
    with pytest.raises(ActionNotAllowed):
        save(target, khanh, threshold=Decimal(170))
    assert Target.objects.get(pk=target.pk).definition_number == 1


def test_an_earlier_definition_is_restored_and_the_plans_own_counts_as_never_changed(office):
    target, khanh = Target.objects.get(pk=office.targets["I.1"].pk), office.people["khanh"]
    before = target.threshold, target.due
    save(target, khanh, threshold=Decimal(70), due=dt.date(2023, 10, 31))
    save(target, khanh, threshold=Decimal(60))
    assert (target.definition_number, target.definitions.count()) == (3, 3)
    PendingRollup.objects.all().delete()
    services.restore_definition(target=target, definition=target.definitions.get(number=2), reason="Gỡ thử.")
    assert (target.threshold, target.due, target.definition_number) == (70, dt.date(2023, 10, 31), 2)
    services.restore_definition(target=target, definition=target.definitions.get(number=1), reason="Gỡ thử.")
    stored = Target.objects.get(pk=target.pk)
    assert ((stored.threshold, stored.due), stored.definition_number, stored.defined_at) == (before, 1, None)
    assert not stored.definitions.filter(number=1).exists() and PendingRollup.objects.exists()


def test_an_indicator_is_corrected_for_a_reason_by_those_who_define(office):
    indicator = office.targets["I.1"].indicator
    for by, reason, said in (("khanh", " ", "phải kèm lý do"), ("an", "Lỗi in.", "không sửa được chỉ tiêu")):
        with pytest.raises(ActionNotAllowed, match=said):
            services.correct_indicator(indicator=indicator, text="Sửa", reason=reason, by=office.people[by])


def test_an_assignment_changes_for_a_reason(office):
    with pytest.raises(ActionNotAllowed, match="phải kèm lý do"):
        services.change_assignment(assignment=Assignment.objects.first(), by=office.people["khanh"], reason="")
    assignment = office.targets["II.2"].assignments.get(agency=office.tree["x12"])
    assignment.last_day = dt.date(2023, 6, 30)
    services.change_assignment(assignment=assignment, by=office.people["khanh"], reason="Giao lại.")
    assert Assignment.objects.get(pk=assignment.pk).last_day == dt.date(2023, 6, 30)
    assert PendingRollup.objects.exists()


def test_groups_of_reporters_are_assigned_once(office):
    target = factories.target(office.plan, "IX.1", [], reporters_group="@lead|@districts")
    parties = IndicatorParty.objects
    parties.create(indicator=target.indicator, part=IndicatorParty.Part.LEAD, agency=office.tree["s1"])
    parties.create(indicator=target.indicator, part=IndicatorParty.Part.LEAD, group="@communes")
    Target.objects.exclude(pk=target.pk).update(reporters="")
    made = services.assign(services.pairs_from_groups(office.plan), by=None, reason="từ nhóm báo cáo")
    assert len(made) == 3
    assert set(target.assignments.values_list("agency__code", flat=True)) == {"s1", "h1", "h2"}
    assert target.assignments.first().history.get().history_change_reason == "từ nhóm báo cáo"
