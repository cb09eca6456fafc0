"""A project's code as people read it, and as they type it."""

import pytest

from projects import codes


def test_a_projects_code_never_looks_like_a_targets():
    assert (codes.label("III", 3), codes.label_of("III-3")) == ("DA III.3", "DA III.3")


@pytest.mark.parametrize("typed", ["DA III.3", "da iii.3", "III.3", "III-3", " DA III - 3 ", "DA.III.3"])
def test_every_way_to_type_it_means_the_same(typed):
    assert codes.read(typed) == "DA III.3"


@pytest.mark.parametrize("typed", ["", "III", "DA", "II.3.a", "III.3 và III.4"])
def test_another_text_stays_as_it_is(typed):
    assert codes.read(typed) == typed
