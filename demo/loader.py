"""The demonstration year in the database: load it, clear it, start its clock.

Only this module writes submissions with a past; everything entered later goes through services. The rows follow all rules of
the services (tests/demo/test_figures.py).
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from agencies.models import Agency, Level, User
from conclusions.models import Conclusion, DirectingDocument
from core import clock
from core.audit.models import AuditEntry
from core.audit.services import audit
from core.notifications.models import Notification
from data_calls.models import DataCall
from demo import accounts, conclusions_loader, projects_loader
from demo import figures as demo_figures
from demo import reports as demo_reports
from demo.audit_acts import DemoAct
from demo.models import DemoYear
from indicators.audit_acts import PlanAct
from indicators.calendar import reminders
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Actual,
    Assignment,
    ChargeReminder,
    Commitment,
    CommitmentParty,
    DenominatorValue,
    EvidenceCheck,
    Extension,
    FollowUp,
    IndicatorParty,
    Plan,
    ReportingPeriod,
    ReportReminder,
    ReturnedFigure,
    ReturnReason,
    SeenFinding,
    StandIn,
    State,
    Submission,
    Target,
    TargetDefinition,
    TargetMetadata,
    WorkbookFile,
)
from indicators.rollups import tasks
from indicators.rollups.pending import request_rollup
from indicators.submissions import notifications
from indicators.targets.services import restore_definition
from plan_workbook.models import PlanFile

# Detail of the demonstration lines of the log, which are removed with the figures.
DEMO_MARK = {"minh_hoa": True}
RULE_ACTS = (PlanAct.ADD_RULE, PlanAct.CORRECT_RULE, PlanAct.WITHDRAW_RULE)
BATCH = 2000


def load(*, year: int = demo_figures.YEAR, seed: int = demo_figures.SEED) -> bool:
    """Load the demonstration year and its accounts, and roll it up; return False where it was there already (accounts and password
    are updated all the same). Raises ActionNotAllowed in production and where the plan has real figures."""
    if settings.PRODUCTION:
        raise ActionNotAllowed("Hệ thống vận hành không nhận số liệu và tài khoản minh họa.")
    plan = Plan.objects.get(address=str(year))
    with transaction.atomic():
        present = DemoYear.objects.filter(plan=plan).exists()
        if not present and Submission.objects.filter(period__plan=plan).exists():
            raise ActionNotAllowed(
                f"Kế hoạch năm {year} đã có số liệu thật nên không nạp số liệu minh họa (make run DEMO=0)."
            )
        if taken := accounts.taken_usernames():
            raise ActionNotAllowed(f"Tên tài khoản minh họa đã có người dùng: {', '.join(taken)}. Chưa nạp gì.")
        accounts.make_accounts(seed=seed, leads=_leads(plan))
        accounts.follow_password()
        if present:
            return False
        start = clock.parse(settings.CLOCK) if settings.CLOCK else demo_figures.STORY_END
        now = timezone.now()
        DemoYear.objects.create(plan=plan, seed=seed, loaded_at=now, clock_at=start, real_at=now)
        clock.reload_anchor()
        _store(plan, seed)
        projects_loader.store(plan, seed=seed)
        audit(by=None, act=DemoAct.LOAD, label=str(plan), seed=seed)
        _notify(plan)
        request_rollup(plan=plan)
    # The roll-up is complete when this returns, also where no worker runs.
    tasks.roll_up(plan.pk)
    return True


def clear(*, year: int = demo_figures.YEAR) -> dict[str, int]:
    """Remove the demonstration figures, their history, their lines of the log and the demonstration accounts with everything done
    under them; targets are judged as before, and the real clock holds. Returns how many figures and accounts were removed. Raises
    ActionNotAllowed where there is no demonstration year: real figures are never touched."""
    demo_year = DemoYear.objects.filter(plan__address=str(year)).select_related("plan").first()
    if demo_year is None:
        raise ActionNotAllowed(f"Kế hoạch năm {year} không có số liệu minh họa. Không có gì thay đổi.")
    plan = demo_year.plan
    with transaction.atomic():
        projects_loader.remove(plan)
        demo_reports.clear(plan)
        # Given on the demonstration clock, on demonstration figures.
        Conclusion.objects.filter(plan=plan).delete()
        DirectingDocument.objects.filter(plan=plan).delete()
        DataCall.objects.filter(plan=plan).delete()
        # A sample of demonstration figures is one of them.
        EvidenceCheck.objects.filter(plan=plan).delete()
        figures = _delete_figures(plan)
        # They were made on the demonstration clock, for submissions that are deleted now.
        Extension.objects.filter(period__plan=plan).delete()
        StandIn.objects.filter(period__plan=plan).delete()
        DenominatorValue.objects.filter(stored_by__is_demo=True).delete()
        WorkbookFile.objects.filter(Q(period__plan=plan) | Q(owner__is_demo=True)).delete()
        PlanFile.objects.filter(Q(plan=plan) | Q(owner__is_demo=True)).delete()
        # Made on the demonstration clock too, of demonstration figures.
        ChargeReminder.objects.filter(period__plan=plan).delete()
        ReportReminder.objects.filter(period__plan=plan).delete()
        FollowUp.objects.filter(period__plan=plan).delete()
        SeenFinding.objects.filter(submission__period__plan=plan).delete()
        projects_loader.take_back_amendments(plan)
        assigned = Commitment.objects.filter(plan=plan, assigned_by__is_demo=True)
        CommitmentParty.objects.filter(commitment__in=assigned).delete()
        assigned.update(due=None, ground="", assigned_by=None)
        if AuditEntry.objects.filter(act__in=RULE_ACTS, actor__is_demo=True).exists():
            # `load_plan` brings the plan's own rules again.
            plan.target_rules = []
            plan.save(update_fields=["target_rules"])
        restored = _restore_definitions()
        # `load_plan` fills in the plan's own texts again.
        TargetMetadata.objects.filter(changed_by__is_demo=True).delete()
        AuditEntry.objects.filter(number__isnull=True, detail__minh_hoa=True).delete()
        # Also those of real accounts: their keys would keep the same events of a later, real year from being notified.
        Notification.objects.filter(at__year=plan.year).delete()
        demo_year.delete()
        removed = accounts.remove_accounts()
        clock.reload_anchor()
        audit(by=None, act=DemoAct.CLEAR, label=str(plan), figures=figures, accounts=removed, targets=restored)
        request_rollup(plan=plan)
    tasks.roll_up(plan.pk)
    return {"figures": figures, "accounts": removed}


def start_clock() -> dt.datetime | None:
    """Restart the demonstration clock: from CLOCK where it is given, else from the story's end or the latest act since,
    whichever is later. Returns its time; None where there is no demonstration year and the real time holds."""
    demo_year = DemoYear.objects.first()
    if demo_year is None or settings.PRODUCTION:
        return None
    if settings.CLOCK:
        demo_year.clock_at = clock.parse(settings.CLOCK)
    else:
        demo_year.clock_at = max([demo_figures.STORY_END, *_latest_acts(demo_year)])
    demo_year.real_at = timezone.now()
    demo_year.save(update_fields=["clock_at", "real_at"])
    clock.reload_anchor()
    return demo_year.clock_at


def stored_anchor() -> tuple[dt.datetime, dt.datetime] | None:
    """Return the stored anchor of the demonstration clock (clock time, real time); None without a demonstration year."""
    return DemoYear.objects.values_list("clock_at", "real_at").first()


def _latest_acts(demo_year: DemoYear) -> list[dt.datetime]:
    """Return the latest times on the demonstration clock that are in the database."""
    reports = Submission.objects.filter(period__plan=demo_year.plan)
    moments = [
        *reports.aggregate(Max("created_at"), Max("submitted_at"), Max("reviewed_at")).values(),
        Actual.objects.filter(submission__period__plan=demo_year.plan).aggregate(latest=Max("entered_at"))["latest"],
    ]
    # Lines of the log from before the year was loaded have the real time.
    loaded = AuditEntry.objects.filter(act=DemoAct.LOAD).first()
    if loaded is not None:
        moments.append(AuditEntry.objects.filter(pk__gte=loaded.pk).aggregate(latest=Max("at"))["latest"])
    return [moment for moment in moments if moment is not None]


def _leads(plan: Plan) -> set[str]:
    """Return the codes of the agencies that lead an indicator, by name or through their group."""
    parties = IndicatorParty.objects.filter(indicator__pillar__plan=plan, part=IndicatorParty.Part.LEAD)
    groups = set(parties.exclude(group="").values_list("group", flat=True))
    named = set(parties.exclude(agency=None).values_list("agency__code", flat=True))
    return named | {code for code, level in Agency.objects.values_list("code", "level") if f"@{level}s" in groups}


def _store(plan: Plan, seed: int) -> None:
    """Store the submissions of the demonstration year, with their history and their lines of the log."""
    agencies = {agency.code: agency for agency in Agency.objects.in_order().select_related("parent")}
    targets = {target.code: target for target in Target.objects.filter(plan=plan).in_order()}
    periods = {period.number: period for period in ReportingPeriod.objects.filter(plan=plan).select_related("plan")}
    reports = reports_of_year(agencies, targets, periods, seed)
    users = {user.username: user for user in User.objects.filter(is_demo=True)}
    submissions = Submission.objects.bulk_create(
        (_submission(report, agencies[report.agency], periods[report.month], users) for report in reports),
        batch_size=BATCH,
    )
    cells = [
        (submission, report, cell)
        for submission, report in zip(submissions, reports, strict=True)
        for cell in report.cells
    ]
    actuals = Actual.objects.bulk_create(
        (_actual(submission, targets[cell.target], users[report.agency], cell) for submission, report, cell in cells),
        batch_size=BATCH,
    )
    past_actual = Actual.history.model
    past_actual.objects.bulk_create(
        (
            past_actual(**past)
            for actual, (submission, report, cell) in zip(actuals, cells, strict=True)
            for past in _history(actual, cell, users[report.agency], _reviewer(submission.agency, users))
        ),
        batch_size=BATCH,
    )
    ReturnedFigure.objects.bulk_create(
        ReturnedFigure(
            submission=submission,
            target=targets[cell.target],
            code=ReturnReason.DEVIATION,
            explanation=cell.return_reason,
            at=report.decided,
            by=submission.reviewed_by,
        )
        for submission, report, cell in cells
        if cell.return_reason
    )
    acts = [(act, submission) for submission, report in zip(submissions, reports, strict=True) for act in report.acts]
    lines = [_line(act, submission, users) for act, submission in acts]
    lines += conclusions_loader.store(plan, DEMO_MARK)
    AuditEntry.objects.bulk_create(sorted(lines, key=lambda line: line.at), batch_size=BATCH)


def reports_of_year(
    agencies: Mapping[str, Agency], targets: Mapping[str, Target], periods: Mapping[int, ReportingPeriod], seed: int
) -> list[demo_figures.Report]:
    """Return the generator's reports for this plan."""
    assigned: dict[str, set[str]] = {}
    in_force = Assignment.objects.filter(target__in=targets.values())
    for agency, target in in_force.values_list("agency__code", "target__code"):
        assigned.setdefault(agency, set()).add(target)
    spans = [
        demo_figures.Period(p.number, p.opens_on, p.due_on, p.review_due_on, p.closes_on)
        for p in sorted(periods.values(), key=lambda period: period.number)
    ]
    plan = next(iter(periods.values())).plan
    others = projects_loader.leads(plan) - set(assigned)
    reports = demo_figures.year(
        [
            demo_figures.Reporter(code, agency.level, _district(agency))
            for code, agency in agencies.items()
            if code in assigned
        ],
        [demo_figures.TargetInfo(t.code, t.kind, t.timing, t.cycle) for t in targets.values()],
        assigned,
        spans,
        seed=seed,
    )
    return reports + demo_figures.without_figures(sorted(others), spans)


def _district(agency: Agency) -> str:
    if agency.level == Level.COMMUNE and agency.parent is not None:
        return agency.parent.code
    return agency.code if agency.level == Level.DISTRICT else ""


def _reviewer(agency: Agency, users: Mapping[str, User]) -> User:
    """Return the reviewer of an agency: its district's account, or the standing agency's; its own reports have another one."""
    if agency.level == Level.COMMUNE:
        return users[_district(agency)]
    standing = users["sotttt"]
    return users["sotttt2"] if agency.pk == standing.agency_id else standing


def _submission(
    report: demo_figures.Report, agency: Agency, period: ReportingPeriod, users: Mapping[str, User]
) -> Submission:
    return Submission(
        agency=agency,
        period=period,
        version=report.version,
        state=report.state,
        is_latest=report.is_latest,
        is_official=report.is_official,
        is_provisional=report.is_provisional,
        revision=report.revision,
        created_at=report.created_at,
        first_submitted_at=report.first_submitted_at,
        submitted_at=report.submitted_at,
        whole_submitted_at=report.submitted_at,
        submitted_by=users[agency.code] if report.submitted_at else None,
        reviewed_at=report.reviewed_at,
        reviewed_by=_reviewer(agency, users) if report.reviewed_at else None,
        return_reason=report.return_reason,
        reopen_reason=report.reopen_reason,
        extended_until=report.extended_until,
        is_late=report.is_late,
    )


def _fields(figure: demo_figures.Figure) -> dict[str, Any]:
    """Return a figure as the fields of Actual."""
    return {
        "numerator": figure.n,
        "denominator": figure.d,
        "value": figure.v,
        "nothing_arose": figure.nothing,
        "note": figure.note,
    }


def _actual(submission: Submission, target: Target, user: User, cell: demo_figures.Cell) -> Actual:
    return Actual(
        submission=submission,
        target=target,
        return_reason=cell.return_reason,
        entered_at=cell.typed[-1].entered_at,
        entered_by=user,
        **_fields(cell.figure),
    )


def _history(actual: Actual, cell: demo_figures.Cell, focal: User, reviewer: User) -> Iterator[dict[str, Any]]:
    """Yield the fields of one row of history for each state of the figure."""
    for index, typed in enumerate(cell.typed):
        yield {
            "id": actual.pk,
            "submission_id": actual.submission_id,
            "target_id": actual.target_id,
            "entered_at": typed.entered_at,
            "entered_by_id": focal.pk,
            "history_date": typed.at,
            "history_type": "~" if index else "+",
            "history_user_id": reviewer.pk if typed.copied_from else focal.pk,
            "history_change_reason": typed.reason,
            **_fields(typed.figure),
        }


def _line(act: demo_figures.Act, submission: Submission, users: Mapping[str, User]) -> AuditEntry:
    """Return a demonstration line of the log, outside its chain."""
    actor = _reviewer(submission.agency, users) if act.by_reviewer else users[submission.agency.code]
    return AuditEntry(
        at=act.at,
        actor=actor,
        account=actor.username,
        actor_name=str(actor),
        act=act.act,
        object_label=str(submission)[:300],
        detail={"submission": submission.pk, **({"reason": act.reason} if act.reason else {}), **DEMO_MARK},
    )


def _notify(plan: Plan) -> None:
    """Write the notifications that people have at the story's end: returned reports that can still be corrected, the open period
    and its deadline."""
    returned = Submission.objects.latest_versions().filter(
        period__plan=plan, state=State.RETURNED, extended_until__gte=clock.today()
    )
    for submission in returned.select_related("period__plan", "agency", "reviewed_by"):
        if submission.reviewed_by is None:
            continue
        notifications.returned(submission, by=submission.reviewed_by, cells={})
        Notification.objects.filter(key=f"returned:{submission.pk}:{submission.revision}").update(
            at=submission.reviewed_at
        )
    reminders.remind()


def _restore_definitions() -> list[str]:
    """Restore the definition of the plan, or of the last real person, for targets that a demonstration account redefined. Returns
    their codes."""
    tried = TargetDefinition.objects.filter(made_by__is_demo=True)
    targets = list(Target.objects.filter(pk__in=tried.values("target")).in_order())
    for target in targets:
        latest = target.definitions.exclude(pk__in=tried).order_by("number").last()
        target.definitions.filter(pk__in=tried).delete()
        if latest is not None and latest.number < target.definition_number:
            restore_definition(target=target, definition=latest, reason=DemoAct.CLEAR)
    return [target.code for target in targets]


def _delete_figures(plan: Plan) -> int:
    """Delete a plan's submissions and figures with their history; return how many figures were deleted. In SQL, because the ORM
    would write a row of history for every deleted figure."""
    of_plan = "(SELECT id FROM indicators_target WHERE plan_id = %s)"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM indicators_historicalactual WHERE target_id IN {of_plan}", [plan.pk])
        cursor.execute(f"DELETE FROM indicators_actual WHERE target_id IN {of_plan}", [plan.pk])
        figures = cursor.rowcount
    Submission.objects.filter(period__plan=plan).delete()
    return figures
