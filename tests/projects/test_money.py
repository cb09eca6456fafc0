"""Contracts and payments added up: a share only where both are stated."""

from decimal import Decimal

from projects.money import Money, of_project, together


def test_a_share_is_taken_where_both_are_stated_and_the_rest_is_said_apart():
    """Half of what is paid has no known contract: together it would be 187% of the contracts."""
    found = together([of_project([(20, 15)]), of_project([(None, 22)]), of_project([(9, None)]), of_project([])])
    assert (found.contract_value, found.disbursed, found.share) == (29, 37, Decimal(75))
    assert found.words.replace("\u00a0", " ") == (
        "Đã giải ngân 15 đồng trên 20 đồng giá trị hợp đồng (75,00%), tính trên 1 dự án, nhiệm vụ đã ghi cả hai số; "
        "1 dự án, nhiệm vụ chưa ghi giá trị hợp đồng đã giải ngân 22 đồng; "
        "1 dự án, nhiệm vụ có hợp đồng 9 đồng, chưa ghi số đã giải ngân."
    )


def test_of_one_project_its_leads_are_matched_each_for_itself():
    found = of_project([(10, 4), (None, 100), (None, None)])
    assert (found.share, found.both, found.uncontracted_count) == (Decimal(40), 1, 1)


def test_nothing_stated_is_no_zero():
    assert together([of_project([(None, None)])]) == Money() and Money().words == "" and Money().share is None
    assert of_project([(None, 5)]).words.replace("\u00a0", " ") == (
        "1 dự án, nhiệm vụ chưa ghi giá trị hợp đồng đã giải ngân 5 đồng."
    )
    assert of_project([(0, 0)]).share is None
