"""The task of every minute."""

import pytest

from exchange.webhooks.tasks import deliver_webhooks

pytestmark = pytest.mark.django_db


def test_without_a_webhook_it_asks_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert deliver_webhooks() == 0
