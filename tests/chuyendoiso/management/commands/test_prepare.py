"""`manage.py prepare`, which `make run` calls before it serves."""

import contextlib
import re
import socket
import sqlite3

import pytest

from tests import schema
from tests.stack import Stack

PASSWORD = "mot-mat-khau-minh-hoa"
OWE = """
from indicators.models import Plan, PendingRollup
from core import clock
PendingRollup.objects.create(plan=Plan.objects.get(), from_period=8, created_at=clock.now())
"""


@pytest.fixture
def machine(tmp_path):
    """A machine without database; its static files are those of this checkout."""
    return Stack(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3", DEMO_PASSWORD=PASSWORD)


@pytest.fixture
def migrated(machine):
    """A machine whose database has the schema already: migrating takes most of the time of a first start."""
    schema.copy_to(machine.folder / "db.sqlite3")
    return machine


def rows(machine):
    """Number of rows of every table."""
    with contextlib.closing(sqlite3.connect(machine.folder / "db.sqlite3")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def steps(said):
    return re.findall(r"^(\d)/7 ", said, re.MULTILINE)


@pytest.mark.slow(25)
def test_every_step_is_said_and_twice_changes_nothing(machine):
    said = machine.manage("prepare", "--demo")
    assert steps(said) == ["3", "4", "5", "6", "7"]
    assert f"Mật khẩu: {PASSWORD}\n" in said
    first = rows(machine)
    assert (first["agencies_agency"], first["indicators_target"], first["projects_project"]) == (268, 35, 45)
    # A focal point for every agency but the province itself, and four more.
    assert first["agencies_user"] == 267 + 4
    # The last run was killed between a figure and its sums.
    machine.manage("shell", "-v0", "-c", OWE)
    again = machine.manage("prepare", "--demo")
    assert "Đã tổng hợp số còn nợ từ lần chạy trước." in again
    assert "4/7 Tệp giao diện: không có gì mới." in again
    assert rows(machine) == first


def code_in(said):
    """The first administrator's code that a start printed."""
    return re.search(r"tên quan-tri, mã dùng một lần ([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})\n", said)[1]


SIGN_IN = """
import sys
from django.contrib.auth import authenticate
from django.test import RequestFactory
print([bool(authenticate(RequestFactory().post("/"), username="quan-tri", password=code)) for code in {codes}])
"""


@pytest.mark.slow(12)
def test_without_demo_nothing_is_loaded_and_the_first_administrator_gets_a_code(migrated):
    said = migrated.manage("prepare", "--bind", "127.0.0.1:0")
    assert steps(said) == ["3", "4", "5", "6", "7"]
    assert PASSWORD not in said
    assert said.splitlines()[-1].endswith("/thiet-lap/")
    counted = rows(migrated)
    empty = {"agencies_agency", "indicators_plan", "indicators_target", "projects_project", "installation_installation"}
    assert {table: counted[table] for table in empty} == dict.fromkeys(empty, 0)
    assert counted["agencies_user"] == 1
    # A later start prints another code, which alone can be used, for the same account.
    again = migrated.manage("prepare")
    codes = [code_in(said), code_in(again)]
    assert migrated.manage("shell", "-v0", "-c", SIGN_IN.format(codes=codes)).splitlines()[-1] == "[False, True]"
    assert rows(migrated)["agencies_user"] == 1
    # Once there is a password nothing is left to say.
    migrated.environment |= {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    migrated.manage("createsuperuser", "--noinput", "--username", "dau-tien", "--email", "a@example.vn")
    migrated.manage("load_plan")
    last = migrated.manage("prepare")
    assert "quan-tri" not in last
    assert rows(migrated)["indicators_target"] == 35


OWN_PLAN = """
import datetime as dt
from agencies.models import Agency
from indicators.models import Plan
Agency.objects.create(code="tinh", name="UBND tỉnh Hoa Lâm", short_name="UBND tỉnh", level="province")
Plan.objects.create(year=2027, title="Kế hoạch", issuer="UBND tỉnh", first_day=dt.date(2027, 1, 1), last_day=dt.date(2027, 12, 31))
"""


@pytest.mark.slow(12)
@pytest.mark.parametrize(
    ("code", "held"),
    [
        (OWN_PLAN, "1 kế hoạch, 1 cơ quan, đơn vị"),
        ("from agencies.models import User; User.objects.create_user('an')", "1 tài khoản"),
    ],
    ids=["a plan and a tree", "an account"],
)
def test_nothing_of_the_demo_is_written_beside_a_provinces_own_data(migrated, code, held):
    migrated.manage("shell", "-v0", "-c", code)
    before = rows(migrated)
    with pytest.raises(RuntimeError, match=rf"dữ liệu riêng của tỉnh \({held}\).*Chưa thay đổi gì.*make run DEMO=0"):
        migrated.manage("prepare", "--demo")
    assert rows(migrated) == before


@pytest.mark.parametrize("port", ["abc", "99999", None])
def test_a_port_that_cannot_be_had_is_said_before_anything_is_done(machine, port):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = port or taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"Không mở được cổng {port} ở 127.0.0.1"):
            machine.manage("prepare", "--bind", f"127.0.0.1:{port}")
    assert not (machine.folder / "db.sqlite3").exists()


@pytest.mark.slow
def test_a_database_of_another_version_is_left_alone(migrated):
    """Migrations are written anew until the first release: one that this code does not know is refused by name."""
    migrated.manage("prepare")
    before = rows(migrated)
    with contextlib.closing(sqlite3.connect(migrated.folder / "db.sqlite3")) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('agencies', '0002_jobs', '2026-11-01')"
        )
        connection.commit()
    with pytest.raises(RuntimeError, match=r"do một bản mã nguồn khác lập.*agencies\.0002_jobs.*Chưa thay đổi gì"):
        migrated.manage("prepare")
    assert rows(migrated) == before | {"django_migrations": before["django_migrations"] + 1}


def test_a_damaged_file_is_told_in_plain_words_and_left_as_it_is(machine, tmp_path):
    file = tmp_path / "db.sqlite3"
    file.write_text("không phải cơ sở dữ liệu" * 500)
    before = file.read_bytes()
    with pytest.raises(RuntimeError, match=r"Tệp cơ sở dữ liệu .*db\.sqlite3 bị hỏng") as error:
        machine.manage("prepare")
    assert "Traceback" not in str(error.value) and file.read_bytes() == before
