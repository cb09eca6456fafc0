"""The sentences of a progress report around its figures: what was directed, what came out well, how the whole stands, what
falls due next, and what the receiver is asked for. Pure."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from conclusions.models import Conclusion, ConclusionState, DirectingDocument
from core import formatting
from indicators.rules.status import GOOD, Status
from projects.queries import ProjectRow
from projects.schedule_rules import Lateness
from reports.dashboards.queries.target_rows import TargetResult
from reports.documents import tables
from reports.documents.data.outlook import NextPeriod
from reports.documents.data.progress import PillarPart, ProgressReport
from reports.documents.model import ISSUER, RECEIVER
from reports.documents.scopes import AGENCY, DISTRICT, PARTS, Subject
from reports.documents.text import figures

# The numbers of names in a list, and of results of a pillar that are named.
MOST_NAMES = 6
MOST_RESULTS = 3
# The number of directing documents that are cited.
MOST_DOCUMENTS = 20
# The indicator at the beginning of a target's code: I.1 of I.1.a and of I.1a.
INDICATOR = re.compile(r"[^.]+\.\d+")


@dataclass(frozen=True)
class DueNext:
    """Targets, projects and conclusions that fall due until the end of the next period."""

    targets: Sequence[TargetResult] = ()
    projects: Sequence[ProjectRow] = ()
    orders: Sequence[Conclusion] = ()


def direction(orders: Sequence[Conclusion], reminded: int) -> tuple[str, ...]:
    """State the conclusions that were given within the report period, and how often agencies were reminded of their reports."""
    sentences = []
    given = [order for order in orders if order.given_by_id is not None]
    if given:
        subjects = "; ".join(dict.fromkeys(order.subject for order in given))
        sentences.append(f"Trong kỳ, lãnh đạo có {formatting.number(len(given))} ý kiến chỉ đạo, về: {subjects}.")
    if reminded:
        sentences.append(
            f"Cơ quan thường trực đã nhắc {formatting.number(reminded)} lượt cơ quan, đơn vị nộp phiếu báo cáo."
        )
    return tuple(sentences)


def documents(rows: Sequence[DirectingDocument], span: str = "kỳ") -> list[tuple[str, str]]:
    """Return (id, sentence): the number of directing documents issued within the report's days (span: its word), then each as
    the decree has it cited."""
    if not rows:
        return []
    cited = rows[:MOST_DOCUMENTS]
    sentences = [("van-ban", f"Trong {span}, đã ban hành {formatting.number(len(rows))} văn bản chỉ đạo, điều hành:")]
    for number, row in enumerate(cited, 1):
        is_last = number == len(cited)
        more = f" và {len(rows) - len(cited)} văn bản khác" if is_last and len(rows) > len(cited) else ""
        sentences.append((f"van-ban-{row.pk}", f"- {row.cited}{more}{'.' if is_last else ';'}"))
    return sentences


def reached(report: ProgressReport, with_names: bool = True) -> str:
    """Count the plan's indicators that hold all their targets with a threshold, and name them; empty where none has one."""
    by_indicator: dict[str, list[TargetResult]] = defaultdict(list)
    for line in report.lines:
        if line.is_judged:
            indicator = INDICATOR.match(line.target.code)
            by_indicator[indicator[0] if indicator else line.target.code].append(line)
    if not by_indicator:
        return ""
    achieved = [lines for lines in by_indicator.values() if all(line.status == Status.ACHIEVED for line in lines)]
    partly = [
        lines for lines in by_indicator.values() if lines not in achieved and any(_is_held(line) for line in lines)
    ]
    names = "; ".join(_named(line) for lines in achieved for line in lines)
    text = f"Trong {report.indicator_count} chỉ tiêu, {len(achieved)} chỉ tiêu đã đạt"
    text += f", gồm: {names}" if achieved and with_names else ""
    if partly:
        text += f"; {len(partly)} chỉ tiêu đạt một phần"
    text += f"; {len(by_indicator) - len(achieved) - len(partly)} chỉ tiêu chưa đạt"
    tracked = report.indicator_count - len(by_indicator)
    return f"{text}; {tracked} chỉ tiêu không đặt ngưỡng, chỉ theo dõi." if tracked else f"{text}."


def _is_held(line: TargetResult) -> bool:
    return line.status == Status.ACHIEVED


def _named(line: TargetResult) -> str:
    return f"{line.target.label} ({figures.value(line)})"


def highlights(part: PillarPart) -> str:
    """Name a pillar's best results with their absolute numbers: what is achieved first, and of it what moved most; empty where
    nothing is well."""
    good = [line for line in part.lines if line.status in GOOD and line.value is not None]
    good.sort(key=lambda line: (line.is_thin, line.status != Status.ACHIEVED, -(line.progress or 0)))
    if not good:
        return ""
    return f"- Về {part.title[:1].lower()}{part.title[1:]}: {'; '.join(map(_result, good[:MOST_RESULTS]))}."


def _result(line: TargetResult) -> str:
    remarks = []
    if line.numerator is not None and line.denominator:
        remarks.append(f"{formatting.number(line.numerator)}/{formatting.number(line.denominator)}")
    if line.is_judged:
        remarks.append(f"ngưỡng {tables.threshold(line).shown}")
        if line.status == Status.ON_TRACK:
            remarks.append(f"đúng tiến độ đến ngày {formatting.date(line.target.due)}")
    if line.is_thin:
        remarks.append("chưa đủ số liệu")
    result = f"{line.target.label} {figures.value(line)}"
    return f"{result} ({'; '.join(remarks)})" if remarks else result


def verdict(report: ProgressReport, previous: str) -> tuple[str, ...]:
    """Judge the whole: the share of targets that are well, how that moved since `previous`, and how many are expected to hold
    when they fall due."""
    tally = report.tally
    if not tally.judged:
        return ()
    share = formatting.percent(_percent(tally.good, tally.judged), 1)
    text = f"Tính đến ngày {formatting.date(report.period.window_last)}, {tally.good}/{tally.judged} chỉ tiêu thành phần đặt ngưỡng"
    text += f" đạt hoặc đúng tiến độ ({share})"
    before = [line.status_before for line in report.lines if line.is_judged and line.status_before is not None]
    if previous and len(before) == tally.judged and Status.NO_DATA not in before:
        moved = tally.good - sum(status in GOOD for status in before)
        way = f"tăng {moved}" if moved > 0 else f"giảm {-moved}"
        text += f", {f'{way} chỉ tiêu' if moved else 'không đổi'} so với {previous}"
    forecast = [line.forecast_holds for line in report.lines if line.forecast_holds is not None]
    sentences = [f"{text}; {len(report.bad)} chỉ tiêu không đạt, có nguy cơ không đạt hoặc cần chú ý."]
    if forecast:
        sentences.append(
            f"Nếu giữ đà, {sum(forecast)}/{len(forecast)} chỉ tiêu có dự báo sẽ giữ được ngưỡng khi đến hạn."
        )
    return tuple(sentences)


def moves(report: ProgressReport, previous: str) -> str:
    """Name the target that rose most and the one that fell most, in percent, since `previous`; empty without an earlier period."""
    moved = [
        (line.change, line)
        for line in report.lines
        if line.target.unit.startswith("%") and line.change is not None and figures.is_seen(line)
    ]
    if not previous or not moved:
        return ""
    moved.sort(key=lambda pair: pair[0])
    parts = []
    if moved[-1][0] > 0:
        parts.append(f"tăng nhiều nhất là {figures.move(moved[-1][1], 'thêm', 'lên')}")
    if moved[0][0] < 0:
        parts.append(f"giảm nhiều nhất là {figures.move(moved[0][1], 'bớt', 'còn')}")
    return f"So với {previous}, {'; '.join(parts)}."


def discipline(report: ProgressReport) -> str:
    """Count the reports of the period that are sent, and of them the approved ones."""
    sent = report.reporting
    if not sent.expected:
        return ""
    share = formatting.percent(sent.sent_share, 1)
    return (
        f"Có {sent.sent}/{sent.expected} cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng {report.period.label} ({share}), "
        f"{sent.approved} phiếu được duyệt."
    )


def to_decide(shown: int, bad: int) -> str:
    """Announce the table of decisions; state that there is none."""
    if not shown:
        return "Không có việc cần quyết trong kỳ."
    of_all = (
        f" (trong {bad} chỉ tiêu cần tập trung chỉ đạo, nêu các chỉ tiêu cần nhất)"
        if bad > tables.MOST_DECIDED[0]
        else ""
    )
    return f"Cần quyết {shown} việc sau{of_all}:"


def _percent(part: int, whole: int) -> Decimal:
    return Decimal(part * 100) / whole


def due_next(
    lines: Iterable[TargetResult],
    projects: Iterable[ProjectRow],
    orders: Iterable[Conclusion],
    after: dt.date,
    until: dt.date,
) -> DueNext:
    """Return what falls due after a day and until another: targets that are not held yet, projects that are not finished,
    conclusions not answered."""
    targets = [line for line in lines if line.is_judged and not _is_held(line) and after < line.target.due <= until]
    dated = [row for row in projects if row.project.due and after < row.project.due <= until and not _is_settled(row)]
    open_orders = [order for order in orders if order.state == ConclusionState.OPEN and after < order.due <= until]
    return DueNext(
        targets=sorted(targets, key=lambda line: line.target.due),
        projects=sorted(dated, key=lambda row: row.project.due or until),
        orders=sorted(open_orders, key=lambda order: order.due),
    )


def _is_settled(row: ProjectRow) -> bool:
    return row.standing is not None and row.standing.lateness in (Lateness.DONE, Lateness.STOPPED)


def next_tasks(
    due: DueNext, coming: NextPeriod, report: ProgressReport, subject: Subject, behind: Sequence[TargetResult]
) -> list[str]:
    """State the work of the next period: what falls due in it, the targets that are behind, and the next report.

    behind: the targets that are behind and that the issuer itself leads; in a report on a place or an agency, which works on
    them itself, all that are behind there.
    """
    sentences = []
    if due.targets:
        listed = "; ".join(
            f"{_named(line)}, hạn {formatting.date(line.target.due)}" for line in due.targets[:MOST_NAMES]
        )
        sentences.append(f"Hoàn thành các chỉ tiêu đến hạn: {listed}{_more(len(due.targets), 'chỉ tiêu')}.")
    if behind:
        listed = "; ".join(_named(line) for line in behind[:MOST_NAMES])
        doer = subject.agency.name if subject.type in (DISTRICT, AGENCY) else ISSUER
        sentences.append(
            f"{doer} tập trung thực hiện các chỉ tiêu được giao: {listed}{_more(len(behind), 'chỉ tiêu')}."
        )
    if due.projects:
        listed = "; ".join(
            f"{row.project.name} ({row.project.label}), hạn {formatting.date(row.project.due)}"
            for row in due.projects[:MOST_NAMES]
        )
        sentences.append(
            f"Hoàn thành các dự án, nhiệm vụ đến hạn: {listed}{_more(len(due.projects), 'dự án, nhiệm vụ')}."
        )
    if due.orders:
        listed = "; ".join(
            f"{order.subject} ({order.agency.name}), hạn {formatting.date(order.due)}"
            for order in due.orders[:MOST_NAMES]
        )
        sentences.append(f"Trả lời các ý kiến chỉ đạo đến hạn: {listed}{_more(len(due.orders), 'ý kiến')}.")
    unsent = [ref for ref in report.unsent if ref.pk != subject.agency.pk] if subject.type not in PARTS else []
    if subject.type == DISTRICT and unsent and not report.is_closed:
        sentences.append(f"Đôn đốc {len(unsent)} đơn vị chưa nộp phiếu báo cáo kỳ tháng {report.period.label}.")
    sentences.append(
        f"Nộp phiếu báo cáo {coming.title} chậm nhất ngày {formatting.date(coming.due_on)} (số liệu từ ngày "
        f"{formatting.date(coming.first_day)} đến ngày {formatting.date(coming.last_day)})."
    )
    return [f"- {sentence}" for sentence in sentences]


def _more(count: int, noun: str) -> str:
    return f" và {count - MOST_NAMES} {noun} khác" if count > MOST_NAMES else ""


def requests(
    report: ProgressReport, projects: Iterable[ProjectRow], subject: Subject, issuer: str, day: dt.date | None
) -> list[str]:
    """State what the receiver is asked to direct, each with the agencies and a day: targets missed, targets at risk or behind,
    overdue projects, reports still missing. Nobody asks for its own duty, nor for what is closed.

    issuer: the agency that issues, left out of those to be directed; day: by which they report.
    """
    if subject.type in (DISTRICT, AGENCY):
        return []
    until = f", báo cáo kết quả trước ngày {formatting.date(day)}" if day else ""
    missed = [line for line in report.bad if line.status == Status.MISSED]
    behind = [line for line in report.bad if line.status != Status.MISSED]
    sentences = []
    for lines, what in (
        (
            missed,
            "giải trình nguyên nhân, xác định thời hạn khắc phục đối với {count} chỉ tiêu đã đến hạn mà không đạt",
        ),
        (behind, "làm rõ nguyên nhân, có giải pháp đối với {count} chỉ tiêu có nguy cơ không đạt hoặc cần chú ý"),
    ):
        others_lead = [line for line in lines if set(line.target.lead_names) - {issuer}]
        leads = dict.fromkeys(name for line in others_lead for name in line.target.lead_names if name != issuer)
        if others_lead and leads:
            names = "; ".join(f"c{lead[1:]}" if lead.startswith("Các ") else lead for lead in leads)
            sentences.append(f"chỉ đạo {names} {what.format(count=len(others_lead))}{until}")
    overdue = [row for row in projects if row.standing and row.standing.lateness == Lateness.OVERDUE]
    if overdue:
        every = dict.fromkeys(lead.agency.name if lead.agency else str(lead) for row in overdue for lead in row.leads)
        others = [name for name in every if name != issuer]
        named = f" ({'; '.join(others)})" if others else ""
        sentences.append(
            f"chỉ đạo cơ quan chủ trì{named} của {len(overdue)} dự án, nhiệm vụ quá hạn xác định thời hạn hoàn thành{until}"
        )
    urged = replace(report, unsent=[ref for ref in report.unsent if ref.name != issuer])
    if subject.type not in PARTS and urged.unsent and report.is_over:
        # The table of reports counts the issuer too.
        noun = "cơ quan, đơn vị khác" if len(urged.unsent) < len(report.unsent) else "cơ quan, đơn vị"
        silent = (
            f"{len(urged.unsent)} {noun} {report.period.unsent_word} phiếu báo cáo kỳ này ({figures.unsent(urged)})"
        )
        sentences.append(
            f"chấn chỉnh việc chấp hành chế độ báo cáo của {silent}"
            if report.is_closed
            else f"chỉ đạo {silent} nộp trước khi kỳ đóng, ngày {formatting.date(report.period.closes_on)}"
        )
    sentences = [f"Đề nghị {RECEIVER} {sentence}." for sentence in sentences]
    return (
        [f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1)] if len(sentences) > 1 else sentences
    )
