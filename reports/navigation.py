"""The frame of every page: person, plan, time, navigation (a context processor)."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.db import DatabaseError
from django.db.models import Exists, FilteredRelation, OuterRef, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from agencies.models import User
from agencies.roles import Role
from core import clock, formatting
from data_calls.models import CallAnswer
from guide.parts import help_of
from indicators import page_cache
from indicators.models import (
    Assignment,
    Comment,
    Extension,
    Frequency,
    Plan,
    ReportingPeriod,
    State,
    Submission,
    Target,
    query_of,
)
from indicators.rules.calendar import CYCLES
from indicators.selection import PLAN_PARAMETERS, Selection, carried

log = logging.getLogger(__name__)

# A figure of an assignment is due in the period around it; built once, since every page of a focal point asks.
IS_DUE = Q(target__frequency=Frequency.MONTH)
_MONTH = OuterRef("number") + OuterRef("plan__first_month") - 1
for _frequency in (Frequency.QUARTER, Frequency.HALF, Frequency.YEAR):
    IS_DUE |= Q(Exact(Mod(_MONTH, CYCLES[_frequency]), 0), target__frequency=_frequency)
# The cookie that static/js/pages/frame.js sets.
THEMES = {"toi": "dark", "sang": "light"}
# Roles that are shown under a person's name; the others are clear from the agency.
SHOWN_ROLES = (Role.ADMIN, Role.STANDING, Role.LEADER)


@dataclass(frozen=True)
class NavItem:
    """An entry of the navigation; `count`: number of waiting items."""

    label: str
    url: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class PageFrame:
    """The frame of a page (templates/base.html). `selection`: the period and basis in the page's address, which links and the
    search pass on. `help`: the address of the guide's part for the page. `plans`: the others of the plan's year and the plans
    before and after, for a page that can show them."""

    plan: Plan | None = None
    is_demo: bool = False
    clock_note: str = ""
    now: dt.datetime | None = None
    nav: tuple[NavItem, ...] = ()
    keeping: tuple[NavItem, ...] = ()
    user_name: str = ""
    user_role: str = ""
    theme: str = ""
    unread: int = 0
    help: str = ""
    selection: Selection | None = None
    plans: tuple[NavItem, ...] = ()

    @property
    def unread_words(self) -> str:
        """Return the number at the bell icon, which has space for two digits."""
        return str(self.unread) if self.unread < 100 else "99+"


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context processor's `frame`, computed when a template first uses it. At most three queries for a signed-in reader,
    none for anyone else; where the database does not answer, the frame stays empty and the page is drawn."""
    return {"frame": SimpleLazyObject(lambda: build(request))}


def build(request: HttpRequest) -> PageFrame:
    """Return the frame of a request."""
    theme = THEMES.get(request.COOKIES.get("giao-dien", ""), "")
    try:
        now = clock.now()
        # No account is read for an address that does not exist, or where the request was refused before it had a user.
        user = getattr(request, "user", None) if request.resolver_match else None
        if user is None or not user.is_authenticated:
            is_demo = clock.is_demo()
            return PageFrame(
                theme=theme, now=now, is_demo=is_demo, clock_note=_clock_note(is_demo, now), help=help_of(request)
            )
        # A cached page has read the plan already.
        plan = getattr(request, "plan", None) or page_cache.plans().in_view()
        is_demo = plan is not None and page_cache.state_of(plan).is_demo
        return PageFrame(
            plan=plan,
            is_demo=is_demo,
            clock_note=_clock_note(is_demo, now),
            now=now,
            nav=_nav(request, user, plan, now.date()),
            keeping=_keeping(user),
            user_name=str(user),
            user_role=role_words(user),
            theme=theme,
            # Counted with the account (agencies.backends); an account loaded otherwise has no number.
            unread=getattr(user, "unread", 0),
            help=help_of(request, _shown_at_start(request, user)),
            selection=carried(request),
            plans=_plans(request, user, plan),
        )
    except DatabaseError:
        log.exception("Không đọc được khung trang")
        return PageFrame(theme=theme)


def home_of(user: User) -> str:
    """Return the name of the page on which a person's work begins: todo, review_queue or overview (ui.md)."""
    if user.holds(Role.FOCAL) and user.agency_id:
        return "todo"
    if user.holds(Role.STANDING, Role.REVIEWER):
        return "review_queue"
    return "overview"


def _shown_at_start(request: HttpRequest, user: User) -> str:
    """Return the name of the page that stands at `/` for a person; empty where it is their tasks, and at other addresses."""
    is_start = request.resolver_match is not None and request.resolver_match.url_name == "home"
    return home_of(user) if is_start and home_of(user) != "todo" else ""


def role_words(user: User) -> str:
    """Return `Lãnh đạo · UBND tỉnh`, `H. Yên Sơn`: the agency, and the role of those who do not enter figures."""
    role_label = "" if home_of(user) == "todo" else next((role.label for role in SHOWN_ROLES if user.holds(role)), "")
    return " · ".join(part for part in (role_label, user.agency.place_name if user.agency else "") if part)


def tasks_of(user: User, plan: Plan, today: dt.date) -> int:
    """Return the number of reports of their agency that a focal point must work on, of whatever year: open periods in which a
    figure is due (as in `AssignmentQuerySet.due_in`) and nothing was submitted yet, and returned reports that can still be
    corrected, or are of the plan in view; and of the answers that it owes to data calls. One query."""
    if user.agency is None:
        return 0
    mine = FilteredRelation("submissions", condition=Q(submissions__agency=user.agency, submissions__is_latest=True))
    due = Assignment.objects.in_force(OuterRef("window_last")).filter(
        IS_DUE, agency=user.agency, target__plan=OuterRef("plan")
    )
    granted = Extension.objects.concerning(user.agency).granted().filter(period=OuterRef("pk"), until__gte=today)
    is_open = Q(opens_on__lte=today) & (Q(closes_on__gte=today) | Q(Exists(granted.filter(targets__isnull=True))))
    unsent = Q(mine__isnull=True) | Q(mine__state__in=[State.DRAFT, State.RETURNED])
    reopened = Q(mine__state=State.DRAFT, mine__extended_until__gte=today)
    mendable = Q(plan=plan) | Q(closes_on__gte=today) | Q(mine__extended_until__gte=today)
    to_mend = reopened | Q(mine__state=State.RETURNED) & mendable
    reports = ReportingPeriod.objects.started().alias(mine=mine).filter(is_open & unsent & Q(Exists(due)) | to_mend)
    calls = CallAnswer.objects.owed().filter(agency=user.agency)
    return reports.order_by().values("pk").union(calls.order_by().values("pk"), all=True).count()


def _clock_note(is_demo: bool, now: dt.datetime) -> str:
    if not is_demo:
        return ""
    start = formatting.datetime(clock.demo_start)
    return f"đồng hồ của hệ thống chạy riêng từ {start}, lúc này là {formatting.datetime(now)}"


def _nav(request: HttpRequest, user: User, plan: Plan | None, today: dt.date) -> tuple[NavItem, ...]:
    """Return the pages that a person uses, in the order of their work; the current one is marked."""
    home, reviews = home_of(user), user.holds(Role.STANDING, Role.REVIEWER)
    everything = user.reads_everything or reviews
    tasks = waiting = 0
    if plan and reviews:
        waiting = Submission.objects.reviewable_by(user).waiting().count()
    if plan and home == "todo":
        tasks = tasks_of(user, plan, today) + bool(waiting)
    items: list[tuple[str, str, str, int]] = []
    selection = carried(request)

    def add(label: str, url: str, count: int = 0, under: str | None = None) -> None:
        items.append((label, url, under or url, count))

    def add_figures(label: str, url: str, under: str | None = None) -> None:
        """Add a page that reads a period and a basis: the current ones are passed on."""
        path, sign, anchor = url.partition("#")
        add(label, f"{path}?{selection.query}{sign}{anchor}" if selection else url, under=under or path)

    if home == "todo":
        add("Việc cần làm", reverse("home"), tasks)
        add("Nhập số liệu", reverse("entry_current"))
    if reviews:
        add("Duyệt phiếu", reverse("review_queue"), waiting)
    if home == "review_queue":
        add("Việc cần làm", reverse("duties"))
    if plan and user.holds(Role.LEAD) and user.agency is not None:
        led = Target.objects.led_by(user.agency)
        waiting = Comment.objects.questions().filter(target__in=led, answered=False).count()
        if waiting or home != "todo":
            add("Thẩm định", reverse("questions"), waiting)
    if home == "todo" and user.agency is not None:
        add_figures("Kết quả đơn vị", reverse("agency", args=[user.agency.code]))
    add_figures("Tổng quan", reverse("overview"))
    if home == "overview" and user.roles:
        add("Việc cần làm", reverse("duties"))
    if plan:
        # The plan as it was signed: its indicators, and above them its commitments and charges.
        add_figures("Chỉ tiêu", reverse("indicators"))
    if everything:
        if (
            home != "todo"
        ):  # a person who also enters figures has a long row already, and finds the targets in the overview
            add_figures("Chỉ tiêu thành phần", reverse("overview") + "#muc-tieu", under=reverse("targets"))
            add_figures("Ma trận", reverse("matrix"))
        add_figures("Cơ quan", reverse("agencies"))
        add_figures("Dự án", reverse("projects"))
        add("Báo cáo", reverse("reports"))
    if user.reads_everything:
        add("Chỉ đạo", reverse("conclusions"))
        add("Đột xuất", reverse("data_calls"))
    if user.holds(Role.ADMIN, Role.STANDING):
        add("Kế hoạch", reverse("plans"))
    if plan:
        add("Lịch", reverse("calendar"))
    if user.holds(Role.ADMIN):
        add("Quản trị", reverse("admin:index"))
    here = _here(reverse(home) if home != "todo" and request.path == reverse("home") else request.path, items)
    return tuple(NavItem(label, url, under == here, count) for label, url, under, count in items)


def _plans(request: HttpRequest, user: User, plan: Plan | None) -> tuple[NavItem, ...]:
    """Return the same page in the other plans with a year in common, and in the plans of the years before and after; empty
    where a page does not read its plan from its address. One query where the year has several plans, else none."""
    if plan is None or getattr(request, "plan", None) is None or request.method == "POST":
        return ()
    # `with_neighbours` adds these columns, which the types do not carry.
    earlier, later, has_siblings = plan.earlier_address, plan.later_address, plan.has_siblings  # type: ignore[attr-defined]
    siblings: list[str] = []
    if has_siblings:
        others = Plan.objects.visible_to(user).overlapping(plan).exclude(pk=plan.pk)
        siblings = list(others.order_by("pk").values_list("address", flat=True))
    query = request.GET.copy()
    for name in (*PLAN_PARAMETERS, "trang"):
        query.pop(name, None)
    links = []
    for address in (earlier, *siblings, later):
        if address is not None:
            there = query.copy()
            there.update(parse_qsl(query_of(address)))
            label = f"Kế hoạch {'năm ' if address.isdecimal() else ''}{address}"
            links.append(NavItem(label, f"{request.path}?{there.urlencode()}"))
    return tuple(links)


def _keeping(user: User) -> tuple[NavItem, ...]:
    """Return the links for administrators and the standing agency, at the foot of every page."""
    if not user.holds(Role.ADMIN, Role.STANDING):
        return ()
    opening = (NavItem("Cấp tài khoản", reverse("bulk_accounts")),) if user.holds(Role.ADMIN) else ()
    return (
        NavItem("Tổ chức", reverse("organisation")),
        *opening,
        NavItem("Tài khoản cần xem", reverse("account_list")),
        NavItem("Kết nối hệ thống", reverse("connected_systems")),
        NavItem("Nhật ký", reverse("journal")),
        NavItem("Tình trạng hệ thống", reverse("system_state")),
    )


def _here(path: str, items: Sequence[tuple[str, str, str, int]]) -> str | None:
    """Return the address of the entry that a page belongs to: the first that its path begins with (the person's own agency comes
    before the list of agencies)."""
    home = reverse("home")
    return next(
        (under for _, _, under, _ in items if path == under or (under != home and path.startswith(under))), None
    )
