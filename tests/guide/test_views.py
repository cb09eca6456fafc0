"""Pages of the guide, which everybody reads."""

import pytest

from agencies.roles import Role
from core.installation.queries import current
from guide import documents
from tests import factories
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_everybody_reads_every_document(client):
    for document in documents.documents():
        answer = client.get(document.url)
        assert answer.status_code == 200 and f"<h1>{document.title}</h1>" in answer.content.decode()
    assert client.get("/huong-dan/khong-co/").status_code == client.get("/huong-dan/README/").status_code == 404


def test_a_question_is_answered_on_the_page_with_whom_to_ask(client):
    page = client.get("/huong-dan/", {"q": "quên mật khẩu"})
    said = words(page)
    assert "Quên mật khẩu, bị khóa" in said and "xin cấp mã mới" in said
    assert 'href="/huong-dan/bat-dau/#' in page.content.decode()
    assert "Không có phần nào khớp với “zzz”" in words(client.get("/huong-dan/", {"q": "zzz"}))
    assert f"Hỏi {current().support_line}." in said
    odd = client.get("/huong-dan/", {"q": "<script>\x00" + "a" * 500})
    assert odd.status_code == 200 and "<script>a" not in odd.content.decode()


def test_who_must_choose_a_password_reads_the_guide_and_nothing_else(client):
    person = factories.person("moi", None, Role.FOCAL, must_change_password=True)
    client.force_login(person)
    assert client.get("/huong-dan/bat-dau/").status_code == 200
    assert client.get("/tai-khoan/").url == "/tai-khoan/mat-khau/"


def test_the_head_of_a_page_leads_to_its_part(client):
    client.force_login(factories.person("lam", None, Role.LEADER))
    assert 'href="/huong-dan/bat-dau/#thông-báo"' in client.get("/thong-bao/").content.decode()
    assert 'href="/huong-dan/bat-dau/#đăng-nhập-lần-đầu"' in client.get("/dang-xuat/").content.decode()
