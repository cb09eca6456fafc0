"""Every figure that stands on the reading pages is the exported one (`export_rollups`), on either basis and in every period."""

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from lxml import html

from indicators.models import Target
from indicators.rules.nothing import NOTHING_WORDS, nothing_of
from indicators.rules.status import WORDS, Status

pytestmark = pytest.mark.once

BASES = {"official": "chinh-thuc", "provisional": "tam-tinh"}


@pytest.fixture
def exported(province):
    """{(period, basis, target, scope, node): line} of the plan."""
    out = io.StringIO()
    call_command("export_rollups", stdout=out)
    return {
        tuple(line[name] for name in ("period", "basis", "target", "scope", "node")): line
        for line in csv.DictReader(io.StringIO(out.getvalue()))
    }


def words(part):
    return " ".join(part.text_content().split())


def same(shown, value):
    """Is a text the stored number, or what it is rounded to as many decimals as it shows? An em dash is none."""
    if value == "":
        return shown in ("", "—") or shown.capitalize() in NOTHING_WORDS.values()
    number = shown.split(" ")[0].removesuffix("%").replace(".", "").replace(",", ".").replace("−", "-")
    if shown in ("Có", "Không"):
        return Decimal(value) == (100 if shown == "Có" else 0)
    places = Decimal(1).scaleb(-len(number.partition(".")[2]))
    return Decimal(number) == Decimal(value).quantize(places, ROUND_HALF_UP)


def word_of(line):
    kind = Target.objects.get(code=line["target"]).kind
    none = nothing_of(
        kind,
        value=line["value"] or None,
        numerator=line["numerator"] or None,
        expected=int(line["expected"]),
        reported=int(line["reported"]),
    )
    return NOTHING_WORDS[none] if none else WORDS[Status(line["status"])]


def status_of(row):
    (badge,) = row.xpath(".//span[starts-with(@class, 'status status-')]")
    return words(badge)


def pages(client, address, month, basis):
    answer = client.get(f"{address}?ky=2023-{month:02}&so-lieu={BASES[basis]}")
    assert answer.status_code == 200, address
    return html.fromstring(answer.content.decode())


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("month", [1, 3, 6, 7, 8])
def test_the_overview(as_person, exported, month, basis):
    page = pages(as_person("lam"), "/tong-quan/", month, basis)
    seen = 0
    for row in page.xpath("//section[@id='muc-tieu']//tbody/tr[td[contains(@class, 'code')]]"):
        code = words(row.xpath("td")[0])
        line = exported[f"2023-{month:02}", basis, code, "area", "tinh"]
        assert same(words(row.find_class("value")[0]), line["value"]), code
        assert status_of(row) == word_of(line), code
        cells = row.xpath("td")
        assert same(words(cells[3]), line["required"]), code
        forecast = row.xpath("td[@data-l='Dự báo']//span[@class='num']")
        assert same(words(forecast[0]) if forecast else "—", line["forecast"]), code
        assert words(cells[-1]).partition("duyệt")[0] == f"{line['reported']}/{line['expected']}", code
        seen += 1
    assert seen == 4


def node_of(row):
    """(scope, node) that a row of the target's page is of."""
    link = row.xpath("th/a[@class='inherit']/@href")[0]
    (asked,) = parse_qs(urlsplit(link).query).get("node", ["tinh"])
    if asked.startswith("rieng:"):
        return "own", asked.removeprefix("rieng:")
    if asked.startswith("@"):
        return "level", asked
    return ("area" if asked == "tinh" or asked[0] == "h" else "own"), asked


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("code", ["I.1", "I.2", "II.1", "III.1"])
def test_the_targets_table_of_nodes(as_person, exported, code, basis):
    lam, met = as_person("lam"), set()
    for month in (6, 7, 8):
        for node in ("", "&node=h1", "&node=h2"):
            answer = lam.get(f"/muc-tieu/{code}/?ky=2023-{month:02}&so-lieu={BASES[basis]}{node}")
            if answer.status_code == 404:
                continue
            page = html.fromstring(answer.content.decode())
            for row in page.xpath("//section[@id='dia-ban']//tbody/tr[not(@class='section-row')]"):
                scope, name = node_of(row)
                line = exported[f"2023-{month:02}", basis, code, scope, name]
                assert same(words(row.xpath(".//b[@class='value']")[0]), line["value"]), (month, name)
                assert status_of(row) == word_of(line), (month, name)
                counted = line["approved" if basis == "official" else "reported"]
                cells = row.xpath("td")
                assert words(cells[-1]) == f"{counted}/{line['expected']}", (month, name)
                assert same(words(cells[-2]), line["forecast"]), (month, name)
                met.add((month, scope, name))
    wanted = {
        (int(period[-2:]), scope, node)
        for period, on, target, scope, node in exported
        if on == basis and target == code and period in ("2023-06", "2023-07", "2023-08")
    }
    # A level stands in the table where there are several of them.
    assert {one for one in wanted if one[1] != "level"} == {one for one in met if one[1] != "level"}


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("agency", ["h1", "h2", "x11", "s1"])
def test_an_agencys_targets(as_person, exported, agency, basis):
    for month in (6, 7, 8):
        page = pages(as_person("lam"), f"/co-quan/{agency}/", month, basis)
        scope = "area" if agency[0] == "h" else "own"
        rows = page.xpath("//section[h2 or header/h2[@id='muc-tieu']]//tbody/tr[td[contains(@class, 'code')]]")
        wanted = {
            target
            for period, on, target, of, node in exported
            if (period, on, of, node) == (f"2023-{month:02}", basis, scope, agency)
        }
        assert {words(row.xpath("td")[0]) for row in rows} == wanted
        for row in rows:
            code = words(row.xpath("td")[0])
            line = exported[f"2023-{month:02}", basis, code, scope, agency]
            assert same(words(row.find_class("value")[0]), line["value"]), (code, month)
            assert status_of(row) == word_of(line), (code, month)
            province = exported[f"2023-{month:02}", basis, code, "area", "tinh"]
            last = -2 if scope == "area" else -1
            assert same(words(row.xpath("td")[last]), province["value"]), (code, month)


@pytest.mark.parametrize("basis", BASES)
def test_the_matrix(as_person, exported, basis):
    for month in (6, 8):
        answer = as_person("lam").get(f"/ma-tran/?ky=2023-{month:02}&so-lieu={BASES[basis]}&o=so")
        page, seen = html.fromstring(answer.content.decode()), 0
        for cell in page.xpath("//td/a[starts-with(@class, 'cell ')]"):
            parts = urlsplit(cell.get("href"))
            code, (node,) = parts.path.split("/")[2], parse_qs(parts.query)["node"]
            scope = "area" if node == "tinh" or node[0] == "h" else "own"
            line = exported[f"2023-{month:02}", basis, code, scope, node]
            assert same(words(cell), line["value"]), (code, node)
            assert word_of(line).lower() in cell.get("title"), (code, node)
            seen += 1
        assert seen >= 9


@pytest.mark.parametrize(
    ("name", "path", "least"),
    [
        ("lam", "/tong-quan/", 4),
        ("dung", "/co-quan/h1/", 2),
        ("lam", "/co-quan/s1/", 3),
        ("an", "/co-quan/x11/", 1),
        ("lam", "/so-sanh/?muc-tieu=I.1", 2),
    ],
)
def test_a_figure_leads_to_where_it_comes_from(as_person, name, path, least):
    """The explanation that a figure leads to is of that figure."""
    reader = as_person(name)
    links = html.fromstring(reader.get(path).content).xpath("//main//a[contains(@href, '/giai-thich/')]")
    assert len(links) >= least
    for link in links:
        told = reader.get(link.get("href"))
        assert told.status_code == 200, link.get("href")
        assert words(link) in words(html.fromstring(told.content)), link.get("href")
