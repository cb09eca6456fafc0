"""Which plan, period and basis a page shows: `?ky=2023-08&so-lieu=chinh-thuc|tam-tinh`."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from core import clock, formatting
from indicators import page_cache
from indicators.models import Basis, Plan, ReportingPeriod

BASIS_NAMES = {"chinh-thuc": Basis.OFFICIAL, "tam-tinh": Basis.PROVISIONAL}


class WrongAddress(Http404):
    """A 404 that says what is wrong with an address, and where the way goes on. Never about what a reader may not see, and
    without the words of the address: who sends a link would speak through the page."""

    def __init__(self, said: str, label: str, url: str):
        super().__init__(said)
        self.said, self.label, self.url = said, label, url


@dataclass(frozen=True)
class Selection:
    """What a page shows. `periods`: those whose data window has begun, in order."""

    plan: Plan
    period: ReportingPeriod
    basis: Basis
    periods: list[ReportingPeriod]

    @property
    def basis_name(self) -> str:
        """chinh-thuc or tam-tinh, as in addresses."""
        return next(name for name, basis in BASIS_NAMES.items() if basis == self.basis)

    @property
    def query(self) -> str:
        """ky=…&so-lieu=…, to be kept in links."""
        return self.query_for()

    def query_for(self, *, period=None, basis_name=None) -> str:
        """The query with another period or basis."""
        chosen = {"ky": (period or self.period).code, "so-lieu": basis_name or self.basis_name}
        return urlencode(chosen)

    @property
    def previous(self) -> ReportingPeriod | None:
        """The period before, if any."""
        return next((p for p in self.periods if p.number == self.period.number - 1), None)

    @property
    def next(self) -> ReportingPeriod | None:
        """The period after, if its window has begun."""
        return next((p for p in self.periods if p.number == self.period.number + 1), None)


def no_plan() -> WrongAddress:
    """The 404 of an installation into which no plan was loaded yet."""
    return WrongAddress(
        "Hệ thống đang được thiết lập: chưa có kế hoạch nào. Quản trị hệ thống nạp kế hoạch rồi trang này mới có nội dung.",
        "Mở trang Quản trị",
        reverse("admin:index"),
    )


def periods_begun(plan) -> list[ReportingPeriod]:
    """Periods of a plan that can be looked at: those whose window has begun, the first one at least. One query."""
    today = clock.today()
    periods = list(plan.periods.in_order())
    for period in periods:
        period.plan = plan
    return [p for p in periods if p.window_first <= today] or periods[:1]


def newest_of(periods: list[ReportingPeriod]) -> ReportingPeriod:
    """The newest period whose data window is complete; the last one where none is."""
    today = clock.today()
    return next((p for p in reversed(periods) if p.window_last < today), periods[-1])


def select(request) -> Selection:
    """The selection that a request asks for, also left on the request for its frame; 404 for a period or basis that does not
    exist, which says so. Without `ky` the newest period whose data window is complete. Two queries."""
    plan = page_cache.plans().current()
    if plan is None:
        raise no_plan()
    periods = periods_begun(plan)
    if not periods:
        raise Http404("Kế hoạch chưa có kỳ báo cáo nào.")
    code = request.GET.get("ky")
    if code is None:
        period = newest_of(periods)
    else:
        period = next((p for p in periods if p.code == code), None)
    basis = BASIS_NAMES.get(request.GET.get("so-lieu", "chinh-thuc"))
    if period is None or basis is None:
        raise _wrong(request, plan, periods, period, basis)
    request.selection = Selection(plan, period, basis, periods)
    return request.selection


def is_named(request) -> bool:
    """Does a request's address name a period or a basis? Else the newest official figures are meant."""
    return not request.GET.keys().isdisjoint({"ky", "so-lieu"})


def carried(request) -> Selection | None:
    """The selection that a request's address names and its page reads; None where it names none."""
    return getattr(request, "selection", None) if is_named(request) else None


def _wrong(request, plan, periods, period, basis):
    """What is wrong with a period or a basis asked for, and the same page where they are right. One query for a period."""
    said = []
    if period is None:
        code = request.GET["ky"]
        to_come = next((p for p in plan.periods.in_order() if p.code == code), None)
        if to_come is not None:
            said.append(f"Kỳ {to_come} chưa bắt đầu: số liệu tính từ ngày {formatting.date(to_come.window_first)}.")
        else:
            said.append(f"Không có kỳ này. Kỳ viết bằng năm và tháng, như {newest_of(periods).code}.")
    if basis is None:
        said.append("Không có loại số liệu này: chỉ có số chính thức và số tạm tính.")
    right = Selection(plan, period or newest_of(periods), basis or Basis.OFFICIAL, periods)
    query = request.GET.copy()
    query["ky"], query["so-lieu"] = right.period.code, right.basis_name
    words = f"Mở trang này ở kỳ {right.period}, số {right.basis.label.lower()}"
    return WrongAddress(" ".join(said), words, f"{request.path}?{query.urlencode()}")
