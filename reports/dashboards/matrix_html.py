"""The cells of the matrix as markup. Thousands of them stand on a page, so they are strings and not a template's loop
(performance.md, P8); whatever came in as text is escaped here, and only here."""

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from agencies.models import Level
from core import formatting
from indicators.rules.kinds import Kind
from indicators.rules.nothing import Nothing
from indicators.rules.status import Status
from reports.dashboards.queries.matrix import Cell, Matrix, MatrixRow, is_thin

NOT_ASSIGNED = '<span class="none" title="không được giao">·</span>'
# What stands in a cell in the place of a sign; the others have the sign of their status.
NOTHING_MARKS = {
    Nothing.NOT_ARISEN: "0/0",
    Nothing.EXEMPT: "miễn",
    Nothing.RETURNED: '<svg class="icon" aria-hidden="true"><use href="#back"/></svg>',
    Nothing.NOT_DUE: '<svg class="icon" aria-hidden="true"><use href="#clock"/></svg>',
}
SIGNS = {
    status: f'<svg class="icon" aria-hidden="true"><use href="#{status.value}"/></svg>'
    for status in Status  # nothing of it comes from outside
}


def body(
    found: Matrix,
    rows: Iterable[MatrixRow],
    cells: Mapping[int, dict[int, Cell]],
    *,
    query: str,
    min_coverage: int,
    emphasis: frozenset[Status],
    values: bool = False,
) -> SafeString:
    """The `<tbody>`s of a page of the matrix: a row an agency, a cell a target, a heading before each level.

    query: what keeps period and basis in links; min_coverage: the plan's, in percent; emphasis: statuses that keep their
    colour; values: the figure stands in the cell beside the sign of its status.
    """
    columns = [(target, _gap(found, place)) for place, target in enumerate(found.targets)]
    bases = [f"{reverse('target', args=[target.code])}?{query}&node=" for target in found.targets]
    links = [escape(base) for base in bases]
    names = [escape(target.code) for target in found.targets]
    parts, level = [], None
    for row in rows:
        agency = row.agency
        if agency.level != level:
            parts.append("</tbody>" if level is not None else "")
            parts.append("<tbody>")
            if agency.level != Level.PROVINCE:
                parts.append(_heading(agency.level, len(columns)))
            level = agency.level
        node, name, own = quote(agency.code), escape(row.name), cells.get(agency.pk, {})
        parts.append(f'<tr><th scope="row">{_name(row, name, query)}</th><td class="num">{_good(row)}</td>')
        for (target, gap), link, code in zip(columns, links, names, strict=True):
            cell = own.get(target.pk)
            if cell is None:
                parts.append(f"<td{gap}>{'' if found.is_hidden(row, target) else NOT_ASSIGNED}</td>")
                continue
            if cell.nothing == Nothing.EXEMPT:
                parts.append(
                    f'<td{gap}><span class="none text-tiny" title="{name}, {code}: được miễn báo cáo">miễn</span></td>'
                )
                continue
            value = _value(cell, target, agency.speaks_alone)
            thin = is_thin(cell, min_coverage)
            told = [escape(value)] if cell.value is not None else []
            said = f"{name}, {code}: {', '.join([*told, cell.word.lower()])}"
            if thin:
                said += f", chưa đủ số liệu ({cell.counted}/{cell.expected})"
            css = f"cell status-{cell.status.value}{' thin' if thin else ''}{'' if _stands_out(cell, emphasis) else ' calm'}"
            shown = f"<b>{escape(_short(value))}</b>" if values and cell.value is not None else ""
            parts.append(f'<td{gap}><a class="{css}" href="{link}{node}" title="{said}">')
            parts.append(f"{NOTHING_MARKS.get(cell.nothing, SIGNS[cell.status])}{shown}</a></td>")
        parts.append("</tr>")
    if level is not None:
        parts.append("</tbody>")
    return mark_safe("".join(parts))


def _stands_out(cell, emphasis):
    """Does a cell keep its colour? Of those without a value the ones that are missing, where these alone are looked for."""
    return cell.status in emphasis and (cell.nothing is None or cell.is_silent or len(emphasis) > 1)


def _gap(found, place):
    """A column that begins a pillar has a line before it."""
    first = place == 0 or found.targets[place].pillar_code != found.targets[place - 1].pillar_code
    return ' class="gap"' if first else ""


def _heading(level, columns):
    return f'<tr class="section-row"><th scope="rowgroup">{escape(Level(level).label)}</th><td colspan="{columns + 1}"></td></tr>'


def _name(row, name, query):
    """The agency's name, with a link where the reader may open its page."""
    if not row.agency.seen:
        return name
    return f'<a class="plain" href="{escape(reverse("agency", args=[row.agency.code]))}?{escape(query)}">{name}</a>'


def _good(row):
    return f"<b>{row.good}</b>/{row.judged}" if row.judged else '<span class="muted">—</span>'


def _value(cell, target, own):
    """own: is it one agency's own? Then a yes/no is a word."""
    if own and target.kind == Kind.YES_NO and (word := formatting.yes_no(cell.value)):
        return word
    judged = cell.status != Status.TRACKED and target.threshold is not None
    threshold, comparator = (target.threshold, target.comparator) if judged else (None, None)
    return formatting.figure(cell.value, target.unit, threshold, comparator, None, cell.required)


def _short(value):
    """The figure without its unit, which the column has in common."""
    return value.partition(formatting.NBSP)[0]
