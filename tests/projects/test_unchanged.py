"""*Không đổi* for several projects at once, and where projects are counted beside targets."""

import datetime as dt

import pytest
import time_machine

from indicators.submissions import workflow
from projects.models import ProgressUpdate
from projects.services import Mark
from tests import factories
from tests.page import fields, words
from tests.projects.conftest import RUNNING

pytestmark = pytest.mark.once

LIST, ALIKE = "/du-an/bao-cao/2023-08/", "/du-an/bao-cao/2023-08/khong-doi/"
PAUSED = RUNNING._replace(stage="paused", obstacles="Chờ vốn.", contract_value=9, milestones=(Mark("Thẩm định"),))


@pytest.fixture
def july(world):
    """s1 has sent July's report: DA I.1 is paused, DA I.2 runs; DA I.3 is new. Until 20 August DA I.1 has ten days."""
    factories.target(world.plan, "I.1", [world.tree["s1"]])
    world.third = world.project(3, dt.date(2023, 8, 26), agency=world.tree["s1"])
    with time_machine.travel(dt.datetime(2023, 7, 16, 9, tzinfo=factories.AT.tzinfo), tick=False):
        report = world.open(world.july)
        world.save(PAUSED, report=report)
        world.save(project=world.group, report=report)
        workflow.submit(submission=report, by=world.an)
    return world


def test_the_list_shows_the_last_state_and_the_deadline(july, client):
    client.force_login(july.an)
    page = words(client.get(LIST))
    assert "DA I.1 DA I.1 Việc 1 31/12/2023 Tạm dừng, 45% tháng 7 Chưa báo cáo" in page
    assert "DA I.3 DA I.3 Việc 3 26/08/2023 còn 10 ngày chưa báo cáo Chưa báo cáo" in page


def test_several_are_reported_as_before_in_one_step(july, client):
    client.force_login(july.an)
    page = words(client.post(ALIKE, {"du-an": ["I-1", "I-2", "I-3", "V-9"]}, follow=True))
    assert "Đã ghi không đổi cho 2 dự án: DA I.1, DA I.2." in page
    assert "DA I.3: chưa có báo cáo kỳ nào trước" in page and "2 trên 3 việc đã có báo cáo" in page
    first = ProgressUpdate.objects.get(project=july.first, submission__period=july.august)
    assert (first.stage, first.obstacles, first.contract_value) == ("paused", "Chờ vốn.", 9)
    assert first.work_done == "Không đổi so với kỳ tháng 7." and first.milestones.get().name == "Thẩm định"


def test_what_is_reported_already_stays(july, client):
    july.save(RUNNING._replace(percent=50))
    client.force_login(july.an)
    assert "DA I.1: kỳ này đã có báo cáo" in words(client.post(ALIKE, {"du-an": ["I-1"]}, follow=True))
    assert ProgressUpdate.objects.get(submission__period=july.august).percent == 50


def test_nothing_chosen_and_a_report_that_is_closed_are_answered_with_words(july, client):
    client.force_login(july.an)
    assert "Chưa chọn dự án, nhiệm vụ nào." in words(client.post(ALIKE, follow=True))
    workflow.submit(submission=july.save().submission, by=july.an)
    page = words(client.post(ALIKE, {"du-an": ["I-2"]}, follow=True))
    assert "Phiếu đã nộp, đang chờ duyệt" in page and "Ghi không đổi" not in page


@pytest.mark.parametrize(("who", "status", "made"), [("cuc", 302, {"s2"}), ("so", 404, set()), ("lam", 404, set())])
def test_everybody_reports_only_their_own(july, client, who, status, made):
    client.force_login(getattr(july, who))
    assert client.post(ALIKE, {"du-an": ["I-1", "I-2"]}).status_code == status
    updates = ProgressUpdate.objects.filter(submission__period=july.august)
    assert not updates.exists()
    assert {update.submission.agency.code for update in updates} <= made


def test_home_entry_summary_and_receipt_count_projects_beside_targets(july, client):
    client.force_login(july.an)
    home = "/viec-can-lam/"
    assert "0/1 chỉ tiêu đã có số, 0/3 dự án, nhiệm vụ đã báo cáo." in words(client.get(home))
    sheet = "/nhap-so-lieu/2023-08/"
    page = client.get(sheet)
    assert "0/3 dự án, nhiệm vụ đã báo cáo còn 3 chưa báo cáo" in words(page)
    client.post(sheet, fields(page) | {"numerator-I.1": "30", "denominator-I.1": "100", "act": "save"})
    client.post(ALIKE, {"du-an": ["I-1", "I-2"]})
    page = client.get(home)
    assert "1/1 chỉ tiêu đã có số, 2/3 dự án, nhiệm vụ đã báo cáo. Còn thiếu: DA I.3." in words(page)
    assert f'href="{LIST}"' in page.content.decode()  # only the projects are left
    summary = "/nhap-so-lieu/2023-08/gui/"
    page = client.get(summary)
    assert "1/1 chỉ tiêu có số, 2/3 dự án, nhiệm vụ đã báo cáo" in words(page)
    assert "1 dự án, nhiệm vụ chưa báo cáo: DA I.3." in words(page)
    unconfirmed = client.post(summary, {"revision": fields(page)["revision"]})
    assert "Xác nhận nộp phiếu dù còn thiếu" in words(unconfirmed)
    sent = client.post(summary, {"revision": fields(page)["revision"], "confirm": "DA I.3"}, follow=True)
    assert "Dự án, nhiệm vụ: 2/3 đã báo cáo" in words(sent) and "DA I.1 Việc 1" in words(sent)


def test_an_agency_with_projects_alone_has_its_work_on_the_home_page(world, client):
    client.force_login(world.an)
    assert "tháng 8 trước 24:00 ngày 17/8 0/2 dự án, nhiệm vụ đã báo cáo." in words(client.get("/viec-can-lam/"))


def test_the_search_finds_a_project_with_and_without_da(world, client):
    client.force_login(world.an)
    for typed in ("DA I.1", "I.1", "I-1"):
        assert "DA I.1 Việc 1" in words(client.get("/tim/", {"q": typed})), typed
