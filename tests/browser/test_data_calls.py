"""A data call to thirty agencies, from the question to the table, in a browser."""

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"
# The other agencies answer by the same service as the page: 10 servers each.
OTHERS = """
from decimal import Decimal
from agencies.models import User
from data_calls import answers
from data_calls.models import CallAnswer
for answer in CallAnswer.objects.filter(state="waiting").select_related("agency"):
    by = User.objects.focal_points_of(answer.agency).first()
    first, second = answer.call.fields.all()
    answers.submit(answer=answer, values={first.pk: Decimal(10), second.pk: "Có"}, by=by)
"""


@pytest.mark.slow(25)
def test_thirty_agencies_are_asked_and_added_up(product, person, axe):
    """17 departments, 12 districts and a commune: 29 × 10 and 12 are 302."""
    so = person("sotttt")
    so.goto(f"{product.base_url}/dot-xuat/")
    so.get_by_role("link", name="Soạn yêu cầu").click()
    so.get_by_label("Tên yêu cầu").fill("Rà soát máy chủ")
    so.get_by_label("Nội dung yêu cầu").fill("Báo cáo số máy chủ đang chạy.")
    so.get_by_label("Hạn nộp").fill("25/08/2023")
    so.fill("[name=cau-0-label]", "Số máy chủ")
    so.fill("[name=cau-1-label]", "Đã diễn tập")
    so.select_option("[name=cau-1-kind]", "yes_no")
    so.check("[name=levels][value=department]")
    so.check("[name=levels][value=district]")
    so.get_by_text("Chọn từng đơn vị").click()
    so.check("[name=agencies][value=x10543]")
    axe(so)
    so.get_by_role("button", name="Lưu, xem trước").click()
    assert so.get_by_role("heading", name="Gửi 30 đơn vị").is_visible()
    axe(so)
    so.get_by_role("button", name="Gửi yêu cầu").click()
    assert "0 trên 30 đơn vị đã nộp" in so.inner_text("main")
    axe(so)

    commune = person("x10543", width=390)
    commune.goto(f"{product.base_url}/viec-can-lam/")
    commune.get_by_role("link", name="Trả lời", exact=True).first.click()
    commune.get_by_label("Số máy chủ").fill("12")
    commune.get_by_label("Đã diễn tập").select_option("Không")
    axe(commune)
    assert commune.evaluate("document.documentElement.scrollWidth") <= 390
    commune.get_by_role("button", name="Nộp", exact=True).click()
    assert "Biên nhận" in commune.inner_text("main")

    product.manage("shell", "-c", OTHERS)
    so.reload()
    assert "30 trên 30 đơn vị đã nộp" in so.inner_text("main")
    assert "302" in so.inner_text("tfoot") and "Có 29; Không 1" in so.inner_text("tfoot")
    # Its own answer was sent by this very account, and waits for a colleague.
    so.get_by_role("button", name="Duyệt 29 bản trả lời").click()
    assert "Đã duyệt 29 bản trả lời" in so.inner_text("body")
