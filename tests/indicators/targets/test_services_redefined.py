"""Changing a definition tells those who report the target.

I.2 (at least 30%) is reported by the four communes; x11 has two focal points, x21 one, the others none. The district h1 reports
I.1 alone.
"""

import datetime as dt
from decimal import Decimal

import pytest

from agencies.roles import Role
from core.notifications.models import Notification
from indicators.models import Assignment, Target
from indicators.targets import notifications, services
from tests import factories

pytestmark = pytest.mark.once


def redefine(office, by="khanh", **fields):
    target = Target.objects.get(code="I.2")
    for name, value in fields.items():
        setattr(target, name, value)
    return services.change_target(target=target, by=office.people[by], reason="Nghị quyết 12", changes={})


def told():
    return sorted(Notification.objects.values_list("person__username", flat=True))


def test_who_reports_a_target_is_told_of_its_new_threshold(office):
    factories.person("nghi", office.tree["x11"], Role.FOCAL, is_active=False)
    factories.person("duyet-xa", office.tree["x11"], Role.REVIEWER)
    redefine(office, threshold=Decimal("35.5"))
    assert told() == ["an", "binh", "cuc"]
    row = Notification.objects.get(person=office.people["cuc"])
    assert (row.event, row.title) == ("target_redefined", "Ngưỡng của chỉ tiêu I.2 đã đổi")
    assert row.text.replace("\xa0", " ").split("\n") == [
        "Hệ thống thông tin.",
        "Ngưỡng mới: tối thiểu 35,5%.",
        "Lý do: Nghị quyết 12",
        "Tính từ kỳ tháng 1. Số liệu đã nhập giữ nguyên, không phải nhập lại.",
    ]
    assert row.url == "/muc-tieu/I.2/?nam=2023#dinh-nghia"


def test_the_link_opens_the_definition_for_who_was_told(office, as_person):
    redefine(office, threshold=Decimal(35))
    row = Notification.objects.get(person=office.people["cuc"])
    opened = as_person("cuc").post(f"/thong-bao/{row.pk}/", {"act": "open"}, follow=True)
    assert opened.status_code == 200 and 'id="dinh-nghia"' in opened.content.decode()


def test_another_part_of_the_definition_is_not_called_the_threshold(office):
    redefine(office, due=dt.date(2023, 11, 30))
    row = Notification.objects.get(person=office.people["cuc"])
    assert row.title == "Định nghĩa của chỉ tiêu I.2 đã đổi" and "Ngưỡng mới" not in row.text


def test_a_threshold_taken_away_is_told(office):
    redefine(office, threshold=None, comparator="")
    assert "Ngưỡng mới: không đặt." in Notification.objects.get(person=office.people["cuc"]).text


def test_who_does_not_report_it_now_is_not_told(office):
    of_x21 = Assignment.objects.get(target__code="I.2", agency=office.tree["x21"])
    services.exempt(assignment=of_x21, by=office.people["khanh"], reason="Chưa có.", from_day=dt.date(2023, 8, 1))
    redefine(office, threshold=Decimal(35))
    assert told() == ["an", "binh"]


def test_who_changes_it_is_not_told(office):
    office.people["an"].user_roles.create(role=Role.STANDING)
    redefine(office, by="an", threshold=Decimal(35))
    assert told() == ["binh", "cuc"]


def test_a_label_alone_or_a_refused_change_tells_nobody(office):
    redefine(office, label="Hệ thống")
    with pytest.raises(services.ActionNotAllowed):
        redefine(office, threshold=Decimal(-1))
    assert told() == []


def test_once_for_one_definition_and_again_for_the_next(office, django_assert_num_queries):
    redefine(office, threshold=Decimal(35))
    target = Target.objects.get(code="I.2")
    definition = target.definitions.select_related("target__plan").get(number=2)
    with django_assert_num_queries(3):
        notifications.redefined(definition, moves_threshold=True, by=office.people["khanh"])
    assert told() == ["an", "binh", "cuc"]
    redefine(office, threshold=Decimal(30))
    redefine(office, threshold=Decimal(35))
    assert told() == ["an"] * 3 + ["binh"] * 3 + ["cuc"] * 3
