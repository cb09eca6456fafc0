"""Bodies of pages are kept, and nobody ever sees an old one, or another reader's (indicators/page_cache.py)."""

import datetime as dt
import random
import re
import time
import zlib
from decimal import Decimal

import pytest
import redis
import time_machine
from django.core.cache import caches
from django.core.management import call_command
from django.template import engines
from django.test import Client

from agencies.audit_acts import AccountAct
from agencies.models import Agency, UserRole
from agencies.roles import Role
from agencies.services.accounts import set_roles
from agencies.services.organisation import follow_placements, rename
from core.audit.models import AuditEntry
from core.audit.services import audit
from core.clock import VIETNAM
from demo.models import DemoYear
from indicators import page_cache
from indicators.models import PendingRollup, Rollup, RollupState, Submission
from indicators.rollups import engine, tasks
from indicators.selection import select
from indicators.submissions import workflow
from projects.models import Project, ProjectGroup, ProjectParty, Stage
from projects.services import Entry, save_update
from reports.dashboards.queries import overview
from tests import factories
from tests.conftest import IS_LONG
from tests.indicators.rollups.test_reconciliation_random import ACTS, EVERY_ACT, Acts, RandomPlan
from tests.reports.conftest import settings_of

pytestmark = pytest.mark.once

OVERVIEW = "/tong-quan/"
DUMMY = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
PAGES = [
    OVERVIEW,
    OVERVIEW + "?che-do=man-hinh",
    OVERVIEW + "?ky=2023-07&sap-xep=can-chu-y",
    OVERVIEW + "?tru-cot=I",
    "/muc-tieu/I.1/",
    "/muc-tieu/I.1/?ky=2023-08&so-lieu=tam-tinh&neu-k=5&neu-x=3",
    "/ma-tran/",
    "/ma-tran/?ky=2023-08&nhom=h1&o=so",
    "/xep-hang/",
    "/xep-hang/?nhom=h1&xep=ten",
]


# What a leader, and two focal points, look at after each act.
LOOKS = (["tong-quan", "muc-tieu/I.1", "ma-tran", "xep-hang"], ["tong-quan"], ["tong-quan"])


@pytest.fixture(autouse=True)
def keeping(settings, monkeypatch):
    """Pages are kept as the product does without Redis."""
    monkeypatch.setattr(page_cache, "silent_until", 0)
    use(
        settings, {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-kept", "TIMEOUT": None}
    )
    yield
    caches["pages"].clear()


def use(settings, pages):
    settings.CACHES = settings.CACHES | {"pages": pages}
    caches["pages"].clear()


@pytest.fixture
def made(monkeypatch):
    """Count how often an overview is made."""
    times = []
    builder = overview.overview
    monkeypatch.setattr(overview, "overview", lambda *of, **more: times.append(of) or builder(*of, **more))
    return times


@pytest.fixture
def fresh(settings):
    """`fresh(client, address)`: what the page would say if nothing were kept."""

    def look(client, address):
        before = settings.CACHES
        settings.CACHES = before | {"pages": DUMMY}
        try:
            return shown(client, address)
        finally:
            settings.CACHES = before

    return look


def shown(client, address):
    """A page to the last sign, without what differs each time: the token of its forms; nothing where it is not there for its
    reader."""
    response = client.get(address)
    if response.status_code == 404:
        return ""
    assert response.status_code == 200
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", response.content.decode())


# Kept


def test_the_next_look_makes_nothing(as_person, made, django_assert_num_queries):
    lam = as_person("lam")
    first = shown(lam, OVERVIEW)
    assert "Ngô Thanh Lâm" in first
    # 3 who reads (session, account, roles), 2 what is asked for (plan, periods).
    with django_assert_num_queries(5):
        assert shown(lam, OVERVIEW) == first
    assert len(made) == 1


def test_others_of_the_same_agency_and_roles_see_it_in_a_frame_of_their_own(as_person, made):
    an, binh = (shown(as_person(name), OVERVIEW) for name in ("an", "binh"))
    assert len(made) == 1
    assert "Nguyễn Văn An" in an and "Trần Thị Bình" not in an
    assert "Trần Thị Bình" in binh and "Nguyễn Văn An" not in binh


@pytest.mark.parametrize("backwards", [False, True])
def test_nobody_sees_what_another_may_see(province, as_person, fresh, backwards):
    readers = {name: as_person(name) for name in sorted(province.people, reverse=backwards)}
    for address in PAGES:
        alone = {name: fresh(reader, address) for name, reader in readers.items()}
        for _ in range(2):
            assert {name: shown(reader, address) for name, reader in readers.items()} == alone


def test_a_role_that_was_given_is_seen_with_at_once(province, as_person, fresh):
    an = as_person("an")
    before = shown(an, OVERVIEW)
    set_roles(user=province.people["an"], roles=[Role.FOCAL, Role.LEADER])
    after = shown(an, OVERVIEW)
    assert after == fresh(an, OVERVIEW) != before
    UserRole.objects.filter(user=province.people["an"], role=Role.LEADER).delete()
    assert shown(an, OVERVIEW) == before


def test_whoever_moves_to_another_agency_sees_as_it_does(province, as_person, fresh):
    an = as_person("an")
    before = shown(an, OVERVIEW)
    province.people["an"].agency = province.tree["x21"]
    province.people["an"].save()
    assert shown(an, OVERVIEW) == fresh(an, OVERVIEW) != before


def test_what_the_page_does_not_heed_in_the_address_neither_fills_the_cache_nor_reaches_it(as_person, made):
    lam = as_person("lam")
    shown(lam, OVERVIEW)
    for number in range(3):
        body = shown(lam, f"{OVERVIEW}?x={number}%22%3Cb%3E").partition('<div class="messages">')[2]
        assert f"x={number}" not in body
    assert len(made) == 1
    assert lam.get(OVERVIEW + "?sap-xep=khac").status_code == 404 and len(made) == 1


# Never old


def approve_another(world):
    """x21's report, which waits."""
    report = Submission.objects.get(agency=world.tree["x21"], period=world.periods[8])
    workflow.approve(submission=report, by=factories.person("duyet-h2", world.tree["h2"], Role.REVIEWER))


def test_an_approval_is_seen_at_the_next_look(province, as_person, django_capture_on_commit_callbacks):
    lam = as_person("lam")
    before = shown(lam, OVERVIEW + "?ky=2023-08")
    assert "4/5" in before and "72,31" in before  # 940 of 1300
    with django_capture_on_commit_callbacks() as bells:
        approve_another(province)
    # Approved, not yet added up: the figures are the old ones, and the page says so.
    assert "Số liệu đang được tổng hợp lại" in shown(lam, OVERVIEW + "?ky=2023-08")
    for bell in bells:
        bell()
    after = shown(lam, OVERVIEW + "?ky=2023-08")
    assert "Số liệu đang được tổng hợp lại" not in after
    assert "73,33" in after and "72,31" not in after  # 990 of 1350
    assert after != before


def test_a_debt_alone_is_seen(province, as_person):
    lam = as_person("lam")
    shown(lam, OVERVIEW)
    debt = PendingRollup.objects.create(plan=province.plan, created_at=factories.AT)
    assert "Số liệu đang được tổng hợp lại" in shown(lam, OVERVIEW)
    debt.delete()
    assert "Số liệu đang được tổng hợp lại" not in shown(lam, OVERVIEW)


def test_another_roll_up_is_seen(province, as_person, fresh):
    lam = as_person("lam")
    before = shown(lam, OVERVIEW)
    RollupState.objects.filter(plan=province.plan).update(computed_at=factories.AT + dt.timedelta(minutes=1))
    assert shown(lam, OVERVIEW) == fresh(lam, OVERVIEW) != before


def test_the_day_turns(as_person, fresh, moment):
    for day in (16, 17, 18, 21):
        moment.move_to(dt.datetime(2023, 8, day, 9, tzinfo=VIETNAM))
        lam = as_person("lam")
        first = shown(lam, OVERVIEW + "?ky=2023-08")
        assert first == fresh(lam, OVERVIEW + "?ky=2023-08")
        assert f"{day}/08/2023" in first


def test_made_up_figures_keep_their_mark(province, as_person, fresh):
    lam, mark = as_person("lam"), "Số liệu minh họa"
    for address in PAGES:
        assert mark not in shown(lam, address)
    year = DemoYear.objects.create(
        plan=province.plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT
    )
    for address in PAGES * 2:
        page = shown(lam, address)
        assert mark in page and page == fresh(lam, address)
    year.delete()
    assert mark not in shown(lam, OVERVIEW)


@pytest.mark.parametrize("address", ["/muc-tieu/I.1/", "/ma-tran/", "/xep-hang/"])
def test_other_pages_are_kept_too_and_see_what_was_sent_back(
    province, as_person, fresh, address, django_capture_on_commit_callbacks, django_assert_max_num_queries
):
    lam, address = as_person("lam"), f"{address}?ky=2023-08&so-lieu=tam-tinh"
    before = shown(lam, address)
    with django_assert_max_num_queries(9):
        assert shown(lam, address) == before
    report = Submission.objects.get(agency=province.tree["x21"], period=province.periods[8])
    with django_capture_on_commit_callbacks(execute=True):
        by = factories.person("duyet-h2", province.tree["h2"], Role.REVIEWER)
        workflow.return_report(submission=report, by=by, reason="Xem lại mẫu số.")
    assert shown(lam, address) == fresh(lam, address) != before


def test_what_may_be_typed_without_end_is_not_kept(as_person):
    lam = as_person("lam")
    for number in range(3):
        shown(lam, f"/muc-tieu/I.1/?ky=2023-08&neu-k={number}&neu-x=1")
    assert not caches["pages"]._cache
    for page in ("0", "-1", "x", "01", "100", "9" * 50):
        shown(lam, f"/ma-tran/?ky=2023-08&trang={page}")
    assert len(caches["pages"]._cache) == 2  # its heading and its body


def test_what_changes_nothing_makes_nothing_anew(as_person, province, made):
    lam = as_person("lam")
    approve_another(province)
    shown(lam, OVERVIEW)
    for act in AccountAct:
        audit(by=province.people["lam"], act=act, label="thử")
    assert lam.get("/tong-quan/tep/csv/").status_code == 200  # which is a line of the log
    assert AuditEntry.objects.filter(act="tải tệp").count() == 2
    made.clear()
    shown(lam, OVERVIEW)
    assert made == []


def test_an_act_that_nobody_thought_of_is_one_that_changes_something(as_person, province, made):
    lam = as_person("lam")
    shown(lam, OVERVIEW)
    audit(by=province.people["lam"], act=factories.SampleAct.ACT, label="thử")
    shown(lam, OVERVIEW)
    assert len(made) == 2


def test_acts_by_the_day_alone_leave_their_line(province):
    agency = province.tree["x12"]
    rename(agency=agency, name="UBND xã Mới", short_name="Xã Mới", from_day=dt.date(2023, 8, 17))
    with time_machine.travel(dt.datetime(2023, 8, 17, 0, 1, tzinfo=VIETNAM), tick=False):
        before = AuditEntry.objects.count()
        assert follow_placements() == 1
        assert follow_placements() == 0
    assert AuditEntry.objects.count() == before + 1


def test_whatever_a_plan_is_loaded_with_comes_with_a_roll_up(db, django_capture_on_commit_callbacks):
    def load():
        with django_capture_on_commit_callbacks(execute=True):
            call_command("load_plan", verbosity=0)
        return RollupState.objects.values_list("computed_at", flat=True).get()

    first = load()
    assert load() == first
    Project.objects.order_by("pk").last().delete()
    assert load() > first


def test_a_projects_report_is_seen(province, as_person, fresh, django_capture_on_commit_callbacks):
    lam, an = as_person("lam"), province.people["an"]
    section = ProjectGroup.objects.create(plan=province.plan, code="I", title="Dự án", position=1)
    project = Project.objects.create(section=section, number=1, name="Việc", due=dt.date(2023, 8, 1))
    ProjectParty.objects.create(project=project, part="lead", agency=an.agency)
    report = Submission.objects.get(agency=an.agency, period=province.periods[8])
    by = factories.person("duyet", province.tree["h1"], Role.REVIEWER)
    seen = [shown(lam, OVERVIEW + "?ky=2023-08")]
    with django_capture_on_commit_callbacks(execute=True):
        report = workflow.reopen(submission=report, by=by, reason="Thiếu tiến độ.")
    done = Entry(stage=Stage.DONE, percent=Decimal(100), actual_finish=dt.date(2023, 8, 1))
    save_update(submission=report, project=project, entry=done, by=an)
    for act, who in ((workflow.submit, an), (workflow.approve, by)):
        with django_capture_on_commit_callbacks(execute=True):
            act(submission=Submission.objects.get(pk=report.pk), by=who)
        seen.append(shown(lam, OVERVIEW + "?ky=2023-08"))
        assert seen[-1] == fresh(lam, OVERVIEW + "?ky=2023-08") != seen[-2]
    assert "</b> hoàn thành</span>" in seen[-1] and "</b> hoàn thành</span>" not in seen[0]


@pytest.mark.slow(25)
@pytest.mark.parametrize("seed", range(2 if IS_LONG else 1))
def test_whatever_is_done_everyone_sees_it(seed, db, moment, fresh, monkeypatch):
    """The random acts of the roll-ups' own test: after each, and after what it owes was added up, what is kept is what would
    be made. A page of which nothing was kept has just been made."""
    found, fetch, compared = [], page_cache.fetch_body, 0

    def note(key):
        found.append(fetch(key))
        return found[-1]

    monkeypatch.setattr(page_cache, "fetch_body", note)
    world = RandomPlan(seed)
    engine.rebuild(world.plan)
    acts = Acts(world, seed)
    people = [factories.person("lanh-dao", world.tree["tinh"], Role.LEADER), *list(acts.focal.values())[3:7:3]]
    looks = []
    for person, addresses in zip(people, LOOKS, strict=True):
        client = Client()
        client.force_login(person)
        looks += [(client, f"/{address}/?ky=2023-08&so-lieu=tam-tinh") for address in addresses]
    for name in [*EVERY_ACT[::3], *random.Random(seed).choices(ACTS, k=8)]:
        acts.do(name)
        for pay in (False, True):
            if pay:
                tasks.roll_up(world.plan.pk)
            for client, address in looks:
                found.clear()
                page = shown(client, address)
                if any(each is not None for each in found):
                    compared += 1
                    assert page == fresh(client, address), (name, pay, address)
    assert len(+acts.done) > 8, acts.done
    assert compared > 50


def test_another_version_of_the_product_draws_its_own(as_person, made, monkeypatch):
    lam = as_person("lam")
    shown(lam, OVERVIEW)
    monkeypatch.setattr(page_cache, "code", lambda: "another")
    shown(lam, OVERVIEW)
    assert len(made) == 2


def test_the_version_is_that_of_the_files(settings, tmp_path, monkeypatch):
    for folder in page_cache.CODE:
        (tmp_path / folder).mkdir()
    (tmp_path / "templates" / "base.html").write_text("một")
    settings.BASE_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    versions = [page_cache.code.__wrapped__()]
    (tmp_path / "templates" / "base.html").write_text("hai")
    versions.append(page_cache.code.__wrapped__())
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / "staticfiles.json").write_text("{}")
    versions.append(page_cache.code.__wrapped__())
    assert len(set(versions)) == 3


def test_who_writes_the_product_sees_what_he_wrote(as_person, made, settings):
    settings.DEBUG = True
    lam = as_person("lam")
    shown(lam, OVERVIEW)
    shown(lam, OVERVIEW)
    assert len(made) == 2


# A body knows no reader


@pytest.mark.parametrize(
    "inside",
    [
        "{{ user }}",
        "{{ user.agency }}",
        "{% if user %}x{% endif %}",
        "{% csrf_token %}",
        "{% for message in messages %}x{% endfor %}",
        "{{ perms.x }}",
        "{{ request.user.pk.bit_length }}{{ request.session.x }}{% if user == 1 %}{% endif %}{{ user }}",
    ],
)
def test_a_body_that_looks_at_its_reader_stops_the_page(province, rf, inside):
    request = rf.get(OVERVIEW)
    request.user = province.people["lam"]
    body = page_cache.CachedBody(request, select(request), "thử", lambda reader: {})
    page = engines["django"].from_string(
        "{% load page_cache %}{% cached_body body %}" + inside + "{% endcached_body %}"
    )
    with pytest.raises(RuntimeError, match="không được đọc thông tin của riêng ai"):
        page.render({"body": body}, request)


def readers_of_a_body(request):
    """Return the user that the builder is given and the user of the template's request."""
    given = []
    body = page_cache.CachedBody(
        request, select(request), request.user.username, lambda reader: given.append(reader) or {}
    )
    body.shown(lambda context: given.append(context["request"].user) or "")
    return given


def test_the_reader_of_a_body_is_nobody_and_sees_what_he_may(province, rf):
    for person in province.people.values():
        request = rf.get(OVERVIEW)
        request.user = person
        reader, same = readers_of_a_body(request)
        assert same is reader
        assert (reader.pk, reader.username, reader.full_name) == (None, "", "")
        for visible in (Agency.objects, Rollup.objects, Submission.objects):
            assert set(visible.visible_to(reader)) == set(visible.visible_to(person))


# A cache that does not answer


@pytest.fixture
def in_redis(redis_server, settings):
    """Pages are kept in a Redis of the test's own, as in production."""
    made = settings_of(redis_server.url)
    use(settings, made)
    yield redis_server
    redis_server.thaw()
    if not redis_server._answers():
        redis_server.start()
    redis_server.flush()


def test_redis_keeps_bodies_for_all_workers_as_plain_bytes(in_redis, as_person, made):
    first = shown(as_person("lam"), OVERVIEW)
    assert shown(as_person("lam"), OVERVIEW) == first
    assert len(made) == 1
    client = redis.Redis.from_url(in_redis.url)
    (key,) = client.keys("*body:*")  # beside it: which period the front page opens on
    assert zlib.decompress(client.get(key)).decode() in first
    assert 0 < client.ttl(key) <= 600


def test_a_dead_redis_costs_nothing_but_the_making(in_redis, as_person, made, fresh, caplog):
    lam = as_person("lam")
    first = shown(lam, OVERVIEW)
    in_redis.kill()
    assert shown(lam, OVERVIEW) == first and shown(lam, OVERVIEW) == first
    assert len(made) == 3
    assert len([line for line in caplog.messages if "Bộ nhớ đệm không trả lời" in line]) == 1


def test_an_empty_redis_is_filled_again(in_redis, as_person, made):
    lam = as_person("lam")
    first = shown(lam, OVERVIEW)
    in_redis.flush()
    assert [shown(lam, OVERVIEW), shown(lam, OVERVIEW)] == [first, first]
    assert len(made) == 2


def test_a_frozen_redis_holds_a_page_up_once_and_shortly(in_redis, as_person, monkeypatch):
    lam = as_person("lam")
    first = shown(lam, OVERVIEW)
    asked = []
    question = page_cache.ask
    monkeypatch.setattr(page_cache, "ask", lambda of: asked.append(time.monotonic()) or question(of))
    in_redis.freeze()
    begun = time.monotonic()
    assert shown(lam, OVERVIEW) == first
    assert page_cache.silent_until - begun < page_cache.SILENCE_SECONDS + 1
    in_redis.thaw()
    monkeypatch.setattr(page_cache, "silent_until", 0)  # half a minute later
    assert shown(lam, OVERVIEW) == first


@pytest.mark.parametrize("strange", [b"x", b"", zlib.compress(b"\xff\xfe"), 17, "chu"])
def test_strange_contents_are_not_shown(as_person, made, monkeypatch, strange):
    lam = as_person("lam")
    first = shown(lam, OVERVIEW)
    pages = caches["pages"]
    for key in list(pages._cache):
        pages.set(key.split(":", 2)[2], strange)
    assert shown(lam, OVERVIEW) == first
    assert len(made) == 2
