"""Components that show the state of a submission: submission time and review (for `dashboards.queries.agencies.AgencyReport`);
and the parts of printed reports that templates cannot write."""

from typing import Any

import segno
from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import formatting
from core.templatetags.components import icon
from indicators.models import State
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from reports.dashboards.queries.agencies import AgencyReport
from reports.documents.model import Chart, Table, TableRow
from reports.documents.renderers import bar_chart_svg

register = template.Library()

NOT_REQUIRED = format_html('<span class="muted nowrap">{}</span>', "không phải báo cáo")
AHEAD = format_html('<span class="muted nowrap">{}</span>', NOTHING_WORDS[Nothing.NOT_DUE].lower())
NOTHING = format_html('<span class="muted">{}</span>', formatting.NONE)


@register.simple_tag
def report_state(report: AgencyReport) -> str:
    """Return on time, late by so many days, missing, not due yet: {% report_state row.report %}."""
    if report.state is None:
        return NOT_REQUIRED
    if report.state == "waiting" and report.period.is_ahead:
        return AHEAD
    css, name, text = {
        "on_time": ("better nowrap", "check", "Đúng hạn"),
        "late": ("text-behind nowrap", "behind", f"Muộn {report.days_late} ngày" if report.days_late > 0 else "Muộn"),
        "missing": ("text-at_risk nowrap", "x", report.period.unsent_word.capitalize()),
        "waiting": ("muted", "clock", f"Chưa nộp, hạn {formatting.short_date(report.due_on)}"),
    }[report.state]
    return format_html('<span class="{}">{} {}</span>', css, icon(name), text)


@register.simple_tag
def review_state(report: AgencyReport) -> str:
    """Return the day of approval, or the state of the review: {% review_state row.report %}."""
    if report.submission_state == State.APPROVED:
        return formatting.short_date(report.decided_at)
    if report.submission_state == State.RETURNED:
        return format_html('<span class="text-at_risk nowrap">{}</span>', "bị trả lại")
    if report.submission_state == State.SUBMITTED:
        return format_html('<span class="secondary nowrap">{}</span>', "chờ duyệt")
    if report.submission_state == State.DRAFT:
        return format_html(
            '<span class="secondary nowrap">{}</span>', "bản nháp" if report.sent_at is None else "đang sửa lại"
        )
    return NOTHING


@register.simple_tag
def sent_at(report: AgencyReport) -> str:
    """Return the time of the first submission: {% sent_at row.report %}."""
    if report.sent_at is None:
        return NOTHING
    return f"{formatting.short_date(report.sent_at)}, {formatting.time(report.sent_at)}"


# Printed reports
ALIGNS = {"left": "", "center": "center", "right": "right"}


@register.simple_tag
def bars(chart: Chart) -> SafeString:
    """Return the bars of a document's chart: {% bars block %}. The drawing escapes its own texts."""
    return mark_safe(bar_chart_svg.svg(chart))


@register.simple_tag
def qr(address: str) -> SafeString:
    """Return a QR code of an address."""
    code = segno.make(address, error="m").svg_inline(
        border=1, svgclass="qr-code", lineclass=None, title=f"Mã QR: {address}"
    )
    return mark_safe(code)


@register.simple_tag
def columns(table: Table) -> SafeString:
    """Return the widths of a table's columns, as classes of whole percents: {% columns block %}."""
    total = sum(column.width for column in table.columns)
    shares = (round(100 * column.width / total) for column in table.columns)
    return format_html(
        "<colgroup>{}</colgroup>", format_html_join("", '<col class="width-{}">', ((share,) for share in shares))
    )


@register.filter
def aligned(row: TableRow, table: Table) -> list[tuple[str, Any, str]]:
    """Return the (class, cell, column's title) of a row: {% for align, cell, title in row|aligned:block %}."""
    return [(ALIGNS[column.align], cell, column.title) for column, cell in zip(table.columns, row.cells, strict=True)]
