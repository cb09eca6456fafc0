"""The database dies while a form is filled: what was typed stays, and is saved when it is back (promises F-23, F-24)."""

import time

import pytest

from tests.browser.test_entry import AUGUST, PASSWORD, cell, fill, kept, wait_state

ACCOUNT = f"""
from agencies.services import accounts
from agencies.models import Agency, User
user = User.objects.create_user("an", password="{PASSWORD}", agency=Agency.objects.get(code="x10528"), full_name="an")
accounts.set_roles(user=user, roles=["focal"])
"""


@pytest.mark.browser
@pytest.mark.slow
def test_the_database_dies_while_a_form_is_filled(live_stack, postgres_server, page, sign_in):
    stack = live_stack("postgres", CLOCK="2023-08-16T09:00")
    stack.manage("shell", "-v0", "-c", ACCOUNT)
    sign_in(page, stack.base_url, "an", PASSWORD)
    page.goto(stack.base_url + AUGUST)
    fill(page, "I.1.c", "80", "110")
    page.press(cell("denominator", "I.1.c"), "Enter")
    wait_state(page, "I.1.c", "Đã lưu")
    time.sleep(1)  # this cluster of the tests writes its log a moment after a commit (synchronous_commit=off)
    postgres_server.kill()
    try:
        fill(page, "I.4", "100", "104")
        page.press(cell("denominator", "I.4"), "Enter")
        wait_state(page, "I.4", "Chưa lưu xong, đang giữ trên máy này")
        page.wait_for_selector("#connection:not([hidden])")
        assert "Máy chủ báo lỗi 503, chưa rõ các số vừa gửi đã lưu chưa. 1 chỉ tiêu vừa gõ được giữ" in page.inner_text(
            "#connection"
        )
        assert len(kept(page)) == 1 and page.input_value(cell("numerator", "I.4")) == "100"
    finally:
        postgres_server.start()
    wait_state(page, "I.4", "Đã lưu")
    assert kept(page) == []
    page.reload()
    assert (
        page.input_value(cell("denominator", "I.4")) == "104" and page.input_value(cell("numerator", "I.1.c")) == "80"
    )
