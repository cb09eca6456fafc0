"""Values of the environment: numbers, the mail server, the address; errors in them are reported at start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from chuyendoiso.settings import env_int, mail_server, metrics_port, site_url


def test_a_server_with_tls_from_the_start():
    read = mail_server("smtps://thong%40bao:b%3A%2Fm@thu.example.vn")
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"], read["EMAIL_USE_SSL"], read["EMAIL_USE_TLS"]) == (
        "thu.example.vn",
        465,
        True,
        False,
    )
    assert (read["EMAIL_HOST_USER"], read["EMAIL_HOST_PASSWORD"]) == ("thong@bao", "b:/m")


def test_starttls_and_plain():
    read = mail_server("smtp+tls://a:b@thu.example.vn:2525")
    assert (read["EMAIL_PORT"], read["EMAIL_USE_SSL"], read["EMAIL_USE_TLS"]) == (2525, False, True)
    assert mail_server("smtp://thu.example.vn")["EMAIL_PORT"] == 25


@pytest.mark.parametrize(
    "url", ["thu.example.vn", "http://thu.example.vn", "smtps://", "smtp://a:b@thu.example.vn", "smtps://thu:nhieu"]
)
def test_what_is_wrong_is_said(url):
    with pytest.raises(ImproperlyConfigured, match="MAIL_URL"):
        mail_server(url)


def test_the_sites_address():
    assert site_url("https://cds.example.vn/") == "https://cds.example.vn"
    for wrong in ("cds.example.vn", "ftp://x", "https://cds.example.vn/trang", "https://"):
        with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
            site_url(wrong)


@pytest.mark.parametrize(("text", "said"), [("0", "từ 1 trở lên"), ("-5", "số nguyên"), ("năm", "số nguyên")])
def test_no_time_is_none(monkeypatch, text, said):
    """A session of zero minutes would, of all things, have no end of its own."""
    monkeypatch.setenv("ADMIN_MINUTES", text)
    with pytest.raises(ImproperlyConfigured, match=f"ADMIN_MINUTES phải.*{said}"):
        env_int("ADMIN_MINUTES", 5)


def test_a_number_has_its_least(monkeypatch):
    monkeypatch.setenv("PASSWORD_LENGTH", "7")
    with pytest.raises(ImproperlyConfigured, match="PASSWORD_LENGTH phải từ 8 trở lên"):
        env_int("PASSWORD_LENGTH", 14, least=8)
    assert env_int("AUDIT_MONTHS", 12, least=12) == 12


def test_measurements_have_a_port_that_no_header_can_claim():
    assert metrics_port("", "unix:/run/x.sock") == ""
    assert metrics_port("127.0.0.1:9117", "127.0.0.1:8000") == metrics_port("[::]:9117", "0.0.0.0:8000") == "9117"
    for bind in ("9117", "127.0.0.1", "unix:/run/x.sock", "127.0.0.1:cổng"):
        with pytest.raises(ImproperlyConfigured, match="METRICS_BIND phải có dạng"):
            metrics_port(bind, "127.0.0.1:8000")
    for pages in ("unix:/run/x.sock", "fd://3", "0.0.0.0:9117"):
        with pytest.raises(ImproperlyConfigured, match="METRICS_BIND cần BIND"):
            metrics_port("127.0.0.1:9117", pages)
