"""The change of a number between two periods, each reporter's part split by cause: the page, and its content as a
file."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.as_of import AsOf
from agencies.http import SignedInRequest
from agencies.models import Agency, User
from core.downloads import workbook_file
from indicators.analysis import narrative
from indicators.analysis import snapshot as analysis_snapshot
from indicators.analysis.contributions import decimal
from indicators.analysis.exports import period_comparison
from indicators.analysis.nodes import Node, leads, node_history
from indicators.analysis.period_comparison import Comparison, by_district, compare, seen_by
from indicators.analysis.views.target import NoTarget, by_code
from indicators.models import ReportingPeriod, Target
from indicators.rollups.definitions import hold_as_of
from indicators.rollups.reconciliation import snapshot
from indicators.rules.combining import MICRO, round_half_away
from indicators.selection import Selection, select
from indicators.targets import text


@dataclass(frozen=True)
class ChosenChange:
    """The change that an address asks for. change is None where both periods are the same or there is only one."""

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
def change(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the change of a figure between two periods."""
    chosen_change = _chosen_change(request, code)
    sentences = None
    if chosen_change.change is not None:
        shown = by_district(chosen_change.change)
        sentences = narrative.change_sentences(shown)
        chosen_change = ChosenChange(
            chosen_change.selection,
            chosen_change.target,
            chosen_change.node,
            chosen_change.periods,
            shown,
            chosen_change.agrees,
        )
    context = {
        "selection": chosen_change.selection,
        "target": chosen_change.target,
        "node": chosen_change.node,
        "periods": chosen_change.periods,
        "base": request.GET.get("so-voi", ""),
        "comparison": chosen_change.change,
        "sentences": sentences,
        "version": text.version(chosen_change.target),
        "agrees": chosen_change.agrees,
        "query": chosen_change.query,
        "drill": f"?{chosen_change.query}&node=",
    }
    return render(request, "indicators/analysis/period_comparison.html", context)


@require_safe
@by_code
def workbook(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Download the change as XLSX, each agency by itself."""
    chosen_change = _chosen_change(request, code)
    if chosen_change.change is None or chosen_change.periods is None:
        raise Http404("Không có hai kỳ để so sánh.")
    plan, (first, last) = chosen_change.selection.plan, chosen_change.periods
    basis = chosen_change.selection.basis.label
    book = period_comparison.make(chosen_change.change, basis=basis, is_demo=plan.is_demo)
    begin = f"{first.month}" if first.year == last.year else f"{first.month}-{first.year_code}"
    months = f"tháng-{begin}-đến-{last.month}-{last.year_code}"
    name = f"{chosen_change.target.code}_{chosen_change.node.code}_{months}"
    return workbook_file(book, "Vì sao thay đổi", name)


def _chosen_change(request: SignedInRequest, code: str) -> ChosenChange:
    """Return the comparison for an address, of one moment of the database. Raises Http404 for what the reader may not
    see."""
    with snapshot():
        selection = select(request)
        target = selection.plan.targets.with_parties().filter(code=code).first() if "\x00" not in code else None
        if target is None:
            raise NoTarget(selection, code)
        hold_as_of([target], selection.period.number)
        then = AsOf(selection.period.window_last)
        node, history = node_history(selection, target, request.user, request.GET.get("node", ""), then)
        periods = _periods(request, selection)
        if periods is None:
            return ChosenChange(selection, target, node, None, None, True)
        before, after = (
            analysis_snapshot.take_snapshot(selection.plan, period, selection.basis, targets=[code])
            for period in periods
        )
        whole = compare(before, after, code, node="" if node.is_province else node.code)
        if whole is None:
            return ChosenChange(selection, target, node, periods, None, True)
        stored = {row.period_id: row.value for row in history if row.basis == selection.basis}
        agrees = all(
            _rounded(side.value) == stored.get(period.pk)
            for side, period in zip((whole.before, whole.after), periods, strict=True)
        )
        return ChosenChange(selection, target, node, periods, seen_by(whole, _readable(request.user, target)), agrees)


def _periods(request: SignedInRequest, selection: Selection) -> tuple[ReportingPeriod, ReportingPeriod] | None:
    """Return (earlier, later): the page's period and the one to compare with, by default the one before; None where
    there are not two. The order in the address does not matter."""
    code = request.GET.get("so-voi")
    if not code:
        other = selection.previous or selection.next
    else:
        other = next((period for period in selection.periods if period.code == code), None)
        if other is None:
            raise Http404("Không có kỳ này.")
    if other is None or other == selection.period:
        return None
    first, last = sorted([other, selection.period], key=lambda period: period.number)
    return first, last


def _rounded(value: Fraction | None) -> Decimal | None:
    """Round an exact value as a roll-up stores it."""
    if value is None:
        return None
    return decimal(value.__class__(round_half_away(value.numerator * MICRO, value.denominator), MICRO))


def _readable(user: User, target: Target) -> set[str] | None:
    """Return the codes of the agencies whose figures a reader may see one by one; None for all."""
    if user.reads_everything or leads(user, target):
        return None
    return set(Agency.objects.visible_to(user).values_list("code", flat=True))
