"""The sentences of formal reports beside those of `figures`: about the report's period, its projects, the reporting
discipline. Pure."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from conclusions.models import Conclusion, ConclusionState
from core import formatting
from data_calls.models import AnswerState
from data_calls.queries import CallTable
from indicators.models import Basis, Charge, Plan
from indicators.rules.status import SMALL
from indicators.targets.charges.queries import BehindAgency
from projects.queries import ProjectList, ProjectRow, SectionRows
from projects.schedule_rules import WORDS, Lateness
from projects.status import Standing
from reports.dashboards.queries.target_rows import TargetResult
from reports.documents import tables
from reports.documents.data.contributions import Contribution
from reports.documents.data.explanatory_notes import AgencyNote
from reports.documents.data.progress import ProgressReport, Record
from reports.documents.model import ISSUER, Block, Paragraph, bind
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import figures as text_figures

MOST_NAMES = 6


# The names of kinds of documents that a plan's title may begin with, and may be cited by.
KINDS_OF_PLAN = ("Kế hoạch", "Chương trình", "Đề án", "Quyết định", "Nghị quyết")


def abstract(request: ReportRequest, what: str = "Kết quả thực hiện ", things: str = "các chỉ tiêu") -> str:
    """Return `Kết quả thực hiện Kế hoạch Chuyển đổi số tỉnh Hoa Lâm tháng 8 năm 2026`; of a district `… trên địa bàn huyện
    Yên Sơn, tháng 8 năm 2026`; of some of the plan's targets or projects (things) `Kết quả thực hiện các chỉ tiêu do Sở Y
    tế chủ trì thuộc Kế hoạch …`."""
    plan, period = request.plan.title.removesuffix(f" năm {request.plan.years}"), request.report_period.title
    if request.subject.share:
        return f"{what}{things} {request.subject.share} thuộc {plan}, {period}"
    return f"{what}{plan}{f'{request.subject.of},' if request.subject.of else ''} {period}"


def cited(plan: Plan) -> str:
    """Return a plan as the decree has documents cited: `Kế hoạch số 12/KH-UBND ngày 05 tháng 6 năm 2026 của UBND tỉnh Hoa
    Lâm về chuyển đổi số tỉnh Hoa Lâm năm 2026`; by its title alone while its number is not known."""
    kind = next((kind for kind in KINDS_OF_PLAN if plan.title.startswith(f"{kind} ")), "")
    if not plan.number:
        return plan.title
    day = f" {formatting.document_date(plan.issued_on)}" if plan.issued_on else ""
    issued = f"số {plan.number}{day} của {plan.issuer}"
    subject = plan.title.removeprefix(f"{kind} ")
    if not kind or subject.startswith("năm "):
        return f"{plan.title} ({issued})"
    subject = subject.removeprefix("về ")
    return f"{kind} {issued} về {subject[:1].lower() if subject[1:2].islower() else subject[:1]}{subject[1:]}"


def closing(request: ReportRequest) -> str:
    """Return the last sentence of a report to a superior agency."""
    return f"Trên đây là kết quả {request.report_period.title}; {ISSUER} trân trọng báo cáo"


def opening(request: ReportRequest, figures: bool = True, things: str = "các chỉ tiêu") -> str:
    """Return the first sentence: the plan, the days of the figures, their basis, the subject; things: what it reports on of
    a part of the plan."""
    report_period, subject = request.report_period, request.subject
    of_days = (
        f"số liệu từ ngày {formatting.date(report_period.first_day)} đến ngày {formatting.date(report_period.last_day)}"
    )
    kind = f"; {'số chính thức' if request.basis == Basis.OFFICIAL else 'số tạm tính'}" if figures else ""
    what = f"kết quả {report_period.title}{subject.of}"
    if subject.share:
        what = f"kết quả thực hiện {things} {subject.share}, {report_period.title}"
    return f"Thực hiện {cited(request.plan)}, {ISSUER} báo cáo {what} ({of_days}{kind}) như sau:"


def charge(duty: Charge) -> str:
    """State the duty that an agency has over the targets of its charge, and its ground."""
    return (
        f"Theo mục {duty.code} của Kế hoạch, {duty.agency.name} được giao {duty.duties} các chỉ tiêu thành phần này; căn cứ: "
        f"{duty.legal_ground}."
    )


def behind(rows: Sequence[BehindAgency]) -> str:
    """Count the agencies that are behind on a charge's targets, and those that were reminded."""
    if not rows:
        return "Không có cơ quan, đơn vị nào cần đôn đốc."
    unreported = sum(bool(row.unreported) for row in rows)
    under = sum(bool(row.under) for row in rows)
    reminded = sum(row.reminder is not None for row in rows)
    return (
        f"Có {formatting.number(len(rows))} cơ quan, đơn vị cần đôn đốc: {formatting.number(unreported)} nơi chưa báo cáo, "
        f"{formatting.number(under)} nơi có chỉ tiêu dưới mức cần đạt. Đã nhắc {formatting.number(reminded)} nơi trong kỳ."
    )


def conclusions(rows: Sequence[Conclusion], today: dt.date, given: int = 0) -> str:
    """Count the leader's conclusions by their state; given: how many of them are of the report's own period."""
    late = sum(row.is_overdue(today) for row in rows)
    counts = Counter(ConclusionState(row.state) for row in rows)
    parts = [
        (counts[ConclusionState.CLOSED], "đã kết thúc"),
        (counts[ConclusionState.ANSWERED], "đã trả lời, chờ kết thúc"),
        (counts[ConclusionState.OPEN] - late, "đang thực hiện"),
        (late, "quá hạn chưa trả lời"),
    ]
    listed = ", ".join(f"{formatting.number(count)} {label}" for count, label in parts if count)
    of_period = f", trong đó {formatting.number(given)} ý kiến ra trong kỳ này" if 0 < given < len(rows) else ""
    return f"Có {formatting.number(len(rows))} ý kiến chỉ đạo của lãnh đạo được theo dõi{of_period}: {listed}."


def data_call(table: CallTable) -> str:
    """State who was asked by a data call, who has answered, and who still owes or mends an answer."""
    call = table.call
    agencies, sent, approved = (
        formatting.number(count) for count in (table.asked_count, table.sent_count, table.approved_count)
    )
    ground = f" ({call.ground})" if call.ground else ""
    parts = [f"Về “{call.title}”{ground}: {sent} trên {agencies} đơn vị được yêu cầu đã nộp, {approved} đã duyệt"]
    for state, label in ((AnswerState.WAITING, "chưa nộp"), (AnswerState.RETURNED, "phải sửa để nộp lại")):
        names = [text_figures.place(answer.agency.place_name) for answer in table.owing if answer.state == state]
        more = f" và {formatting.number(len(names) - MOST_NAMES)} đơn vị khác" if len(names) > MOST_NAMES else ""
        parts += [f"{label}: {', '.join(names[:MOST_NAMES])}{more}"] if names else []
    return f"{'; '.join(parts)}."


def overall(report: ProgressReport, request: ReportRequest) -> tuple[str, ...]:
    """Count the targets by status."""
    text = text_figures.overall(report)
    if request.subject.of and report.lines:
        text = text.replace("chỉ tiêu thành phần của", f"chỉ tiêu thành phần{request.subject.of}, thuộc", 1)
    return (text,)


def reasons(line: TargetResult, notes: Sequence[AgencyNote]) -> str:
    """Return `- Hoạt động kiểm tra… (I.8, 18,21%): Sở Y tế nêu: “…”; Sở Xây dựng nêu: “…”.`"""
    quotes = "; ".join(f"{one.agency}{_share_of_lack(one)} nêu: “{one.note.rstrip('.')}”" for one in notes)
    return f"- {line.target.label} ({line.target.code}, {text_figures.value(line)}): {quotes}."


def shortfall(line: TargetResult, parts: Sequence[tuple[str, Fraction]]) -> str:
    """State which agencies make up most of what a target lacks, where none of them has explained it."""
    listed = "; ".join(f"{name} {_percent(share)}" for name, share in parts)
    return (
        f"- {line.target.label} ({line.target.code}, {text_figures.value(line)}): phần còn thiếu nhiều nhất ở {listed}; chưa có "
        "giải trình."
    )


def _percent(share: Fraction) -> str:
    return formatting.percent(Decimal(round(share * 100)), 0)


def _share_of_lack(one: AgencyNote) -> str:
    """Return ` (32% phần còn thiếu)`; empty where the target is not made of several agencies' parts."""
    if one.share is None:
        return ""
    return f" ({_percent(one.share)} phần còn thiếu)"


def answered_causes(orders: Sequence[Conclusion]) -> list[tuple[str, str]]:
    """Return (target's code, sentence) of each missed target whose responsible agency has explained it: cause, remedy, day."""
    sentences = []
    for order in orders:
        answer = next((step for step in reversed(order.steps.all()) if step.cause), None)
        if order.target is not None and answer is not None:
            sentences.append(
                (
                    order.target.code,
                    f"- {order.target.label} ({order.target.code}): {order.agency.name} giải trình: {answer.words}",
                )
            )
    return sentences


def contributions(changes: Sequence[Contribution]) -> list[tuple[str, str]]:
    """Return (target's code, sentence) of each change that is split into its reporters' parts
    (`data.contributions`)."""
    return [(one.code, _contribution(one)) for one in changes]


def _contribution(one: Contribution) -> str:
    way = "tăng" if one.total > 0 else "giảm"
    size = formatting.difference(abs(one.total), one.unit, points=text_figures.POINTS).removeprefix("+")
    parts = "; ".join(
        f"{name} {formatting.difference(part, one.unit, points=text_figures.POINTS)}" for name, part in one.parts
    )
    rest = (
        f"; các nơi còn lại {formatting.difference(one.rest, one.unit, points=text_figures.POINTS)}"
        if one.has_rest
        else ""
    )
    of = f"{one.code}, lũy kế" if one.is_cumulative else one.code
    return f"- {one.label} ({of}) {way} {size}, trong đó {parts}{rest}."


def redefined(report: ProgressReport) -> str:
    """Name the targets that are judged by another definition than the plan's first."""
    return f"Chỉ tiêu thành phần có định nghĩa đã thay đổi: {'; '.join(report.redefined)}." if report.redefined else ""


def restated(rows: Sequence[Restated]) -> str:
    """State that earlier figures were corrected."""
    if not rows:
        return ""
    codes = ", ".join(row.code for row in rows)
    return f"Số liệu đã báo cáo kỳ trước của {len(rows)} chỉ tiêu thành phần ({codes}) được điều chỉnh như sau:"


def projects(project_list: ProjectList, request: ReportRequest, *, with_money: bool, lead: str = "") -> tuple[str, ...]:
    """Count the projects by status and by their leads' reports, state the money paid, and announce the late ones. lead:
    the code of the only agency reported on; of a project that it shares, only its own money."""
    rows = project_list.rows
    counts = Counter(row.standing.word for row in rows if row.standing)
    sentences = [f"Có {len(rows)} dự án, nhiệm vụ."]
    if counts:
        labels = [WORDS[one] for one in Lateness]
        counts_text = ", ".join(f"{counts[word]} {word[:1].lower()}{word[1:]}" for word in labels if counts[word])
        day = formatting.date(request.report_period.last_day)
        sentences = [f"Xét tại ngày {day}, có {len(rows)} dự án, nhiệm vụ: {counts_text}."]
    totals = project_list.summary
    if totals.stages:
        counts_text = "; ".join(f"{label[:1].lower()}{label[1:]}: {number}" for _, label, number in totals.stages)
        sentences.append(f"Theo báo cáo của cơ quan chủ trì: {counts_text}.")
    if with_money:
        counts_of_money = [one for one in totals.leads if one.code == lead] if lead else [totals.whole]
        sentences += [one.money.words for one in counts_of_money if one.money.is_known]
    late = [row for row in rows if row.standing and row.standing.is_late]
    if late:
        sentences.append(f"{len(late)} dự án, nhiệm vụ cần xử lý:")
    elif counts:
        sentences.append("Không có dự án, nhiệm vụ nào quá hạn, chậm mốc, tạm dừng hoặc sắp đến hạn.")
    return tuple(sentences)


def projects_in_brief(project_list: ProjectList, *, with_money: bool) -> str:
    """Count the projects, those that need attention and the finished ones, and state the money paid, in one sentence."""
    rows = [row for row in project_list.rows if row.standing]
    late = sum(row.standing.is_late for row in rows if row.standing)
    done = sum(row.standing.word == WORDS[Lateness.DONE] for row in rows if row.standing)
    text = f"Có {len(project_list.rows)} dự án, nhiệm vụ: {done} hoàn thành, {late} cần xử lý"
    money = project_list.summary.whole.money
    return f"{text}; {money.words[:1].lower()}{money.words[1:]}" if with_money and money.is_known else f"{text}."


def late_projects(project_list: ProjectList) -> list[tuple[str, str]]:
    """Return (project's code, sentence) of each that needs attention: its name and the reason."""
    late = [
        (row, row.standing)
        for section in project_list.sections
        for row in section.rows
        if row.standing and row.standing.is_late
    ]
    return [(row.project.label, late_project(row, standing)) for row, standing in late]


def late_project(row: ProjectRow, standing: Standing) -> str:
    """Return `- Name (DA I.1): quá hạn, reason.`"""
    reason = standing.reason.rstrip(".")
    if reason[1:2].islower():
        reason = f"{reason[:1].lower()}{reason[1:]}"
    return f"- {row.project.name} ({row.project.label}): {standing.word.lower()}{f', {reason}' if reason else ''}."


def project_section(section: SectionRows) -> str:
    """Describe one group of projects: their number, the late ones, and the first day on which one is due."""
    due = [row.project.due for row in section.rows if row.project.due]
    first = f"; hạn gần nhất ngày {formatting.date(min(due))}" if due else ""
    late = f"; {section.late_count} cần xử lý" if section.late_count else ""
    return f"{section.section}: {len(section.rows)} dự án, nhiệm vụ{late}{first}."


def project_task(project_list: ProjectList) -> str:
    """State the request to the agencies that lead projects."""
    late = sum(section.late_count for section in project_list.sections)
    if late:
        return (
            f"Đề nghị cơ quan chủ trì của {late} dự án, nhiệm vụ cần xử lý báo cáo nguyên nhân và thời hạn hoàn thành."
        )
    return "Đề nghị các cơ quan chủ trì bảo đảm tiến độ, kịp thời báo cáo khó khăn, vướng mắc."


def discipline(records: Sequence[Record], request: ReportRequest) -> str:
    """Count all reports of the report period together (in time, late, never sent), and the figures accepted on time."""
    due = sum(record.due for record, _ in records)
    if not due:
        return ""
    on_time = sum(record.on_time for record, _ in records)
    late, missing = (sum(record.states.count(state) for record, _ in records) for state in ("late", "missing"))
    share = formatting.percent(_share(on_time, due), 1)
    in_time = f"{formatting.number(on_time)}/{formatting.number(due)} lượt phiếu nộp đúng hạn ({share})"
    return (
        f"Tính cả {request.report_period.title}, có {in_time}, "
        f"{formatting.number(late)} lượt nộp muộn, {formatting.number(missing)} lượt quá hạn không nộp."
        f"{_accepted(records)}"
    )


def _accepted(records: Sequence[Record]) -> str:
    """Count the figures accepted on time, of those due; empty before a review deadline has passed."""
    accepted, due = (sum(getattr(record.figures, name) for record, _ in records) for name in ("accepted", "due"))
    if not due:
        return ""
    share = formatting.percent(_share(accepted, due), 1)
    return (
        f" Của các kỳ đã qua hạn duyệt, {formatting.number(accepted)}/{formatting.number(due)} số liệu phải nộp "
        f"được duyệt đúng hạn ({share})."
    )


def _share(part: int, whole: int) -> Decimal:
    return Decimal(part * 100) / whole


def unsent(report: ProgressReport) -> str:
    """Name the agencies that sent no report of the last period."""
    if not report.unsent:
        return f"Tất cả cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng {report.period.label}."
    over = ", đã quá hạn" if report.is_over else f", hạn nộp ngày {formatting.date(report.period.due_on)}"
    over = "" if report.is_closed else over
    return (
        f"{report.period.unsent_word.capitalize()} phiếu báo cáo kỳ tháng {report.period.label}{over}: {len(report.unsent)} cơ "
        f"quan, đơn vị ({text_figures.unsent(report)}); danh sách tại Phụ lục."
    )


def least_punctual(records: Sequence[Record]) -> str:
    """Name the agencies that were late or sent nothing most often."""
    worst = [record for record, _ in records if record.states.count("late") + record.states.count("missing") > 1]
    worst.sort(key=lambda record: (-record.states.count("missing"), -record.states.count("late")))
    if not worst:
        return ""
    named = ", ".join(f"{text_figures.named(record.agency)} ({_times(record.states)})" for record in worst[:MOST_NAMES])
    more = f" và {len(worst) - MOST_NAMES} đơn vị khác" if len(worst) > MOST_NAMES else ""
    return f"Nộp muộn hoặc không nộp từ hai lần trở lên: {named}{more}."


def _times(states: Sequence[str]) -> str:
    counts = ((states.count("late"), "muộn"), (states.count("missing"), "không nộp"))
    return ", ".join(f"{count} lần {word}" for count, word in counts if count)


def discipline_task(report: ProgressReport) -> str:
    """State the request to the agencies that sent nothing."""
    if report.unsent and report.is_over:
        act = "rút kinh nghiệm, nộp đúng hạn các kỳ sau" if report.is_closed else "khẩn trương nộp phiếu báo cáo"
        return f"Đề nghị {len(report.unsent)} cơ quan, đơn vị {report.period.unsent_word} {act}."
    return "Đề nghị các cơ quan, đơn vị tiếp tục nộp phiếu báo cáo đúng hạn."


def method(request: ReportRequest) -> list[Block]:
    """Return the annex on statuses and calculation."""
    least = formatting.percent(request.plan.min_coverage, 0)
    sentences = [
        "Tỷ lệ của một địa bàn, của tỉnh bằng tổng tử số chia tổng mẫu số của các đơn vị, không phải trung bình các tỷ lệ.",
        f"Chỉ tiêu thành phần phát sinh trong kỳ được cộng dồn từ {request.plan.sums_begin}, ghi “lũy kế”; cột “Trong kỳ” là số "
        "của riêng kỳ báo cáo.",
        "Chỉ tiêu thành phần hiện có cuối kỳ lấy số gần nhất của mỗi đơn vị, không cộng các kỳ.",
        "Mức cần đạt đến nay nằm trên đường thẳng từ giá trị xuất phát, hoặc giá trị đầu tiên có được, đến ngưỡng vào ngày hạn, "
        "qua các mốc đã định; chỉ tiêu thành phần phải giữ ngưỡng ở mọi kỳ thì mức đó là ngưỡng.",
        "Dự báo là giá trị khi đến hạn nếu giữ đà, có từ 4 kỳ trở lên: đường thẳng qua 6 kỳ gần nhất; chỉ tiêu lũy kế thì cộng các "
        "kỳ còn lại như trung vị 6 kỳ gần nhất. Trong ngoặc là khoảng có thể.",
        "Tỷ lệ phải giữ ở mọi kỳ có ghi “đạt k/m kỳ”: trong m kỳ có số, k kỳ giữ được ngưỡng.",
        f"Chỉ tiêu thành phần có dưới {least} số đơn vị có số liệu được ghi “chưa đủ số liệu”.",
        "Số chính thức chỉ gồm phiếu đã duyệt; số tạm tính gồm cả phiếu đã nộp chưa duyệt.",
        "Dự báo ghi “gần 100%” khi đường kéo dài chạm mức cao nhất có thể mà đầu dưới của khoảng chưa giữ được ngưỡng: chưa "
        "chứng tỏ sẽ đạt.",
        f"Tỷ lệ của riêng một đơn vị có mẫu số dưới {SMALL} được ghi “mẫu nhỏ”: một trường hợp cũng làm thay đổi lớn.",
    ]
    return [tables.glossary(), *(Paragraph((bind(f"cach-tinh-{n}", f"- {s}"),)) for n, s in enumerate(sentences, 1))]
