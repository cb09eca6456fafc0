"""A province becomes part of another one, over HTTP and by file (docs/decisions/0306). It is 16 August 2023."""

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from agencies.models import Agency, AgencyName
from agencies.roles import Role
from agencies.tasks import follow_placements
from core.audit.models import AuditEntry
from core.installation import queries
from core.installation.models import Installation, ProvinceChange
from core.installation.services import load_installation
from indicators.errors import ActionNotAllowed
from indicators.models import PlanState
from indicators.reorganisation import by_file, services
from reports.documents.data.progress import issuer_of
from reports.models import Letterhead
from tests import factories, worlds
from tests.indicators.reorganisation.test_services import Province, exported
from tests.page import words

PAGE = "/to-chuc/tinh-moi/"
FORM = {
    "province": "thành phố Biển Đông",
    "standing_agency": "Sở Khoa học và Công nghệ",
    "from_day": "01/09/2023",
    "reason": "NQ 202/2025/QH15.",
}
THEN = dt.datetime(2023, 9, 1, 1, tzinfo=factories.VIETNAM)


@worlds.shared(at=factories.AT, stays=True)
def province():
    world = Province()
    world.plan.issuer = "UBND tỉnh Hoa Lâm"
    world.plan.save()
    Agency.objects.filter(code="tinh").update(name="UBND tỉnh Hoa Lâm", short_name="UBND tỉnh")
    load_installation({"province": "tỉnh Hoa Lâm", "system_name": "Hoa Lâm số", "standing_agency": "Sở TTTT"})
    heads = {"above": "UBND TỈNH HOA LÂM", "issuer": "SỞ TTTT", "place": "Hoa Lâm", "recipients": "UBND tỉnh Hoa Lâm"}
    Letterhead.objects.create(plan=world.plan, name="Báo cáo tháng", symbol="BC", **heads)
    closed = factories.make_plan(2022, state=PlanState.CLOSED)
    Letterhead.objects.create(plan=closed, name="Báo cáo tháng", symbol="BC", **heads)
    world.standing = factories.person("khanh", world.tree["s1"], Role.STANDING)
    return world


@pytest.fixture(autouse=True)
def read_at_once(monkeypatch):
    monkeypatch.setattr(queries, "SECONDS", -1)


def heads(year):
    return Letterhead.objects.filter(plan__year=year).values_list("above", "place", "recipients").get()


def test_the_page_shows_it_first_and_everything_follows_on_the_day(province, client):
    client.force_login(province.standing)
    figures = exported(province, *range(1, 13))
    said = words(client.post(PAGE, FORM))
    assert "Cả tỉnh thuộc thành phố Biển Đông" in said
    assert "Tên ở đầu trang, thư và tệp: tỉnh Hoa Lâm đổi sang thành phố Biển Đông." in said
    assert "Cơ quan thường trực: Sở TTTT đổi sang Sở Khoa học và Công nghệ." in said
    assert not ProvinceChange.objects.exists()
    said = words(client.post(PAGE, FORM | {"act": "confirm"}, follow=True))
    assert "Đã ghi: tỉnh về tỉnh khác từ ngày 01/09/2023" in said
    # Until the day everything is as before.
    assert Installation.objects.get().province == "tỉnh Hoa Lâm" and heads(2023)[0] == "UBND TỈNH HOA LÂM"
    with time_machine.travel(THEN, tick=False):
        follow_placements()
        client.force_login(province.standing)
        root = Agency.objects.get(code="tinh")
        assert (root.name, root.short_name) == ("UBND thành phố Biển Đông", "UBND thành phố")
        here = Installation.objects.get()
        assert (here.province, here.system_name, here.standing_agency) == (
            "thành phố Biển Đông",
            "Biển Đông số",
            "Sở Khoa học và Công nghệ",
        )
        assert heads(2023) == ("UBND THÀNH PHỐ BIỂN ĐÔNG", "Biển Đông", "UBND thành phố Biển Đông")
        assert heads(2022)[0] == "UBND TỈNH HOA LÂM"  # of a closed plan
        assert issuer_of(root, province.plan).name == "UBND thành phố Biển Đông"
        assert "Biển Đông số" in client.get("/to-chuc/").content.decode()
        # A page of an earlier period keeps the name of then; figures are what they were.
        assert "UBND tỉnh Hoa Lâm" in words(client.get("/co-quan/tinh/?ky=2023-07"))
        province.pay()
        assert exported(province, *range(1, 13)) == figures
        by_file.undo_day(day=dt.date(2023, 9, 1), by=province.by, reason="Nhầm.")
        assert Agency.objects.get(code="tinh").name == "UBND tỉnh Hoa Lâm"
        assert heads(2023) == heads(2022) and Installation.objects.get().standing_agency == "Sở TTTT"


def test_by_file_with_other_acts_and_cancelled_before_the_day(province, tmp_path):
    file = tmp_path / "ngay.csv"
    file.write_text(
        "Mã cũ,Mã mới,Tên mới,Tên ngắn mới,Trực thuộc,Tỷ lệ\n"
        "tinh,tinh,UBND thành phố Biển Đông,UBND TP,,\nx11,x12,,,,\n",
        encoding="utf-8",
    )
    arguments = ("--from", "2023-09-01", "--by", "quantri", "--reason", "NQ.")
    out = StringIO()
    call_command("reorganise", str(file), *arguments, "--dry-run", stdout=out)
    assert "Cả tỉnh thuộc thành phố Biển Đông" in out.getvalue() and not AgencyName.objects.exists()
    call_command("reorganise", str(file), *arguments, stdout=StringIO())
    assert ProvinceChange.objects.get().province == "thành phố Biển Đông"
    assert AuditEntry.objects.filter(act="tỉnh về tỉnh khác").count() == 1
    by_file.take_back_day(day=dt.date(2023, 9, 1), by=province.by, reason="Nhầm.")
    assert not ProvinceChange.objects.exists() and Agency.objects.get(code="x11").last_day is None


def test_refused(province, client):
    client.force_login(province.standing)
    said = words(client.post(PAGE, FORM | {"province": "Biển Đông"}))
    assert "Viết cả chữ “tỉnh” hoặc “thành phố” trước tên" in said
    client.post(PAGE, FORM | {"act": "confirm"})
    answer = client.post(PAGE, FORM)
    assert answer.status_code == 409 and "hủy việc đó trước" in words(answer)
    with pytest.raises(ActionNotAllowed, match="giữ mã, ghi tên mới"):
        services.merge_agencies(
            agencies=[province["tinh"]], into=province["h1"], from_day=THEN.date(), by=province.by, reason="NQ."
        )
    client.force_login(factories.person("an", province.tree["x21"], Role.FOCAL))
    assert client.get(PAGE).status_code == 404
