"""Giving a conclusion, answering it and deciding on the answer: who may, what is refused, who is told, what the log says."""

import datetime as dt

import pytest

from conclusions import services
from conclusions.models import Conclusion, ConclusionState, ConclusionStep
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Plan, PlanState
from tests.conclusions.conftest import TODAY

pytestmark = pytest.mark.once

Kind = ConclusionStep.Kind


def told(event):
    return {row.person.username for row in Notification.objects.filter(event=event).select_related("person")}


def test_an_order_from_giving_to_closing(world):
    given = world.give()
    assert (given.state, given.state_words(TODAY)) == (ConclusionState.OPEN, "Đang thực hiện, còn 15 ngày")
    assert told("conclusion_given") == {"an", "binh"}
    answered = services.answer(conclusion=given, text="Còn 12 hồ sơ.", by=world.an, seen=0)
    assert (answered.state, told("conclusion_answered")) == (ConclusionState.ANSWERED, {"lam"})
    sent = services.decide(
        conclusion=given, kind=Kind.SEND_BACK, text="Nêu ngày xong.", due=dt.date(2023, 9, 5), by=world.so, seen=1
    )
    assert (sent.state, sent.due) == (ConclusionState.OPEN, dt.date(2023, 9, 5))
    services.answer(conclusion=given, text="Xong ngày 1/9.", by=world.binh, seen=2)
    closed = services.decide(conclusion=given, kind=Kind.CLOSE, by=world.lam, seen=3)
    assert closed.state_words(TODAY) == "Đã kết thúc" and closed.answer.text == "Xong ngày 1/9."
    assert [step.kind for step in closed.steps.all()] == ["answer", "send_back", "answer", "close"]
    assert Notification.objects.filter(event="conclusion_decided", person=world.an).count() == 2
    acts = list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))
    assert acts == [
        "ra ý kiến chỉ đạo",
        "trả lời ý kiến chỉ đạo",
        "yêu cầu thực hiện tiếp ý kiến chỉ đạo",
        "trả lời ý kiến chỉ đạo",
        "kết thúc ý kiến chỉ đạo",
    ]
    entry = AuditEntry.objects.order_by("pk").first()
    assert entry.object_label.startswith("Ý kiến chỉ đạo về I.1 ")
    assert entry.detail["changes"] == {"giao": ["", "Đơn vị s1, hạn 31/08/2023"]}


@pytest.mark.parametrize("name", ["an", "binh", "cuc", "dung", "xa", "quan"])
def test_only_leaders_and_the_standing_agency_give_and_decide(world, name):
    with pytest.raises(ActionNotAllowed, match="Chỉ lãnh đạo và cơ quan thường trực"):
        world.give(by=getattr(world, name))
    given = world.give()
    services.answer(conclusion=given, text="Xong.", by=world.an)
    with pytest.raises(ActionNotAllowed, match="Chỉ lãnh đạo và cơ quan thường trực"):
        services.decide(conclusion=given, kind=Kind.CLOSE, by=getattr(world, name))


@pytest.mark.parametrize("name", ["cuc", "dung", "xa", "so", "lam", "quan"])
def test_only_the_agency_itself_answers(world, name):
    with pytest.raises(ActionNotAllowed, match="Chỉ đơn vị được giao"):
        services.answer(conclusion=world.give(), text="Xong.", by=getattr(world, name))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"text": " "}, "Ghi nội dung"),
        ({"due": dt.date(2023, 8, 15)}, "Hạn phải từ hôm nay"),
        ({"due": dt.date(2024, 8, 17)}, "đến 16/08/2024"),
    ],
)
def test_what_is_refused(world, asked, says):
    with pytest.raises(ActionNotAllowed, match=says):
        world.give(**asked)
    assert not Conclusion.objects.exists()


def test_what_does_not_fit_the_state_is_refused(world):
    given = world.give()
    with pytest.raises(ActionNotAllowed, match="chưa trả lời"):
        services.decide(conclusion=given, kind=Kind.CLOSE, by=world.lam)
    with pytest.raises(ActionNotAllowed, match="Ghi rõ lý do"):
        services.decide(conclusion=given, kind=Kind.WITHDRAW, by=world.lam)
    services.answer(conclusion=given, text="Xong.", by=world.an)
    with pytest.raises(ActionNotAllowed, match="không chờ trả lời"):
        services.answer(conclusion=given, text="Xong nữa.", by=world.an)
    with pytest.raises(ActionNotAllowed, match="Chọn hạn mới"):
        services.decide(conclusion=given, kind=Kind.SEND_BACK, text="Chưa đủ.", by=world.lam)
    with pytest.raises(EditConflict):
        services.decide(conclusion=given, kind=Kind.CLOSE, by=world.lam, seen=0)
    services.decide(conclusion=given, kind=Kind.WITHDRAW, text="Giao nhầm.", by=world.lam)
    with pytest.raises(ActionNotAllowed, match="đã kết thúc hoặc đã rút"):
        services.decide(conclusion=given, kind=Kind.WITHDRAW, text="Nữa.", by=world.lam)


def test_nobody_closes_their_own_answer(world):
    given = world.give(agency=world.tree["s2"])
    world.so.user_roles.create(role="focal")
    world.so.__dict__.pop("_roles", None)
    services.answer(conclusion=given, text="Xong.", by=world.so)
    with pytest.raises(ActionNotAllowed, match="không tự kết thúc"):
        services.decide(conclusion=given, kind=Kind.CLOSE, by=world.so)
    assert services.decide(conclusion=given, kind=Kind.CLOSE, by=world.lam).state == ConclusionState.CLOSED


def test_a_closed_plan_takes_nothing(world):
    given = world.give()
    Plan.objects.update(state=PlanState.CLOSED)
    with pytest.raises(ActionNotAllowed, match="đã khóa"):
        services.answer(conclusion=given, text="Xong.", by=world.an)
    with pytest.raises(ActionNotAllowed, match="đã khóa"):
        world.give()
