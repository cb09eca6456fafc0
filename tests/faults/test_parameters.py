"""Any value in an address, a query, a field or a cookie: no 500, no row changed, no redirect to another site (F-16)."""

import re
from urllib.parse import quote, unquote, urljoin
from zlib import crc32

import pytest
from django.core.cache import caches
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indicators.models import Actual, Submission
from tests.conftest import IS_LONG
from tests.faults.test_crawl import ALIVE, Document, breaches, rows
from tests.page import fields, words

HOUSE = "http://testserver"
# Every address that takes a query, with the parameters that it reads and one that it does not.
QUERIES = {
    "/": ["ky", "so-lieu", "xem", "cap"],
    "/tong-quan/": ["ky", "so-lieu", "sap-xep", "tru-cot", "chu-tri", "che-do", "khong-co"],
    "/tong-quan/tep/csv/": ["ky", "so-lieu", "sap-xep", "tru-cot", "chu-tri"],
    "/ma-tran/": ["ky", "so-lieu", "nhom", "tru-cot", "to", "o", "xep", "trang"],
    "/ma-tran/tep/csv/": ["ky", "so-lieu", "nhom", "tru-cot", "xep"],
    "/so-sanh/": ["ky", "so-lieu", "muc-tieu", "co-quan", "them", "xep"],
    "/so-sanh/tep/csv/": ["ky", "so-lieu", "muc-tieu", "co-quan", "them", "xep"],
    "/tim/": ["q"],
    "/da-luu/": ["trang-nay"],
    "/muc-tieu/I.1/": ["ky", "so-lieu", "node"],
    "/co-quan/": ["ky", "so-lieu", "tim"],
    "/co-quan/x11/": ["ky", "so-lieu", "sap-xep"],
    "/co-quan/x11/tep/csv/": ["ky", "so-lieu", "sap-xep"],
    "/du-an/": ["nhom", "chu-tri", "thoi-han", "tim"],
    "/bao-cao/": ["ky", "so-lieu", "loai", "ve"],
    "/bao-cao/xem-truoc/": ["loai", "ky", "ve", "so-lieu"],
    "/bao-cao/tien-do/": ["ky", "so-lieu", "ve"],
    "/kiem-tra/": ["ma"],
    "/duyet/": ["ky", "xem", "cap"],
    "/nhap-so-lieu/2023-08/": ["da-luu"],
    "/nhap-so-lieu/2023-08/tep/": ["pham-vi"],
    "/cong-viec/": ["trang"],
    "/dang-nhap/": ["next"],
    "/quan-tri/agencies/user/": [
        "q",
        "p",
        "o",
        "e",
        "all",
        "agency__level",
        "user_roles__role",
        "_to_field",
        "khong_co",
    ],
    "/quan-tri/audit/auditentry/": ["q", "act", "at__year", "at__month", "at__day"],
    "/quan-tri/indicators/assignment/": ["q", "agency__level", "target__id__exact", "target__plan__id__exact"],
    "/quan-tri/indicators/rollup/": ["q", "period__number", "target__id__exact", "basis"],
    "/quan-tri/indicators/assignment/add/": ["target", "agency", "_popup", "_to_field", "_changelist_filters"],
    "/quan-tri/autocomplete/": ["term", "app_label", "model_name", "field_name", "page"],
    "/quan-tri/login/": ["next"],
}
# Addresses with a hole in them.
PATHS = [
    "/muc-tieu/{}/",
    "/co-quan/{}/",
    "/du-an/{}/",
    "/bao-cao/{}/",
    "/bao-cao/1/lan-{}/so-sanh/",
    "/duyet/{}/",
    "/nhap-so-lieu/{}/",
    "/nhap-so-lieu/{}/gui/",
    "/nhap-so-lieu/{}/da-nop/",
    "/nhap-so-lieu/{}/tep/",
    "/nhap-so-lieu/2023-08/tep/{}/",
    "/nhap-so-lieu/2023-08/tep/tai-ve/{}/",
    "/cong-viec/{}/",
    "/nhap-so-lieu/{}/da-nop/so-lieu.txt",
    "/quan-tri/agencies/user/{}/change/",
    "/quan-tri/indicators/submission/{}/change/",
    "/quan-tri/agencies/user/{}/mat-khau/",
    "/{}/",
]
# As they stand in an address, percent signs and all.
EVIL = [
    "",
    "%00",
    "a%00b",
    "%FF%FE",
    "%C0%AF",
    "%ED%A0%80",
    "0",
    "-1",
    "9" * 25,
    "1e400",
    "NaN",
    "2023-00",
    "2023-13",
    "2023-8",
    "0000-01",
    "99999-01",
    quote("２０２３-０８"),
    quote("²"),
    quote("' OR '1'='1' --"),
    quote("'; DROP TABLE agencies_agency; --"),
    quote("{{ settings.SECRET_KEY }}{% debug %}"),
    quote("%(x)s%n{0.__class__}"),
    quote("<script>alert(1)</script>"),
    quote("../../../../etc/passwd", safe=""),
    quote("//evil.example/", safe=""),
    quote("https:evil.example", safe=""),
    quote("\\\\evil.example", safe=""),
    quote("javascript:alert(1)"),
    "%0D%0ASet-Cookie:%20x=y",
    quote("\u202e\u0000\ud7ff\uffff😀"),
    quote("a" * 3000),
    "%25%30%30",
    "1&1=2&=3&&;",
    "x%5B%5D=1",
]
# What one database may read otherwise than another: bytes that are no text, numbers without room, quotes, length; and a sound one.
READ_BY_DATABASES = [
    "a%00b",
    "%FF%FE",
    "%ED%A0%80",
    "0",
    "9" * 25,
    "1e400",
    "NaN",
    "0000-01",
    quote("２０２３-０８"),
    quote("'; DROP TABLE agencies_agency; --"),
    "a" * 3000,
]


def evil(*place):
    """The values for one parameter or field, named by its place: of all, on PostgreSQL of those in which it may differ. Usually a
    third of them, at each place another one, so that each value is met at dozens of places; all with `make test-long`."""
    values = EVIL if connection.vendor == "sqlite" else READ_BY_DATABASES
    if IS_LONG:
        return values
    return values[crc32("|".join(place).encode()) % 3 :: 3]


# Pages that were read and are sound: what answers a hundred values is read once.
SOUND_PAGES = set()
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture(autouse=True)
def kept_pages(settings):
    """Bodies of pages are kept, as the product does: what an odd value does not change is not made again."""
    pages = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "parameters"}
    settings.CACHES = settings.CACHES | {"pages": pages}
    caches["pages"].clear()


def sound(response, what, meant=(200, 302, 400, 403, 404, 405)):
    """The answer is one that the product means: known, dressed, in Vietnamese, and at home."""
    assert response.status_code in meant, what
    assert breaches(response) == [], what
    if response.status_code == 302:
        assert urljoin(f"{HOUSE}/{what}", response["Location"]).startswith(f"{HOUSE}/"), what
        assert not set(response["Location"]) & set("\r\n\\"), what
    if response["Content-Type"].startswith("text/html"):
        text = TOKEN.sub("", response.content.decode())
        assert ALIVE not in text, what
        if response.status_code != 302 and hash(text) not in SOUND_PAGES:
            document = Document(text)
            assert document.live == [], what
            assert document.english == [], what
            SOUND_PAGES.add(hash(text))


def reader_of(url):
    """Return the person who sees most at an address: a district's focal point and reviewer, an administrator, or a visitor."""
    if url.startswith("/quan-tri/"):
        return "quan"
    return None if url == "/dang-nhap/" else "dung"


@pytest.mark.slow
@pytest.mark.parametrize(("url", "parameters"), QUERIES.items())
def test_queries(province, as_person, url, parameters):
    client = as_person(reader_of(url))
    before = rows()
    for parameter in parameters:
        for value in evil(url, parameter):
            address = f"{url}?{parameter}={value}"
            sound(client.get(address), address)
    sound(client.get(url + "?" + "&".join(f"{parameter}=1" for parameter in parameters * 3)), url)
    assert rows() == before


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_addresses(province, as_person, path):
    client = as_person(reader_of(path))
    before = rows()
    for value in evil(path):
        address = path.format(value)
        for method in ("get", "post"):
            sound(getattr(client, method)(address), f"{method} {address}")
    assert rows() == before


# Fields of the forms that write, and what else they read.
ENTRY = [
    "numerator-I.1",
    "denominator-I.1",
    "value-I.3",
    "value-II.1",
    "note-I.1",
    "nothing-I.1",
    "seen-I.1",
    "keep-I.1",
]
ENTRY += ["reading-numerator-I.1", "act", "confirm", "same", "numerator-X.9", "state", "revision"]
REVIEW = ["act", "revision", "reason", "decision-I.1", "code-I.1", "reason-I.1", "decision-X.9", "state"]
TEXTS = [unquote(value, errors="replace") for value in EVIL]


def texts(*place):
    """The values for one field as they stand in a form."""
    return [unquote(value, errors="replace") for value in evil(*place)]


@pytest.mark.slow(25)
def test_fields_of_an_entry(province, as_person):
    client = as_person("bac")
    mine = Submission.objects.filter(agency=province.tree["x13"], period=province.periods[8])
    others = Actual.objects.exclude(submission__in=mine).order_by("pk")
    before = list(others.values_list())
    typed = {"numerator-I.1": "1", "denominator-I.1": "2", "note-I.1": "Vì sao", "who": str(province.people["bac"].pk)}
    for field in [*ENTRY, "who"]:
        opened = fields(client.get("/nhap-so-lieu/2023-08/")) | typed
        for text in texts("entry", field):
            data = opened | {"act": "save", field: text}
            if connection.vendor == "sqlite":  # both write by one service
                sound(client.post("/nhap-so-lieu/2023-08/", data), f"{field}={text!r}", (200, 302))
            sound(client.post("/nhap-so-lieu/2023-08/o/", data), f"o: {field}={text!r}", (200, 409))
    report = mine.get()
    assert report.state == "draft" and not report.is_provisional
    for field in ENTRY:
        data = opened | {"act": "submit", field: TEXTS[-2]}
        sound(client.post("/nhap-so-lieu/2023-08/", data), field, (200, 302))
    for field in ("revision", "confirm"):
        for text in texts("send", field):
            sound(client.post("/nhap-so-lieu/2023-08/gui/", {"revision": "1", field: text}), field, (200, 302))
    assert mine.get().state == "draft"  # there is always something that is asked about first
    assert list(others.values_list()) == before


@pytest.mark.slow(20)
def test_fields_of_a_decision(province, as_person):
    client = as_person("dung")
    report = province.reports["submitted"]
    again = {"state": "submitted", "is_provisional": True, "revision": 0}
    for field in REVIEW:
        report.returned_figures.all().delete()
        Submission.objects.filter(pk=report.pk).update(**again)
        for text in texts("decision", field):
            data = {
                "act": "return",
                "revision": "0",
                "reason": "Xem lại",
                "code-I.1": "numerator",
                "reason-I.1": "Sai",
                "decision-I.1": "return",
            }
            data[field] = text
            sound(client.post(f"/duyet/{report.pk}/", data), f"{field}={text!r}", (302, 404, 409, 422))
        report.refresh_from_db()
        # Only what says what to do, and of which state, can keep a sound decision from being carried out.
        assert report.state == ("submitted" if field in ("act", "decision-I.1", "code-I.1") else "returned"), field


@pytest.mark.once
def test_fields_of_the_login(province, as_person, settings):
    settings.AXES_ENABLED = False
    client = as_person(None)
    for field in ("username", "password", "next"):
        for text in TEXTS:
            data = {"username": "an", "password": "sai-mat-khau", "next": "/"} | {field: text}
            sound(client.post("/dang-nhap/", data), f"{field}={text!r}", (200,))


def test_fields_of_slips_and_names(province, as_person):
    client = as_person("quan")
    for text in [unquote(value, errors="replace") for value in READ_BY_DATABASES]:
        for address, field in (("/tai-khoan/cap/phieu/", "phieu"), ("/tai-khoan/tep/", "rows"), ("/ten-goi/", "ten")):
            data = {field: text, "act": "write"}
            sound(client.post(address, data), f"{address} {field}={text!r}", (302, 404, 422))


@pytest.mark.once
def test_cookies(province, as_person):
    for name in ("giao-dien", "phien", "csrftoken"):
        client = as_person("an")
        for text in TEXTS:
            client.cookies[name] = text if text.isascii() and text.isprintable() else quote(text)
            sound(client.get("/tong-quan/"), f"{name}={text!r}", (200, 302))


@pytest.mark.once
def test_headers(province, as_person):
    client = as_person("an")
    for header in ("HTTP_X_FORWARDED_HOST", "HTTP_REFERER", "HTTP_ORIGIN"):
        for text in ["evil.example", "https://evil.example/", *filter(str.isprintable, TEXTS)]:
            response = client.get("/tai-khoan/", **{header: text})
            sound(response, f"{header}={text!r}", (200,))
            assert b"evil.example" not in response.content


@pytest.mark.once
def test_alien_hosts(province, as_person):
    client = as_person(None)
    for host in ("evil.example", "evil.example:80", "localhost.evil.example", "a b", "", "[::1"):
        response = client.get("/dang-nhap/", HTTP_HOST=host)
        sound(response, host, (400,))
        assert b"evil.example" not in response.content


@settings(
    max_examples=2 * settings.default.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    url=st.sampled_from(["/tong-quan/", "/muc-tieu/I.1/", "/co-quan/", "/du-an/", "/bao-cao/tien-do/", "/duyet/"]),
    query=st.dictionaries(
        st.sampled_from(["ky", "so-lieu", "node", "tim", "xem", "cap", "don-vi", "nhom", "chu-tri", "thoi-han"]),
        st.text(max_size=40) | st.sampled_from(["2023-07", "2023-08", "tam-tinh", "x11", "h1", "@communes", "I"]),
    ),
)
@example(url="/muc-tieu/I.1/", query={"node": "@communes", "so-lieu": "tam-tinh", "ky": "2023-01"})
@example(url="/tong-quan/", query={"ky": "THE", "so-lieu": "the"})
@example(url="/co-quan/", query={"tim": "the", "phieu": "the"})
@example(url="/du-an/", query={"nhom": "THE"})
def test_any_query(province, as_person, url, query):
    sound(as_person("dung").get(url, query), f"{url} {query}", (200, 404))


@pytest.mark.once
def test_looking_with_any_query_wrote_nothing(province, as_person):
    client, before = as_person("lam"), rows()
    for basis in ("chinh-thuc", "tam-tinh"):
        for month in range(13):
            for url in ("/tong-quan/", "/muc-tieu/I.1/", "/muc-tieu/I.4/", "/co-quan/h1/", "/bao-cao/tien-do/"):
                response = client.get(url, {"ky": f"2023-{month:02d}", "so-lieu": basis})
                # September's window began on 15 August; October's has not. A report is of a period that has ended, as August has
                # and September has not: of others the list says from which day.
                if url == "/bao-cao/tien-do/":
                    meant = 404 if month == 0 else 200 if month <= 8 else 400
                    assert (f"Tháng {month} năm 2023 chưa hết kỳ" in words(response)) == (meant == 400), month
                else:
                    meant = 200 if 1 <= month <= 9 else 404
                assert response.status_code == meant, (url, month)
    assert rows() == before
