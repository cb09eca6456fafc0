"""Going back past what holds something is refused before anything is changed."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chuyendoiso.management.commands.migrate import losses
from core.form_drafts.models import FormDraft
from core.installation.models import Installation
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_table_with_rows_and_a_column_with_values_are_named():
    executor = MigrationExecutor(connection)
    assert losses(executor, "form_drafts", "zero") == []
    person = factories.person("an", None)
    FormDraft.objects.create(
        author=person, key="1", code="a", page="/", content="{}", machine="", saved_at=factories.AT
    )
    assert losses(executor, "form_drafts", "zero") == ["1 dòng của form_drafts_formdraft"]
    with pytest.raises(CommandError, match="1 dòng của form_drafts_formdraft.*--lose"):
        call_command("migrate", "form_drafts", "zero")
    assert FormDraft.objects.count() == 1


def test_a_column_counts_only_where_it_holds_something():
    executor = MigrationExecutor(connection)
    Installation.objects.create()
    assert losses(executor, "installation", "0001") == []
    Installation.objects.update(support_hours="")
    assert losses(executor, "installation", "0001") == []
    Installation.objects.update(support_hours="7:30–17:00")
    assert losses(executor, "installation", "0001") == ["1 giá trị của installation_installation.support_hours"]


def test_names_that_django_refuses_lose_nothing():
    executor = MigrationExecutor(connection)
    assert losses(executor, "installation", "0009") == [] and losses(executor, "khong", "zero") == []
