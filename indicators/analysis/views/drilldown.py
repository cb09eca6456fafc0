"""The drill-down into a figure: the page, and its content as a file."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from core.downloads import workbook_file
from indicators.analysis import narrative
from indicators.analysis.drilldown import Explanation
from indicators.analysis.drilldown import explain as explained
from indicators.analysis.exports import drilldown
from indicators.analysis.views.target import BASIS_WORDS, NoTarget, by_code
from indicators.rollups.definitions import hold_as_of
from indicators.rollups.reconciliation import snapshot
from indicators.selection import Selection, select
from indicators.submissions.kinds import format_of
from indicators.targets import text


@require_safe
@by_code
def explain(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the parts of a figure at a node."""
    selection, explanation = _explanation(request, code)
    context = {
        "selection": selection,
        "explanation": explanation,
        "target": explanation.target,
        "row": explanation.row,
        "node": explanation.node,
        "reckoning": narrative.reckoning(explanation),
        "proof": narrative.proof(explanation),
        "report_counts": narrative.report_counts(explanation),
        "prospect": narrative.prospect(explanation.target, explanation.row, explanation.prospect),
        "added_up": format_of(explanation.target.kind).added_up,
        "version": text.version(explanation.target),
        "timing": narrative.timing(explanation.target, selection.period, BASIS_WORDS[selection.basis]),
        "lines": [(part, part.agency.reporter_name, narrative.made_of(part)) for part in explanation.contributors],
        "absent": [(absent, absent.agency.reporter_name, narrative.absence(absent)) for absent in explanation.absent],
        "exempt": [(exempted.agency.reporter_name, narrative.exemption(exempted)) for exempted in explanation.exempt],
    }
    return render(request, "indicators/analysis/drilldown.html", context)


@require_safe
@by_code
def workbook(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Download the drill-down as XLSX."""
    selection, explanation = _explanation(request, code)
    is_demo = selection.plan.is_demo
    timing = narrative.timing(explanation.target, selection.period, BASIS_WORDS[selection.basis])
    book = drilldown.make(selection, explanation, timing=timing, is_demo=is_demo)
    name = (
        f"{explanation.target.code}_{explanation.node.code}_tháng-{selection.period.month}-{selection.period.year_code}"
    )
    return workbook_file(book, "Giải thích", name)


def _explanation(request: SignedInRequest, code: str) -> tuple[Selection, Explanation]:
    """Return the selection and the explanation for an address, both of one moment of the database."""
    with snapshot():
        selection = select(request)
        target = selection.plan.targets.with_parties().filter(code=code).first() if "\x00" not in code else None
        if target is None:
            raise NoTarget(selection, code)
        hold_as_of([target], selection.period.number)
        return selection, explained(selection, target, request.user, request.GET.get("node", ""))
