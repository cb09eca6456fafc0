"""The list of plans, and a plan with its checklist."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from agencies.models import Agency, Level, Party, User
from agencies.roles import Role
from core import clock, formatting
from indicators.models import Assignment, Indicator, IndicatorParty, Plan, Submission, Target
from indicators.targets.text import breaks_between
from projects.models import Project, ProjectParty

# Names shown at once of a check that fails.
SHOWN_NAMES = 12


@dataclass(frozen=True)
class PlanCounts:
    """A plan with the numbers of its targets, projects and agencies that report, and of the reports that were sent."""

    plan: Plan
    targets: int
    projects: int
    agencies: int
    reports: int


@dataclass(frozen=True)
class Missing:
    """One thing that a check does not find, with the page on which it stands."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class Check:
    """A line of the checklist: what is missing, one by one; where it is mended (empty: the reader may not)."""

    title: str
    missing: tuple[Missing, ...]
    url: str = ""
    link: str = ""

    @property
    def is_done(self) -> bool:
        """True where nothing is missing."""
        return not self.missing

    @property
    def first(self) -> tuple[Missing, ...]:
        """The missing things that are shown at once."""
        return self.missing[:SHOWN_NAMES]

    @property
    def others(self) -> tuple[Missing, ...]:
        """Those that are folded away."""
        return self.missing[SHOWN_NAMES:]


@dataclass(frozen=True)
class ComparedTarget:
    """A target of a copied plan beside that of the plan before. verdict: *giữ*, *đổi ngưỡng*, *bỏ* or *thêm*; old, new:
    what it asks for (empty where it has none); breaks: what makes the two series not comparable, in words."""

    code: str
    label: str
    verdict: str
    old: str
    new: str
    breaks: tuple[str, ...] = ()


def compared_targets(plan: Plan) -> list[ComparedTarget]:
    """Return each target of a copied plan and of the plan before: kept, with another threshold, dropped or added. In the
    copy's order, dropped ones last. Two queries."""
    before = {target.code: target for target in Target.objects.filter(plan=plan.copied_from_id).in_order()}
    rows = []
    for target in Target.objects.filter(plan=plan).in_order():
        old = before.pop(target.code, None)
        new = threshold_in_words(target)
        if old is None:
            rows.append(ComparedTarget(target.code, target.label, "thêm", "", new))
            continue
        breaks = breaks_between(old, target)
        verdict = "giữ" if threshold_in_words(old) == new else "đổi ngưỡng"
        rows.append(ComparedTarget(target.code, target.label, verdict, threshold_in_words(old), new, breaks))
    gone = (ComparedTarget(old.code, old.label, "bỏ", threshold_in_words(old), "") for old in before.values())
    return [*rows, *gone]


def threshold_in_words(target: Target) -> str:
    """Return `tối thiểu 80%`; *theo dõi* without a threshold."""
    if target.threshold is None:
        return "theo dõi"
    return f"{target.get_comparator_display()} {formatting.with_unit(formatting.number(target.threshold), target.unit)}"


def plans_with_counts(plans: Iterable[Plan]) -> list[PlanCounts]:
    """Return plans with their counts, in their order. Four queries beside that of the plans."""
    plans = list(plans)
    projects = Project.objects.filter(section__plan__in=plans, withdrawn_on__isnull=True)
    # An approved report of which a newer version waits counts once.
    sent = Submission.objects.counted_as_sent().filter(period__plan__in=plans).order_by()
    reports = Counter(plan for plan, _, _ in sent.values_list("period__plan", "period", "agency").distinct())
    targets = _counted(Target.objects.filter(plan__in=plans), "plan")
    agencies = _counted(
        Assignment.objects.filter(target__plan__in=plans), "target__plan", Count("agency", distinct=True)
    )
    counts = targets, _counted(projects, "section__plan"), agencies, reports
    return [PlanCounts(plan, *(each.get(plan.pk, 0) for each in counts)) for plan in plans]


def _counted(rows: QuerySet[Any], plan: str, count: Count | None = None) -> dict[int, int]:
    """Return the number of rows by plan."""
    return dict(rows.order_by().values_list(plan).annotate(count or Count("pk")))


def checklist(plan: Plan, user: User) -> list[Check]:
    """Return what a plan needs before it can be reported on, each with the place where it is mended by this user. Eight
    queries."""
    day = max(clock.today(), plan.first_day)
    is_admin = user.holds(Role.ADMIN)
    nam = f"?{plan.query}"
    accounts = (reverse("bulk_accounts"), "Cấp tài khoản") if is_admin else ("", "")
    people = (reverse("admin:agencies_user_changelist"), "Tài khoản") if is_admin else ("", "")
    assign = (reverse("admin:indicators_assignment_changelist"), "Phân công") if is_admin else ("", "")
    indicators = (f"{reverse('indicators')}{nam}", "Chỉ tiêu")
    reporting = Assignment.objects.filter(target__plan=plan).values("agency")
    return [
        Check("Mọi đơn vị báo cáo có tài khoản đầu mối", _without(reporting, Role.FOCAL, day), *accounts),
        Check("Mọi đơn vị báo cáo có người duyệt", _unreviewed(reporting, day), *accounts),
        Check("Mọi chỉ tiêu thành phần có đơn vị báo cáo", _unassigned(plan), *assign),
        Check("Mọi chỉ tiêu có cơ quan chủ trì", _leaderless(plan), *indicators),
        Check("Khoảng số liệu các kỳ nối liền nhau", _gaps(plan), f"{reverse('calendar_edit')}{nam}", "Sửa lịch"),
        Check("Mọi cơ quan chủ trì có người thẩm định", _leads_without_people(plan, day), *people),
    ]


def _without(agencies: QuerySet[Any], role: Role, day: dt.date) -> tuple[Missing, ...]:
    """Return those of the agencies that exist on a day and have nobody with a role. One query."""
    staffed = User.objects.filter(agency=OuterRef("pk"), is_active=True, user_roles__role=role)
    bare = Agency.objects.in_force(day).filter(~Exists(staffed), pk__in=agencies)
    rows = bare.select_related("parent").in_order()
    return tuple(Missing(agency.place_name, agency.get_absolute_url()) for agency in rows)


def _unreviewed(agencies: QuerySet[Any], day: dt.date) -> tuple[Missing, ...]:
    """Return those of the agencies that exist on a day and whose reports nobody may approve. One query."""
    active = User.objects.filter(is_active=True)
    above = active.filter(agency=OuterRef("parent"), user_roles__role=Role.REVIEWER)
    standing = active.filter(user_roles__role=Role.STANDING)
    top = Q(parent__level=Level.PROVINCE) | Q(level=Level.PROVINCE)
    bare = Agency.objects.in_force(day).filter(~Exists(above), pk__in=agencies).exclude(top & Exists(standing))
    rows = bare.select_related("parent").in_order()
    return tuple(Missing(agency.place_name, agency.get_absolute_url()) for agency in rows)


def _unassigned(plan: Plan) -> tuple[Missing, ...]:
    targets = Target.objects.filter(plan=plan, assignments__isnull=True).in_order()
    return tuple(Missing(target.code, f"{target.get_absolute_url()}?{plan.query}") for target in targets)


def _leaderless(plan: Plan) -> tuple[Missing, ...]:
    leads = IndicatorParty.objects.filter(indicator=OuterRef("pk"), part=IndicatorParty.Part.LEAD)
    indicators = Indicator.objects.filter(~Exists(leads), pillar__plan=plan).select_related("pillar")
    page = f"{reverse('indicators')}?{plan.query}"
    return tuple(Missing(indicator.code, f"{page}#{indicator.code}") for indicator in indicators)


def _gaps(plan: Plan) -> tuple[Missing, ...]:
    """Return the breaks between the windows of the plan's periods, in words. One query."""
    periods = list(plan.periods.in_order())
    if not periods:
        return (Missing("chưa có kỳ báo cáo nào"),)
    after = dt.timedelta(days=1)
    return tuple(
        Missing(f"giữa tháng {earlier.label} và tháng {later.label}")
        for earlier, later in pairwise(periods)
        if later.window_first != earlier.window_last + after
    )


def _leads_without_people(plan: Plan, day: dt.date) -> tuple[Missing, ...]:
    """Return the agencies that lead an indicator or a project by name, or report on behalf of an outside lead, and have
    nobody who judges figures. One query."""
    of_plan = {"part": Party.Part.LEAD}
    indicators = IndicatorParty.objects.filter(indicator__pillar__plan=plan, **of_plan)
    projects = ProjectParty.objects.filter(project__section__plan=plan, project__withdrawn_on__isnull=True, **of_plan)
    named = Q(pk__in=indicators.values("agency")) | Q(pk__in=indicators.values("reported_by"))
    named |= Q(pk__in=projects.values("agency")) | Q(pk__in=projects.values("reported_by"))
    return _without(Agency.objects.filter(named).values("pk"), Role.LEAD, day)
