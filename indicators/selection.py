"""Selection of plan, period and basis for a page: `?ky=2026-08&so-lieu=chinh-thuc|tam-tinh`; `?nam=2026` for the newest
period of a plan. Of a plan that is not the first of its year: `?ky=ai-2026.2026-08`, `?ke-hoach=ai-2026`."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse

from core import clock, formatting
from indicators import page_cache
from indicators.models import PLAN_CODE, PLAN_OF_CODE, Basis, Plan, ReportingPeriod
from indicators.periods import completeness

# The parameters of an address that name a plan.
PLAN_PARAMETERS = ("ky", "ke-hoach", "nam")
# The most periods that a row of marks shows.
MOST_SHOWN = 12
BASIS_NAMES = {"chinh-thuc": Basis.OFFICIAL, "tam-tinh": Basis.PROVISIONAL}


class WrongAddress(Http404):
    """A 404 that explains the fault in an address and links to a right one.

    Never about content that the reader may not see, and without the text of the address: a link must not make the page
    say anything.
    """

    def __init__(self, message: str, label: str, url: str) -> None:
        super().__init__(message)
        self.message, self.label, self.url = message, label, url


@dataclass(frozen=True)
class Running:
    """A period after the one that a page opened on, which lacks reports: agencies that count on the basis, of those due."""

    period: ReportingPeriod
    counted: int
    expected: int


@dataclass(frozen=True)
class Selection:
    """The plan, period and basis that a page shows. periods: those whose data window has begun, in order. is_chosen: the
    address named the period; running: the later one that a page left aside when it opened by itself; is_work: of a page on
    which a period is worked at, not of one that shows its figures."""

    plan: Plan
    period: ReportingPeriod
    basis: Basis
    periods: list[ReportingPeriod]
    is_chosen: bool = True
    running: Running | None = None
    is_work: bool = False

    @property
    def basis_name(self) -> str:
        """The basis as in addresses: chinh-thuc or tam-tinh."""
        return next(name for name, basis in BASIS_NAMES.items() if basis == self.basis)

    @property
    def query(self) -> str:
        """The query of links that stay in this selection: ky=…&so-lieu=…."""
        return self.query_for()

    def query_for(self, *, period: ReportingPeriod | None = None, basis_name: str | None = None) -> str:
        """Return the query with another period or basis; None: that of this selection."""
        chosen = {"ky": (period or self.period).code, "so-lieu": basis_name or self.basis_name}
        return urlencode(chosen)

    @property
    def other_basis(self) -> "Selection":
        """The same period on the other basis."""
        other = Basis.PROVISIONAL if self.basis == Basis.OFFICIAL else Basis.OFFICIAL
        return replace(self, basis=other)

    @property
    def first(self) -> ReportingPeriod:
        """The plan's first period."""
        return self.periods[0]

    @property
    def span(self) -> str:
        """`tháng 1 đến tháng 8`: from the plan's first period to this one."""
        first, last = self.first.label, self.period.label
        return f"tháng {first}" if first == last else f"tháng {first} đến tháng {last}"

    @property
    def short_span(self) -> str:
        """`T1 đến T8`: from the plan's first period to this one, the newest twelve at most."""
        shown = [period for period in self.periods if period.number <= self.period.number][-MOST_SHOWN:]
        first, last = shown[0].label, self.period.label
        return f"T{first}" if first == last else f"T{first} đến T{last}"

    @property
    def newest(self) -> "Selection":
        """The newest period whose data window is complete, on this basis."""
        return replace(self, period=newest_of(self.periods))

    @property
    def previous(self) -> ReportingPeriod | None:
        """The period before; None for the first."""
        return next((p for p in self.periods if p.number == self.period.number - 1), None)

    @property
    def next(self) -> ReportingPeriod | None:
        """The period after; None where its window has not begun."""
        return next((p for p in self.periods if p.number == self.period.number + 1), None)


class NotSetUp(WrongAddress):
    """The 404 of an installation without a plan. A person who reads a page is led to `/thiet-lap/` instead
    (`chuyendoiso.errors`)."""


def no_plan() -> NotSetUp:
    """Return the refusal of what needs a plan where there is none."""
    return NotSetUp("Hệ thống đang được thiết lập: chưa có kế hoạch nào.", "Xem việc thiết lập", reverse("setup"))


def periods_begun(plan: Plan) -> list[ReportingPeriod]:
    """Return the periods of a plan that can be shown: those whose window has begun, at least the first one. One
    query."""
    today = clock.today()
    periods = list(plan.periods.in_order())
    for period in periods:
        period.plan = plan
    return [p for p in periods if p.window_first <= today] or periods[:1]


def newest_of(periods: list[ReportingPeriod]) -> ReportingPeriod:
    """Return the newest period whose data window is complete; the last one where none is."""
    today = clock.today()
    return next((p for p in reversed(periods) if p.window_last < today), periods[-1])


def plan_of(request: HttpRequest) -> Plan:
    """Return the plan of a request's address, also set on the request for the page's frame. One query.

    The plan of the period `ky`, else the one named by `ke-hoach` (its address or code) or `nam` (its year), else the plan
    in view (`PlanQuerySet.in_view`). A `ky` without a plan (2026-08) is of the plan that `ke-hoach` names, where it does.
    Where no plan has the year of `ky`, the plan in view too: its pages say that the period does not exist. A draft only
    where it is named, and for those who may see it. WrongAddress where there is no plan, or none of that name.
    """
    of_period = PLAN_OF_CODE.match(request.GET.get("ky", ""))
    chosen = request.GET.get("ke-hoach") or request.GET.get("nam")
    named = chosen
    if of_period:
        named = of_period["plan"] or request.GET.get("ke-hoach") or of_period["year"]
    name = named if named and PLAN_CODE.fullmatch(named) else None
    # Feeds that are read without an account have no user.
    user = getattr(request, "user", None)
    plan = page_cache.plans().visible_to(user).by_view(name).first()
    if plan is None or (plan.is_draft and not named):
        raise no_plan()
    if chosen and not of_period and not (name and plan.is_named(name)):
        plans = Plan.objects.visible_to(user).order_by("year", "pk")
        names = ", ".join(plans.values_list("address", flat=True))
        what = "kế hoạch này" if "ke-hoach" in request.GET else "kế hoạch năm này"
        message = f"Không có {what}. Có kế hoạch năm {names}."
        raise WrongAddress(message, f"Mở trang này ở kế hoạch {plan.short_name}", f"{request.path}?{plan.query}")
    # For the page's frame; HttpRequest has no such attribute.
    request.plan = plan  # type: ignore[attr-defined]
    return plan


def select(request: HttpRequest) -> Selection:
    """Return the selection of a page of figures, also set on the request for the page's frame. Two queries; without `ky` two
    more, unless the answer is remembered.

    Without `ky` the newest period with enough reports (`opened_by_itself`), which then stands in the request too: the
    links of the page name it. 404 where there is no plan or no period; WrongAddress for a period or basis that does not exist.
    """
    selection = _selected(request)
    if not selection.is_chosen:
        selection = opened_by_itself(selection)
        query = request.GET.copy()
        query["ky"] = selection.period.code
        request.GET = QueryDict(query.urlencode())
        request.selection = selection  # type: ignore[attr-defined]
    return selection


def select_work(request: HttpRequest) -> Selection:
    """Return the selection of a page on which a period is worked at (reports, reviews, reminders): as `select`, but without
    `ky` the newest period whose data window is complete, however few reports it has. Two queries."""
    selection = replace(_selected(request), is_work=True)
    request.selection = selection  # type: ignore[attr-defined]
    return selection


def select_newest(request: HttpRequest) -> Selection:
    """Return the selection of a page whose figures are each agency's own and no sums: as `select`, but without `ky` the newest
    period whose data window is complete. Two queries."""
    return _selected(request)


def _selected(request: HttpRequest) -> Selection:
    plan = plan_of(request)
    periods = periods_begun(plan)
    if not periods:
        raise Http404("Kế hoạch chưa có kỳ báo cáo nào.")
    code = request.GET.get("ky")
    period = newest_of(periods) if code is None else with_code(periods, code)
    basis = BASIS_NAMES.get(request.GET.get("so-lieu", "chinh-thuc"))
    if period is None or basis is None:
        raise _wrong(request, plan, periods, period, basis)
    selection = Selection(plan, period, basis, periods, is_chosen=code is not None)
    # For the page's frame; HttpRequest has no such attribute.
    request.selection = selection  # type: ignore[attr-defined]
    return selection


def opened_by_itself(newest: Selection) -> Selection:
    """Return the selection with the newest period up to its own that has enough reports on its basis: what every page of
    figures opens on. None has: its own. Two queries, none where the answer is remembered."""

    def examine() -> str:
        known = [period for period in newest.periods if period.number <= newest.period.number]
        period, running = completeness.newest_with_enough(newest.plan, known, newest.basis)
        numbers = (period.number, known[-1].number, *running) if running else (period.number,)
        return " ".join(map(str, numbers))

    number, *rest = map(int, page_cache.remembered(newest, f"opened {newest.period.number}", examine).split())
    periods = {period.number: period for period in newest.periods}
    running = Running(periods[rest[0]], *rest[1:]) if rest else None
    return replace(newest, period=periods[number], is_chosen=False, running=running)


def opening_periods(plans: Iterable[Plan]) -> list[ReportingPeriod]:
    """Return the period of each plan on which its pages of official figures open by themselves (`opened_by_itself`), for lists
    that rest on figures without a page's selection. One query, and for each plan one more, three where its answer is not
    remembered."""
    periods = []
    for plan in page_cache.plans().filter(pk__in=[plan.pk for plan in plans]):
        begun = periods_begun(plan)
        if begun:
            periods.append(opened_by_itself(Selection(plan, newest_of(begun), Basis.OFFICIAL, begun)).period)
    return periods


def with_code(periods: Iterable[ReportingPeriod], code: str) -> ReportingPeriod | None:
    """Return the period of a code, also without the plan that it begins with; None where there is none."""
    return next((p for p in periods if code in (p.code, f"{p.year}-{p.month:02d}")), None)


def names_plan(query: Container[str]) -> bool:
    """Return True where the query of an address names a plan or a period."""
    return any(name in query for name in PLAN_PARAMETERS)


def is_named(request: HttpRequest) -> bool:
    """Return True where a request's address names a period, a plan or a basis; else it means the newest official
    figures."""
    return names_plan(request.GET) or "so-lieu" in request.GET


def carried(request: HttpRequest) -> Selection | None:
    """Return the selection that a request's address names and its page reads; None where it names none."""
    return getattr(request, "selection", None) if is_named(request) else None


def _wrong(
    request: HttpRequest,
    plan: Plan,
    periods: list[ReportingPeriod],
    period: ReportingPeriod | None,
    basis: Basis | None,
) -> WrongAddress:
    """Return the 404 for a period or a basis that does not exist, with a link to the same page in a right selection.

    One query where the period is wrong.
    """
    sentences = []
    if period is None:
        code = request.GET["ky"]
        to_come = with_code(plan.periods.in_order(), code)
        if to_come is not None:
            sentences.append(
                f"Kỳ {to_come} chưa bắt đầu: số liệu tính từ ngày {formatting.date(to_come.window_first)}."
            )
        else:
            sentences.append(f"Không có kỳ này. Kỳ viết bằng năm và tháng, như {newest_of(periods).code}.")
    if basis is None:
        sentences.append("Không có loại số liệu này: chỉ có số chính thức và số tạm tính.")
    right = Selection(plan, period or newest_of(periods), basis or Basis.OFFICIAL, periods)
    query = request.GET.copy()
    query["ky"], query["so-lieu"] = right.period.code, right.basis_name
    label = f"Mở trang này ở kỳ {right.period}, số {right.basis.label.lower()}"
    return WrongAddress(" ".join(sentences), label, f"{request.path}?{query.urlencode()}")
