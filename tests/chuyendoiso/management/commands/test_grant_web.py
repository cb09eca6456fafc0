"""A database role for web and worker that owns nothing."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from chuyendoiso import checks
from core.audit.acts import LogAct
from core.audit.models import AuditEntry
from core.audit.services import audit
from core.notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_web(monkeypatch):
    """Statements after it are those of the role; PostgreSQL only."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles")
    monkeypatch.setenv("WEB_PASSWORD", "mat'khau")
    assert checks.owned_tables() > 50
    call_command("grant_web", "web_in_test")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE web_in_test")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_auditentry ADD COLUMN x integer",
        "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE audit_auditentry",
        "TRUNCATE core_notification",
        "CREATE TABLE x (y integer)",
        "SET session_replication_role = replica",
    ],
)
def test_the_role_changes_no_table(as_web, statement):
    if statement.startswith("TRUNCATE"):
        statement = f"TRUNCATE {Notification._meta.db_table}"
    statement = statement.replace("audit_auditentry", AuditEntry._meta.db_table)
    refused = pytest.raises(DatabaseError, match="must be owner|permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_role_does_its_work(as_web):
    audit(by=None, act=LogAct.BACKUP, label="x")
    assert AuditEntry.objects.count() == 1 and checks.owned_tables() == 0


def test_sqlite_has_no_roles():
    if connection.vendor == "postgresql":
        with pytest.raises(CommandError, match="phải khác"):
            call_command("grant_web", connection.settings_dict["USER"])
    else:
        with pytest.raises(CommandError, match="PostgreSQL"):
            call_command("grant_web", "x")
