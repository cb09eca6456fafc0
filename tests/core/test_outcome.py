"""The outcome on error pages: only what is known (docs/decisions/0166; promise F-24)."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, OperationalError, connection, transaction
from django.http import Http404
from django.test import Client, RequestFactory

from agencies.roles import Role
from agencies.views import accounts
from core.notifications.models import NotificationPreference
from core.outcome import Outcome, WriteWatch, page_of
from tests import factories

PAGE = "/tai-khoan/"
WISH = {"mode": "off"}
SAID = {
    Outcome.NOTHING: "chưa lưu gì",
    Outcome.SAVED: "đã lưu trước khi lỗi xảy ra",
    Outcome.UNKNOWN: "Chưa rõ nội dung",
}


def said(response):
    """Return the outcome that a page states."""
    text = response.content.decode()
    (told,) = [outcome for outcome, words in SAID.items() if words in text]
    return told


@pytest.fixture
def client(transactional_db):
    person = factories.person("an", factories.make_tree()["x11"], Role.FOCAL)
    client = Client(raise_request_exception=False)
    client.force_login(person)
    client.get(PAGE)  # the session is written now, and not again for half a minute
    return client


def stored():
    return NotificationPreference.objects.values_list("mode", flat=True).first()


def failing(error):
    def fail(*arguments, **named):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("x"), 500),
        (OperationalError("server closed the connection unexpectedly"), 503),
        (Http404("x"), 404),
    ],
)
def test_a_failure_after_the_commit_is_told_as_saved(client, monkeypatch, error, status):
    monkeypatch.setattr(accounts, "redirect", failing(error))
    response = client.post(PAGE, WISH, headers={"referer": "http://testserver/tai-khoan/?x=1"})
    assert response.status_code == status and stored() == "off"
    assert "đã lưu trước khi lỗi xảy ra" in response.content.decode()
    if status >= 500:
        assert 'href="/tai-khoan/?x=1"' in response.content.decode()


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("x"), 500), (OperationalError("database is locked"), 503)])
def test_a_failure_before_anything_was_written_is_told_as_not_saved(client, monkeypatch, error, status):
    monkeypatch.setattr(accounts.MailPreferenceForm, "save", failing(error))
    response = client.post(PAGE, WISH)
    assert (response.status_code, said(response), stored()) == (status, Outcome.NOTHING, None)
    assert (response.get("Retry-After") == "30") is (status == 503)


def test_a_database_that_others_hold_is_called_busy(client, monkeypatch):
    class Locked(Exception):
        sqlite_errorname = "SQLITE_BUSY"

    error = OperationalError("database is locked")
    error.__cause__ = Locked()
    monkeypatch.setattr(accounts.MailPreferenceForm, "save", failing(error))
    response = client.post(PAGE, WISH)
    assert (response.status_code, response["Retry-After"], said(response)) == (503, "30", Outcome.NOTHING)
    text = response.content.decode()
    assert "Hệ thống đang bận" in text and "nửa phút" in text and "gián đoạn" not in text


@pytest.mark.parametrize(
    ("error", "told"),
    [(RuntimeError("x"), Outcome.NOTHING), (OperationalError("server closed the connection"), Outcome.UNKNOWN)],
)
def test_a_failure_inside_the_transaction(client, monkeypatch, error, told):
    """Rolled back, and known to be; where the connection broke it is unknown, because it may have been the commit."""

    @transaction.atomic
    def save(form):
        form.instance.save()
        raise error

    monkeypatch.setattr(accounts.MailPreferenceForm, "save", save)
    response = client.post(PAGE, WISH)
    assert (said(response), stored()) == (told, None)


def test_a_statement_that_fails_before_the_commit_is_told_as_not_saved(client, monkeypatch):
    @transaction.atomic
    def save(form):
        form.instance.save()
        with connection.cursor() as cursor:
            # SQLite's *no such table* is an OperationalError as *database is locked* is; on PostgreSQL the connection is cut.
            postgres = connection.vendor == "postgresql"
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())" if postgres else "DELETE FROM nowhere")

    monkeypatch.setattr(accounts.MailPreferenceForm, "save", save)
    response = client.post(PAGE, WISH)
    assert (response.status_code, said(response), stored()) == (503, Outcome.NOTHING, None)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's commit has no connection that can break")
def test_the_connection_breaks_within_the_commit(client, monkeypatch):
    """A trigger ends the connection's own process at the very commit: the product cannot tell that from one that breaks
    right after it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON notifications_notificationpreference DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION cut()"
        )
    try:
        response = client.post(PAGE, WISH)
        assert (response.status_code, response["Retry-After"], said(response)) == (503, "30", Outcome.UNKNOWN)
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER cut ON notifications_notificationpreference; DROP FUNCTION cut()")
    assert client.get(PAGE).status_code == 200


def test_a_session_that_ended_in_another_window_does_not_unsay_what_was_saved(client, monkeypatch):
    """The answer to a save puts its word into the session, which is written after the view's own commit."""
    save = accounts.MailPreferenceForm.save

    def saving(form):
        save(form)
        Session.objects.all().delete()

    monkeypatch.setattr(accounts.MailPreferenceForm, "save", saving)
    response = client.post(PAGE, WISH)
    assert (response.status_code, response.url, stored()) == (302, PAGE, "off")
    assert client.get(PAGE).url.startswith("/dang-nhap/")


def test_a_session_that_cannot_be_written_does_not_unsay_what_was_saved(client, monkeypatch):
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", failing(OperationalError("locked")))
    response = client.post(PAGE, WISH)
    assert (response.status_code, response.url, stored()) == (302, PAGE, "off")


def test_a_login_whose_session_cannot_be_written_is_a_503(transactional_db, monkeypatch):
    factories.person("an", factories.make_tree()["x11"], Role.FOCAL, password="sông Thái Bình mùa nước nổi")
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", failing(OperationalError("locked")))
    response = client.post("/dang-nhap/", {"username": "an", "password": "sông Thái Bình mùa nước nổi"})
    assert (response.status_code, response["Retry-After"]) == (503, "30")


def test_looking_saves_nothing_and_the_page_does_not_speak_of_it(client, monkeypatch):
    monkeypatch.setattr(accounts, "render", failing(RuntimeError("x")))
    response = client.get(PAGE)
    assert response.status_code == 500
    assert "Những gì đã lưu vẫn còn nguyên." in response.content.decode()
    assert "Mở lại trang vừa gửi" not in response.content.decode()


def test_a_request_that_is_not_understood_saved_nothing(client):
    response = client.post(PAGE, {f"x{number}": "" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)})
    assert (response.status_code, said(response), stored()) == (400, Outcome.NOTHING, None)


@pytest.mark.parametrize(
    ("sql", "is_write"),
    [
        ("SELECT 1", False),
        ("  select * FROM x FOR UPDATE", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
        ("WITH a AS (SELECT 1)\nINSERT INTO b SELECT * FROM a", True),
        ("BEGIN IMMEDIATE", False),
        ("SAVEPOINT x", False),
        ("INSERT INTO x VALUES (1)", True),
        ("\n UPDATE x SET y = 1", True),
        ("DELETE FROM x", True),
        ("CREATE TABLE x (y)", True),
    ],
)
def test_what_is_a_write(db, sql, is_write):
    watch = WriteWatch()
    watch(lambda *given: None, sql, None, False, {"connection": connection})
    assert watch.has_written is is_write


def test_a_write_that_was_given_up_is_not_saved(transactional_db):
    watch = WriteWatch()
    with connection.execute_wrapper(watch), transaction.atomic(), pytest.raises(DatabaseError), transaction.atomic():
        NotificationPreference.objects.update(mode="off")
        raise DatabaseError
    assert watch.has_written and not watch.has_saved


@pytest.mark.parametrize("path", ["docker/503.html", "templates/400.html", "templates/500.html", "templates/503.html"])
def test_no_page_that_cannot_know_says_not_saved(path):
    source = (settings.BASE_DIR / path).read_text()
    assert not [words for words in ("chưa được lưu", "chưa lưu gì", "không được lưu") if words in source.lower()]
    assert "hưa rõ" in source and "mở lại trang" in source.lower()


@pytest.mark.parametrize(
    ("host", "referer", "page"),
    [
        ("testserver", "http://testserver/tai-khoan/?a=1", "/tai-khoan/?a=1"),
        ("testserver", "http://[", "/gui/?b=2"),
        ("testserver", "http://testserver:x/", "/gui/?b=2"),
        ("evil.example", "http://testserver/tai-khoan/", "/gui/?b=2"),
        ("a b", "http://a b/", "/gui/?b=2"),
    ],
)
def test_the_page_that_a_request_comes_from(host, referer, page):
    sent = RequestFactory().post("/gui/?b=2", headers={"host": host, "referer": referer})
    assert page_of(sent) == page


def test_a_link_back_never_leads_to_another_site():
    sent = RequestFactory().post("/gui/")
    sent.path = sent.path_info = "//evil.example/gui/"
    assert page_of(sent) == "/evil.example/gui/"


def test_a_referer_that_is_none_is_no_failure(client):
    for host in ("testserver", "evil.example"):
        answer = client.post("/khong-co/", headers={"host": host, "referer": "http://["})
        assert answer.status_code == {"testserver": 404}.get(host, 400)
