"""Mailings of reports: set, paused, refused by a reader; their letters made and sent, each at most once."""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F, prefetch_related_objects
from django.template.loader import render_to_string
from django.urls import reverse

from agencies.models import User
from core import clock, files
from core.audit.services import audit
from core.notifications.backends import Attachment, Letter, NotSent, Sender, sender
from core.notifications.models import NotificationPreference
from core.notifications.outbox import ATTEMPTS, MINUTES_BETWEEN, MINUTES_TO_SEND
from core.notifications.services import preference_of
from indicators.errors import ActionNotAllowed
from indicators.models import PlanState
from indicators.periods import plan_guard
from indicators.selection import periods_begun
from reports.documents import services as reports
from reports.documents.audit_acts import ReportAct
from reports.documents.periods import ReportPeriod, due_periods
from reports.models import FileState, MailedReport, Mailing, MailingRefusal, ReportState, ReportVersion

log = logging.getLogger(__name__)

State = MailedReport.State
# A report that is published later than this after its day is not sent.
LONGEST_WAIT = dt.timedelta(days=45)
SALT = "reports.mailings"
# The relations that `addresses_of` reads.
READERS = ("people__mail_preference", "refusals")


def may_set(user: User) -> bool:
    """Return True where a user may set mailings: the standing agency."""
    return reports.may_draft(user)


@transaction.atomic
def save(*, mailing: Mailing, fields: Mapping[str, Any], by: User, address: str | None = None) -> Mailing:
    """Store a mailing. A new one begins with the periods whose day is today or later. Raises ActionNotAllowed."""
    _require(mailing, by)
    if mailing.pk is None:
        mailing.since = clock.today()
    people = fields["people"]
    for name in ("kind", "period_type", "subject", "letterhead", "addresses", "days"):
        setattr(mailing, name, fields[name])
    mailing.save()
    mailing.people.set(people)
    audit(by=by, act=ReportAct.SET_MAILING, label=str(mailing), address=address, mailing=mailing.pk)
    return mailing


@transaction.atomic
def pause(*, mailing: Mailing, is_paused: bool, by: User, address: str | None = None) -> None:
    """Pause a mailing, or let it go on: with the periods whose day is today or later. Raises ActionNotAllowed."""
    _require(mailing, by)
    locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if locked.is_paused == is_paused:
        return
    locked.is_paused = is_paused
    if not is_paused:
        locked.since = clock.today()
    locked.save(update_fields=["is_paused", "since"])
    act = ReportAct.PAUSE_MAILING if is_paused else ReportAct.RESUME_MAILING
    audit(by=by, act=act, label=str(locked), address=address, mailing=locked.pk)


def _require(mailing: Mailing, by: User) -> None:
    """Raise ActionNotAllowed for everybody but the standing agency, and of a closed plan."""
    if not may_set(by):
        raise ActionNotAllowed("Chỉ cơ quan thường trực đặt lịch gửi báo cáo. Không có gì thay đổi.")
    plan_guard.require_open(mailing.plan, reports=True)


def day_of(mailing: Mailing, report_period: ReportPeriod) -> dt.date:
    """Return the day from which the report of a period is sent: the one after its close, and so many days more."""
    return report_period.period.closes_on + dt.timedelta(days=1 + mailing.days)


def send_all() -> int:
    """Make the letters that are due and send those that wait; return how many were sent. Nothing leaves this machine while the
    figures are a demonstration."""
    channel, now = sender(), clock.now()
    if channel is None or (channel.leaves and clock.is_demo()):
        return 0
    mailings = Mailing.objects.filter(is_paused=False).exclude(plan__state__in=[PlanState.DRAFT, PlanState.CLOSED])
    for mailing in mailings.select_related("plan"):
        make_letters(mailing, channel)
    late = now - dt.timedelta(minutes=MINUTES_TO_SEND)
    MailedReport.objects.filter(state=State.SENDING, taken_at__lt=late).update(
        state=State.UNKNOWN, error="Tiến trình gửi bị dừng giữa chừng; không gửi lại để không gửi hai lần."
    )
    waiting = MailedReport.objects.filter(state=State.WAITING, next_at__lte=now, mailing__is_paused=False)
    return sum(send(pk, channel) for pk in list(waiting.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def make_letters(mailing: Mailing, channel: Sender) -> int:
    """Make the letters of the periods whose day has come, whose report is published, and that have none; return their number."""
    locked = Mailing.objects.select_for_update(of=("self",)).select_related("plan").get(pk=mailing.pk)
    prefetch_related_objects([locked], *READERS)
    done = set(locked.letters.values_list("span", flat=True))
    today, made = clock.today(), 0
    for report_period in due_periods(periods_begun(locked.plan), today):
        day = day_of(locked, report_period)
        is_due = locked.since <= day <= today <= day + LONGEST_WAIT
        if report_period.type.code != locked.period_type or report_period.code in done or not is_due:
            continue
        version = _published(locked, report_period.code)
        if version is None:
            continue
        rows = [
            MailedReport(mailing=locked, version=version, span=report_period.code, address=address, next_at=clock.now())
            for address in addresses_of(locked, channel)
        ]
        MailedReport.objects.bulk_create(rows)
        if rows:
            audit(by=None, act=ReportAct.MAIL_REPORT, label=str(version), mailing=locked.pk, letters=len(rows))
        made += len(rows)
    return made


def _published(mailing: Mailing, span: str) -> ReportVersion | None:
    """Return the version in force of a period's report; None where none is published."""
    key = {"kind": mailing.kind, "span": span, "subject": mailing.subject, "basis": "official"}
    versions = ReportVersion.objects.filter(
        state=ReportState.PUBLISHED,
        report__plan=mailing.plan_id,
        **{f"report__{name}": value for name, value in key.items()},
    )
    if mailing.letterhead_id is not None:
        versions = versions.filter(letterhead=mailing.letterhead_id)
    return versions.defer("snapshot", "ledger", "texts").select_related("report").first()


def addresses_of(mailing: Mailing, channel: Sender | None) -> list[str]:
    """Return the addresses that a mailing goes to, each once: of active accounts that want letters and of the list, less those
    that refused."""
    people = [person for person in mailing.people.all() if person.is_active and channel is not None]
    wanting = [person for person in people if preference_of(person).mode != NotificationPreference.Mode.OFF]
    addresses = [channel.address_of(person) for person in wanting] if channel is not None else []
    addresses += [line.strip() for line in mailing.addresses.splitlines() if line.strip()]
    refused = {refusal.address.lower() for refusal in mailing.refusals.all()}
    once = {address.lower(): address for address in reversed(addresses) if address}
    return sorted(address for key, address in once.items() if key not in refused)


def send(pk: int, channel: Sender) -> bool:
    """Send one letter; tell whether it surely left. A second call, at the same time or later, finds nothing waiting."""
    now = clock.now()
    taken = MailedReport.objects.filter(pk=pk, state=State.WAITING).update(state=State.SENDING, taken_at=now)
    if not taken:
        return False
    letter = MailedReport.objects.select_related("mailing", "version__report__plan").get(pk=pk)
    mine = MailedReport.objects.filter(pk=pk, state=State.SENDING)
    if letter.mailing.refusals.filter(address__iexact=letter.address).exists():
        mine.delete()
        return False
    try:
        channel.send(_letter(letter))
    except NotSent as error:
        is_over = letter.attempts + 1 >= ATTEMPTS
        mine.update(
            state=State.FAILED if is_over else State.WAITING,
            attempts=F("attempts") + 1,
            next_at=now + dt.timedelta(minutes=MINUTES_BETWEEN),
            error=str(error)[:300],
        )
        return False
    except Exception:
        log.exception("Thư gửi báo cáo %s: không rõ đã gửi chưa, không gửi lại.", pk)
        mine.update(state=State.UNKNOWN, error="Máy chủ thư trả lời dở dang; không gửi lại để không gửi hai lần.")
        return False
    mine.update(state=State.SENT, error="")
    return True


def _letter(row: MailedReport) -> Letter:
    """Return the letter of a row, with the published PDF. Raises NotSent where it cannot be read."""
    version = row.version
    stored = version.files.filter(file_format=reports.PROOF, revision=version.revision, state=FileState.READY).first()
    try:
        if stored is None:
            raise FileNotFoundError
        with stored.file.open("rb") as opened:
            content = opened.read()
    except FileNotFoundError as error:
        raise NotSent("Không tìm thấy tệp PDF của báo cáo trên máy chủ.") from error
    except OSError as error:
        raise NotSent("Không đọc được tệp PDF của báo cáo trên máy chủ.") from error
    link = urljoin(settings.SITE_URL, reverse("mailing_refuse", args=[token_of(row.mailing, row.address)]))
    context = {
        "title": version.report.title,
        "published_at": version.published_at,
        "code": version.code,
        "check_url": version.frozen_head.check_url,
        "is_demo": version.report.is_illustrative,
        "unsubscribe": link,
    }
    mark = "[Số liệu minh họa] " if version.report.is_illustrative else ""
    return Letter(
        address=row.address,
        subject=f"{mark}[Chuyển đổi số] {version.report.title}",
        text=render_to_string("reports/documents/mailings/mail.txt", context),
        html=render_to_string("reports/documents/mailings/mail.html", context),
        reference=f"bao-cao.{row.pk}.{row.attempts}",
        attachments=(Attachment(files.clean_name(f"{version.report.title}.pdf"), content, "application/pdf"),),
        unsubscribe=link,
    )


def token_of(mailing: Mailing, address: str) -> str:
    """Return the part of the address at which a reader ends a mailing; it cannot be guessed."""
    return signing.dumps([mailing.pk, address], salt=SALT)


def read_token(token: str) -> tuple[Mailing, str] | None:
    """Return the mailing and the address of a token; None for one that was never given."""
    try:
        pk, address = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    mailing = Mailing.objects.select_related("plan").filter(pk=pk).first()
    return (mailing, address) if mailing is not None else None


def refuse(*, mailing: Mailing, address: str) -> None:
    """Note that an address does not want a mailing any more; letters that wait for it are not sent."""
    with transaction.atomic():
        MailingRefusal.objects.get_or_create(mailing=mailing, address=address.lower(), defaults={"at": clock.now()})
        mailing.letters.filter(address__iexact=address, state=State.WAITING).delete()


def recent_letters(mailings: Sequence[Mailing], most: int) -> list[MailedReport]:
    """Return the newest letters of mailings. One query."""
    letters = MailedReport.objects.filter(mailing__in=mailings).select_related("version__report")
    return list(letters.defer("version__snapshot", "version__ledger", "version__texts", "version__head")[:most])
