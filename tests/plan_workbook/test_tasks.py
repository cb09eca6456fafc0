"""Removal of old workbooks of plans."""

import datetime as dt

import pytest

from core import clock
from plan_workbook.models import PlanFile
from plan_workbook.tasks import clear_old_plan_files

pytestmark = pytest.mark.django_db


def test_files_are_deleted_after_sixty_days(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for days in (59, 61):
        sent = clock.now() - dt.timedelta(days=days)
        PlanFile.objects.create(owner=world.admin, plan=world.plan, uploaded_at=sent, file_name=f"{days}.xlsx")
    assert clear_old_plan_files() == 1
    assert PlanFile.objects.get().file_name == "59.xlsx"
