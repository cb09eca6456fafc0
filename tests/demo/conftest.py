"""The small province of the reports' tests."""

from tests.reports.conftest import as_person, drafted, moment, province, publish, published  # noqa: F401
