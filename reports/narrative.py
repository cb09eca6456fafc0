"""The sentences of the progress report, in administrative Vietnamese. Pure: a report's numbers in, sentences out, no markup.

Every figure that is said stands in the report that was handed in; a sentence with nothing to say is empty.
"""

from dataclasses import dataclass
from fractions import Fraction

from agencies.models import Level
from chuyendoiso import formatting
from indicators.measurement.status import WORDS, Status
from indicators.models import Basis

# What is said of a number of targets.
SAID = {
    Status.ACHIEVED: "đạt",
    Status.ON_TRACK: "đúng tiến độ",
    Status.BEHIND: "chậm tiến độ",
    Status.AT_RISK: "có nguy cơ không đạt",
    Status.MISSED: "không đạt",
    Status.NO_DATA: "chưa có số liệu",
}
WORST_FIRST = (Status.MISSED, Status.AT_RISK, Status.BEHIND)
NOT_DUE = "chưa đến kỳ báo cáo"
LEVELS = {
    Level.PROVINCE: "UBND tỉnh",
    Level.DEPARTMENT: "sở, ban, ngành",
    Level.OTHER: "cơ quan khác",
    Level.DISTRICT: "UBND cấp huyện",
    Level.COMMUNE: "UBND cấp xã",
}
STATES = {
    "on_time": "đã nộp phiếu báo cáo đúng hạn",
    "late": "đã nộp phiếu báo cáo, muộn so với hạn",
    "missing": "chưa nộp phiếu báo cáo, đã quá hạn",
    "waiting": "chưa nộp phiếu báo cáo",
}
# How many are named before "and others".
MOST_MOVES = 3
MOST_NAMES = 6
MOST_DISTRICTS = 3


@dataclass(frozen=True)
class Narrative:
    """The report's sentences by place; empty where there is nothing to say."""

    abstract: str
    opening: str
    overall: str
    pillars: tuple[str, ...]
    general: tuple[str, ...]
    focus: str
    tasks: tuple[str, ...]
    closing: str


def narrate(report) -> Narrative:
    """All sentences of a report."""
    return Narrative(
        abstract=abstract(report),
        opening=opening(report),
        overall=overall(report),
        pillars=tuple(pillar(part) for part in report.pillars if part.tally.judged),
        general=tuple(filter(None, (reporting(report), places(report.children), changes(report), basis(report)))),
        focus=focus(report),
        tasks=tasks(report),
        closing=f"Trên đây là báo cáo kết quả thực hiện kế hoạch kỳ {report.period} của {report.issuer.name}./.",
    )


def abstract(report) -> str:
    """What the document is about, under its name."""
    whose = "" if report.is_province else f" của {report.issuer.name}"
    return f"Kết quả thực hiện {report.plan.title}{whose} (kỳ báo cáo tháng {report.period.number})"


def opening(report) -> str:
    """By what plan, of which days, on which basis, as of when."""
    plan, period = report.plan, report.period
    issued = f" ngày {formatting.date(plan.issued_on)}" if plan.issued_on else ""
    number = f" (Kế hoạch số {plan.number}{issued})" if plan.number else ""
    kind = "số chính thức" if report.basis == Basis.OFFICIAL else "số tạm tính"
    made = report.freshness.made_at
    as_of = f", tổng hợp lúc {formatting.datetime(made)}" if made else ""
    return (
        f"Thực hiện {plan.title}{number}, {report.issuer.name} báo cáo kết quả kỳ {period} "
        f"(số liệu từ ngày {formatting.date(period.window_first)} đến ngày {formatting.date(period.window_last)}; "
        f"{kind}{as_of}) như sau:"
    )


def counted(numbers) -> str:
    """`8 mục tiêu đạt, 10 mục tiêu đúng tiến độ`: words with their numbers, none of zero."""
    return ", ".join(f"{number} mục tiêu {words}" for words, number in numbers if number)


def overall(report) -> str:
    """How many targets, and how they stand."""
    total = len(report.lines)
    if not total:
        return f"Kỳ này {report.issuer.name} không được giao báo cáo mục tiêu nào."
    judged = report.tally.judged
    said = f"Trong {total} mục tiêu đo lường của {report.indicator_count} chỉ tiêu, có {judged} mục tiêu đặt ngưỡng."
    if judged:
        not_due = sum(line.is_judged and line.not_due for line in report.lines)
        in_order = [(words, report.tally[status]) for status, words in SAID.items() if status != Status.NO_DATA]
        in_order += [(SAID[Status.NO_DATA], report.tally[Status.NO_DATA] - not_due), (NOT_DUE, not_due)]
        said += f" Tính đến ngày {formatting.date(report.period.window_last)}, {counted(in_order)}."
    if report.tally.good_thin:
        said += f" Trong số đạt hoặc đúng tiến độ, {report.tally.good_thin} mục tiêu chưa đủ số liệu để kết luận."
    return said


def pillar(part) -> str:
    """One pillar: how many are well, and which are not."""
    said = f"{part.code}. {part.title}: {part.tally.good}/{part.tally.judged} mục tiêu đặt ngưỡng đạt hoặc đúng tiến độ"
    for status in WORST_FIRST:
        codes = [line.target.code for line in part.lines if line.status == status]
        if codes:
            said += f"; {SAID[status]}: {', '.join(codes)}"
    return f"{said}."


def reporting(report) -> str:
    """Who sent a report, who of them in time."""
    sent = report.reporting
    if not sent.expected:
        return ""
    if sent.expected == 1 and report.state is not None:
        return f"{report.issuer.name} {STATES[report.state]} kỳ tháng {report.period.number}."
    share = formatting.percent(sent.sent_share, 1)
    on_time = "; ".join(f"{level.on_time}/{level.expected} {LEVELS[level.level]}" for level in report.levels)
    returned = f"; {sent.returned} phiếu khác đã nộp rồi bị trả lại, đang chờ nộp lại" if sent.returned else ""
    return (
        f"Có {sent.sent}/{sent.expected} cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng {report.period.number} ({share}), "
        f"{sent.approved} phiếu được duyệt{returned}. Nộp lần đầu đúng hạn: {on_time}."
    )


def places(children) -> str:
    """Where the share of targets that are well is highest, and where lowest."""
    shares = {}
    for row in children:
        if row.tally.judged:
            shares.setdefault(Fraction(row.tally.good, row.tally.judged), []).append(row)
    if len(shares) < 2:
        return ""
    best, worst = (named_places(shares[edge(shares)]) for edge in (max, min))
    return f"Theo địa bàn, tỷ lệ mục tiêu đạt hoặc đúng tiến độ cao nhất là {best}; thấp nhất là {worst}."


def named_places(rows) -> str:
    """`TP Hải Dương (11/16), TP Chí Linh (11/16)`, at most three by name."""
    names = [f"{row.agency.short_name} ({row.tally.good}/{row.tally.judged})" for row in rows[:MOST_DISTRICTS]]
    more = len(rows) - len(names)
    return ", ".join(names) + (f" và {more} nơi khác" if more else "")


def changes(report) -> str:
    """What rose and fell most since the period before, and whose status turned."""
    if report.previous is None:
        return ""
    moved = [line for line in report.lines if line.change and line.target.unit.startswith("%")]
    moved.sort(key=lambda line: -line.change)
    rises = [line for line in moved if line.change > 0][:MOST_MOVES]
    falls = [line for line in reversed(moved) if line.change < 0][:MOST_MOVES]
    parts = []
    if rises:
        parts.append("tăng nhiều nhất là " + ", ".join(move(line, "thêm", "lên") for line in rises))
    if falls:
        parts.append("giảm nhiều nhất là " + ", ".join(move(line, "bớt", "còn") for line in falls))
    said = f"So với tháng {report.previous.number}, {'; '.join(parts)}." if parts else ""
    turns = [line for line in report.lines if turned(line)]
    if turns:
        told = "; ".join(
            f"{x.target.code} từ {WORDS[x.status_before].lower()} sang {WORDS[x.status].lower()}" for x in turns
        )
        said = f"{said} Chuyển trạng thái: {told}.".strip()
    return said or f"So với tháng {report.previous.number}, các mục tiêu không thay đổi."


def move(line, by, to) -> str:
    """`I.2.a (thêm 6,74 điểm, lên 77,93 %)`."""
    size = formatting.difference(abs(line.change), line.target.unit).removeprefix("+")
    return f"{line.target.code} ({by} {size}, {to} {value(line)})"


def turned(line) -> bool:
    """Is its status another than the period before, and was there one?"""
    before = line.status_before
    return line.is_judged and before not in (None, Status.NO_DATA, line.status) and line.status != Status.NO_DATA


def value(line) -> str:
    """A line's value, never contradicting its status."""
    target = line.target
    threshold, comparator = (target.threshold, target.comparator) if line.is_judged else (None, None)
    return formatting.figure(line.value, target.unit, threshold, comparator, None, line.required)


def basis(report) -> str:
    """On which reports the figures rest, and where they are too few."""
    waiting = report.reporting.waiting
    if report.basis == Basis.OFFICIAL:
        said = "Các số liệu trong báo cáo là số chính thức, chỉ gồm phiếu đã được duyệt"
        said += f"; {waiting} phiếu đang chờ duyệt chưa được tính." if waiting else "."
    else:
        said = "Các số liệu trong báo cáo là số tạm tính, gồm cả phiếu đã nộp nhưng chưa duyệt, và có thể thay đổi sau khi duyệt."
    thin = [line.target.code for line in report.lines if line.is_thin]
    if thin:
        least = formatting.percent(report.plan.min_coverage, 0)
        said += f" Mục tiêu có dưới {least} số đơn vị có số liệu được ghi “chưa đủ số liệu”: {', '.join(thin)}."
    return said


def focus(report, most: int | None = None) -> str:
    """How many targets need attention, and which of them are due first; most: how many the table below has room for."""
    if not report.bad:
        return (
            "Đến nay không có mục tiêu nào không đạt, có nguy cơ không đạt hoặc chậm tiến độ." if report.lines else ""
        )
    by_status = counted((SAID[status], report.tally[status]) for status in WORST_FIRST)
    first = min(line.target.due for line in report.bad)
    nearest = [line for line in report.bad if line.target.due == first]
    said = f"Có {len(report.bad)} mục tiêu cần tập trung chỉ đạo ({by_status})"
    if len(nearest) < len(report.bad):
        named = ", ".join(f"{line.target.code} ({value(line)})" for line in nearest)
        said += f"; {len(nearest)} mục tiêu có hạn sớm nhất, ngày {formatting.date(first)}, là {named}"
    if most is not None and len(report.bad) > most:
        return f"{said}. {most} mục tiêu cần chú ý nhất:"
    return f"{said}. Chi tiết tại bảng sau:"


def tasks(report) -> tuple[str, ...]:
    """Who has to do what: those who lead what is behind, and those who sent no report though the deadline is over."""
    said = []
    if report.bad and report.is_province:
        leads = list(dict.fromkeys(lead for line in report.bad for lead in line.target.leads))
        named = f" ({', '.join(leads)})" if leads else ""
        said.append(
            f"Các cơ quan chủ trì mục tiêu nêu tại mục II{named} làm rõ nguyên nhân, có giải pháp bảo đảm hoàn thành đúng hạn."
        )
    if report.unsent and report.is_over and report.reporting.expected > 1:
        said.append(
            f"{len(report.unsent)} cơ quan, đơn vị chưa nộp phiếu báo cáo kỳ này ({unsent(report)}) khẩn trương nộp."
        )
    return tuple(said)


def unsent(report) -> str:
    """Who sent no report: some by name, larger units first, the communes as a number."""
    larger = [ref for ref in report.unsent if ref.level != Level.COMMUNE]
    named = [f"UBND {ref.short_name}" if ref.level == Level.DISTRICT else ref.short_name for ref in larger[:MOST_NAMES]]
    if len(larger) > MOST_NAMES:
        named.append(f"{len(larger) - MOST_NAMES} cơ quan khác")
    communes = len(report.unsent) - len(larger)
    return ", ".join([*named, *([f"{communes} UBND cấp xã"] if communes else [])])
