"""The sentences of reports about figures, in administrative Vietnamese. Pure: numbers in, sentences out, no markup.

Every figure in a sentence comes from the report that was passed in; a sentence without content is empty.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from agencies.models import Level
from core import formatting
from indicators.models import Basis
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import BAD, WORDS, Status
from reports.dashboards.queries.target_rows import StatusCounts, TargetResult
from reports.dashboards.queries.timeliness import AgencyRef
from reports.documents.data.progress import ChildRow, PillarPart, ProgressReport

# The words for a number of targets of a status.
STATUS_PHRASES = {
    Status.ACHIEVED: "đạt",
    Status.ON_TRACK: "đúng tiến độ",
    Status.BEHIND: "cần chú ý",
    Status.AT_RISK: "có nguy cơ không đạt",
    Status.MISSED: "không đạt",
}
# The words for targets without a value, by the reason.
NOTHING_PHRASES = {
    **{nothing: label.lower() for nothing, label in NOTHING_WORDS.items()},
    Nothing.NOT_DUE: "chưa đến kỳ báo cáo",
}
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
    "closed": "không nộp phiếu báo cáo",
}
# A place's short name begins with its kind; a sentence has it in full.
PLACES = {
    "TP": "thành phố",
    "TX": "thị xã",
    "TT.": "thị trấn",
    "H.": "huyện",
    "P.": "phường",
    "X.": "xã",
    "ĐK": "đặc khu",
}
# The numbers of names before "and others".
MOST_MOVES = 3
POINTS = "điểm phần trăm"
MOST_NAMES = 6
MOST_PLACES = 3


def place(short_name: str) -> str:
    """Return `xã Phú Lộc, huyện Bình An` for `X. Phú Lộc, H. Bình An`."""
    return re.sub(r"(?:^|(?<=, ))(TP|TX|TT\.|H\.|P\.|X\.|ĐK)(?= )", lambda match: PLACES[match[1]], short_name)


def named(ref: AgencyRef) -> str:
    """Return an agency's name in a sentence: `Sở Y tế`, `UBND xã Phú Lộc, huyện Bình An`."""
    return f"UBND {place(ref.place_name)}" if ref.level in (Level.DISTRICT, Level.COMMUNE) else ref.name


def counted(numbers: Iterable[tuple[str, int]]) -> str:
    """Return `8 chỉ tiêu đạt, 10 chỉ tiêu đúng tiến độ`: labels with their numbers, none of zero."""
    return ", ".join(f"{number} chỉ tiêu {label}" for label, number in numbers if number)


def overall(report: ProgressReport) -> str:
    """Count the targets by status."""
    total = len(report.lines)
    if not total:
        return f"Kỳ này {report.issuer.name} không được giao báo cáo chỉ tiêu nào."
    judged = report.tally.judged
    text = f"Trong {total} chỉ tiêu thành phần của {report.indicator_count} chỉ tiêu, có {judged} chỉ tiêu thành phần đặt ngưỡng."
    if judged:
        in_order = [(STATUS_PHRASES[status], report.tally[status]) for status in STATUS_PHRASES]
        in_order += [(NOTHING_PHRASES[nothing], count) for nothing, count in report.tally.without_value]
        text += f" Tính đến ngày {formatting.date(report.period.window_last)}, {counted(in_order)}."
    if report.tally.good_thin:
        text += f" Trong số đạt hoặc đúng tiến độ, {report.tally.good_thin} chỉ tiêu chưa đủ số liệu để kết luận."
    return text


def pillar(part: PillarPart) -> str:
    """Count one pillar's targets that are well, and name those that are not."""
    share = f"{part.tally.good}/{part.tally.judged}"
    text = f"Trụ cột {part.code} ({part.title}): {share} chỉ tiêu thành phần đặt ngưỡng đạt hoặc đúng tiến độ"
    if part.tally.good_thin:
        text += f", trong đó {part.tally.good_thin} chỉ tiêu chưa đủ số liệu"
    for status in BAD:
        names = [named_target(line) for line in part.lines if line.status == status]
        if names:
            more = f" và {len(names) - MOST_MOVES} chỉ tiêu khác" if len(names) > MOST_MOVES else ""
            text += f"; {STATUS_PHRASES[status]}: {', '.join(names[:MOST_MOVES])}{more}"
    without_value = counted((NOTHING_PHRASES[nothing], count) for nothing, count in part.tally.without_value)
    return f"{text}; {without_value}." if without_value else f"{text}."


def named_target(line: TargetResult) -> str:
    """Return a target in a sentence: `Hồ sơ trên mạng (I.1)`."""
    return f"{line.target.label} ({line.target.code})"


def reporting(report: ProgressReport) -> tuple[str, str]:
    """Count the reports of the period sent, and sent in time; for a single agency with a report due, state what became
    of it."""
    sent = report.reporting
    if not sent.expected:
        return "", ""
    if sent.expected == 1 and report.state is not None:
        state = "closed" if report.state == "missing" and report.is_closed else report.state
        return f"{report.issuer.name} {STATES[state]} kỳ tháng {report.period.label}.", ""
    share = formatting.percent(sent.sent_share, 1)
    on_time = "; ".join(f"{level.on_time}/{level.expected} {LEVELS[level.level]}" for level in report.levels)
    waiting = f", {sent.waiting_words}" if sent.waiting else ""
    returned = ""
    if sent.returned:
        returned = (
            f"; {sent.returned} phiếu khác đã nộp rồi bị trả lại, đang chờ nộp lại, nên số đơn vị đã nộp lần đầu là "
            f"{sent.sent + sent.returned}"
        )
    return (
        f"Có {sent.sent}/{sent.expected} cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng {report.period.label} ({share}), "
        f"{sent.approved} phiếu được duyệt{waiting}{returned}.",
        f"Nộp lần đầu đúng hạn: {on_time}.",
    )


def places(children: Sequence[ChildRow]) -> str:
    """Name the places with the highest and the lowest share of targets that are well."""
    shares: dict[Fraction, list[ChildRow]] = {}
    for row in children:
        if row.tally.judged:
            shares.setdefault(Fraction(row.tally.good, row.tally.judged), []).append(row)
    if len(shares) < 2:
        return ""
    best, worst = (named_places(shares[edge(shares)]) for edge in (max, min))
    return f"Theo địa bàn, tỷ lệ chỉ tiêu đạt hoặc đúng tiến độ cao nhất là {best}; thấp nhất là {worst}."


def named_places(rows: Sequence[ChildRow]) -> str:
    """Return `thành phố Hoa Lâm (11/16), huyện Bình An (11/16, 4 chưa đủ số liệu)`, at most three by name."""
    names = [f"{place(row.agency.short_name)} ({good_of(row.tally)})" for row in rows[:MOST_PLACES]]
    more = len(rows) - len(names)
    return ", ".join(names) + (f" và {more} nơi khác" if more else "")


def good_of(tally: StatusCounts) -> str:
    """Return `11/16`, with the number of good ones that rest on too few agencies."""
    thin = f", {tally.good_thin} chưa đủ số liệu" if tally.good_thin else ""
    return f"{tally.good}/{tally.judged}{thin}"


def changes(report: ProgressReport, previous: str) -> tuple[str, str]:
    """Describe the largest rises and falls since `previous` (`tháng 7`, `hết quý II`), and the changes of status."""
    if report.previous is None:
        return "", ""
    moved = [
        (line.change, line)
        for line in report.lines
        if line.target.unit.startswith("%") and line.change is not None and is_seen(line)
    ]
    moved.sort(key=lambda pair: -pair[0])
    rises = [line for change, line in moved if change > 0][:MOST_MOVES]
    falls = [line for change, line in reversed(moved) if change < 0][:MOST_MOVES]
    parts = []
    if rises:
        parts.append("tăng nhiều nhất là " + ", ".join(move(line, "thêm", "lên") for line in rises))
    if falls:
        parts.append("giảm nhiều nhất là " + ", ".join(move(line, "bớt", "còn") for line in falls))
    moves_text = f"So với {previous}, {'; '.join(parts)}." if parts else ""
    turns = [(line, line.status_before) for line in report.lines if line.status_before and turned(line)]
    turns_text = "; ".join(
        f"{named_target(line)} từ {WORDS[before].lower()} sang {WORDS[line.status].lower()}" for line, before in turns
    )
    if not parts and not turns:
        return f"So với {previous}, các chỉ tiêu không thay đổi.", ""
    return moves_text, f"Chuyển trạng thái: {turns_text}." if turns else ""


def is_seen(line: TargetResult) -> bool:
    """Return whether the change is visible as shown: nothing rises by 0,00."""
    return bool(shown_change(line))


def shown_change(line: TargetResult) -> Decimal | None:
    """Return the difference of the two values as shown; None where either is missing."""
    return formatting.change(line.value, line.value_before, line.target.unit)


def move(line: TargetResult, by: str, to: str) -> str:
    """Return `Hồ sơ trên mạng (I.2.a, thêm 6,74 điểm, lên 77,93%)`."""
    size = formatting.difference(abs(shown_change(line) or Decimal(0)), line.target.unit, points=POINTS).removeprefix(
        "+"
    )
    return f"{line.target.label} ({line.target.code}, {by} {size}, {to} {value(line)})"


def turned(line: TargetResult) -> bool:
    """Return whether the status differs from the period before, and there was one."""
    before = line.status_before
    return line.is_judged and before not in (None, Status.NO_DATA, line.status) and line.status != Status.NO_DATA


def value(line: TargetResult) -> str:
    """Return a row's value, never contradicting its status; a value for the year to date is marked: `72,31% lũy
    kế`."""
    target = line.target
    threshold, comparator = (target.threshold, target.comparator) if line.is_judged else (None, None)
    shown = formatting.figure(line.value, target.unit, threshold, comparator, None, line.required)
    return f"{shown} {target.sum_words}" if target.is_cumulative and line.value is not None else shown


def basis(report: ProgressReport) -> str:
    """State which reports the figures rest on, and where they are too few."""
    sent = report.reporting
    if report.basis == Basis.OFFICIAL:
        text = "Các số liệu trong báo cáo là số chính thức, chỉ gồm phiếu đã được duyệt"
        if sent.waiting:
            text += f"; chưa tính {sent.waiting_words}"
        text += "."
    else:
        text = "Các số liệu trong báo cáo là số tạm tính, gồm cả phiếu đã nộp nhưng chưa duyệt, và có thể thay đổi sau khi duyệt."
    thin = [line.target.code for line in report.lines if line.is_thin]
    if thin:
        least = formatting.percent(report.plan.min_coverage, 0)
        text += (
            f" Chỉ tiêu có dưới {least} số đơn vị có số liệu, hoặc các đơn vị đó chiếm dưới {least} mẫu số, được ghi “chưa "
            f"đủ số liệu”: {', '.join(thin)}."
        )
    return text


def focus(report: ProgressReport, most: int | None = None) -> str:
    """Count the targets that need attention, and name those due first. most: the number of rows in the table below."""
    if not report.bad:
        return "Đến nay không có chỉ tiêu nào không đạt, có nguy cơ không đạt hoặc cần chú ý." if report.lines else ""
    by_status = counted((STATUS_PHRASES[status], report.tally[status]) for status in BAD)
    first = min(line.target.due for line in report.bad)
    nearest = [line for line in report.bad if line.target.due == first]
    text = f"Có {len(report.bad)} chỉ tiêu cần tập trung chỉ đạo ({by_status})"
    if len(nearest) < len(report.bad):
        named = ", ".join(f"{line.target.label} ({line.target.code}, {value(line)})" for line in nearest)
        text += f"; {len(nearest)} chỉ tiêu có hạn sớm nhất, ngày {formatting.date(first)}, là {named}"
    if most is not None and len(report.bad) > most:
        return f"{text}. {most} chỉ tiêu cần tập trung nhất:"
    return f"{text}. Chi tiết tại bảng sau:"


def unsent(report: ProgressReport) -> str:
    """Name the agencies that sent no report: some by name, larger units first, the communes as a number."""
    larger = [ref for ref in report.unsent if ref.level != Level.COMMUNE]
    names = [named(ref) for ref in larger[:MOST_NAMES]]
    if len(larger) > MOST_NAMES:
        names.append(f"{len(larger) - MOST_NAMES} cơ quan khác")
    communes = len(report.unsent) - len(larger)
    return ", ".join([*names, *([f"{communes} UBND cấp xã"] if communes else [])])
