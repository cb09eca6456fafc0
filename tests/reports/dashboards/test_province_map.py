"""The tile map, laid out by the agencies' own rows."""

from types import SimpleNamespace

import pytest

from reports.dashboards.province_map import map_cells, map_width

pytestmark = pytest.mark.once


def at(name, row=None, column=None):
    return SimpleNamespace(name=name, map_row=row, map_column=column)


def names(agencies):
    return [cell.name if cell else "" for cell in map_cells(agencies)]


def test_agencies_stand_where_their_rows_say():
    assert names([at("b", 2, 1), at("a", 1, 3)]) == ["", "", "a", "", "b", "", "", ""]


def test_empty_rows_before_the_first_are_left_out():
    assert names([at("a", 4, 1)]) == ["a", "", "", ""]


def test_those_without_a_place_or_with_a_taken_one_come_last():
    assert names([at("free"), at("a", 1, 1), at("late", 1, 1)]) == ["a", "", "", "", "free", "late"]
    assert names([at("one"), at("two")]) == ["one", "two"]
    assert names([]) == []


def test_a_map_is_as_wide_as_its_last_column():
    assert map_width([at("a", 1, 2)]) == 4
    assert map_width([at("a", 1, 6), at("b")]) == 6
    assert names([at("a", 1, 6)]) == ["", "", "", "", "", "a"]
