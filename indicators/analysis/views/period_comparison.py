"""Why did this number change? Any two periods, each reporter's part told apart by cause; the page, and the same as a file."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.as_of import AsOf
from agencies.models import Agency
from core.downloads import workbook_file
from indicators.analysis import narrative
from indicators.analysis import snapshot as analysis_snapshot
from indicators.analysis.contributions import decimal
from indicators.analysis.exports import period_comparison
from indicators.analysis.nodes import Node, leads, node_history
from indicators.analysis.period_comparison import Comparison, by_district, compare, seen_by
from indicators.analysis.views.target import NoTarget, by_code
from indicators.models import ReportingPeriod, Target
from indicators.rollups.reconciliation import snapshot
from indicators.rules.combining import MICRO, round_half_away
from indicators.selection import Selection, select
from indicators.targets import text


@dataclass(frozen=True)
class AskedChange:
    """What an address asks for. change is None where both periods are the same or there is only one."""

    selection: Selection
    target: Target
    node: Node
    periods: tuple[ReportingPeriod, ReportingPeriod] | None
    change: Comparison | None
    agrees: bool

    @property
    def query(self) -> str:
        """The page's query without its node, so that a district's address can be made of it."""
        base = {"so-voi": self.periods[0].code} if self.periods else {}
        period = self.periods[1] if self.periods else self.selection.period
        return urlencode({"ky": period.code, "so-lieu": self.selection.basis_name} | base)


@require_safe
@by_code
def change(request, code):
    found = _found(request, code)
    told = None
    if found.change is not None:
        shown = by_district(found.change)
        told = narrative.change_told(shown)
        found = AskedChange(found.selection, found.target, found.node, found.periods, shown, found.agrees)
    context = {
        "selection": found.selection,
        "target": found.target,
        "node": found.node,
        "periods": found.periods,
        "base": request.GET.get("so-voi", ""),
        "found": found.change,
        "told": told,
        "version": text.version(found.target),
        "agrees": found.agrees,
        "query": found.query,
        "drill": f"?{found.query}&node=",
    }
    return render(request, "indicators/change.html", context)


@require_safe
@by_code
def workbook(request, code):
    """The same as XLSX, each agency by itself."""
    found = _found(request, code)
    if found.change is None:
        raise Http404("Không có hai kỳ để so sánh.")
    illustrative = found.selection.plan.is_demo
    book = period_comparison.make(found.change, basis=found.selection.basis.label, illustrative=illustrative)
    first, last = found.periods
    name = f"{found.target.code}_{found.node.code}_tháng-{first.number}-đến-{last.number}-{found.selection.plan.year}"
    return workbook_file(book, "Vì sao thay đổi", name)


def _found(request, code) -> AskedChange:
    """The comparison that an address asks for, of one moment of the database; 404 for what the reader may not see."""
    with snapshot():
        selection = select(request)
        target = selection.plan.targets.with_parties().filter(code=code).first() if "\x00" not in code else None
        if target is None:
            raise NoTarget(selection, code)
        then = AsOf(selection.period.window_last)
        node, history = node_history(selection, target, request.user, request.GET.get("node", ""), then)
        periods = _periods(request, selection)
        if periods is None:
            return AskedChange(selection, target, node, None, None, True)
        sides = [
            analysis_snapshot.take_snapshot(selection.plan, period, selection.basis, targets=[code])
            for period in periods
        ]
        whole = compare(*sides, code, node="" if node.is_province else node.code)
        stored = {row.period_id: row.value for row in history if row.basis == selection.basis}
        agrees = all(
            _rounded(side.value) == stored.get(period.pk)
            for side, period in zip((whole.before, whole.after), periods, strict=True)
        )
        return AskedChange(selection, target, node, periods, seen_by(whole, _readable(request.user, target)), agrees)


def _periods(request, selection):
    """(earlier, later): the page's period and the one to compare with, by default the one before; None where there are not
    two. Whichever was chosen first, the way goes forward in time."""
    code = request.GET.get("so-voi")
    if not code:
        other = selection.previous or selection.next
    else:
        other = next((period for period in selection.periods if period.code == code), None)
        if other is None:
            raise Http404("Không có kỳ này.")
    if other is None or other == selection.period:
        return None
    return tuple(sorted([other, selection.period], key=lambda period: period.number))


def _rounded(value):
    """An exact value as a roll-up stores it."""
    if value is None:
        return None
    return decimal(value.__class__(round_half_away(value.numerator * MICRO, value.denominator), MICRO))


def _readable(user, target):
    """Codes of the agencies whose figures a reader may see one by one; None for all."""
    if user.reads_everything or leads(user, target):
        return None
    return set(Agency.objects.visible_to(user).values_list("code", flat=True))
