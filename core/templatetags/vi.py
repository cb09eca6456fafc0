"""Filters that format numbers, dates and names in Vietnamese. Each is a function of `core.formatting`.

    {% load vi %}
    {{ count|number }}              1.970          {{ value|number:2 }}         1.970,50
    {{ share|percent }}             78,65%        {{ share|percent:1 }}        78,7%
    {{ delta|signed }}              +0,58          {{ printed|part }}       +0,580 (formatting.parts)
                                                   {{ delta|difference:"%" }}   +0,58 điểm
    {{ day|date_vi }}               05/11/2026     {{ day|short_date }}         5/11
    {{ moment|time_vi }}            09:38          {{ moment|datetime_vi }}     09:38 ngày 05/11/2026
    {{ moment|short_datetime }}     09:38 ngày 5/11
    {{ day|month_vi }}              tháng 8 năm 2026   {{ day|short_month }}    T8
    {{ day|weekday }}               Thứ Tư         {{ day|document_date }}      ngày 05 tháng 11 năm 2026
    {{ left|duration }}             1 ngày 14 giờ          {{ answer|yes_no }}      Có (1), Không (0)
    {{ due|days_left:today }}       còn 15 ngày, hạn hôm nay, quá hạn 12 ngày
    {{ plan.year|plain }}           2026 (a bare {{ plan.year }} is grouped to 2.026; so is an id in an attribute)

`None` becomes an em dash everywhere.
"""

from decimal import Decimal

from django import template

from core import formatting

register = template.Library()

register.filter("number", formatting.number)
register.filter("percent", formatting.percent)
register.filter("signed", formatting.signed)
register.filter("part", formatting.part)
register.filter("difference", formatting.difference)
register.filter("date_vi", formatting.date)
register.filter("short_date", formatting.short_date)
register.filter("time_vi", formatting.time)
register.filter("datetime_vi", formatting.datetime)
register.filter("short_datetime", formatting.short_datetime)
register.filter("weekday", formatting.weekday)
register.filter("month_vi", formatting.month)
register.filter("short_month", formatting.short_month)
register.filter("document_date", formatting.document_date)
register.filter("duration", formatting.duration)
register.filter("days_left", formatting.days_left)


@register.filter
def yes_no(value: Decimal | int) -> str:
    """Return an agency's answer, 1 or 0, as a word."""
    return formatting.yes_no(100 * value)


@register.filter
def plain(value: object) -> str:
    """Return a year, an id or a code as it is: no grouping, no decimal comma. `{{ plan.year|plain }}` → `2026`."""
    return formatting.NONE if value is None else str(value)
