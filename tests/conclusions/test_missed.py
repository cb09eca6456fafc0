"""A target that was missed when it fell due asks its lead for cause, remedy, owner and day, once."""

import datetime as dt

import pytest

from conclusions import services
from conclusions.missed import open_for_missed
from conclusions.models import Conclusion
from conclusions.tasks import follow
from core.notifications.models import Notification
from indicators.errors import ActionNotAllowed
from indicators.models import Basis, Rollup, Scope
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once


@pytest.fixture
def missed(world):
    """I.1 is missed in the province's official figures of July, whose period has closed."""
    return Rollup.objects.create(
        period=factories.period(world.plan, 7),
        target=world.target,
        basis=Basis.OFFICIAL,
        scope=Scope.AREA,
        node="tinh",
        agency=world.tree["tinh"],
        status="missed",
        expected=1,
        reported=1,
        approved=1,
        stale=False,
        is_point=True,
    )


def test_a_missed_target_opens_one_and_only_one(world, missed):
    Rollup.objects.update(status="behind")
    assert open_for_missed() == 0
    Rollup.objects.update(status="missed")
    assert [open_for_missed(), open_for_missed()] == [1, 0]
    opened = Conclusion.objects.get()
    assert (opened.agency.code, opened.due, opened.given_by) == ("s1", dt.date(2023, 8, 26), None)
    assert {row.person.username for row in Notification.objects.all()} == {"an", "binh"}
    with pytest.raises(ActionNotAllowed, match="nguyên nhân, biện pháp, người chịu trách nhiệm"):
        services.answer(conclusion=opened, text="Xong.", by=world.an)


def test_an_order_of_the_leader_takes_no_explanation_away(world, missed):
    world.give(due=dt.date(2023, 8, 20))
    assert open_for_missed() == 1
    assert Conclusion.objects.filter(target=world.target).count() == 2


def test_the_lead_explains_it(as_person, world, missed):
    follow()
    an, address = as_person("an"), Conclusion.objects.get().get_absolute_url()
    assert "Giải trình I.1" in words(an.get("/viec-can-lam/"))
    typed = {
        "cause": "Chưa đủ máy quét",
        "remedy": "Mua thêm",
        "owner": "Ông A, Phó Giám đốc",
        "finish_on": "30/09/2023",
    }
    form = fields(an.get(address)) | {"act": "tra-loi"}
    assert an.post(address, form | typed | {"owner": ""}).status_code == 422
    page = words(an.post(address, form | typed, follow=True))
    assert "Nguyên nhân Chưa đủ máy quét Biện pháp khắc phục Mua thêm" in page
    answer = Conclusion.objects.get().answer
    assert answer.words == (
        "Nguyên nhân: Chưa đủ máy quét. Biện pháp: Mua thêm. Người chịu trách nhiệm: Ông A, Phó Giám đốc; "
        "hoàn thành ngày 30/09/2023."
    )


def test_agencies_are_reminded_before_their_day_and_after_it(world):
    world.give(due=dt.date(2023, 8, 20))
    for day, count in ((16, 0), (17, 2), (18, 2), (21, 4), (22, 4)):
        world.moment.move_to(dt.datetime(2023, 8, day, 2, tzinfo=dt.UTC))
        follow()
        assert Notification.objects.filter(event="conclusion_due").count() == count, day
