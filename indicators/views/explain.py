"""Where does this number come from? The page, and the same as a file."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from indicators import explanation_book, wording
from indicators.explanation import explain as explained
from indicators.models import IllustrativeYear
from indicators.verification import snapshot
from indicators.views.files import workbook_file
from indicators.views.selection import select
from indicators.views.target import BASIS_WORDS, NoTarget, by_code


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
        "reckoning": wording.reckoning(found),
        "proof": wording.proof(found),
        "asked": wording.asked(found),
        "prospect": wording.prospect(found.target, found.row, found.prospect),
        "added_up": wording.ADDED_UP[found.target.kind],
        "version": wording.version(found.target),
        "timing": wording.timing(found.target, selection.period, BASIS_WORDS[selection.basis]),
        "lines": [(part, part.agency.reporter_name, wording.made_of(part)) for part in found.contributors],
        "absent": [(absent, absent.agency.reporter_name, wording.absence(absent)) for absent in found.absent],
        "exempt": [(exempted.agency.reporter_name, wording.exemption(exempted)) for exempted in found.exempt],
    }
    return render(request, "indicators/explain.html", context)


@require_safe
@by_code
def workbook(request, code):
    """The same as XLSX."""
    selection, found = _found(request, code)
    illustrative = IllustrativeYear.objects.filter(plan=selection.plan).exists()
    timing = wording.timing(found.target, selection.period, BASIS_WORDS[selection.basis])
    book = explanation_book.make(selection, found, timing=timing, illustrative=illustrative)
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
