"""The list of projects as a workbook, and each lead's own report beside it where the reader may see it."""

from openpyxl import Workbook

from core import formatting, spreadsheet
from projects.labels import AMOUNTS, FIELDS, TEXTS, mark_words
from projects.queries import may_read

COLUMNS = {
    "Số": 8,
    "Nhóm": 30,
    "Tên dự án, nhiệm vụ": 70,
    "Chủ trì": 36,
    "Phối hợp": 36,
    "Thời gian trong kế hoạch": 18,
    "Hạn": 12,
    "Đánh giá": 16,
    "Vì sao": 50,
    "Đã hoàn thành (%)": 12,
    "Đơn vị hoàn thành": 12,
    "Số đơn vị chủ trì": 12,
}
LEAD_COLUMNS = {
    "Số": 8,
    "Tên dự án, nhiệm vụ": 60,
    "Đơn vị": 36,
    "Mã đơn vị": 12,
    "Báo cáo của tháng": 10,
    "Đánh giá": 16,
    "Vì sao": 44,
    **{name: 50 if key in TEXTS else 18 if key in AMOUNTS else 14 for key, name in FIELDS.items()},
    "Mốc": 60,
}

# Beside the sums of all that is stated: the share that is paid, of the works that state both amounts.
MATCHED = ("Hợp đồng của việc ghi cả hai số", "Giải ngân của việc ghi cả hai số", "Tỷ lệ giải ngân (%)")


def make(context, user, *, illustrative: bool) -> Workbook:
    """Sheets *Dự án* (what the list shows), *Tổng hợp* (counted by field and lead) and *Theo đơn vị* (a row for each lead;
    only those whose words the reader may read). Money of others is for whoever reads the whole province. context: as the
    list's page has it."""
    plan, at = context["plan"], context["at"]
    head = [spreadsheet.ILLUSTRATIVE] if illustrative else []
    head.append(f"Dự án, nhiệm vụ theo Phụ lục 1, kế hoạch năm {plan.year}")
    if at:
        head.append(
            f"Báo cáo đến kỳ tháng {at.period.number}, số {at.basis.label.lower()}; đánh giá tại ngày {formatting.date(at.day)}"
        )
    head.append(spreadsheet.read_at_line())
    rows = context["list"].rows
    book = Workbook()
    book.active.title = "Dự án"
    with_money = user.reads_everything
    columns = COLUMNS | ({FIELDS[key]: 18 for key in AMOUNTS} if with_money else {})
    spreadsheet.write_table(book.active, head, columns, (_project(row, with_money) for row in rows), wrap=True)
    if any(row.standing for row in rows):
        totals = context["list"].summary
        spreadsheet.write_table(
            book.create_sheet("Tổng hợp"), head, _total_columns(totals, with_money), _totals(totals, with_money)
        )
    leads = [(row, lead) for row in rows if row.standing for lead in row.standing.leads if may_read(user, lead.agency)]
    if leads:
        sheet = book.create_sheet("Theo đơn vị")
        spreadsheet.write_table(sheet, head, LEAD_COLUMNS, (_lead(row.project, lead) for row, lead in leads), wrap=True)
    return book


def _total_columns(totals, with_money):
    columns = {"Theo": 12, "Nhóm, cơ quan chủ trì": 60, "Số việc": 10, "Cần chú ý": 10}
    columns |= {word: 12 for _, word in totals.judgements}
    return columns | (dict.fromkeys([*(FIELDS[key] for key in AMOUNTS), *MATCHED], 20) if with_money else {})


def _totals(totals, with_money):
    named = [*(("Nhóm", one) for one in totals.sections), ("Cả danh sách", totals.whole)]
    for by, one in [*named, *(("Chủ trì", one) for one in totals.leads)]:
        counts = [one.counts[judgement] for judgement, _ in totals.judgements]
        yield [by, one.name, one.total, one.late, *counts, *(_money(one.money) if with_money else [])]
    for _, words, number in totals.stages:
        yield ["Tình trạng", words, number]


def _money(money):
    both = [money.contracted, money.paid, money.share] if money.both else [None] * 3
    return [money.contract_value, money.disbursed, *both]


def _project(row, with_money):
    project, standing = row.project, row.standing
    shared = standing is not None and standing.is_shared
    return [
        project.label,
        str(project.section),
        project.name,
        project.leads_text,
        project.coordinators_text,
        project.timing_text,
        project.due,
        standing.word if standing else "",
        standing.reason if standing else "",
        standing.percent if standing else None,
        standing.whole.done if shared else None,
        standing.whole.leads if shared else None,
        *([standing.money.contract_value, standing.money.disbursed] if with_money and standing else []),
    ]


def _lead(project, lead):
    update, judged = lead.update, lead.judged
    row = [project.label, project.name, lead.agency.full_name, lead.agency.code]
    if update is None:
        return [*row, None, lead.word, judged.reason]
    return [
        *row,
        update.submission.period.number,
        lead.word,
        judged.reason,
        update.get_stage_display(),
        *(getattr(update, key) for key in FIELDS if key != "stage"),
        "; ".join(mark_words(mark) for mark in update.milestones.all()),
    ]
