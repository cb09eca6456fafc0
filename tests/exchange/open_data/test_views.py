"""The public pages: nobody needs an account, nothing shows that was not opened and published."""

import io
import zipfile

import pytest
from django.test import Client

from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FILES = (
    "so-lieu.csv",
    "chi-tieu.csv",
    "goi-du-lieu.zip",
    "datapackage.json",
    "dhis2-metadata.json",
    "dhis2-data-values.json",
    "sdmx.csv",
)


@pytest.mark.parametrize("path", ["", "2023/", "2023/chi-tieu/I.1/", *(f"2023/tep/{name}" for name in FILES)])
def test_what_is_not_opened_does_not_exist(client, province, published, path):
    published("2023-07")
    assert client.get(f"/cong-khai/{path}").status_code == 404


def test_whoever_comes_reads_what_was_published(client, opened, published):
    published("2023-07")
    assert "Kế hoạch năm 2023" in words(client.get("/cong-khai/"))
    page = words(client.get("/cong-khai/2023/"))
    assert "I.1 Hồ sơ trên mạng ≥ 80%" in page
    assert "Tháng 7 năm 2023 Báo cáo tiến độ thực hiện chỉ tiêu" in page
    target = words(client.get("/cong-khai/2023/chi-tieu/I.1/"))
    assert "5/5" in target
    assert "100 × tử số ÷ mẫu số, lũy kế từ đầu năm." in target


def test_the_figures_of_agencies_and_of_august_are_not_there(client, opened, published):
    published("2023-07")
    shown = "".join(client.get(f"/cong-khai/{path}").content.decode() for path in ("2023/", "2023/chi-tieu/I.1/"))
    shown += client.get("/cong-khai/2023/tep/so-lieu.csv").content.decode()
    assert "x11" not in shown
    assert ",2023-08," not in shown


def test_files(client, opened, published):
    published("2023-07")
    for name in FILES:
        assert client.get(f"/cong-khai/2023/tep/{name}").status_code == 200
    archive = client.get("/cong-khai/2023/tep/goi-du-lieu.zip")
    assert zipfile.ZipFile(io.BytesIO(archive.content)).namelist() == [
        "datapackage.json",
        "so-lieu.csv",
        "chi-tieu.csv",
    ]
    assert archive["Content-Disposition"] == 'attachment; filename="2023-goi-du-lieu.zip"'
    assert client.get("/cong-khai/2023/tep/khac.csv").status_code == 404


@pytest.mark.parametrize("path", ["2022/", "2023/chi-tieu/IX.9/", "2023/chi-tieu/%00/", "a%00b/"])
def test_what_is_not_there(client, opened, path):
    assert client.get(f"/cong-khai/{path}").status_code == 404


def test_the_standing_agency_opens_and_closes(as_person, client, province):
    khanh = as_person("khanh")
    assert "Chưa kế hoạch nào được công khai" in words(khanh.get("/cong-khai/"))
    done = khanh.post("/cong-khai/2023/doi/", {"act": "open"}, follow=True)
    assert "Ai cũng xem được" in words(done)
    assert client.get("/cong-khai/2023/").status_code == 200
    khanh.post("/cong-khai/2023/doi/", {"act": "close"})
    assert client.get("/cong-khai/2023/").status_code == 404


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_others_find_no_button(as_person, opened, name):
    assert "Thôi công khai" not in words(as_person(name).get("/cong-khai/"))
    assert as_person(name).post("/cong-khai/2023/doi/", {"act": "close"}).status_code == 404


def test_nobody_changes_it_without_signing_in(client, opened):
    assert client.post("/cong-khai/2023/doi/", {"act": "close"}).status_code == 302
    assert Client(enforce_csrf_checks=True).post("/cong-khai/2023/doi/").status_code in (302, 403)


def test_queries(client, opened, published, django_assert_num_queries):
    published("2023-07")
    with django_assert_num_queries(3):
        client.get("/cong-khai/2023/")
