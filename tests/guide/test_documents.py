"""The guide's files as pages of the product."""

import re

import pytest
from django.conf import settings

from guide import documents
from tests import words
from tests.faults.test_crawl import ENGLISH

pytestmark = pytest.mark.once


def test_every_file_of_the_guide_is_shown():
    assert sorted(documents.NAMES) == sorted(path.stem for path in documents.FOLDER.glob("*.md"))
    assert all(document.title and document.sections for document in documents.documents())


def test_headings_are_anchors_as_code_hosts_make_them():
    assert documents.slug_of("Gia hạn, nhập bù") == "gia-hạn-nhập-bù"
    assert documents.slug_of("Kỳ báo cáo (mục *Lịch*)") == "kỳ-báo-cáo-mục-lịch"
    for document in documents.documents():
        slugs = [section.slug for section in document.sections]
        assert len(slugs) == len(set(slugs)), document.name


def test_links_and_pictures_lead_somewhere():
    anchors = {section.url for section in documents.sections()} | {one.url for one in documents.documents()}
    links, pictures, spans = set(), set(), 0
    for section in documents.sections():
        links |= {documents.unquote(href) for href in re.findall(r'<a href="([^"]*)"', section.html)}
        pictures |= set(re.findall(r'<img src="/static/img/huong-dan/([^"]*)"', section.html))
        assert section.html.count("<img") == section.html.count('src="/static/img/huong-dan/')
        spans += section.html.count("<span>")
        assert section.html.count("<span>") == section.html.count("</span>")
    assert {documents.unquote(anchor) for anchor in anchors} >= links and len(links) > 10
    assert spans == 1  # the operators' own document is none of the guide's pages
    assert len(pictures) > 3
    assert all((settings.BASE_DIR / "docs" / "img" / name).is_file() for name in pictures)


def test_markup_in_a_file_is_text(tmp_path, monkeypatch):
    (tmp_path / "dau-moi.md").write_text(
        "# Một\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](https://vi.du/) <b onclick=x>c</b>\n"
    )
    monkeypatch.setattr(documents, "FOLDER", tmp_path)
    documents.document.cache_clear()
    (section,) = documents.document("dau-moi").sections
    documents.document.cache_clear()
    assert "<script" not in section.html and "<b " not in section.html and "href" not in section.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in section.html


def test_no_word_of_english():
    for section in documents.sections():
        told = re.sub(r"<(code|pre)>.*?</\1>", " ", section.html, flags=re.DOTALL)
        assert ENGLISH.findall(words.template_text(re.sub(r"<[^>]*>", " ", told))) == [], section.url


def test_a_commune_has_two_sheets():
    assert [section.title for section in documents.document(documents.SHEETS).sections] == [
        "Mỗi tháng một phiếu",
        "Khi có trục trặc",
    ]
