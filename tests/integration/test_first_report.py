"""From an empty machine to the first published report, by HTTP alone (`tests.province`)."""

import pytest

from tests import province

pytestmark = pytest.mark.slow(30)


def test_a_province_of_two_levels_comes_to_its_first_report_in_sixty_clicks():
    played = province.run("2-cap")
    assert played.found == []
    assert len(played.clicks) <= province.MOST_CLICKS
