"""The small province of the reports' tests."""

from tests.reports.conftest import as_person, drafted, province, publish, published  # noqa: F401
