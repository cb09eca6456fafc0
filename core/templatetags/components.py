"""Components that know nothing of the domain, each with its one markup. They are built into every template (TEMPLATES in the
settings), so nothing is loaded for them. See docs/components.md.
"""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import abbreviations
from core.forms import FilterChoice
from core.installation.queries import current

register = template.Library()

NOTE_ICONS = {"good": "check", "warn": "behind", "err": "at_risk", "": "info"}
# Django's message levels, in the words of the style sheet.
MESSAGE_KINDS = {"success": "good", "warning": "warn", "error": "err"}


def _attributes(css: str = "", **given: object) -> SafeString:
    """Attributes of a tag in the given order, `css` for its class; a name's underscores are hyphens, what is empty is left out."""
    values = {"class": css, **{name.replace("_", "-"): value for name, value in given.items()}}
    return format_html_join(
        "",
        " {}{}",
        ((name, "" if value is True else format_html('="{}"', value)) for name, value in values.items() if value),
    )


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite, as tall as the text. Silent beside a word; with `label` it speaks for itself.

    {% icon "clock" %}  {% icon "at_risk" "mark-at_risk" %}  {% icon "check" label="đủ ngưỡng" %}
    """
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon{}" {}><use href="#{}"/></svg>', f" {css}" if css else "", voice, name)


@register.simple_tag
def installed(fact: str) -> str:
    """A fact of this installation (`core.installation`): {% installed "title" %}; {% installed "support_phone" as phone %}."""
    return str(getattr(current(), fact))


@register.inclusion_tag("components/_choice_filter.html")
def choice_filter(name: str, label: str, choices: Iterable[FilterChoice], chosen: str, css: str) -> dict[str, Any]:
    """A filter of a list: all of it, or one of the choices, each with the number of rows that it leaves.

    {% choice_filter "nhom" "Nhóm" list.section_choices chosen.section "field-large" %}
    """
    return {"name": name, "label": label, "choices": choices, "value": chosen, "css": css}


@register.simple_block_tag(takes_context=True)
def explaining(context: Context, content: str) -> SafeString:
    """A part of a page, and after it one line with the meanings of the abbreviations that it uses; no line for visitors.

    {% explaining %}…{% endexplaining %}
    """
    # Pages of errors have no frame.
    is_signed_in = bool(getattr(context.get("frame"), "user_name", ""))
    short = abbreviations.used_in(content) if is_signed_in else []
    meanings = [(each, abbreviations.ON_PAGES[each]) for each in short]
    line = format_html_join("; ", "<b>{}</b>: {}", meanings)
    told = format_html('<p class="abbreviations text-tiny muted no-print">Chữ viết tắt: {}.</p>', line) if line else ""
    return format_html("{}{}", content, told)


@register.simple_block_tag
def note(content: str, kind: str, title: str = "", sign: str = "", css: str = "", **attributes: object) -> SafeString:
    """A message. `kind`: good, warn, err or empty; Django's message tags are understood too. `sign`: an icon other than the
    kind's. An error is read out at once, unless it has another role or none (role="").

    {% note "err" "Kỳ này đã đóng" %}Không có gì thay đổi.{% endnote %}  {# the text may be left out #}
    {% note "warn" css="margin-bottom-4" %}<b>…</b><ul>…</ul>{% endnote %}  {# a title or a text with markup #}
    """
    kind = MESSAGE_KINDS.get(kind, kind if kind in NOTE_ICONS else "")
    if title:
        css = f"{css} one" if not content else css
        content = format_html("<b>{}</b>{}", title, format_html("<span>{}</span>", content) if content else "")
    given = {"role": "alert" if kind == "err" else "", **attributes}
    return format_html(
        "<div{}>{}{}</div>",
        _attributes(css=" ".join(f"note {kind} {css}".split()), **given),
        icon(sign or NOTE_ICONS[kind]),
        content,
    )


@register.simple_tag
def save_state(kind: str, text: str) -> SafeString:
    """State of one saved row: {% save_state "good" "Đã lưu 09:38" %}; kind good, warn, err or empty."""
    sign = {"good": "check", "warn": "behind", "err": "back", "": "clock"}[kind]
    return format_html('<span class="save {}">{}{}</span>', kind, icon(sign), text)


@register.simple_block_tag
def breadcrumb(content: str, css: str = "") -> SafeString:
    """The way to a page: a `<li>` for each page above it, and one with aria-current="page" for itself.

    {% breadcrumb %}<li><a href="…">Tổng quan</a></li><li aria-current="page">III.7</li>{% endbreadcrumb %}
    """
    given = _attributes(aria_label="Đường dẫn", css=css)
    return format_html('<nav{}><ol class="breadcrumb">{}</ol></nav>', given, content)


@register.simple_block_tag
def card(content: str, title: str = "", heading: str = "", css: str = "", **attributes: object) -> SafeString:
    """A panel. `heading`: the id of its heading, by which it is named; `title`: what that says, where the header holds no more.

    {% card "Theo nhóm" heading="theo-nhom" css="margin-top-5" %}…{% endcard %}
    {% card heading="ds" %}<header><h2 id="ds">…</h2>…</header>…{% endcard %}
    """
    header = format_html("<header><h2{}>{}</h2></header>", _attributes(id=heading), title) if title else ""
    given = _attributes(css=f"card {css}".strip(), aria_labelledby=heading, **attributes)
    return format_html("<section{}>{}{}</section>", given, header, content)


@register.simple_block_tag
def scroll(content: str, label: str, css: str = "") -> SafeString:
    """A wide table that scrolls by itself, also by the keyboard: {% scroll "Bảng chỉ tiêu" %}<table>…</table>{% endscroll %}."""
    given = _attributes(css=f"scroll {css}".strip(), tabindex="0", role="region", aria_label=label)
    return format_html("<div{}>{}</div>", given, content)


@register.simple_block_tag
def empty_state(content: str, css: str = "") -> SafeString:
    """Words in a card that has nothing to show: {% empty_state %}Chưa có tệp nào.{% endempty_state %}."""
    return format_html("<p{}>{}</p>", _attributes(css=f"inner {css} secondary".replace("  ", " ")), content)


class TableNode(template.Node):
    """A table declared in Python (`core.tables.Table`): its columns, and the cells that are written in the template."""

    def __init__(self, values: dict[str, FilterExpression], cells: dict[str, NodeList]) -> None:
        self.values, self.cells = values, cells

    def render(self, context: Context) -> SafeString:
        given = {name: value.resolve(context) for name, value in self.values.items()}
        table, rows, total, caption = (given.pop(name, None) for name in ("table", "rows", "total", "caption"))
        first, *others = table.page_columns
        lines = [self._cell(context, first, row, "th") + self._cells(context, others, row) for row in rows]
        if total is not None:
            # The name of the last line is no link, whatever that of the others is.
            total = _plain_cell(first, total, "th") + self._cells(context, others, total)
        return format_html(
            '<table{}><caption class="visually-hidden">{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody>{}</table>',
            _attributes(**given),
            caption,
            mark_safe("".join(map(_heading, [first, *others]))),
            format_html_join("", "<tr>{}</tr>", ((line,) for line in lines)),
            "" if total is None else format_html("<tfoot><tr>{}</tr></tfoot>", total),
        )

    def _cells(self, context: Context, columns: Iterable[Any], row: object) -> SafeString:
        return mark_safe("".join(self._cell(context, column, row) for column in columns))

    def _cell(self, context: Context, column: Any, row: object, tag: str = "td") -> SafeString:
        if column.title not in self.cells:
            return _plain_cell(column, row, tag)
        with context.push(row=row):
            return self.cells[column.title].render(context)


def _plain_cell(column: Any, row: object, tag: str = "td") -> SafeString:
    given = _attributes(scope="row") if tag == "th" else _attributes(css=column.on_page.css)
    return format_html("<{}{}>{}</{}>", mark_safe(tag), given, column.text(row), mark_safe(tag))


def _heading(column: Any) -> SafeString:
    """Draw a heading; that of numbers stands at the right, as they do."""
    names = ("right" if name == "num" else name for name in column.on_page.css.split() if name != "nowrap")
    lines = (column.on_page.heading or column.title).split("\n")
    text = format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))
    return format_html('<th scope="col"{}>{}</th>', _attributes(css=" ".join(dict.fromkeys(names))), text)


@register.tag
def table(parser: Parser, token: Token) -> TableNode:
    """A table declared in Python, with a line for each of the rows. A cell that is more than its column's words, as a link,
    is written whole under the column's title, with `row`. total: the row of the last line; further attributes are the table's.

    {% table months rows=league.months caption="Từng tháng" css="flush" %}
      {% cell "Kỳ" %}<th scope="row"><a href="…">{{ row.name }}</a></th>{% endcell %}
    {% endtable %}
    """
    name, *bits = token.split_contents()[1:]
    values = {"table": parser.compile_filter(name), **token_kwargs(bits, parser)}
    cells: dict[str, NodeList] = {}
    parser.parse(("cell", "endtable"))
    while (inner := parser.next_token()).contents != "endtable":
        cells[inner.split_contents()[1].strip('"')] = parser.parse(("endcell",))
        parser.delete_first_token()
        parser.parse(("cell", "endtable"))
    return TableNode(values, cells)
