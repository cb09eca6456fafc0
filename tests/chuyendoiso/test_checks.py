"""Checks that keep a production from starting: each refusal alone (all processes together: test_compose.py)."""

import datetime as dt
import io
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone

from agencies.models import User
from chuyendoiso import checks
from demo.models import DemoYear
from indicators.models import Plan
from tests.stack import ROOT, clean_environment

GOOD_KEY = "kR7vT2mXq9LwZ4bN8cJ5hD3fG6sPyA1eU0oIiVxCzBnM-WqErTyU"
NO_SQLITE = "DATABASE_URL phải là PostgreSQL; SQLite chỉ dùng khi chạy thử."


@pytest.fixture
def production(settings):
    """Settings as a safe production has them."""
    settings.PRODUCTION = True
    settings.DEBUG = False
    settings.SECRET_KEY = GOOD_KEY
    settings.ALLOWED_HOSTS = ["chuyendoiso.haiduong.gov.vn"]
    settings.CLOCK = settings.DEMO_PASSWORD = ""
    settings.REDIS_URL = "redis://redis:6379/0"
    return settings


@pytest.fixture
def on_postgres(monkeypatch):
    """The list as it is on PostgreSQL, whichever database this pass runs on."""
    from django.db import connection

    monkeypatch.setattr(checks, "connection", type("Connection", (), {"vendor": "postgresql"}))
    return connection


def test_nothing_is_wrong_with_a_safe_production(production, on_postgres):
    assert checks.unsafe_settings() == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEBUG", True, "DEBUG đang bật; phải để DEBUG=0."),
        ("SECRET_KEY", GOOD_KEY[:49], "SECRET_KEY phải là chuỗi ngẫu nhiên từ 50 ký tự, không phải chuỗi mẫu."),
        ("SECRET_KEY", "abc" * 20, "SECRET_KEY phải là chuỗi ngẫu nhiên từ 50 ký tự, không phải chuỗi mẫu."),
        (
            "SECRET_KEY",
            "django-insecure-" + GOOD_KEY,
            "SECRET_KEY phải là chuỗi ngẫu nhiên từ 50 ký tự, không phải chuỗi mẫu.",
        ),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS phải nêu rõ tên miền, không để trống và không dùng dấu *."),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS phải nêu rõ tên miền, không để trống và không dùng dấu *."),
        ("CLOCK", "2023-08-16T09:00", "CLOCK chỉ dùng khi chạy thử; hệ thống vận hành theo giờ thật."),
        (
            "DEMO_PASSWORD",
            "mat-khau-minh-hoa",
            "DEMO_PASSWORD chỉ dùng khi chạy thử; hệ thống vận hành không có tài khoản minh họa.",
        ),
        ("REDIS_URL", "", "REDIS_URL chưa có; việc tổng hợp cần Redis và tiến trình worker."),
    ],
)
def test_each_unsafe_setting_is_named(production, on_postgres, name, value, message):
    setattr(production, name, value)
    assert checks.unsafe_settings() == [message]


def test_sqlite_is_named(production, monkeypatch):
    monkeypatch.setattr(checks, "connection", type("Connection", (), {"vendor": "sqlite"}))
    assert checks.unsafe_settings() == [NO_SQLITE]


@pytest.mark.django_db
def test_demo_accounts_and_the_illustrative_year_are_named():
    assert checks.demo_data() == []
    account = User.objects.create(username="h290", is_demo=True)
    User.objects.create(username="that")
    assert checks.demo_data() == ["Còn tài khoản minh họa trong cơ sở dữ liệu; chạy manage.py clear_demo."]
    account.delete()
    plan = Plan.objects.create(
        year=2023, title="Kế hoạch", issuer="UBND tỉnh", first_day=dt.date(2023, 1, 1), last_day=dt.date(2023, 12, 31)
    )
    now = timezone.now()
    DemoYear.objects.create(plan=plan, seed=1, loaded_at=now, clock_at=now, real_at=now)
    assert checks.demo_data() == ["Còn số liệu minh họa trong cơ sở dữ liệu; chạy manage.py clear_demo."]


@pytest.mark.django_db(transaction=True)
def test_all_faults_are_said_at_once_and_only_in_production(production):
    production.DEBUG = True
    production.CLOCK = "2023-08-16T09:00"
    User.objects.create(username="h290", is_demo=True)
    with pytest.raises(ImproperlyConfigured) as refusal:
        checks.refuse_unsafe_production()
    lines = str(refusal.value).splitlines()
    assert lines[0] == "Hệ thống không khởi động vì cấu hình vận hành chưa an toàn:"
    assert [line for line in lines[1:] if NO_SQLITE not in line] == [
        "- DEBUG đang bật; phải để DEBUG=0.",
        "- CLOCK chỉ dùng khi chạy thử; hệ thống vận hành theo giờ thật.",
        "- Còn tài khoản minh họa trong cơ sở dữ liệu; chạy manage.py clear_demo.",
    ]
    production.PRODUCTION = False
    checks.refuse_unsafe_production()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_safe_production_on_postgres_starts(production):
    checks.refuse_unsafe_production()


@pytest.mark.django_db
def test_check_deploy_says_the_same(production, on_postgres, monkeypatch):
    monkeypatch.setattr(checks, "demo_data", lambda: ["Còn tài khoản minh họa."])
    production.CLOCK = "2023-08-16T09:00"
    with pytest.raises(CommandError) as refusal:
        call_command("check", deploy=True, tags=["security"], stderr=io.StringIO())
    assert "CLOCK chỉ dùng khi chạy thử" in str(refusal.value)
    assert "Còn tài khoản minh họa." in str(refusal.value)
    # On a developer's machine a plain `check` has nothing to say of production.
    call_command("check", tags=["security"], stderr=io.StringIO())


def test_a_database_that_cannot_be_asked_is_a_reason_too():
    process = subprocess.run(
        [sys.executable, "-c", "import chuyendoiso.wsgi"],
        cwd=ROOT,
        env=clean_environment()
        | {
            "DEPLOYMENT": "production",
            "SECRET_KEY": GOOD_KEY,
            "ALLOWED_HOSTS": "chuyendoiso.haiduong.gov.vn",
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "DATABASE_URL": "postgres://x:y@127.0.0.1:9/khong-co",
        },
        capture_output=True,
        text=True,
    )
    assert process.returncode != 0
    assert process.stderr.splitlines()[-2:] == [
        "django.core.exceptions.ImproperlyConfigured: Hệ thống không khởi động vì cấu hình vận hành chưa an toàn:",
        "- Không kết nối được cơ sở dữ liệu nên chưa biết có tài khoản minh họa hay không.",
    ]


def test_production_without_a_key_names_the_variable():
    process = subprocess.run(
        [sys.executable, "-c", "import chuyendoiso.wsgi"],
        cwd=ROOT,
        env=clean_environment() | {"DEPLOYMENT": "production"},
        capture_output=True,
        text=True,
    )
    assert process.returncode != 0
    assert process.stderr.splitlines()[-1].endswith("ImproperlyConfigured: Thiếu biến môi trường SECRET_KEY.")


def test_manage_check_deploy_refuses_this_machine():
    process = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert NO_SQLITE in process.stderr
