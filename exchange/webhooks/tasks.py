"""The task that tells connected systems of events."""

from celery import shared_task

from exchange.webhooks import services


@shared_task(ignore_result=True)
def deliver_webhooks() -> int:
    """Every minute: send the deliveries that are due; return the number of those that were received."""
    return services.deliver_all()
