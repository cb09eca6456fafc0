"""The small province of the reading pages, whose published reports are the open data."""

import pytest

from exchange.open_data import services
from tests.reports.conftest import as_person, drafted, moment, province, publish, published

__all__ = ["as_person", "drafted", "moment", "province", "publish", "published"]


@pytest.fixture
def opened(province):
    """The plan, opened to everybody by the standing agency."""
    services.open_plan(plan=province.plan, by=province.people["khanh"])
    return province.plan
