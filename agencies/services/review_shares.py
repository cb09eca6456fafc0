"""Sharing out the reviews of the province's direct subordinates among the people of the standing agency, from a day to a day, and
standing in during leave (docs/decisions/0292)."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from agencies.audit_acts import ReviewAct
from agencies.models import Agency, ReviewShare, User
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit


class BadShare(Exception):
    """Refusal of a share that cannot be; its words are for the person."""


def people() -> QuerySet[User]:
    """Return the accounts among whom reviews are shared out, by name."""
    return User.objects.filter(is_active=True, user_roles__role=Role.STANDING).order_by("full_name", "username")


def agencies(by: User) -> QuerySet[Agency]:
    """Return the agencies whose reviews are shared out: those that the standing agency reviews by role, in the plan's order."""
    return Agency.objects.reviewed_by_role(by).in_force(clock.today()).select_related("parent").in_order()


def to_come(day: dt.date) -> QuerySet[ReviewShare]:
    """Return the shares that hold on a day or later."""
    return ReviewShare.objects.filter(Q(last_day__isnull=True) | Q(last_day__gte=day))


@transaction.atomic
def share(
    *,
    persons: Collection[str],
    codes: Collection[str],
    first_day: dt.date,
    last_day: dt.date | None,
    by: User,
    address: str | None = None,
) -> int:
    """Give agencies (codes) to people (usernames) from a day to a day, None for until further notice; who had them ends the day
    before. Return the number of agencies. Raises BadShare."""
    chosen, given = _chosen(persons, codes, by)
    _check_days(first_day, last_day)
    ReviewShare.objects.filter(agency__in=given, first_day__gte=first_day).delete()
    to_come(first_day).filter(agency__in=given).update(last_day=first_day - dt.timedelta(days=1))
    ReviewShare.objects.bulk_create(
        ReviewShare(agency=agency, person=person, first_day=first_day, last_day=last_day)
        for agency in given
        for person in chosen
    )
    _log(ReviewAct.SHARE, chosen, given, first_day, last_day, by, address)
    return len(given)


@transaction.atomic
def substitute(
    *, absent: str, substitute: str, first_day: dt.date, last_day: dt.date | None, by: User, address: str | None = None
) -> int:
    """Let a colleague review what is another person's during their leave, beside them. Return the number of agencies. Raises
    BadShare."""
    by_name = {person.username: person for person in people()}
    away, colleague = by_name.get(absent), by_name.get(substitute)
    if away is None or colleague is None or away == colleague:
        raise BadShare("Chọn người nghỉ và người duyệt thay, là hai người khác nhau.")
    if last_day is None:
        raise BadShare("Ghi ngày cuối của thời gian nghỉ.")
    _check_days(first_day, last_day)
    shares = to_come(first_day).filter(person=away, first_day__lte=last_day, stands_for=None)
    already = set(
        to_come(first_day).filter(person=colleague, first_day__lte=first_day).values_list("agency", flat=True)
    )
    given = [agency for agency in agencies(by).filter(review_shares__in=shares).distinct() if agency.pk not in already]
    if not given:
        raise BadShare(f"{away} không được phân công duyệt đơn vị nào trong những ngày đó mà {colleague} chưa duyệt.")
    ReviewShare.objects.filter(agency__in=given, person=colleague, first_day=first_day).delete()
    ReviewShare.objects.bulk_create(
        ReviewShare(agency=agency, person=colleague, first_day=first_day, last_day=last_day, stands_for=away)
        for agency in given
    )
    _log(ReviewAct.SUBSTITUTE, [colleague], given, first_day, last_day, by, address, stands_for=away.username)
    return len(given)


@transaction.atomic
def end(*, shares: Sequence[ReviewShare], by: User, address: str | None = None) -> int:
    """End shares with yesterday; those that did not begin yet never hold. Return the number of agencies."""
    yesterday = clock.today() - dt.timedelta(days=1)
    rows = ReviewShare.objects.filter(pk__in=[share.pk for share in shares])
    ended = list(to_come(clock.today()).filter(pk__in=rows).select_related("agency", "person"))
    rows.filter(first_day__gt=yesterday).delete()
    rows.filter(pk__in=[share.pk for share in ended]).update(last_day=yesterday)
    given = list({share.agency_id: share.agency for share in ended}.values())
    if given:
        chosen = list({share.person_id: share.person for share in ended}.values())
        _log(ReviewAct.END, chosen, given, clock.today(), None, by, address)
    return len(given)


def _chosen(persons: Collection[str], codes: Collection[str], by: User) -> tuple[list[User], list[Agency]]:
    """Return the people and the agencies that were chosen. Raises BadShare where there are none."""
    chosen = [person for person in people() if person.username in persons]
    given = [agency for agency in agencies(by) if agency.code in codes]
    if not chosen:
        raise BadShare("Chọn ít nhất một người duyệt của cơ quan thường trực.")
    if not given:
        raise BadShare("Chọn ít nhất một đơn vị.")
    return chosen, given


def _check_days(first_day: dt.date, last_day: dt.date | None) -> None:
    if first_day < clock.today():
        raise BadShare(f"Phân công duyệt từ hôm nay, {formatting.date(clock.today())}, trở đi.")
    if last_day is not None and last_day < first_day:
        raise BadShare("Ngày cuối phải từ ngày đầu trở đi.")


def _log(
    act: ReviewAct,
    chosen: Sequence[User],
    given: Sequence[Agency],
    first_day: dt.date,
    last_day: dt.date | None,
    by: User,
    address: str | None,
    stands_for: str = "",
) -> None:
    audit(
        by=by,
        act=act,
        label=f"{formatting.number(len(given))} đơn vị: {', '.join(map(str, chosen))}",
        address=address,
        people=[person.username for person in chosen],
        agencies=[agency.code for agency in given],
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat() if last_day else None,
        stands_for=stands_for,
    )
