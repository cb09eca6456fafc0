"""The ranking by results over the small province (tests/reports/conftest.py), as of August on the official basis.

h1 holds I.1 (300/300): 1 of 1. s1 holds III.1 (40%), not I.2 (30% of 50): 1 of 2; II.1 has no threshold. The communes do
not reach 80%: x11 and x12 190/300, x21 140/200, x22 120/200.
"""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.rules.results import GradeBand
from indicators.targets import results_ranking
from reports.dashboards.queries.results_ranking import results_league
from tests.page import words

pytestmark = pytest.mark.once

ADDRESS = "/xep-hang/ket-qua/"
BANDS = [GradeBand(90, "Tốt"), GradeBand(50, "Trung bình")]


def set_ranking(province, *, by="khanh", published=True, weights=None, bands=BANDS, reason="Họp ngày 15/8"):
    wanted = {target: (weights or {}).get(code, 1) for code, target in province.targets.items()}
    return results_ranking.set_ranking(
        plan=province.plan, published=published, bands=bands, weights=wanted, reason=reason, by=province.people[by]
    )


def shown(ranking):
    return [(row.rank, row.agency.code, row.held, row.assigned, row.percent, row.grade) for row in ranking.rows]


def test_places_shares_grades_and_weights_of_one_level(province, selected, django_assert_num_queries):
    set_ranking(province, published=False)
    province.plan.min_coverage = 50  # the communes have 2 of 4 official figures of August
    lam, selection = province.people["lam"], selected()
    departments, districts, communes = (results_league(selection, lam, level=level) for level in ("so", "huyen", "xa"))
    assert shown(departments) == [(1, "s1", 1, 2, 50, "Trung bình")]
    assert shown(districts) == [(1, "h1", 1, 1, 100, "Tốt")] and districts.exempt == 1  # h2 has no target
    assert shown(communes) == [(1, code, 0, 1, 0, "") for code in ("x11", "x12", "x21", "x22")]
    assert (communes.ranked, communes.hidden, communes.grades) == (4, 0, (("Tốt", 0), ("Trung bình", 0)))
    set_ranking(province, weights={"I.2": 3, "I.1": 0})
    with django_assert_num_queries(5):
        weighed = results_league(selection, lam)  # the first level
    assert shown(weighed) == [(1, "s1", 1, 2, 25, "")]  # 1 of 3 + 1
    assert weighed.weighted == (("I.1", 0), ("I.2", 3))
    assert [row.rank for row in results_league(selection, lam, level="xa").rows] == [None] * 4
    assert results_league(selection, lam, level="tat-ca") is None


def test_nobody_is_ranked_on_too_few_figures(province, as_person, selected):
    """2 of 4 official figures of August, with 80% as the least: as many lines, without a place and a grade."""
    set_ranking(province, bands=[GradeBand(0, "Có hạng")])
    ranking = results_league(selected(), province.people["lam"], level="xa")
    assert (ranking.is_thin, ranking.counted, ranking.due, ranking.ranked) == (True, 2, 4, 0)
    assert {(row.rank, row.grade) for row in ranking.rows} == {(None, "")}
    page = words(as_person("lam").get(ADDRESS, {"ky": "2023-08", "nhom": "xa"}))
    assert "Chưa xếp hạng: mới có 2/4 số liệu phải có, cần ít nhất 80%." in page
    assert "4 đơn vị, chưa xếp hạng" in page and "chưa đủ số liệu: 0/1 số" in page
    book = load_workbook(BytesIO(as_person("lam").get(ADDRESS + "tep/xlsx/?ky=2023-08&nhom=xa").getvalue()))
    cells = [cell for line in book["Theo kết quả"].iter_rows(values_only=True) for cell in line]
    assert "Chưa xếp hạng: mới có 2/4 số liệu phải có, cần ít nhất 80%." in cells
    assert cells.count("chưa đủ số liệu: 0/1 số") == 2


def test_only_the_standing_agency_sets_it_with_a_reason_and_a_change(province):
    for name in ("lam", "quan", "an", "dung"):
        with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
            set_ranking(province, by=name)
    with pytest.raises(ActionNotAllowed, match="kèm lý do"):
        set_ranking(province, reason=" ")
    with pytest.raises(ActionNotAllowed, match="cùng một ngưỡng"):
        set_ranking(province, bands=[GradeBand(50, "A"), GradeBand(50, "B")])
    set_ranking(province)
    entry = AuditEntry.objects.latest("id")
    assert entry.act == "đổi cách xếp hạng theo kết quả"
    assert entry.detail["changes"] == {"công bố": ["không", "có"], "xếp loại": ["", "Tốt từ 90%; Trung bình từ 50%"]}
    with pytest.raises(ActionNotAllowed, match="không đổi"):
        set_ranking(province)


def test_who_sees_it_before_and_after_it_is_published(province, as_person):
    seen = {name: as_person(name).get(ADDRESS).status_code for name in province.people}
    assert {name for name, status in seen.items() if status == 200} == {"lam", "khanh"}
    assert as_person("an").get(ADDRESS + "tep/csv/").status_code == 404
    assert "Xếp hạng theo kết quả" not in words(as_person("an").get("/xep-hang/"))
    # From the ranking of all levels together one comes to the first level.
    assert "Chưa công bố" in words(as_person("lam").get(ADDRESS, {"nhom": "tat-ca"}))
    set_ranking(province)
    page = words(as_person("an").get(ADDRESS))
    assert "2 đơn vị ngoài phạm vi" not in page and "Cấp xã" in page
    assert "Hạng tính trong 4 đơn vị; 3 đơn vị ngoài phạm vi của tài khoản không nêu tên." in page
    assert "Xếp hạng theo kết quả" in words(as_person("an").get("/xep-hang/"))


def test_files_hold_the_same_rows(province, as_person):
    set_ranking(province)
    book = load_workbook(BytesIO(as_person("lam").get(ADDRESS + "tep/xlsx/?ky=2023-08&nhom=huyen").getvalue()))
    lines = [row for row in book["Theo kết quả"].iter_rows(values_only=True) if row[2] == "h1"]
    assert lines[0][:7] == (1, "H. Một", "h1", 1, 1, 100, "Tốt")
    text = b"".join(as_person("lam").get(ADDRESS + "tep/csv/?ky=2023-08&nhom=huyen")).decode("utf-8-sig")
    assert "Hạng" in text.splitlines()[0] and any("h1" in line and "Tốt" in line for line in text.splitlines())
    assert as_person("lam").get(ADDRESS + "tep/pdf/").status_code == 404


def test_the_settings_page(province, as_person):
    address = ADDRESS + "cach-xep/"
    for name in ("lam", "quan", "an"):
        assert as_person(name).get(address).status_code == 404
    client = as_person("khanh")
    assert "Trọng số của từng chỉ tiêu" in words(client.get(address))
    typed = {f"weight-{target.pk}": "1" for target in province.targets.values()}
    typed |= {"published": "on", "floor-0": "80", "label-0": "Tốt", "reason": "Công bố quý III"}
    refused = client.post(address, typed | {"floor-1": "50"})
    assert refused.status_code == 422 and "Ghi cả ngưỡng và tên mức" in words(refused)
    assert client.post(address, typed).status_code == 302
    province.plan.refresh_from_db()
    assert province.plan.publishes_results and results_ranking.bands_of(province.plan) == [GradeBand(80, "Tốt")]
