"""Every link that a page offers, followed by everybody who is offered it (promises F-01, F-14, F-16, F-17, F-21).

Nothing breaks, no link leads nowhere, nothing is written by looking, what came in as text stays text, every answer carries
its headers, nobody meets a word of English or a banned one, and every page is valid HTML, whatever names stand on it.
"""

import re
from collections import Counter, deque
from hashlib import sha256
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.db import connection
from lxml import etree, html

from core.audit.acts import AuditAct
from guide.documents import documents, sections
from tests.conftest import IS_LONG
from tests.faults.conftest import ALIVE, HOSTILE
from tests.words import wrong_words

# What a request may write: its session, and what guards the login.
OWN_TABLES = ("django_session", "axes_", "audit_auditchainhead")
TAKEN = "tải tệp"
# Pages that differ only in numbers are alike, and so many of each are opened.
MOST_ALIKE = 2
READERS = [None, "an", "dung", "hanh", "lien", "khanh", "lam", "quan", "giang", "mai"]
# Each sort of reader, whose pages are checked to be valid.
SORTS = [None, "an", "dung", "khanh", "lam"]
# Those who between them meet every kind of page but administration's, which have no sets of parameters (`shape`) and whose objects
# tests/agencies/test_admin.py opens, open all sets of parameters with `make test-long`; usually, and the others, each parameter.
OPEN_ALL = ("an", "dung", "khanh")
# Those who between them meet every kind of page: what pages ask of PostgreSQL is seen by them.
ON_BOTH = (*OPEN_ALL, "quan")
# Filters combine without end: of one path so many pages are opened, and beyond them one of each set of parameters.
MOST_OF_A_PATH = 12
# Shown as they are stored, in the words of their day.
ACTS = {act.value for acts in AuditAct.__subclasses__() for act in acts}
# The screen of a hall has no head.
IS_WALL = "data-wall-pause"
# What they hold is no text to read: `code` are names of files in the guide, `kbd` names of keys.
SILENT = ("script", "style", "svg", "textarea", "code", "kbd")
# Words of Django's own texts and of bare Python values. None is a Vietnamese word.
ENGLISH = re.compile(
    r"\b(?:the|this|these|and|please|is|are|was|were|of|with|your|you|all|selected|change|changed|delete|save|history|"
    r"home|not|found|none|true|false|add|added|view|filter|error|page|must|field|required|invalid|forbidden|show|hide|"
    r"unknown|empty|welcome|recent|actions|currently|choose|next|previous|logged|log|out|server|object|objects|search)\b",
    re.IGNORECASE,
)


class Document:
    """A page as a browser reads it: links, forms sent by GET, the text to read, the scripts that would run."""

    def __init__(self, text):
        self.links, self.words, self.live = [], [], []
        self.form = None
        silent = 0
        for event, element in etree.iterwalk(
            html.document_fromstring(text or "<html>"), events=("start", "end", "comment")
        ):
            if event == "start":
                self._begin(element.tag, element.attrib)
                silent += element.tag in SILENT
            elif event == "end":
                silent -= element.tag in SILENT
                if element.tag == "form":
                    self._end_form()
            said = element.text if event == "start" else element.tail
            if said and not silent:
                self.words.append(said)

    def _begin(self, tag, given):
        self.live += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag in ("script", "style") and not given.get("src") and given.get("type") != "application/json":
            self.live.append(tag)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        self.words += [given[name] for name in ("title", "aria-label", "placeholder") if given.get(name)]
        if tag == "form":
            self.form = (given.get("action", ""), {}) if given.get("method", "get").lower() == "get" else None
        if self.form and given.get("name") and tag in ("input", "select", "textarea"):
            self.form[1].setdefault(given["name"], given.get("value", ""))
            self.select = given["name"]
        if self.form and tag == "option" and ("selected" in given or not self.form[1][self.select]):
            self.form[1][self.select] = given.get("value", "")

    def _end_form(self):
        if self.form:
            action, fields = self.form
            self.links.append(f"{action}?{urlencode(fields)}")
            self.form = None

    @property
    def english(self):
        return sorted({word.lower() for word in ENGLISH.findall(" ".join(self.words).replace(HOSTILE, " "))})

    @property
    def wrong_words(self):
        told = [text.replace("{% 7 %", " ") for text in self.words if text.strip() not in ACTS]
        return sorted({word for text in told for word in wrong_words(text)})


def shape(url):
    """Addresses of one shape are pages of one kind. A list of administration is one page, however it is filtered."""
    parts = urlsplit(url)
    names = {pair.partition("=")[0] for pair in parts.query.split("&")}
    return re.sub(r"[0-9]+", "#", parts.path), () if parts.path.startswith("/quan-tri/") else tuple(sorted(names))


def some_alike(most):
    """`opens(url)`: at most so many pages of a kind."""
    alike, of_a_path = Counter(), Counter()

    def opens(url):
        path, _ = kind = shape(url)
        alike[kind] += 1
        if alike[kind] > (most if of_a_path[path] < MOST_OF_A_PATH else 1):
            return False
        of_a_path[path] += 1
        return True

    return opens


def each_parameter():
    """`opens(url)`: each path, and each of its parameters, once."""
    opened = set()

    def opens(url):
        path, names = shape(url)
        new = {(path, name) for name in ("", *names)} - opened
        opened.update(new)
        return bool(new)

    return opens


def crawl(client, opens):
    """(url, where it stood, response, document) of the addresses that can be reached by links and by forms that ask, as far as
    `opens(url)` lets them be opened; the document of what is HTML."""
    waiting, met = deque([("/", "")]), {"/"}
    while waiting:
        url, source = waiting.popleft()
        if not opens(url):
            continue
        response = client.get(url)
        document = Document(response.content.decode()) if is_html(response) else None
        yield url, source, response, document
        if response.status_code in (301, 302):
            links = [response["Location"]]
        else:
            links = document.links if document else []
        for link in links:
            address = urljoin(url, link).partition("#")[0]
            if address.startswith("/") and not address.startswith("//") and address not in met:
                met.add(address)
                waiting.append((address, url))


def has_help(document):
    """Tell whether a page leads to a part of the guide that there is."""
    parts = {section.url for section in sections()} | {one.url for one in documents()}
    return any(link in parts for link in document.links)


def is_html(response):
    return response["Content-Type"].startswith("text/html")


def rows():
    """{table: (number of rows, checksum of all they hold)} of everything that a reader has no part in."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(OWN_TABLES):
                # A file that was taken leaves its line in the log; nothing else that is only looked at does.
                lines = f" WHERE act NOT LIKE '{TAKEN}%'" if table == "audit_auditentry" else ""
                cursor.execute(f'SELECT * FROM "{table}"{lines}')
                held = sorted(repr(row) for row in cursor.fetchall())
                found[table] = len(held), sha256("\n".join(held).encode()).hexdigest()
    return found


def breaches(response):
    """List the headers that every answer must carry and this one lacks."""
    stated = response.get("Content-Security-Policy", "").split(";")
    policy = {name: value for name, _, value in (part.strip().partition(" ") for part in stated)}
    return [
        name
        for name, holds in {
            "no policy": policy.get("default-src") == "'none'",
            "inline scripts": policy.get("script-src") == "'self'" and policy.get("style-src") == "'self'",
            "framed": policy.get("frame-ancestors") == "'none'" and response.get("X-Frame-Options") == "DENY",
            "sniffed": response.get("X-Content-Type-Options") == "nosniff",
            "held by an opener": response.get("Cross-Origin-Opener-Policy") == "same-origin",
            "referrer": response.get("Referrer-Policy") == "same-origin",
            "kept": "no-store" in response.get("Cache-Control", ""),
        }.items()
        if not holds
    ]


@pytest.fixture(scope="module")
def opened():
    """Pages by the reader who opened them, {url: markup}: what the crawl has met need not be opened again to be checked."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ON_BOTH else pytest.mark.once) for name in READERS]
)
def test_every_link_of_every_reader(province, as_person, opened, name):
    client = as_person(name)
    before = rows()
    paths, pages, is_checked = set(), {}, each_parameter()
    # On PostgreSQL it is enough that what each parameter asks of the database holds there too.
    whole = IS_LONG and name in OPEN_ALL and connection.vendor == "sqlite"
    opens = some_alike(MOST_ALIKE) if whole else each_parameter()
    for url, source, response, document in crawl(client, opens):
        where = f"{url} (from {source})"
        assert response.status_code in (200, 302), where
        assert breaches(response) == [], where
        paths.add(urlsplit(url).path)
        if response.status_code == 200 and document:
            text = response.content.decode()
            assert ALIVE not in text, where
            assert document.live == [], where
            assert document.english == [], where
            assert document.wrong_words == [], where
            assert has_help(document) or IS_WALL in text, where
            if name in SORTS and is_checked(url):
                pages[url] = text
    assert rows() == before
    everybodys = {"/tong-quan/", "/tai-khoan/", "/tai-khoan/mat-khau/"}
    assert paths >= ({"/", "/dang-nhap/"} if name is None else everybodys)
    opened[name] = pages


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("name", SORTS)
def test_pages_are_valid(province, as_person, html_errors, opened, name):
    """Each path with each of its parameters, by each sort of reader. Django's own administration is not ours to mend."""
    if name not in opened:
        met = crawl(as_person(name), each_parameter())
        opened[name] = {
            url: response.content.decode()
            for url, _, response, document in met
            if response.status_code == 200 and document
        }
    pages = {url: text for url, text in opened[name].items() if not url.startswith("/quan-tri/")}
    assert len(pages) >= (1 if name is None else 20)
    assert html_errors(pages) == []


def test_the_checker_checks(html_errors):
    page = "<!doctype html><html lang=vi><title>Trang</title><p id=a>Một</p><p id=a>Hai<div>"
    assert sorted(line.partition(": ")[2].partition(":")[0] for line in html_errors({"/": page})) == [
        "Duplicate ID “a”.",
        "End of file seen and there were open elements.",
        "Unclosed element “div”.",
    ]


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        ("lam", "/co-quan/x11/", 3),  # its name in the head, its district's among the crumbs
        ("lam", "/muc-tieu/I.1/", 5),  # label, pillar, leads, reporters
        ("lam", "/du-an/I-1/", 3),  # name, section, leads
        ("lam", "/tong-quan/", 10),
        ("lam", "/bao-cao/tien-do/", 10),
        ("an", "/nhap-so-lieu/2023-08/da-nop/", 6),  # every note
        ("dung", "/duyet/?xem=dang-sua", 1),
        ("quan", "/quan-tri/agencies/user/", 11),
        ("an", "/tai-khoan/", 3),  # name, position, agency
    ],
)
def test_hostile_text_is_shown_as_it_came(province, as_person, name, url, said):
    page = Document(as_person(name).get(url).content.decode())
    assert " ".join(page.words).count(HOSTILE) >= said


@pytest.mark.once
def test_a_report_shows_its_notes_and_reasons_as_they_came(province, as_person):
    returned = province.reports["returned"]
    page = Document(as_person("hanh").get(f"/duyet/{returned.pk}/").content.decode())
    said = " ".join(page.words)
    assert said.count(f"Giải trình {HOSTILE}") == returned.actuals.count()
    assert said.count(f"“{HOSTILE}”") >= 1 + returned.actuals.count()  # of the whole, and of every figure
