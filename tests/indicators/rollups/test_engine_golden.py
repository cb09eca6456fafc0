"""A whole year through both commands, against roll-ups worked out elsewhere (tests/golden/)."""

import csv
import gzip
from decimal import Decimal

import pytest
from django.core.management import call_command

from indicators.models import Actual, Plan, Rollup, State, Submission
from indicators.rollups import engine, reconciliation
from tests import factories
from tests.stack import ROOT

GOLDEN = ROOT / "tests" / "golden"
KEY = ["period", "basis", "target", "scope", "node"]
# Compared to one millionth; every other column must be the same text.
ROUNDED = {"value", "required", "forecast", "forecast_low", "forecast_high", "fresh"}


def unpack(name, folder):
    path = folder / name
    path.write_bytes(gzip.decompress((GOLDEN / f"{name}.gz").read_bytes()))
    return path


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def agrees(column, ours, expected):
    if column not in ROUNDED or "" in (ours, expected):
        return ours == expected
    return abs(Decimal(ours) - Decimal(expected)) <= Decimal("0.000001")


@pytest.mark.timeout(1800)  # a whole year on a busy machine
@pytest.mark.golden
@pytest.mark.slow(25)
@pytest.mark.django_db
def test_every_row_of_the_golden_year(tmp_path):
    call_command("load_plan", verbosity=0)
    for name, state in (("approved.csv", "approved"), ("submitted.csv", "submitted")):
        call_command("import_actuals", unpack(name, tmp_path), state=state)
    assert Actual.objects.count() == 28489 + 5251
    assert Submission.objects.filter(state=State.APPROVED, is_official=True, is_provisional=True).count() == 2677
    assert Submission.objects.filter(state=State.SUBMITTED, is_official=False, is_provisional=True).count() == 495

    factories.count_rows()
    # Nothing is rolled up yet, since no transaction was committed: the export pays what is owed first.
    assert Rollup.objects.count() == 0
    exported = tmp_path / "exported.csv"
    call_command("export_rollups", exported, plan="2023")

    ours, expected = rows(exported), rows(unpack("expected.csv", tmp_path))
    assert len(expected) == 83664
    assert [[row[column] for column in KEY] for row in ours] == [[row[column] for column in KEY] for row in expected]
    assert list(ours[0]) == list(expected[0])
    differing = [
        (mine, theirs)
        for mine, theirs in zip(ours, expected, strict=True)
        if not all(agrees(column, mine[column], theirs[column]) for column in mine)
    ]
    assert differing[:5] == []
    # More than is asked for: the same bytes, so that both databases give the same file.
    assert exported.read_bytes() == (tmp_path / "expected.csv").read_bytes()

    assert engine.rebuild(Plan.objects.get()) == 0
    # The self-audit raises no false alarm on a whole year of the real plan.
    found = []
    assert (reconciliation.verify(Plan.objects.get(), found.append), found) == ((83664, 0, 0), [])
