"""The words of notifications about printed reports, and who gets them."""

from django.urls import reverse

from agencies.models import User
from agencies.roles import Role
from core.notifications.events import Event, Group, register
from core.notifications.services import notify
from reports.documents import composition
from reports.models import ReportVersion

REPORTS = Group("reports", "Báo cáo được phát hành", 5)
REPORT_DRAFTED = register(Event("report_drafted", "Dự thảo báo cáo đã lập", REPORTS))
REPORT_PUBLISHED = register(Event("report_published", "Báo cáo được phát hành", REPORTS))


def drafted(version: ReportVersion) -> None:
    """Tell the standing agency that a draft was made by itself, as its period closed."""
    report = version.report
    notify(
        people=User.objects.filter(user_roles__role=Role.STANDING),
        event=REPORT_DRAFTED,
        key=f"report:{version.pk}:drafted",
        title=f"Đã lập dự thảo: {report.title}",
        text="Kỳ báo cáo đã đóng. Đọc, sửa lời rồi phát hành.",
        url=report.get_absolute_url(),
    )


def published(version: ReportVersion, *, by: User) -> None:
    """Tell its readers that a version of a report is in force."""
    again = f" (bản điều chỉnh lần {version.number - 1})" if version.number > 1 else ""
    notify(
        people=composition.readers(version.report),
        event=REPORT_PUBLISHED,
        key=f"report:{version.pk}:published",
        title=f"Đã phát hành{again}: {version.report.title}",
        text=version.reason,
        url=reverse("printed", args=[version.report_id]),
        by=by,
    )
