"""The audit log: append-only, chained, written in the transaction of the act (promise F-34)."""

import csv
import datetime as dt
import json
import re
import subprocess
import sys
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from openpyxl import load_workbook

from agencies.audit_acts import AccountAct
from agencies.models import User
from agencies.roles import Role
from chuyendoiso import health
from core import formatting
from core.audit import archive, hash_chain, tasks
from core.audit.models import AuditArchive, AuditChainHead, AuditEntry, Result
from core.audit.services import audit
from core.audit.triggers import install_triggers, remove_triggers
from core.clock import VIETNAM
from indicators import page_cache
from indicators.audit_acts import SubmissionAct
from indicators.models import DayOff, State, Submission
from indicators.submissions import workflow
from tests import factories, worlds
from tests.factories import SampleAct
from tests.page import words
from tests.stack import ROOT

pytestmark = pytest.mark.django_db
PAGE = "/nhat-ky/"
MESSAGE = "chỉ được ghi thêm"


@worlds.shared()
def people():
    tree = factories.make_tree(departments=1, districts=1, communes=1)
    return {
        "quantri": factories.person("quantri", tree["s1"], Role.ADMIN, is_staff=True, is_superuser=True),
        "khanh": factories.person("khanh", tree["s1"], Role.STANDING, full_name="Bùi Quốc Khánh"),
        "an": factories.person("an", tree["x11"], Role.FOCAL, password="mot-hai-ba-bon-nam"),
        "lam": factories.person("lam", tree["tinh"], Role.LEADER),
    }


def browser(user=None):
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user)
    return client


def write(count, by=None):
    for number in range(1, count + 1):
        audit(
            by=by,
            act=SampleAct.ACT,
            object_type=str(number),
            label=f"đối tượng {number}",
            address="10.0.0.5",
            reason="vì thế",
        )


def behind_its_back(statement, *values):
    """Execute a statement as the owner of the database could: without the triggers, which are installed again afterwards."""
    remove_triggers(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    install_triggers(connection)


# --- Written once ----------------------------------------------------------------------------------------------------


def test_a_line_says_who_when_from_where_what_and_how_it_ended(people):
    with time_machine.travel(dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM), tick=False):
        entry = audit(
            by=people["khanh"], act=SampleAct.TRIAL, label="x", address="::ffff:10.0.0.5", result=Result.FAILED, n=3
        )
    stored = AuditEntry.objects.get()
    assert json.loads(hash_chain.content(stored)) == [
        1,
        1,
        "2023-08-16T09:00:00.000000+07:00",
        "khanh",
        "Bùi Quốc Khánh",
        "10.0.0.5",
        "thử",
        "x",
        "failed",
        {"n": 3},
    ]
    assert stored.hash == entry.hash == hash_chain.digest(stored)
    assert stored.previous_hash == hash_chain.GENESIS


@pytest.mark.parametrize(
    "detail",
    [
        {"số": 1.5, "ngày": dt.date(2023, 8, 16), "rỗng": None, "đúng": True, "lớn": 10**30},
        {"a": [1, ("b", {"c": "\0"})], 5: "khóa là số", "nửa": "\ud800"},
        {"z": 1, "a": 2, "é": "NFD: e\u0301"},
    ],
)
def test_whatever_a_line_holds_comes_back_as_it_was_hashed(detail):
    audit(
        by=None,
        act=SampleAct.TRIAL,
        object_type="thử" * 40,
        label="nhãn\0" * 100,
        address="không phải địa chỉ",
        **{"d": detail},
    )
    assert archive.verify().broken is None


@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditEntry.objects.filter(number=2).update(object_label="khác"),
        lambda: AuditEntry.objects.filter(number=2).update(number=None, hash=""),
        lambda: AuditEntry.objects.filter(number=3).delete(),
        lambda: AuditEntry.objects.get(number=1).save(),
        lambda: AuditChainHead.objects.update(number=1),
        lambda: AuditChainHead.objects.all().delete(),
    ],
)
def test_the_database_refuses_to_change_a_line(change):
    write(3)
    with pytest.raises(DatabaseError, match=MESSAGE), transaction.atomic():
        change()
    assert archive.verify().broken is None


@pytest.mark.postgres
def test_postgresql_refuses_to_empty_the_log():
    write(1)
    with pytest.raises(DatabaseError, match=MESSAGE), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_auditentry CASCADE")


def test_the_refusal_can_be_taken_back_and_put_on_again():
    assert archive.is_protected()
    remove_triggers(connection)
    assert not archive.is_protected()
    install_triggers(connection)
    assert archive.is_protected()


# --- What was done behind its back -----------------------------------------------------------------------------------


TABLE = "audit_auditentry"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (f"UPDATE {TABLE} SET object_label = 'khác' WHERE number = 3", "Dòng số 3: nội dung không khớp"),
        (f"UPDATE {TABLE} SET account = 'an' WHERE number = 1", "Dòng số 1: nội dung không khớp"),
        (f"UPDATE {TABLE} SET result = 'failed' WHERE number = 5", "Dòng số 5: nội dung không khớp"),
        (f"DELETE FROM {TABLE} WHERE number = 3", "Dòng số 3: thiếu dòng số 3, đã bị xóa."),
        (f"DELETE FROM {TABLE} WHERE number BETWEEN 2 AND 4", "Dòng số 2: thiếu dòng số 2 đến 4, đã bị xóa."),
        (f"DELETE FROM {TABLE} WHERE number = 5", "Dòng số 5: thiếu dòng số 5 ở cuối, đã bị cắt."),
        (f"DELETE FROM {TABLE}", "Dòng số 1: thiếu dòng số 1 đến 5 ở cuối, đã bị cắt."),
    ],
)
def test_the_first_line_that_is_not_as_it_was_is_named(statement, said):
    write(5)
    behind_its_back(statement)
    assert str(archive.verify().broken).startswith(said)
    assert AuditChainHead.objects.get().verified_problem.startswith(said)


def forged(number, previous, **fields):
    entry = AuditEntry(
        number=number,
        at=factories.AT,
        actor_name="hệ thống",
        act="giả",
        object_label="x",
        previous_hash=previous,
        **fields,
    )
    entry.hash = hash_chain.digest(entry)
    return entry


def test_a_line_put_in_is_named():
    write(2)
    last = AuditEntry.objects.get(number=2)
    forged(3, last.hash).save()
    assert "Dòng số 3: có ở cuối mà không do hệ thống ghi" in str(archive.verify().broken)


def test_a_line_outside_the_chain_is_named():
    write(2)
    AuditEntry.objects.create(at=factories.AT, actor_name="x", act="giả", object_label="x")
    assert "dòng ngoài chuỗi" in str(archive.verify().broken)


def test_a_chain_made_anew_is_told_by_an_anchor_kept_elsewhere():
    """An attacker with full access to the database writes the chain again, its end too: only an anchor stored elsewhere
    reveals it."""
    write(3)
    anchor = {2: AuditEntry.objects.get(number=2).hash}
    remove_triggers(connection)
    hash = hash_chain.GENESIS
    for entry in AuditEntry.objects.chained():
        entry.act, entry.previous_hash = f"{entry.act} khác", hash
        hash = entry.hash = hash_chain.digest(entry)
        entry.save()
    AuditChainHead.objects.update(hash=hash)
    install_triggers(connection)
    assert archive.verify().broken is None
    assert "Dòng số 2: mã băm khác với neo đã lưu" in str(archive.verify(anchor).broken)


def test_a_cut_that_also_moves_the_known_end_is_told_by_an_anchor():
    write(3)
    last = AuditEntry.objects.get(number=3)
    behind_its_back(f"DELETE FROM {TABLE} WHERE number = 3")
    remove_triggers(connection)
    AuditChainHead.objects.update(number=2, hash=AuditEntry.objects.get(number=2).hash)
    install_triggers(connection)
    assert archive.verify().broken is None
    assert "thiếu dòng số 3 ở cuối" in str(archive.verify({3: last.hash}).broken)


def test_the_command_says_so_and_fails(capsys):
    write(3)
    call_command("verify_audit")
    out = capsys.readouterr().out
    assert "nguyên vẹn, 3 dòng" in out
    anchor = out.split("Neo: ")[1].strip()
    call_command("verify_audit", "--anchor", anchor)
    with pytest.raises(CommandError, match="Neo phải có dạng"):
        call_command("verify_audit", "--anchor", "3:xyz")
    behind_its_back(f"UPDATE {TABLE} SET act = 'khác' WHERE number = 2")
    with pytest.raises(SystemExit):
        call_command("verify_audit")
    assert "HỎNG. Dòng số 2" in capsys.readouterr().err


def test_the_command_misses_the_refusal(capsys):
    write(1)
    remove_triggers(connection)
    with pytest.raises(SystemExit):
        call_command("verify_audit")
    assert "không còn chốt" in capsys.readouterr().err
    install_triggers(connection)


def test_every_night_the_end_of_the_chain_goes_elsewhere(caplog, monkeypatch):
    # Another thread's connection would wait for this one's, which changes tables.
    monkeypatch.setattr(health.DATABASE, "answers", lambda: True)
    write(2)
    tasks.verify_audit()
    assert f"Neo nhật ký: 2:{AuditChainHead.objects.get().hash}" in caplog.text
    behind_its_back(f"DELETE FROM {TABLE} WHERE number = 1")
    tasks.verify_audit()
    assert "Nhật ký HỎNG: Dòng số 1" in caplog.text
    answer = browser().get("/san-sang/").json()["nhat_ky"]
    assert answer["dong_cuoi"] == 2
    assert answer["hong"].startswith("Dòng số 1: thiếu")
    assert answer["co_chot"] is True


# --- Verifying while others write ------------------------------------------------------------------------------------


def test_lines_are_written_while_the_log_is_read(monkeypatch):
    """Lines written while the long part is read are read with the end."""
    write(5)
    real, seen = archive.hash_chain.check, []

    def check(entries, **known):
        if not seen:
            write(3)
        seen.append(known["number"])
        return real(entries, **known)

    monkeypatch.setattr(archive.hash_chain, "check", check)
    checked = archive.verify()
    assert (checked.broken, checked.count, checked.number) == (None, 8, 8)
    assert seen == [0, 5]
    assert AuditChainHead.objects.get().verified_number == 8


@pytest.mark.django_db(transaction=True)
def test_the_log_is_held_for_its_end_alone(monkeypatch):
    write(5)
    real, held = archive.hash_chain.check, []

    def check(entries, **known):
        held.append(connection.in_atomic_block)
        return real(entries, **known)

    monkeypatch.setattr(archive.hash_chain, "check", check)
    archive.verify()
    assert held == [False, True]


def test_an_archive_made_while_the_log_is_read_is_no_break(monkeypatch, tmp_path):
    write(5)
    real, made = archive.read_on, []

    def read_on(checked, anchors, head):
        if not made:
            made.append(archive.archive(tmp_path / "x.gz", dt.datetime(2100, 1, 1, tzinfo=VIETNAM)))
            write(2)
        return real(checked, anchors, head)

    monkeypatch.setattr(archive, "read_on", read_on)
    checked = archive.verify()
    assert (checked.broken, checked.number) == (None, 7)


def test_the_last_change_is_known_without_looking_for_it(people, django_assert_num_queries):
    changed = audit(by=people["an"], act=SubmissionAct.SUBMIT, label="x")
    for act in AccountAct:
        audit(by=None, act=act, label="x")
    assert AuditChainHead.objects.get().changed_hash == changed.hash
    factories.make_plan()
    with django_assert_num_queries(1) as asked:
        (plan,) = page_cache.plans()
    assert page_cache.state_of(plan).last_line == changed.hash
    assert TABLE not in asked.captured_queries[0]["sql"]


# --- Many at once ----------------------------------------------------------------------------------------------------


WRITER = """
from django.db import transaction
from core.audit.services import audit
from tests.factories import SampleAct
for number in range(15):
    try:
        with transaction.atomic():
            audit(by=None, act=SampleAct.TRIAL, object_type="luồng NAME", label=str(number))
            if number % 3 == 2:
                raise LookupError
    except LookupError:
        pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_many_at_once_make_one_chain(stacks, database):
    """Six processes write fifteen lines each; a third of them roll back."""
    stack = stacks.make(database, serve=False)
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command"]
    try:
        before = int(stack.manage("shell", "-v0", "-c", COUNT))
        writers = [
            subprocess.Popen([*command, WRITER.replace("NAME", str(name))], cwd=ROOT, env=stack.environment)
            for name in range(6)
        ]
        assert [writer.wait(120) for writer in writers] == [0] * 6
        assert int(stack.manage("shell", "-v0", "-c", COUNT)) == before + 60
        assert f"nguyên vẹn, {before + 60} dòng" in stack.manage("verify_audit")
    finally:
        stacks.end(stack)


COUNT = "from core.audit.models import AuditEntry; print(AuditEntry.objects.chained().count())"


# --- No line, no act -------------------------------------------------------------------------------------------------


@pytest.fixture
def full_store():
    """The log cannot take another line."""
    if connection.vendor == "sqlite":
        statements = [
            f"CREATE TRIGGER log_full BEFORE INSERT ON {TABLE} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        ]
        gone = "DROP TRIGGER log_full"
    else:
        statements = [
            "CREATE FUNCTION log_full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'No space left on device'; END $$",
            f"CREATE TRIGGER log_full BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION log_full()",
        ]
        gone = "DROP FUNCTION log_full() CASCADE"

    def fill():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    yield fill
    with connection.cursor() as cursor:
        cursor.execute(gone)


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_logged_does_not_happen(people, full_store):
    commune = people["an"].agency
    plan = factories.make_plan()
    target = factories.target(plan, "I.1", [commune])
    with time_machine.travel(factories.AT, tick=False):
        report = factories.report(commune, factories.period(plan, 8), {target: (1, 2)}, state=State.DRAFT)
        full_store()
        with pytest.raises(DatabaseError):
            workflow.submit(submission=report, by=people["an"])
        page = browser(people["khanh"]).post(
            "/ky-bao-cao/ngay-nghi/", {"day": "01/09/2023", "is_worked": "0", "name": "Nghỉ"}
        )
        assert page.status_code >= 500
        assert "<h1" in page.content.decode()
        refused = browser().post("/dang-nhap/", {"username": "an", "password": "mot-hai-ba-bon-nam"})
        assert refused.status_code >= 500
        assert "_auth_user_id" not in browser().session
        assert browser(people["khanh"]).get("/ky-bao-cao/lich.ics").status_code >= 500
    assert Submission.objects.get().state == State.DRAFT
    assert not DayOff.objects.exists()
    assert not AuditEntry.objects.exists()


# --- Logins and files ------------------------------------------------------------------------------------------------


def test_who_tries_in_vain_stands_in_the_log(people):
    client = browser()
    client.post("/dang-nhap/", {"username": "an", "password": "sai-mat-khau-roi"}, REMOTE_ADDR="10.1.2.3")
    client.post("/dang-nhap/", {"username": "mat-khau-go-nham-o", "password": "x"})
    client.post("/dang-nhap/", {"username": "an", "password": "mot-hai-ba-bon-nam"})
    lines = AuditEntry.objects.chained().values_list("act", "object_label", "result", "address")
    assert list(lines) == [
        ("đăng nhập", "an", "failed", "10.1.2.3"),
        ("đăng nhập", "(không có tài khoản này)", "failed", "127.0.0.1"),
        ("đăng nhập", "an", "done", "127.0.0.1"),
    ]
    assert "go-nham" not in str(list(AuditEntry.objects.values()))


def test_a_file_that_leaves_stands_in_the_log(people):
    factories.make_plan()
    browser(people["khanh"]).get("/ky-bao-cao/lich.ics")
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.account, entry.detail) == ("tải tệp", "khanh", {"path": "/ky-bao-cao/lich.ics"})
    assert entry.object_label.endswith(".ics")


# --- The page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["an", "lam"])
def test_it_is_for_those_who_keep_the_system(people, who):
    for path in (PAGE, f"{PAGE}tep/?dang=csv", f"{PAGE}tep/?dang=xlsx"):
        assert browser(people[who]).get(path).status_code == 404


def test_filters_by_day_account_and_act(people):
    for day, who in [(16, "an"), (17, "an"), (17, "khanh")]:
        with time_machine.travel(dt.datetime(2023, 8, day, 0, 0, 1, tzinfo=VIETNAM), tick=False):
            audit(by=people[who], act=SampleAct.ACT, object_type=f"của {who}", label=f"ngày {day}")
    client = browser(people["quantri"])

    def found(query):
        return [entry["label"] for entry in client.get(PAGE + query).context["entries"]]

    assert found("") == ["ngày 17", "ngày 17", "ngày 16"]
    assert found("?tu=17/08/2023&den=17/08/2023") == ["ngày 17", "ngày 17"]
    assert found("?den=16/08/2023") == ["ngày 16"]
    assert found("?ai=khanh") == ["ngày 17"]
    assert found("?viec=việc của an&tu=17/08/2023") == ["ngày 17"]
    assert found("?tim=NGÀY 16") in ([], ["ngày 16"])  # SQLite folds no accented letters
    page = client.get(PAGE + "?tu=32/08/2023")
    assert page.status_code == 200
    assert "Ngày không hợp lệ" in words(page)


HOSTILE = "=HYPERLINK(1)\r\nGiả mạo: đã duyệt\t\x1b[31m\u202egnp.exe"


def test_what_is_typed_into_a_name_hides_nothing(people):
    user = User.objects.create(username="xau", full_name=HOSTILE[:120])
    audit(by=user, act=SampleAct.TRIAL, label=HOSTILE, reason=HOSTILE)
    shown = "=HYPERLINK(1)\\r\\nGiả mạo: đã duyệt\\t\\u001b[31m\\u202egnp.exe"
    page = browser(people["khanh"]).get(PAGE)
    # What was logged is shown as it came, with every sign written out; the name itself was cleaned when it was stored.
    assert words(page).count(shown) == 2 and user.full_name == "=HYPERLINK(1) Giả mạo: đã duyệt [31mgnp.exe"
    admin = browser(people["quantri"]).get("/quan-tri/audit/auditentry/").content.decode()
    assert "\u202e" not in admin
    assert shown in admin


def test_exports_are_safe_for_spreadsheets_and_stand_in_the_log(people):
    audit(by=None, act=SampleAct.FORMULA, label=HOSTILE, address="10.0.0.5")
    client = browser(people["khanh"])
    answer = client.get(f"{PAGE}tep/?dang=csv&viec=%3D1%2B1")
    assert re.fullmatch(r'attachment; filename="nhat-ky-\d{8}-\d{4}\.csv"', answer["Content-Disposition"])
    rows = list(csv.reader(StringIO(answer.getvalue().decode().removeprefix("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][5] == "'=1+1"
    assert rows[1][6].startswith("'=HYPERLINK(1)\\r\\n")
    assert rows[1][1].endswith("+07:00")
    book = load_workbook(BytesIO(client.get(f"{PAGE}tep/?dang=xlsx&viec=%3D1%2B1").getvalue()))
    cells = list(book.active.iter_rows(min_row=2))[0]
    assert (cells[5].value, cells[5].data_type) == ("=1+1", "s")
    assert cells[0].value == 1
    assert list(AuditEntry.objects.filter(act="tải tệp").values_list("account", flat=True)) == ["khanh", "khanh"]
    assert client.get(f"{PAGE}tep/?dang=exe").status_code == 404


def test_queries_do_not_grow(people, django_assert_num_queries):
    client = browser(people["khanh"])
    write(3)
    client.get(PAGE)
    with django_assert_num_queries(9) as first:
        client.get(PAGE)
    write(60, by=people["an"])
    with django_assert_num_queries(len(first)):
        client.get(PAGE)


def test_one_line():
    assert formatting.one_line("Nguyễn Văn\u00a0An") == "Nguyễn Văn\u00a0An"
    assert formatting.one_line("a\nb\u2028c\x00") == "a\\nb\\u2028c\\u0000"


# --- Archives --------------------------------------------------------------------------------------------------------


def year_of_lines():
    for month in range(1, 13):
        with time_machine.travel(dt.datetime(2022, month, 10, 9, tzinfo=VIETNAM), tick=False):
            audit(by=None, act=SampleAct.ACT, label=f"tháng {month}/2022")
    with time_machine.travel(dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM), tick=False):
        audit(by=None, act=SampleAct.ACT, label="tháng 8/2023")


def test_old_lines_go_into_a_file_and_the_chain_stays_checkable(tmp_path, capsys):
    year_of_lines()
    path = tmp_path / "nhat-ky.jsonl.gz"
    with time_machine.travel(dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM), tick=False):
        call_command("archive_audit", str(path))
        # August 2022 to August 2023 stay: twelve months and the running one.
        assert list(AuditEntry.objects.chained().values_list("object_label", flat=True)) == [
            *(f"tháng {month}/2022" for month in range(8, 13)),
            "tháng 8/2023",
            "nhat-ky.jsonl.gz",
        ]
        call_command("verify_audit", "--archive", str(path))
        assert "nguyên vẹn, 7 dòng" in capsys.readouterr().out
        with pytest.raises(CommandError, match="Chưa lưu trữ gì"):
            call_command("archive_audit", str(path))
    with pytest.raises(DatabaseError, match=MESSAGE), transaction.atomic():
        AuditArchive.objects.all().delete()
    with pytest.raises(DatabaseError, match=MESSAGE), transaction.atomic():
        AuditEntry.objects.filter(number=8).delete()
    path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--archive", str(path))


def test_never_less_than_twelve_months(tmp_path):
    year_of_lines()
    with pytest.raises(CommandError, match="ít nhất 12 tháng"):
        call_command("archive_audit", str(tmp_path / "x.gz"), "--months", "11")


def test_a_broken_chain_is_not_put_away(tmp_path):
    year_of_lines()
    behind_its_back(f"UPDATE {TABLE} SET act = 'khác' WHERE number = 2")
    with pytest.raises(CommandError, match="hỏng"):
        call_command("archive_audit", str(tmp_path / "x.gz"))
    assert not (tmp_path / "x.gz").exists()
