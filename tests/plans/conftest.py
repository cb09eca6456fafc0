"""The world of the tests of plans: 09:00 on 16 August 2023 in Vietnam."""

import pytest
import time_machine

from tests import factories


@pytest.fixture
def moment():
    """`moment.move_to(…)` changes the time."""
    with time_machine.travel(factories.AT, tick=False) as traveller:
        yield traveller
