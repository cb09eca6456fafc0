"""Pages of connections: owner, those who decide, stranger; the key is shown once; the documentation is whole."""

import pytest

from exchange.api.app import api
from exchange.models import ConnectedSystem, SystemState
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = "/ket-noi/"


def test_asked_granted_given_a_key_and_ended(as_person):
    binh, khanh = as_person("binh"), as_person("khanh")
    asked = binh.post(LIST, {"name": "Một cửa", "purpose": "Nộp số hồ sơ", "right": "report"}, follow=True)
    assert "Chờ trả lời" in words(asked)
    page = asked.redirect_chain[-1][0]
    assert "Tạo khóa" not in words(asked)
    granted = khanh.post(f"{page}viec/", {"act": "grant", "expires_on": "01/06/2024"}, follow=True)
    assert "Đã cho phép kết nối “Một cửa”" in words(granted)
    assert "Tạo khóa" not in words(granted)
    shown = words(binh.post(f"{page}viec/", {"act": "key"}))
    assert "Chỉ hiện lần này" in shown
    assert "cds_" in shown
    assert "cds_" not in words(binh.get(page))
    ended = binh.post(f"{page}viec/", {"act": "end"}, follow=True)
    assert "Đã ngừng kết nối “Một cửa”" in words(ended)
    assert ConnectedSystem.objects.get(name="Một cửa").state == SystemState.ENDED


def test_refused_with_a_reason(as_person):
    asked = as_person("binh").post(LIST, {"name": "Một cửa", "purpose": "Nộp", "right": "read"}, follow=True)
    page = asked.redirect_chain[-1][0]
    bare = as_person("khanh").post(f"{page}viec/", {"act": "refuse", "reason": ""})
    assert bare.status_code == 422
    assert "Ghi rõ lý do." in words(bare)
    as_person("khanh").post(f"{page}viec/", {"act": "refuse", "reason": "Chưa rõ mục đích"})
    assert "Chưa rõ mục đích" in words(as_person("binh").get(page))


def test_what_was_typed_wrongly_stays(as_person):
    answer = as_person("binh").post(LIST, {"name": "", "purpose": "Đồng bộ hằng đêm", "right": "read"})
    assert answer.status_code == 422
    assert "Ghi tên hệ thống." in words(answer)
    assert "Đồng bộ hằng đêm" in answer.content.decode()
    wrong_day = as_person("khanh").post(
        f"{LIST}{_asked(as_person)}/viec/", {"act": "grant", "expires_on": "31/02/2024"}
    )
    assert wrong_day.status_code == 422


def _asked(as_person):
    as_person("binh").post(LIST, {"name": "Một cửa", "purpose": "Nộp", "right": "read"})
    return ConnectedSystem.objects.get(name="Một cửa").pk


def test_a_leader_is_not_offered_to_send_reports(as_person):
    assert "nộp phiếu" not in words(as_person("lam").get(LIST)).partition("Quyền")[2].partition("Cơ quan thường")[0]
    assert as_person("lam").post(LIST, {"name": "X", "purpose": "Y", "right": "report"}).status_code == 422


def test_strangers_find_nothing(client, as_person, connected):
    page = f"{LIST}{connected.systems['an'].pk}/"
    for name in ("cuc", "dung", "lam"):
        assert as_person(name).get(page).status_code == 404
        assert as_person(name).post(f"{page}viec/", {"act": "end"}).status_code == 404
        assert "Phần mềm của an" not in words(as_person(name).get(LIST))
    assert client.get(page).status_code == 302
    assert as_person("an").get(page).status_code == 200


def test_an_act_that_may_not_be_says_why(as_person, connected):
    page = f"{LIST}{connected.systems['an'].pk}/"
    said = as_person("khanh").post(f"{page}viec/", {"act": "key"}, follow=True)
    assert "Chỉ người chịu trách nhiệm tạo khóa" in words(said)
    said = as_person("an").post(f"{page}viec/", {"act": "other"}, follow=True)
    assert "Không rõ việc cần làm" in words(said)


def test_who_took_what(as_person, program, connected):
    program("an").get("submissions?period=2023-07")
    program("an").get("plans/2022")
    shown = words(as_person("khanh").get(f"{LIST}{connected.systems['an'].pk}/"))
    assert "GET /api/v1/submissions?period=2023-07" in shown
    assert "404" in shown


def test_the_documentation_names_every_address(as_person):
    shown = words(as_person("an").get(f"{LIST}tai-lieu/"))
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in shown
    assert "Số chính xác, dấu chấm thập phân" in shown or "Tử số" in shown


def test_queries(as_person, connected, django_assert_num_queries):
    khanh = as_person("khanh")
    with django_assert_num_queries(9):
        khanh.get(LIST)
    with django_assert_num_queries(7):
        khanh.get(f"{LIST}{connected.systems['an'].pk}/")
