"""A small province for the tests of data calls: s2 is the standing agency; 16 August 2023, 09:00."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from agencies.roles import Role
from data_calls import answers, services
from data_calls.audience import Audience
from data_calls.models import CallAnswer
from tests import factories, worlds

DUE = dt.date(2023, 8, 25)
QUESTIONS = (
    {"label": "Số máy chủ", "kind": "number", "unit": "máy", "minimum": Decimal(0), "maximum": Decimal(500)},
    {"label": "Đã diễn tập ứng cứu sự cố", "kind": "yes_no"},
    {"label": "Nền tảng đang dùng", "kind": "choice", "choices": "Tự xây dựng\nĐi thuê", "is_required": False},
    {"label": "Khó khăn", "kind": "text", "is_required": False},
    {"label": "Biên bản", "kind": "file", "is_required": False},
)


@worlds.shared(at=factories.AT)
def world_rows():
    """The rows of `world`."""
    return World()


@pytest.fixture
def world(world_rows):
    with time_machine.travel(factories.AT, tick=False) as moment:
        world_rows.moment = moment
        yield world_rows


@pytest.fixture
def as_person(client, world):
    """`as_person("an")` gives a client of its own, logged in as that person."""

    def go(name):
        mine = type(client)(enforce_csrf_checks=False)
        mine.force_login(getattr(world, name))
        return mine

    return go


class World:
    def __init__(self):
        self.tree = factories.make_tree(departments=2, districts=1, communes=2)
        self.plan = factories.make_plan()
        person = factories.person
        self.an = person("an", self.tree["s1"], Role.FOCAL, full_name="Nguyễn Văn An")
        self.binh = person("binh", self.tree["s1"], Role.LEAD, full_name="Trần Thị Bình")
        self.xa = person("xa", self.tree["x11"], Role.FOCAL, full_name="Đỗ Minh Xa")
        self.ban = person("ban", self.tree["x12"], Role.FOCAL, full_name="Lê Thu Bản")
        self.huyen = person("huyen", self.tree["h1"], Role.FOCAL, full_name="Hồ Tiến Huyền")
        self.so = person("so", self.tree["s2"], Role.STANDING, Role.FOCAL, full_name="Bùi Quốc Sơn")
        self.son = person("son", self.tree["s2"], Role.STANDING, full_name="Cao Văn Sơn")
        self.lam = person("lam", self.tree["tinh"], Role.LEADER, full_name="Ngô Thanh Lâm")
        self.quan = person("quan", None, Role.ADMIN, full_name="Vũ Quân")

    def compose(self, **more):
        content = {
            "kind": "urgent",
            "title": "Rà soát máy chủ",
            "text": "Báo cáo số máy chủ đang chạy.",
            "due": DUE,
            "audience": Audience(agencies=("s1", "x11")),
            "fields": QUESTIONS,
        }
        return services.compose(plan=self.plan, content=services.Content(**content | more), by=self.so)

    def sent(self, **more):
        return services.send(call=self.compose(**more), by=self.so)

    def answer(self, call, code):
        return CallAnswer.objects.get(call=call, agency=self.tree[code])

    def values(self, call, number, yes="Có"):
        fields = list(call.fields.all())
        return {fields[0].pk: Decimal(number), fields[1].pk: yes}

    def submit(self, call, code, by, number=12, yes="Có"):
        return answers.submit(answer=self.answer(call, code), values=self.values(call, number, yes), by=by)
