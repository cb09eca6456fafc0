"""Each page has its part of the guide."""

import pytest
from django.urls import URLResolver, get_resolver

from guide import documents, parts

pytestmark = pytest.mark.once

# Addresses that answer with a file or data, take a form and lead on, or are for machines: nobody reads a page there.
NO_PAGE = {
    *(
        "live",
        "ready",
        "logo",
        "entry_cells",
        "form_drafts",
        "practice_cells",
        "job_progress",
        "end_other_sessions",
        "security_contact",
        "notices_read",
        "charge_remind",
        "report_act",
    ),
    *("review_undo", "calendar_ics", "releases_ics", "releases_feed", "receipt_lines", "workbook_template"),
    *("workbook_marked", "plan-workbook-template", "plan-workbook-marked", "plan-figures-template"),
    *(
        "accounts_sheet_template",
        "setup_tree_template",
        "evidence",
        "project_document",
        "report_copy",
        "report_sign",
        "report_fill",
        "report_files",
        "draft_sentence",
        "mailing_pause",
    ),
    *("offline_worker", "manifest"),
    *("review_owing_file", "connected_system_act", "open_data_change", "form_drafts"),
}


def names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace is None:
                yield from names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def test_every_page_has_a_part():
    pages = {name for name in names(get_resolver().url_patterns) if name not in NO_PAGE and not name.endswith("_file")}
    pages |= {"workbook_file"}
    assert pages - parts.PARTS.keys() == set()
    assert parts.PARTS.keys() - pages == set()


def test_every_part_stands_in_the_guide():
    there = {(section.document, section.slug) for section in documents.sections()} | {(documents.INDEX, "")}
    assert {name: part for name, part in parts.PARTS.items() if part not in there} == {}
    assert parts.ADMINISTRATION in there


def test_a_page_leads_to_its_part(rf):
    def help_at(path, shown=""):
        request = rf.get(path)
        request.resolver_match = get_resolver().resolve(path)
        return parts.help_of(request, shown)

    assert help_at("/nhap-so-lieu/2023-08/gia-han/") == "/huong-dan/dau-moi/#không-kịp-hạn"
    assert help_at("/quan-tri/agencies/user/") == "/huong-dan/quan-tri/#trang-quản-trị"
    assert help_at("/huong-dan/") == "/huong-dan/"
    # The start page of a focal point, and of a leader.
    assert help_at("/") == "/huong-dan/dau-moi/#từng-bước"
    assert help_at("/", "overview") == help_at("/tong-quan/") == "/huong-dan/lanh-dao/#tổng-quan"
    lost = rf.get("/khong-co/")
    lost.resolver_match = None
    assert parts.help_of(lost) == "/huong-dan/"
