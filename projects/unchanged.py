"""*Không đổi*: one step that reports several projects as they were reported last."""

from collections.abc import Collection
from typing import NamedTuple

from agencies.models import Agency, User
from indicators.errors import ActionNotAllowed
from indicators.models import ReportingPeriod
from indicators.submissions import editing
from projects import services
from projects.models import ProgressUpdate
from projects.services import Entry
from projects.submission_rows import read_rows

VIA = "không đổi"


class Repeated(NamedTuple):
    """The outcome for the chosen projects: the labels of those reported, the refusals in words."""

    done: list[str]
    refusals: list[str]


def unchanged(earlier: ProgressUpdate) -> Entry:
    """Return the report that says that nothing changed: stage, days, money, milestones, obstacles and proposals as they
    were; the work done says since when."""
    month = earlier.submission.period.label
    return Entry.stored(earlier)._replace(work_done=f"Không đổi so với kỳ tháng {month}.")


def repeat(*, agency: Agency, period: ReportingPeriod, codes: Collection[str], by: User) -> Repeated:
    """Report the chosen projects (III-3) as unchanged, each by itself, so that one which is refused keeps no other back.
    A project that has a report in this period, or none before, is refused."""
    submission = editing.open_report(agency=agency, period=period, by=by)
    done, refusals = [], []
    for row in read_rows(agency, period, submission, with_earlier=True):
        if row.project.code not in codes:
            continue
        label = row.project.label
        if row.update is not None:
            refusals.append(f"{label}: kỳ này đã có báo cáo, giữ nguyên báo cáo đó.")
            continue
        if row.earlier is None:
            refusals.append(f"{label}: chưa có báo cáo kỳ nào trước, cần báo cáo lần đầu.")
            continue
        try:
            entry = unchanged(row.earlier)
            services.save_update(submission=submission, project=row.project, entry=entry, by=by, via=VIA)
        except ActionNotAllowed as refused:
            refusals.append(str(refused))
        else:
            done.append(label)
    return Repeated(done, refusals)
