"""Generator of the demonstration year: plausible submissions of every agency from January to August 2023, the same for the same
seed.

Pure: no database, no clock. `year()` turns the plan's agencies, targets and periods into the reports that `loader.py` stores.
Every figure has a random generator of its own, seeded with its agency and target, so that one more agency changes no other.
The curves below are the province's shares month by month; they start from the plan's 2022 baselines where it has any.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import exp, log
from random import Random
from typing import NamedTuple

from core.clock import VIETNAM
from indicators.audit_acts import SubmissionAct
from indicators.rules.calendar import DAYS_TO_MEND, is_due
from indicators.rules.kinds import Kind, Timing

SEED = 2023
YEAR = 2023
MONTHS = range(1, 9)
OPEN_MONTH = 8
# Where the story ends and the system's clock begins: the day after the August period opened.
STORY_END = dt.datetime(2023, 8, 16, 9, 0, tzinfo=VIETNAM)

COMMUNE, DISTRICT = "commune", "district"


class Reporter(NamedTuple):
    """An agency that reports. `district`: its own code, or a commune's district; empty for the others."""

    code: str
    level: str
    district: str


class TargetInfo(NamedTuple):
    """The properties of a target that its figures depend on."""

    code: str
    kind: str
    timing: str
    cycle: int


class Period(NamedTuple):
    """A month with the days of its calendar."""

    number: int
    opens_on: dt.date
    due_on: dt.date
    review_due_on: dt.date
    closes_on: dt.date


class Figure(NamedTuple):
    """A reported figure of one target; exactly one of (n and d) and v is given."""

    n: int | None = None
    d: int | None = None
    v: int | Decimal | None = None
    nothing: bool = False
    note: str = ""


class Typed(NamedTuple):
    """A state of a figure from a moment on. `copied_from`: the time of typing, where a reopening copied it into a new version."""

    at: dt.datetime
    figure: Figure
    reason: str = "biểu nhập"
    copied_from: dt.datetime | None = None

    @property
    def entered_at(self) -> dt.datetime:
        """Return the time at which it was typed."""
        return self.copied_from or self.at


@dataclass
class Cell:
    """One target's figure in a report, with all its states."""

    target: str
    typed: list[Typed]
    return_reason: str = ""

    @property
    def figure(self) -> Figure:
        """Return the latest state."""
        return self.typed[-1].figure


Figures = Mapping[str, Figure]


class Act(NamedTuple):
    """A line of the log."""

    at: dt.datetime
    by_reviewer: bool
    act: SubmissionAct
    reason: str = ""


@dataclass
class Report:
    """One version of an agency's report; the fields are those of the model Submission."""

    agency: str
    month: int
    version: int
    state: str
    created_at: dt.datetime
    cells: list[Cell]
    is_latest: bool = True
    is_official: bool = False
    is_provisional: bool = False
    revision: int = 0
    first_submitted_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    reviewed_at: dt.datetime | None = None
    return_reason: str = ""
    reopen_reason: str = ""
    extended_until: dt.date | None = None
    is_late: bool = False
    acts: list[Act] = field(default_factory=list)

    @property
    def sent(self) -> dt.datetime:
        """Return the time of the last submission, of a report that has one."""
        assert self.submitted_at is not None
        return self.submitted_at

    @property
    def decided(self) -> dt.datetime:
        """Return the time of the last decision, of a report that has one."""
        assert self.reviewed_at is not None
        return self.reviewed_at


def without_figures(agencies: Collection[str], periods: Collection[Period]) -> list[Report]:
    """Return approved reports until July of agencies without targets that report something else; submitted on the first day."""
    reports = []
    for agency in agencies:
        for period in periods:
            if period.number not in MONTHS or period.number == OPEN_MONTH:
                continue
            sent, decided = _at(period.opens_on, 10, 0), _at(period.due_on, 15, 0)
            reports.append(
                Report(
                    agency=agency,
                    month=period.number,
                    version=1,
                    state="approved",
                    created_at=sent - dt.timedelta(minutes=20),
                    cells=[],
                    is_official=True,
                    is_provisional=True,
                    revision=2,
                    first_submitted_at=sent,
                    submitted_at=sent,
                    reviewed_at=decided,
                    acts=[Act(sent, False, SubmissionAct.SUBMIT), Act(decided, True, SubmissionAct.APPROVE)],
                )
            )
    return reports


# --- Volumes ---------------------------------------------------------------------------------------------------------

# Thousands of people, roughly; a commune's part of its district varies around the mean.
DISTRICT_PEOPLE = {
    "h288": 330,
    "h290": 175,
    "h291": 125,
    "h292": 180,
    "h293": 130,
    "h294": 140,
    "h295": 150,
    "h296": 115,
    "h297": 120,
    "h298": 155,
    "h299": 150,
    "h300": 130,
}
ADULT_SHARE = 0.7
# Denominators of a month (flow, rate) or of the whole (stock) for a reporter of middling size, by level; `lead` is the one
# agency that reports for the province.
VOLUMES: dict[str, dict[str, int]] = {
    "I.1.a": {"department": 900},
    "I.1.b": {DISTRICT: 2600},
    "I.1.c": {COMMUNE: 150},
    "I.2.a": {"lead": 824},
    "I.2.b": {"lead": 1268},
    "I.3": {"department": 240, DISTRICT: 620},
    "I.4": {"department": 420, DISTRICT: 640, COMMUNE: 72},
    "I.5.a": {"department": 16, DISTRICT: 22, COMMUNE: 11},
    "I.8": {"department": 4},
    "I.9": {"lead": 14_200},
    "I.10": {"lead": 412},
    "I.11.a": {"department": 560},
    "I.11.b": {DISTRICT: 1500},
    "I.11.c": {COMMUNE: 185},
    "I.12": {"department": 590, DISTRICT: 1580, COMMUNE: 195},
    "I.13": {"department": 150, DISTRICT: 1750, COMMUNE: 22},
    "I.14": {"department": 5, DISTRICT: 4, COMMUNE: 2},
    "I.15": {"department": 5, DISTRICT: 4, COMMUNE: 2},
    "II.4": {DISTRICT: 980},
    "II.5": {DISTRICT: 980},
    "III.1.a": {"lead": 589_000},
    "III.1.b": {"lead": 235},
    "III.2.a": {"lead": 1_936_000},
    "III.2.b": {"lead": 1_936_000},
    "III.5": {"lead": 1_355_000},
}
SAME_WHOLE = {"I.15": "I.14", "II.5": "II.4"}  # the same systems, the same firms
FIXED_WHOLE = {"III.1.b"}  # the communes: their number does not grow
PART_OF = {"I.15": "I.14"}  # a system meets the requirements of its level after that was approved
# Departments whose volume differs from the average one.
DOSSIERS = {
    "ttt": 0.004,
    "vpubnd": 0.02,
    "skhcn": 0.15,
    "snv": 0.5,
    "skhdt": 1.8,
    "sgtvt": 2.4,
    "stnmt": 1.7,
    "stp": 2.1,
}
STAFF = {"sgddt": 13, "syt": 16, "sldtbxh": 3, "snnptnt": 3}
DEPARTMENT_SIZES: dict[str, Mapping[str, float]] = {
    "I.3": DOSSIERS,
    "I.11.a": DOSSIERS,
    "I.12": DOSSIERS,
    "I.13": STAFF,
}
NO_INSPECTION = 0.14
# Work of the window that ends on the 14th: the new year's holidays in January, Tết (20–26 January) in February.
SEASON = {1: 0.84, 2: 0.63, 3: 1.09, 4: 1.02, 5: 0.98, 6: 1.05, 7: 1.07, 8: 1.01}
HOLIDAYS = {dt.date(2023, 1, 20) + dt.timedelta(n) for n in range(7)} | {dt.date(2023, 5, n) for n in (1, 2, 3)}
UNEVEN = 0.11  # how much the work of a month varies


class Curve(NamedTuple):
    """The province's share in percent, January to August; the spread between agencies (on the log-odds), and the variation of a
    month."""

    shares: tuple[float, ...]
    spread: float = 0.5
    noise: float = 0.1


CURVES = {
    "I.1.a": Curve((77, 78, 80, 82, 84, 85, 87, 88)),
    "I.1.b": Curve((60, 61.5, 64.5, 67, 69.5, 72, 74, 76)),
    "I.1.c": Curve((40, 41, 44, 46.5, 49, 51, 53, 55), 0.6),
    "I.2.a": Curve((58.2, 60.9, 64.3, 67.8, 70.7, 73.6, 76.9, 78.9)),
    "I.2.b": Curve((70.9, 73.0, 76.2, 79.3, 82.4, 85.6, 88.3, 90.1)),
    "I.3": Curve((91, 91.2, 91.8, 92, 92.6, 93, 93.4, 93.6), 0.5),
    "I.4": Curve((96.4, 96.7, 97.2, 97.6, 98.1, 98.5, 98.9, 99.2), 0.9, 0.3),
    "I.5.a": Curve((86.5, 87, 88.2, 89.1, 90.4, 91.2, 92, 92.6), 0.8, 0.3),
    "I.5.b": Curve((27, 31, 37, 44, 50, 57, 63.5, 68)),
    "I.7": Curve((17, 17, 23, 29, 35, 35, 40, 44)),
    "I.8": Curve((14, 14.5, 16.5, 18, 19.5, 20.5, 21.5, 22), 0.7, 0.4),
    "I.9": Curve((27.4, 28.3, 30.2, 32.1, 34.0, 35.6, 37.1, 38.2), noise=0.03),
    "I.10": Curve((34.0, 37.6, 41.7, 45.6, 49.5, 53.2, 57.8, 59.0)),
    "I.11.a": Curve((81, 82, 83.8, 85.9, 88.4, 90.9, 93.3, 94.4), 0.5),
    "I.11.b": Curve((20, 23, 28.5, 34.5, 41, 47, 53, 58), 0.4),
    "I.11.c": Curve((49, 50.5, 53.5, 57.5, 62.5, 68, 74, 79.5), 0.6),
    "I.12": Curve((57, 58.5, 63.5, 67, 70, 72.5, 75, 77), 0.6),
    "I.13": Curve((2.6, 3.4, 6.4, 9.8, 13.4, 17.3, 21.4, 24.6), 0.7),
    "I.14": Curve((9, 10.5, 14.5, 19, 24, 29, 34, 38)),
    "I.15": Curve((1.8, 2.4, 4, 6.3, 9.1, 12.2, 15.5, 18.3)),
    "II.4": Curve((9, 11, 16, 22.5, 30, 38.5, 48, 56), 0.45),
    "II.5": Curve((4.6, 5.6, 8.1, 10.9, 13.9, 16.9, 19.9, 22.2), 0.45),
    "III.1.a": Curve((67, 68, 69.4, 71, 73, 75.1, 76, 77)),
    "III.1.b": Curve((97, 97.5, 98.3, 99, 99.5, 100, 100, 100)),
    "III.2.a": Curve((99.7, 99.7, 99.74, 99.8, 99.8, 99.83, 99.9, 99.9)),
    "III.2.b": Curve((79.2, 79.4, 79.9, 80.3, 80.6, 81.2, 81.5, 81.8)),
    "III.4": Curve((12.4, 13.6, 16, 18.4, 20.8, 23.2, 25.6, 27.3), 0.45),
    "III.5": Curve((0.6, 0.7, 0.9, 1.1, 1.4, 1.7, 2.0, 2.2)),
    "III.6": Curve((69, 70.3, 72.6, 75, 77.3, 79.4, 81.6, 83), 0.5),
    "III.7": Curve((14, 16.2, 20, 23.8, 27.6, 31.1, 34.4, 36.8), 0.4),
}
COUNTS = {"II.3": (115, 117, 121, 125, 129, 133, 138, 141)}
VALUES = {
    "II.1": {3: (Decimal("8.61"), "Số ước quý I, cập nhật khi có số chính thức của Cục Thống kê.")},
    "II.2": {3: (Decimal("6.72"), "Số ước quý I; tăng thấp do đơn hàng công nghiệp giảm."), 6: (Decimal("7.24"), "")},
}
VALUES["II.1"][6] = (Decimal("9.08"), "Số ước 6 tháng.")

# --- Behaviour of agencies -------------------------------------------------------------------------------------------

# Agencies without anything for August yet and always on time so far: the accounts for trying the system out.
PRISTINE = {"x10543", "h288", "h290", "syt"}
RELIABLE = PRISTINE | {"vpubnd", "stttt", "skhdt"}  # several targets of the province hang on one agency's report
SILENT = {"nhnn"}  # has never reported: its target has no figure at all
AUGUST = {"vpubnd": "approved", "skhdt": "approved", "stttt": "draft"}
UNSTEADY_SHARE = 0.03
UNSTEADY_MISSES = 0.4
EMPTY_CELL = 0.012
NO_SYSTEM_SHARE = 0.18
# Odds of a report's fate, per thousand.
FATES_BEFORE = {"approved": 845, "late": 62, "mended": 26, "corrected": 24, "missing": 18}
FATES_RECENT = FATES_BEFORE | {"submitted": 14, "returned": 12, "draft": 8}
FATES_LAST = FATES_RECENT | {"reopened": 10, "restated": 10}
FATES_OPEN = {"approved": 135, "submitted": 190, "returned": 22, "draft": 60, "missing": 593}

MANY = {
    COMMUNE: (
        "Số hồ sơ tăng do cao điểm xác nhận, chứng thực giấy tờ phục vụ tuyển sinh đầu cấp.",
        "Tăng so với tháng trước do tiếp nhận hồ sơ hỗ trợ theo chính sách mới của tỉnh.",
        "Trong kỳ có đợt cấp đổi giấy tờ sau khi sắp xếp lại thôn, khu dân cư.",
    ),
    DISTRICT: (
        "Số hồ sơ tăng do cao điểm cấp đổi giấy chứng nhận quyền sử dụng đất.",
        "Trong kỳ giải quyết dứt điểm hồ sơ tồn của các tháng trước.",
    ),
    "department": (
        "Tăng so với tháng trước do đến kỳ gia hạn giấy phép của nhiều tổ chức.",
        "Trong kỳ tiếp nhận hồ sơ theo đợt, tập trung vào một số thủ tục.",
    ),
}
FEWER_ONLINE = (
    "Hệ thống một cửa điện tử bảo trì 4 ngày, một phần hồ sơ phải tiếp nhận trực tiếp.",
    "Đường truyền tại bộ phận một cửa gián đoạn do sửa trụ sở, nay đã khắc phục.",
    "Cán bộ phụ trách thay đổi công tác, người mới đang được hướng dẫn.",
    "Máy quét hỏng trong kỳ nên chưa số hóa kịp; sẽ bổ sung thiết bị trong tháng tới.",
)
CLEANED = {
    "III.4": "Rà soát, loại tài khoản trùng và người đã chuyển đi nên số lũy kế giảm so với tháng trước.",
    "III.6": "Đối chiếu với dữ liệu dân cư, loại hồ sơ trùng nên số lũy kế giảm.",
    "III.7": "Công an xã rà soát, loại trường hợp chưa kích hoạt nên số lũy kế giảm.",
    "II.4": "Rà soát, loại doanh nghiệp đã ngừng hoạt động nên số lũy kế giảm.",
}
NO_SYSTEM = "Đơn vị dùng chung hệ thống của tỉnh, không quản lý hệ thống thông tin riêng."
PLAIN_NOTES = (
    "Số liệu đã đối chiếu với Cổng dịch vụ công của tỉnh.",
    "Số liệu theo báo cáo của bộ phận một cửa.",
    "Đã rà soát cùng cơ quan cấp trên.",
)
MILESTONES = (
    (20, "Đang rà soát, lập danh mục dữ liệu cần số hóa."),
    (40, "Đã phê duyệt danh mục, đang thuê đơn vị số hóa."),
    (60, "Đang số hóa và làm sạch dữ liệu, đã xong phần hồ sơ đang hiệu lực."),
    (80, "Đã số hóa phần lớn dữ liệu, đang kết nối thử với nền tảng tích hợp của tỉnh."),
    (99, "Đã kết nối cơ sở dữ liệu quốc gia, đang hoàn thiện quy chế khai thác."),
    (100, "Đã đưa vào khai thác chính thức."),
)
HANDLED = {"I.1.a", "I.1.b", "I.1.c", "I.11.a", "I.11.b", "I.11.c", "I.12"}
CHECKED = "Đã kiểm tra lại với số theo dõi của đơn vị, số này đúng."


# --- The year --------------------------------------------------------------------------------------------------------
def year(
    reporters: Collection[Reporter],
    targets: Collection[TargetInfo],
    assigned: Mapping[str, Collection[str]],
    periods: Collection[Period],
    *,
    seed: int = SEED,
) -> list[Report]:
    """Return all versions of all reports up to STORY_END, in the order of their creation.

    assigned: target codes by agency code. Same arguments, same result.
    """
    by_code = {target.code: target for target in targets}
    communes: dict[str, int] = {}
    for reporter in reporters:
        if reporter.level == COMMUNE:
            communes[reporter.district] = communes.get(reporter.district, 0) + 1
    ranks = _ranks(assigned, by_code, seed)
    reports: list[Report] = []
    for reporter in reporters:
        assigned_targets = [target for target in targets if target.code in assigned.get(reporter.code, ())]
        figures = {
            target.code: dict(_figures(reporter, target, communes, ranks.get((target.code, reporter.code)), seed))
            for target in assigned_targets
        }
        _keep_parts(figures)
        for period in periods:
            if period.number not in MONTHS:
                continue
            due = [t.code for t in assigned_targets if is_due(period.number, t.cycle)]
            now = {code: figures[code][period.number] for code in due if period.number in figures[code]}
            if now:
                reports += _versions(reporter, period, now, seed)
    return sorted(reports, key=lambda report: (report.created_at, report.agency, report.version))


def _rng(*parts: object) -> Random:
    return Random("|".join(map(str, parts)))


def _ranks(
    assigned: Mapping[str, Collection[str]], targets: Mapping[str, TargetInfo], seed: int
) -> dict[tuple[str, str], float]:
    """Return each agency's rank (0 up to 1) in the order in which a yes/no target's agencies turn to yes, by (target, agency)."""
    ranks: dict[tuple[str, str], float] = {}
    for code, target in targets.items():
        if target.kind != Kind.YES_NO:
            continue
        members = sorted(agency for agency, codes in assigned.items() if code in codes)
        _rng(seed, "thứ tự", code).shuffle(members)
        ranks |= {(code, agency): (index + 0.5) / len(members) for index, agency in enumerate(members)}
    return ranks


# --- Figures ---------------------------------------------------------------------------------------------------------
def _figures(
    reporter: Reporter, target: TargetInfo, communes: Mapping[str, int], rank: float | None, seed: int
) -> Iterator[tuple[int, Figure]]:
    """Yield the (month, figure) of one agency and target; months without a figure are left out."""
    rng = _rng(seed, "số", reporter.code, target.code)
    if target.kind == Kind.YES_NO and rank is not None:
        for month in MONTHS:
            yield month, Figure(v=int(rank < CURVES[target.code].shares[month - 1] / 100))
    elif target.kind == Kind.MILESTONE:
        yield from _milestones(rng)
    elif target.kind == Kind.COUNT:
        for month in MONTHS:
            yield month, Figure(v=COUNTS[target.code][month - 1])
    elif target.kind == Kind.VALUE:
        for month, (value, note) in VALUES[target.code].items():
            yield month, Figure(v=value, note=note)
    elif target.code in CURVES:
        yield from _ratios(reporter, target, communes, rng, seed)


def _keep_parts(figures: Mapping[str, dict[int, Figure]]) -> None:
    """Count, in place, in a target at least what is counted in another one that is part of it."""
    for part, whole in PART_OF.items():
        for month, figure in figures.get(whole, {}).items():
            inner = figures.get(part, {}).get(month)
            if inner is not None and figure.n is not None and inner.n is not None:
                figures[whole][month] = figure._replace(n=max(figure.n, inner.n))


def _milestones(rng: Random) -> Iterator[tuple[int, Figure]]:
    begun, pace = rng.choice((0, 5, 10, 15, 20)), rng.uniform(4, 12)
    for month in MONTHS:
        reached = min(100, 5 * round((begun + pace * month) / 5))
        yield month, Figure(v=reached, note=next(text for limit, text in MILESTONES if reached <= limit))


def _ratios(
    reporter: Reporter, target: TargetInfo, communes: Mapping[str, int], rng: Random, seed: int
) -> Iterator[tuple[int, Figure]]:
    curve = CURVES[target.code]
    alone = "lead" in VOLUMES.get(target.code, ())
    ability = 0 if alone else curve.spread * _ability(reporter, target, seed)
    whole = _volume(reporter, target, communes, seed)
    if target.timing == Timing.STOCK:
        growth = 0 if target.code in FIXED_WHOLE else _rng(seed, "tăng", reporter.code).uniform(0, 0.0012)
        yield from _stock(target, curve, ability, whole, growth, rng)
        return
    for month in MONTHS:
        uneven = exp(rng.gauss(0, UNEVEN if whole > 20 else 2.5 * UNEVEN))
        volume = whole * uneven * (1 if target.code == "I.5.a" else SEASON[month])
        if target.code == "I.8" and rng.random() < NO_INSPECTION:
            volume = 0
        share = _shifted(curve.shares[month - 1], ability + rng.gauss(0, curve.noise))
        note = ""
        if not alone and target.code in HANDLED and reporter.code not in PRISTINE:
            if rng.random() < 0.006:
                volume *= rng.uniform(2.3, 3.4)
                note = rng.choice(MANY[reporter.level])
            elif rng.random() < 0.006:
                share *= rng.uniform(0.45, 0.65)
                note = rng.choice(FEWER_ONLINE)
            elif rng.random() < 0.008:
                note = rng.choice(PLAIN_NOTES)
        d = round(volume)
        n = sum(rng.random() < share for _ in range(d)) if d <= 60 else min(d, round(d * share))
        yield month, Figure(n, d, nothing=d == 0, note=note)


def _stock(
    target: TargetInfo, curve: Curve, ability: float, whole: int, growth: float, rng: Random
) -> Iterator[tuple[int, Figure]]:
    """Yield an agency's stock at each window's end: it grows, except where a clean-up reduces it; a large whole grows by `growth` a
    month."""
    if whole == 0:
        for month in MONTHS:
            yield month, Figure(0, 0, nothing=True, note=NO_SYSTEM if month == MONTHS[0] else "")
        return
    cleaned_in = rng.choice(MONTHS[3:]) if target.code in CLEANED and rng.random() < 0.03 else None
    # With few pieces each changes at a level of its own, and never back.
    levels = [rng.random() for _ in range(whole)] if whole <= 60 else None
    growth = growth if whole > 60 else 0
    remaining, n = 1.0, 0
    for month in MONTHS:
        share = _shifted(curve.shares[month - 1], ability)
        d = round(whole * (1 + growth) ** (month - 1))
        note = ""
        if month == cleaned_in:
            remaining, note = rng.uniform(0.86, 0.93), CLEANED[target.code]
            n = 0
        elif rng.random() < 0.004:
            note = PLAIN_NOTES[2]
        n = max(n, sum(level < share for level in levels) if levels else min(d, round(d * share * remaining)))
        yield month, Figure(n, d, note=note)


def _ability(reporter: Reporter, target: TargetInfo, seed: int) -> float:
    """Return an agency's strength relative to the others: mostly the agency's own, partly the target's."""
    general = _rng(seed, "năng lực", reporter.code).gauss(0, 1)
    return max(-2.2, min(2.2, 0.75 * general + 0.65 * _rng(seed, "năng lực", reporter.code, target.code).gauss(0, 1)))


def _shifted(percent: float, by: float) -> float:
    """Return a share in percent moved on the log-odds; never quite 0 or 1, except that 100 stays 100."""
    share = percent / 100
    return 1.0 if share >= 1 else 1 / (1 + exp(-(log(share / (1 - share)) + by)))


def _volume(reporter: Reporter, target: TargetInfo, communes: Mapping[str, int], seed: int) -> int:
    """Return the denominator that an agency usually has: a month's work, or the stock."""
    code = SAME_WHOLE.get(target.code, target.code)
    people = _people(reporter, communes, seed)
    if code in ("III.4", "III.7"):
        return round(people * ADULT_SHARE)
    if code == "III.6":
        return people
    volumes = VOLUMES[code]
    if "lead" in volumes:
        return volumes["lead"]
    usual = volumes[reporter.level]
    rng = _rng(seed, "quy mô", reporter.code, code)
    if code == "I.14":
        if reporter.level == COMMUNE and reporter.code not in PRISTINE and rng.random() < NO_SYSTEM_SHARE:
            return 0
        return max(1, usual + rng.choice((-1, 0, 0, 1, 2) if reporter.level != COMMUNE else (-1, 0, 0, 1)))
    if reporter.level == "department":
        size = exp(_rng(seed, "quy mô", reporter.code).gauss(0, 0.4))
        size *= DEPARTMENT_SIZES.get(code, {}).get(reporter.code, 1)
    else:
        size = people / (7_700 if reporter.level == COMMUNE else 158_000)
    if code in ("I.4", "I.5.a", "I.13") and reporter.level == COMMUNE:
        size = size**0.3  # a commune's office is much the same everywhere
    return max(1, round(usual * size * exp(rng.gauss(0, 0.12))))


def _people(reporter: Reporter, communes: Mapping[str, int], seed: int) -> int:
    """Return the inhabitants of a commune or district; 0 for the others."""
    if reporter.level not in (COMMUNE, DISTRICT):
        return 0
    thousands = DISTRICT_PEOPLE.get(reporter.district, 140)
    if reporter.level == DISTRICT:
        return thousands * 1000
    size = exp(_rng(seed, "dân số", reporter.code).gauss(0, 0.26))
    return round(thousands * 1000 / communes[reporter.district] * size)


# --- Reports ---------------------------------------------------------------------------------------------------------
def _fate(reporter: Reporter, period: Period, seed: int) -> str:
    """Return the outcome of a report, a key of the FATES_… tables."""
    code = reporter.code
    if code in SILENT:
        return "missing"
    if period.number == OPEN_MONTH:
        if code in AUGUST or code in PRISTINE:
            return AUGUST.get(code, "missing")
        odds = FATES_OPEN
    elif code in RELIABLE:
        return "approved"
    else:
        unsteady = _rng(seed, "thất thường", code).random() < UNSTEADY_SHARE
        if unsteady and _rng(seed, "bỏ kỳ", code, period.number).random() < UNSTEADY_MISSES:
            return "missing"
        odds = FATES_LAST if period.number == 7 else FATES_RECENT if period.number == 6 else FATES_BEFORE
    return _rng(seed, "kết cục", code, period.number).choices(list(odds), list(odds.values()))[0]


def _versions(reporter: Reporter, period: Period, figures: Figures, seed: int) -> list[Report]:
    """Return the versions of one report, oldest first; none where the agency did not report."""
    fate = _fate(reporter, period, seed)
    if fate == "missing":
        return []
    rng = _rng(seed, "phiếu", reporter.code, period.number)
    if reporter.code not in RELIABLE and len(figures) > 4:
        figures = {code: figure for code, figure in figures.items() if rng.random() >= EMPTY_CELL}
    if period.number == OPEN_MONTH:
        return [_open_report(reporter, period, figures, fate, rng)]
    if fate == "draft":
        return [_begun(reporter, period, _some(figures, rng), _start(rng, period, late=False), rng)]
    report = _sent(reporter, period, figures, _start(rng, period, late=fate == "late"), rng)
    if fate == "submitted":
        return [report]
    if fate == "returned":
        _send_back(report, period, _review_time(report, period, rng), rng)
        return [report]
    if fate == "mended":
        _mend(report, period, figures, rng)
    wrong = None
    if fate in ("corrected", "reopened", "restated"):
        wrong = _mistype(report, figures, rng)
    _approve(report, _review_time(report, period, rng))
    if wrong is None:
        return [report]
    return [report, _restated(report, period, figures, wrong, fate, rng)]


def _open_report(reporter: Reporter, period: Period, figures: Figures, fate: str, rng: Random) -> Report:
    """Return a report of the period that is open at the story's end: everything happens between its opening and STORY_END."""
    first_day = rng.random() < 0.75 or fate in ("approved", "returned")
    day = period.opens_on if first_day else STORY_END.date()
    start = _at(day, 7, 30) + _minutes(rng, 0, 240 if first_day else 35)
    if first_day and fate not in ("approved", "returned") and rng.random() < 0.5:
        start += dt.timedelta(hours=5.5)
    if fate == "draft":
        return _begun(reporter, period, _some(figures, rng), start, rng)
    report = _sent(reporter, period, figures, start, rng)
    if rng.random() < 0.6:
        decided = _at(period.opens_on, 14, 0) + _minutes(rng, 0, 165)
    else:
        decided = _at(STORY_END.date(), 7, 45) + _minutes(rng, 0, 70)
    if fate == "approved":
        _approve(report, decided)
    elif fate == "returned":
        _send_back(report, period, decided, rng)
    return report


def _minutes(rng: Random, fewest: int, most: int) -> dt.timedelta:
    """Return a random duration in whole seconds."""
    return dt.timedelta(seconds=rng.randint(60 * fewest, 60 * most))


def _at(day: dt.date, hour: int, minute: int) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM)


def _some(figures: Figures, rng: Random) -> Figures:
    """Return the first few figures: an unfinished draft."""
    count = rng.randint(1, max(1, len(figures) - 1))
    return dict(list(figures.items())[:count])


def _office_time(day: dt.date, rng: Random) -> dt.datetime:
    """Return a random moment within the office hours of a day."""
    hour = rng.choice((7.6, 8, 8.5, 9, 9.5, 10, 10.4, 13.5, 14, 14.5, 15, 15.5))
    return _at(day, 0, 0) + dt.timedelta(hours=hour) + _minutes(rng, 0, 25)


def _working(day: dt.date) -> dt.date:
    """Return the day, or the next working day."""
    while day.weekday() > 4 or day in HOLIDAYS:
        day += dt.timedelta(1)
    return day


def _start(rng: Random, period: Period, *, late: bool) -> dt.datetime:
    """Return the time at which the focal point begins: between opening and due day, preferably a working day; a late one in the
    days after."""
    first, last = (period.due_on + dt.timedelta(1), period.closes_on) if late else (period.opens_on, period.due_on)
    days = [first + dt.timedelta(n) for n in range((last - first).days + 1)]
    weights = [(0.12 if day.weekday() > 4 else 1) * (1 + 0.4 * index) for index, day in enumerate(days)]
    if late:
        weights.reverse()
    day = rng.choices(days, weights)[0]
    if late and day == last:
        return _at(day, 7, 40) + _minutes(rng, 0, 120)
    return _office_time(day, rng)


def _begun(reporter: Reporter, period: Period, figures: Figures, start: dt.datetime, rng: Random) -> Report:
    """Return a draft: figures typed one after another from a moment on."""
    moment, cells = start, []
    for code, figure in figures.items():
        moment += dt.timedelta(seconds=rng.randint(18, 55))
        cells.append(Cell(code, [Typed(moment, figure)]))
    return Report(
        agency=reporter.code,
        month=period.number,
        version=1,
        state="draft",
        created_at=start,
        cells=cells,
        revision=1 + len(cells) // 6,
    )


def _sent(reporter: Reporter, period: Period, figures: Figures, start: dt.datetime, rng: Random) -> Report:
    report = _begun(reporter, period, figures, start, rng)
    _submit(report, period, _last_typed(report) + _minutes(rng, 1, 6))
    return report


def _last_typed(report: Report) -> dt.datetime:
    return max((cell.typed[-1].at for cell in report.cells), default=report.created_at)


def _submit(report: Report, period: Period, at: dt.datetime) -> None:
    report.state, report.submitted_at = "submitted", at
    if report.first_submitted_at is None:
        report.first_submitted_at = at
        report.is_late = at.date() > period.due_on
    report.is_provisional = True
    report.return_reason = ""
    for cell in report.cells:
        cell.return_reason = ""
    report.revision += 1
    report.acts.append(Act(at, False, SubmissionAct.SUBMIT))


def _review_time(report: Report, period: Period, rng: Random) -> dt.datetime:
    """Return the time of the reviewer's decision: later that day or on a day up to the review's deadline."""
    day = report.sent.date() + dt.timedelta(rng.choice((0, 1, 1, 2)))
    if day > period.review_due_on:
        day = max(period.review_due_on, report.sent.date())
    moment = _office_time(day, rng)
    if moment <= report.sent:
        moment = report.sent + _minutes(rng, 20, 60)
    return moment


def _approve(report: Report, at: dt.datetime) -> None:
    report.state, report.reviewed_at = "approved", at
    report.is_official = report.is_provisional = True
    report.extended_until = None
    report.revision += 1
    report.acts.append(Act(at, True, SubmissionAct.APPROVE))


def _send_back(report: Report, period: Period, at: dt.datetime, rng: Random) -> None:
    """Return a report for one figure; it no longer counts."""
    cell = rng.choice(report.cells)
    cell.return_reason = "Số khác nhiều so với tháng trước mà chưa có giải trình."
    report.state, report.reviewed_at, report.is_provisional = "returned", at, False
    report.return_reason = f"{cell.target}: số khác nhiều so với tháng trước, đề nghị kiểm tra và giải trình."
    report.extended_until = max(period.closes_on, at.date() + dt.timedelta(days=DAYS_TO_MEND))
    report.revision += 1
    report.acts.append(Act(at, True, SubmissionAct.RETURN, report.return_reason))


def _mend(report: Report, period: Period, figures: Figures, rng: Random) -> None:
    """Return a report once, and have it checked and submitted again within the review's time."""
    _send_back(report, period, report.sent + _minutes(rng, 25, 70), rng)
    cell = next(cell for cell in report.cells if cell.return_reason)
    checked = report.decided + _minutes(rng, 15, 50)
    cell.typed.append(Typed(checked, cell.figure._replace(note=CHECKED)))
    report.revision += 1
    _submit(report, period, checked + dt.timedelta(minutes=2))


def _mistype(report: Report, figures: Figures, rng: Random) -> str | None:
    """Put a wrong numerator into a report that will be corrected later; return the target, None where none is suitable."""
    fitting = [cell for cell in report.cells if cell.target in HANDLED and cell.figure.d and cell.figure.n]
    if not fitting:
        return None
    cell = rng.choice(fitting)
    true = cell.figure
    n, d = true.n or 0, true.d or 0
    wrong = true._replace(n=min(d, round(n * rng.uniform(1.12, 1.3)) + 1), note="")
    if wrong.n == n:
        wrong = true._replace(n=round(n * 0.8), note="")
    cell.typed = [cell.typed[0]._replace(figure=wrong)]
    return cell.target


def _restated(report: Report, period: Period, figures: Figures, target: str, fate: str, rng: Random) -> Report:
    """Return the next version of an approved report: reopened with a reason, corrected and, if its fate goes that far,
    submitted and approved. Until then the approved one stays official."""
    reason = f"{target}: số tháng {period.number} cộng trùng một phần của tháng trước, đề nghị sửa."
    if fate == "corrected":
        latest = _at(STORY_END.date() - dt.timedelta(3), 8, 0)
        reopened = min(_office_time(_working(report.decided.date() + dt.timedelta(rng.randint(3, 24))), rng), latest)
    else:
        reopened = _at(period.opens_on.replace(month=OPEN_MONTH), 8, 0) + _minutes(rng, 0, 90)
    newer = Report(
        agency=report.agency,
        month=report.month,
        version=report.version + 1,
        state="draft",
        created_at=reopened,
        cells=[
            Cell(cell.target, [Typed(reopened, cell.figure, f"mở lại: {reason}"[:100], cell.typed[-1].entered_at)])
            for cell in report.cells
        ],
        first_submitted_at=report.first_submitted_at,
        is_late=report.is_late,
        reopen_reason=reason,
        extended_until=max(period.closes_on, reopened.date() + dt.timedelta(days=DAYS_TO_MEND)),
    )
    report.acts.append(Act(reopened, True, SubmissionAct.REOPEN, reason))
    report.is_latest = False
    if fate == "reopened":
        return newer
    cell = next(cell for cell in newer.cells if cell.target == target)
    mended = reopened + _minutes(rng, 40, 150)
    cell.typed.append(Typed(mended, figures[target]))
    newer.revision = 1
    _submit(newer, period, mended + dt.timedelta(minutes=3))
    report.is_provisional = False
    if fate == "corrected":
        _approve(newer, newer.sent + _minutes(rng, 30, 110))
        report.state, report.is_official = "superseded", False
        report.revision += 1
    return newer
