"""Every page that a reader can reach is valid HTML, whatever names stand on it."""

import pytest

from tests.faults.test_crawl import crawl, shape


@pytest.mark.slow
@pytest.mark.parametrize("name", [None, "an", "dung", "khanh", "lam"])
def test_pages_are_valid(province, as_person, html_errors, name):
    """One page of each kind, by each sort of reader. Django's own administration is not ours to mend."""
    pages = {}
    for url, _, response in crawl(as_person(name)):
        kind = shape(url)
        is_page = response.get("Content-Type", "").startswith("text/html") and not url.startswith("/quan-tri/")
        if is_page and kind not in pages:
            pages[kind] = url, response.content.decode()
    assert len(pages) >= (2 if name is None else 20)
    assert html_errors(dict(pages.values())) == []


def test_the_checker_checks(html_errors):
    page = "<!doctype html><html lang=vi><title>Trang</title><p id=a>Một</p><p id=a>Hai<div>"
    assert sorted(line.partition(": ")[2].partition(":")[0] for line in html_errors({"/": page})) == [
        "Duplicate ID “a”.",
        "Unclosed element “div”.",
    ]
