"""The sentences of the weekly report: what changed in the week, what falls due in the next, what is late. Pure."""

from collections.abc import Sequence

from conclusions.models import Conclusion, ConclusionState, ConclusionStep
from core import formatting
from indicators.models import Basis
from projects.queries import ProjectRow
from projects.schedule_rules import Lateness
from reports.documents.data.progress import ProgressReport
from reports.documents.data.week import Step, WeekEvents
from reports.documents.model import ISSUER
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import figures, formal
from reports.documents.text.outlook import DueNext

MOST_NAMES = 6
# The states of projects that are late.
LATE = (Lateness.OVERDUE, Lateness.BLOCKED, Lateness.SLIPPING)


def opening(request: ReportRequest, report: ProgressReport) -> tuple[str, ...]:
    """Return the first sentences: the plan, the days of the week, and of which day the figures are."""
    week, period = request.report_period, request.period
    kind = "số chính thức" if request.basis == Basis.OFFICIAL else "số tạm tính"
    state = "đã đóng" if report.is_closed else f"đóng ngày {formatting.date(period.closes_on)}, số có thể còn thay đổi"
    return (
        f"Thực hiện {formal.cited(request.plan)}, {ISSUER} báo cáo tình hình {week.title.split(' (')[0]}{request.subject.of}, "
        f"từ ngày {formatting.date(week.first_day)} đến ngày {formatting.date(week.last_day)}.",
        f"Số liệu chỉ tiêu là {kind} đến ngày {formatting.date(period.window_last)}, của kỳ {period.month_name} ({state}).",
    )


def reports_of(events: WeekEvents) -> str:
    """Count the agencies' reports that were handed in and decided on."""
    parts = [
        (events.submitted, "phiếu báo cáo được nộp lần đầu"),
        (events.approved, "phiếu được duyệt"),
        (events.returned, "phiếu bị trả lại"),
    ]
    listed = ", ".join(f"{formatting.number(count)} {label}" for count, label in parts if count)
    return (
        f"Trong tuần có {listed}." if listed else "Trong tuần không có phiếu báo cáo nào được nộp, duyệt hoặc trả lại."
    )


def conclusions(orders: Sequence[Conclusion], request: ReportRequest) -> str:
    """Count what happened to the leader's conclusions in the week; empty where nothing did."""
    first, last = request.report_period.first_day, request.report_period.last_day

    def is_within(moment: object) -> bool:
        return first <= formatting.local(moment).date() <= last  # type: ignore[arg-type]

    steps = [step for order in orders for step in order.steps.all() if is_within(step.at)]
    counts = (
        (sum(is_within(order.given_at) for order in orders if order.given_by_id is not None), "được giao"),
        (sum(step.kind == ConclusionStep.Kind.ANSWER for step in steps), "được trả lời"),
        (sum(step.kind == ConclusionStep.Kind.CLOSE for step in steps), "kết thúc"),
    )
    listed = ", ".join(f"{formatting.number(count)} ý kiến {word}" for count, word in counts if count)
    return f"Về ý kiến chỉ đạo của lãnh đạo: {listed}." if listed else ""


def done(events: WeekEvents) -> list[str]:
    """Name the milestones of projects that were done in the week."""
    return _steps("Dự án, nhiệm vụ có mốc hoàn thành trong tuần", events.done, "xong ngày")


def coming(due: DueNext, events: WeekEvents) -> list[str]:
    """State what falls due in the next week; say so where nothing does."""
    sentences = [
        f"- {one.word.capitalize()} phiếu báo cáo {one.month}: hạn ngày {formatting.date(one.day)}."
        for one in events.deadlines
    ]
    sentences += [
        f"- Chỉ tiêu {line.target.label} ({line.target.code}): hạn ngày {formatting.date(line.target.due)}."
        for line in due.targets
    ]
    sentences += [
        f"- Dự án, nhiệm vụ {row.project.name} ({row.project.label}): hạn ngày {formatting.date(row.project.due)}."
        for row in due.projects
    ]
    sentences += [
        f"- Ý kiến chỉ đạo về {order.subject} ({order.agency.name}): hạn ngày {formatting.date(order.due)}."
        for order in due.orders
    ]
    sentences += _steps("Mốc của dự án, nhiệm vụ", events.coming, "hạn ngày")
    return sentences or [f"Đến ngày {formatting.date(events.until)} không có việc nào đến hạn."]


def late(projects: Sequence[ProjectRow], orders: Sequence[Conclusion], request: ReportRequest) -> list[str]:
    """Name the projects and the conclusions that are late on the week's last day."""
    day = request.report_period.last_day
    sentences = [
        formal.late_project(row, row.standing) for row in projects if row.standing and row.standing.lateness in LATE
    ]
    overdue = [order for order in orders if order.state == ConclusionState.OPEN and order.due < day]
    return sentences + [
        f"- Ý kiến chỉ đạo về {order.subject} ({order.agency.name}): hạn {formatting.date(order.due)}, chưa trả lời."
        for order in overdue
    ]


def unsent(report: ProgressReport) -> str:
    """Name the agencies whose reports are late; empty before their day, and once no report is taken any more."""
    if not report.unsent or not report.is_over or report.is_closed:
        return ""
    return (
        f"- {formatting.number(len(report.unsent))} cơ quan, đơn vị {report.period.unsent_word} phiếu báo cáo kỳ tháng "
        f"{report.period.label}, đã quá hạn ({figures.unsent(report)})."
    )


def changed(rows: Sequence[Restated]) -> str:
    """Announce the figures that differ from those of the last weekly report that was published, both as of the same day."""
    if not rows:
        return ""
    count = formatting.number(len(rows))
    return f"So với báo cáo tuần phát hành gần nhất, tính đến cùng ngày, số của {count} chỉ tiêu thành phần thay đổi:"


def closing(request: ReportRequest) -> str:
    """Return the last sentence."""
    return f"Trên đây là tình hình {request.report_period.title.split(' (')[0]}; {ISSUER} trân trọng báo cáo"


def _steps(title: str, steps: Sequence[Step], word: str) -> list[str]:
    if not steps:
        return []
    listed = "; ".join(f"{one.project}, {one.name}, {word} {formatting.date(one.day)}" for one in steps[:MOST_NAMES])
    more = f" và {len(steps) - MOST_NAMES} mốc khác" if len(steps) > MOST_NAMES else ""
    return [f"- {title}: {listed}{more}."]
