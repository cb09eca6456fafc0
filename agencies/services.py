"""Writes on agencies and accounts that matter, and the line that each act leaves in the log."""

import datetime as dt

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies import chain, tasks
from agencies.models import (
    EVER,
    Agency,
    AgencyName,
    AuditEntry,
    AuditHead,
    Job,
    JobState,
    Placement,
    Result,
    Role,
    RoleGrant,
    User,
)
from chuyendoiso import clock

SLOWED = "hạn chế đăng nhập từ một địa chỉ"
# Lines of the log after which every page says what it said before.
CHANGES_NOTHING = (
    "đăng nhập",
    "đăng xuất",
    "hết phiên",
    "mở khóa đăng nhập",
    "tải tệp",
    "đổi mật khẩu",
    "cấp mật khẩu",
    SLOWED,
)


def audit(
    *, by, act: str, label: str, address: str | None = None, result: Result = Result.DONE, **detail
) -> AuditEntry:
    """Write one line of the log, in the caller's transaction: an act that cannot be logged does not happen. Lines follow one
    another: from here to the end of the transaction nobody else writes one, so take other locks before."""
    with transaction.atomic():
        head = _held_head()
        entry = AuditEntry(
            number=head.number + 1,
            at=clock.now(),
            actor=by,
            account=chain.words(by.get_username()) if by is not None else "",
            actor_name=chain.words(by)[:150] if by is not None else "hệ thống",
            address=chain.same_address(address),
            act=chain.words(act)[:64],
            object_label=chain.words(label)[:300],
            result=result,
            detail=chain.plain(detail),
            previous_hash=head.hash,
        )
        entry.hash = chain.digest(entry)
        entry.save(force_insert=True)
        changed = {} if entry.act in CHANGES_NOTHING else {"changed_hash": entry.hash}
        AuditHead.objects.filter(pk=head.pk).update(number=entry.number, hash=entry.hash, **changed)
    return entry


def _held_head():
    """The chain's end, held until the transaction ends."""
    heads = AuditHead.objects.select_for_update()
    head = heads.first()
    if head is None:
        AuditHead.objects.get_or_create(pk=1, defaults={"hash": chain.GENESIS})
        head = heads.get()
    return head


@transaction.atomic
def place(*, agency: Agency, parent: Agency | None, from_day: dt.date | None = None) -> Placement:
    """Hang an agency in the tree from a day on (from ever, by default), until its next placement. Its parent follows when
    the day has come (`follow_placements`)."""
    day = from_day or EVER
    placement, _ = Placement.objects.update_or_create(agency=agency, first_day=day, defaults={"parent": parent})
    _hang(agency)
    return placement


@transaction.atomic
def unplace(placement: Placement) -> None:
    """Let an agency hang where it hung before, as if it had not been placed that day."""
    placement.delete()
    _hang(placement.agency)


def _hang(agency):
    """Its parent is that of today."""
    then = Agency.objects.placed(clock.today()).get(pk=agency.pk).parent_then
    if then is not None:
        # An agency that is yet to be placed keeps what it was made with.
        agency.parent_id = then
        agency.save(update_fields=["parent"])


@transaction.atomic
def call(*, agency: Agency, name: str, short_name: str, from_day: dt.date) -> AgencyName:
    """Give an agency another name from a day on; what it was called before stays for earlier days. The name that pages of
    today show follows when the day has come (`follow_placements`). The old one is found by search."""
    AgencyName.objects.get_or_create(
        agency=agency, first_day=EVER, defaults={"name": agency.name, "short_name": agency.short_name}
    )
    row, _ = AgencyName.objects.update_or_create(
        agency=agency, first_day=from_day, defaults={"name": name, "short_name": short_name}
    )
    known = agency.aliases.split("|") if agency.aliases else []
    agency.aliases = "|".join([*known, *(old for old in [agency.name, agency.short_name] if old not in known)])
    now = Agency.objects.named(clock.today()).get(pk=agency.pk)
    agency.name, agency.short_name = now.name_then, now.short_name_then
    agency.save(update_fields=["name", "short_name", "aliases"])
    return row


@transaction.atomic
def follow_placements() -> int:
    """An agency that hangs elsewhere, or is called otherwise, from today on is read and reviewed so. Roll-ups read the dated
    tree and need no such step. Returns how many changed; that they did stands in the log."""
    changed = []
    for agency in Agency.objects.placed(clock.today()).named(clock.today()):
        now = (agency.parent_then or agency.parent_id, agency.name_then, agency.short_name_then)
        if now != (agency.parent_id, agency.name, agency.short_name):
            agency.parent_id, agency.name, agency.short_name = now
            agency.save(update_fields=["parent", "name", "short_name"])
            changed.append(agency.code)
    if changed:
        audit(by=None, act="đổi tổ chức theo ngày", label=f"{len(changed)} đơn vị", agencies=changed)
    return len(changed)


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


@transaction.atomic
def end_idle_sessions(*, most: int = 200) -> int:
    """Sessions whose idle limit has passed end for good: a line in the log for each that somebody was signed in with, and the
    row goes. At most so many at once, for the log is held meanwhile. Returns how many went."""
    over = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")[:most]
    # One that a request of this very moment keeps alive is another by now.
    ended = [one for one in over if Session.objects.filter(pk=one.pk, expire_date=one.expire_date).delete()[0]]
    for session in ended:
        key = session.get_decoded().get(SESSION_KEY, "")
        person = User.objects.filter(pk=key).first() if str(key).isdecimal() else None
        if person is not None:
            idle = f"Không thao tác {settings.SESSION_COOKIE_AGE // 60} phút."
            audit(by=None, act="hết phiên", label=person.username, reason=idle)
    return len(ended)


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
