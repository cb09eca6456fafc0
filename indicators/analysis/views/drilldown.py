"""Where does this number come from? The page, and the same as a file."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.downloads import workbook_file
from indicators.analysis import narrative
from indicators.analysis.drilldown import explain as explained
from indicators.analysis.exports import drilldown
from indicators.analysis.views.target import BASIS_WORDS, NoTarget, by_code
from indicators.rollups.reconciliation import snapshot
from indicators.selection import select
from indicators.targets import text


@require_safe
@by_code
def explain(request, code):
    selection, found = _found(request, code)
    context = {
        "selection": selection,
        "found": found,
        "target": found.target,
        "row": found.row,
        "node": found.node,
        "reckoning": narrative.reckoning(found),
        "proof": narrative.proof(found),
        "asked": narrative.asked(found),
        "prospect": narrative.prospect(found.target, found.row, found.prospect),
        "added_up": narrative.ADDED_UP[found.target.kind],
        "version": text.version(found.target),
        "timing": narrative.timing(found.target, selection.period, BASIS_WORDS[selection.basis]),
        "lines": [(part, part.agency.reporter_name, narrative.made_of(part)) for part in found.contributors],
        "absent": [(absent, absent.agency.reporter_name, narrative.absence(absent)) for absent in found.absent],
        "exempt": [(exempted.agency.reporter_name, narrative.exemption(exempted)) for exempted in found.exempt],
    }
    return render(request, "indicators/explain.html", context)


@require_safe
@by_code
def workbook(request, code):
    """The same as XLSX."""
    selection, found = _found(request, code)
    illustrative = selection.plan.is_demo
    timing = narrative.timing(found.target, selection.period, BASIS_WORDS[selection.basis])
    book = drilldown.make(selection, found, timing=timing, illustrative=illustrative)
    name = f"{found.target.code}_{found.node.code}_tháng-{selection.period.number}-{selection.plan.year}"
    return workbook_file(book, "Giải thích", name)


def _found(request, code):
    """The selection and the explanation that an address asks for, of one moment of the database."""
    with snapshot():
        selection = select(request)
        target = selection.plan.targets.with_parties().filter(code=code).first() if "\x00" not in code else None
        if target is None:
            raise NoTarget(selection, code)
        return selection, explained(selection, target, request.user, request.GET.get("node", ""))
