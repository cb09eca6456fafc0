"""The progress report of the targets: the plan's own report, for every report period and every subject."""

from agencies.models import User
from core import clock, formatting
from indicators.targets.charges.queries import agencies_behind
from projects.models import Project
from projects.queries import ProjectFilter, ProjectList, project_list
from projects.status import moment_of_report
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.timeliness import Agencies
from reports.documents import scopes, sections, tables
from reports.documents.data import explanatory_notes, progress
from reports.documents.data.conclusions import conclusions_of, documents_of
from reports.documents.data.contributions import contributions
from reports.documents.data.data_calls import data_calls_of
from reports.documents.data.means import means, own_parts
from reports.documents.data.outlook import next_period, reminders_sent
from reports.documents.data.verbatim import commitments_of, described_targets, indicators_of
from reports.documents.model import Annex, Document, Table
from reports.documents.periods import PERIOD_TYPES
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import figures, formal, outlook
from reports.documents.types import Paper, ReportType


def compose(request: ReportRequest, restated: list[Restated], user: User) -> Document:
    """Compose the document. About twenty queries, whatever the number of agencies."""
    subject, report_period = request.subject, request.report_period
    report = progress.build(request, user)
    refs = timeliness.agencies_for(user, subject.reporters(report_period.last_day), report_period.last_day)
    parts = own_parts(request, report.lines)
    notes = explanatory_notes.notes_of(request, report.bad, refs, parts)
    orders, projects, today = conclusions_of(request), projects_of(request), clock.today()
    issuer, coming = issuer_of_subject(subject), next_period(request)
    charge = subject.charge
    behind = agencies_behind(charge, request.period, request.basis) if charge else []
    whole = subject.type in (scopes.PROVINCE, scopes.DISTRICT)
    paper = Paper()
    paper.say("mo-dau", formal.opening(request))
    paper.say("can-cu", formal.charge(charge) if charge else "")

    paper.section("CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH", sections.DIRECTION)
    for code, sentence in outlook.documents(documents_of(request)):
        paper.say(code, sentence)
    given = [order for order in orders if formatting.local(order.given_at).date() >= report_period.first_day]
    paper.say("dieu-hanh", *outlook.direction(given, reminders_sent(request, refs) if whole else 0))
    paper.room("them-dieu-hanh")

    paper.section("KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU")
    if len(report.pillars) > 1:
        paper.part("Kết quả chung")
    paper.say("chung", *formal.overall(report, request))
    paper.say("dat", outlook.reached(report))
    paper.add(tables.by_pillar(report) if len(report.pillars) > 1 else None)
    if len(report.pillars) > 1:
        paper.part("Kết quả theo trụ cột")
        for number, part in enumerate((part for part in report.pillars if part.tally.judged), 1):
            paper.say(f"tru-cot-{number}", figures.pillar(part))
    if whole and figures.places(report.children):
        paper.part("Kết quả theo địa bàn")
        paper.say("dia-ban", figures.places(report.children))
        paper.add(tables.share_by_place(report))
    paper.room("them-ket-qua")

    paper.section("KẾT QUẢ NỔI BẬT", sections.RESULTS)
    for number, part in enumerate(report.pillars, 1):
        paper.say(f"noi-bat-{number}", outlook.highlights(part))
    paper.room("them-noi-bat")

    paper.section("TỒN TẠI, HẠN CHẾ VÀ NGUYÊN NHÂN", sections.LIMITS)
    paper.say("tap-trung", figures.focus(report))
    paper.add(tables.focus(report))
    answered = formal.answered_causes(orders)
    explained = {*notes, *(order.target_id for order in orders if order.target_id and order.answer)}
    shortfalls = explanatory_notes.shortfalls_of(report.bad, refs, parts, explained)
    if notes or answered:
        paper.say("nguyen-nhan", "Nguyên nhân, theo giải trình của các cơ quan, đơn vị:")
        for code, sentence in answered:
            paper.say(f"giai-trinh-{code}", sentence)
        for line in report.bad:
            if line.target.pk in notes:
                paper.say(f"nguyen-nhan-{line.target.code}", formal.reasons(line, notes[line.target.pk]))
    if shortfalls:
        paper.say("con-thieu", "Phần còn thiếu so với ngưỡng tập trung ở các cơ quan, đơn vị sau:")
        for line in report.bad:
            if line.target.pk in shortfalls:
                paper.say(f"con-thieu-{line.target.code}", formal.shortfall(line, shortfalls[line.target.pk]))
    paper.room("khach-quan")
    paper.room("chu-quan")
    paper.room("them-tap-trung")

    if charge is not None:
        paper.section("CƠ QUAN, ĐƠN VỊ CẦN ĐÔN ĐỐC")
        paper.say("don-vi-cham", formal.behind(behind))
        paper.room("them-don-vi-cham")

    if report.previous is not None:
        paper.section(f"THAY ĐỔI SO VỚI {report_period.previous_title.upper()}", sections.CHANGES)
        paper.say("thay-doi", *figures.changes(report, report_period.previous_title))
        for code, sentence in formal.contributions(contributions(request, report.lines)):
            paper.say(f"dong-gop-{code}", sentence)
        paper.say("dieu-chinh", formal.restated(restated))
        paper.add(tables.restated(restated))
        paper.room("them-thay-doi")

    if projects is not None:
        paper.section("DỰ ÁN, NHIỆM VỤ", sections.PROJECTS)
        paper.say("du-an", *formal.projects(projects, request, with_money=user.reads_everything, lead=_lead(subject)))
        for code, sentence in formal.late_projects(projects):
            paper.say(f"du-an-{code}", sentence)
        paper.room("them-du-an")

    if orders:
        paper.section("THỰC HIỆN Ý KIẾN CHỈ ĐẠO KỲ TRƯỚC", sections.ORDERS)
        paper.say("chi-dao", formal.conclusions(orders, today, sum(order.given_by_id is not None for order in given)))
        paper.add(tables.conclusions(orders, today))
        paper.room("them-chi-dao")

    calls = data_calls_of(request)
    if calls:
        paper.section("KẾT QUẢ BÁO CÁO ĐỘT XUẤT, CHUYÊN ĐỀ")
        for call in calls:
            paper.say(f"dot-xuat-{call.call.pk}", formal.data_call(call))
            paper.add(tables.data_call(call))
        paper.room("them-dot-xuat")

    if subject.type not in scopes.PARTS:
        paper.section("CHẤP HÀNH CHẾ ĐỘ BÁO CÁO", sections.DISCIPLINE)
        paper.say("che-do", *figures.reporting(report))
        paper.add(tables.levels(report.period, report.levels) if len(report.levels) > 1 else None)
    paper.say("co-so", figures.basis(report), formal.redefined(report))
    paper.room("them-che-do")

    paper.section("ĐÁNH GIÁ CHUNG", sections.VERDICT)
    paper.say("danh-gia", *outlook.verdict(report, report_period.previous_title))
    paper.room("them-danh-gia")

    rows = projects.rows if projects is not None else []
    paper.section("NHIỆM VỤ TRỌNG TÂM KỲ TỚI", sections.NEXT)
    if coming is not None:
        due = outlook.due_next(report.lines, rows, orders, report_period.last_day, coming.last_day)
        behind_of_issuer = [line for line in report.bad if not subject.is_province or issuer in line.target.lead_names]
        for number, sentence in enumerate(outlook.next_tasks(due, coming, report, subject, behind_of_issuer), 1):
            paper.say(f"trong-tam-{number}", sentence)
    paper.room("them-trong-tam")

    paper.section("ĐỀ XUẤT, KIẾN NGHỊ", sections.REQUESTS)
    until = coming.due_on if coming is not None else None
    for number, sentence in enumerate(outlook.requests(report, rows, subject, issuer, until), 1):
        paper.say(f"kien-nghi-{number}", sentence)
    paper.room("them-kien-nghi")
    paper.say("ket-thuc", formal.closing(request))

    annexes = [
        Annex(
            f"Kết quả {len(report.lines)} chỉ tiêu thành phần{subject.of}, {report_period.title}",
            (
                tables.targets(report, report_period.previous_title),
                *filter(None, [tables.attainment(report)]),
                *filter(None, [tables.means(means(report.lines, parts))]),
            ),
            landscape=True,
        )
        if report.lines
        else Annex("", ()),
        Annex(
            f"Kết quả theo {report.areas}, {report_period.title}",
            (tables.places(report),) if whole and report.children else (),
        ),
        Annex(
            f"Cơ quan, đơn vị chưa báo cáo hoặc dưới mức cần đạt, {report_period.title}",
            (tables.behind(behind),) if behind else (),
        ),
        Annex(
            f"Dự án, nhiệm vụ của Kế hoạch{subject.of}",
            (tables.projects(projects.sections, report_period.last_day, projects.withdrawn),)
            if projects is not None
            else (),
            landscape=True,
        ),
        Annex(
            f"Tình hình nộp phiếu báo cáo, {report_period.title}",
            (_reporters(request, refs),) if whole else (),
        ),
        Annex("Nguyên văn các chỉ tiêu của Kế hoạch", _verbatim(request)),
        Annex("Mô tả chỉ tiêu: nguồn, phạm vi, cách tính, hạn chế, đầu mối", _descriptions(request), landscape=True),
        Annex("Giải thích trạng thái và cách tính", tuple(formal.method(request))),
    ]
    return paper.document(formal.abstract(request), annexes)


def issuer_of_subject(subject: scopes.Subject) -> str:
    """Return the name of the agency that usually issues a report on a subject: it is not asked to direct itself."""
    if subject.charge is not None:
        return subject.charge.agency.name
    standing = progress.standing_agency() if subject.is_province else subject.agency
    return standing.name if standing is not None else ""


def _verbatim(request: ReportRequest) -> tuple[Table, ...]:
    """Return the indicators as they were signed; nothing in the report of a place or an agency, which is about
    results."""
    if not request.subject.is_province:
        return ()
    indicators, commitments = indicators_of(request), commitments_of(request)
    shown = [tables.verbatim(request.plan, indicators)] if indicators else []
    return (*shown, tables.commitments(commitments)) if commitments else tuple(shown)


def _descriptions(request: ReportRequest) -> tuple[Table, ...]:
    """Return the metadata of the targets; nothing in the report of a place or an agency, which is about results."""
    targets = described_targets(request) if request.subject.is_province else []
    return (tables.descriptions(targets),) if targets else ()


def _reporters(request: ReportRequest, refs: Agencies) -> Table:
    return tables.reporters(progress.records(request, refs, clock.today()), request.report_period.own, refs)


def projects_of(request: ReportRequest) -> ProjectList | None:
    """Return the projects that belong to the report: all of the province's, a lead agency's own; None where there are
    none."""
    if request.subject.type == scopes.PILLAR:
        return None
    at = moment_of_report(request, clock.today(), request.report_period.last_day)
    chosen = ProjectFilter(lead=_lead(request.subject))
    if request.subject.charge is not None:
        charged = Project.objects.filter(charges=request.subject.charge).values_list("pk", flat=True)
        chosen = ProjectFilter(among=frozenset(charged))
    projects = project_list(request.plan, chosen, at.day, at)
    return projects if projects.shown else None


def _lead(subject: scopes.Subject) -> str:
    """Return the code of the agency whose projects alone are reported; empty for the province's."""
    return subject.code if subject.type in (scopes.LEAD, scopes.AGENCY, scopes.DISTRICT) else ""


KIND = ReportType(
    id="tien-do",
    title="Báo cáo tiến độ thực hiện chỉ tiêu",
    summary="Kết quả, chỉ tiêu cần tập trung, thay đổi và nguyên nhân; phụ lục từng chỉ tiêu, từng địa bàn.",
    period_types=tuple(PERIOD_TYPES),
    subjects=tuple(scopes.TYPES),
    compose=compose,
    order=1,
    prints_results=True,
)
