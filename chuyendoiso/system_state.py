"""The state of the system in plain words (*Tình trạng hệ thống*)."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from celery import current_app
from django.conf import settings
from django.db.models import Count, Min, Q

from chuyendoiso import health
from core import clock, formatting
from core.audit.acts import LogAct
from core.audit.models import AuditChainHead, AuditEntry
from core.jobs import pulse, task_counts
from core.jobs.models import UNDER_WAY, Job, is_broken
from core.notifications.backends import sender
from core.notifications.models import Notification
from indicators.rollups.health import rollup_health

# The log and the roll-ups are verified every night.
LONGEST_WITHOUT_VERIFICATION = dt.timedelta(days=2)
# A job that broke and was not done again is told of for a day.
BROKEN_IS_NEWS = dt.timedelta(days=1)
# The log keeps no more of a title, by which incidents are known.
LONGEST_TITLE = AuditEntry._meta.get_field("object_label").max_length
# A command of the product, as the operator of the server runs it.
MANAGE = "docker compose exec -T web python manage.py {}"


@dataclass(frozen=True)
class StateLine:
    """A part of the system. state: how it is, as a sentence; advice: what follows and what to do, empty where nothing is; command:
    what the operator of the server runs for it."""

    title: str
    state: str
    advice: str = ""
    command: str = ""

    @property
    def is_well(self) -> bool:
        """True where nothing is to be done."""
        return not self.advice


def lines() -> list[StateLine]:
    """Return the parts of the system, each with its state. Six queries; the broker is asked once."""
    now = clock.now()
    return [*_rollups(), _queue(now), _background(), _mail(now), _backup(now), _disk(), _log(now)]


def _rollups() -> list[StateLine]:
    return [
        StateLine(
            f"Số tổng hợp, {each.plan}"[:LONGEST_TITLE],
            f"{each.computed[0].upper()}{each.computed[1:]}; {each.pending or 'không còn gì chờ tổng hợp'}; {each.verified}.",
            ""
            if each.is_well
            else "Số trên các trang có thể chưa gồm phiếu mới nhất, hoặc kiểm tra lại thấy lệch. Báo người vận hành máy chủ.",
            "" if each.is_well else MANAGE.format("verify_rollups"),
        )
        for each in rollup_health()
    ]


def _queue(now: dt.datetime) -> StateLine:
    """Return the state of the queue and of the jobs in it."""
    title = "Việc chờ xử lý"
    jobs = Job.objects.aggregate(
        count=Count("pk", filter=UNDER_WAY),
        oldest=Min("created_at", filter=UNDER_WAY),
        broken=Count("pk", filter=is_broken(now - BROKEN_IS_NEWS)),
    )
    lost = Job.objects.silent(now).count()
    waiting = "Không việc nào đang chờ"
    if jobs["count"]:
        waiting = (
            f"{formatting.number(jobs['count'])} việc đang chờ hoặc đang làm, sớm nhất từ {_moment(jobs['oldest'])}"
        )
    broken = lost + jobs["broken"]
    advice = f"{formatting.number(broken)} việc hỏng hoặc bị bỏ dở: mở trang Công việc, làm lại." if broken else ""
    if not settings.REDIS_URL:
        return StateLine(title, f"{waiting}. Việc lâu được làm ngay khi có người yêu cầu.", advice)
    if not health.broker_answers():
        return StateLine(
            title,
            f"Bộ phận giao việc không trả lời. {waiting}.",
            "Số liệu vẫn nhập và lưu được; số tổng hợp, tệp và thư chờ đến khi nó chạy lại. Báo người vận hành máy chủ.",
            "docker compose restart redis",
        )
    return StateLine(title, f"{waiting}.", advice)


def _background() -> StateLine:
    """Return the state of beat and the worker, by their last pulse."""
    title, noted = "Việc tự chạy theo giờ", pulse.last()
    if not settings.REDIS_URL:
        return StateLine(title, "Được làm mỗi lần hệ thống khởi động.")
    stopped = "Số tổng hợp, lời nhắc và thư không được làm. Việc đang chờ còn nguyên. Báo người vận hành khởi động lại."
    restart = "docker compose restart beat worker"
    if noted is None:
        return StateLine(title, "Chưa thấy chạy lần nào.", f"{stopped} Xem lại sau hai phút.", restart)
    if health.is_silent(noted):
        return StateLine(title, f"Đã dừng, lần cuối lúc {_moment(noted)}.", stopped, restart)
    failing = task_counts.failing(task_names())
    state = f"Chạy đều, lần gần nhất lúc {_moment(noted)}."
    if failing:
        advice = "Việc đó tự chạy lại ở lượt sau; vẫn hỏng thì báo người vận hành máy chủ xem nhật ký."
        shown = " -e ".join(failing)
        command = f"docker compose logs --since 24h worker | grep -e {shown}"
        return StateLine(
            title, f"{state} {formatting.number(len(failing))} việc hỏng ở lần chạy gần nhất.", advice, command
        )
    return StateLine(title, state)


@cache
def task_names() -> list[str]:
    """Return the names of the product's own tasks."""
    current_app.loader.import_default_modules()
    return sorted(name for name in current_app.tasks if not name.startswith("celery."))


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
    advice = ""
    if counts["failed"] or counts["unknown"]:
        advice = "Người nhận vẫn thấy thông báo khi đăng nhập. Xem lại địa chỉ thư của họ và máy chủ thư."
    return StateLine("Thư, bảy ngày qua", f"{told}.", advice)


def _backup(now: dt.datetime) -> StateLine:
    """Return the last backup that was noted (`manage.py note_backup`)."""
    last = last_backup()
    note = MANAGE.format("note_backup TÊN-BẢN-SAO")
    if last is None:
        advice = "Máy hỏng thì mất hết số liệu: sao lưu hằng ngày, rồi ghi nhận lần sao lưu (tài liệu vận hành, mục 4)."
        return StateLine("Sao lưu", "Chưa ghi nhận lần nào.", advice, note)
    advice = ""
    days = settings.ALERT_BACKUP_DAYS
    if now - last.at > dt.timedelta(days=days):
        advice = (
            f"Đã quá {formatting.number(days)} ngày: máy hỏng thì mất số liệu từ lần đó. Báo người vận hành máy chủ."
        )
    return StateLine("Sao lưu", f"Lần gần nhất lúc {_moment(last.at)}: {last.object_label}.", advice, advice and note)


def last_backup() -> AuditEntry | None:
    """Return the line of the log that notes the last backup."""
    return AuditEntry.objects.filter(act=LogAct.BACKUP).order_by("-number").first()


def _disk() -> StateLine:
    """Return the free part of the disk on which files are stored."""
    title, space = "Chỗ chứa tệp", "Không biết còn trống bao nhiêu."
    # Asked by probes: a network disk that stands still would hold whoever asks it himself, for ever.
    usage = health.SPACE.answer if health.SPACE.answers() else None
    if usage is not None:
        free, whole = (formatting.number(size // 2**30) for size in (usage.free, usage.total))
        space = f"Còn trống {free} GB trên tổng số {whole} GB."
    if usage is None or not health.DISK.answers():
        advice = (
            "Đầy, chỉ cho đọc hoặc không trả lời: không nhận được tệp minh chứng, không tạo được báo cáo. Báo ngay."
        )
        return StateLine(title, f"Không ghi được tệp. {space}", advice, "df -h")
    advice = ""
    if 100 * usage.free < settings.ALERT_DISK_PERCENT * usage.total:
        advice = "Đầy thì không nhận được tệp minh chứng và báo cáo: thêm đĩa, hoặc chuyển bản sao lưu cũ đi nơi khác."
    return StateLine(title, space, advice)


def _log(now: dt.datetime) -> StateLine:
    """Return the last verification of the log."""
    head = AuditChainHead.objects.first()
    check = MANAGE.format("verify_audit")
    if head is None or head.verified_at is None:
        advice = "Chưa biết nhật ký có bị sửa không. Báo người vận hành máy chủ chạy kiểm tra."
        return StateLine("Nhật ký", "Chưa kiểm tra lần nào.", advice, check)
    state = f"Kiểm tra lúc {_moment(head.verified_at)}: {head.verified_problem or 'nguyên vẹn'}."
    if head.verified_problem:
        return StateLine("Nhật ký", state, "Nhật ký bị sửa: giữ nguyên máy, báo người phụ trách an toàn thông tin.")
    advice = ""
    if now - head.verified_at > LONGEST_WITHOUT_VERIFICATION:
        advice = "Đã quá hai ngày: xem mục Việc tự chạy theo giờ."
    return StateLine("Nhật ký", state, advice, advice and check)


def _moment(at: dt.datetime) -> str:
    return formatting.datetime(at)
