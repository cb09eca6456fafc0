"""Pages of mailings: who sees them, what is refused, what was sent, and a reader's own end of it."""

import pytest
from django.urls import reverse

from reports.documents.mailings import services
from reports.models import MailedReport, Mailing
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

LIST, ADD = "/bao-cao/gui-qua-thu/", "/bao-cao/gui-qua-thu/them/"
FORM = {"kind": "tien-do", "period_type": "thang", "subject": "toan-tinh", "letterhead": "", "days": "0"}


@pytest.fixture
def mailing(province, moment):
    settings = {"kind": "tien-do", "period_type": "thang", "subject": "toan-tinh", "letterhead": None, "days": 2}
    fields = settings | {"people": [], "addresses": "khach@vi.du"}
    return services.save(mailing=Mailing(plan=province.plan), fields=fields, by=province.people["khanh"])


@pytest.mark.parametrize("name", ["lam", "an", "dung", "quan"])
def test_others_find_no_such_page(as_person, mailing, name):
    client = as_person(name)
    for address in (LIST, ADD, f"{LIST}{mailing.pk}/"):
        assert client.get(address).status_code == 404
    assert client.post(f"{LIST}{mailing.pk}/tam-dung/", {"act": "pause"}).status_code == 404
    assert not Mailing.objects.get().is_paused


def test_it_is_set_changed_and_paused(as_person, province, moment):
    client = as_person("khanh")
    sent = fields(client.get(ADD)) | FORM | {"addresses": "a@vi.du\r\nb@vi.du", "people": []}
    assert client.post(ADD, sent).status_code == 302
    made = Mailing.objects.get()
    assert (made.addresses, made.since, made.days) == ("a@vi.du\nb@vi.du", factories.AT.date(), 0)
    address = f"{LIST}{made.pk}/"
    assert client.post(address, sent | {"days": "5", "people": [province.people["lam"].pk]}).status_code == 302
    assert client.post(f"{address}tam-dung/", {"act": "pause"}).status_code == 302
    page = words(client.get(LIST))
    assert "Gửi sau khi kỳ đóng 5 ngày. Đang tạm dừng." in page and "a@vi.du, b@vi.du" in page and "Gửi tiếp" in page
    assert f'value="{province.people["lam"].pk}" selected' in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"addresses": "khong phai"}, "không phải địa chỉ thư"),
        ({"addresses": "", "people": []}, "Chọn ít nhất một tài khoản"),
        ({"people": ["9\x00"]}, "rỗng"),
        ({"people": ["x"]}, "Chọn trong danh sách"),
        ({"days": "46"}, "Nhiều nhất 45 ngày"),
        ({"days": ""}, "Ghi số ngày"),
        ({"kind": "khac"}, "Chọn trong danh sách"),
        # Weeks end with no period that closes: their reports are mailed by hand.
        ({"kind": "tuan"}, "Chọn trong danh sách"),
        ({"kind": "tom-tat", "subject": "don-vi:x11"}, "không lập được về đối tượng"),
        ({"addresses": "\n".join(f"a{n}@vi.du" for n in range(201))}, "Nhiều nhất 200 địa chỉ"),
        ({"addresses": f"{'a' * 249}@vi.du"}, "dài nhất 254 ký tự"),
        ({"kind": "tuan"}, "Chọn trong danh sách"),
        ({"people": ["9" * 30]}, "Chọn trong danh sách"),
    ],
)
def test_what_is_wrong_is_said_and_stays_typed(as_person, province, moment, wrong, said):
    answer = as_person("khanh").post(ADD, FORM | {"addresses": "a@vi.du"} | wrong)
    assert answer.status_code == 422 and said in words(answer) and not Mailing.objects.exists()


def test_the_list_tells_what_was_sent(as_person, mailing, published, django_assert_num_queries):
    version = published("2023-08")
    MailedReport.objects.create(
        mailing=mailing, version=version, span="2023-08", address="khach@vi.du", state="failed", next_at=factories.AT,
        taken_at=factories.AT, error="Máy chủ thư không nhận: 550",
    )  # fmt: skip
    client = as_person("khanh")
    client.get(LIST)
    with django_assert_num_queries(13):
        page = words(client.get(LIST))
    assert "Không gửi được. Máy chủ thư không nhận: 550" in page and "tháng 8 năm 2023, lần 1" in page


def test_a_reader_ends_it_without_signing_in(client, mailing):
    address = reverse("mailing_refuse", args=[services.token_of(mailing, "khach@vi.du")])
    assert "khach@vi.du" in words(client.get(address)) and not mailing.refusals.exists()
    assert "không nhận báo cáo đó nữa" in words(client.post(address))
    assert [refusal.address for refusal in mailing.refusals.all()] == ["khach@vi.du"]
    assert client.post(address).status_code == 200 and mailing.refusals.count() == 1
    assert client.get(address[:-3] + "x/").status_code == 404
