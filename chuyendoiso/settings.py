"""Settings. Everything that differs between machines is read from the environment; a missing or malformed value stops the start
with its name.

DEPLOYMENT    local (default) or production
SECRET_KEY    required in production, at least 50 characters
ALLOWED_HOSTS comma-separated; required in production, no "*"
DATABASE_URL  sqlite:///path (default var/db.sqlite3) or postgres://user:password@host:port/name
REDIS_URL     redis://… : tasks run in a worker; without it they run inline
FILES_ROOT    folder of uploaded and generated files (default var/files); outside the folder of static files
FILE_SCANNER  command that scans each uploaded file (its path is added), or python:module.function; empty: none
SIGNATURE_ROOTS  folder of the trusted root certificates (PEM, DER) of electronic signatures; empty: no signed file is taken
CLOCK         2026-08-16T09:00 : time at which the system's clock starts; refused in production
DEMO_PASSWORD password of the demo accounts; refused in production
SITE_URL      https://chuyendoiso.example.gov.vn : start of the addresses in mail
MAIL_URL      smtps://user:password@host:465 or smtp+tls://…:587 or smtp://…:25; without it mail is printed to the console,
              in production not sent
MAIL_FROM     sender's address; required with MAIL_URL
NOTICE_SENDER dotted name of another sender class (core/notifications/backends.py)
LONGEST_WAIT  seconds that a request waits for a thread before it is answered *đang bận* (8)
METRICS_BIND  address and port of measurements for Prometheus, as 127.0.0.1:9117; empty: none
ALERT_ROLLUP_MINUTES  a roll-up pending for longer is an incident (10)
ALERT_BACKUP_DAYS     a last backup older than this is an incident (2)
ALERT_DISK_PERCENT    less free space than this where files are stored is an incident (10)
MONITORS      comma-separated networks that read the details of /san-sang/ (127.0.0.0/8, ::1)
SESSION_MINUTES  minutes without activity after which a session ends (15)
SECURITY_CONTACT mailto:… or https://… or tel:… in /.well-known/security.txt; empty: no such address
SESSION_HOURS    hours after which a session ends, whatever is done (12)
ADMIN_MINUTES    the same as SESSION_MINUTES, for administrators (5)
CONFIRM_MINUTES  minutes after which a sensitive act asks for the password again (10)
UNUSED_DAYS      days without a sign-in after which an account is disabled (45); 0: never
SECOND_FACTOR    required or optional: whether administration and the standing agency must have a second factor at sign-in
              (production: required, else optional)
SECOND_FACTOR_DAYS  days after the first sign-in that asks for it, in which it can still be put off (14)
ADMIN_NETWORKS   comma-separated networks that reach /quan-tri/; empty: all
PASSWORD_LENGTH  least length of a password (14)
PASSWORD_WORDS   comma-separated words beside agencies/password_words.txt that no password may consist of
AUDIT_MONTHS  months for which the log stays in the database (at least 12)
CSRF_TRUSTED_ORIGINS  comma-separated; only behind another proxy
SSL_REDIRECT  0: plain HTTP is answered in production, where a proxy in front ends TLS (1)
DEBUG         refused in production
LOG_FORMAT    text or json, one line a record (text)
LOG_LEVEL     INFO in production, else WARNING
"""

import os
import re
import secrets
import sys
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from core.clock import VIETNAM

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    """Return the text of an environment variable. Raises ImproperlyConfigured where it is required and absent."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Thiếu biến môi trường {name}.")
    return default


def env_bool(name: str, default: bool) -> bool:
    """Return 0 or 1 as a boolean. Raises ImproperlyConfigured for anything else."""
    value = env(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} phải là 0 hoặc 1, đang là {value!r}.")
    return value == "1"


def env_int(name: str, default: int, *, least: int = 1) -> int:
    """Return a whole number of at least `least`. Raises ImproperlyConfigured for anything else."""
    value = env(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} phải là số nguyên, đang là {value!r}.")
    if int(value) < least:
        raise ImproperlyConfigured(f"{name} phải từ {least} trở lên.")
    return int(value)


def env_list(name: str, default: str | None) -> list[str]:
    """Return comma-separated values, blanks dropped. Default None: the variable is required."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def env_networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Return comma-separated networks (`10.0.0.0/8`, `10.1.2.3`). Raises ImproperlyConfigured for anything else."""
    try:
        return [ip_network(part) for part in env_list(name, default)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} phải là các mạng như 10.0.0.0/8, cách nhau dấu phẩy: {error}.") from error


def database(url: str) -> dict[str, Any]:
    """Return Django's database dictionary from a URL; only SQLite and PostgreSQL are supported."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = parts.path[1:] if parts.path.startswith("//") else parts.path.lstrip("/")
        if parts.path.startswith("//"):
            name = parts.path[1:]
        else:
            name = str(BASE_DIR / path)
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            # With Django's defaults concurrent writers fail with "database is locked" (measured, docs/decisions).
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 5, **options},
        }
    raise ImproperlyConfigured(f"DATABASE_URL: không hỗ trợ {parts.scheme!r}; dùng sqlite hoặc postgres.")


def mail_server(url: str) -> dict[str, Any]:
    """Return Django's EMAIL_… settings from a URL: smtps (TLS from the start), smtp+tls (STARTTLS) or smtp."""
    parts = urlsplit(url)
    ports = {"smtps": 465, "smtp+tls": 587, "smtp": 25}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured("MAIL_URL phải có dạng smtps://, smtp+tls:// hoặc smtp:// kèm tên máy chủ thư.")
    if parts.scheme == "smtp" and parts.password:
        raise ImproperlyConfigured("MAIL_URL có mật khẩu thì phải mã hóa: dùng smtps:// hoặc smtp+tls://.")
    try:
        port = parts.port or ports[parts.scheme]
    except ValueError:
        raise ImproperlyConfigured("MAIL_URL: số cổng không hợp lệ.") from None
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 10,
    }


def metrics_port(bind: str, pages_bind: str) -> str:
    """Return the port of measurements, empty without. Beside a socket file or the same port no request would tell where it came
    in: gunicorn then believes its Host."""
    if not bind:
        return ""
    port = bind.rpartition(":")[2]
    if not re.fullmatch(r"(\[[\da-fA-F:.]+\]|[\w.-]+):\d{1,5}", bind):
        raise ImproperlyConfigured(f"METRICS_BIND phải có dạng 127.0.0.1:9117, đang là {bind!r}.")
    if ":" not in pages_bind or pages_bind.startswith(("unix:", "fd:")) or pages_bind.rpartition(":")[2] == port:
        raise ImproperlyConfigured("METRICS_BIND cần BIND là một địa chỉ với cổng khác, ví dụ 127.0.0.1:8000.")
    return port


def site_url(url: str) -> str:
    """Return scheme and host of the site, without a path."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(f"SITE_URL phải có dạng https://ten-mien, đang là {url!r}.")
    return f"{parts.scheme}://{parts.netloc}"


DEPLOYMENT = env("DEPLOYMENT", "local")
if DEPLOYMENT not in ("local", "production"):
    raise ImproperlyConfigured(f"DEPLOYMENT phải là local hoặc production, đang là {DEPLOYMENT!r}.")
PRODUCTION = DEPLOYMENT == "production"

DEBUG = env_bool("DEBUG", default=False)
if PRODUCTION:
    SECRET_KEY = env("SECRET_KEY")
    ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", None)
else:
    # A key of this machine's own, kept between starts so that sessions survive a restart.
    _key_file = BASE_DIR / "var" / "secret_key"
    if not os.environ.get("SECRET_KEY") and not _key_file.exists():
        _key_file.parent.mkdir(exist_ok=True)
        # Whole at once: another process that starts now must not read half a key.
        _new_key = _key_file.with_suffix(f".{os.getpid()}")
        _new_key.write_text(secrets.token_urlsafe(60))
        _new_key.replace(_key_file)
    SECRET_KEY = os.environ.get("SECRET_KEY") or _key_file.read_text()
    ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", " ")
# Receivers of events ("host:port") that may be on a network of one's own; all others must be public (exchange/webhooks/sending.py).
WEBHOOK_TRUSTED_HOSTS = env_list("WEBHOOK_TRUSTED_HOSTS", " ")

CLOCK = env("CLOCK", "")
DEMO_PASSWORD = env("DEMO_PASSWORD", "")
TESTING = "pytest" in sys.modules

INSTALLED_APPS = [
    "chuyendoiso.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "import_export",
    "chuyendoiso.apps.LoginSafetyConfig",
    "csp",
    "chuyendoiso",
    "core",
    "core.installation",
    "core.audit",
    "core.jobs",
    "core.removed",
    "core.form_drafts",
    "core.notifications",
    "agencies",
    "indicators",
    "projects",
    "conclusions",
    "data_calls",
    "reports",
    "plan_workbook",
    "plans",
    "exchange",
    "demo",
]

MIDDLEWARE = [
    *(["core.proxy.ClientAddressMiddleware"] if PRODUCTION else []),
    "chuyendoiso.metrics.MetricsMiddleware",
    "core.log_lines.RequestNumberMiddleware",
    "core.outcome.OutcomeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "agencies.middleware.OpenerMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "agencies.middleware.PrivateMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.overload.OverloadMiddleware",
    "agencies.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "agencies.middleware.SignInMiddleware",
    "agencies.middleware.RefusalLogMiddleware",
    "agencies.middleware.AccountMiddleware",
    "agencies.middleware.StayMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "agencies.middleware.ConfirmMiddleware",
    "agencies.middleware.DraftMiddleware",
    "agencies.middleware.DownloadLogMiddleware",
    "exchange.middleware.AccessMiddleware",
]

ROOT_URLCONF = "chuyendoiso.urls"
WSGI_APPLICATION = "chuyendoiso.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["core.templatetags.components"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["core.template_loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reports.navigation.page_frame",
            ],
        },
    },
]

DATABASES = {"default": database(env("DATABASE_URL", "sqlite:///var/db.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts: a user model of our own from the first migration.
AUTH_USER_MODEL = "agencies.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "agencies.backends.AccountBackend"]
# The first one hashes; the others read what was stored before, which is hashed anew at the next sign-in (decision 0330).
PASSWORD_HASHERS = [
    "agencies.hashers.PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "agencies.hashers.OneTimeCodeHasher",
]
PASSWORD_LENGTH = env_int("PASSWORD_LENGTH", 14, least=8)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "agencies.password_rules.EasyPasswordValidator"},
]
PASSWORD_WORDS = env_list("PASSWORD_WORDS", " ")
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "agencies.attempts.attempt_name"
AXES_CLIENT_IP_CALLABLE = "core.proxy.caller_of"  # a whole /64 is one address
AXES_LOCKOUT_TEMPLATE = "agencies/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the time that the page names is the time that it takes
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # our own log has who came in and went out
# From an address with so many failures, under any names, each name may fail only once more: guessing becomes slow, and
# colleagues who share the address can still sign in (decision 0181).
ADDRESS_FAILURE_LIMIT = 60
# A name with so many failures from all addresses together is locked for browsers that never signed in with it (decision 0347).
NAME_FAILURE_LIMIT = 20
# What the count of failures stores of a form is masked: the name typed, and codes.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "next"]

# Language and time zone.
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt")]
TIME_ZONE = VIETNAM.key
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["core.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]

# Static files: our own, and those that `manage.py build_assets` builds from the installed packages.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    BASE_DIR / "var" / "assets",
    ("img/huong-dan", BASE_DIR / "docs" / "img"),  # the pictures of the guide
]
for _folder in (BASE_DIR / "var" / "assets", STATIC_ROOT):
    _folder.mkdir(parents=True, exist_ok=True)
_static_backend = (
    "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG or TESTING else "core.static_storage.StaticStorage"
)
STORAGES = {
    "default": {"BACKEND": "core.files.PrivateStorage"},
    "staticfiles": {"BACKEND": _static_backend},
}
# Uploaded and generated files (core.files): no address leads to this folder.
FILE_SCANNER = env("FILE_SCANNER", "")
# Roots to which the certificates of signatures and of time stamps must lead (reports/documents/signatures.py).
SIGNATURE_ROOTS = env("SIGNATURE_ROOTS", "")
FILES_ROOT = env("FILES_ROOT", str(BASE_DIR / "var" / "files"))

# Tasks. Without a broker they run inline, in the request that caused them, after its commit.
REDIS_URL = env("REDIS_URL", "")
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_BROKER_TRANSPORT = "chuyendoiso.broker:Transport" if REDIS_URL else None
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A frozen broker must not block a save: give up after a second; the pending row stays and beat processes it.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry_on_timeout": False,
    "visibility_timeout": 3600,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "pay-what-is-owed": {"task": "indicators.rollups.tasks.process_pending", "schedule": 60.0},
    "watch-jobs": {"task": "core.jobs.tasks.watch_jobs", "schedule": 60.0},
    "clear-removed": {"task": "core.removed.tasks.clear_removed", "schedule": crontab(hour=3, minute=10)},
    "clear-old-jobs": {"task": "core.jobs.tasks.clear_old_jobs", "schedule": crontab(hour=3, minute=15)},
    "clear-old-workbooks": {
        "task": "indicators.workbooks.tasks.clear_old_workbooks",
        "schedule": crontab(hour=3, minute=20),
    },
    "clear-old-plan-files": {
        "task": "plan_workbook.tasks.clear_old_plan_files",
        "schedule": crontab(hour=3, minute=22),
    },
    "clear-lost-evidence": {
        "task": "indicators.submissions.tasks.clear_lost_evidence",
        "schedule": crontab(hour=3, minute=25),
    },
    "clear-lost-documents": {"task": "projects.tasks.clear_lost_documents", "schedule": crontab(hour=3, minute=30)},
    "clear-lost-reports": {"task": "reports.documents.tasks.clear_lost_files", "schedule": crontab(hour=3, minute=35)},
    "moves-of-the-day": {
        "task": "agencies.tasks.follow_placements",
        "schedule": crontab(hour=0, minute=1),
    },
    "reminders": {"task": "indicators.calendar.tasks.remind", "schedule": crontab(hour=6, minute=30)},
    "conclusions": {"task": "conclusions.tasks.follow", "schedule": crontab(hour=6, minute=40)},
    "data-calls": {"task": "data_calls.tasks.follow", "schedule": crontab(hour=6, minute=45)},
    "clear-lost-directing-files": {
        "task": "conclusions.tasks.clear_lost_files",
        "schedule": crontab(hour=3, minute=33),
    },
    "clear-lost-answers": {"task": "data_calls.tasks.clear_lost_answers", "schedule": crontab(hour=3, minute=32)},
    "unused-accounts": {"task": "exchange.tasks.follow_unused_accounts", "schedule": crontab(hour=4, minute=40)},
    "end-idle-sessions": {"task": "agencies.tasks.end_idle_sessions", "schedule": 300.0},
    "incidents": {"task": "chuyendoiso.tasks.follow_incidents", "schedule": 120.0},
    "letters": {"task": "core.notifications.tasks.send_letters", "schedule": 300.0},
    "days-of-the-calendar": {
        "task": "indicators.calendar.tasks.turn_periods",
        "schedule": crontab(minute="*/5"),
    },
    "clear-old-exchange": {
        "task": "exchange.tasks.clear_old_exchange",
        "schedule": crontab(hour=3, minute=40),
    },
    "webhooks": {"task": "exchange.webhooks.tasks.deliver_webhooks", "schedule": 60.0},
    "verify-audit": {"task": "core.audit.tasks.verify_audit", "schedule": crontab(hour=3, minute=0)},
    "drafts-of-reports": {
        "task": "reports.documents.tasks.draft_what_closed",
        "schedule": crontab(hour=5, minute=0),
    },
    "mailed-reports": {"task": "reports.documents.tasks.mail_reports", "schedule": crontab(minute="*/10", hour="7-20")},
    "past-months": {"task": "indicators.review.tasks.check_past_months", "schedule": crontab(hour=4, minute=0)},
    "nightly-verification": {
        "task": "indicators.rollups.tasks.verify_everything",
        "schedule": crontab(hour=2, minute=30),
    },
}
CELERY_BEAT_SCHEDULER = "chuyendoiso.scheduler.ClockSafeScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(BASE_DIR / "var" / "celerybeat-schedule")

# No page waits long for a cache, or fails without one (indicators/page_cache.py).
# "default": counters of requests per address;
# "pages": bodies of pages. With Redis all workers share both, without it each worker has its own.
impatient = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25, "retry": None}
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "OPTIONS": impatient}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    "pages": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": impatient | {"serializer": "indicators.page_cache.Bytes"},
        }
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "pages",
            "OPTIONS": {"MAX_ENTRIES": 200},
        }
    )
    | {"TIMEOUT": 600},
}

# Sessions and the browser.
# The log stays in the database at least this long (level 2: 12 months, level 3: 36); `archive_audit` moves older lines out.
AUDIT_MONTHS = env_int("AUDIT_MONTHS", 12, least=12)

# To whom weaknesses are reported (RFC 9116).
SECURITY_CONTACT = env("SECURITY_CONTACT", "")
if SECURITY_CONTACT and not SECURITY_CONTACT.startswith(("mailto:", "https://", "tel:")):
    raise ImproperlyConfigured("SECURITY_CONTACT phải bắt đầu bằng mailto:, https:// hoặc tel:.")

SESSION_COOKIE_NAME = "phien"
SESSION_COOKIE_AGE = env_int("SESSION_MINUTES", 15) * 60
# Administrators are signed out sooner, and everybody after so many hours, whatever they do.
ADMIN_MINUTES = env_int("ADMIN_MINUTES", 5)
# The password is asked for again before sensitive acts (agencies/sensitive.py) where it was not typed for so many minutes.
CONFIRM_MINUTES = env_int("CONFIRM_MINUTES", 10)
# Accounts that nobody has signed in with for so many days are disabled; 0: none.
UNUSED_DAYS = env_int("UNUSED_DAYS", 45, least=0)
# Whether administration and the standing agency must have a second factor, and within how many days of the first sign-in.
SECOND_FACTOR = env("SECOND_FACTOR", "required" if PRODUCTION else "optional")
if SECOND_FACTOR not in ("required", "optional"):
    raise ImproperlyConfigured(f"SECOND_FACTOR phải là required hoặc optional, đang là {SECOND_FACTOR!r}.")
SECOND_FACTOR_DAYS = env_int("SECOND_FACTOR_DAYS", 14, least=0)
SESSION_HOURS = env_int("SESSION_HOURS", 12)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "agencies.views.accounts.csrf_failure"
SECURE_SSL_REDIRECT = PRODUCTION and env_bool("SSL_REDIRECT", default=True)
LONGEST_WAIT = env_int("LONGEST_WAIT", 8)
# Addresses for the proxy, the containers and monitoring: no login, no session, no redirect to https.
FOR_MACHINES = ("/song/", "/san-sang/")
# The listener for measurements is gunicorn's second one (gunicorn.conf.py); its port tells its requests from all others.
METRICS_PORT = metrics_port(env("METRICS_BIND", ""), env("BIND", "127.0.0.1:8000"))
ALERT_ROLLUP_MINUTES = env_int("ALERT_ROLLUP_MINUTES", 10)
ALERT_BACKUP_DAYS = env_int("ALERT_BACKUP_DAYS", 2)
ALERT_DISK_PERCENT = env_int("ALERT_DISK_PERCENT", 10)
MONITORS = env_networks("MONITORS", "127.0.0.0/8,::1")
# Networks that reach the administration; none named: all.
ADMIN_NETWORKS = env_networks("ADMIN_NETWORKS", " ")
# What begins with this is for connected systems: their key takes the place of a session (exchange.api).
API_ROOT = "/api/"
SECURE_REDIRECT_EXEMPT = [f"^{path[1:]}$" for path in FOR_MACHINES]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# agencies.middleware.OpenerMiddleware sets it where it is of use.
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # the largest real form has 35 targets × 5 fields; see promises F-05

# Notifications by mail. A production without a mail server shows them on the page only.
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
MAIL_URL = env("MAIL_URL", "")
if MAIL_URL:
    globals().update(mail_server(MAIL_URL))
DEFAULT_FROM_EMAIL = env("MAIL_FROM", None if MAIL_URL else "chuyendoiso@localhost")
SITE_URL = site_url(
    env("SITE_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION and ALLOWED_HOSTS else "http://127.0.0.1:8000")
)
SITE_HOST = urlsplit(SITE_URL).hostname
NOTICE_SENDER = env("NOTICE_SENDER", "" if PRODUCTION and not MAIL_URL else "core.notifications.backends.MailSender")

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOG_FORMAT = env("LOG_FORMAT", "text")
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT phải là text hoặc json, đang là {LOG_FORMAT!r}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "core.log_lines.LineFormatter"},
        "json": {"()": "core.log_lines.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING")},
}
