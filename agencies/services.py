"""Writes on agencies and accounts that matter, and the line that each act leaves in the log."""

import datetime as dt

from django.db import IntegrityError, transaction

from agencies import tasks
from agencies.models import Agency, AuditEntry, Job, JobState, Placement, Role, RoleGrant
from chuyendoiso import clock

# Before every plan: a placement with no known beginning holds from here on.
EVER = dt.date(1900, 1, 1)


def audit(*, by, act: str, label: str, address: str | None = None, **detail) -> AuditEntry:
    """Write one line of the log, in the caller's transaction: an act that cannot be logged does not happen."""
    return AuditEntry.objects.create(
        at=clock.now(),
        actor=by,
        actor_name=str(by) if by is not None else "hệ thống",
        address=address,
        act=act,
        object_label=label[:300],
        detail=detail,
    )


@transaction.atomic
def place(*, agency: Agency, parent: Agency | None, from_day: dt.date | None = None) -> Placement:
    """Hang an agency in the tree from a day on (from ever, by default), until its next placement. Its parent follows when
    the day has come (`agencies.tasks.follow_placements`)."""
    day = from_day or EVER
    placement, _ = Placement.objects.update_or_create(agency=agency, first_day=day, defaults={"parent": parent})
    agency.parent_id = Agency.objects.placed(clock.today()).get(pk=agency.pk).parent_then
    agency.save(update_fields=["parent"])
    return placement


@transaction.atomic
def grant(*, user, roles) -> None:
    """Give a person exactly these roles."""
    RoleGrant.objects.filter(user=user).exclude(role__in=roles).delete()
    for role in roles:
        RoleGrant.objects.get_or_create(user=user, role=role)
    follow_roles(user=user)


def follow_roles(*, user) -> None:
    """The role of administration opens /quan-tri/, and nothing else does: Django's own flags follow it."""
    user.is_staff = user.is_superuser = RoleGrant.objects.filter(user=user, role=Role.ADMIN).exists()
    user.save(update_fields=["is_staff", "is_superuser"])


@transaction.atomic
def change_own_password(*, user, password: str, address: str | None = None) -> None:
    """A person's new password, already checked; what was issued is changed with it. Other sessions die."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit(by=user, act="đổi mật khẩu", label=user.username, address=address)


@transaction.atomic
def issue_password(*, user, password: str, by, address: str | None = None) -> None:
    """A password that somebody else knows: it must be changed before anything else is done. All sessions die."""
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit(by=by, act="cấp mật khẩu", label=user.username, address=address)


def start_job(*, kind: str, title: str, by, params: dict | None = None, key: str = "", link: str = "") -> Job:
    """Begin long work for a person (`agencies.jobs`), asked for on the page `link`: the row is committed first, then a worker is
    rung for; without a broker the work is done at once, before the next line. With a `key` the same person has one such job at
    a time: asked for again, the one under way is given back."""
    now = clock.now()
    if key:
        running = Job.objects.under_way().filter(owner=by, key=key).first()
        if running is not None and running.state_at(now) == JobState.INTERRUPTED:
            Job.objects.silent(now).filter(pk=running.pk).update(state=JobState.INTERRUPTED, finished_at=now)
        elif running is not None:
            return running
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                title=title[:200],
                owner=by,
                key=key,
                link=link,
                params=params or {},
                created_at=now,
                heartbeat_at=now,
            )
            tasks.ring_job(job.pk)
    except IntegrityError:  # asked for twice at the same moment
        return Job.objects.under_way().get(owner=by, key=key)
    job.refresh_from_db()
    return job


def retry_job(*, job: Job, by) -> bool:
    """Do a job again that failed or was interrupted; False where it is under way, done, or somebody else's."""
    now = clock.now()
    Job.objects.silent(now).filter(pk=job.pk).update(state=JobState.INTERRUPTED, finished_at=now)
    again = Job.objects.filter(pk=job.pk, owner=by, state__in=[JobState.FAILED, JobState.INTERRUPTED])
    fresh = {"state": JobState.QUEUED, "done": 0, "total": 0, "message": "", "error": "", "finished_at": None}
    try:
        with transaction.atomic():
            if not again.update(**fresh, heartbeat_at=now):
                return False
            tasks.ring_job(job.pk)
    except IntegrityError:  # another of the same key is under way
        return False
    return True
