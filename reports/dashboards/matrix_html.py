"""The cells of the matrix as HTML. A page has thousands of them, so they are strings and not a template's loop
(performance.md, P8); whatever came in as text is escaped here, and only here."""

from collections.abc import Collection, Iterable, Mapping
from html import escape
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from agencies.models import Level
from core import formatting
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import Status
from reports.dashboards.queries.matrix import Cell, Matrix, MatrixRow
from reports.dashboards.queries.target_rows import TargetLine

NOT_ASSIGNED = '<span class="none" title="không được giao">·</span>'
# The mark of a cell without a value; other cells have the sign of their status.
NOTHING_MARKS = {
    Nothing.NOT_ARISEN: "0/0",
    Nothing.EXEMPT: "miễn",
    Nothing.RETURNED: '<svg class="icon" aria-hidden="true"><use href="#back"/></svg>',
    Nothing.NOT_DUE: '<svg class="icon" aria-hidden="true"><use href="#clock"/></svg>',
}
SIGNS = {
    status: f'<svg class="icon" aria-hidden="true"><use href="#{status.value}"/></svg>'
    for status in Status  # none of it is user input
}


def body(
    matrix: Matrix,
    rows: Iterable[MatrixRow],
    cells: Mapping[int, dict[int, Cell]],
    *,
    query: str,
    emphasis: Collection[Status],
    values: bool = False,
) -> SafeString:
    """Return the `<tbody>`s of a page of the matrix: a row for each agency, a cell for each target, a heading before
    each level.

    query: keeps period and basis in links; emphasis: statuses that keep their
    colour; values: show the figure beside the sign of its status.
    """
    columns = [(target, _gap(matrix, index)) for index, target in enumerate(matrix.targets)]
    bases = [f"{reverse('target', args=[target.code])}?{query}&node=" for target in matrix.targets]
    links = [escape(base) for base in bases]
    names = [escape(target.code) for target in matrix.targets]
    parts, level = [], None
    for row in rows:
        agency = row.agency
        if agency.level != level:
            parts.append("</tbody>" if level is not None else "")
            parts.append("<tbody>")
            if agency.level != Level.PROVINCE:
                parts.append(_heading(agency.level, len(columns)))
            level = agency.level
        node, name, row_cells = quote(agency.code), escape(row.name), cells.get(agency.pk, {})
        parts.append(f'<tr><th scope="row">{_name(row, name, query)}</th><td class="num">{_good(row)}</td>')
        for (target, gap), link, code in zip(columns, links, names, strict=True):
            cell = row_cells.get(target.pk)
            if cell is None:
                parts.append(f"<td{gap}>{'' if matrix.is_hidden(row, target) else NOT_ASSIGNED}</td>")
                continue
            if cell.nothing == Nothing.EXEMPT:
                parts.append(
                    f'<td{gap}><span class="none text-tiny" title="{name}, {code}: được miễn báo cáo">miễn</span></td>'
                )
                continue
            value = _value(cell, target, agency.speaks_alone)
            thin = cell.is_thin
            value_words = [escape(value)] if cell.value is not None else []
            tooltip = f"{name}, {code}: {', '.join([*value_words, cell.word.lower()])}"
            if thin:
                tooltip += f", chưa đủ số liệu ({cell.counted}/{cell.expected})"
            tooltip += "".join(f", {remark}" for remark in cell.remarks)
            css = f"cell status-{cell.status.value}{' thin' if thin else ''}{'' if _stands_out(cell, emphasis) else ' calm'}"
            has_figure = cell.value is not None and not cell.states_nothing
            shown = f"<b>{escape(_short(value))}</b>" if values and has_figure else ""
            parts.append(f'<td{gap}><a class="{css}" href="{link}{node}" title="{tooltip}">')
            parts.append(f"{_mark(cell)}{shown}</a></td>")
        parts.append("</tr>")
    if level is not None:
        parts.append("</tbody>")
    return mark_safe("".join(parts))


def _mark(cell: Cell) -> str:
    """Return the sign of a cell's status, or the mark of the reason why it has no value."""
    sign = SIGNS[cell.status]
    if cell.states_nothing:
        return NOTHING_MARKS[Nothing.NOT_ARISEN]
    return sign if cell.nothing is None else NOTHING_MARKS.get(cell.nothing, sign)


def _stands_out(cell: Cell, emphasis: Collection[Status]) -> bool:
    """Return whether a cell keeps its colour. Of those without a value only the missing ones, where only missing
    figures are highlighted."""
    return cell.status in emphasis and (cell.nothing is None or cell.is_silent or len(emphasis) > 1)


def _gap(matrix: Matrix, index: int) -> str:
    """Return the class of a column that begins a pillar, which has a line before it."""
    first = index == 0 or matrix.targets[index].pillar_code != matrix.targets[index - 1].pillar_code
    return ' class="gap"' if first else ""


def _heading(level: str, columns: int) -> str:
    return f'<tr class="section-row"><th scope="rowgroup">{escape(Level(level).label)}</th><td colspan="{columns + 1}"></td></tr>'


def _name(row: MatrixRow, name: str, query: str) -> str:
    """Return the agency's name, with a link where the reader may open its page."""
    if not row.agency.seen:
        return name
    return f'<a class="plain" href="{escape(reverse("agency", args=[row.agency.code]))}?{escape(query)}">{name}</a>'


def _good(row: MatrixRow) -> str:
    return f"<b>{row.good}</b>/{row.judged}" if row.judged else '<span class="muted">—</span>'


def _value(cell: Cell, target: TargetLine, is_own_figure: bool) -> str:
    """Return the figure as text. own: it is a single agency's, whose yes/no is a word."""
    if cell.states_nothing:
        return NOTHING_WORDS[Nothing.NOT_ARISEN].lower()
    if is_own_figure and target.rules.is_answer and (word := formatting.yes_no(cell.value)):
        return word
    judged = cell.status != Status.TRACKED and target.threshold is not None
    threshold, comparator = (target.threshold, target.comparator) if judged else (None, None)
    return formatting.figure(cell.value, target.unit, threshold, comparator, None, cell.required)


def _short(value: str) -> str:
    """Return the figure without its unit, which the whole column shares."""
    return formatting.without_unit(value)
