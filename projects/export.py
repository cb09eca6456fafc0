"""The list of projects as a workbook, with each lead's own report where the reader may see it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

from openpyxl import Workbook

from agencies.models import User
from core import formatting, spreadsheet, tables
from core.tables import Cell, Column, OnPage, Table, TableSheet
from projects.labels import AMOUNTS, FIELDS, TEXTS, mark_words
from projects.models import ProgressUpdate, Project
from projects.queries import ProjectRow, may_read
from projects.schedule_rules import Lateness
from projects.status import Brief, LeadStanding, Standing
from projects.summary import Count, Summary

# Columns beside the sums of all stated amounts: the share that is paid, of the projects that state both amounts.
MATCHED = {"Hợp đồng của việc ghi cả hai số": "contracted", "Giải ngân của việc ghi cả hai số": "paid"}
SHARE = "Tỷ lệ giải ngân (%)"
COUNTED_BY = "Nhóm, cơ quan chủ trì"
# Headings on a page, where they are shorter than the field's name.
SHORT_HEADINGS = {"disbursed": "Đã giải ngân (đồng)"}


def make(context: Mapping[str, Any], user: User, *, is_demo: bool) -> Workbook:
    """Return the workbook: sheets *Dự án* (the list), *Tổng hợp* (counted by group and lead) and *Theo đơn vị* (a row
    for each lead; only those whose words the reader may read). The money of others is only for those who read the whole
    province. context: that of the list's page."""
    plan, at = context["plan"], context["at"]
    lines = [
        f"Dự án, nhiệm vụ{f' theo {plan.projects_annex}' if plan.projects_annex else ''}, kế hoạch {plan.short_name}"
    ]
    if at:
        lines.append(
            f"Báo cáo đến kỳ tháng {at.period.label}, số {at.basis.label.lower()}; đánh giá tại ngày {formatting.date(at.day)}"
        )
    head = tables.head([*lines, spreadsheet.read_at_line()], is_demo=is_demo)
    rows, with_money = context["list"].rows, user.reads_everything
    sheets: list[TableSheet] = [TableSheet("Dự án", head, PROJECTS_AND_MONEY if with_money else PROJECTS, rows)]
    if context["list"].withdrawn:
        sheets.append(TableSheet("Đã rút", head, WITHDRAWN, context["list"].withdrawn))
    if any(row.standing for row in rows):
        totals = context["list"].summary
        sheets.append(TableSheet("Tổng hợp", head, _total_table(totals, with_money), _totals(totals)))
    leads = [
        LeadRow(row.project, lead)
        for row in rows
        if row.standing
        for lead in row.standing.leads
        if may_read(user, lead.agency)
    ]
    if leads:
        sheets.append(TableSheet("Theo đơn vị", head, LEADS, leads))
    return tables.workbook(sheets)


class Total(NamedTuple):
    """A row of the sums: the criterion, and the count; of a stage only the number of projects."""

    by: str
    name: str
    number: int
    counted: Count | None = None


class LeadRow(NamedTuple):
    """A lead's own report of a project."""

    project: Project
    lead: LeadStanding

    @property
    def update(self) -> ProgressUpdate | None:
        """The lead's latest update that counts; None without one."""
        update = self.lead.update
        return None if isinstance(update, Brief) else update


def counts_table(totals: Summary, with_money: bool, heading: str) -> Table[Count]:
    """Return the table of counts as a page shows it. heading: that of the names."""
    name = Column[Count](COUNTED_BY, 60, lambda one: one.name, on_page=OnPage("", heading))
    number = Column[Count]("Số việc", 10, lambda one: one.total, on_page=OnPage("right num"))
    return Table((name, number, *_counts(totals, with_money)))


def _total_table(totals: Summary, with_money: bool) -> Table[Total]:
    """Return the same table as a sheet, where a stage has a number only."""

    def of_total(column: Column[Count]) -> Column[Total]:
        value = column.value
        return Column(column.title, column.width, lambda total: value(total.counted) if total.counted else None)

    return Table(
        (
            Column("Theo", 12, lambda total: total.by),
            Column(COUNTED_BY, 60, lambda total: total.name),
            Column("Số việc", 10, lambda total: total.number),
            *map(of_total, _counts(totals, with_money)),
        )
    )


def _counts(totals: Summary, with_money: bool) -> list[Column[Count]]:
    """Return the columns of a count beside its number: each judgement that occurs, and the money."""

    def judgement(key: Lateness, word: str) -> Column[Count]:
        # A dash for none, so that the figures of a table stand out.
        def text(one: Count) -> str:
            return formatting.number(one.counts[key] or None)

        return Column(word, 12, lambda one: one.counts[key], on_page=OnPage("right num", text=text))

    def amount(key: str) -> Column[Count]:
        heading = SHORT_HEADINGS.get(key, FIELDS[key])
        return Column(FIELDS[key], 20, attrgetter(f"money.{key}"), on_page=OnPage("right num nowrap", heading))

    def matched(title: str, key: str, on_page: OnPage[Count] | None = None) -> Column[Count]:
        return Column(title, 20, lambda one: getattr(one.money, key) if one.money.both else None, on_page=on_page)

    late = Column[Count]("Cần xử lý", 10, lambda one: one.late, on_page=OnPage("right num"))
    columns = [late, *(judgement(key, word) for key, word in totals.judgements)]
    if with_money:
        columns += map(amount, AMOUNTS)
        columns += [matched(title, key) for title, key in MATCHED.items()]
        columns.append(matched(SHARE, "share", OnPage("right num nowrap", "Tỷ lệ giải ngân")))
    return columns


def _totals(totals: Summary) -> Iterator[Total]:
    named = [*(("Nhóm", one) for one in totals.sections), ("Cả danh sách", totals.whole)]
    for by, one in [*named, *(("Chủ trì", one) for one in totals.leads)]:
        yield Total(by, one.name, one.total, one)
    for _, label, number in totals.stages:
        yield Total("Tình trạng", label, number)


def _of_standing(value: Callable[[Standing], Cell]) -> Callable[[ProjectRow], Cell]:
    """Return the cell of a project's standing, empty of one without."""
    return lambda row: value(row.standing) if row.standing is not None else None


def _lead_field(key: str, title: str) -> Column[LeadRow]:
    """Return the column of a field of a lead's report."""

    def value(row: LeadRow) -> Cell:
        if row.update is None:
            return None
        return row.update.get_stage_display() if key == "stage" else getattr(row.update, key)

    return Column(title, 50 if key in TEXTS else 18 if key in AMOUNTS else 14, value)


def _marks(row: LeadRow) -> str:
    return "; ".join(mark_words(mark) for mark in row.update.milestones.all()) if row.update else ""


WITHDRAWN: Table[Project] = Table(
    (
        Column("Số", 8, lambda project: project.label),
        Column("Tên dự án, nhiệm vụ", 70, lambda project: project.name),
        Column("Chủ trì", 36, lambda project: project.leads_text),
        Column("Rút ngày", 12, lambda project: project.withdrawn_on),
        Column("Lý do", 60, lambda project: project.withdrawn_reason),
    )
)


def _month(row: LeadRow) -> int | str | None:
    """Return the month of a lead's last report, with its year in a plan of several years; None without a report."""
    if row.update is None:
        return None
    period = row.update.submission.period
    return period.label if period.plan.has_several_years else period.number


PROJECTS: Table[ProjectRow] = Table(
    (
        Column("Số", 8, lambda row: row.project.label),
        Column("Nhóm", 30, lambda row: str(row.project.section)),
        Column("Tên dự án, nhiệm vụ", 70, lambda row: row.project.name),
        Column("Chủ trì", 36, lambda row: row.project.leads_text),
        Column("Phối hợp", 36, lambda row: row.project.coordinators_text),
        Column("Thời gian trong kế hoạch", 18, lambda row: row.project.timing_text),
        Column("Hạn", 12, lambda row: row.project.due),
        Column("Đánh giá", 16, _of_standing(lambda standing: standing.word)),
        Column("Vì sao", 50, _of_standing(lambda standing: standing.reason)),
        Column("Đã hoàn thành (%)", 12, _of_standing(lambda standing: standing.percent)),
        Column("Đơn vị hoàn thành", 12, _of_standing(lambda one: one.whole.done if one.is_shared else None)),
        Column("Số đơn vị chủ trì", 12, _of_standing(lambda one: one.whole.leads if one.is_shared else None)),
    ),
    wraps=True,
)
PROJECTS_AND_MONEY = replace(
    PROJECTS,
    columns=(
        *PROJECTS.columns,
        *(Column(FIELDS[key], 18, _of_standing(attrgetter(f"money.{key}"))) for key in AMOUNTS),
    ),
)
LEADS: Table[LeadRow] = Table(
    (
        Column("Số", 8, lambda row: row.project.label),
        Column("Tên dự án, nhiệm vụ", 60, lambda row: row.project.name),
        Column("Đơn vị", 36, lambda row: row.lead.name),
        Column("Mã đơn vị", 12, lambda row: row.lead.agency.code),
        Column("Báo cáo của tháng", 10, _month),
        Column("Đánh giá", 16, lambda row: row.lead.word),
        Column("Vì sao", 44, lambda row: row.lead.judged.reason),
        *(_lead_field(key, title) for key, title in FIELDS.items()),
        Column("Mốc", 60, _marks),
    ),
    wraps=True,
)
