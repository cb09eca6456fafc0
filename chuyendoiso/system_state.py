"""The state of the system in plain words (*Tình trạng hệ thống*), and the focal points' accounts that need a look."""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet

from agencies.models import User
from agencies.roles import Role
from chuyendoiso import health
from core import clock, formatting
from core.audit.acts import LogAct
from core.audit.models import AuditChainHead, AuditEntry
from core.jobs import pulse
from core.jobs.models import Job
from core.notifications.backends import sender
from core.notifications.models import Notification
from indicators.models import Assignment, Plan, Submission
from indicators.rollups.health import rollup_health

# Beat asks every minute; a pulse older than this means that beat or the worker stands still.
LONGEST_WITHOUT_PULSE = dt.timedelta(minutes=5)
# A backup is made every day; one night may fail unseen.
LONGEST_WITHOUT_BACKUP = dt.timedelta(days=2)
# The log and the roll-ups are verified every night.
LONGEST_WITHOUT_VERIFICATION = dt.timedelta(days=2)
# The least free part of the disk of files, in percent.
LEAST_FREE = 10
# The closed periods without any report after which the owner of an account is asleep.
SILENT_PERIODS = 2
# Names that a list shows; the others are counted.
SHOWN = 20


@dataclass(frozen=True)
class StateLine:
    """A part of the system. state: what it does, as a sentence; advice: what to do, empty where nothing is."""

    title: str
    state: str
    advice: str = ""

    @property
    def is_well(self) -> bool:
        """True where nothing is to be done."""
        return not self.advice


@dataclass(frozen=True)
class SleepingOwners:
    """Focal points' accounts that need a look, for one reason; names: the first of them."""

    title: str
    advice: str
    names: tuple[str, ...]
    count: int

    @property
    def more(self) -> int:
        """The number of those that are not named."""
        return self.count - len(self.names)


def lines() -> list[StateLine]:
    """Return the parts of the system, each with its state. Six queries; the broker is asked once."""
    now = clock.now()
    return [*_rollups(), _queue(now), _background(now), _mail(now), _backup(now), _disk(), _log(now)]


def _rollups() -> list[StateLine]:
    return [
        StateLine(
            f"Số tổng hợp, {each.plan}",
            f"{each.computed[0].upper()}{each.computed[1:]}; {each.pending or 'không còn nợ'}; {each.verified}.",
            ""
            if each.is_well
            else "Có phần nợ lâu: xem tiến trình nền. Đối chiếu có lệch: chạy manage.py verify_rollups để xem số nào.",
        )
        for each in rollup_health()
    ]


def _queue(now: dt.datetime) -> StateLine:
    """Return the state of the queue and of the jobs in it."""
    jobs = Job.objects.under_way().aggregate(count=Count("pk"), oldest=Min("created_at"))
    lost = Job.objects.silent(now).count()
    waiting = "không việc nào đang chờ"
    if jobs["count"]:
        waiting = (
            f"{formatting.number(jobs['count'])} việc đang chờ hoặc đang làm, sớm nhất từ {_moment(jobs['oldest'])}"
        )
    if not settings.REDIS_URL:
        return StateLine("Hàng đợi", f"Không dùng Redis: việc lâu làm ngay trong máy chủ web; {waiting}.")
    if not health.broker_answers():
        return StateLine(
            "Hàng đợi",
            f"Redis không trả lời; {waiting}.",
            "Kiểm tra Redis. Số liệu vẫn lưu được, tổng hợp và gửi thư chờ.",
        )
    advice = f"{formatting.number(lost)} việc mất tiến trình làm: mở Công việc, làm lại." if lost else ""
    return StateLine("Hàng đợi", f"Redis trả lời; {waiting}.", advice)


def _background(now: dt.datetime) -> StateLine:
    """Return the state of beat and the worker, by their last pulse."""
    title, noted = "Tiến trình nền (beat, worker)", pulse.last()
    if not settings.REDIS_URL:
        return StateLine(title, "Không chạy: việc định kỳ làm mỗi lần khởi động, hoặc bằng manage.py catch_up.")
    if noted is None:
        return StateLine(title, "Chưa thấy nhịp nào.", "Khởi động beat và worker, xem lại sau hai phút.")
    advice = ""
    if now - noted > LONGEST_WITHOUT_PULSE:
        advice = "Beat hoặc worker đã dừng: khởi động lại. Việc đang chờ còn nguyên."
    return StateLine(title, f"Nhịp gần nhất lúc {_moment(noted)}.", advice)


def _mail(now: dt.datetime) -> StateLine:
    """Return the state of the outbox."""
    if sender() is None:
        return StateLine("Thư", "Không gửi thư: thông báo chỉ hiện trong hệ thống.")
    states, since = Notification.Mail, now - dt.timedelta(days=7)
    counts = Notification.objects.filter(at__gte=since).aggregate(
        waiting=Count("pk", filter=Q(mail=states.WAITING, mail_after__lte=now)),
        sent=Count("pk", filter=Q(mail=states.SENT)),
        failed=Count("pk", filter=Q(mail=states.FAILED)),
        unknown=Count("pk", filter=Q(mail=states.UNKNOWN)),
    )
    told = ", ".join(
        f"{formatting.number(counts[name])} {label}"
        for name, label in (
            ("sent", "thông báo đã gửi"),
            ("waiting", "đến giờ đang chờ gửi"),
            ("failed", "không gửi được"),
            ("unknown", "không rõ đã gửi chưa"),
        )
    )
    advice = "Xem máy chủ thư và địa chỉ thư của người nhận." if counts["failed"] or counts["unknown"] else ""
    return StateLine("Thư, bảy ngày qua", f"{told}.", advice)


def _backup(now: dt.datetime) -> StateLine:
    """Return the last backup that was noted (`manage.py note_backup`)."""
    last = AuditEntry.objects.filter(act=LogAct.BACKUP).order_by("-number").first()
    if last is None:
        return StateLine("Sao lưu", "Chưa ghi nhận lần nào.", "Sao lưu hằng ngày, rồi chạy manage.py note_backup TỆP.")
    advice = "Đã quá hai ngày: kiểm tra việc sao lưu." if now - last.at > LONGEST_WITHOUT_BACKUP else ""
    return StateLine("Sao lưu", f"Lần gần nhất lúc {_moment(last.at)}: {last.object_label}.", advice)


def _disk() -> StateLine:
    """Return the free part of the disk on which files are stored."""
    folder = Path(settings.FILES_ROOT)
    usage = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists()))
    free = 100 * usage.free // usage.total
    gigabytes = formatting.number(usage.free // 2**30)
    advice = "Sắp hết chỗ: thêm đĩa, hoặc chuyển bản sao lưu và nhật ký cũ đi nơi khác." if free < LEAST_FREE else ""
    return StateLine("Đĩa chứa tệp", f"Còn trống {gigabytes} GB, {free}%.", advice)


def _log(now: dt.datetime) -> StateLine:
    """Return the last verification of the log."""
    head = AuditChainHead.objects.first()
    if head is None or head.verified_at is None:
        return StateLine("Nhật ký", "Chưa kiểm tra lần nào.", "Chạy manage.py verify_audit.")
    state = f"Kiểm tra lúc {_moment(head.verified_at)}: {head.verified_problem or 'nguyên vẹn'}."
    if head.verified_problem:
        return StateLine("Nhật ký", state, "Nhật ký bị sửa: giữ nguyên máy, báo người phụ trách an toàn thông tin.")
    advice = "Đã quá hai ngày: xem tiến trình nền." if now - head.verified_at > LONGEST_WITHOUT_VERIFICATION else ""
    return StateLine("Nhật ký", state, advice)


def sleeping_owners() -> list[SleepingOwners]:
    """Return the accounts of focal points that were never signed in with, those whose agency sent nothing in the last closed
    periods, and those whose agency has ended. Eight queries at most."""
    today = clock.today()
    focal = User.objects.filter(is_active=True, user_roles__role=Role.FOCAL, agency__isnull=False)
    ended = focal.filter(agency__last_day__lt=today)
    living = focal.exclude(pk__in=ended)
    never = living.filter(last_login__isnull=True)
    silent = living.filter(last_login__isnull=False, agency__in=_silent_agencies(today))
    return [
        _owners("Chưa đăng nhập lần nào", "Phát lại phiếu ở trang Cấp tài khoản.", never),
        _owners(
            f"Không nộp phiếu nào trong {SILENT_PERIODS} kỳ đã đóng gần nhất",
            "Gọi điện; đổi người phụ trách nếu cần.",
            silent,
        ),
        _owners("Đơn vị đã kết thúc", "Ngừng tài khoản, hoặc chuyển sang đơn vị tiếp nhận.", ended),
    ]


def _silent_agencies(today: dt.date) -> set[int]:
    """Return the agencies that had to report in each of the last closed periods of the plan in view and sent nothing in any."""
    plan = Plan.objects.in_view()
    if plan is None:
        return set()
    closed = list(plan.periods.filter(closes_on__lt=today).order_by("-number")[:SILENT_PERIODS])
    if len(closed) < SILENT_PERIODS:
        return set()
    owing = [set(Assignment.objects.due_in(period).values_list("agency", flat=True)) for period in closed]
    sent = Submission.objects.filter(period__in=closed, first_submitted_at__isnull=False)
    return set.intersection(*owing) - set(sent.values_list("agency", flat=True))


def _owners(title: str, advice: str, accounts: QuerySet[User]) -> SleepingOwners:
    rows = accounts.distinct().select_related("agency__parent").order_by("agency__position", "username")
    people = list(rows)
    names = tuple(f"{person.agency.place_name} ({person.username})" for person in people[:SHOWN] if person.agency)
    return SleepingOwners(title, advice, names, len(people))


def _moment(at: dt.datetime) -> str:
    return formatting.datetime(at)
