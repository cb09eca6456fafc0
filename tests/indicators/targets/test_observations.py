"""Observation statuses in files: the column behind a table, the sheet that explains it, what a selection knows."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from core.tables import Column, Table
from indicators.models import Basis, TargetDefinition
from indicators.rules.observation import Observation, carried_share
from indicators.targets import observations as observing
from tests import factories

TABLE = Table((Column("Giá trị", 10, lambda row: row.value), Column("Muộn", 10, lambda row: "x", is_late=True)))
STOCK = SimpleNamespace(pk=1, timing="stock")


def row(value=60, stale=False, fresh=None):
    return SimpleNamespace(value=value and Decimal(value), stale=stale, fresh=fresh and Decimal(fresh))


def selected(basis=Basis.OFFICIAL, **breaks):
    return observing.Observations(8, basis, {1: frozenset(breaks.get("of", ()))})


def test_the_column_comes_last_and_moves_no_other():
    table = observing.with_observation(TABLE)
    assert [column.title for column in table.columns] == [
        "Giá trị", "Muộn", "Mang sang theo mẫu số (%)", "Trạng thái quan sát",
    ]  # fmt: skip
    assert [column.is_late for column in table.columns] == [False, True, True, True]
    observed = selected().observed(row(stale=True, fresh="66.666667"), STOCK, row(stale=True, fresh="66.666667"))
    assert table.line(observed) == [60, "x", Decimal("33.333333"), "E"]
    # A row that is no observation has no status.
    assert table.line(observing.Observed(row(), None)) == [60, "x", None, None]


@pytest.mark.parametrize(
    ("measured", "timing", "basis", "breaks", "status"),
    [
        (row(), "stock", Basis.OFFICIAL, (), "A"),
        (row(), "stock", Basis.PROVISIONAL, (), "P"),
        (row(stale=True), "stock", Basis.PROVISIONAL, (), "E"),
        (row(stale=True), "flow", Basis.OFFICIAL, (), "A"),
        (row(), "rate", Basis.OFFICIAL, (8,), "B"),
        (row(), "rate", Basis.OFFICIAL, (7,), "A"),
        (row(value=None), "stock", Basis.OFFICIAL, (8,), "M"),
    ],
)
def test_the_status_of_a_row(measured, timing, basis, breaks, status):
    target = SimpleNamespace(pk=1, timing=timing)
    observations = selected(basis, of=breaks)
    assert observations.observed(measured, target, measured).observation == status
    assert observing.code_of(observations)(measured, target) == status


def test_the_share_that_was_carried():
    """Case 14 of domain.md: 600 of 900 are of July, so a third is carried."""
    given = {"value": Decimal(60), "stale": True, "fresh": Decimal("66.666667")}
    assert carried_share(timing="stock", **given) == Decimal("33.333333")
    assert carried_share(timing="flow", **given) is None
    assert carried_share(timing="stock", **given | {"stale": False}) is None
    assert carried_share(timing="stock", **given | {"fresh": None}) is None


def test_the_legend_explains_each_code():
    sheet = observing.legend(["Chỉ tiêu"])
    codes = [sheet.table.line(observation)[0] for observation in sheet.rows]
    assert codes == [status.value for status in Observation] == ["M", "B", "E", "P", "A"]


def test_breaks_are_read_from_the_definitions(office):
    target = office.targets["I.2"]
    for number, first in enumerate((1, 8), 1):
        TargetDefinition.objects.create(
            target=target,
            number=number,
            content=target.definition,
            first_period=first,
            made_at=factories.AT,
            reason="x",
        )
    selection = SimpleNamespace(plan=office.plan, period=office.august, basis=Basis.OFFICIAL)
    assert observing.read(selection).breaks == {target.pk: {8}}
