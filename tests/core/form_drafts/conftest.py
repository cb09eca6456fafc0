"""The clock of these tests: 16 August 2023, 09:00."""

import pytest
import time_machine

from tests import factories


@pytest.fixture
def moment():
    with time_machine.travel(factories.AT, tick=False) as moment:
        yield moment
