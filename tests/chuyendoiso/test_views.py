"""`/tinh-trang/`: for the administration and the standing agency."""

import pytest

from agencies.roles import Role
from tests import factories
from tests.page import words

PAGE = "/tinh-trang/"

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def as_person(client, role):
    client.force_login(factories.person("nguoi", None, role))
    return client


@pytest.mark.parametrize("role", [Role.FOCAL, Role.REVIEWER, Role.LEAD, Role.LEADER])
def test_the_page_does_not_exist_for_others(client, role):
    assert as_person(client, role).get(PAGE).status_code == 404


@pytest.mark.parametrize(("role", "opens_accounts"), [(Role.ADMIN, True), (Role.STANDING, False)])
def test_what_needs_a_hand_comes_first(client, role, opens_accounts):
    answer = as_person(client, role).get(PAGE)
    said = words(answer)
    assert "2 phần cần xem" in said  # no backup was noted, the log was never verified
    assert said.index("Chưa ghi nhận lần nào") < said.index("Việc chờ xử lý")
    assert said.index("verify_audit") < said.index("Chỗ chứa tệp")
    assert "Đơn vị đã kết thúc: 0" in said
    assert ("Danh sách tài khoản" in said) == opens_accounts
    assert f'href="{PAGE}"' in answer.content.decode()


def test_the_contact_for_weaknesses(client, db, settings):
    assert client.get("/.well-known/security.txt").status_code in (302, 404)
    settings.SECURITY_CONTACT, settings.SITE_URL = "mailto:attt@haiduong.gov.vn", "https://cds.haiduong.gov.vn"
    answer = client.get("/.well-known/security.txt")
    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"].startswith("text/plain") and lines[0] == "Contact: mailto:attt@haiduong.gov.vn"
    assert lines[1].startswith("Expires: 20") and lines[1].endswith("T00:00:00Z")
    assert lines[3] == "Canonical: https://cds.haiduong.gov.vn/.well-known/security.txt"
