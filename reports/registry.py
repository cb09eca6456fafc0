"""Which reports there are. List pages and views never name a report: adding one is an entry here and a small module."""

from collections.abc import Callable
from dataclasses import dataclass

from agencies.models import Agency
from reports import progress


@dataclass(frozen=True)
class Report:
    """One kind of report.

    id: as in its address; permission(user): the agencies whose report the user may open, a QuerySet;
    build(selection, agency, user): a frozen dataclass, the template's `report`.
    """

    id: str
    title: str
    summary: str
    permission: Callable
    build: Callable
    template: str


REPORTS = {
    report.id: report
    for report in (
        Report(
            id="tien-do",
            title="Báo cáo tiến độ thực hiện chỉ tiêu",
            summary="Kết quả, mục tiêu cần tập trung, thay đổi so với kỳ trước; phụ lục từng mục tiêu và từng địa bàn.",
            permission=Agency.objects.visible_to,
            build=progress.build,
            template="reports/progress.html",
        ),
    )
}
