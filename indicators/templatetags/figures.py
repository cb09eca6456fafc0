"""Components that show figures: icons, status badges, bars, switches. See docs/components.md for the whole list.

A `target` is anything with `unit`, `comparator`, `threshold` and `baseline` (the model, or a builder's dataclass).
Where a row's status is `tracked` its target's threshold does not apply to it (domain.md, *Kinds of target*) and is not
drawn.
"""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from chuyendoiso import drawing, formatting, svg
from indicators.measurement.kinds import Kind
from indicators.measurement.status import NOT_DUE_WORD, WORDS, Status

register = template.Library()

BASES = {"official": ("chinh-thuc", "Chính thức"), "provisional": ("tam-tinh", "Tạm tính")}
NOTE_ICONS = {"good": "check", "warn": "behind", "err": "at_risk", "": "info"}
# Django's message levels, in the words of the style sheet.
MESSAGE_KINDS = {"success": "good", "warning": "warn", "error": "err"}


# Small signs


@register.simple_tag
def icon(name, css="", label=""):
    """An icon of the sprite, as tall as the text. Silent beside a word; with `label` it speaks for itself.

    {% icon "clock" %}  {% icon "at_risk" "k-at_risk" %}  {% icon "check" label="đủ ngưỡng" %}
    """
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="i{}" {}><use href="#{}"/></svg>', f" {css}" if css else "", voice, name)


@register.simple_tag
def status(code, low_coverage=False, not_due=False, stale=""):
    """A status badge: icon and word; under it *chưa đủ số liệu* when too few agencies count, or *số cũ: tháng 7*.

    {% status row.status low_coverage=row.low_coverage not_due=row.not_due stale="tháng 7" %}
    """
    code = Status(code)
    word = NOT_DUE_WORD if not_due and code == Status.NO_DATA else WORDS[code]
    low_coverage = low_coverage and code not in (Status.NO_DATA, Status.TRACKED)
    return format_html(
        '<span class="st st-{}{}">{}{}</span>{}{}',
        code.value,
        " thin" if low_coverage else "",
        icon(code.value),
        word,
        mark_safe('<span class="low">chưa đủ số liệu</span>') if low_coverage else "",
        format_html('<span class="low">số cũ: {}</span>', stale) if stale else "",
    )


@register.simple_tag
def badge(code, word):
    """A badge in a status's dress with a word of its own, for projects: {% badge "behind" "Chậm mốc" %}."""
    return format_html('<span class="st st-{}">{}{}</span>', Status(code).value, icon(Status(code).value), word)


@register.simple_tag
def note(kind, title, text=""):
    """A message with a title. `kind`: good, warn, err or empty; Django's message tags are understood too.

    {% note "err" "Kỳ này đã đóng" "Không có gì thay đổi." %}
    """
    kind = MESSAGE_KINDS.get(kind, kind if kind in NOTE_ICONS else "")
    return format_html(
        '<div class="note {}"{}>{}<b>{}</b>{}</div>',
        kind if text else f"{kind} one".strip(),
        mark_safe(' role="alert"') if kind == "err" else "",
        icon(NOTE_ICONS[kind]),
        title,
        format_html("<span>{}</span>", text) if text else "",
    )


@register.simple_tag
def save_state(kind, text):
    """State of one saved row: {% save_state "good" "Đã lưu 09:38" %}; kind good, warn, err or empty."""
    sign = {"good": "check", "warn": "behind", "err": "back", "": "clock"}[kind]
    return format_html('<span class="save {}">{}{}</span>', kind, icon(sign), text)


# Figures


def _threshold_of(target, code=None):
    """(threshold, comparator) that apply to a row, (None, None) where none do."""
    if target.threshold is None or (code is not None and code == Status.TRACKED):
        return None, None
    return target.threshold, target.comparator


def _is_word(target, own):
    """Is it one agency's own figure of a yes/no target, which is a word and no percentage?"""
    return own and target.kind == Kind.YES_NO


def _unit(target, short):
    """The unit; `short` for narrow columns: `%` of `% GRDP`, nothing of `doanh nghiệp`."""
    if not short:
        return target.unit
    return "%" if target.unit.startswith("%") else ""


@register.simple_tag
def figure(value, target, required=None, status=None, decimals=None, short=False, own=False):
    """A value with its unit, never contradicting its status.

    {% figure row.value target required=row.required status=row.status %}; short=True in narrow columns; own=True where it is
    one agency's own: a yes/no is *Có* or *Chưa* then.

    79,996 % against "at least 80" stays 79,996 %.
    """
    if _is_word(target, own) and formatting.yes_no(value):
        return formatting.yes_no(value)
    threshold, comparator = _threshold_of(target, status)
    places = formatting.figure_decimals(value, target.unit, threshold, comparator, decimals, required)
    return formatting.with_unit(formatting.number(value, places), _unit(target, short))


@register.simple_tag
def explained(line, target, query, node="", css="", own=False):
    """A row's value as a link to where it comes from; without a value only the dash that says so.

    {% explained line target query node=agency.code css="val" %}; node: none for the province; own=True as in `figure`
    """
    said = figure(line.value, target, required=line.required, status=line.status, short=True, own=own)
    if line.value is None:
        return format_html('<span class="{}">{}</span>', css, said)
    address = f"{reverse('explain', args=[target.code])}?{query}" + (f"&{urlencode({'node': node})}" if node else "")
    look = f"plain {css}".strip()
    return format_html('<a class="{}" href="{}" title="Con số này từ đâu">{}</a>', look, address, said)


@register.simple_tag
def required(value, row_value, target, decimals=None, short=False, own=False):
    """The required value, as exact as the value beside it: {% required row.required row.value target %}; own=True as in
    `figure`."""
    if _is_word(target, own):
        return formatting.yes_no(100)
    threshold, comparator = _threshold_of(target)
    beside = value if row_value is None else row_value
    places = formatting.figure_decimals(beside, target.unit, threshold, comparator, decimals, value)
    return formatting.with_unit(formatting.number(value, places), _unit(target, short))


@register.simple_tag
def threshold(target, words=False, short=False, own=False):
    """`≥ 80 %`; with words=True `tối thiểu 80 %`: {% threshold target %}. own=True as in `figure`: what share of the agencies
    must have it is no matter of one of them, which must have it."""
    if _is_word(target, own):
        return formatting.yes_no(100)
    return formatting.threshold(target.threshold, _unit(target, short), target.comparator, words)


@register.simple_tag
def trend(change, target, decimals=None, own=False):
    """Change against the period before: an arrow for its direction, colour for good or bad.

    {% trend row.change target %}; own=True as in `figure`
    """
    if change is None:
        return mark_safe('<span class="xs mut">—</span>')
    text = formatting.difference(change, target.unit, decimals)
    bare = formatting.number(abs(change), 2 if target.unit.startswith("%") and decimals is None else decimals)
    if change == 0:
        return format_html('<span class="xs mut nw">{}không đổi</span>', icon("flat"))
    better = (change > 0) != (target.comparator in ("lte", "lt"))
    if _is_word(target, own):
        return format_html(
            '<span class="xs nw {}">{}</span>', "up" if better else "down", "mới có" if change > 0 else "không còn"
        )
    return format_html(
        '<span class="xs num nw {}">{}{}<span class="vh"> ({})</span></span>',
        "up" if better else "down",
        icon("up" if change > 0 else "down"),
        bare,
        text,
    )


# Charts


@register.simple_tag
def bullet(value, code, target, required=None, own=False):
    """The bar of a list row; nothing for a count without a threshold, which has no scale, nor for a word (own=True as in
    `figure`).

    {% bullet row.value row.status target required=row.required %}
    """
    if _is_word(target, own):
        return ""
    threshold, comparator = _threshold_of(target, code)
    if threshold is None and "%" not in target.unit and "/100" not in target.unit:
        return ""
    unit = target.unit
    says = [f"Giá trị {formatting.figure(value, unit, threshold, comparator, None, required)}"]
    if required is not None:
        needed = formatting.required_figure(required, value, unit, comparator or "gte", None, threshold)
        says.append(f"mức cần đạt đến nay {needed}")
    says.append(
        "không đặt ngưỡng" if threshold is None else f"ngưỡng {formatting.threshold(threshold, unit, comparator, True)}"
    )
    baseline = target.baseline if threshold is not None else None
    if baseline is not None:
        says.append(f"xuất phát {formatting.with_unit(formatting.number(baseline), unit)}")
    return svg.bullet(value, threshold, required, baseline, f"k-{Status(code).value}", ", ".join(says))


@register.simple_tag
def sparkline(values, code="tracked"):
    """The year's line: a list of Decimal or None, oldest first; a dash where all are None.

    {% sparkline row.history row.status %}
    """
    values = list(values)
    known = [value for value in values if value is not None]
    if not known:
        return mark_safe('<span class="mut">—</span>')
    says = f"Diễn biến {len(values)} kỳ: từ {formatting.number(known[0], 2)} đến {formatting.number(known[-1], 2)}"
    if len(known) < len(values):
        says += f", {len(values) - len(known)} kỳ không có số"
    return svg.sparkline(values, f"k-{Status(code).value}", says)


@register.simple_tag
def small_multiple(values, low, high, target, code="tracked"):
    """One of several small charts that share a scale, low to high: a year's values from January on; a dash without any.

    {% small_multiple row.history comparison.low comparison.high target row.status %}
    """
    values = list(values)
    known = [(month, value) for month, value in enumerate(values, 1) if value is not None]
    if not known:
        return mark_safe('<p class="few mut sm">chưa có số</p>')
    says = ", ".join(f"T{month} {formatting.figure(value, target.unit)}" for month, value in known)
    return svg.small_multiple(values, low, high, _threshold_of(target, code)[0], f"k-{Status(code).value}", says)


@register.simple_tag
def dots(states):
    """Punctuality by period, oldest first; each on_time, late, missing or waiting: {% dots agency.punctuality %}."""
    states = list(states)
    says = (
        f"{states.count('on_time')} kỳ đúng hạn, {states.count('late')} kỳ muộn, {states.count('missing')} kỳ không nộp"
    )
    return svg.dots(states, says)


@register.simple_tag
def dot(state):
    """The mark of one state, for a legend: {% dot "late" %}."""
    return svg.dots([state])


@register.simple_tag
def meter(value, total, label, kind="achieved", under=None, under_kind="on_track dim"):
    """Progress of `value` out of `total`; `under` is a longer bar beneath (submitted under approved).

    {% meter done all "8 trên 12 mục tiêu đã xong" %}
    {% meter approved expected "duyệt 8, nộp 10 trên 12" under=submitted %}
    {% meter on_time expected "10 đúng hạn, 1 muộn" kind="on_track" under=submitted under_kind="behind" %}
    """
    return svg.meter(value, total, under, f"k-{kind}", f"k-{under_kind}", label)


@register.simple_tag
def stackbar(counts):
    """Counts by status as a row of cells: a mapping, or pairs, of status and number, in the order shown.

    {% stackbar pillar.by_status %}
    """
    pairs = [(Status(code), count) for code, count in (counts.items() if hasattr(counts, "items") else counts)]
    says = ", ".join(f"{count} {WORDS[code].lower()}" for code, count in pairs if count)
    return svg.stackbar([(f"k-{code.value}", count) for code, count in pairs], says or "chưa có mục tiêu nào")


@register.simple_tag
def waterfall_bar(changes, place):
    """The bar of the contribution at `place` (from 0) in a list of them, each drawn from where the sum before it ended.

    {% for row in rows %}… {% waterfall_bar changes forloop.counter0 %}{% endfor %}
    """
    return svg.waterfall_bar(changes, place, f"Đóng góp {formatting.signed(changes[place], 3)}")


@register.simple_tag
def waterfall_total(changes):
    """The bar of the whole change, under the contributions: {% waterfall_total changes %}."""
    total = sum(change or 0 for change in changes)
    return svg.waterfall_total_bar(changes, f"Thay đổi chung {formatting.signed(total, 3)}")


@register.simple_tag
def bar(value, maximum, label, kind="tracked"):
    """One bar of a ranked list: {% bar row.missing rows.0.missing "còn thiếu 6.849" kind="at_risk" %}."""
    return svg.bar(value, maximum, f"k-{kind}", label)


@register.simple_tag
def gantt(year, due, today, done=None, start=None, ongoing=False):
    """A project's year: its span (from 1 January without a start), how much is done (0–100), a line for today.

    {% gantt plan.year project.due today done=project.percent ongoing=project.ongoing %}
    """
    if ongoing:
        says = "Thường xuyên trong năm"
    else:
        says = f"Hạn {formatting.date(due)}" if due else "Không đặt hạn"
        says += ", chưa có số về tiến độ" if done is None else f", hoàn thành {formatting.percent(done, 0)}"
    return svg.gantt(year, start, due, done, today, ongoing, says)


@register.simple_tag
def drawn(figure, key, width, height):
    """A figure of charts.py drawn on the server, for wide and for narrow boxes: {% drawn chart "bieu-do" 854 384 %}."""
    return format_html(
        '<div class="drawn wide-draw">{}</div><div class="drawn narrow-draw">{}</div>',
        drawing.draw(figure, key, width, height),
        drawing.draw(figure, key, 324, height, narrow=True),
    )


# What a page shows: period and basis, kept in the address


@register.simple_tag(takes_context=True)
def query_with(context, name, value):
    """This page's query with one parameter changed, the others kept: href="{% query_with "ky" period.code %}"."""
    query = context["request"].GET.copy()
    query[name] = str(value)
    if name != "trang":
        query.pop("trang", None)
    return mark_safe("?" + query.urlencode().replace("&", "&amp;"))


@register.inclusion_tag("components/_period_switch.html", takes_context=True)
def period_switch(context, periods, period):
    """Choose the period (`?ky=2023-08`), with the ones before and after it; other parameters are kept.

    {% period_switch periods period %}: `periods` in order, those that may be chosen; each has `code`.
    """
    choices = list(periods)
    place = next((place for place, choice in enumerate(choices) if choice.code == period.code), None)
    others = [
        (name, value)
        for name, values in context["request"].GET.lists()
        if name not in ("ky", "trang")
        for value in values
    ]
    return {
        "request": context["request"],
        "choices": choices[::-1],
        "period": period,
        "previous": choices[place - 1] if place else None,
        "next": choices[place + 1] if place is not None and place + 1 < len(choices) else None,
        "others": others,
    }


@register.inclusion_tag("components/_basis_switch.html", takes_context=True)
def basis_switch(context, basis):
    """Official or provisional (`?so-lieu=chinh-thuc|tam-tinh`).

    {% basis_switch basis %}: `basis` is official or provisional.
    """
    choices = [(value, word, code == basis) for code, (value, word) in BASES.items()]
    return {"request": context["request"], "choices": choices}
