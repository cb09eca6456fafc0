"""A published report is final: the database itself refuses changes (SQLite and PostgreSQL)."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import JSONField

from agencies.models import User
from demo import loader
from demo.models import DemoYear
from demo.reports import clear
from reports.documents import composition, services
from reports.models import FileState, Letterhead, Report, ReportFile, ReportState, ReportVersion
from reports.triggers import install_triggers, remove_triggers
from tests.factories import AT


@pytest.fixture
def published(province, publish):
    """A published version with a file that is made and one that is not."""
    found, asked = composition.find(province.plan, "tom-tat", "2023-08", "toan-tinh", "chinh-thuc")
    version = services.draft(kind=found, report_request=asked, by=province.people["khanh"])
    version = publish(version)
    ReportFile.objects.create(
        version=version, file_format="docx", revision=version.revision, state=FileState.FAILED, asked_at=AT
    )
    return version


def refused(act):
    with pytest.raises(DatabaseError, match="Báo cáo đã phát hành không sửa, không xóa"), transaction.atomic():
        act()


def another(field, value):
    """A value of a field that is not the one it has."""
    if isinstance(field, JSONField):
        return {"khác": 1}
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(seconds=1)
    return {"DateField": dt.date(2024, 1, 1), "CharField": "khác", "TextField": "khác"}.get(
        field.get_internal_type(), 77
    )


def test_no_column_of_a_published_version_changes_but_those_that_may(published):
    free = {"state", "scan", "scan_name"}
    fields = [f for f in ReportVersion._meta.concrete_fields if f.attname not in free | {"id"}]
    assert len(fields) > 15
    for field in fields:
        value = another(field, getattr(published, field.attname))
        refused(lambda f=field, v=value: ReportVersion.objects.filter(pk=published.pk).update(**{f.attname: v}))
    mine = ReportVersion.objects.filter(pk=published.pk)
    mine.update(scan="x.pdf", scan_name="Bản ký.pdf")
    refused(lambda: mine.update(state=ReportState.DRAFT))
    mine.update(state=ReportState.SUPERSEDED)
    refused(lambda: mine.update(state=ReportState.PUBLISHED))


def test_what_is_published_is_not_deleted(published):
    def sql(statement):
        with connection.cursor() as cursor:
            cursor.execute(statement)

    refused(lambda: sql("DELETE FROM reports_reportversion"))
    refused(lambda: sql("DELETE FROM reports_reportfile WHERE state = 'ready'"))
    refused(lambda: sql("DELETE FROM reports_report"))
    refused(lambda: sql("UPDATE reports_report SET title = 'Khác'"))
    refused(lambda: sql("UPDATE reports_reportfile SET checksum = 'x' WHERE state = 'ready'"))
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        refused(lambda: sql("TRUNCATE reports_reportfile"))
    sql("UPDATE reports_reportfile SET state = 'waiting' WHERE state = 'failed'")
    assert ReportVersion.objects.count() == 1


def test_a_draft_and_its_files_are_free(published, province):
    found, asked = composition.find(province.plan, "tom-tat", "2023-07", "toan-tinh", "chinh-thuc")
    draft = services.draft(kind=found, report_request=asked, by=province.people["khanh"])
    ReportFile.objects.create(version=draft, file_format="pdf", revision=0, state=FileState.READY, asked_at=AT)
    services.edit(version=draft, revision=0, typed={"chung": "Khác."}, by=province.people["khanh"])
    draft.files.update(size=8)
    services.discard(version=draft, revision=1, by=province.people["khanh"])
    assert Report.objects.get() == published.report


def test_files_of_the_draft_that_it_was_may_go(published):
    old = ReportFile.objects.create(
        version=published, file_format="pdf", revision=0, state=FileState.READY, asked_at=AT
    )
    old.delete()


def test_the_refusal_can_be_taken_back(published):
    remove_triggers(connection)
    ReportVersion.objects.update(reason="Khác")
    install_triggers(connection)
    refused(lambda: ReportVersion.objects.update(reason="Khác nữa"))


def test_reports_of_a_made_up_year_go_with_it(published, publish, province):
    clear(province.plan)  # real ones stay
    assert Report.objects.count() == 1
    DemoYear.objects.create(plan=province.plan, seed=1, loaded_at=AT, clock_at=AT, real_at=AT)
    province.plan.refresh_from_db()
    found, asked = composition.find(province.plan, "tom-tat", "2023-07", "toan-tinh", "chinh-thuc")
    made = services.draft(kind=found, report_request=asked, by=province.people["khanh"])
    made = publish(made)
    assert made.files.get().state == FileState.READY
    assert made.report.is_illustrative
    refused(lambda: Report.objects.filter(pk=made.report_id).update(is_illustrative=False))
    clear(province.plan)
    assert list(Report.objects.all()) == [published.report]


def test_taking_the_made_up_year_away_takes_its_reports(province, publish):
    DemoYear.objects.create(plan=province.plan, seed=1, loaded_at=AT, clock_at=AT, real_at=AT)
    User.objects.filter(username="khanh").update(is_demo=True)
    found, asked = composition.find(province.plan, "tom-tat", "2023-07", "toan-tinh", "chinh-thuc")
    made = services.draft(kind=found, report_request=asked, by=province.people["khanh"])
    made = publish(made)
    services.correct(report=made.report, reason="Sửa.", by=province.people["khanh"])
    assert loader.clear()["accounts"] == 1
    assert not Report.objects.exists() and Letterhead.objects.count() == 1
