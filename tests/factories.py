"""Small builders of test data: a tree, a plan with twelve periods, targets, reports as they stand in the database.

They write rows directly, in the state that is asked for; what a service does is the business of its own tests.
"""

import datetime as dt
from decimal import Decimal

from django.apps import apps
from django.db import connection

from agencies.models import Agency, Level, User, UserRole
from agencies.services.organisation import set_parent
from core.audit.acts import AuditAct
from core.clock import VIETNAM
from indicators.models import (
    Actual,
    Assignment,
    Indicator,
    Kind,
    Pillar,
    Plan,
    ReportingPeriod,
    RollupState,
    State,
    Submission,
    Target,
    Timing,
)
from indicators.rules.calendar import month_window


class SampleAct(AuditAct):
    """Acts of the audit log for tests."""

    ACT = "việc"
    TRIAL = "thử"
    LOAD = "nạp thử"
    FORMULA = "=1+1"


YEAR = 2023
# When reports of the factories were written: 09:00 on 16 August 2023, a moment at which the August period is open.
AT = dt.datetime(YEAR, 8, 16, 9, tzinfo=VIETNAM)


def count_rows():
    """PostgreSQL counts every table. Much that is written in a transaction that is never committed needs it: PostgreSQL's own
    round finds the tables empty in the midst of it and plans for no rows ever after, and a test of a minute takes hours. A
    running product commits, and its tables are counted; here it is done by hand, which also keeps that round out until the
    transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in apps.get_models()))


def agency(code, level=Level.COMMUNE, parent=None, **fields):
    """An agency hung under its parent from ever; `first_day` and `last_day` bound its life."""
    made = Agency.objects.create(
        code=code,
        level=level,
        parent=parent,
        name=fields.pop("name", f"Đơn vị {code}"),
        short_name=fields.pop("short_name", code.upper()),
        position=Agency.objects.count() + 1,
        **fields,
    )
    set_parent(agency=made, parent=parent)
    return made


def make_tree(departments=2, districts=2, communes=2):
    """A province `tinh` with departments s1, s2…, districts h1, h2… and communes x11, x12 under h1, x21 under h2…

    Gives all agencies by code.
    """
    province = agency("tinh", Level.PROVINCE)
    made = {"tinh": province}
    for number in range(1, departments + 1):
        made[f"s{number}"] = agency(f"s{number}", Level.DEPARTMENT, province)
    for number in range(1, districts + 1):
        district = made[f"h{number}"] = agency(f"h{number}", Level.DISTRICT, province)
        for commune in range(1, communes + 1):
            made[f"x{number}{commune}"] = agency(f"x{number}{commune}", Level.COMMUNE, district)
    return made


def make_plan(year=YEAR, *, months=12, **fields):
    """A plan with its twelve periods (windows of Decree 09/2019, due on the 17th, closed after the 20th) and no target; of
    several years by `months`, from another month than January by `first_month`."""
    first_month = fields.get("first_month", 1)
    years, after = divmod(first_month + months - 1, 12)
    plan = Plan.objects.create(
        year=year,
        title=fields.pop("title", f"Kế hoạch năm {year}"),
        issuer="UBND tỉnh",
        first_day=dt.date(year, first_month, 1),
        last_day=dt.date(year + years, after + 1, 1) - dt.timedelta(days=1),
        **fields,
    )
    for number in range(1, months + 1):
        year, month = plan.year_and_month(number)
        first, last = month_window(year, month)
        ReportingPeriod.objects.create(
            plan=plan,
            number=number,
            window_first=first,
            window_last=last,
            opens_on=last + dt.timedelta(days=1),
            due_on=dt.date(year, month, 17),
            review_due_on=dt.date(year, month, 20),
            closes_on=dt.date(year, month, 20),
        )
    RollupState.objects.create(plan=plan)
    return plan


def period(plan, month):
    """The plan's period of a month."""
    return plan.periods.select_related("plan").get(number=month)


def target(plan, code="I.1", reporters=(), *, kind=Kind.RATIO, timing=Timing.FLOW, **fields):
    """A target reported by these agencies: by default a share that flows, at least 80% by 31 December.

    `threshold=None` makes it one without a threshold.
    """
    pillar, _ = Pillar.objects.get_or_create(
        plan=plan, code=code.split(".")[0], defaults={"title": "Trụ cột", "position": 1}
    )
    indicator, _ = Indicator.objects.get_or_create(
        pillar=pillar, number=int(code.split(".")[1]), defaults={"text": f"Chỉ tiêu {code}"}
    )
    threshold = fields.pop("threshold", 80)
    baseline = fields.pop("baseline", None)
    made = Target.objects.create(
        plan=plan,
        indicator=indicator,
        code=code,
        label=fields.pop("label", f"Chỉ tiêu {code}"),
        kind=kind,
        timing=timing,
        unit=fields.pop("unit", "%"),
        threshold=None if threshold is None else Decimal(str(threshold)),
        comparator="" if threshold is None else fields.pop("comparator", "gte"),
        due=fields.pop("due", dt.date(plan.year, 12, 31)),
        baseline=None if baseline is None else Decimal(str(baseline)),
        reporters=fields.pop("reporters_group", "@communes"),
        position=fields.pop("position", plan.targets.count() + 1),
        **fields,
    )
    Assignment.objects.bulk_create(Assignment(target=made, agency=reporter) for reporter in reporters)
    return made


def entry(figures):
    """The columns of an `Actual`: (numerator, denominator) of a ratio, one number of everything else."""
    if isinstance(figures, tuple):
        numerator, denominator = figures
        return {"numerator": Decimal(str(numerator)), "denominator": Decimal(str(denominator))}
    return {"value": Decimal(str(figures))}


def report(reporter, in_period, figures, *, state=State.APPROVED, version=1, **fields):
    """One version of an agency's report with figures by target: `report(commune, august, {target: (30, 100)})`.

    Its flags are those of the state: an approved one counts on both bases, a submitted one on the provisional basis. An
    earlier version must have been given the flags that it has beside this one: `is_latest=False` and the rest.
    """
    sent = state in (State.SUBMITTED, State.APPROVED, State.SUPERSEDED)
    flags = {"is_official": state == State.APPROVED, "is_provisional": state in (State.SUBMITTED, State.APPROVED)}
    if state == State.RETURNED:
        flags["return_reason"] = "Xem lại số liệu."
    if sent:
        flags |= {"submitted_at": AT, "whole_submitted_at": AT, "first_submitted_at": AT}
    made = Submission.objects.create(
        agency=reporter, period=in_period, state=state, version=version, **{"created_at": AT, **flags, **fields}
    )
    Actual.objects.bulk_create(
        Actual(submission=made, target=of, entered_at=AT, **entry(given)) for of, given in figures.items()
    )
    return made


def person(username, agency=None, *roles, password=None, **fields):
    """An account with roles; without a password it cannot log in by the form."""
    user = User.objects.create_user(username=username, password=password, agency=agency, **fields)
    UserRole.objects.bulk_create(UserRole(user=user, role=role) for role in roles)
    return user
