"""The areas directly below a node of the tree, and the words for them."""

from dataclasses import dataclass

import pytest

from agencies import territory


@dataclass(frozen=True)
class Unit:
    pk: int
    name: str
    level: str
    parent_id: int | None
    in_force: bool = True


PROVINCE, DEPARTMENT = Unit(1, "UBND tỉnh", "province", None), Unit(2, "Sở Y tế", "department", 1)
TOWN, ENDED = Unit(3, "UBND thị xã A", "district", 1), Unit(4, "UBND huyện B", "district", 1, in_force=False)
INSIDE, ALONE = Unit(5, "UBND xã C", "commune", 3), Unit(6, "UBND đặc khu D", "commune", 1)
TREE = [PROVINCE, DEPARTMENT, TOWN, ENDED, INSIDE, ALONE]


@pytest.mark.parametrize(("node", "below"), [(1, [TOWN, ALONE]), (3, [INSIDE]), (5, []), (None, [])])
def test_districts_and_communes_without_one_lie_below_the_province(node, below):
    assert territory.children(TREE, node) == below


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["UBND thành phố A", "UBND huyện B"], "huyện, thành phố"),
        (["UBND phường A", "Xã B", "UBND đặc khu C", "UBND thị trấn D"], "xã, phường, thị trấn, đặc khu"),
        ([], ""),
    ],
)
def test_areas_are_called_by_their_kinds(names, words):
    assert territory.words(Unit(1, name, "commune", None) for name in names) == words


def test_names_without_a_kind_are_called_by_their_level():
    assert territory.words([Unit(1, "Đơn vị A", "district", None)]) == "huyện, thị xã, thành phố"
    assert territory.words([Unit(1, "Xãhội", "commune", None)]) == "xã, phường, thị trấn"
