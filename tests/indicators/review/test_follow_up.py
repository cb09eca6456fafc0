"""Figures to look at again: marks that are an office's own, and the nightly check of past months."""

import pytest

from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, FindingRule, FollowUp, PastFinding, SeenFinding, State
from indicators.review import follow_up
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

LIST = "/duyet/theo-doi-tiep/"
NOTE = "Hỏi lại tháng sau."


@pytest.fixture
def waiting(office):
    """August's report of x11, whose I.1 and II.2 wait for review."""
    figures = {office.targets["I.1"]: (70, 110), office.targets["II.2"]: 140}
    office.report = factories.report(
        office.tree["x11"], office.august, figures, state=State.SUBMITTED, submitted_by=office.people["an"]
    )
    return office


def page_of(office, code="I.1"):
    return f"/duyet/{office.report.pk}/{code}/theo-doi/"


def mark(office, by="dung", note=NOTE):
    return follow_up.mark(submission=office.report, target=office.targets["I.1"], note=note, by=office.people[by])


def test_a_mark_is_the_offices_own(waiting, as_person):
    assert as_person("dung").post(page_of(waiting), {"note": NOTE}).url == LIST
    assert FollowUp.objects.get().note == NOTE
    for name, sees in {"dung": True, "giang": True, "hanh": False, "khanh": False}.items():
        said = words(as_person(name).get(LIST))
        assert (NOTE in said) == sees and ("I.1 " in said) == sees, name
    for name in ("an", "binh", "cuc", "lam"):
        assert as_person(name).get(LIST).status_code == 404, name
    for name in ("an", "cuc", "hanh", "lam", "khanh"):
        assert as_person(name).get(page_of(waiting)).status_code == 404, name
        assert as_person(name).post(page_of(waiting), {"act": "remove"}).status_code == 404, name
    figure = f"/duyet/{waiting.report.pk}/I.1/"
    assert NOTE not in words(as_person("an").get(figure)) and "Theo dõi tiếp" not in words(as_person("an").get(figure))
    assert f'href="{page_of(waiting)}"' in as_person("giang").get(figure).content.decode()
    assert not AuditEntry.objects.filter(detail__icontains="Hỏi lại").exists()


def test_a_mark_is_changed_and_taken_away_by_the_office(waiting, as_person):
    mark(waiting)
    assert NOTE in as_person("giang").get(page_of(waiting)).content.decode()
    as_person("giang").post(page_of(waiting), {"note": "Đã hỏi."})
    assert (FollowUp.objects.get().note, FollowUp.objects.get().by) == ("Đã hỏi.", waiting.people["giang"])
    as_person("dung").post(page_of(waiting), {"act": "remove"})
    assert not FollowUp.objects.exists()
    acts = AuditEntry.objects.filter(act__contains="theo dõi số liệu").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["đánh dấu theo dõi số liệu"] * 2 + ["thôi theo dõi số liệu"]


def test_nobody_else_marks_and_odd_notes_are_kept_or_refused(waiting, as_person):
    for name in ("an", "hanh", "khanh", "lam"):
        with pytest.raises(ActionNotAllowed):
            mark(waiting, by=name)
    too_long = as_person("dung").post(page_of(waiting), {"note": "a" * 2001})
    assert too_long.status_code == 409 and "a" * 2001 in too_long.content.decode()
    as_person("dung").post(page_of(waiting), {"note": "có\x00 ký tự"})
    assert FollowUp.objects.get().note == "có ký tự"
    assert as_person("dung").get(page_of(waiting, "khong-co")).status_code == 404


def test_past_months_are_checked_again(waiting, as_person, moment):
    """July: 60 of 100, 5 of 20, 132: nothing odd. Made round it is, until a word explains it."""
    july = Actual.objects.get(submission__period=waiting.july, target=waiting.targets["II.2"])
    assert follow_up.check_past_months() == 0
    Actual.objects.filter(pk=july.pk).update(value=2000)
    assert follow_up.check_past_months() == follow_up.check_past_months() == 1
    finding = PastFinding.objects.get()
    assert (finding.submission, finding.target, finding.flags) == (july.submission, july.target, "Số tròn: 2.000")
    page = as_person("dung").get(LIST)
    assert "Số tròn: 2.000" in words(page) and f'href="/duyet/{july.submission.pk}/II.2/"' in page.content.decode()
    assert "Số tròn" not in words(as_person("hanh").get(LIST))
    Actual.objects.filter(pk=july.pk).update(note="Đếm lại theo đăng ký kinh doanh.")
    assert follow_up.check_past_months() == 0 and not PastFinding.objects.exists()


def found(office, code, rule, report):
    """A finding of last night."""
    return PastFinding.objects.create(
        submission=report, target=office.targets[code], rule=rule, flags="Cảnh báo.", day=factories.AT.date()
    )


def test_findings_stand_by_rule_and_agency_the_worst_first(waiting, as_person):
    july = Actual.objects.filter(submission__period=waiting.july).first().submission
    other = factories.report(waiting.tree["x12"], waiting.july, {waiting.targets["I.1"]: (1, 2)})
    found(waiting, "I.1", FindingRule.SAME, july)
    found(waiting, "I.1", FindingRule.FAR, other)
    found(waiting, "II.2", FindingRule.FAR, july)
    found(waiting, "I.2", FindingRule.FAR, july)
    groups = follow_up.grouped(waiting.people["dung"])
    assert [(group.rule, group.count) for group in groups] == [(FindingRule.FAR, 3), (FindingRule.SAME, 1)]
    assert [(part.agency.code, len(part.findings)) for part in groups[0].agencies] == [("x11", 2), ("x12", 1)]
    said = words(as_person("dung").get(LIST))
    assert "mức của các kỳ trước: 3 số của 2 đơn vị Đã xem cả nhóm" in said and "Giống hệt kỳ trước: 1 số" in said
    assert follow_up.grouped(waiting.people["hanh"]) == []  # of another district


def test_a_group_that_was_seen_is_not_listed_again(waiting, as_person):
    july = Actual.objects.filter(submission__period=waiting.july).first().submission
    other = factories.report(waiting.tree["x12"], waiting.july, {waiting.targets["I.1"]: (1, 2)})
    for report in (july, other):
        found(waiting, "I.1", FindingRule.FAR, report)
    seen = "/duyet/theo-doi-tiep/da-xem/"
    assert as_person("dung").post(seen, {"quy-tac": "far", "don-vi": "x11"}).url == LIST
    assert [finding.submission for finding in follow_up.findings_for(waiting.people["giang"])] == [other]  # one office
    assert as_person("hanh").post(seen, {"quy-tac": "far", "don-vi": ""}).status_code == 302  # not theirs: nothing
    assert SeenFinding.objects.count() == 1
    as_person("giang").post(seen, {"quy-tac": "far", "don-vi": ""})
    assert not follow_up.findings_for(waiting.people["dung"]).exists()
    assert AuditEntry.objects.filter(act="xem cảnh báo của kỳ đã qua").count() == 2
    assert "đã được xem trước đó" in words(as_person("dung").post(seen, {"quy-tac": "far"}, follow=True))
    assert as_person("dung").post(seen, {"quy-tac": "khac"}).status_code == 404
    assert as_person("an").post(seen, {"quy-tac": "far"}).status_code == 404
    # Another night finds them again; a report that was sent anew is another version.
    assert PastFinding.objects.count() == 2
    superseded = {"is_latest": False, "is_official": False, "is_provisional": False, "state": State.SUPERSEDED}
    type(other).objects.filter(pk=other.pk).update(**superseded)
    again = factories.report(waiting.tree["x12"], waiting.july, {waiting.targets["I.1"]: (1, 2)}, version=2)
    found(waiting, "I.1", FindingRule.FAR, again)
    assert [finding.submission for finding in follow_up.findings_for(waiting.people["dung"])] == [again]


def test_queries_do_not_grow(waiting, as_person, django_assert_num_queries):
    reader = as_person("dung")
    mark(waiting)
    Actual.objects.filter(submission__period=waiting.july, target=waiting.targets["II.2"]).update(value=2000)
    follow_up.check_past_months()
    reader.get(LIST)
    with django_assert_num_queries(8):
        reader.get(LIST)
