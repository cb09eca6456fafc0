"""The yearly check of a sample: drawn by the standing agency, recorded figure by figure, its result read by all."""

import pytest

from agencies.roles import Role
from core.audit.models import AuditEntry
from indicators.analysis.quality import services
from indicators.models import Actual, EvidenceCheck, SampledFigure, Submission
from indicators.rules.sampling import draw
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

QUALITY, DRAW = "/chat-luong/", "/chat-luong/kiem-tra/rut-mau/"


def page_of(check, figure=""):
    return f"/chat-luong/kiem-tra/{check.pk}/" + (f"{figure}/" if figure else "")


@pytest.fixture
def sample(office):
    """Three of the four official figures of x11's report of July."""
    return services.draw_sample(
        plan=office.plan,
        sizes={"commune": 3},
        first_number=7,
        last_number=7,
        reason="Kiểm tra hằng năm.",
        by=office.people["khanh"],
    )


def post(browser, url, **typed):
    return browser.post(url, fields(browser.get(url)) | typed)


def test_a_sample_is_drawn_at_random_and_can_be_drawn_again(office, as_person):
    khanh = as_person("khanh")
    sizes = {"size-department": "5", "size-district": "0", "size-commune": "3"}
    answer = post(khanh, DRAW, first_number="7", last_number="7", reason="Kiểm tra hằng năm.", **sizes)
    check = EvidenceCheck.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(check))
    population = Actual.objects.filter(submission__is_official=True).values_list("pk", flat=True)
    assert [figure.actual_id for figure in check.figures.all()] == draw(population, 3, check.seed)
    # Departments had no figure: nothing was drawn of them.
    assert list(check.levels.values_list("level", "population", "size")) == [("commune", 4, 3)]
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.act, entry.detail["seed"], entry.detail["sizes"]) == (
        "rút mẫu kiểm tra", check.seed, {"commune": 3},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"reason": ""}, 422, "Ghi rõ lý do."),
        ({"size-commune": "0", "size-department": "0", "size-district": "0"}, 409, "từ 1 đến 300 số liệu"),
        ({"first_number": "7", "last_number": "6"}, 409, "Kỳ cuối không được trước kỳ đầu."),
        ({"first_number": "5", "last_number": "6"}, 409, "chưa có số liệu chính thức"),
    ],
)
def test_what_cannot_be_drawn_says_why(as_person, typed, status, said):
    answer = post(as_person("khanh"), DRAW, **{"reason": "x", **typed})
    assert answer.status_code == status and said in words(answer)
    assert not EvidenceCheck.objects.exists()


def test_findings_make_the_result_that_all_read(office, as_person, sample):
    khanh = as_person("khanh")
    assert "Rút ngẫu nhiên 3 trong 4 số liệu chính thức, kỳ tháng 7. Chưa kiểm số liệu nào." in words(
        khanh.get(QUALITY)
    )
    answer = post(khanh, page_of(sample, 1), verdict="agrees")
    assert answer["Location"] == page_of(sample, 2)
    answer = post(khanh, page_of(sample, 2), verdict="disagrees")
    assert answer.status_code == 409 and "Không khớp thì ghi giá trị theo minh chứng." in words(answer)
    assert fields(answer)["verdict"] == "disagrees"
    post(khanh, page_of(sample, 2), verdict="disagrees", value_found="58 / 100", note="Sổ ghi khác")
    answer = post(khanh, page_of(sample, 3), verdict="no_evidence")
    assert answer["Location"] == page_of(sample)
    said = (
        "Rút ngẫu nhiên 3 trong 4 số liệu chính thức, kỳ tháng 7. Đã kiểm đủ: 1 khớp minh chứng (33,33% của số đã kiểm), "
        "1 không khớp, 1 không có minh chứng."
    )
    for name in ("an", "cuc", "lam"):
        assert said in words(as_person(name).get(QUALITY))
    # The figures themselves are for those who may open the report.
    for name, sees in (("lam", True), ("dung", True), ("cuc", False)):
        page = words(as_person(name).get(page_of(sample)))
        assert said in page and ("58 / 100. Sổ ghi khác" in page) == sees
        assert "Ghi lại" not in page
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.act, entry.object_label) == ("ghi kết quả kiểm tra mẫu", "Số 3, Kiểm tra mẫu lần 1 năm 2023")
    # A finding recorded anew takes the place of the first; a form opened before it does not.
    stale = fields(khanh.get(page_of(sample, 1))) | {"seen": "", "verdict": "no_evidence"}
    assert khanh.post(page_of(sample, 1), stale).status_code == 409
    post(khanh, page_of(sample, 1), verdict="no_evidence")
    assert list(SampledFigure.objects.values_list("verdict", flat=True)) == ["no_evidence", "disagrees", "no_evidence"]


def test_nobody_checks_the_report_that_they_sent(office, as_person, sample):
    Submission.objects.update(submitted_by=office.people["khanh"])
    answer = post(as_person("khanh"), page_of(sample, 1), verdict="agrees")
    assert answer.status_code == 409 and "Người đã nộp phiếu này không tự kiểm số của mình." in words(answer)
    assert not SampledFigure.objects.exclude(verdict="").exists()


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_others_neither_draw_nor_record(office, as_person, sample, name):
    browser = as_person(name)
    assert "Rút mẫu kiểm tra" not in words(browser.get(QUALITY))
    for url in (DRAW, page_of(sample, 1)):
        assert browser.get(url).status_code == 404
        assert browser.post(url, {"verdict": "agrees", "reason": "x"}).status_code == 404
    assert EvidenceCheck.objects.count() == 1 and not SampledFigure.objects.exclude(verdict="").exists()


def test_strangers_are_sent_away_and_wrong_addresses_are_404(client, as_person, sample):
    for url in (QUALITY, DRAW, page_of(sample), page_of(sample, 1)):
        assert client.get(url).status_code == 302
    khanh = as_person("khanh")
    for url in (f"/chat-luong/kiem-tra/{sample.pk + 1}/", page_of(sample, 9), f"{QUALITY}?nam=1999"):
        assert khanh.get(url).status_code == 404


def test_reading_asks_a_fixed_number_of_questions(office, as_person, sample, django_assert_num_queries):
    more = factories.person("mai", office.tree["s1"], Role.STANDING)
    sizes = {"commune": 4}
    services.draw_sample(plan=office.plan, sizes=sizes, first_number=1, last_number=8, reason="Lần nữa.", by=more)
    browser = as_person("lam")
    browser.get(QUALITY)
    # 3 who reads, 1 the plan, 1 described targets, 3 results.
    with django_assert_num_queries(8):
        browser.get(QUALITY)
    # 3 who reads, 1 the plan, 3 results, 2 the figures, 1 the frame.
    with django_assert_num_queries(10):
        browser.get(page_of(sample))
