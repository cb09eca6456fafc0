"""The tables of reports: query rows in, cells out. A number keeps its exact value beside the text shown."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby

from agencies.models import Level
from conclusions.models import Conclusion
from core import formatting
from data_calls.queries import CallTable
from indicators.models import Basis, Commitment, CommitmentParty, Indicator, Plan, ReportingPeriod, Target
from indicators.rollups.forecast_words import value_words
from indicators.rollups.pace_words import pace_words
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import BAD, BY_MERIT, GOOD, WORDS, Status
from indicators.submissions.kinds import share_of
from indicators.targets import metadata
from indicators.targets.charges.queries import BehindAgency, UnderLine
from projects import schedule_rules
from projects.models import Project
from projects.money import RULE
from projects.queries import ProjectRow, SectionRows
from projects.schedule_rules import Lateness
from projects.summary import Count, Summary
from reports.dashboards.queries.target_rows import TargetLine, TargetResult
from reports.dashboards.queries.timeliness import Agencies, AgencyRef, LevelReporting, agency_with
from reports.documents.data.means import Mean
from reports.documents.data.progress import ProgressReport, Record
from reports.documents.model import Bar, Chart, Column, Table, TableCell, TableRow
from reports.documents.request import Restated
from reports.documents.text.figures import good_of, shown_change

NONE = TableCell("-")
STATES = {"on_time": "Đúng hạn", "late": "Muộn", "waiting": "Chưa đến hạn", None: "-"}  # missing: by the period
# The states of projects on whose time somebody has to decide.
DECIDED_PROJECTS = (Lateness.OVERDUE, Lateness.BLOCKED)
STATE_SIGNS = {"on_time": "Đ", "late": "M", "missing": "K", "waiting": "-", None: "-"}


def text(shown: object) -> TableCell:
    """Return a cell of text."""
    return TableCell(str(shown))


def corrected(pieces: Sequence[tuple[str, bool]], signed: str) -> TableCell:
    """Return a cell of a text of the plan, its corrected words marked, the signed text below; signed: empty where
    nothing was corrected."""
    if not signed:
        return TableCell(" ".join(part for part, _ in pieces))
    last = len(pieces) - 1
    # The blanks between pieces are not marked.
    spaced = [
        (part if is_marked else f"{' ' * (index > 0)}{part}{' ' * (index < last)}", is_marked)
        for index, (part, is_marked) in enumerate(pieces)
    ]
    parts = (*spaced, (f"\nBản ký ghi: “{signed}”", False))
    return TableCell("".join(part for part, _ in parts), parts=parts)


def count(number: int) -> TableCell:
    """Return a cell of a whole number; a dash for zero, as tables of documents write it."""
    return TableCell(formatting.number(number), str(number)) if number else NONE


def of(part: int, whole: int) -> TableCell:
    """Return `19/29`; a dash where there is no whole."""
    if not whole:
        return NONE
    return TableCell(f"{formatting.number(part)}/{formatting.number(whole)}", pair=(str(part), str(whole)))


def figure(value: Decimal | None, target: TargetLine, decimals: int, short: bool = True) -> TableCell:
    """Return a cell of a target's value; with its unit only where it is short or `short` is False."""
    if value is None:
        return NONE
    unit = target.unit if not short or target.unit.startswith("%") and len(target.unit) < 4 else ""
    return TableCell(formatting.with_unit(formatting.number(value, decimals), unit), format(value, "f"), decimals, unit)


def decimals_of(line: TargetResult) -> int:
    """Return the number of decimals that do not contradict a row's status."""
    target = line.target
    limit, comparator = (target.threshold, target.comparator) if line.is_judged else (None, None)
    return formatting.figure_decimals(line.value, target.unit, limit, comparator, None, line.required)


def threshold(line: TargetResult) -> TableCell:
    """Return a cell of a row's threshold; a dash where it is not judged."""
    target = line.target
    if not line.is_judged:
        return NONE
    unit = "%" if target.unit.startswith("%") else ""
    return TableCell(formatting.threshold(target.threshold, unit, target.comparator))


def change(line: TargetResult) -> TableCell:
    """Return a cell of a row's change since the period before; a dash where there is none."""
    moved = shown_change(line)
    if moved is None:
        return NONE
    decimals = 0 if line.target.rules.is_whole else 2
    return TableCell(formatting.signed(moved, decimals), format(moved, "f"), decimals, signed=True)


def word(line: TargetResult) -> TableCell:
    """Return a cell of the status with its remarks."""
    text_shown = line.word
    if line.is_thin:
        text_shown += "; chưa đủ số liệu"
    if line.stale_period:
        text_shown += f"; số cũ: tháng {line.stale_period.label}"
    return text("; ".join([text_shown, *line.remarks]))


def by_pillar(report: ProgressReport) -> Table:
    """Return the table of targets by status and pillar."""
    titles = [WORDS[status] for status in BY_MERIT if status in (*GOOD, *BAD)]
    titles += [_without_value(report.without_value), "Theo dõi"]
    rows = [
        TableRow((text(f"{part.code}. {part.title}"), count(len(part.lines)), *map(count, part.counts)))
        for part in report.pillars
    ]
    if len(rows) > 1:
        rows.append(TableRow((text("Cộng"), count(len(report.lines)), *map(count, report.counts)), "sum"))
    columns = [Column("Trụ cột", 28), Column("Số chỉ tiêu", 10, "center"), *(Column(t, 10, "center") for t in titles)]
    return Table("Theo trụ cột", "Số chỉ tiêu theo trạng thái", tuple(columns), tuple(rows))


def _without_value(kinds: Collection[Nothing]) -> str:
    """Return the heading of a column that counts targets without a value: *Chưa có số liệu*, and the other reasons
    among them."""
    present = [nothing for nothing in NOTHING_WORDS if nothing in kinds and nothing != Nothing.SILENT]
    return ", ".join([NOTHING_WORDS[Nothing.SILENT], *(NOTHING_WORDS[nothing].lower() for nothing in present)])


def focus(report: ProgressReport, most: int | None = None) -> Table:
    """Return the table of what needs attention, the most first; no more than `most` rows."""
    columns = (
        Column("TT", 5, "center"),
        Column("Chỉ tiêu", 24),
        Column("Ngưỡng", 9, "right"),
        Column("Kết quả", 9, "right"),
        Column("Dự báo đến hạn, nếu giữ đà", 12, "right"),
        Column("Trạng thái", 28),
        Column("Chủ trì", 14),
    )
    rows = tuple(
        TableRow(
            (
                TableCell(str(number), str(number)),
                text(f"{line.target.label} ({', '.join(filter(None, [line.target.code, line.target.sum_words]))})"),
                threshold(line),
                figure(line.value, line.target, decimals_of(line)),
                forecast(line),
                _word_with_signs(line, report),
                text("; ".join(line.target.lead_names) or "-"),
            )
        )
        for number, line in enumerate(report.bad[:most], 1)
    )
    return Table("Cần tập trung", "Chỉ tiêu cần tập trung chỉ đạo", columns, rows, dense=True)


# The rows of the table of decisions: targets, projects, conclusions; and the length of a name in it.
MOST_DECIDED, LONGEST_NAME = (3, 2, 1), 100


def decisions(
    report: ProgressReport,
    projects: Sequence[ProjectRow],
    orders: Sequence[Conclusion],
    today: dt.date,
    until: dt.date | None = None,
) -> Table:
    """Return the table of what has to be decided, by whom and until when: the targets that need it most, projects that are
    overdue or suspended, conclusions without an answer. Short enough for a page. until: the day in place of one that is over."""
    decided: list[tuple[str, str, dt.date | None]] = []
    for line in report.bad[: MOST_DECIDED[0]]:
        what = "Nguyên nhân, thời hạn khắc phục" if line.status == Status.MISSED else "Giải pháp để đạt"
        shown = f"{figure(line.value, line.target, decimals_of(line)).shown}, ngưỡng {threshold(line).shown}"
        decided.append(
            (f"{what}: {_brief(line.target.label)} ({shown})", "; ".join(line.target.lead_names), line.target.due)
        )
    late = [row for row in projects if row.standing and row.standing.lateness in DECIDED_PROJECTS]
    for row in late[: MOST_DECIDED[1]]:
        leads = "; ".join(lead.agency.name if lead.agency else str(lead) for lead in row.leads)
        word = row.standing.word.lower() if row.standing else ""
        decided.append((f"Thời hạn hoàn thành mới: {_brief(row.project.name)} ({word})", leads, row.project.due))
    overdue = [order for order in orders if order.is_overdue(today)]
    for order in overdue[: MOST_DECIDED[2]]:
        decided.append((f"Trả lời ý kiến chỉ đạo về {_brief(order.subject)}", order.agency.name, order.due))
    decided = [
        (f"{what}; đã quá hạn {formatting.date(day)}", who, until)
        if until and day and day < today
        else (what, who, day)
        for what, who, day in decided
    ]
    columns = (
        Column("TT", 5, "center"),
        Column("Việc cần quyết", 56),
        Column("Cơ quan", 25),
        Column("Thời hạn", 14, "center"),
    )
    rows = tuple(
        TableRow(
            (
                TableCell(str(number), str(number)),
                text(what),
                text(_brief(who) or "-"),
                text(formatting.date(day) if day else "-"),
            )
        )
        for number, (what, who, day) in enumerate(decided, 1)
    )
    return Table("Cần quyết", "Việc cần quyết, cơ quan, thời hạn", columns, rows, dense=True)


def _brief(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rsplit(' ', 1)[0]}…"


def _word_with_signs(line: TargetResult, report: ProgressReport) -> TableCell:
    """Return a cell of the status with its remarks, its bad signs and the pace that is needed."""
    pace = pace_words(line.target, line, report.period.window_last)
    return text("; ".join(filter(None, [word(line).shown, line.reason, pace])))


def forecast(line: TargetResult) -> TableCell:
    """Return a cell of the forecast with its range; *gần 100%* where it proves nothing."""
    cell = figure(line.forecast, line.target, _forecast_decimals(line))
    if line.forecast is not None and line.is_near_ceiling:
        cell = text(value_words(line.forecast, line.target.unit, is_near=True))
    return replace(cell, shown=f"{cell.shown} ({line.band_words})") if line.band_words else cell


def _forecast_decimals(line: TargetResult) -> int:
    if line.forecast is None:
        return 0
    target = line.target
    limit, comparator = (target.threshold, target.comparator) if line.is_judged else (None, None)
    return formatting.figure_decimals(line.forecast, target.unit, limit, comparator, 1)


def parts_of(numerator: Decimal | None, denominator: Decimal | None) -> TableCell:
    """Return a cell `120 / 200`; a dash for a value that is not made of two."""
    if numerator is None or denominator is None:
        return NONE
    shown = f"{formatting.number(numerator)} / {formatting.number(denominator)}"
    return TableCell(shown, pair=(format(numerator, "f"), format(denominator, "f")))


def in_period(entered: tuple[Decimal | None, Decimal | None, Decimal | None] | None, target: TargetLine) -> TableCell:
    """Return a cell of what the report period's own figures give for a value to date: 100 × ΣN ÷ ΣD, or a sum; in words
    where nothing arose; a dash for other targets and without figures."""
    if entered is None:
        return NONE
    numerator, denominator, value = entered
    if target.rules.has_parts:
        if numerator is not None and not denominator:
            return text(NOTHING_WORDS[Nothing.NOT_ARISEN].lower())
        value = None if numerator is None or denominator is None else share_of(numerator, denominator)
    return figure(value, target, 0 if value is None else formatting.figure_decimals(value, target.unit))


def targets(report: ProgressReport, previous_title: str) -> Table:
    """Return the table of every target with its figure, its parts, and the report period's own figures of a value to
    date."""
    counted = "Đơn vị đã duyệt" if report.basis == Basis.OFFICIAL else "Đơn vị đã nộp"
    columns = (
        Column("Mã", 6),
        Column("Chỉ tiêu", 23),
        Column("Ngưỡng", 8, "right"),
        Column("Kết quả", 9, "right"),
        Column("Tử số / mẫu số", 10, "right", ("Tử số", "Mẫu số")),
        Column("Trong kỳ", 8, "right"),
        Column("Tử số / mẫu số trong kỳ", 10, "right", ("Tử số trong kỳ", "Mẫu số trong kỳ")),
        Column("Cần đạt đến nay", 8, "right"),
        Column(f"So với {previous_title}" if previous_title else "Thay đổi", 8, "right"),
        Column("Trạng thái", 12),
        Column(counted, 8, "right", (counted, "Đơn vị phải báo cáo")),
    )
    rows = []
    for part in report.pillars:
        rows.append(TableRow((text(f"{part.code}. {part.title}"),), "group"))
        for line in part.lines:
            target, decimals = line.target, decimals_of(line)
            remarks = ([target.unit] if target.has_own_unit else []) + (
                [target.sum_words] if target.is_cumulative else []
            )
            name = f"{target.label} ({', '.join(remarks)})" if remarks else target.label
            entered = report.in_period.get(target.pk)
            rows.append(
                TableRow(
                    (
                        text(target.code),
                        text(name),
                        threshold(line),
                        figure(line.value, target, decimals),
                        parts_of(line.numerator, line.denominator),
                        in_period(entered, target),
                        parts_of(*entered[:2]) if entered else NONE,
                        figure(line.required, target, decimals),
                        change(line),
                        word(line),
                        of(line.counted, line.expected),
                    )
                )
            )
    note = (
        f"Kết quả là giá trị đến ngày {formatting.date(report.period.window_last)}, {report.basis.label.lower()}; tỷ lệ chung "
        f"bằng tổng tử số chia tổng mẫu số. Chỉ tiêu ghi “lũy kế” cộng các kỳ từ {report.plan.sums_begin}, cột “Trong kỳ” là số "
        f"của riêng {report.period_title}. Thay đổi của tỷ lệ tính bằng điểm phần trăm."
    )
    return Table("Chỉ tiêu", "Kết quả từng chỉ tiêu", columns, tuple(rows), dense=True, note=note)


def means(rows: Sequence[Mean]) -> Table | None:
    """Return the table of the means of the units' rates beside the official figures; None where there is none."""
    if not rows:
        return None
    columns = (
        Column("Mã", 8),
        Column("Chỉ tiêu", 44),
        Column("Kết quả chung", 14, "right"),
        Column("Trung bình tỷ lệ", 14, "right"),
        Column("Số đơn vị", 10, "center"),
    )
    note = (
        "Kết quả chung bằng tổng tử số chia tổng mẫu số, là số chính của báo cáo. Trung bình tỷ lệ tính mỗi đơn vị báo cáo như "
        "nhau, không theo mẫu số; để tham khảo và để đối chiếu với số công bố tính theo cách này."
    )
    return Table(
        "Trung bình tỷ lệ",
        "Trung bình tỷ lệ của các đơn vị",
        columns,
        tuple(
            TableRow(
                (
                    text(line.target.code),
                    text(line.target.label),
                    figure(line.value, line.target, decimals_of(line)),
                    figure(mean.value, line.target, decimals_of(line)),
                    count(mean.units),
                )
            )
            for line, mean in rows
        ),
        dense=True,
        note=note,
    )


def places(report: ProgressReport) -> Table:
    """Return the table of the areas directly below the report's, with their targets by status."""
    titles = [WORDS[status] for status in BY_MERIT if status in (*GOOD, *BAD)]
    titles.append(_without_value({nothing for row in report.children for nothing, _ in row.tally.without_value}))
    columns = (
        Column("TT", 6, "center"),
        Column("Địa bàn", 26),
        Column("Phiếu đã nộp", 9, "center", ("Phiếu đã nộp", "Phiếu phải nộp")),
        Column("Chỉ tiêu đặt ngưỡng", 10, "center"),
        *(Column(title, 9, "center") for title in titles),
    )
    rows = tuple(
        TableRow(
            (
                TableCell(str(number), str(number)),
                text(_area(row.agency.name)),
                of(row.sent, row.owed),
                count(row.tally.judged),
                *map(count, row.counts),
            )
        )
        for number, row in enumerate(report.children, 1)
    )
    note = "Trạng thái của mỗi địa bàn xét trên số của chính địa bàn đó, cùng ngưỡng với toàn tỉnh."
    if report.is_province:
        branches = any(row.agency.level == Level.DISTRICT for row in report.children)
        note = f"Phiếu của UBND và của các đơn vị cấp xã trực thuộc. {note}" if branches else note
    return Table("Địa bàn", "Kết quả theo địa bàn", columns, rows, dense=True, note=note)


def _area(name: str) -> str:
    bare = name.removeprefix("UBND ")
    return bare[:1].upper() + bare[1:]


def reporters(records: Sequence[Record], periods: Sequence[ReportingPeriod], refs: Agencies) -> Table:
    """Return the table of every agency that had a report due in the report period: its months, the number in time.
    records: in the order of the tree; periods: the months of the report period."""
    is_long = len(periods) > 3
    columns = (
        Column("TT", 5, "center"),
        Column("Cơ quan, đơn vị", 38),
        *(Column(f"T{period.label}", 4 if is_long else 14, "center") for period in periods),
        Column("Phiếu đúng hạn", 10, "center", ("Phiếu đúng hạn", "Phiếu phải nộp")),
        Column("Số lần muộn", 8, "center"),
        Column("Số lần không nộp", 9, "center"),
        Column("Số liệu được duyệt đúng hạn", 11, "center", ("Số liệu được duyệt đúng hạn", "Số liệu phải nộp")),
    )
    rows, group = [], None
    for number, (record, states) in enumerate(records, 1):
        head = _group(record.agency, refs)
        if head != group:
            group = head
            rows.append(TableRow((text(head),), "group"))
        late, missing = record.states.count("late"), record.states.count("missing")
        rows.append(
            TableRow(
                (
                    TableCell(str(number), str(number)),
                    text(record.agency.name),
                    *(
                        text(STATE_SIGNS[state] if is_long else STATES.get(state) or period.unsent_word.capitalize())
                        for period, state in zip(periods, states, strict=True)
                    ),
                    of(record.on_time, record.due),
                    count(late),
                    count(missing),
                    of(record.figures.accepted, record.figures.due),
                )
            )
        )
    note = (
        "Số liệu được duyệt đúng hạn trên số liệu phải nộp: của các kỳ đã qua hạn duyệt, không kể số liệu còn chờ duyệt; "
        "bản được duyệt đầu tiên đã nộp trong hạn của đơn vị."
    )
    if any(period.unsent_word == "chưa nộp" for period in periods):
        note = f"Số lần không nộp gồm phiếu đã quá hạn mà chưa nộp của kỳ còn mở. {note}"
    if is_long:
        note = f"Đ: đúng hạn; M: nộp muộn; K: không nộp, hoặc đã quá hạn mà chưa nộp; -: không phải nộp hoặc chưa đến hạn. {note}"
    return Table("Nộp phiếu", "Tình hình nộp phiếu báo cáo", columns, tuple(rows), dense=True, note=note)


GROUPS = {
    Level.PROVINCE: "Cấp tỉnh",
    Level.DEPARTMENT: "Sở, ban, ngành",
    Level.OTHER: "Cơ quan khác",
    Level.DISTRICT: "UBND cấp huyện",
}


def _group(agency: AgencyRef, refs: Agencies) -> str:
    if agency.level != Level.COMMUNE:
        return GROUPS[Level(agency.level)]
    above = agency_with(refs, agency.parent_id)
    district = above if above is not None and above.level == Level.DISTRICT else None
    return f"UBND cấp xã thuộc {district.name.removeprefix('UBND ')}" if district else "UBND cấp xã"


def levels(period: ReportingPeriod, report_levels: Sequence[LevelReporting]) -> Table:
    """Return the table of a period's reports by level."""
    columns = (
        Column("Nhóm cơ quan, đơn vị", 34),
        *(Column(t, 16, "center") for t in ("Phải nộp", "Đã nộp lần đầu", "Đúng hạn", "Muộn")),
        Column(period.unsent_word.capitalize(), 16, "center"),
    )
    rows = [
        TableRow(
            (
                text(GROUPS.get(Level(x.level), "UBND cấp xã")),
                *map(count, (x.expected, x.sent, x.on_time, x.late, x.unsent)),
            )
        )
        for x in report_levels
    ]
    if len(rows) > 1:
        sums = [
            sum(getattr(x, name) for x in report_levels) for name in ("expected", "sent", "on_time", "late", "unsent")
        ]
        rows.append(TableRow((text("Cộng"), *map(count, sums)), "sum"))
    return Table("Nộp theo nhóm", "Nộp phiếu báo cáo theo nhóm cơ quan, đơn vị", columns, tuple(rows))


def projects(sections: Sequence[SectionRows], day: dt.date, withdrawn: Sequence[Project] = ()) -> Table:
    """Return the table of every project with its leads, its due day, and its status on a day; last those that were
    withdrawn, with the reason."""
    columns = (
        Column("TT", 6, "center"),
        Column("Dự án, nhiệm vụ", 38),
        Column("Chủ trì", 17),
        Column("Thời gian thực hiện", 11, "center"),
        Column("Tình trạng", 11),
        Column("Hoàn thành", 8, "right"),
        Column("Vì sao", 18),
    )
    rows = []
    for section in sections:
        rows.append(TableRow((text(str(section.section)),), "group"))
        rows += [
            TableRow(
                (
                    text(row.project.label),
                    corrected(row.project.words, row.project.signed_name if row.project.is_corrected else ""),
                    text("; ".join(party.with_reporter for party in row.leads) or row.project.leads_text or "-"),
                    text(_when(row.project)),
                    text(row.standing.word if row.standing else "-"),
                    NONE
                    if row.percent is None
                    else TableCell(f"{formatting.percent(row.percent, 0)}", f"{row.percent:f}", 0, "%"),
                    text(row.standing.reason if row.standing else "-"),
                )
            )
            for row in section.rows
        ]
    if withdrawn:
        rows.append(TableRow((text("Đã rút khỏi danh mục, không tính vào số liệu"),), "group"))
        rows += [_withdrawn(project) for project in withdrawn]
    note = f"Tình trạng xét tại ngày {formatting.date(day)}, ngày cuối của số liệu kỳ báo cáo."
    return Table("Dự án, nhiệm vụ", "Dự án, nhiệm vụ của Kế hoạch", columns, tuple(rows), dense=True, note=note)


def _withdrawn(project: Project) -> TableRow:
    return TableRow(
        (
            text(project.label),
            corrected(project.words, project.signed_name if project.is_corrected else ""),
            text("; ".join(map(str, project.leads)) or project.leads_text or "-"),
            text(_when(project)),
            text("Đã rút"),
            NONE,
            text(f"Rút ngày {formatting.date(project.withdrawn_on)}: {project.withdrawn_reason}"),
        )
    )


COUNTED = (schedule_rules.Lateness.DONE, *schedule_rules.LATE)


def project_counts(totals: Summary, *, with_money: bool) -> tuple[Table, ...]:
    """Return the tables of projects counted by group and by lead; with_money: with the money of each, also of leads
    that share a project."""
    money = ("Giá trị hợp đồng (đồng)", "Đã giải ngân (đồng)", "Tỷ lệ giải ngân") if with_money else ()
    columns = (
        Column("Số việc", 8, "right"),
        *(Column(schedule_rules.WORDS[one], 8, "right") for one in COUNTED),
        Column("Còn lại", 8, "right"),
        *(Column(title, 12, "right") for title in money),
    )

    def row(one: Count, kind: str = "") -> TableRow:
        shown = [one.counts[judgement] for judgement in COUNTED]
        amounts = [
            NONE if x is None else TableCell(formatting.number(x), str(x))
            for x in (one.money.contract_value, one.money.disbursed)
        ]
        share = one.money.share
        amounts.append(NONE if share is None else TableCell(formatting.percent(share), f"{share:f}", 2, "%"))
        cells = (text(one.name), *map(count, (one.total, *shown, one.total - sum(shown))), *(amounts if money else ()))
        return TableRow(cells, kind)

    sections = [*map(row, totals.sections), row(totals.whole, "sum")]
    leads = [row(one) for one in totals.leads]
    note = "Việc do nhiều đơn vị cùng chủ trì được tính cho từng đơn vị, theo báo cáo của chính đơn vị."
    return (
        Table(
            "Theo nhóm",
            "Dự án, nhiệm vụ theo nhóm",
            (Column("Nhóm", 38), *columns),
            tuple(sections),
            dense=True,
            note=RULE if money else "",
        ),
        Table(
            "Theo chủ trì",
            "Dự án, nhiệm vụ theo cơ quan chủ trì",
            (Column("Cơ quan chủ trì", 38), *columns),
            tuple(leads),
            dense=True,
            note=note,
        ),
    )


def _when(project: Project) -> str:
    if project.is_ongoing:
        return "Thường xuyên"
    return formatting.date(project.due) if project.due else project.timing_text or "Chưa ghi"


def verbatim(plan: Plan, indicators: Sequence[Indicator]) -> Table:
    """Return the table of indicators as they were signed, in the order of the plan's annex: number, text, lead and
    coordinating agencies in the plan's own words."""
    columns = (
        Column("STT", 6, "center"),
        Column("Nội dung chỉ tiêu", 56),
        Column("Chủ trì", 17),
        Column("Phối hợp", 21),
    )
    rows = []
    for pillar, members in groupby(indicators, key=lambda indicator: indicator.pillar):
        rows.append(TableRow((text(pillar),), "group"))
        rows += [
            TableRow(
                (
                    TableCell(str(indicator.number), str(indicator.number)),
                    corrected(indicator.words, indicator.signed_text if indicator.is_corrected else ""),
                    text(indicator.leads_text or "-"),
                    text(indicator.coordinators_text or "-"),
                )
            )
            for indicator in members
        ]
    number = f" số {plan.number}" if plan.number else ""
    day = f" ngày {formatting.date(plan.issued_on)}" if plan.issued_on else ""
    note = f"Nguyên văn phụ lục phân công của Kế hoạch{number}{day}, theo thứ tự của phụ lục."
    if any(indicator.is_corrected for indicator in indicators):
        note += " Chữ gạch chân là chữ đã sửa lỗi in; câu của bản ký ở ngay dưới."
    return Table("Nguyên văn", "Nguyên văn các chỉ tiêu", columns, tuple(rows), dense=True, note=note)


def descriptions(targets: Sequence[Target]) -> Table:
    """Return the table of the targets' metadata, in the fields of the targets' pages; *chưa khai* where nobody declared one."""
    widths = (15, 16, 29, 16, 10)
    columns = (
        Column("Chỉ tiêu", 14),
        *(Column(label, width) for label, width in zip(metadata.FIELDS.values(), widths, strict=True)),
    )
    return Table(
        "Mô tả",
        "Mô tả chỉ tiêu",
        columns,
        tuple(
            TableRow(
                (text(f"{target.code} {target.label}"), *(text(field.shown) for field in metadata.described(target)))
            )
            for target in targets
        ),
        dense=True,
    )


def commitments(rows: Sequence[Commitment]) -> Table:
    """Return the table of the commitments that the plan's annex assigns to nobody, with those who lead them by now."""
    columns = (
        Column("STT", 6, "center"),
        Column("Cam kết ngoài phụ lục phân công", 48),
        Column("Chủ trì", 28),
        Column("Hạn", 18, "center"),
    )
    return Table(
        "Cam kết",
        "Cam kết của Kế hoạch ngoài phụ lục phân công",
        columns,
        tuple(
            TableRow(
                (
                    TableCell(str(row.number), str(row.number)),
                    text(f"{row.text} ({row.source})"),
                    text("; ".join(_party(party) for party in row.parties.all()) or "Chưa phân công"),
                    text(_due(row)),
                )
            )
            for row in rows
        ),
        dense=True,
    )


def conclusions(rows: Sequence[Conclusion], today: dt.date) -> Table:
    """Return the table of the leader's conclusions: what, who, until when, and what became of them."""
    columns = (
        Column("TT", 6, "center"),
        Column("Ý kiến chỉ đạo", 35),
        Column("Cơ quan chịu trách nhiệm", 20),
        Column("Hạn", 15, "center"),
        Column("Kết quả thực hiện", 30),
    )
    return Table(
        "Chỉ đạo",
        "Thực hiện ý kiến chỉ đạo kỳ trước",
        columns,
        tuple(
            TableRow(
                (
                    TableCell(str(number), str(number)),
                    text(f"{row.subject}: {row.text}"),
                    text(row.agency.full_name),
                    text(formatting.date(row.due)),
                    text(". ".join(filter(None, [row.state_words(today), row.answer.words if row.answer else ""]))),
                )
            )
            for number, row in enumerate(rows, 1)
        ),
        dense=True,
    )


def data_call(table: CallTable) -> Table | None:
    """Return what the approved answers to a data call come to, by question; None where nothing of it adds up."""
    totals = [total for total in table.approved if total.text]
    if not totals:
        return None
    columns = (Column("TT", 6, "center"), Column("Nội dung", 54), Column("Tổng hợp từ các đơn vị đã duyệt", 36))
    return Table(
        f"Đột xuất {table.call.pk}",
        f"Tổng hợp trả lời: {table.call.title}",
        columns,
        tuple(
            TableRow((TableCell(str(number), str(number)), text(total.field.heading), text(total.text)))
            for number, total in enumerate(totals, 1)
        ),
        dense=True,
    )


def _party(party: CommitmentParty) -> str:
    return party.agency.name if party.agency is not None else str(party)


def _due(row: Commitment) -> str:
    if row.lead is None:
        return "-"
    return formatting.date(row.due) if row.due else "Thường xuyên"


def behind(rows: Sequence[BehindAgency]) -> Table:
    """Return the table of the agencies that are behind on a charge's targets, with the day of their reminder."""
    columns = (
        Column("TT", 6, "center"),
        Column("Cơ quan, đơn vị", 34),
        Column("Chưa báo cáo", 18),
        Column("Dưới mức cần đạt", 26),
        Column("Đã nhắc ngày", 16, "center"),
    )
    return Table(
        "Cần đôn đốc",
        "Cơ quan, đơn vị chưa báo cáo hoặc dưới mức cần đạt",
        columns,
        tuple(
            TableRow(
                (
                    TableCell(str(number), str(number)),
                    text(row.agency.full_name),
                    text(", ".join(target.code for target in row.unreported) or "-"),
                    text("; ".join(map(_under, row.under)) or "-"),
                    text(formatting.date(formatting.local(row.reminder.at).date()) if row.reminder else "-"),
                )
            )
            for number, row in enumerate(rows, 1)
        ),
        dense=True,
    )


def _under(each: UnderLine) -> str:
    return f"{each.target.code}: {each.value_words}{each.remark} (cần {each.required_words})"


def restated(rows: Sequence[Restated]) -> Table:
    """Return the table of what was reported before and differs now."""
    columns = (
        Column("Mã", 8),
        Column("Chỉ tiêu", 40),
        Column("Đã báo cáo", 14, "right"),
        Column("Nay là", 14, "right"),
        Column("Điều chỉnh", 12, "right"),
        Column("Trạng thái", 22),
    )
    return Table("Điều chỉnh", "Số liệu điều chỉnh", columns, tuple(map(_restated, rows)))


def _restated(row: Restated) -> TableRow:
    def cell(value: Decimal | None) -> TableCell:
        return NONE if value is None else TableCell(row.dressed(value), format(value, "f"), row.decimals, row.unit)

    moved = None if row.before is None or row.after is None else row.after - row.before
    turned = row.word_before if row.word_before == row.word_after else f"{row.word_before} → {row.word_after}"
    return TableRow(
        (
            text(row.code),
            text(row.label),
            cell(row.before),
            cell(row.after),
            NONE
            if moved is None
            else TableCell(formatting.signed(moved, row.decimals), format(moved, "f"), row.decimals, signed=True),
            text(turned),
        )
    )


def glossary() -> Table:
    """Return the table of the meanings of the statuses."""
    meanings = {
        Status.ACHIEVED: "Kết quả đã giữ được ngưỡng của Kế hoạch.",
        Status.ON_TRACK: "Chưa đạt ngưỡng; bằng hoặc hơn mức cần đạt đến nay, và dự báo (nếu có) đạt ngưỡng khi đến hạn.",
        Status.BEHIND: "Có một dấu hiệu xấu: kém mức cần đạt đến nay, hoặc dự báo không đạt ngưỡng khi đến hạn.",
        Status.AT_RISK: "Có cả hai dấu hiệu xấu: kém mức cần đạt đến nay, và dự báo không đạt ngưỡng khi đến hạn.",
        Status.MISSED: "Đã đến hạn mà không đạt ngưỡng.",
        Status.NO_DATA: "Chưa đơn vị nào có số. Nơi chưa phải báo cáo ghi “Chưa đến kỳ”; nơi các đơn vị báo cáo không có việc "
        "nào để tính ghi “Không phát sinh”.",
        Status.TRACKED: "Kế hoạch không đặt ngưỡng, hoặc ngưỡng là của nhiều đơn vị cộng lại; chỉ theo dõi.",
    }
    rows = [TableRow((text(WORDS[status]), text(meaning))) for status, meaning in meanings.items()]
    columns = (Column("Trạng thái", 24), Column("Nghĩa", 76))
    return Table("Trạng thái", "Nghĩa của các trạng thái", columns, tuple(rows))


# Bars
SCALE = Decimal("1.25")


def attainment(report: ProgressReport) -> Chart | None:
    """Return the chart of each judged target's value against its threshold, which is at 80% of the scale's length;
    bars end at 125% of it. None where no target can be drawn."""
    bars = []
    for line in report.lines:
        target, limit_value = line.target, line.target.threshold
        if line.value is None or limit_value is None or not line.is_judged:
            continue
        if limit_value <= 0 or target.is_falling:
            continue
        reach = line.value * 100 / limit_value
        shown = figure(line.value, target, decimals_of(line)).shown
        limit = threshold(line).shown
        bars.append(
            Bar(
                label=f"{target.code} (lũy kế)" if target.is_cumulative else target.code,
                shown=f"{shown} ({limit})",
                value=f"{min(max(reach / SCALE, Decimal(0)), Decimal(100)):.2f}",
                mark=f"{100 / SCALE:.2f}",
                status=line.status.value,
                word=line.word,
                firm="0" if line.is_thin else None,
                reached=f"{reach:f}",
            )
        )
    if not bars:
        return None
    alt = "Biểu đồ thanh, kết quả so với ngưỡng: " + "; ".join(
        f"{bar.label} {bar.shown}, {bar.word}{', chưa đủ số liệu' if bar.firm else ''}" for bar in bars
    )
    return Chart(
        "Biểu đồ chỉ tiêu", "Kết quả so với ngưỡng của từng chỉ tiêu", alt, tuple(bars), "Mức độ hoàn thành (%)"
    )


def share_by_place(report: ProgressReport) -> Chart | None:
    """Return the chart of the share of judged targets that are well, by place; None for fewer than two places."""
    rows = [row for row in report.children if row.tally.judged]
    if len(rows) < 2 or len(rows) > 40:
        return None
    bars = []
    for row in sorted(rows, key=lambda row: -Decimal(row.tally.good) / row.tally.judged):
        share, firm = (
            f"{Decimal(number) * 100 / row.tally.judged:.2f}"
            for number in (row.tally.good, row.tally.good - row.tally.good_thin)
        )
        drawn_firm = firm if row.tally.good_thin else None
        bars.append(Bar(row.agency.short_name, good_of(row.tally), share, None, "on_track", "", drawn_firm, share))
    alt = "Biểu đồ thanh, số chỉ tiêu đạt hoặc đúng tiến độ theo địa bàn: "
    alt += "; ".join(f"{bar.label} {bar.shown}" for bar in bars)
    return Chart("Biểu đồ địa bàn", "Số chỉ tiêu đạt hoặc đúng tiến độ theo địa bàn", alt, tuple(bars), "Tỷ lệ (%)")
