"""What a production must not start with. The web server, the worker, beat and `manage.py check --deploy` ask the same
list, so that none of them says yes where another says no."""

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 15  # different characters; a random key of 50 has far more
# Words of six letters and more do not turn up in a random key; in a key that someone typed or copied they do.
SAMPLE_WORDS = ("insecure", "secret", "change", "example", "sample", "password", "chuyendoiso")


def refuse_unsafe_production():
    """ImproperlyConfigured naming everything that is wrong, in production; nothing elsewhere.

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
def unsafe_production(app_configs, **kwargs):
    """The same as errors of `manage.py check --deploy`, whatever DEPLOYMENT says."""
    return [
        checks.Error(text, id=f"chuyendoiso.E{number:03}")
        for number, text in enumerate(unsafe_settings() + demo_data(), 1)
    ]


def unsafe_settings():
    """What the environment says that a production must not, as Vietnamese sentences."""
    hosts = settings.ALLOWED_HOSTS
    found = {
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
    return [text for text, holds in found.items() if holds]


def weak_secret_key():
    """Whether the key is short, monotonous or looks copied from an example."""
    key = settings.SECRET_KEY
    return (
        len(key) < SECRET_KEY_LENGTH
        or len(set(key)) < SECRET_KEY_VARIETY
        or any(word in key.lower() for word in SAMPLE_WORDS)
    )


def demo_data():
    """What of the illustrative data is in the database; that it cannot be asked counts as a problem too."""
    from agencies.models import User
    from demo.models import DemoYear

    questions = {
        "Còn tài khoản minh họa trong cơ sở dữ liệu; chạy manage.py clear_demo.": User.objects.filter(is_demo=True),
        "Còn số liệu minh họa trong cơ sở dữ liệu; chạy manage.py clear_demo.": DemoYear.objects.all(),
    }
    try:
        tables = connection.introspection.table_names()
        return [text for text, rows in questions.items() if rows.model._meta.db_table in tables and rows.exists()]
    except DatabaseError:
        return ["Không kết nối được cơ sở dữ liệu nên chưa biết có tài khoản minh họa hay không."]
