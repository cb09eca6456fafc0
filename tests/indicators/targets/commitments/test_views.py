"""Commitments of the plan's body: found by everyone, assigned by the standing agency, with a line in the log."""

import datetime as dt

import pytest

from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators.errors import ActionNotAllowed
from indicators.models import Commitment
from indicators.targets.commitments.services import assign
from tests.page import fields, words

pytestmark = pytest.mark.once

URL = "/cam-ket/"
FORM = "/cam-ket/1/"


@pytest.fixture
def commitment(office):
    sentence = "100% các trang, cổng thông tin điện tử được đánh giá an toàn và dán nhãn tín nhiệm mạng."
    made = [
        Commitment.objects.create(
            plan=office.plan,
            number=number,
            text=f"Cam kết thứ {number}",
            source="Phần II, mục II.2.4",
            sentence=sentence,
        )
        for number in (1, 2)
    ]
    return made[0]


def post(browser, **typed):
    form = fields(browser.get(FORM)) | {"lead": "s1", "ground": "Văn bản 12/UBND ngày 01/08/2023"} | typed
    return browser.post(FORM, form, headers={"X-CSRFToken": form["csrfmiddlewaretoken"]}, follow=True)


def test_everyone_finds_what_is_assigned_to_nobody(client, as_person, commitment, django_assert_num_queries):
    an = as_person("an")
    page = an.get(URL)
    shown = words(page)
    assert "2 cam kết chưa phân công" in shown and shown.count("Chưa phân công") == 2
    assert "Phần II, mục II.2.4: “100% các trang, cổng" in shown and "/cam-ket/1/" not in page.content.decode()
    assert URL in an.get("/chi-tieu/").content.decode() and URL in an.get("/tong-quan/").content.decode()
    # 3 who reads, 2 what is shown, 2 the commitments with their leads, 1 the frame.
    with django_assert_num_queries(8):
        an.get(URL)
    assert client.get(URL).status_code == 302
    assert as_person("khanh").get(f"/cam-ket/{10**30}/").status_code == 404


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_nobody_else_assigns(as_person, office, commitment, name):
    browser = as_person(name)
    assert [browser.get(FORM).status_code, browser.post(FORM, {}).status_code] == [404, 404]
    with pytest.raises(ActionNotAllowed):
        assign(commitment=commitment, leads=["s1"], due=None, ground="Thử", by=office.people[name])


def test_the_standing_agency_assigns_and_takes_back(as_person, office, commitment):
    khanh = as_person("khanh")
    answer = post(khanh, co_leads=["h1", "@communes"], due="30/11/2023")
    assert answer.redirect_chain[0][0].endswith("#cam-ket-1")
    shown = words(answer)
    assert "1 cam kết chưa phân công" in shown and "30/11/2023 Văn bản 12/UBND" in shown
    commitment = Commitment.objects.with_parties().get(pk=commitment.pk)
    assert commitment.lead.agency == office.tree["s1"] and commitment.due == dt.date(2023, 11, 30)
    assert [str(party) for party in commitment.co_leads] == ["H1", "UBND cấp xã"]
    # Told: the focal point of h1; not khanh, who did it.
    assert [told.person for told in Notification.objects.all()] == [office.people["dung"]]
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.act, entry.object_label) == ("phân công cam kết", "Cam kết 1")
    assert entry.detail["changes"]["phân công"][0] == "chưa phân công"
    assert "Bỏ phân công" in words(khanh.get(FORM))
    assert "2 cam kết chưa phân công" in words(post(khanh, act="bo", ground="Giao nhầm"))
    assert AuditEntry.objects.order_by("pk").last().act == "bỏ phân công cam kết"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"ground": ""}, "Ghi căn cứ hoặc lý do."),
        ({"lead": ""}, "Chọn cơ quan chủ trì."),
        ({"lead": "không có"}, "Có ô chưa đúng"),
        ({"due": "31/12/2024"}, "Hạn phải sau 01/01/2023 và không quá 31/12/2023."),
    ],
)
def test_what_is_refused_stays_typed(as_person, commitment, typed, expected):
    answer = post(as_person("khanh"), **typed)
    assert expected in words(answer) and Commitment.objects.unassigned().count() == 2
    assert fields(answer)["ground"] == ({"ground": "Văn bản 12/UBND ngày 01/08/2023"} | typed)["ground"]


def test_two_who_assign_at_once_are_told(as_person, office, commitment):
    khanh = as_person("khanh")
    asked = {"commitment": commitment, "due": None, "ground": "Văn bản 12/UBND ngày 01/08/2023", "seen": 0}
    assign(leads=["h1"], by=office.people["khanh"], **asked)
    answer = post(khanh, seen="0")
    assert answer.status_code == 409 and "Có người vừa phân công" in words(answer)
    assert "Đang phân công: Đơn vị h1" in words(answer) and fields(answer)["seen"] == "1"
    # The same once more, after an answer that was lost, is known as one's own.
    assert assign(leads=["h1"], by=office.people["khanh"], **asked).revision == 1
