"""The nightly check of past months."""

from celery import shared_task

from indicators.review import follow_up


@shared_task(ignore_result=True)
def check_past_months() -> int:
    """Run the rules of plausibility again over past months; return the number of findings."""
    return follow_up.check_past_months()
