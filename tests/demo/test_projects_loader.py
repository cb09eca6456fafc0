"""The demonstration year of the projects follows the rules of real ones, and shows the intended examples."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import transaction

from core import clock
from demo import loader
from indicators.models import Plan, Submission
from indicators.selection import BASIS_NAMES, Selection, periods_begun
from projects import status
from projects.models import Milestone, ProgressUpdate
from projects.schedule_rules import Lateness
from projects.services import Entry, asked_projects, flaws_in
from tests import factories

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The whole plan with its demonstration year, once for the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_plan", verbosity=0)
        assert loader.load() is True
        factories.count_rows()
        yield
        transaction.set_rollback(True)
    clock.reload_anchor()


@pytest.fixture
def illustrative_year(loaded, db):
    clock.reload_anchor()


@pytest.mark.slow(14)
def test_every_row_could_have_been_typed(illustrative_year):
    updates = ProgressUpdate.objects.with_all().select_related("project__section")
    assert updates.count() > 1500
    for update in updates:
        day = (update.submission.submitted_at or update.submission.created_at).date()
        assert flaws_in(update.project, Entry.stored(update), day) == [], (update, day)
    assert ProgressUpdate.history.count() == updates.count()
    assert Milestone.history.count() == Milestone.objects.count() > 1000


def test_nobody_reports_what_is_not_asked(illustrative_year):
    for report in Submission.objects.filter(agency__code__in=["stttt", "bqlda", "h295"]).select_related(
        "agency", "period"
    ):
        said = set(report.project_updates.values_list("project", flat=True))
        assert said == {project.pk for project in asked_projects(report.agency, report.period)}


def test_the_story(illustrative_year):
    plan = Plan.objects.get(year=2023)
    periods = periods_begun(plan)
    selection = Selection(plan, periods[7], BASIS_NAMES["tam-tinh"], periods[:8])
    found = status.standings(plan, status.moment(selection, dt.date(2023, 8, 19)))
    by_label = {one.project.label: one for one in found.values()}
    assert by_label["DA I.12"].reason == "Lựa chọn nhà thầu: hạn 30/06/2023, quá 50 ngày."
    assert by_label["DA I.27"].lateness == Lateness.OVERDUE
    assert by_label["DA III.3"].lateness == Lateness.DUE_SOON
    assert by_label["DA I.17"].lateness == Lateness.DONE
    assert by_label["DA I.29"].whole.leads == 29
    assert [lead.on_behalf_of for lead in by_label["DA V.1"].leads] == ["Doanh nghiệp"]


@pytest.mark.parametrize("basis", BASIS_NAMES.values())
@pytest.mark.parametrize("month", [3, 7, 8])
def test_what_is_read_in_brief_is_judged_alike(illustrative_year, basis, month):
    plan = Plan.objects.get(year=2023)
    periods = periods_begun(plan)
    at = status.moment(Selection(plan, periods[month - 1], basis, periods), dt.date(2023, 8, 19))
    full, brief = status.standings(plan, at), status.standings(plan, at, brief=True)

    def said(one):
        leads = [(lead.agency.pk, lead.judged, lead.update and lead.update.pk, lead.percent) for lead in one.leads]
        return leads, one.whole, one.money, one.percent

    assert {pk: said(one) for pk, one in full.items()} == {pk: said(one) for pk, one in brief.items()}
    assert any(lead.update for one in full.values() for lead in one.leads)


def test_cleared_without_a_trace(illustrative_year):
    loader.clear()
    assert [model.objects.count() for model in (ProgressUpdate, Milestone, Submission)] == [0, 0, 0]
    assert ProgressUpdate.history.count() == Milestone.history.count() == 0
