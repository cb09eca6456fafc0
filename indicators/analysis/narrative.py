"""Sentences about a target's figure, in the plain words of the pages. Pure: rows in, Vietnamese out, no markup."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from core import formatting
from indicators.analysis.charts import Outlook, forecast_decimals
from indicators.analysis.contributions import Contributions, decimal, printed_parts
from indicators.analysis.drilldown import Absent, Contributor, Exempted, Explanation
from indicators.analysis.nodes import NodeRow, missing
from indicators.analysis.period_comparison import ComparedRow, Comparison, Side
from indicators.analysis.scenarios import Prospect, WhatIf
from indicators.analysis.target_detail import Sources, TargetPage
from indicators.models import Frequency, ReportingPeriod, Target, Timing
from indicators.rollups.forecast_words import value_words
from indicators.rollups.pace_words import pace_words
from indicators.rules.calendar import alike, first_due, year_start
from indicators.rules.causes import Cause, CauseStep, Share
from indicators.rules.nothing import NOTHING_WORDS, Nothing, silence_words
from indicators.rules.status import Status, is_small
from indicators.submissions.kinds import format_of
from indicators.targets.text import definition_changes

# Whose figures are counted as those of the period, where not every month has one.
LATEST = {Frequency.QUARTER: "của quý gần nhất", Frequency.HALF: "của sáu tháng gần nhất", Frequency.YEAR: "của năm"}


def sentence(phrase: str) -> str:
    """Return a phrase as a sentence; empty stays empty."""
    return f"{phrase[0].upper()}{phrase[1:]}." if phrase else ""


def coverage(row: NodeRow, least: int) -> str:
    """State that too few agencies have reported, by their number or by their weight."""
    enough = f"dưới mức {formatting.percent(Decimal(least), 0)} để kết luận"
    if 100 * row.counted < least * row.expected or row.fresh is None:
        counted, expected = formatting.number(row.counted), formatting.number(row.expected)
        return f"Mới có {counted} trên {expected} đơn vị, {enough}."
    return f"Các đơn vị có số kỳ này chỉ chiếm {formatting.percent(row.fresh, 1)} mẫu số, {enough}."


def outlook_value(target: Target, row: NodeRow, outlook: Outlook, places: int) -> str:
    """Return the forecast with its unit, *gần 100%* at the ceiling."""
    limits = threshold_of(target, row)
    return value_words(outlook.value, target.unit, *limits, places, is_near=outlook.near_bound)


def outlook_range(target: Target, outlook: Outlook, places: int) -> str:
    """Return what must be said beside a forecast: its range, and that it holds if all goes on as before."""
    ends = outlook.range_words(target.unit, places, "–")
    if outlook.is_still:
        ends = "không đổi qua các kỳ"
    elif ends:
        ends = f"khoảng {ends}" if target.timing == Timing.FLOW else f"khoảng {ends} (chừng 8 lần trong 10)"
    return f"{ends}; nếu giữ đà" if ends else "nếu giữ đà"


def outlook_basis(target: Target, period: ReportingPeriod) -> str:
    """State what a forecast is made of."""
    if not alike(period.number, period.plan.number_of(target.due.year, target.due.month), target):
        return (
            f"Riêng năm đến hạn {formatting.date(target.due)}, chưa có kỳ nào của năm đó: mỗi kỳ như trung vị sáu kỳ gần nhất; "
            "khoảng theo kỳ thấp nhất và cao nhất."
        )
    if target.timing == Timing.FLOW:
        return "Lũy kế đến nay, cộng các kỳ còn lại nếu mỗi kỳ như trung vị sáu kỳ gần nhất; khoảng theo kỳ thấp nhất và cao nhất."
    return (
        "Đường thẳng qua sáu kỳ có số gần nhất, đọc tại ngày hạn; khoảng theo mức lên xuống giữa các kỳ. Không quy tắc nào thấy "
        "trước được chỗ ngoặt."
    )


def required_line(page: TargetPage, period: ReportingPeriod) -> str:
    """State where the required value comes from; empty on a row that is not judged."""
    target, row = page.target, page.row
    if row is None or not row.is_judged:
        return ""
    reach = formatting.threshold(target.threshold, target.unit, target.comparator)
    if row.required is None:
        return "Bắt đầu từ giá trị đầu tiên; chưa có giá trị nào."
    if page.is_closed:
        return f"Đã đến hạn: phải giữ ngưỡng {reach}."
    if not page.line.path:
        return f"Phải giữ ngưỡng {reach} ở mọi kỳ."
    (first_day, first), *milestones, (due, goal) = page.line.path
    if goal != target.threshold:  # of a sum that begins again with each year: what this year leads to
        reach = _figure(target, goal)
    start = "giá trị xuất phát" if target.baseline is not None else "giá trị đầu tiên"
    day_of = period.plan.day_label
    through = "".join(f", qua mốc {_figure(target, value)} ngày {day_of(day)}" for day, value in milestones)
    needed = formatting.required_figure(row.required, row.value, target.unit, target.comparator, None, target.threshold)
    return (
        f"Đường thẳng từ {start} {_figure(target, first)} ngày {day_of(first_day)}{through} đến {reach} ngày "
        f"{day_of(due)}; tại {day_of(period.window_last)} là {needed}."
    )


def _figure(target: Target, value: Decimal) -> str:
    """Return a value on the required line with its unit."""
    return formatting.figure(value, target.unit)


def gap(target: Target, row: NodeRow) -> str:
    """Return the distance to the required value, by the two values as shown: `0,96 điểm`."""
    decimals = formatting.required_decimals(row.required, row.value, target.unit, *threshold_of(target, row))
    distance = abs(formatting.change(row.value, row.required, target.unit, decimals) or Decimal(0))
    return formatting.difference(distance, target.unit, decimals or None).removeprefix("+")


def standing(target: Target, row: NodeRow) -> str:
    """Compare the value with what is required by now, in a sentence; empty where nothing is required or there is no
    value."""
    if row.gap is None or row.is_ahead:
        return ""
    required = "ngưỡng" if row.required == target.threshold else "mức cần đạt"
    if row.gap == 0:
        return f"Bằng {required}."
    return f"{'Cao' if row.gap > 0 else 'Thấp'} hơn {required} {gap(target, row)}."


def need(target: Target, row: NodeRow, period: ReportingPeriod) -> str:
    """State what is required by the period's end, and what a rising ratio's numerator lacks to it."""
    if row.required is None:
        return ""
    needed = formatting.required_figure(row.required, row.value, target.unit, target.comparator, None, target.threshold)
    sentence = f"Đến {period.plan.day_label(period.window_last)} cần {needed}"
    lacks = row.shortfall if target.rules.has_parts and not target.is_falling else None
    return f"{sentence}; tử số còn thiếu {formatting.number(lacks)}." if lacks else f"{sentence}."


def nothing(target: Target, row: NodeRow, basis_words: str) -> str:
    """Explain in a sentence why there is no figure; empty where there is one."""
    frequency, first = target.get_frequency_display().lower(), first_due(target.cycle, target.plan.first_month)
    return {
        None: "",
        Nothing.NOT_DUE: "Chưa đến kỳ."
        if row.is_ahead
        else f"Chưa đến kỳ: chỉ tiêu này báo cáo {frequency}, kỳ đầu là tháng {target.plan.month_label(first)}.",
        Nothing.NOT_ARISEN: "Không phát sinh: các đơn vị đã báo cáo đều không có trường hợp nào để tính.",
        Nothing.NOT_SUMMED: "Nhiều đơn vị cùng báo cáo nên không cộng được.",
        Nothing.RETURNED: "Số đã nộp bị trả lại, đang chờ đơn vị sửa và nộp lại.",
        Nothing.SILENT: f"Chưa có số liệu {basis_words}.",
        Nothing.EXEMPT: "Đơn vị được miễn báo cáo chỉ tiêu này.",
    }[row.nothing]


def to_threshold(target: Target, row: NodeRow, contributions: Contributions | None) -> str:
    """State what a stock's numerator lacks to its threshold, beside what the last period brought; empty for other
    targets."""
    if not target.rules.has_parts or target.timing != Timing.STOCK or row.required is None or row.status in SETTLED:
        return ""
    if target.is_falling:
        return ""
    lacks = missing(row.numerator, row.denominator, target.threshold, above=target.comparator == "gt")
    if not lacks:
        return ""
    reach = formatting.threshold(target.threshold, target.unit, target.comparator, in_words=True)
    sentence = (
        f"Để đạt {reach} vào {formatting.date(target.due)}, tử số cần thêm {formatting.number(lacks)}"
        " nếu mẫu số không đổi"
    )
    if contributions is None:
        return f"{sentence}."
    moved = contributions.moved
    if not row.is_renewed and contributions.is_still:
        return f"{sentence}; {silence_words(row.is_asked)}."
    if moved == 0:
        return f"{sentence}; kỳ vừa qua không tăng."
    return f"{sentence}; kỳ vừa qua {'tăng' if moved > 0 else 'giảm'} {formatting.number(abs(moved))}."


SETTLED = (Status.ACHIEVED, Status.MISSED, Status.NO_DATA)


def change_question(target: Target, row: NodeRow, contributions: Contributions) -> str:
    """Return the heading of the change, `Vì sao tăng 2,44 điểm?`; a statement where no figure came."""
    change = contributions.by_values
    if contributions.is_still and not row.is_renewed:
        return silence_words(row.is_asked).capitalize()
    if change == 0:
        return "Vì sao không đổi?" if contributions.total == 0 else "Vì sao gần như không đổi?"
    size = formatting.difference(abs(change), target.unit).removeprefix("+")
    return f"Vì sao {'tăng' if change > 0 else 'giảm'} {size}?"


def timing(target: Target, period: ReportingPeriod, basis_words: str) -> str:
    """Describe what a figure as of the period's end is made of."""
    day = formatting.date(period.window_last)
    if target.timing == Timing.FLOW:
        return f"Lũy kế từ {sum_begins(target, period)} đến {day}: cộng các kỳ, {basis_words}."
    if target.timing == Timing.RATE:
        return f"Số của riêng kỳ gần nhất đến {day}, {basis_words}; không cộng dồn."
    return f"Số hiện có tại ngày {day}: phiếu gần nhất {basis_words} của mỗi đơn vị."


def sum_begins(target: Target, period: ReportingPeriod) -> str:
    """Return `đầu năm`; in a plan that does not begin in January or has several years the month with which a flow's sum
    begins, `tháng 1/2027`."""
    plan = period.plan
    if plan.first_month == 1 and not plan.has_several_years:
        return "đầu năm"
    return f"tháng {plan.month_label(year_start(period.number) if target.restarts else 1)}"


def sources(target: Target, sources: Sources, period: ReportingPeriod) -> str:
    """Count the agencies behind the figure: with a figure of the period, with an earlier one, with none."""
    which = LATEST.get(Frequency(target.frequency), f"tháng {period.label}")
    parts = [f"{formatting.number(sources.current)} đơn vị có số {which}"]
    if sources.earlier:
        verb = "có số các kỳ trước, thiếu kỳ này" if target.timing == Timing.FLOW else "dùng số kỳ trước"
        parts.append(f"{formatting.number(sources.earlier)} đơn vị {verb}")
    if sources.silent:
        parts.append(f"{formatting.number(sources.silent)} đơn vị chưa có số nào")
    return "; ".join(parts) + "."


def formula(target: Target, row: NodeRow) -> str:
    """Return `100 × 254.826 ÷ 1.448.850 = 17,5882%`, with `≈` before a rounded result; empty for kinds without a
    formula."""
    if row.numerator is None or row.denominator is None or row.value is None:
        return ""
    exact = row.value * row.denominator == 100 * row.numerator
    value = formatting.figure(row.value, target.unit, decimals=None if exact else 4)
    if exact:
        value = formatting.with_unit(formatting.number(row.value), target.unit)
    parts = f"100 × {formatting.number(row.numerator)} ÷ {formatting.number(row.denominator)}"
    return f"{parts} {'=' if exact else '≈'} {value}"


def reckoning(explanation: Explanation) -> str:
    """Return the calculation of an explained row's value, with all digits that are stored: `100 × 181 ÷ 410 ≈ 44,146341
    %`."""
    target, value = explanation.target, explanation.row.value
    if not explanation.figures:
        return "Chưa có đơn vị nào có số."
    if target.rules.has_parts and not explanation.denominator:
        return "Các đơn vị đã báo cáo không phát sinh: mẫu số bằng 0 nên không có giá trị."
    if value is None:
        return "Nhiều đơn vị cùng báo cáo nên không cộng được."
    value_words = formatting.with_unit(formatting.number(value), target.unit)
    return format_of(target.kind).derivation(explanation, value, value_words)


WHY_ABSENT = {
    "not_reported": "Chưa báo cáo",
    "blank": "Phiếu đã nộp không có số này",
    "draft": "Bản nháp",
    "waiting": "Chờ duyệt",
    "returned": "Bị trả lại",
}


def absence(absent: Absent) -> str:
    """Explain why an agency has no figure: `Bị trả lại lúc 10:00 ngày 18/08/2026: Sai tử số`."""
    sentence = WHY_ABSENT[absent.why]
    if absent.why == "draft":
        sentence += f" từ {formatting.datetime(absent.since)}"
    elif absent.since is not None:
        sentence += f", {'trả lại' if absent.why == 'returned' else 'nộp'} lúc {formatting.datetime(absent.since)}"
    return f"{sentence}: {absent.reason}" if absent.reason else sentence


def exemption(exempted: Exempted) -> str:
    """Describe an exemption: `Từ 01/07/2026 đến 31/12/2026: sáp nhập`."""
    until = f"đến {formatting.date(exempted.last_day)}" if exempted.last_day else "chưa định ngày hết"
    return f"Từ {formatting.date(exempted.first_day)} {until}: {exempted.reason}"


def made_of(contributor: Contributor) -> str:
    """Return the remarks on an agency's part; empty where there are none."""
    remarks = []
    if contributor.nothing_arose:
        remarks.append("không phát sinh, tính là 0")
    if contributor.share is not None and is_small(contributor.denominator):
        remarks.append("mẫu nhỏ")
    if contributor.is_carried:
        remarks.append(f"số cũ: tháng {contributor.reports[-1].label}")
    if contributor.gaps:
        remarks.append("thiếu " + ", ".join(f"T{label}" for label in contributor.gaps))
    if not contributor.is_assigned:
        remarks.append(
            "đã kết thúc hoạt động; số cuối cùng còn tính đến khi mọi đơn vị tiếp nhận có số"
            if contributor.is_standing
            else "không còn được giao; các kỳ trước vẫn tính"
        )
    return "; ".join(remarks)


def proof(explanation: Explanation) -> str:
    """Compare the sum of the parts with the stored roll-up, in a sentence."""
    if not explanation.agrees:
        if explanation.is_pending:
            return "Số đang tổng hợp: các dòng dưới đây đã mới hơn số tổng hợp."
        return "Tổng các dòng dưới đây khác số tổng hợp. Đề nghị báo cơ quan thường trực."
    rows = f"{formatting.number(explanation.figures)} đơn vị"
    total = format_of(explanation.target.kind).sum_words(explanation)
    sentence = f"Cộng số của {rows}{f': {total}' if total else ''}. Khớp với số tổng hợp."
    return f"{sentence} Số đang tổng hợp lại." if explanation.is_pending else sentence


def report_counts(explanation: Explanation) -> str:
    """Count the reports: `264 phải báo cáo, 248 đã nộp, 247 đã duyệt, 2 được miễn`."""
    counts = [
        (explanation.row.expected, "phải báo cáo"),
        (explanation.row.reported, "đã nộp"),
        (explanation.row.approved, "đã duyệt"),
    ]
    if explanation.exempt_count:
        counts.append((explanation.exempt_count, "được miễn"))
    return ", ".join(f"{formatting.number(count)} {word}" for count, word in counts)


def prospect(target: Target, row: NodeRow, outcome: Prospect | None) -> str:
    """Return the range that the value can still reach when all missing agencies have reported, and whether the
    threshold is certain already; empty where it is not known."""
    if outcome is None:
        return ""
    low, high = (
        formatting.figure(decimal(end), target.unit, *threshold_of(target, row))
        for end in (outcome.bounds.low, outcome.bounds.high)
    )
    sentence = f"Khi {formatting.number(outcome.missing)} đơn vị còn thiếu báo cáo đủ, kỳ này được từ {low} đến {high}"
    if target.rules.has_parts:
        sentence += " (nếu mẫu số như lần báo cáo gần nhất)"
    return f"{sentence}{SURE[outcome.certain]}."


def scenario(target: Target, row: NodeRow, what_if: WhatIf) -> str:
    """Describe the value of a what-if scenario. what_if: one that has an answer."""
    outcome = what_if.scenario
    if outcome is None:
        return ""
    value = formatting.figure(decimal(outcome.value), target.unit, *threshold_of(target, row))
    rise = formatting.difference(formatting.change(decimal(outcome.value), row.value, target.unit), target.unit)
    sentence = f"Khi đó: {value} ({rise}); tử số thêm {formatting.number(decimal(outcome.gained), 0)}"
    return f"{sentence}{WOULD_HOLD[what_if.holds]}."


WOULD_HOLD = {True: "; đạt ngưỡng", False: "; chưa đạt ngưỡng", None: ""}
SURE = {True: ": dù thế nào cũng đạt ngưỡng", False: ": không thể đạt ngưỡng", None: ""}


def about(page: TargetPage, period: ReportingPeriod, basis_words: str) -> dict:
    """Return the sentences of a target's page, by name; empty where there is nothing to say. `places`: decimals of the
    forecast."""
    target, row = page.target, page.row
    places = forecast_decimals(target.unit)
    says = {
        "places": places,
        "outlook": outlook_value(target, row, page.outlook, places) if row and page.outlook else "",
        "outlook_range": outlook_range(target, page.outlook, places) if page.outlook else "",
        "outlook_basis": outlook_basis(target, period) if page.outlook else "",
        "is_closed": page.is_closed,
        "pace": sentence(pace_words(target, row, period.window_last)) if row else "",
        "coverage": coverage(row, page.min_coverage) if row and row.low_coverage else "",
        "required_line": required_line(page, period),
        "timing": timing(target, period, basis_words),
        "added_up": format_of(target.kind).added_up,
        "sources": sources(target, page.sources, period) if page.sources else "",
        "prospect": prospect(target, row, page.prospect) if row else "",
        "question": change_question(target, row, page.contributions) if row and page.contributions else "",
    }
    if row is None or row.value is None:
        reason = nothing(target, row, basis_words) if row else ""
        return says | {"value": formatting.NONE, "unit": "", "nothing": reason}
    decimals = formatting.figure_decimals(row.value, target.unit, *threshold_of(target, row), None, row.required)
    return says | {
        "value": formatting.number(row.value, decimals),
        "unit": formatting.after_number(target.unit),
        "standing": standing(target, row),
        "need": need(target, row, period),
        "to_threshold": to_threshold(target, row, page.contributions),
        "formula": formula(target, row),
    }


def threshold_of(target: Target, row: NodeRow) -> tuple[Decimal | None, str | None]:
    """Return (threshold, comparator) that apply to a row; None for both where the row is not judged."""
    return (None, None) if not row.is_judged else (target.threshold, target.comparator)


# Sentences about a change (`period_comparison.Comparison`)
CAUSES = {
    Cause.NEW: "Báo cáo mới",
    Cause.CORRECTED: "Điều chỉnh số đã báo cáo",
    Cause.RETURNED: "Trả lại, rút lại",
    Cause.YEAR: "Sang năm mới, cộng lại từ đầu",
    Cause.IN: "Đơn vị thêm vào",
    Cause.OUT: "Đơn vị không còn tính",
    Cause.DENOMINATORS: "Mẫu số chung thay đổi",
}
CAME = {
    "assigned": "Mới được giao",
    "exempt": "Hết miễn báo cáo",
    "closed": "Bắt đầu hoạt động",
    "ended": "Được giao lại",
    "moved": "Chuyển đến",
}
WENT = {
    "assigned": "Thôi được giao",
    "exempt": "Được miễn",
    "closed": "Kết thúc hoạt động",
    "ended": "Thôi được giao",
    "moved": "Chuyển đi",
}


def change_headline(comparison: Comparison) -> str:
    """Return `Tăng 2,44 điểm, từ 41,30% lên 43,74%.`; or why there is no change to speak of."""
    before, after = comparison.before.value_shown, comparison.after.value_shown
    if comparison.change is None or before is None or after is None:
        return _why_no_change(comparison)
    # As many decimals as it takes to see that something moved.
    places = 2 if comparison.unit.startswith("%") or comparison.has_points else None
    if places:
        places = max(formatting.share_decimals(value, comparison.unit, places) for value in (before, after))
        if comparison.change and formatting.rounded(before, places) == formatting.rounded(after, places):
            places = 6
    values = [formatting.with_unit(formatting.number(value, places), comparison.unit) for value in (before, after)]
    if comparison.change == 0:
        return f"Không đổi: {values[1]}." if comparison.causes else f"Không có số mới, vẫn là {values[1]}."
    change = formatting.rounded(after, places) - formatting.rounded(before, places)
    size = formatting.difference(abs(change), comparison.unit, places).removeprefix("+")
    rises = comparison.change > 0
    return f"{'Tăng' if rises else 'Giảm'} {size}, từ {values[0]} {'lên' if rises else 'xuống'} {values[1]}."


def _why_no_change(comparison: Comparison) -> str:
    """Return `Tháng 7 chưa có số liệu, tháng 8 không phát sinh nên không so sánh được.`"""
    sides = [side for side in (comparison.before, comparison.after) if side.nothing]
    kinds = [NOTHING_WORDS[side.nothing].lower() for side in sides if side.nothing]
    if len(sides) == 2 and kinds[0] == kinds[1]:
        return f"Cả hai bên đều {kinds[0]} nên không so sánh được."
    reasons = ", ".join(f"{said_side(comparison, side)} {kind}" for side, kind in zip(sides, kinds, strict=True))
    reasons = reasons or NOTHING_WORDS[Nothing.NOT_SUMMED]
    return f"{reasons[:1].upper()}{reasons[1:]} nên không so sánh được."


def said_side(comparison: Comparison, side: Side) -> str:
    """Return `tháng 7`; for the same period at two moments `tháng 7, như đã biết lúc 09:00 ngày 21/08/2026`."""
    month = f"tháng {side.label}"
    return f"{month}, như đã biết lúc {formatting.datetime(side.known_at)}" if comparison.is_same_period else month


def share(line: ComparedRow, share: Share, label: Callable[[int], str] = str) -> str:
    """Describe one cause in a reporter's line: `Báo cáo mới: T8`, `Điều chỉnh: T7 (lần 2 thay lần 1)`, `Được miễn: sáp
    nhập`. label: names a period by its number."""
    if share.cause in (Cause.IN, Cause.OUT):
        if not line.moved:
            return CAUSES[share.cause]
        reason_words = (CAME if share.cause == Cause.IN else WENT)[line.moved]
        return f"{reason_words}: {line.reason}" if line.reason and share.cause == Cause.OUT else reason_words
    if not share.steps or share.cause == Cause.YEAR:
        return CAUSES[share.cause]
    word = "Điều chỉnh" if share.cause == Cause.CORRECTED else CAUSES[share.cause]
    return f"{word}: {', '.join(_step(step, label) for step in share.steps)}"


def _step(step: CauseStep, label: Callable[[int], str]) -> str:
    if step.before is None or step.before == step.after:
        return f"T{label(step.month)}"
    if step.after is None:
        return f"T{label(step.month)} (không còn số)"
    return f"T{label(step.month)} (lần {step.after} thay lần {step.before})"


def redefined(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return (part, before, after) of each part in which the target's definition differs between the two sides."""
    return definition_changes(comparison.before.definition, comparison.after.definition, comparison.unit)


def required_change(comparison: Comparison) -> str:
    """Describe how the province's required value changed, by a new definition or as time passed; empty where it did
    not."""
    old, new = comparison.before.required, comparison.after.required
    if not comparison.is_province or old is None or new is None or old == new:
        return ""
    before, after = (formatting.with_unit(formatting.number(decimal(Fraction(r))), comparison.unit) for r in (old, new))
    return f"Mức cần đạt từ {before} thành {after}."


def change_sentences(comparison: Comparison) -> dict:
    """Return the words of a change for `indicators/analysis/_period_comparison.html`: `headline`, `causes` and
    `lines` with their parts as printed, which add up to `total`, `definition`, `required`."""
    total, of_lines = printed_parts([line.change for line in comparison.lines])
    _, of_causes = printed_parts([line.change for line in comparison.causes], total)
    told = [[share(line, one, comparison.label_of) for one in line.shares] for line in comparison.lines]
    return {
        "total": total,
        "headline": change_headline(comparison),
        "sides": (said_side(comparison, comparison.before), said_side(comparison, comparison.after)),
        "causes": [
            (CAUSES[line.cause], line, printed) for line, printed in zip(comparison.causes, of_causes, strict=True)
        ],
        "lines": [
            (line, printed, list(zip(shares, _of_line(line, printed), strict=True)))
            for line, printed, shares in zip(comparison.lines, of_lines, told, strict=True)
        ],
        "definition": redefined(comparison),
        "required": required_change(comparison),
    }


def _of_line(line: ComparedRow, printed: Decimal) -> list[Decimal]:
    """Return the parts of a reporter's part, as printed."""
    return printed_parts([one.change for one in line.shares], printed)[1]
