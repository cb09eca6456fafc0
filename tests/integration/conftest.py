"""The small province of the reports' tests, the world of the projects'."""

from tests.projects.conftest import world, world_rows  # noqa: F401
from tests.reports.conftest import as_person, drafted, moment, province, publish, published  # noqa: F401
