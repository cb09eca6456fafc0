"""Components that show figures: status badges, bars, switches. See docs/components.md for the whole list.

A `target` is anything with `unit`, `comparator`, `threshold` and `baseline` (the model, or a builder's dataclass).
Where a row's status is `tracked` its target's threshold does not apply to it (domain.md, *Kinds of target*) and is not
drawn.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core import clock, formatting
from core.charts import microcharts, plotly_svg
from core.charts.plotly_svg import Figure
from core.formatting import Number
from core.templatetags.components import icon
from indicators.models import Plan
from indicators.rollups import forecast_words
from indicators.rollups.pace_words import pace_of_flow
from indicators.rollups.results import RollupResult
from indicators.rules.kinds import KindRules, Timing
from indicators.rules.nothing import NOTHING_WORDS, Nothing, silence_words
from indicators.rules.observation import carried_share
from indicators.rules.status import Status, is_thin, word_of
from indicators.selection import MOST_SHOWN
from indicators.targets.observations import Measured, ObservedTarget

register = template.Library()

BASES = {"official": ("chinh-thuc", "Chính thức"), "provisional": ("tam-tinh", "Tạm tính")}
# Marks of the kinds of a missing figure, beside their words.
NOTHING_ICONS = {
    Nothing.NOT_DUE: "clock",
    Nothing.NOT_ARISEN: "flat",
    Nothing.RETURNED: "back",
    Nothing.EXEMPT: "lock",
}


class FigureTarget(Protocol):
    """A target as figures are shown with it."""

    @property
    def code(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def comparator(self) -> str: ...

    @property
    def threshold(self) -> Decimal | None: ...

    @property
    def baseline(self) -> Decimal | None: ...

    @property
    def rules(self) -> KindRules: ...

    @property
    def is_falling(self) -> bool: ...


class ForecastTarget(FigureTarget, Protocol):
    """A target whose forecast is shown."""

    @property
    def due(self) -> dt.date: ...

    @property
    def timing(self) -> str: ...

    @property
    def is_share(self) -> bool: ...


class LedTarget(Protocol):
    """A target with who leads it."""

    @property
    def due(self) -> dt.date: ...

    @property
    def leads(self) -> tuple[str, ...]: ...


class JudgedRow(Protocol):
    """A row as far as it needs attention."""

    @property
    def is_bad(self) -> bool: ...


class FigureRow(Protocol):
    """A row of a roll-up as figures are shown from it."""

    @property
    def value(self) -> Decimal | None: ...

    @property
    def value_before(self) -> Decimal | None: ...

    @property
    def required(self) -> Decimal | None: ...

    @property
    def status(self) -> Status: ...

    @property
    def low_coverage(self) -> bool: ...

    @property
    def nothing(self) -> Nothing | None: ...

    @property
    def states_nothing(self) -> bool: ...

    @property
    def is_renewed(self) -> bool: ...

    @property
    def is_asked(self) -> bool: ...

    @property
    def stale_since(self) -> str: ...

    @property
    def due_held(self) -> bool | None: ...

    @property
    def reason(self) -> str: ...

    @property
    def remarks(self) -> tuple[str, ...]: ...


class PeriodChoice(Protocol):
    """A period that may be chosen."""

    @property
    def code(self) -> str: ...


# Small signs


@register.simple_tag
def awaits_setup() -> bool:
    """Return True where there is no plan to show yet: {% awaits_setup as is_waiting %}. One query."""
    return Plan.objects.in_view() is None


@register.simple_tag
def status(
    code: str,
    low_coverage: bool = False,
    nothing: Nothing | str | None = None,
    stale: str = "",
    due_held: bool | None = None,
    reason: str = "",
    remarks: Iterable[str] = (),
) -> SafeString:
    """Render a status badge: icon and word; under it *chưa đủ số liệu* when too few agencies count, the bad signs, or
    *số cũ: tháng 7*.

    nothing: why there is no value (`rules.nothing`); due_held: as in `Rollup`; reason: the bad signs in words; remarks: on the
    figure itself (`RollupResult.remarks`).

    {% status row.status low_coverage=row.low_coverage nothing=row.nothing stale="tháng 7" %}
    """
    code = Status(code)
    absence = Nothing(nothing) if nothing else None
    word = NOTHING_WORDS[absence] if absence and code == Status.NO_DATA else word_of(code, due_held)
    low_coverage = is_thin(code, low_coverage)
    return format_html(
        '<span class="status status-{}{}">{}{}</span>{}{}{}{}',
        code.value,
        " thin" if low_coverage else "",
        icon(NOTHING_ICONS.get(absence, code.value) if absence else code.value),
        word,
        mark_safe('<span class="low">chưa đủ số liệu</span>') if low_coverage else "",
        format_html('<span class="low">{}</span>', reason) if reason else "",
        format_html('<span class="low">số cũ: {}</span>', stale) if stale else "",
        format_html('<span class="low remark">{}</span>', ", ".join(remarks)) if remarks else "",
    )


@register.simple_tag
def status_of(row: FigureRow) -> SafeString:
    """The whole badge of a row, as `status`: {% status_of line %}."""
    return status(row.status, row.low_coverage, row.nothing, row.stale_since, row.due_held, row.reason, row.remarks)


@register.simple_tag
def carried(row: Measured, target: ObservedTarget) -> SafeString | str:
    """The share of a row's value that was carried forward, by weight, nothing where nothing was: {% carried row target %}."""
    share = carried_share(timing=Timing(target.timing), value=row.value, stale=row.stale, fresh=row.fresh)
    if share is None:
        return ""
    return format_html('<span class="low carried">mang sang {} theo mẫu số</span>', formatting.percent(share))


@register.simple_tag
def badge(code: str, word: str) -> SafeString:
    """Render a badge in the style of a status with another word, for projects: {% badge "behind" "Chậm mốc" %}."""
    return format_html('<span class="status status-{}">{}{}</span>', Status(code).value, icon(Status(code).value), word)


# Figures


def _threshold_of(target: FigureTarget, code: str | None = None) -> tuple[Decimal | None, str | None]:
    """Return the (threshold, comparator) that apply to a row, (None, None) where none do."""
    if target.threshold is None or (code is not None and code == Status.TRACKED):
        return None, None
    return target.threshold, target.comparator


def _is_word(target: FigureTarget, single: bool) -> bool:
    """Return True for one agency's own figure of a yes/no target, which is shown as a word, not a percentage."""
    return single and target.rules.is_answer


def _unit(target: FigureTarget, short: bool) -> str:
    """Return the unit; short for narrow columns: `%` of `% GRDP`, empty for `doanh nghiệp`."""
    if not short:
        return target.unit
    return "%" if target.unit.startswith("%") else ""


@register.simple_tag
def figure(
    value: Number | None,
    target: FigureTarget,
    required: Number | None = None,
    status: str | None = None,
    decimals: int | None = None,
    short: bool = False,
    single: bool = False,
) -> str:
    """Render a value with its unit, never contradicting its status: 79,996% against "at least 80" stays 79,996%.

    {% figure row.value target required=row.required status=row.status %}; short=True in narrow columns; single=True for
    one agency's own figure: a yes/no is *Có* or *Chưa* then.
    """
    if _is_word(target, single) and formatting.yes_no(value):
        return formatting.yes_no(value)
    threshold, comparator = _threshold_of(target, status)
    places = formatting.figure_decimals(value, target.unit, threshold, comparator, decimals, required)
    return formatting.with_unit(formatting.number(value, places), _unit(target, short))


@register.simple_tag
def shown(row: FigureRow | None, target: FigureTarget, single: bool = False) -> str:
    """Render a row's value, or the words for a missing one: {% shown row target %}; row None: no agency is assigned
    there."""
    if row is None:
        return nothing(Nothing.NOT_ASSIGNED)
    if row.value is None:
        return nothing(row.nothing or Nothing.SILENT)
    if row.states_nothing:
        return nothing(Nothing.NOT_ARISEN)
    return figure(row.value, target, required=row.required, status=row.status, short=True, single=single)


@register.simple_tag
def nothing(kind: Nothing | str) -> SafeString:
    """Render the sign of a missing value: a dash for silence, words for all other reasons: {% nothing month.nothing
    %}."""
    reason = NOTHING_WORDS[Nothing(kind)].lower()
    if kind == Nothing.SILENT:
        return format_html('<span class="muted" title="{}">—</span>', reason)
    return format_html('<span class="text-tiny muted">{}</span>', reason)


@register.simple_tag
def figure_of(row: FigureRow, target: FigureTarget, short: bool = False) -> str:
    """The value of a row, as exact as its status needs: {% figure_of line target short=True %}."""
    return figure(row.value, target, required=row.required, status=row.status, short=short)


@register.simple_tag
def explained(
    line: FigureRow, target: FigureTarget, query: str, node: str = "", css: str = "", single: bool = False
) -> SafeString:
    """Render a row's value as a link to its drill-down; the words for a missing one.

    {% explained line target query node=agency.code css="value" %}; node: empty for the province; single=True as in
    `figure`.
    """
    text = shown(line, target, single=single)
    if line.value is None:
        return format_html('<span class="{}">{}</span>', css, text)
    address = f"{reverse('explain', args=[target.code])}?{query}" + (f"&{urlencode({'node': node})}" if node else "")
    look = f"plain {css}".strip()
    return format_html('<a class="{}" href="{}" title="Con số này từ đâu">{}</a>', look, address, text)


@register.simple_tag
def required(
    value: Number | None,
    row_value: Number | None,
    target: FigureTarget,
    decimals: int | None = None,
    short: bool = False,
    single: bool = False,
) -> str:
    """Render the required value, as exact as the value beside it: {% required row.required row.value target %};
    single=True as in `figure`."""
    if _is_word(target, single):
        return formatting.yes_no(100)
    threshold, comparator = _threshold_of(target)
    places = formatting.required_decimals(value, row_value, target.unit, threshold, comparator, decimals)
    return formatting.with_unit(formatting.number(value, places), _unit(target, short))


@register.simple_tag
def threshold(target: FigureTarget, in_words: bool = False, short: bool = False, single: bool = False) -> str:
    """Render the threshold: `≥ 80%`; with in_words=True `tối thiểu 80%`: {% threshold target %}.

    single=True as in `figure`: a share of agencies is no threshold of one of them, which must simply have it.
    """
    if _is_word(target, single):
        return formatting.yes_no(100)
    return formatting.threshold(target.threshold, _unit(target, short), target.comparator, in_words)


@register.simple_tag
def forecast_value(row: RollupResult, target: ForecastTarget, decimals: int = 1) -> str:
    """Render a row's forecast alone, by the rule of `forecast_words.value_words`: {% forecast_value line target %}."""
    if row.forecast is None:
        return formatting.NONE
    limit, comparator = (target.threshold, target.comparator) if row.is_judged else (None, None)
    is_near = forecast_words.is_near_bound(target, row)
    unit = _unit(target, short=True)
    return forecast_words.value_words(row.forecast, unit, limit, comparator, decimals, is_near=is_near)


@register.simple_tag
def forecast(row: RollupResult, target: ForecastTarget, decimals: int = 1) -> SafeString:
    """Render a row's forecast with its range under it, *gần 100%* where it proves nothing, and the pace that a flow needs; a
    dash without one.

    {% forecast line target decimals=1 %}; beside it, or in its heading, stands *nếu giữ đà*.
    """
    if row.forecast is None:
        return mark_safe('<span class="muted">—</span>')
    band = forecast_words.range_words(target, row)
    pace = pace_of_flow(target, row)
    return format_html(
        "{}{}{}",
        forecast_value(row, target, decimals),
        format_html('<span class="text-tiny muted num nowrap block">{}</span>', band) if band else "",
        format_html('<span class="text-tiny muted pace hide-small block">{}</span>', pace) if pace else "",
    )


@register.simple_tag
def trend(row: FigureRow | None, target: FigureTarget, single: bool = False, unit: bool = False) -> SafeString:
    """Render the change from the period before, computed from the two values that pages show: an arrow for its
    direction, a colour for good or bad.

    Where the period brought no figure the words say so, which is different from *không đổi*.

    {% trend row target %}; single=True as in `figure`; unit=True: with points or units as visible text.
    """
    if row is None or row.value is None or row.value_before is None or row.nothing:
        return mark_safe('<span class="text-tiny muted">—</span>')
    exact = row.value - row.value_before
    if exact == 0 and not row.is_renewed:
        return format_html('<span class="text-tiny muted">{}</span>', silence_words(row.is_asked))
    threshold, comparator = _threshold_of(target, row.status)
    places = formatting.figure_decimals(row.value, target.unit, threshold, comparator, None, row.required)
    change = formatting.change(row.value, row.value_before, target.unit, places)
    if not change:
        return format_html(
            '<span class="text-tiny muted nowrap">{}{}</span>',
            icon("flat"),
            "gần như không đổi" if exact else "không đổi",
        )
    shown_places = places if target.unit.startswith("%") else None
    text = formatting.difference(change, target.unit, shown_places)
    bare = formatting.number(abs(change), shown_places)
    better = (change > 0) != target.is_falling
    if _is_word(target, single):
        return format_html(
            '<span class="text-tiny nowrap {}">{}</span>',
            "better" if better else "worse",
            "mới có" if change > 0 else "không còn",
        )
    return format_html(
        '<span class="text-tiny num nowrap {}">{}{}<span class="visually-hidden"> ({})</span></span>{}',
        "better" if better else "worse",
        icon("up" if change > 0 else "down"),
        bare,
        text,
        format_html(' <span class="text-tiny muted">{}</span>', text.partition(formatting.NBSP)[2]) if unit else "",
    )


# Charts


@register.simple_tag
def bullet(
    value: Number | None,
    code: str,
    target: FigureTarget,
    required: Number | None = None,
    single: bool = False,
    thin: bool = False,
) -> SafeString | str:
    """Render the bar of a list row; nothing for a count without a threshold, which has no scale, nor for a word
    (single=True as in `figure`).

    thin: it rests on too few agencies, and is drawn hollow.

    {% bullet row.value row.status target required=row.required thin=row.is_thin %}
    """
    if _is_word(target, single):
        return ""
    threshold, comparator = _threshold_of(target, code)
    if threshold is None and "%" not in target.unit and "/100" not in target.unit:
        return ""
    unit = target.unit
    says = [f"Giá trị {formatting.figure(value, unit, threshold, comparator, None, required)}"]
    if required is not None:
        needed = formatting.required_figure(required, value, unit, comparator or "gte", None, threshold)
        says.append(f"mức cần đạt đến nay {needed}")
    if threshold is None or comparator is None:
        says.append("không đặt ngưỡng")
    else:
        says.append(f"ngưỡng {formatting.threshold(threshold, unit, comparator, in_words=True)}")
    if thin:
        says.append("chưa đủ số liệu")
    baseline = target.baseline if threshold is not None else None
    if baseline is not None:
        says.append(f"xuất phát {formatting.with_unit(formatting.number(baseline), unit)}")
    css = f"mark-{Status(code).value}{' thin' if thin else ''}"
    return microcharts.bullet(value, threshold, required, baseline, css, ", ".join(says))


@register.simple_tag
def sparkline(values: Iterable[Decimal | None], target: FigureTarget, code: str = "tracked") -> SafeString | str:
    """Render the year's line: a list of Decimal or None, oldest first; a dash where all are None.

    {% sparkline row.history target row.status %}
    """
    values = list(values)
    known = [value for value in values if value is not None]
    if not known:
        return mark_safe('<span class="muted">—</span>')
    first, last = (formatting.figure(value, target.unit) for value in (known[0], known[-1]))
    says = f"Diễn biến {len(values)} kỳ: từ {first} đến {last}"
    if len(known) < len(values):
        says += f", {len(values) - len(known)} kỳ không có số"
    return microcharts.sparkline(values, f"mark-{Status(code).value}", says)


@register.simple_tag
def small_multiple(
    values: Iterable[Decimal | None],
    low: Number,
    high: Number,
    target: FigureTarget,
    code: str = "tracked",
    nothing: Nothing | None = None,
    carried: Collection[int] = (),
    labels: Sequence[str] = (),
) -> SafeString:
    """Render one of several small charts with a common scale, low to high: a year's values from January on; without any
    the words of `nothing`.

    carried: the positions with the value of an earlier one, which the description names; labels: the months as they
    follow *T*, 1, 2, 3 … where none are given.

    {% small_multiple row.history comparison.low comparison.high target row.status row.nothing %}
    """
    values = list(values)
    known = [(month, value) for month, value in enumerate(values, 1) if value is not None]
    if not known:
        return format_html(
            '<p class="small-multiple muted text-small">{}</p>', NOTHING_WORDS[nothing or Nothing.SILENT].lower()
        )
    says = ", ".join(
        f"T{labels[month - 1] if labels else month} {formatting.figure(value, target.unit)}"
        f"{' (mang sang)' if month in carried else ''}"
        for month, value in known
    )
    return microcharts.small_multiple(
        values, low, high, _threshold_of(target, code)[0], f"mark-{Status(code).value}", says
    )


@register.simple_tag
def dots(states: Iterable[str]) -> SafeString:
    """Render the punctuality by period, oldest first, of the newest periods that a row shows; each on_time, late, missing or
    waiting: {% dots agency.punctuality %}."""
    states = list(states)[-MOST_SHOWN:]
    says = (
        f"{states.count('on_time')} kỳ đúng hạn, {states.count('late')} kỳ muộn, {states.count('missing')} kỳ không nộp"
    )
    return microcharts.dots(states, says)


@register.simple_tag
def dot(state: str) -> SafeString:
    """Render the mark of one state, for a legend: {% dot "late" %}."""
    return microcharts.dots([state])


@register.simple_tag
def meter(
    value: Number,
    total: Number,
    label: str,
    kind: str = "achieved",
    under: Number | None = None,
    under_kind: str = "on_track dim",
) -> SafeString:
    """Render the progress of `value` out of `total`; under: a longer bar beneath (submitted under approved).

    {% meter done all "8 trên 12 chỉ tiêu đã xong" %} · {% meter approved expected "duyệt 8, nộp 10 trên 12"
    under=submitted %} · {% meter on_time expected "10 đúng hạn, 1 muộn" kind="on_track" under=submitted
    under_kind="behind" %}
    """
    return microcharts.meter(value, total, under, f"mark-{kind}", f"mark-{under_kind}", label)


@register.simple_tag
def on_time_meter(on_time: int, total: int, sent: int, label: str) -> SafeString:
    """Reports sent on time, then late, of all: {% on_time_meter level.on_time level.expected level.sent level.words %}."""
    return meter(on_time, total, label, kind="on_track", under=sent, under_kind="behind")


@register.simple_tag
def stackbar(counts: Sequence[tuple[str, bool, int, str]]) -> SafeString:
    """Render counts by status as a row of cells, in the given order: (status, too few agencies or not, number, word).

    {% stackbar pillar.tally.cells %}
    """
    cells = [(f"mark-{Status(code).value}{' thin' if is_thin else ''}", count) for code, is_thin, count, _ in counts]
    says = ", ".join(
        f"{count} {word.lower()}{' chưa đủ số liệu' if is_thin else ''}" for _, is_thin, count, word in counts if count
    )
    return microcharts.stackbar(cells, says or "chưa có chỉ tiêu nào")


@register.simple_tag
def waterfall_bar(changes: Sequence[Number | None], place: int, shown: Decimal) -> SafeString:
    """Render the bar of the contribution at `place` (from 0) in a list of them, each from the end of the sum before it.

    shown: as its row prints it.

    {% for row in rows %}… {% waterfall_bar changes forloop.counter0 row.printed %}{% endfor %}
    """
    return microcharts.waterfall_bar(changes, place, f"Đóng góp {formatting.part(shown)}")


@register.simple_tag
def waterfall_total(changes: Sequence[Number | None], shown: Decimal) -> SafeString:
    """Render the bar of the whole change, under the contributions: {% waterfall_total changes total_as_printed %}."""
    return microcharts.waterfall_total_bar(changes, f"Thay đổi chung {formatting.part(shown)}")


@register.simple_tag
def bar(value: Number, maximum: Number, label: str, kind: str = "tracked") -> SafeString:
    """Render one bar of a ranked list: {% bar row.missing rows.0.missing "còn thiếu 6.849" kind="at_risk" %}."""
    return microcharts.bar(value, maximum, f"mark-{kind}", label)


@register.simple_tag
def gantt(
    year: int,
    due: dt.date | None,
    today: dt.date,
    done: Number | None = None,
    start: dt.date | None = None,
    ongoing: bool = False,
    last_year: int | None = None,
) -> SafeString:
    """Render a project's year, or the years up to `last_year`: its span (from 1 January without a start), its progress
    (0–100), a line for today.

    {% gantt plan.year project.due today done=project.percent ongoing=project.ongoing %}
    """
    if ongoing:
        says = "Thường xuyên trong năm" if last_year in (None, year) else f"Thường xuyên, {year}-{last_year}"
    else:
        says = f"Hạn {formatting.date(due)}" if due else "Không đặt hạn"
        says += ", chưa có số về tiến độ" if done is None else f", hoàn thành {formatting.percent(done, 0)}"
    return microcharts.gantt(year, start, due, done, today, ongoing, says, last_year)


@register.simple_tag
def gantt_axis(year: int, last_year: int) -> list[tuple[int, str]]:
    """Return the labels over the projects' years: {% gantt_axis plan.year plan.last_year as axis %}."""
    return microcharts.gantt_axis(year, last_year)


@register.simple_tag
def drawn(figure: Figure, key: str, width: int, height: int) -> SafeString:
    """Render a figure of charts.py drawn on the server, for wide and for narrow boxes: {% drawn chart "bieu-do" 854 384
    %}."""
    return format_html(
        '<div class="drawn wide-draw">{}</div><div class="drawn narrow-draw">{}</div>',
        plotly_svg.draw(figure, key, width, height),
        plotly_svg.draw(figure, key, 324, height, narrow=True),
    )


@register.simple_tag
def responsible(target: LedTarget, line: JudgedRow | None, last_day: dt.date) -> str:
    """Return who leads a target and its due date; of one that needs attention the days left too, until the plan's last day:
    the names, `hạn`, the date, `còn 137 ngày`. {% responsible target line selection.plan.last_day %}"""
    leads, today = ", ".join(target.leads), clock.today()
    due = f"hạn {formatting.date(target.due)}" if target.due else ""
    if due and line is not None and line.is_bad and today <= last_day:
        due += f", {formatting.days_left(target.due, today)}"
    return " · ".join(part for part in (leads, due) if part)


# Period and basis of a page, kept in the address


@register.simple_tag(takes_context=True)
def query_with(context: Context, name: str, value: object) -> SafeString:
    """Return this page's query with one parameter changed, the others kept, and the period that it shows named where the
    kind of figures changes: href="{% query_with "ky" period.code %}"."""
    query = context["request"].GET.copy()
    selection = context.get("selection")
    if name == "so-lieu" and selection is not None and "ky" not in query:
        query["ky"] = selection.period.code
    query[name] = str(value)
    if name != "trang":
        query.pop("trang", None)
    return mark_safe("?" + query.urlencode().replace("&", "&amp;"))


@register.inclusion_tag("components/_period_switch.html", takes_context=True)
def period_switch(context: Context, periods: Iterable[PeriodChoice], period: PeriodChoice) -> Mapping[str, Any]:
    """Render the choice of the period (`?ky=2026-08`), with the ones before and after it; other parameters are kept.

    {% period_switch periods period %}: periods: those that may be chosen, in order; each has `code`.
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
        "groups": _by_year(choices[::-1]),
        "period": period,
        "previous": choices[place - 1] if place else None,
        "next": choices[place + 1] if place is not None and place + 1 < len(choices) else None,
        "others": others,
    }


def _by_year(choices: Sequence[PeriodChoice]) -> list[tuple[int | None, list[PeriodChoice]]]:
    """Return the choices in groups of one year each; in a single group without a year where they are of one, or name none."""
    groups = [(year, list(group)) for year, group in groupby(choices, key=lambda choice: getattr(choice, "year", None))]
    return groups if len(groups) > 1 else [(None, list(choices))]


@register.inclusion_tag("components/_basis_switch.html", takes_context=True)
def basis_switch(context: Context, basis: str) -> Mapping[str, Any]:
    """Render the choice of official or provisional figures (`?so-lieu=chinh-thuc|tam-tinh`).

    {% basis_switch basis %}: basis: official or provisional.
    """
    choices = [(value, word, code == basis) for code, (value, word) in BASES.items()]
    return {"request": context["request"], "choices": choices, "selection": context.get("selection")}
