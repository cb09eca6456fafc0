"""A lead's report on its projects with the month's figures: saved, submitted, returned, reopened; invalid entries are refused."""

import datetime as dt
import os
from decimal import Decimal
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.removed.models import RemovedItem
from core.removed.services import kept_files
from indicators import errors
from indicators.models import Basis, ReturnReason, State
from indicators.submissions import locks, workflow
from projects import services
from projects.models import Milestone, MilestoneTemplate, ProgressUpdate, Project, ProjectDocument, Stage
from projects.schedule_rules import Lateness
from projects.services import Entry, Mark
from projects.status import tally
from projects.tasks import clear_lost_documents
from tests import factories
from tests.page import fields, words
from tests.projects.conftest import RUNNING

pytestmark = pytest.mark.django_db

MISSING = locks.ReasonForReturn(ReturnReason.OTHER, "Thiếu mốc.")
LIST, FORM = "/du-an/bao-cao/2023-08/", "/du-an/bao-cao/2023-08/I-1/"


class TestWhoIsAsked:
    def test_a_named_lead_and_every_agency_of_a_group(self, world):
        asked = {
            code: [p.label for p in services.asked_projects(agency, world.august)]
            for code, agency in world.tree.items()
        }
        assert asked == {"tinh": [], "s1": ["DA I.1", "DA I.2"], "s2": ["DA I.2"], "h1": [], "x11": []}

    def test_what_was_reported_as_finished_is_asked_no_more(self, world):
        with time_machine.travel(dt.datetime(2023, 7, 16, 9, tzinfo=factories.AT.tzinfo), tick=False):
            report = world.open(world.july)
            done = Entry(stage=Stage.DONE, percent=Decimal(100), actual_finish=dt.date(2023, 7, 10))
            world.save(done, report=report)
            workflow.submit(submission=report, by=world.an)
        assert [p.label for p in services.asked_projects(world.tree["s1"], world.august)] == ["DA I.2"]
        assert [p.label for p in services.asked_projects(world.tree["s1"], world.july)] == ["DA I.1", "DA I.2"]


class TestSaving:
    def test_saved_with_milestones_and_history(self, world):
        entry = RUNNING._replace(milestones=(Mark("Thẩm định", "An", dt.date(2023, 9, 1)), Mark("Nghiệm thu")))
        update = world.save(entry)
        assert Entry.stored(ProgressUpdate.objects.get()) == entry
        assert update.submission.revision == 1
        assert (update.entered_by, update.entered_at) == (world.an, factories.AT)
        past = ProgressUpdate.history.get()
        assert (past.history_user, past.history_change_reason) == (world.an, "biểu nhập")
        assert Milestone.history.count() == 2

    def test_saved_again_changes_only_what_changed(self, world):
        entry = RUNNING._replace(milestones=(Mark("Thẩm định"), Mark("Nghiệm thu"), Mark("Quyết toán")))
        world.save(entry)
        seen = entry.fingerprint()
        shorter = entry._replace(milestones=(Mark("Thẩm định", done_on=dt.date(2023, 8, 1)), Mark("Nghiệm thu")))
        world.save(shorter, seen=seen)
        assert Entry.stored(ProgressUpdate.objects.get()) == shorter
        kinds = Milestone.history.order_by("history_id").values_list("name", "history_type")
        assert list(kinds)[3:] == [("Thẩm định", "~"), ("Quyết toán", "-")]
        world.save(shorter)  # the same once more: nothing is written
        assert ProgressUpdate.history.count() == 2

    def test_two_people_at_once(self, world):
        world.save()
        with pytest.raises(errors.EditConflict, match=r"vừa lưu tiến độ DA I\.1") as conflict:
            world.save(RUNNING._replace(percent=Decimal(50)), by=world.binh)
        assert conflict.value.current.percent == 45
        assert ProgressUpdate.objects.get().percent == 45

    def test_ones_own_save_is_known_again_although_its_answer_was_lost(self, world):
        world.save()
        later = RUNNING._replace(percent=Decimal(50))
        for tried in ((), (later,)):
            with pytest.raises(errors.EditConflict):
                world.save(later, tried=tried)
        with pytest.raises(errors.EditConflict):  # the same words, but somebody else's
            world.save(later, tried=(RUNNING,), by=world.binh)
        world.save(later, tried=(RUNNING,))
        assert ProgressUpdate.objects.get().percent == 50

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"stage": "khac"}, "stage"),
            ({"percent": None}, "percent"),
            ({"percent": Decimal("100.01")}, "percent"),
            ({"percent": Decimal(-1)}, "percent"),
            ({"stage": "not_started"}, "percent"),
            ({"stage": "done", "actual_finish": dt.date(2023, 8, 1)}, "percent"),
            ({"stage": "done", "percent": Decimal(100)}, "actual_finish"),
            ({"actual_finish": dt.date(2023, 8, 1)}, "actual_finish"),
            ({"actual_start": dt.date(2023, 8, 17)}, "actual_start"),
            ({"planned_start": dt.date(2023, 9, 2), "planned_finish": dt.date(2023, 9, 1)}, "planned_finish"),
            ({"stage": "paused"}, "obstacles"),
            ({"contract_value": -1}, "contract_value"),
            ({"contract_value": 10**15}, "contract_value"),
            ({"contract_value": 100, "disbursed": 101}, "disbursed"),
            ({"work_done": "x" * 4001}, "work_done"),
            ({"milestones": (Mark("", planned_on=dt.date(2023, 9, 1)),)}, "milestones-0-name"),
            ({"milestones": (Mark("A"), Mark("B", done_on=dt.date(2023, 8, 17)))}, "milestones-1-done_on"),
            ({"milestones": tuple(Mark(f"M{n}") for n in range(31))}, "milestones"),
        ],
    )
    def test_what_cannot_stand(self, world, changes, field):
        entry = RUNNING._replace(**changes)
        assert [flaw.field for flaw in services.flaws_in(world.first, entry, dt.date(2023, 8, 16))] == [field]
        with pytest.raises(errors.ActionNotAllowed, match=r"^DA I\.1: "):
            world.save(entry)
        assert not ProgressUpdate.objects.exists()

    def test_a_task_without_end_needs_no_percentage(self, world):
        endless = world.project(3, None, agency=world.tree["s1"], ongoing=True)
        assert services.flaws_in(endless, Entry(stage="running"), dt.date(2023, 8, 16)) == []

    def test_of_others_nothing(self, world):
        report = world.open()
        with pytest.raises(errors.ActionNotAllowed, match="đơn vị khác"):
            world.save(report=report, by=world.cuc)
        with pytest.raises(errors.ActionNotAllowed, match=r"I\.1 không do"):
            world.save(by=world.cuc)

    def test_what_is_sent_is_locked(self, world):
        update = world.save()
        workflow.submit(submission=update.submission, by=world.an)
        with pytest.raises(errors.ActionNotAllowed, match="đã nộp"):
            world.save(RUNNING._replace(percent=Decimal(50)), seen=RUNNING.fingerprint())


class TestWithTheReport:
    def test_the_same_cycle_as_figures(self, world):
        update = world.save(RUNNING._replace(milestones=(Mark("Thẩm định"),)))
        report = update.submission
        assert world.standing(basis=Basis.PROVISIONAL).leads[0].update is None  # a draft counts nowhere
        workflow.submit(submission=report, by=world.an)
        assert world.standing(basis=Basis.PROVISIONAL).percent == 45
        assert world.standing().percent is None
        workflow.return_report(submission=report, by=world.so, reason="Xem lại", parts={"I-1": MISSING})
        assert ProgressUpdate.objects.get().return_reason == "Thiếu mốc."
        entry = RUNNING._replace(percent=Decimal(50))
        world.save(entry, seen=Entry.stored(ProgressUpdate.objects.get()).fingerprint())
        workflow.submit(submission=report, by=world.an)
        assert ProgressUpdate.objects.get().return_reason == ""
        workflow.approve(submission=report, by=world.so)
        assert world.standing().percent == 50
        newer = workflow.reopen(submission=report, by=world.so, reason="Bổ sung")
        copied = newer.project_updates.get()
        assert (copied.percent, copied.entered_by) == (50, world.an)
        assert world.standing().leads[0].update.submission_id == report.pk
        world.save(RUNNING._replace(percent=Decimal(60)), report=newer, seen=entry.fingerprint())
        workflow.submit(submission=newer, by=world.an)
        workflow.approve(submission=newer, by=world.so)
        assert world.standing().percent == 60
        report.refresh_from_db()
        assert (report.state, report.project_updates.get().percent) == (State.SUPERSEDED, 50)

    def test_last_months_standing_stays_as_it_was(self, world):
        with time_machine.travel(dt.datetime(2023, 7, 16, 9, tzinfo=factories.AT.tzinfo), tick=False):
            report = world.open(world.july)
            world.save(RUNNING._replace(milestones=(Mark("Thẩm định", planned_on=dt.date(2023, 7, 1)),)), report=report)
            workflow.submit(submission=report, by=world.an)
            workflow.approve(submission=report, by=world.so)
        july = world.standing(month=7, day=dt.date(2023, 7, 14), due=7)
        assert (july.lateness, july.reason) == (Lateness.SLIPPING, "Thẩm định: hạn 01/07/2023, quá 13 ngày.")
        later = RUNNING._replace(percent=Decimal(70), milestones=(Mark("Thẩm định", planned_on=dt.date(2023, 9, 1)),))
        update = world.save(later)
        workflow.submit(submission=update.submission, by=world.an)
        workflow.approve(submission=update.submission, by=world.so)
        assert world.standing().lateness == Lateness.ON_SCHEDULE
        assert world.standing(month=7, day=dt.date(2023, 7, 14), due=7) == july

    def test_a_group_is_counted_and_not_averaged(self, world):
        done = Entry(
            stage="done", percent=Decimal(100), actual_finish=dt.date(2023, 8, 1), contract_value=5, disbursed=3
        )
        for by, entry in (
            (world.an, done),
            (world.cuc, RUNNING._replace(contract_value=7, planned_finish=dt.date(2023, 12, 1))),
        ):
            report = world.save(entry, world.group, by=by).submission
            workflow.submit(submission=report, by=by)
        found = world.standing(world.group, Basis.PROVISIONAL)
        assert (found.whole.done, found.whole.leads, found.percent) == (1, 2, None)
        assert (found.money.contract_value, found.money.disbursed, found.money.share) == (12, 3, 60)
        counted = tally([found, world.standing(basis=Basis.PROVISIONAL)])
        assert (counted.total, counted.money) == (2, found.money)

    def test_a_lead_without_figures_sends_its_projects(self, world, client):
        world.project(4, dt.date(2023, 12, 31), agency=world.other)
        focal = factories.person("bql", world.other, Role.FOCAL)
        client.force_login(focal)
        assert "Chưa báo cáo" in words(client.get("/nhap-so-lieu/2023-08/"))
        assert (
            client.post(
                "/du-an/bao-cao/2023-08/I-4/", {"stage": "running", "percent": "10", "milestones": "0"}
            ).status_code
            == 302
        )
        page = client.get("/nhap-so-lieu/2023-08/")
        assert "Nộp phiếu" in words(page)
        response = client.post("/nhap-so-lieu/2023-08/", {"act": "submit"}, follow=True)
        response = client.post(response.request["PATH_INFO"], fields(response))
        assert response.status_code == 302 and response["Location"].startswith("/nhap-so-lieu/2023-08/da-nop/")
        assert world.standing(Project.objects.get(number=4), Basis.PROVISIONAL).percent == 10


class TestPages:
    def test_owner_colleague_stranger(self, world, client):
        for person, expected in (
            (world.an, 200),
            (world.binh, 200),
            (world.cuc, 404),
            (world.xa, 404),
            (world.lam, 404),
        ):
            client.force_login(person)
            assert client.get(FORM).status_code == expected, person
        client.logout()
        assert client.get(FORM).status_code == 302

    def test_typed_saved_and_back(self, world, client):
        client.force_login(world.an)
        page = client.get(FORM)
        typed = fields(page) | {
            "stage": "running",
            "percent": "45,5",
            "planned_finish": "05/11/2023",
            "contract_value": "1.970.000.000",
            "disbursed": "500000000",
            "m0-name": "Thẩm định",
            "m0-planned_on": "01/09/2023",
        }
        response = client.post(FORM, typed)
        assert response.status_code == 302 and response["Location"] == LIST
        stored = Entry.stored(ProgressUpdate.objects.get())
        assert stored == Entry(
            stage="running",
            percent=Decimal("45.5"),
            planned_finish=dt.date(2023, 11, 5),
            contract_value=1_970_000_000,
            disbursed=500_000_000,
            milestones=(Mark("Thẩm định", planned_on=dt.date(2023, 9, 1)),),
        )
        again = fields(client.get(FORM))
        assert (again["percent"], again["planned_finish"], again["contract_value"]) == (
            "45,5",
            "05/11/2023",
            "1.970.000.000",
        )
        client.post(FORM, again)
        assert ProgressUpdate.history.count() == 1  # nothing changed, nothing written

    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self, world, client):
        client.force_login(world.an)
        typed = fields(client.get(FORM)) | {
            "stage": "done",
            "percent": "99",
            "work_done": "Đang làm <b>",
            "planned_start": "31/02/2023",
            "m1-evidence": "QĐ 12",
        }
        response = client.post(FORM, typed)
        said = words(response)
        assert response.status_code == 200 and not ProgressUpdate.objects.exists()
        assert "Nhập ngày như 31/08/2023." in said
        kept = fields(response)
        assert {name: kept[name] for name in ("work_done", "planned_start", "m1-evidence")} == {
            "work_done": "Đang làm <b>",
            "planned_start": "31/02/2023",
            "m1-evidence": "QĐ 12",
        }
        said = words(client.post(FORM, typed | {"planned_start": ""}))
        for reason in ("Đã hoàn thành thì tỷ lệ là 100%.", "nhập ngày hoàn thành", "Mốc cần có tên"):
            assert reason in said

    def test_a_conflict_shows_both_and_a_second_save_decides(self, world, client):
        client.force_login(world.binh)
        opened = fields(client.get(FORM)) | {"stage": "running", "percent": "50"}
        world.save()
        response = client.post(FORM, opened)
        said = words(response)
        assert response.status_code == 409
        assert (
            "Nguyễn Văn An vừa lưu tiến độ này lúc 09:00" in said
            and "Đang thực hiện, 45%".replace("\u00a0", " ") in said
        )
        assert ProgressUpdate.objects.get().percent == 45
        assert fields(response)["percent"] == "50"
        assert client.post(FORM, fields(response)).status_code == 302
        assert ProgressUpdate.objects.get().percent == 50

    def test_typed_on_after_a_lost_answer_there_is_no_conflict(self, world, client):
        client.force_login(world.an)
        opened = fields(client.get(FORM)) | {"stage": "running", "percent": "45", "work_done": "Đã ký hợp đồng"}
        assert client.post(FORM, opened).status_code == 302  # stored, and no answer came
        later = opened | {"percent": "50"}
        assert client.post(FORM, later).status_code == 409  # from a window that knows nothing of it
        other = urlencode(opened | {"percent": "46"})
        for tried in (["x" * 99, "a=1&" * 1200, other], [urlencode(opened)]):
            assert client.post(FORM, later | {"tried": tried}).status_code == (302 if len(tried) == 1 else 409)
        assert ProgressUpdate.objects.get().percent == 50

    def test_begun_with_last_months_but_not_yet_a_report(self, world, client):
        with time_machine.travel(dt.datetime(2023, 7, 16, 9, tzinfo=factories.AT.tzinfo), tick=False):
            report = world.open(world.july)
            world.save(RUNNING._replace(contract_value=9, milestones=(Mark("Thẩm định"),)), report=report)
            workflow.submit(submission=report, by=world.an)
        client.force_login(world.an)
        page = client.get(FORM)
        began = fields(page)
        assert (began["percent"], began["contract_value"], began["m0-name"], began["work_done"]) == (
            "45",
            "9",
            "Thẩm định",
            "",
        )
        assert "Điền sẵn từ báo cáo trước" in words(page)
        assert "0 trên 2 việc đã có báo cáo" in words(client.get(LIST))

    def test_usual_steps_to_begin_with(self, world, client):
        for place, name in enumerate(("Dự toán", "Thẩm định"), 1):
            MilestoneTemplate.objects.create(plan=world.plan, position=place, name=name)
        client.force_login(world.an)
        assert "Dùng các bước mẫu" in words(client.get(FORM))
        began = fields(client.get(FORM + "?mau=1"))
        assert (began["m0-name"], began["m1-name"], began["m2-name"]) == ("Dự toán", "Thẩm định", "")

    @pytest.mark.parametrize("count", ["9" * 5000, "61"])
    def test_any_number_of_milestones_is_read(self, world, client, count):
        client.force_login(world.an)
        typed = {
            "stage": "running",
            "percent": "45",
            "milestones": count,
            "m0-name": "Dự toán",
            "m59-name": "Nghiệm thu",
        }
        assert client.post(FORM, typed).status_code == 302
        assert [mark.name for mark in Entry.stored(ProgressUpdate.objects.get()).milestones] == [
            "Dự toán",
            "Nghiệm thu",
        ]

    @pytest.mark.parametrize("count", ["²", "-1", "", "một"])
    def test_no_number_of_milestones_is_none(self, world, client, count):
        client.force_login(world.an)
        assert client.post(FORM, {"stage": "running", "percent": "45", "milestones": count}).status_code == 302
        assert Entry.stored(ProgressUpdate.objects.get()).milestones == ()

    def test_locked_says_why(self, world, client):
        report = world.save().submission
        workflow.submit(submission=report, by=world.an)
        client.force_login(world.an)
        assert "Phiếu đã nộp, đang chờ duyệt" in words(client.get(FORM))
        response = client.post(FORM, {"stage": "running", "percent": "99", "milestones": "0"})
        assert response.status_code == 409 and ProgressUpdate.objects.get().percent == 45

    def test_the_reviewer_reads_them_beside_last_months(self, world, client):
        report = world.save().submission
        workflow.submit(submission=report, by=world.an)
        for person, expected in ((world.so, 200), (world.an, 200), (world.xa, 404)):
            client.force_login(person)
            assert client.get(f"/du-an/duyet/{report.pk}/").status_code == expected
        client.force_login(world.so)
        page = client.get(f"/duyet/{report.pk}/")
        assert "Dự án, nhiệm vụ: 1/2 đã báo cáo" in words(page) and "DA I.1 Việc 1" in words(page)

    @pytest.mark.parametrize("more", [1, 9])
    def test_twenty_projects_cost_the_reviewer_no_more_queries_than_two(
        self, world, client, more, django_assert_num_queries
    ):
        every = [world.first, *(world.project(number, None, group="@departments") for number in range(5, 5 + more))]
        for month, share in ((5, 10), (7, 30), (8, 45)):
            period = factories.period(world.plan, month)
            report = factories.report(world.tree["s1"], period, {}, state=State.SUBMITTED)
            for project in every:
                update = ProgressUpdate.objects.create(
                    submission=report, project=project, stage="running", percent=share, entered_at=factories.AT
                )
                Milestone.objects.create(update=update, position=0, name="Dự toán")
        client.force_login(world.so)
        address = f"/du-an/duyet/{report.pk}/"
        said = words(client.get(address))
        # The month before, not the one before that.
        assert said.count("tháng 7: Đang thực hiện, 30%") == more + 1 and "10%" not in said
        with django_assert_num_queries(13):
            client.get(address)

    def test_words_and_money_are_not_for_everybody(self, world, client):
        report = world.save(RUNNING._replace(contract_value=123_456_789)).submission
        workflow.submit(submission=report, by=world.an)
        workflow.approve(submission=report, by=world.so)
        for person, reads in ((world.lam, True), (world.an, True), (world.cuc, False), (world.xa, False)):
            client.force_login(person)
            said = words(client.get("/du-an/I-1/?ky=2023-08"))
            assert "Đang thực hiện" in said
            assert ("123.456.789" in said, "Khảo sát." in said) == (reads, reads), person

    @pytest.mark.parametrize(("address", "queries"), [(LIST, 14), (FORM, 15), ("/du-an/I-1/", 17), ("/du-an/", 13)])
    def test_a_fixed_number_of_queries(self, world, client, address, queries, django_assert_num_queries):
        for number in range(5, 12):
            world.project(number, None, group="@departments")
        report = world.save(RUNNING._replace(milestones=tuple(Mark(f"M{n}") for n in range(9)))).submission
        world.save(project=world.group, report=report)
        client.force_login(world.an)
        client.get(address)
        with django_assert_num_queries(queries):
            client.get(address)


class TestHistory:
    ADDRESS = "/du-an/I-1/lich-su/2023-08/s1/"

    @pytest.fixture
    def told(self, world):
        """Saved, saved again by a colleague, approved, reopened and saved once more."""
        entry = RUNNING._replace(milestones=(Mark("Thẩm định"), Mark("Nghiệm thu")))
        report = world.save(entry).submission
        world.moment.shift(60)
        later = entry._replace(percent=Decimal(50), milestones=(Mark("Thẩm định", done_on=dt.date(2023, 8, 1)),))
        world.save(later, by=world.binh, seen=entry.fingerprint())
        workflow.submit(submission=report, by=world.an)
        workflow.approve(submission=report, by=world.so)
        world.moment.shift(60)
        newer = workflow.reopen(submission=report, by=world.so, reason="Bổ sung")
        world.moment.shift(60)
        world.save(later._replace(disbursed=0), report=newer, seen=later.fingerprint(), via="tệp Excel")
        return world

    def test_every_save_with_what_it_changed(self, told, client):
        client.force_login(told.an)
        said = words(client.get(self.ADDRESS))
        first, second, copied, last = said.split("Mục Trước Sau ")[1:]
        assert (
            "Tình trạng — Đang thực hiện Đã hoàn thành (%) — 45%" in first and "Mốc 2 — Nghiệm thu: chưa xong" in first
        )
        assert "Đã hoàn thành (%) 45% 50%" in second and "Tình trạng" not in second
        assert "Mốc 1 Thẩm định: chưa xong Thẩm định: xong 01/08/2023" in second
        assert "Mốc 2 Nghiệm thu: chưa xong —" in second
        assert "09:01 ngày 16/8, Trần Thị Bình Biểu nhập" in said
        assert "Mở lại phiếu, bản 2 của phiếu" in said and "50%" in copied
        assert last.startswith("Đã giải ngân lũy kế (đồng) — 0 đồng") and "Tệp Excel, bản 2 của phiếu" in said

    def test_who_may_read_it(self, told, client):
        readers = {told.an: 200, told.binh: 200, told.so: 200, told.lam: 200, told.cuc: 404, told.xa: 404}
        for person, expected in readers.items():
            client.force_login(person)
            assert client.get(self.ADDRESS).status_code == expected, person
            assert client.post(self.ADDRESS).status_code == 405
        client.force_login(told.lam)
        for wrong in (
            "/du-an/I-2/lich-su/2023-08/s1/",
            "/du-an/I-1/lich-su/2023-07/s1/",
            "/du-an/I-1/lich-su/2023-08/s2/",
        ):
            assert client.get(wrong).status_code == 404, wrong
        assert "Lịch sử sửa" in words(client.get("/du-an/I-1/?ky=2023-08"))

    def test_a_fixed_number_of_queries(self, told, client, django_assert_num_queries):
        client.force_login(told.lam)
        client.get(self.ADDRESS)
        with django_assert_num_queries(8):
            client.get(self.ADDRESS)


class TestDocuments:
    ADDRESS = FORM + "tai-lieu/"

    def upload(self, name="Quyết định.pdf", content=b"%PDF-1.7\nquyet dinh"):
        return SimpleUploadedFile(name, content)

    def test_attached_read_and_taken_away(self, world, client, django_capture_on_commit_callbacks):
        client.force_login(world.an)
        assert client.post(self.ADDRESS, {"tep": self.upload()}).status_code == 404  # nothing saved yet
        report = world.save().submission
        client.post(self.ADDRESS, {"tep": self.upload()})
        kept = ProjectDocument.objects.get()
        assert (kept.name, kept.size, kept.added_by) == ("Quyết định.pdf", 19, world.an)
        answer = client.get(f"/du-an/tai-lieu/{kept.pk}/")
        assert b"".join(answer.streaming_content) == b"%PDF-1.7\nquyet dinh"
        assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
        workflow.submit(submission=report, by=world.an)
        said = client.post(self.ADDRESS, {"remove": str(kept.pk)}, follow=True)
        assert "Phiếu đã nộp" in words(said) and ProjectDocument.objects.count() == 1
        workflow.return_report(submission=report, by=world.so, reason="Sai.")
        with django_capture_on_commit_callbacks(execute=True):
            client.post(self.ADDRESS, {"remove": str(kept.pk)})
        # Kept for thirty days, and brought back from the end of the form.
        assert not ProjectDocument.objects.exists() and default_storage.exists(kept.file.name)
        (item,) = RemovedItem.objects.all()
        assert "Tệp đã gỡ 1 Quyết định.pdf" in words(client.get(FORM))
        for wrong in ("0", "x", "9" * 30):
            client.post(self.ADDRESS, {"restore": wrong})
        assert not ProjectDocument.objects.exists()
        said = client.post(self.ADDRESS, {"restore": str(item.pk)}, follow=True)
        assert "Đã khôi phục Quyết định.pdf." in words(said) and ProjectDocument.objects.get().file == kept.file

    def test_only_what_no_row_knows_goes_at_night(self, world, client):
        world.save()
        client.force_login(world.an)
        client.post(self.ADDRESS, {"tep": self.upload()})
        kept = ProjectDocument.objects.get().file.name
        lost = default_storage.save(kept.replace(kept[-8:-4], "0000"), self.upload())
        for name in (kept, lost):
            os.utime(default_storage.path(name), (0, 0))
        assert clear_lost_documents() == 1
        assert default_storage.exists(kept) and not default_storage.exists(lost)

    def test_who_may_have_it(self, world, client):
        """As with a figure's file: a draft's only its own agency, then everyone who may open the report."""
        report = world.save().submission
        client.force_login(world.an)
        client.post(self.ADDRESS, {"tep": self.upload()})
        address = f"/du-an/tai-lieu/{ProjectDocument.objects.get().pk}/"
        readers = {world.an: 200, world.binh: 200, world.so: 404, world.lam: 404, world.cuc: 404, world.xa: 404}
        for person, expected in readers.items():
            client.force_login(person)
            for each in (address, f"/du-an/duyet/{report.pk}/", "/du-an/I-1/lich-su/2023-08/s1/"):
                assert client.get(each).status_code == expected, (person, each)
        workflow.submit(submission=report, by=world.an)
        for person, expected in (readers | {world.so: 200, world.lam: 200}).items():
            client.force_login(person)
            assert client.get(address).status_code == expected, person
        client.force_login(world.cuc)
        assert client.post(self.ADDRESS, {"tep": self.upload()}).status_code == 404

    def test_what_is_no_document_is_refused(self, world, client):
        world.save()
        client.force_login(world.an)
        for bad in (self.upload(content=b""), self.upload(content=b"<script>"), self.upload("a.exe", b"MZ")):
            assert "Chưa đính kèm." in words(client.post(self.ADDRESS, {"tep": bad}, follow=True))
        assert "Chưa chọn tệp nào." in words(client.post(self.ADDRESS, follow=True))
        assert not ProjectDocument.objects.exists()

    def test_one_refused_keeps_no_other_away(self, world, client):
        world.save()
        client.force_login(world.an)
        sent = [
            self.upload("a.exe", b"MZ"),
            self.upload("a.pdf"),
            self.upload("b.pdf", b""),
            self.upload("c.pdf", b"%PDF-1.7 c"),
        ]
        said = words(client.post(self.ADDRESS, {"tep": sent}, follow=True))
        assert "Đã đính kèm a.pdf, c.pdf." in said
        assert "a.exe:" in said and "b.pdf:" in said
        assert ProjectDocument.objects.count() == 2

    def test_a_new_version_refers_to_the_same_file(self, world, client, django_capture_on_commit_callbacks):
        report = world.save().submission
        client.force_login(world.an)
        client.post(self.ADDRESS, {"tep": self.upload()})
        client.post(self.ADDRESS, {"tep": self.upload()})  # the same file once more
        workflow.submit(submission=report, by=world.an)
        workflow.approve(submission=report, by=world.so)
        newer = workflow.reopen(submission=report, by=world.so, reason="Bổ sung")
        old, new = ProjectDocument.objects.order_by("pk")
        assert (old.update.submission, new.update.submission) == (report, newer) and old.file == new.file
        with django_capture_on_commit_callbacks(execute=True):
            client.post(self.ADDRESS, {"remove": str(new.pk)})
        assert default_storage.exists(old.file.name)

    def test_evidence_of_a_milestone(self, world, client):
        marks = (Mark("Dự toán"), Mark("Thẩm định"), Mark("Nghiệm thu"))
        entry = RUNNING._replace(milestones=marks)
        report = world.save(entry).submission
        client.force_login(world.an)
        client.post(self.ADDRESS, {"tep": self.upload(), "moc": "Thẩm định"})
        assert ProjectDocument.objects.get().step == "Thẩm định"
        assert "Quyết định.pdf minh chứng mốc Thẩm định" in words(client.get(FORM))
        said = client.post(self.ADDRESS, {"tep": self.upload("b.pdf", b"%PDF-1.7 b"), "moc": "Khác"}, follow=True)
        assert "không còn trong báo cáo" in words(said) and ProjectDocument.objects.count() == 1
        # A milestone that only moves keeps its own; one that is called otherwise takes its evidence along.
        moved = entry._replace(milestones=(marks[1], marks[2]))
        world.save(moved, seen=entry.fingerprint())
        assert ProjectDocument.objects.get().step == "Thẩm định"
        renamed = entry._replace(milestones=(Mark("Thẩm định thiết kế"), marks[2]))
        world.save(renamed, seen=moved.fingerprint())
        assert ProjectDocument.objects.get().step == "Thẩm định thiết kế"
        workflow.submit(submission=report, by=world.an)
        workflow.approve(submission=report, by=world.so)
        client.force_login(world.lam)
        said = words(client.get("/du-an/I-1/?ky=2023-08"))
        assert "Thẩm định thiết kế chưa xong Quyết định.pdf" in said
        client.force_login(world.cuc)
        assert "Quyết định.pdf" not in words(client.get("/du-an/I-1/?ky=2023-08"))


class TestDocumentsRefused:
    PDF = b"%PDF-1.7\nquyet dinh"

    def test_the_same_file_twice_and_a_stranger(self, world):
        update = world.save()
        upload = {"upload": SimpleUploadedFile("a.pdf", self.PDF)}
        document = services.attach(update=update, by=world.an, **upload)
        with pytest.raises(errors.ActionNotAllowed, match="đã được đính kèm"):
            services.attach(update=update, by=world.an, upload=SimpleUploadedFile("b.pdf", self.PDF))
        with pytest.raises(errors.ActionNotAllowed, match="thuộc đơn vị khác"):
            services.detach(document=document, by=world.cuc)
        assert update.documents.get() == document

    def test_no_more_than_a_few_files(self, world, monkeypatch):
        monkeypatch.setattr(services, "MOST_FILES", 0)
        with pytest.raises(errors.ActionNotAllowed, match="tối đa 0 tệp"):
            services.attach(update=world.save(), by=world.an, upload=SimpleUploadedFile("a.pdf", self.PDF))

    def test_a_file_that_another_version_refers_to_stays(self, world, django_capture_on_commit_callbacks):
        update = world.save()
        kept = services.attach(update=update, by=world.an, upload=SimpleUploadedFile("a.pdf", self.PDF))
        copied = ProjectDocument.objects.get(pk=kept.pk)
        copied.pk, copied.sha256 = None, "0" * 64
        copied.save()
        with django_capture_on_commit_callbacks(execute=True):
            services.detach(document=kept, by=world.an)
        assert default_storage.exists(copied.file.name)

    def test_a_removed_one_is_brought_back_for_thirty_days(self, world, django_capture_on_commit_callbacks):
        update = world.save()
        document = services.attach(update=update, by=world.an, upload=SimpleUploadedFile("a.pdf", self.PDF))
        stored = document.file.name
        with django_capture_on_commit_callbacks(execute=True):
            services.detach(document=document, by=world.an)
        assert default_storage.exists(stored) and not update.documents.exists()
        assert stored in kept_files()
        (item,) = services.removed_from(update)
        with pytest.raises(errors.ActionNotAllowed, match="thuộc đơn vị khác"):
            services.restore(update=update, removed=item.pk, by=world.cuc)
        assert services.restore(update=update, removed=item.pk, by=world.an).name == "a.pdf"
        assert update.documents.get().file.name == stored
        assert AuditEntry.objects.latest("pk").act == "khôi phục tài liệu dự án"
        with pytest.raises(errors.ActionNotAllowed, match="đã được khôi phục"):
            services.restore(update=update, removed=item.pk, by=world.an)

    def test_not_beside_the_same_file(self, world):
        update = world.save()
        services.detach(
            document=services.attach(update=update, by=world.an, upload=SimpleUploadedFile("a.pdf", self.PDF)),
            by=world.an,
        )
        services.attach(update=update, by=world.an, upload=SimpleUploadedFile("b.pdf", self.PDF))
        with pytest.raises(errors.ActionNotAllowed, match="đã được đính kèm"):
            services.restore(update=update, removed=services.removed_from(update).get().pk, by=world.an)
