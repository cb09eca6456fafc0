"""A data call's life: composed, sent, extended, withdrawn, closed, copied; reminders, successors, tasks of every morning."""

import datetime as dt

import pytest

from agencies.models import Succession
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from data_calls import services, tasks
from data_calls.audience import Audience, without_people
from data_calls.models import AnswerState, CallReminder, DataCall
from indicators.errors import ActionNotAllowed, EditConflict
from tests.data_calls.conftest import DUE

pytestmark = pytest.mark.once


def codes(agencies):
    return [agency.code for agency in agencies]


def told(event):
    return sorted(Notification.objects.filter(event=event).values_list("person__username", flat=True))


def test_who_is_asked(world):
    assert codes(Audience(levels=("department",)).members()) == ["s1", "s2"]
    assert codes(Audience(districts=("h1",)).members()) == ["x11", "x12"]
    both = Audience(levels=("department",), districts=("h1",), agencies=("s1", "h1"))
    assert codes(both.members()) == ["s1", "s2", "h1", "x11", "x12"]
    assert codes(Audience(levels=("province",), agencies=("tinh",)).members()) == []
    assert Audience.read(both.stored) == both
    assert codes(without_people(Audience(levels=("commune", "district")).members())) == []
    world.ban.user_roles.all().delete()
    assert codes(without_people(both.members())) == ["x12"]


def test_it_is_composed_and_sent(world):
    call = world.compose()
    assert call.is_draft and [field.position for field in call.fields.all()] == [1, 2, 3, 4, 5]
    again = services.compose(
        plan=world.plan,
        content=services.Content(
            kind="thematic", title="Khác", text="Khác.", due=DUE, fields=[{"label": "Một", "kind": "text"}]
        ),
        call=call,
        by=world.son,
        seen=0,
    )
    assert [field.label for field in again.fields.all()] == ["Một"] and again.made_by == world.so
    with pytest.raises(EditConflict):
        services.send(call=again, by=world.so, seen=0)
    with pytest.raises(ActionNotAllowed, match="Chưa chọn đơn vị nào"):
        services.send(call=again, by=world.so)
    sent = world.sent()
    assert sorted(sent.answers.values_list("agency__code", flat=True)) == ["s1", "x11"]
    assert told("data_call_asked") == ["an", "xa"]
    with pytest.raises(ActionNotAllowed, match="không sửa câu hỏi được nữa"):
        services.compose(plan=world.plan, content=services.Content("urgent", "a", "b", DUE), call=sent, by=world.so)
    with pytest.raises(ActionNotAllowed, match="đã gửi trước đó"):
        services.send(call=sent, by=world.so)
    with pytest.raises(ActionNotAllowed, match="rút kèm lý do"):
        services.drop(call=sent, by=world.so)
    services.drop(call=again, by=world.so)
    assert DataCall.objects.get() == sent


def test_what_is_refused(world):
    for person in (world.an, world.lam, world.quan):
        with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
            services.send(call=world.compose(), by=person)
    with pytest.raises(ActionNotAllowed, match="Hạn nộp phải từ hôm nay"):
        world.sent(due=dt.date(2023, 8, 15))
    with pytest.raises(ActionNotAllowed, match="chưa có câu hỏi"):
        world.sent(fields=())
    with pytest.raises(ActionNotAllowed, match="tối đa 40 câu hỏi"):
        world.compose(fields=[{"label": "Một", "kind": "text"}] * 41)
    world.plan.state = "closed"
    world.plan.save()
    with pytest.raises(ActionNotAllowed, match="đã khóa"):
        world.compose()


def test_extended_withdrawn_closed_copied(world):
    call = world.sent()
    world.submit(call, "s1", world.an)
    later = DUE + dt.timedelta(days=5)
    with pytest.raises(ActionNotAllowed, match="phải sau hạn đang có"):
        services.extend(call=call, due=DUE, reason="Bão.", by=world.so)
    call = services.extend(call=call, due=later, reason="Bão.", by=world.so)
    assert (call.due, told("data_call_changed")) == (later, ["xa"])  # s1 has answered
    with pytest.raises(ActionNotAllowed, match="Ghi rõ lý do"):
        services.withdraw(call=call, reason=" ", by=world.so)
    copied = services.copy(call=call, plan=world.plan, by=world.son)
    assert copied.is_draft and copied.due == later and copied.audience == call.audience
    assert [field.label for field in copied.fields.all()] == [field.label for field in call.fields.all()]
    call = services.withdraw(call=call, reason="Trùng yêu cầu của Bộ.", by=world.so)
    assert told("data_call_changed") == ["xa", "xa"] and call.state_words(DUE) == "Đã rút"
    with pytest.raises(ActionNotAllowed, match="không còn thu nữa"):
        services.close(call=call, by=world.so)
    assert services.close(call=services.send(call=copied, by=world.so), by=world.so).state == "closed"
    entry = AuditEntry.objects.filter(act="rút yêu cầu báo cáo").get()
    assert entry.detail["changes"] == {"tình trạng": ["Đang thu", "Đã rút"]}


def test_it_is_reminded_once_a_day(world):
    call = world.sent()
    world.submit(call, "s1", world.an)
    assert [one.answer.agency.code for one in services.remind(call=call, by=world.so)] == ["x11"]
    assert services.remind(call=call, by=world.son) == []
    assert told("data_call_reminded") == ["xa"] and CallReminder.objects.get().recipients == 1
    world.moment.shift(dt.timedelta(days=1))
    assert len(services.remind(call=call, by=world.so)) == 1
    assert told("data_call_reminded") == ["xa", "xa"]


def test_successors_of_an_agency_that_ended_are_asked(world):
    """x11 goes into x12 on 20 August, before it answered; s1, which is asked already, is not asked twice."""
    call = world.sent()
    old, new = world.tree["x11"], world.tree["x12"]
    old.last_day = dt.date(2023, 8, 19)
    old.save()
    for after in (new, world.tree["s1"]):
        Succession.objects.create(before=old, after=after, first_day=dt.date(2023, 8, 20), way="split")
    world.moment.move_to(dt.datetime(2023, 8, 20, 2, tzinfo=dt.UTC))
    tasks.follow()
    tasks.follow()
    states = {answer.agency.code: answer for answer in call.answers.select_related("agency", "asked_for")}
    assert {code: answer.state for code, answer in states.items()} == {
        "s1": AnswerState.WAITING,
        "x11": AnswerState.MOVED,
        "x12": AnswerState.WAITING,
    }
    assert states["x12"].asked_for == old and told("data_call_asked") == ["an", "ban", "xa"]


def test_every_morning_who_owes_is_told_once_before_the_day_and_once_after(world):
    call = world.sent()
    world.submit(call, "s1", world.an)
    tasks.follow()
    assert told("data_call_due") == []
    for day in (24, 25, 26, 27):  # the day before, the day itself; two days after
        world.moment.move_to(dt.datetime(2023, 8, day, 2, tzinfo=dt.UTC))
        tasks.follow()
    assert told("data_call_due") == ["xa", "xa"]


def test_a_call_that_was_withdrawn_meanwhile_asks_no_successor(world):
    """The morning's task read the call while it ran."""
    call = world.sent()
    old, new = world.tree["x11"], world.tree["x12"]
    old.last_day = dt.date(2023, 8, 19)
    old.save()
    Succession.objects.create(before=old, after=new, first_day=dt.date(2023, 8, 20), way="merge")
    world.moment.move_to(dt.datetime(2023, 8, 20, 2, tzinfo=dt.UTC))
    services.withdraw(call=call, reason="Trùng.", by=world.so)
    assert services.hand_over(call) == 0 and call.answers.count() == 2
