"""Sentences of the formal reports, beside those of `narrative`: what a span, its projects, its discipline are said to be. Pure."""

from collections import Counter
from decimal import Decimal

from core import formatting
from indicators.models import Basis
from projects.schedule_rules import WORDS, Lateness
from reports.documents import tables
from reports.documents.model import ISSUER, Paragraph, bind
from reports.documents.scopes import AGENCY, DISTRICT, LEAD, PILLAR
from reports.documents.text import figures as text_figures

MOST_NAMES = 6


def abstract(asked, what="Kết quả thực hiện ") -> str:
    """`Kết quả thực hiện Kế hoạch Chuyển đổi số tỉnh Hải Dương tháng 8 năm 2023`; of a part of the province
    `… trên địa bàn huyện Nam Sách, tháng 8 năm 2023`."""
    plan = asked.plan.title.removesuffix(f" năm {asked.plan.year}")
    return f"{what}{plan}{f'{asked.subject.of},' if asked.subject.of else ''} {asked.span.title}"


def closing(asked) -> str:
    """The last sentence of a report that goes to somebody above."""
    return f"Trên đây là kết quả {asked.span.title}; {ISSUER} trân trọng báo cáo"


def opening(asked, figures=True) -> str:
    """By what plan, of which days, on which basis, as of when."""
    plan, span = asked.plan, asked.span
    issued = f" ngày {formatting.date(plan.issued_on)}" if plan.issued_on else ""
    number = f" (Kế hoạch số {plan.number}{issued})" if plan.number else ""
    of_days = f"số liệu từ ngày {formatting.date(span.first_day)} đến ngày {formatting.date(span.last_day)}"
    kind = f"; {'số chính thức' if asked.basis == Basis.OFFICIAL else 'số tạm tính'}" if figures else ""
    what = f"kết quả {span.title}{asked.subject.of}"
    return f"Thực hiện {plan.title}{number}, {ISSUER} báo cáo {what} ({of_days}{kind}) như sau:"


def overall(report, asked) -> tuple[str, ...]:
    """How many targets stand how, and where the tables are."""
    said = text_figures.overall(report)
    if asked.subject.of and report.lines:
        said = said.replace("mục tiêu đo lường của", f"mục tiêu đo lường{asked.subject.of}, thuộc", 1)
    return (said,)


def reasons(line, said) -> str:
    """`- Hoạt động kiểm tra… (I.8, 18,21 %): Sở Y tế nêu: “…”; Sở Xây dựng nêu: “…”.`"""
    told = "; ".join(f"{one.agency} nêu: “{one.note.rstrip('.')}”" for one in said)
    return f"- {line.target.label} ({line.target.code}, {text_figures.value(line)}): {told}."


def contributions(found) -> list[tuple[str, str]]:
    """(target's code, sentence) of each change that is split into its reporters' parts (`builders.contributions`)."""
    return [(one.code, _contribution(one)) for one in found]


def _contribution(one):
    way = "tăng" if one.total > 0 else "giảm"
    size = formatting.difference(abs(one.total), one.unit).removeprefix("+")
    parts = "; ".join(f"{name} {formatting.difference(part, one.unit)}" for name, part in one.parts)
    rest = f"; các nơi còn lại {formatting.difference(one.rest, one.unit)}" if one.has_rest else ""
    of = f"{one.code}, lũy kế" if one.is_cumulative else one.code
    return f"- {one.label} ({of}) {way} {size}, trong đó {parts}{rest}."


def redefined(report) -> str:
    """Which targets are judged by another definition than the plan's first."""
    return f"Mục tiêu có định nghĩa đã thay đổi: {'; '.join(report.redefined)}." if report.redefined else ""


def restated(rows) -> str:
    """That earlier figures were corrected."""
    if not rows:
        return ""
    codes = ", ".join(row.code for row in rows)
    return f"Số liệu đã báo cáo kỳ trước của {len(rows)} mục tiêu ({codes}) được điều chỉnh như sau:"


def tasks(report, subject) -> list[str]:
    """What is asked of whom, at least one sentence."""
    asked = text_figures.tasks(report)
    if subject.type in (PILLAR, LEAD):
        # Who sent nothing is no matter of a part of the targets.
        asked = asked[:1] if report.bad else ()
    said = [f"Đề nghị {task[:1].lower()}{task[1:]}" for task in asked]
    if subject.type in (DISTRICT, AGENCY) and report.bad:
        said.insert(0, f"Đề nghị {report.agency.name} tập trung thực hiện các mục tiêu nêu tại mục II.")
    if not said:
        said = ["Đề nghị các cơ quan, đơn vị tiếp tục thực hiện kế hoạch và duy trì kết quả đã đạt."]
    return [f"{place}. {task}" for place, task in enumerate(said, 1)] if len(said) > 1 else said


def projects(found, asked, *, with_money: bool, lead: str = "") -> tuple[str, ...]:
    """How many projects stand how, what their leads say, what is paid, and which of them are late and why. lead: the code of
    the agency that alone is told of; of a project that it shares, only its own money."""
    rows = found.rows
    counts = Counter(row.standing.word for row in rows if row.standing)
    said = [f"Có {len(rows)} dự án, nhiệm vụ."]
    if counts:
        words = [WORDS[one] for one in Lateness]
        told = ", ".join(f"{counts[word]} {word[:1].lower()}{word[1:]}" for word in words if counts[word])
        day = formatting.date(asked.span.last_day)
        said = [f"Xét tại ngày {day}, có {len(rows)} dự án, nhiệm vụ: {told}."]
    totals = found.summary
    if totals.stages:
        told = "; ".join(f"{words[:1].lower()}{words[1:]}: {number}" for _, words, number in totals.stages)
        said.append(f"Theo báo cáo của cơ quan chủ trì: {told}.")
    if with_money:
        counts_of_money = [one for one in totals.leads if one.code == lead] if lead else [totals.whole]
        said += [one.money.words for one in counts_of_money if one.money.is_known]
    late = [row for row in rows if row.standing and row.standing.is_late]
    if late:
        said.append(f"{len(late)} dự án, nhiệm vụ cần chú ý:")
    elif counts:
        said.append("Không có dự án, nhiệm vụ nào quá hạn, chậm mốc, tạm dừng hoặc sát hạn.")
    return tuple(said)


def late_projects(found) -> list[tuple[str, str]]:
    """(project's code, sentence) of each that needs attention: its name, and why."""
    late = [row for section in found.sections for row in section.rows if row.standing and row.standing.is_late]
    return [(row.project.code, _late(row)) for row in late]


def _late(row):
    reason = row.standing.reason.rstrip(".")
    if reason[1:2].islower():
        reason = f"{reason[:1].lower()}{reason[1:]}"
    return f"- {row.project.name} ({row.project.code}): {row.standing.word.lower()}{f', {reason}' if reason else ''}."


def project_section(section) -> str:
    """One group of projects: how many, how many of them late, and the first day on which one is due."""
    due = [row.project.due for row in section.rows if row.project.due]
    first = f"; hạn gần nhất ngày {formatting.date(min(due))}" if due else ""
    late = f"; {section.late_count} cần chú ý" if section.late_count else ""
    return f"{section.section}: {len(section.rows)} dự án, nhiệm vụ{late}{first}."


def project_task(found) -> str:
    """What is asked of those who lead projects."""
    late = sum(section.late_count for section in found.sections)
    if late:
        return (
            f"Đề nghị cơ quan chủ trì của {late} dự án, nhiệm vụ cần chú ý báo cáo nguyên nhân và thời hạn hoàn thành."
        )
    return "Đề nghị các cơ quan chủ trì bảo đảm tiến độ, kịp thời báo cáo khó khăn, vướng mắc."


def discipline(records, asked) -> str:
    """All reports of the span together: in time, late, never sent."""
    due = sum(record.due for record, _ in records)
    if not due:
        return ""
    on_time = sum(record.on_time for record, _ in records)
    late, missing = (sum(record.states.count(state) for record, _ in records) for state in ("late", "missing"))
    share = formatting.percent(_share(on_time, due), 1)
    return (
        f"Tính cả {asked.span.title}, có {formatting.number(on_time)}/{formatting.number(due)} lượt phiếu nộp đúng hạn ({share}), "
        f"{formatting.number(late)} lượt nộp muộn, {formatting.number(missing)} lượt chưa nộp khi đã quá hạn."
    )


def _share(part, whole):
    return Decimal(part * 100) / whole


def unsent(report) -> str:
    """Who sent no report of the last period."""
    if not report.unsent:
        return f"Tất cả cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng {report.period.number}."
    over = ", đã quá hạn" if report.is_over else f", hạn nộp ngày {formatting.date(report.period.due_on)}"
    return (
        f"Chưa nộp phiếu báo cáo kỳ tháng {report.period.number}{over}: {len(report.unsent)} cơ quan, đơn vị "
        f"({text_figures.unsent(report)}); danh sách tại Phụ lục."
    )


def least_punctual(records) -> str:
    """Who was late or silent most often in the span."""
    worst = [record for record, _ in records if record.states.count("late") + record.states.count("missing") > 1]
    worst.sort(key=lambda record: (-record.states.count("missing"), -record.states.count("late")))
    if not worst:
        return ""
    named = ", ".join(f"{text_figures.named(record.agency)} ({_times(record.states)})" for record in worst[:MOST_NAMES])
    more = f" và {len(worst) - MOST_NAMES} đơn vị khác" if len(worst) > MOST_NAMES else ""
    return f"Nộp muộn hoặc không nộp từ hai lần trở lên: {named}{more}."


def _times(states):
    counts = ((states.count("late"), "muộn"), (states.count("missing"), "chưa nộp"))
    return ", ".join(f"{count} lần {word}" for count, word in counts if count)


def discipline_task(report) -> str:
    """What is asked of those who sent nothing."""
    if report.unsent and report.is_over:
        return (
            f"Đề nghị {len(report.unsent)} cơ quan, đơn vị chưa nộp khẩn trương nộp phiếu báo cáo và rút kinh nghiệm."
        )
    return "Đề nghị các cơ quan, đơn vị tiếp tục nộp phiếu báo cáo đúng hạn."


def method(asked) -> list:
    """The annex on statuses and reckoning."""
    least = formatting.percent(asked.plan.min_coverage, 0)
    said = [
        "Tỷ lệ của huyện, của tỉnh bằng tổng tử số chia tổng mẫu số của các đơn vị, không phải trung bình các tỷ lệ.",
        "Mục tiêu phát sinh trong kỳ được cộng dồn từ đầu năm, ghi “lũy kế”; cột “Trong kỳ” là số của riêng kỳ báo cáo.",
        "Mục tiêu hiện có cuối kỳ lấy số gần nhất của mỗi đơn vị, không cộng các kỳ.",
        "Mức cần đạt đến nay nằm trên đường thẳng từ giá trị đầu năm đến ngưỡng vào ngày hạn hoàn thành, hoặc qua các mốc đã định.",
        "Dự báo kéo dài xu hướng của tối đa 6 kỳ gần nhất đến ngày hạn.",
        f"Mục tiêu có dưới {least} số đơn vị có số liệu được ghi “chưa đủ số liệu”.",
        "Số chính thức chỉ gồm phiếu đã duyệt; số tạm tính gồm cả phiếu đã nộp chưa duyệt.",
    ]
    return [tables.glossary(), *(Paragraph((bind(f"cach-tinh-{n}", f"- {s}"),)) for n, s in enumerate(said, 1))]
