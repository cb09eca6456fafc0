"""The signature as the Standard Webhooks specification reckons it, checked here by its own words."""

import base64
import hashlib
import hmac

from exchange.models import Webhook
from exchange.webhooks import signing


def check(secret, headers, body):
    """The receiver's side: the secret without its prefix is base64 of the key; signed are id, time and body, joined by dots."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}".encode()
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{wanted}"


def test_a_receiver_checks_it():
    webhook = Webhook(system_id=3)
    told = signing.headers(webhook, 12, '{"a":"đ"}'.encode(), 1_692_150_000)
    assert (told["webhook-id"], told["webhook-timestamp"]) == ("12", "1692150000")
    assert check(signing.secret_of(webhook), told, '{"a":"đ"}'.encode())
    assert not check(signing.secret_of(webhook), told, b'{"a":"d"}')
    assert not check(signing.secret_of(webhook), {**told, "webhook-id": "13"}, '{"a":"đ"}'.encode())


def test_each_webhook_and_each_renewal_has_its_own_secret():
    secrets = {signing.secret_of(Webhook(system_id=pk, secret_number=number)) for pk in (1, 2) for number in (1, 2)}
    assert len(secrets) == 4
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in secrets)


def test_another_product_has_other_secrets(settings):
    mine = signing.secret_of(Webhook(system_id=1))
    settings.SECRET_KEY = "x" * 60
    assert signing.secret_of(Webhook(system_id=1)) != mine
