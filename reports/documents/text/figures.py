"""The sentences that reports tell figures with, in administrative Vietnamese. Pure: numbers in, sentences out, no markup.

Every figure that is said stands in the report that was handed in; a sentence with nothing to say is empty.
"""

import re
from fractions import Fraction

from agencies.models import Level
from core import formatting
from indicators.models import Basis
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import BAD, WORDS, Status

# What is said of a number of targets.
SAID = {
    Status.ACHIEVED: "đạt",
    Status.ON_TRACK: "đúng tiến độ",
    Status.BEHIND: "chậm tiến độ",
    Status.AT_RISK: "có nguy cơ không đạt",
    Status.MISSED: "không đạt",
}
# The same of targets without a value, by what stands in its place.
SAID_OF_NOTHING = {
    **{nothing: words.lower() for nothing, words in NOTHING_WORDS.items()},
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
}
# A place's short name begins with what it is; a sentence says it in full.
PLACES = {"TP": "thành phố", "TX": "thị xã", "TT.": "thị trấn", "H.": "huyện", "P.": "phường", "X.": "xã"}
# How many are named before "and others".
MOST_MOVES = 3
MOST_NAMES = 6
MOST_DISTRICTS = 3


def place(short_name: str) -> str:
    """`xã Cộng Lạc, huyện Tứ Kỳ` of `X. Cộng Lạc, H. Tứ Kỳ`."""
    return re.sub(r"(?:^|(?<=, ))(TP|TX|TT\.|H\.|P\.|X\.)(?= )", lambda found: PLACES[found[1]], short_name)


def named(ref) -> str:
    """An agency as a sentence calls it: `Sở Y tế`, `UBND xã Cộng Lạc, huyện Tứ Kỳ`."""
    return f"UBND {place(ref.place_name)}" if ref.level in (Level.DISTRICT, Level.COMMUNE) else ref.name


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
        in_order = [(SAID[status], report.tally[status]) for status in SAID]
        in_order += [(SAID_OF_NOTHING[nothing], count) for nothing, count in report.tally.without_value]
        said += f" Tính đến ngày {formatting.date(report.period.window_last)}, {counted(in_order)}."
    if report.tally.good_thin:
        said += f" Trong số đạt hoặc đúng tiến độ, {report.tally.good_thin} mục tiêu chưa đủ số liệu để kết luận."
    return said


def pillar(part) -> str:
    """One pillar: how many are well, and which are not."""
    said = f"{part.code}. {part.title}: {part.tally.good}/{part.tally.judged} mục tiêu đặt ngưỡng đạt hoặc đúng tiến độ"
    if part.tally.good_thin:
        said += f", trong đó {part.tally.good_thin} mục tiêu chưa đủ số liệu"
    for status in BAD:
        codes = [line.target.code for line in part.lines if line.status == status]
        if codes:
            said += f"; {SAID[status]}: {', '.join(codes)}"
    return f"{said}."


def reporting(report) -> tuple[str, str]:
    """How many sent their report of the period, and who of them in time; of one agency that owes one, what became of it."""
    sent = report.reporting
    if not sent.expected:
        return "", ""
    if sent.expected == 1 and report.state is not None:
        return f"{report.issuer.name} {STATES[report.state]} kỳ tháng {report.period.number}.", ""
    share = formatting.percent(sent.sent_share, 1)
    on_time = "; ".join(f"{level.on_time}/{level.expected} {LEVELS[level.level]}" for level in report.levels)
    waiting = f", {sent.waiting_words}" if sent.waiting else ""
    returned = f"; {sent.returned} phiếu khác đã nộp rồi bị trả lại, đang chờ nộp lại" if sent.returned else ""
    return (
        f"Có {sent.sent}/{sent.expected} cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng {report.period.number} ({share}), "
        f"{sent.approved} phiếu được duyệt{waiting}{returned}.",
        f"Nộp lần đầu đúng hạn: {on_time}.",
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
    """`thành phố Hải Dương (11/16), huyện Tứ Kỳ (11/16, 4 chưa đủ số liệu)`, at most three by name."""
    names = [f"{place(row.agency.short_name)} ({good_of(row.tally)})" for row in rows[:MOST_DISTRICTS]]
    more = len(rows) - len(names)
    return ", ".join(names) + (f" và {more} nơi khác" if more else "")


def good_of(tally) -> str:
    """`11/16`, and how many of the good ones rest on too few agencies."""
    thin = f", {tally.good_thin} chưa đủ số liệu" if tally.good_thin else ""
    return f"{tally.good}/{tally.judged}{thin}"


def changes(report, previous: str) -> tuple[str, str]:
    """What rose and fell most since `previous` (`tháng 7`, `hết quý II`), and whose status turned."""
    if report.previous is None:
        return "", ""
    moved = [line for line in report.lines if line.target.unit.startswith("%") and is_seen(line)]
    moved.sort(key=lambda line: -line.change)
    rises = [line for line in moved if line.change > 0][:MOST_MOVES]
    falls = [line for line in reversed(moved) if line.change < 0][:MOST_MOVES]
    parts = []
    if rises:
        parts.append("tăng nhiều nhất là " + ", ".join(move(line, "thêm", "lên") for line in rises))
    if falls:
        parts.append("giảm nhiều nhất là " + ", ".join(move(line, "bớt", "còn") for line in falls))
    said = f"So với {previous}, {'; '.join(parts)}." if parts else ""
    turns = [line for line in report.lines if turned(line)]
    told = "; ".join(
        f"{x.target.code} từ {WORDS[x.status_before].lower()} sang {WORDS[x.status].lower()}" for x in turns
    )
    if not parts and not turns:
        return f"So với {previous}, các mục tiêu không thay đổi.", ""
    return said, f"Chuyển trạng thái: {told}." if turns else ""


def is_seen(line) -> bool:
    """Is its change one as it is shown? Nothing rises by 0,00."""
    return bool(shown_change(line))


def shown_change(line):
    """The difference of the two values as they are shown; None where either is missing."""
    return formatting.change(line.value, line.value_before, line.target.unit)


def move(line, by, to) -> str:
    """`I.2.a (thêm 6,74 điểm, lên 77,93 %)`."""
    size = formatting.difference(abs(shown_change(line)), line.target.unit).removeprefix("+")
    return f"{line.target.code} ({by} {size}, {to} {value(line)})"


def turned(line) -> bool:
    """Is its status another than the period before, and was there one?"""
    before = line.status_before
    return line.is_judged and before not in (None, Status.NO_DATA, line.status) and line.status != Status.NO_DATA


def value(line) -> str:
    """A line's value, never contradicting its status; a year's to date is said to be one: `72,31 % lũy kế`."""
    target = line.target
    threshold, comparator = (target.threshold, target.comparator) if line.is_judged else (None, None)
    shown = formatting.figure(line.value, target.unit, threshold, comparator, None, line.required)
    return f"{shown} lũy kế" if target.is_cumulative and line.value is not None else shown


def basis(report) -> str:
    """On which reports the figures rest, and where they are too few."""
    sent = report.reporting
    if report.basis == Basis.OFFICIAL:
        said = "Các số liệu trong báo cáo là số chính thức, chỉ gồm phiếu đã được duyệt"
        if sent.waiting:
            said += f"; chưa tính {sent.waiting_words}"
        said += "."
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
    by_status = counted((SAID[status], report.tally[status]) for status in BAD)
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
        leads = dict.fromkeys(lead for line in report.bad for lead in line.target.lead_names)
        told = "; ".join(f"c{lead[1:]}" if lead.startswith("Các ") else lead for lead in leads)
        named_leads = f" ({told})" if told else ""
        said.append(
            f"Các cơ quan chủ trì mục tiêu nêu tại mục II{named_leads} làm rõ nguyên nhân, có giải pháp bảo đảm hoàn "
            "thành đúng hạn."
        )
    if report.unsent and report.is_over and report.reporting.expected > 1:
        said.append(
            f"{len(report.unsent)} cơ quan, đơn vị chưa nộp phiếu báo cáo kỳ này ({unsent(report)}) khẩn trương nộp."
        )
    return tuple(said)


def unsent(report) -> str:
    """Who sent no report: some by name, larger units first, the communes as a number."""
    larger = [ref for ref in report.unsent if ref.level != Level.COMMUNE]
    told = [named(ref) for ref in larger[:MOST_NAMES]]
    if len(larger) > MOST_NAMES:
        told.append(f"{len(larger) - MOST_NAMES} cơ quan khác")
    communes = len(report.unsent) - len(larger)
    return ", ".join([*told, *([f"{communes} UBND cấp xã"] if communes else [])])
