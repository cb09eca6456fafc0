"""Checks of a production's configuration. The web server, the worker, beat and `manage.py check --deploy` use the same list, so
that they always agree."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 15  # different characters; a random key of 50 has far more
# A random key does not contain words of six letters and more; a typed or copied key does.
SAMPLE_WORDS = ("insecure", "secret", "change", "example", "sample", "password", "chuyendoiso")


def refuse_unsafe_production() -> None:
    """Raise ImproperlyConfigured with all problems, in production; do nothing elsewhere.

    Leaves no open connection behind: gunicorn forks after this.
    """
    if not settings.PRODUCTION:
        return
    try:
        problems = unsafe_settings() + demo_data()
    finally:
        connection.close()
    if problems:
        raise ImproperlyConfigured(
            "Hệ thống không khởi động vì cấu hình vận hành chưa an toàn:\n"
            + "\n".join(f"- {text}" for text in problems)
        )


@checks.register(checks.Tags.security, deploy=True)
def unsafe_production(app_configs: object, **kwargs: Any) -> list[checks.CheckMessage]:
    """Return the same problems as errors of `manage.py check --deploy`, whatever DEPLOYMENT is."""
    return [
        checks.Error(text, id=f"chuyendoiso.E{number:03}")
        for number, text in enumerate(unsafe_settings() + demo_data(), 1)
    ]


def unsafe_settings() -> list[str]:
    """Return the settings that a production must not have, as Vietnamese sentences."""
    hosts = settings.ALLOWED_HOSTS
    problems = {
        "DEBUG đang bật; phải để DEBUG=0.": settings.DEBUG,
        f"SECRET_KEY phải là chuỗi ngẫu nhiên từ {SECRET_KEY_LENGTH} ký tự, không phải chuỗi mẫu.": weak_secret_key(),
        "ALLOWED_HOSTS phải nêu rõ tên miền, không để trống và không dùng dấu *.": not hosts or "*" in hosts,
        "CLOCK chỉ dùng khi chạy thử; hệ thống vận hành theo giờ thật.": bool(settings.CLOCK),
        "DEMO_PASSWORD chỉ dùng khi chạy thử; hệ thống vận hành không có tài khoản minh họa.": bool(
            settings.DEMO_PASSWORD
        ),
        "DATABASE_URL phải là PostgreSQL; SQLite chỉ dùng khi chạy thử.": connection.vendor != "postgresql",
        "REDIS_URL chưa có; việc tổng hợp cần Redis và tiến trình worker.": not settings.REDIS_URL,
    }
    return [text for text, is_problem in problems.items() if is_problem]


def weak_secret_key() -> bool:
    """Return whether the key is short, repetitive or looks copied from an example."""
    key = settings.SECRET_KEY
    return (
        len(key) < SECRET_KEY_LENGTH
        or len(set(key)) < SECRET_KEY_VARIETY
        or any(word in key.lower() for word in SAMPLE_WORDS)
    )


def demo_data() -> list[str]:
    """Return the kinds of demonstration data in the database, as Vietnamese sentences; a database that does not answer is a problem
    too."""
    from agencies.models import User
    from demo.models import DemoYear

    problems = {
        "Còn tài khoản minh họa trong cơ sở dữ liệu; chạy manage.py clear_demo.": User.objects.filter(is_demo=True),
        "Còn số liệu minh họa trong cơ sở dữ liệu; chạy manage.py clear_demo.": DemoYear.objects.all(),
    }
    try:
        tables = connection.introspection.table_names()
        return [text for text, rows in problems.items() if rows.model._meta.db_table in tables and rows.exists()]
    except DatabaseError:
        return ["Không kết nối được cơ sở dữ liệu nên chưa biết có tài khoản minh họa hay không."]


def owned_tables() -> int:
    """Return how many tables the database role of this process owns and could therefore change; 0 is right for web and worker."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND pg_has_role(current_user, tableowner, 'USAGE')"
        )
        owned: int = cursor.fetchone()[0]
    return owned
