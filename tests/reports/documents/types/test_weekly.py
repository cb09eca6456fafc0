"""The weekly report: as of which day its figures are, what happened in its days, who reads it, and its publication."""

import datetime as dt

import pytest
import time_machine

from core.clock import VIETNAM
from indicators.models import Submission
from reports.documents import composition
from tests.page import words

pytestmark = pytest.mark.once

PAGE = "/bao-cao/tuan/"
FRIDAY = dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM)


def test_its_days_and_its_figures(province, as_person):
    submitted = Submission.objects.filter(period=province.periods[8], version=1).order_by("pk")
    Submission.objects.update(first_submitted_at=None, reviewed_at=None)
    first, second, third = submitted.values_list("pk", flat=True)[:3]
    # The first minute of Friday the 11th, the last of Thursday the 17th, and the minute after.
    Submission.objects.filter(pk=first).update(first_submitted_at=dt.datetime(2023, 8, 11, tzinfo=VIETNAM))
    Submission.objects.filter(pk=second).update(first_submitted_at=dt.datetime(2023, 8, 17, 23, 59, tzinfo=VIETNAM))
    Submission.objects.filter(pk=third).update(first_submitted_at=dt.datetime(2023, 8, 18, tzinfo=VIETNAM))
    with time_machine.travel(FRIDAY, tick=False):
        page = words(as_person("lam").get(PAGE))
    assert "từ ngày 11/08/2023 đến ngày 17/08/2023." in page
    assert (
        "Số liệu chỉ tiêu là số chính thức đến ngày 14/08/2023, của kỳ tháng 8 (đóng ngày 20/08/2023, số có thể" in page
    )
    assert "Trong tuần có 2 phiếu báo cáo được nộp lần đầu." in page
    assert "- Duyệt phiếu báo cáo tháng 8: hạn ngày 20/08/2023." in page
    assert "II. VIỆC ĐẾN HẠN TRONG TUẦN TỚI" in page and "III. VIỆC CHẬM, CẦN TẬP TRUNG" in page


def test_it_is_about_weeks_alone_and_never_before_their_end(province, as_person):
    plan = province.plan
    with time_machine.travel(FRIDAY, tick=False):
        assert composition.find(plan, "tuan", "2023-tuan-33", "toan-tinh", "chinh-thuc") is not None
        assert composition.find(plan, "tuan", "2023-tuan-34", "toan-tinh", "chinh-thuc") is None
        assert composition.find(plan, "tuan", "2023-08", "toan-tinh", "chinh-thuc") is None
        assert composition.find(plan, "tien-do", "2023-tuan-33", "toan-tinh", "chinh-thuc") is None
        assert composition.find(plan, "tuan", "2023-tuan-33", "don-vi:x11", "chinh-thuc") is None
        assert "chưa hết kỳ" in composition.why_none(plan, "2023-tuan-34")
        lam = as_person("lam")
        assert lam.get(f"{PAGE}?ky=2023-tuan-33&ve=huyen:h1").status_code == 200
        assert as_person("an").get(f"{PAGE}?ky=2023-tuan-33&ve=huyen:h1").status_code == 404
        choices = lam.get("/bao-cao/").content.decode()
        assert choices.count("-tuan-") == 8 and "Tuần 33 năm 2023 (11/08 đến 17/08)" in choices
        # An earlier week is still there where it is asked for.
        assert lam.get(f"{PAGE}?ky=2023-tuan-05").content.decode().count("-tuan-") >= 9


def test_it_is_drafted_and_published_once_its_week_is_over(province, as_person):
    with time_machine.travel(FRIDAY, tick=False):
        khanh = as_person("khanh")
        asked = {"nam": "2023", "loai": "tuan", "ky": "2023-tuan-33", "ve": "toan-tinh", "so-lieu": "chinh-thuc"}
        made = khanh.post("/bao-cao/moi/", asked)
        page = words(khanh.get(made["Location"].removesuffix("soan/")))
        assert "Báo cáo tuần, tuần 33 năm 2023 (11/08 đến 17/08)" in page
        assert "phát hành được sau ngày" not in page
