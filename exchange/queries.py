"""Reports that the owner of a connected system may read, and the changes that happened to them."""

import datetime as dt
from typing import NamedTuple

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from agencies.models import User
from core.audit.models import AuditEntry
from exchange.models import ConnectedSystem, Event
from indicators.audit_acts import SubmissionAct
from indicators.models import State, Submission
from indicators.models.submission import SubmissionQuerySet
from reports.documents.audit_acts import ReportAct
from reports.models import Report, ReportState, ReportVersion

# Act of the audit log → the event that it is to other systems.
EVENTS: dict[str, Event] = {
    SubmissionAct.SUBMIT: Event.SUBMITTED,
    SubmissionAct.WITHDRAW: Event.WITHDRAWN,
    SubmissionAct.APPROVE: Event.APPROVED,
    SubmissionAct.RETURN: Event.RETURNED,
    SubmissionAct.REOPEN: Event.REOPENED,
    SubmissionAct.UNDO_APPROVE: Event.UNDONE,
    SubmissionAct.UNDO_RETURN: Event.UNDONE,
    ReportAct.PUBLISH: Event.PUBLISHED,
}


class Change(NamedTuple):
    """Something that happened to a report of an agency (`period` is set) or to a printed one (`report` is set).

    number: its place in the audit log, which grows with every change and never repeats; agency: None for the whole province.
    """

    number: int
    at: dt.datetime
    event: Event
    agency: str | None
    period: str | None
    report: int | None

    @property
    def subject(self) -> str:
        """A key of the report that it happened to; the changes of one subject are told in their order."""
        return f"report:{self.report}" if self.report else f"submission:{self.agency}:{self.period}"


class Changes(NamedTuple):
    """Changes in their order. last: the newest number that was read, also where nothing of it may be seen; more: True where
    others follow."""

    changes: list[Change]
    last: int
    more: bool
    is_illustrative: bool


def visible_system(user: User, pk: int) -> ConnectedSystem:
    """Return a connection that a user may see. Raises Http404."""
    visible = ConnectedSystem.objects.visible_to(user).select_related("owner__agency__parent", "decided_by", "webhook")
    return get_object_or_404(visible, pk=pk)


def readable_submissions(owner: User) -> SubmissionQuerySet:
    """Return the reports of agencies that an owner may see: another agency's draft only to its own agency."""
    visible = Submission.objects.visible_to(owner)
    return visible.exclude(state=State.DRAFT) | visible.filter(agency=owner.agency_id)


def published_versions(owner: User) -> QuerySet[ReportVersion]:
    """Return the published versions of the printed reports that an owner may open."""
    versions = ReportVersion.objects.exclude(state=ReportState.DRAFT)
    visible = versions.filter(report__in=Report.objects.visible_to(owner))
    return visible.select_related("report__plan", "report__belongs_to").prefetch_related("files")


def changes_after(owner: User, since: int, limit: int) -> Changes:
    """Return the changes after a number that an owner may see, of at most `limit` acts. Three queries.

    A printed report that is published again is *restated*: its figures replace those of the publication before. A report that is a
    draft again counts: whoever was told of its submission must be told that it was withdrawn.
    """
    acts = [str(act) for act in EVENTS]
    entries = list(AuditEntry.objects.chained().filter(act__in=acts, number__gt=since)[: limit + 1])
    read = entries[:limit]
    about = {entry.detail["submission"] for entry in read if "submission" in entry.detail}
    visible = Submission.objects.visible_to(owner).filter(pk__in=about).select_related("agency", "period__plan")
    seen = {row.pk: row for row in visible}
    codes = [entry.detail["code"] for entry in read if entry.act == ReportAct.PUBLISH]
    printed = {row.code: row for row in published_versions(owner).filter(code__in=codes)}
    changes = []
    for entry in read:
        row, version = seen.get(entry.detail.get("submission")), printed.get(entry.detail.get("code"))
        if row is None and version is None:
            continue
        belongs_to = row.agency if row else version.report.belongs_to if version else None
        changes.append(
            Change(
                number=entry.number or 0,
                at=entry.at,
                event=Event.RESTATED if version and version.number > 1 else EVENTS[entry.act],
                agency=belongs_to.code if belongs_to else None,
                period=row.period.code if row else None,
                report=version.report_id if version else None,
            )
        )
    return Changes(
        changes,
        last=(read[-1].number or 0) if read else since,
        more=len(entries) > limit,
        is_illustrative=any(row.period.plan.is_demo for row in seen.values())
        or any(version.report.plan.is_demo for version in printed.values()),
    )
