"""The demonstration year does not touch real data."""

import pytest
from django.core.management import CommandError, call_command

from agencies.models import User
from demo.models import DemoYear
from indicators.models import Actual
from tests import factories

pytestmark = pytest.mark.django_db


def test_without_a_plan_there_is_nothing_to_illustrate():
    with pytest.raises(CommandError, match="Chưa có kế hoạch"):
        call_command("load_demo")


def test_it_neither_joins_nor_removes_real_figures():
    tree = factories.make_tree()
    plan = factories.make_plan()
    one = factories.target(plan, reporters=[tree["x11"]])
    factories.report(tree["x11"], factories.period(plan, 7), {one: (30, 100)})
    with pytest.raises(CommandError, match="đã có số liệu thật"):
        call_command("load_demo")
    with pytest.raises(CommandError, match="không có số liệu minh họa"):
        call_command("clear_demo", "--yes")
    assert Actual.objects.get().numerator == 30
    assert not User.objects.exists()


def test_it_does_not_take_a_real_persons_name():
    factories.make_tree()
    factories.make_plan()
    factories.person("quantri")
    with pytest.raises(CommandError, match="quantri"):
        call_command("load_demo")
    assert User.objects.get().is_demo is False
    assert not DemoYear.objects.exists()


def test_without_an_illustrative_year_start_clock_says_the_real_time(capsys):
    call_command("start_clock")
    assert capsys.readouterr().out == "Đồng hồ hệ thống: giờ thật.\n"
