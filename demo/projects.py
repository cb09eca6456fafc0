"""Generator of the projects' demonstration year: the reports of each lead from January to August 2023, the same for the same
seed.

Pure: no Django, no clock. Each lead of each project has a random generator of its own, so that one more agency changes no other.
"""

import datetime as dt
from decimal import Decimal
from random import Random
from typing import NamedTuple

# Percentage of each named project in August, and the month in which it began. Projects not named here are drawn at random.
REACHED = {
    "I.1": (100, 1), "I.2": (50, 2), "I.3": (55, 1), "I.4": (100, 1), "I.5": (45, 1), "I.6": (50, 1),
    "I.7": (60, 2), "I.8": (45, 1), "I.9": (55, 4), "I.10": (45, 2), "I.11": (45, 4), "I.12": (15, 4),
    "I.13": (0, 9), "I.14": (45, 1), "I.15": (60, 4), "I.16": (45, 2), "I.17": (100, 1), "I.18": (45, 2),
    "I.19": (25, 3), "I.20": (45, 1), "I.21": (25, 4), "I.22": (70, 2), "I.23": (45, 2), "I.24": (0, 10),
    "I.25": (0, 9), "I.26": (60, 1), "I.27": (15, 4), "I.28": (45, 4), "II.1": (50, 3), "II.2": (60, 3),
    "II.4": (40, 3), "II.5": (0, 9), "II.6": (35, 3), "III.1": (50, 4), "III.2": (60, 3), "III.3": (74, 3),
}  # fmt: skip
# Overdue milestones: name and planned day.
MISSED = {
    "I.12": ("Lựa chọn nhà thầu", dt.date(2023, 6, 30)),
    "I.27": ("Lập và phê duyệt dự toán", dt.date(2023, 6, 15)),
    "I.19": ("Thẩm định", dt.date(2023, 7, 25)),
    "I.21": ("Thẩm định", dt.date(2023, 7, 31)),
}
OBSTACLES = {
    "I.12": "Hồ sơ mời thầu phải sửa hai lần theo ý kiến thẩm định.",
    "I.27": "Chưa thống nhất được định mức chi với Sở Tài chính.",
    "I.19": "Chờ ý kiến của Sở Tài nguyên và Môi trường về khung dữ liệu đất đai.",
    "I.21": "Đơn vị tư vấn chậm nộp hồ sơ thiết kế.",
}
PROPOSALS = {
    "I.27": "Đề nghị Sở Tài chính cho ý kiến về dự toán trước ngày 31/8.",
    "I.12": "Đề nghị Sở TTTT cử cán bộ tham gia tổ thẩm định.",
}
# Contract values in million đồng, of the projects with a contract.
CONTRACTS = {
    "I.1": 1_850, "I.2": 640, "I.4": 980, "I.5": 2_400, "I.7": 3_150, "I.8": 1_200, "I.9": 760, "I.10": 890,
    "I.14": 2_050, "I.16": 540, "I.17": 310, "I.18": 870, "I.20": 460, "I.22": 690, "I.23": 720, "I.26": 580, "I.28": 1_450,
}  # fmt: skip
# Percentage of a group's agencies that have finished by August.
GROUP_DONE = {"I.29": 45, "II.3": 20, "III.4": 60}
WORK = (
    "Hoàn thiện hồ sơ và trình phê duyệt.",
    "Khảo sát hiện trạng tại các đơn vị sử dụng.",
    "Cấu hình, chạy thử và tập huấn cho người dùng.",
    "Mở rộng phạm vi triển khai, xử lý lỗi phát sinh.",
    "Làm việc với nhà cung cấp về tiến độ bàn giao.",
)
ONGOING_WORK = (
    "Tổ chức tuyên truyền, hướng dẫn người dân và doanh nghiệp.",
    "Mở lớp tập huấn, cử cán bộ hỗ trợ tại chỗ.",
    "Phối hợp với doanh nghiệp triển khai tại các xã, phường.",
)


class Step(NamedTuple):
    """A milestone."""

    name: str
    planned_on: dt.date | None
    done_on: dt.date | None


class ProjectReport(NamedTuple):
    """A lead's report of one project for one month; the fields are those of `projects.services.Entry`."""

    stage: str
    percent: Decimal | None
    work_done: str
    obstacles: str
    proposals: str
    planned_start: dt.date | None
    planned_finish: dt.date | None
    actual_start: dt.date | None
    actual_finish: dt.date | None
    contract_value: int | None
    disbursed: int | None
    steps: tuple[Step, ...]


def project_report(
    *,
    label: str,
    agency: str,
    month: int,
    due: dt.date | None,
    is_ongoing: bool,
    is_group: bool,
    step_names: tuple[str, ...],
    seed: int,
) -> ProjectReport | None:
    """Return an agency's report of a project (III.3) for a month; None after the month in which it was finished."""
    rng = Random(f"{seed}:{label}:{agency}")
    if is_ongoing:
        work = rng.sample(ONGOING_WORK, 3)[month % 3]
        return ProjectReport("running", None, work, "", "", None, None, dt.date(2023, 1, 5), None, None, None, ())
    reached, begins = _fate(label, is_group, rng)
    ends = rng.randint(5, 8) if reached == 100 else None
    if ends is not None and month > ends:
        return None
    percent = _percent(reached, begins, ends, month)
    starts = dt.date(2023, begins, rng.randint(3, 12))
    finished = dt.date(2023, ends, rng.randint(1, 12)) if ends == month else None
    contract = CONTRACTS.get(label) if percent >= 30 else None
    return ProjectReport(
        stage=_stage(percent, month, begins),
        percent=Decimal(percent),
        work_done="" if percent == 0 else WORK[(month + rng.randint(0, 4)) % len(WORK)],
        obstacles=OBSTACLES.get(label, "") if month >= 6 else "",
        proposals=PROPOSALS.get(label, "") if month >= 7 else "",
        planned_start=starts,
        planned_finish=due or dt.date(2023, 12, 15),
        actual_start=starts if percent > 0 else None,
        actual_finish=finished,
        contract_value=contract * 1_000_000 if contract else None,
        disbursed=contract * 1_000_000 * max(percent - 20, 0) // 100 if contract else None,
        steps=_steps(label, percent, begins, ends, month, due, step_names, rng) if label.startswith("I.") else (),
    )


def _fate(label: str, is_group: bool, rng: Random) -> tuple[int, int]:
    """Return the (percent in August, first month) of one lead's project."""
    if not is_group and label in REACHED:
        return REACHED[label]
    if rng.randint(1, 100) <= GROUP_DONE.get(label, 30):
        return 100, rng.randint(1, 3)
    return rng.randint(9, 14) * 5, rng.randint(1, 3)


def _percent(reached: int, begins: int, ends: int | None, month: int) -> int:
    """Return the percentage in a month: linear from the first month to August, or to the end; multiples of five, and 100 only at
    the end."""
    if month < begins:
        return 0
    if month >= (ends or 8):
        return reached
    before = reached - 5  # a month before the last
    last = max((ends or 8) - 1, begins)
    return min(max(before * (month - begins + 1) // (last - begins + 1) // 5 * 5, 5), 95)


def _stage(percent: int, month: int, begins: int) -> str:
    if percent == 100:
        return "done"
    if percent == 0:
        return "not_started"
    return "preparing" if percent < 20 else "running"


def _steps(
    label: str,
    percent: int,
    begins: int,
    ends: int | None,
    month: int,
    due: dt.date | None,
    names: tuple[str, ...],
    rng: Random,
) -> tuple[Step, ...]:
    """Return the milestones: as many done as the percentage says, the others in the future, except a missed one."""
    missed = MISSED.get(label)
    done_count = len(names) if percent == 100 else names.index(missed[0]) if missed else percent * len(names) // 100
    if missed and percent == 0:
        done_count = 0
    last = due or dt.date(2023, 12, 31)
    steps, span = [], max((month - begins + 1) * 30, 30)
    for position, name in enumerate(names):
        if position < done_count:
            planned = dt.date(2023, begins, 20) + dt.timedelta(days=span * position // max(len(names), 1))
            steps.append(Step(name, planned, planned - dt.timedelta(days=rng.randint(0, 6))))
        elif missed and name == missed[0]:
            steps.append(Step(name, missed[1], None))
        else:
            left = (last - dt.date(2023, 9, 10)).days
            day = dt.date(2023, 9, 10) + dt.timedelta(days=max(left, 0) * (position + 1) // len(names))
            steps.append(Step(name, day, None))
    return tuple(_until(step, month) for step in steps)


def _until(step: Step, month: int) -> Step:
    """Return the step with a completion day that is not after the month's report."""
    latest = dt.date(2023, month, 14)
    return step if step.done_on is None or step.done_on <= latest else step._replace(done_on=latest)
