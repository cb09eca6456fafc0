"""Every page that a reader can reach is valid HTML, whatever names stand on it."""

import pytest

from tests.faults.test_crawl import crawl


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("name", [None, "an", "dung", "khanh", "lam"])
def test_pages_are_valid(province, as_person, html_errors, name):
    """One page of each kind, by each sort of reader. Django's own administration is not ours to mend."""
    pages = {
        url: response.content.decode()
        for url, _, response in crawl(as_person(name), most=1)
        if response.status_code == 200
        and response["Content-Type"].startswith("text/html")
        and not url.startswith("/quan-tri/")
    }
    assert len(pages) >= (1 if name is None else 20)
    assert html_errors(pages) == []


def test_the_checker_checks(html_errors):
    page = "<!doctype html><html lang=vi><title>Trang</title><p id=a>Một</p><p id=a>Hai<div>"
    assert sorted(line.partition(": ")[2].partition(":")[0] for line in html_errors({"/": page})) == [
        "Duplicate ID “a”.",
        "End of file seen and there were open elements.",
        "Unclosed element “div”.",
    ]
