"""Drawing a sample of figures, and recording what their evidence says."""

import secrets
from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction

from agencies.models import Level, User
from agencies.roles import Role
from core import clock
from core.audit.services import audit
from indicators.audit_acts import QualityAct
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, EvidenceCheck, Plan, SampledFigure, SampledLevel, Verdict
from indicators.periods import plan_guard
from indicators.rules.sampling import draw

# The levels that a sample is drawn from, in the order of its numbers.
LEVELS = (Level.DEPARTMENT, Level.OTHER, Level.DISTRICT, Level.COMMUNE)
LARGEST_SAMPLE = 300


def may_check(user: User) -> bool:
    """Return True where the user may draw samples and record what was found: the standing agency and administrators."""
    return user.is_active and user.holds(Role.STANDING, Role.ADMIN)


def draw_sample(
    *,
    plan: Plan,
    sizes: Mapping[str, int],
    first_number: int,
    last_number: int,
    reason: str,
    by: User,
    address: str | None = None,
) -> EvidenceCheck:
    """Draw a sample of the official figures of some periods, so many of each level. The seed is made here: nobody chooses
    the figures. Raises ActionNotAllowed."""
    if not may_check(by):
        raise ActionNotAllowed("Tài khoản không rút mẫu kiểm tra. Không có gì thay đổi.")
    if not reason.strip():
        raise ActionNotAllowed("Rút mẫu phải kèm lý do.")
    if first_number > last_number:
        raise ActionNotAllowed("Kỳ cuối không được trước kỳ đầu. Chưa rút mẫu nào.")
    if not 0 < sum(sizes.values()) <= LARGEST_SAMPLE:
        raise ActionNotAllowed(f"Một mẫu có từ 1 đến {LARGEST_SAMPLE} số liệu. Chưa rút mẫu nào.")
    with transaction.atomic():
        plan = Plan.objects.select_for_update().get(pk=plan.pk)
        plan_guard.require_open(plan, reports=True)
        populations = _populations(plan, first_number, last_number)
        seed = secrets.token_hex(8)
        drawn = {level: draw(populations[level], sizes.get(level, 0), seed) for level in LEVELS}
        if not any(drawn.values()):
            raise ActionNotAllowed("Các kỳ và cấp này chưa có số liệu chính thức. Chưa rút mẫu nào.")
        check = EvidenceCheck.objects.create(
            plan=plan,
            number=plan.evidence_checks.count() + 1,
            seed=seed,
            first_number=first_number,
            last_number=last_number,
            reason=reason.strip(),
            drawn_at=clock.now(),
            drawn_by=by,
        )
        SampledLevel.objects.bulk_create(
            SampledLevel(check_of=check, level=level, population=len(populations[level]), size=len(drawn[level]))
            for level in LEVELS
            if drawn[level]
        )
        pairs = [(level, actual) for level in LEVELS for actual in drawn[level]]
        SampledFigure.objects.bulk_create(
            SampledFigure(check_of=check, number=number, level=level, actual_id=actual)
            for number, (level, actual) in enumerate(pairs, 1)
        )
        audit(
            by=by,
            act=QualityAct.DRAW_SAMPLE,
            label=str(check),
            address=address,
            reason=check.reason,
            seed=seed,
            sizes={level.value: len(drawn[level]) for level in LEVELS if drawn[level]},
        )
    return check


@transaction.atomic
def record(
    *,
    figure: SampledFigure,
    verdict: str,
    value_found: str,
    note: str,
    by: User,
    seen: str,
    address: str | None = None,
) -> SampledFigure:
    """Record whether a sampled figure agrees with its evidence, also anew.

    seen: the verdict that the person saw. Raises ActionNotAllowed, also for the one who handed the figure in: nobody
    checks their own report.
    """
    figure = (
        SampledFigure.objects.select_for_update(of=("self",))
        .select_related("check_of__plan", "actual__submission")
        .get(pk=figure.pk)
    )
    plan_guard.require_open(figure.check_of.plan, reports=True)
    if not may_check(by):
        raise ActionNotAllowed("Tài khoản không ghi kết quả kiểm tra. Không có gì thay đổi.")
    if figure.actual.submission.submitted_by_id == by.pk:
        raise ActionNotAllowed("Người đã nộp phiếu này không tự kiểm số của mình. Nhờ người khác ghi kết quả.")
    if figure.verdict != seen:
        raise ActionNotAllowed("Có người vừa ghi kết quả của số liệu này. Chưa lưu gì; xem lại rồi ghi tiếp.")
    if verdict not in Verdict.values:
        raise ActionNotAllowed("Chọn một kết luận. Chưa lưu gì.")
    value_found, note = value_found.strip(), note.strip()
    if verdict == Verdict.DISAGREES and not value_found:
        raise ActionNotAllowed("Không khớp thì ghi giá trị theo minh chứng. Chưa lưu gì.")
    before = [figure.verdict, figure.value_found, figure.note]
    figure.verdict, figure.value_found, figure.note = verdict, value_found, note
    figure.checked_at, figure.checked_by = clock.now(), by
    figure.save()
    audit(
        by=by,
        act=QualityAct.RECORD_FINDING,
        label=str(figure),
        address=address,
        changes={"kết luận, giá trị, ghi chú": [before, [verdict, value_found, note]]},
    )
    return figure


def _populations(plan: Plan, first: int, last: int) -> Mapping[str, list[int]]:
    """Return the keys of the official figures of these periods, by level. One query."""
    figures = Actual.objects.filter(
        submission__is_official=True,
        submission__period__plan=plan,
        submission__period__number__range=(first, last),
    )
    populations: dict[str, list[int]] = defaultdict(list)
    for level, pk in figures.values_list("submission__agency__level", "pk"):
        populations[level].append(pk)
    return populations
