"""The signature of a delivery, in the form of the Standard Webhooks specification (headers webhook-id, webhook-timestamp,
webhook-signature), so that a receiver checks it with a library that exists."""

import base64
import hashlib
import hmac

from django.utils.crypto import salted_hmac

from exchange.models import Webhook

PREFIX = "whsec_"


def secret_of(webhook: Webhook) -> str:
    """Return the secret that a receiver checks signatures with. It is derived from the product's own key: nothing that opens
    anything lies in the database, and a new product key makes all secrets new."""
    return PREFIX + base64.b64encode(_key(webhook)).decode()


def headers(webhook: Webhook, number: int, body: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers of a delivery. timestamp: seconds since 1970, so that a receiver refuses an old copy."""
    signed = b".".join([str(number).encode(), str(timestamp).encode(), body])
    signature = base64.b64encode(hmac.new(_key(webhook), signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": str(number),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _key(webhook: Webhook) -> bytes:
    """Return the 32 bytes that a webhook signs with; others when its secret is renewed."""
    told = f"{webhook.system_id}:{webhook.secret_number}"
    return salted_hmac("exchange.webhook", told, algorithm="sha256").digest()
