"""The life of a connection: asked for, granted or refused, given a key, ended; who may, who is told, what is logged."""

import datetime as dt

import pytest

from core.audit.models import AuditEntry
from core.notifications.models import Notification
from exchange import services
from exchange.audit_acts import SystemAct
from exchange.models import ConnectedSystem, Right, SystemState
from indicators.errors import ActionNotAllowed

pytestmark = pytest.mark.django_db
NEXT_YEAR = dt.date(2024, 6, 1)


@pytest.fixture
def asked(connected):
    return services.ask(by=connected.people["binh"], name="Một cửa điện tử", purpose="Nộp số hồ sơ", right=Right.REPORT)


def told(person):
    return list(Notification.objects.filter(person=person).order_by("pk").values_list("title", flat=True))


def test_those_who_decide_are_told(asked, connected):
    assert told(connected.people["khanh"])[-1] == "Đề nghị kết nối hệ thống “Một cửa điện tử”"
    assert told(connected.people["lam"])[-1:] == [
        "Kết nối hệ thống “Phần mềm của lam” được cho phép đến hết ngày 16/06/2024"
    ]
    assert asked.state == SystemState.ASKED
    assert not asked.may_have_key


def test_only_who_fills_in_a_report_asks_to_send_it(connected):
    for name in ("lam", "giang"):
        with pytest.raises(ActionNotAllowed, match="Chỉ đầu mối"):
            services.ask(by=connected.people[name], name="X", purpose="Y", right=Right.REPORT)


def test_granted_it_gives_a_key_to_its_owner_alone(asked, connected):
    services.grant(system=asked, by=connected.people["khanh"], expires_on=NEXT_YEAR)
    assert (
        told(connected.people["binh"])[-1] == "Kết nối hệ thống “Một cửa điện tử” được cho phép đến hết ngày 01/06/2024"
    )
    with pytest.raises(ActionNotAllowed, match="Chỉ người chịu trách nhiệm"):
        services.make_key(system=asked, by=connected.people["khanh"])
    key = services.make_key(system=asked, by=connected.people["binh"])
    asked.refresh_from_db()
    assert asked.works
    assert key.secret not in str(AuditEntry.objects.values_list("detail", flat=True))


def test_refused_its_owner_reads_why(asked, connected):
    with pytest.raises(ActionNotAllowed, match="kèm lý do"):
        services.refuse(system=asked, by=connected.people["khanh"], reason="")
    services.refuse(system=asked, by=connected.people["khanh"], reason="Chưa rõ mục đích.")
    notice = Notification.objects.filter(person=connected.people["binh"]).latest("pk")
    assert (notice.title, notice.text) == ("Kết nối hệ thống “Một cửa điện tử” bị từ chối", "Chưa rõ mục đích.")
    with pytest.raises(ActionNotAllowed, match="đã được trả lời"):
        services.grant(system=asked, by=connected.people["khanh"], expires_on=NEXT_YEAR)


@pytest.mark.parametrize("day", [dt.date(2023, 8, 16), dt.date(2024, 8, 17), dt.date(1, 1, 1)])
def test_it_is_granted_for_a_year_at_most(asked, connected, day):
    with pytest.raises(ActionNotAllowed, match="không quá ngày 16/08/2024"):
        services.grant(system=asked, by=connected.people["khanh"], expires_on=day)


@pytest.mark.parametrize("name", ["binh", "dung", "lam"])
def test_nobody_else_decides(asked, connected, name):
    with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
        services.grant(system=asked, by=connected.people[name], expires_on=NEXT_YEAR)
    with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
        services.refuse(system=asked, by=connected.people[name], reason="Không")


def test_it_is_ended_by_its_owner_or_those_who_decide(connected):
    system = connected.systems["an"]
    with pytest.raises(ActionNotAllowed, match="Chỉ người chịu trách nhiệm"):
        services.end(system=system, by=connected.people["cuc"])
    ended = services.end(system=system, by=connected.people["khanh"])
    assert (ended.state, ended.key_hash, ended.works) == (SystemState.ENDED, "", False)
    with pytest.raises(ActionNotAllowed, match="đã kết thúc"):
        services.end(system=system, by=connected.people["an"])
    with pytest.raises(ActionNotAllowed, match="chưa được cho phép"):
        services.make_key(system=system, by=connected.people["an"])


def test_each_act_is_logged_and_changes_no_page(asked, connected):
    services.grant(system=asked, by=connected.people["khanh"], expires_on=NEXT_YEAR)
    services.make_key(system=asked, by=connected.people["binh"])
    services.end(system=asked, by=connected.people["binh"])
    acts = list(AuditEntry.objects.filter(object_label="Một cửa điện tử").order_by("pk").values_list("act", flat=True))
    assert acts == [SystemAct.ASK, SystemAct.GRANT, SystemAct.MAKE_KEY, SystemAct.END]
    assert not any(act.changes_pages for act in SystemAct)


def test_who_sees_which(connected):
    def seen(name):
        return {row.owner.username for row in ConnectedSystem.objects.visible_to(connected.people[name])}

    assert seen("an") == {"an"}
    assert seen("khanh") == {"an", "cuc", "khanh", "lam"}
    assert seen("dung") == set()
