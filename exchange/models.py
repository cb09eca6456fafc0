"""Models of the exchange: connected systems, what each took, the answers kept for repeated requests."""

from typing import Self

from django.core.validators import MaxLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from agencies.models import User
from agencies.roles import Role
from core import clock
from core.fields import LineField, ProseField
from indicators.models import Plan

# The roles that decide on connections of other systems.
DECIDERS = (Role.STANDING, Role.ADMIN)
LONGEST_TEXT = 1000


class Right(models.TextChoices):
    """The rights of a connected system: read what its owner may see; or also fill in and submit the owner's own report."""

    READ = "read", "Đọc số liệu"
    REPORT = "report", "Đọc số liệu và nộp phiếu"


class SystemState(models.TextChoices):
    """The states of a connection: asked for, then granted or refused; a granted one is ended at last."""

    ASKED = "asked", "Chờ trả lời"
    GRANTED = "granted", "Đang kết nối"
    REFUSED = "refused", "Bị từ chối"
    ENDED = "ended", "Đã ngừng"


class Event(models.TextChoices):
    """Events of an agency's report or of a printed one, as other systems are told. A printed report that is published again is
    restated."""

    SUBMITTED = "submitted", "Phiếu được nộp"
    WITHDRAWN = "withdrawn", "Phiếu được rút lại"
    APPROVED = "approved", "Phiếu được duyệt"
    RETURNED = "returned", "Phiếu bị trả lại"
    REOPENED = "reopened", "Phiếu được mở lại"
    UNDONE = "undone", "Quyết định về phiếu được hoàn tác"
    PUBLISHED = "published", "Báo cáo được phát hành"
    RESTATED = "restated", "Báo cáo được phát hành lại với số liệu điều chỉnh"


class ConnectedSystemQuerySet(models.QuerySet["ConnectedSystem"]):
    def visible_to(self, user: User) -> Self:
        """Connections that a user may see: their own; all for those who decide on them."""
        if not user.is_active:
            return self.none()
        return self if user.holds(*DECIDERS) else self.filter(owner=user)

    def with_last_use(self) -> Self:
        """Add `last_used_at`, the moment of the newest request; None before the first."""
        newest = SystemAccess.objects.filter(system=models.OuterRef("pk")).order_by("-at").values("at")
        return self.annotate(last_used_at=models.Subquery(newest[:1]))


class ConnectedSystem(models.Model):
    """A program of an agency that exchanges data. It acts in the name of its owner, with no more than the owner's
    permissions; it stops when the owner's account does.

    client_id: the public part of its key; key_hash: the hash of the secret part, empty while there is no key; expires_on: the last
    day on which the key works; requests_per_minute: more are refused (429).
    """

    name = LineField("tên hệ thống", max_length=100)
    purpose = ProseField("mục đích", validators=[MaxLengthValidator(LONGEST_TEXT)])
    right = models.CharField("quyền", max_length=8, choices=Right, default=Right.READ)
    owner = models.ForeignKey(
        User, verbose_name="người chịu trách nhiệm", on_delete=models.CASCADE, related_name="systems"
    )
    state = models.CharField("trạng thái", max_length=8, choices=SystemState, default=SystemState.ASKED)
    asked_at = models.DateTimeField("đề nghị lúc")
    decided_at = models.DateTimeField("trả lời lúc", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, verbose_name="người trả lời", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = ProseField("lý do", blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])
    expires_on = models.DateField("dùng đến hết ngày", null=True, blank=True)
    client_id = models.CharField("mã hệ thống", max_length=16, unique=True)
    key_hash = models.CharField("mã băm của khóa", max_length=64, blank=True)
    key_made_at = models.DateTimeField("tạo khóa lúc", null=True, blank=True)
    requests_per_minute = models.PositiveSmallIntegerField(
        "số yêu cầu mỗi phút", default=120, validators=[MinValueValidator(1)]
    )

    objects = ConnectedSystemQuerySet.as_manager()

    class Meta:
        verbose_name = "hệ thống kết nối"
        verbose_name_plural = "hệ thống kết nối"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(right__in=Right.values, state__in=SystemState.values),
                name="system_right_and_state_known",
                violation_error_message="Quyền hoặc trạng thái không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=~Q(state=SystemState.GRANTED) | Q(expires_on__isnull=False),
                name="system_granted_until_a_day",
                violation_error_message="Kết nối được cho phép phải có ngày hết hạn.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        """True where a granted connection is past its last day."""
        return self.expires_on is not None and self.expires_on < clock.today()

    @property
    def state_words(self) -> str:
        """The state in words; of a granted connection past its last day that it has expired."""
        return "Đã hết hạn" if self.state == SystemState.GRANTED and self.is_expired else self.get_state_display()

    @property
    def may_have_key(self) -> bool:
        """True where the owner may make a key now."""
        return self.state == SystemState.GRANTED and not self.is_expired

    @property
    def works(self) -> bool:
        """True where its key opens the API now."""
        return self.may_have_key and bool(self.key_hash) and self.owner.is_active


class SystemAccess(models.Model):
    """One request of a connected system: who took what, and when. `rows`: the number of rows it was given; None where the answer is
    no list."""

    system = models.ForeignKey(
        ConnectedSystem, verbose_name="hệ thống", on_delete=models.CASCADE, related_name="accesses", db_index=False
    )
    at = models.DateTimeField("lúc")
    method = models.CharField("phương thức", max_length=8)
    path = LineField("địa chỉ", max_length=500)
    status = models.PositiveSmallIntegerField("kết quả")
    rows = models.PositiveIntegerField("số dòng", null=True)
    address = models.GenericIPAddressField("từ máy", null=True)

    class Meta:
        verbose_name = "lần truy cập"
        verbose_name_plural = "lần truy cập"
        indexes = [models.Index(fields=["system", "at"], name="access_of_system")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class OpenPlan(models.Model):
    """A plan whose published figures are open to everybody; without a row they are not."""

    plan = models.OneToOneField(Plan, verbose_name="kế hoạch", on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField("công khai lúc")
    opened_by = models.ForeignKey(
        User, verbose_name="người công khai", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "kế hoạch công khai số liệu"
        verbose_name_plural = "kế hoạch công khai số liệu"

    def __str__(self) -> str:
        return str(self.plan)


class Webhook(models.Model):
    """The address at which a connected system is told of events. Its secret is derived (`webhooks.signing`), not stored.

    events: the events that it wants; cursor: the number of the last change that was looked at (`queries.Change`); claimed_until:
    until then one process sends its deliveries, so that no other does.
    """

    system = models.OneToOneField(
        ConnectedSystem, verbose_name="hệ thống", on_delete=models.CASCADE, related_name="webhook"
    )
    url = LineField("địa chỉ nhận", max_length=500)
    events = models.JSONField("sự kiện", default=list)
    secret_number = models.PositiveIntegerField("số khóa ký", default=1)
    cursor = models.PositiveBigIntegerField("đã xem đến số", default=0)
    claimed_until = models.DateTimeField("đang gửi đến", null=True)

    class Meta:
        verbose_name = "địa chỉ nhận sự kiện"
        verbose_name_plural = "địa chỉ nhận sự kiện"

    def __str__(self) -> str:
        return self.url

    @property
    def event_names(self) -> list[str]:
        """The events that it wants, in words."""
        return [str(Event(event).label) for event in self.events]


class DeliveryState(models.TextChoices):
    """The states of a delivery."""

    WAITING = "waiting", "Chờ gửi"
    DELIVERED = "delivered", "Đã nhận"
    GIVEN_UP = "given_up", "Thôi gửi"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def undelivered(self) -> Self:
        """Deliveries that wait or were given up."""
        return self.exclude(state=DeliveryState.DELIVERED)


class Delivery(models.Model):
    """One event for one webhook, delivered once: a receiver knows a repeated one by its number.

    number: `queries.Change`; subject: deliveries of one subject go in their order; status: the receiver's answer of the last
    attempt, None where none came; error: why that attempt failed, in Vietnamese; next_at: the moment of the next attempt.
    """

    webhook = models.ForeignKey(
        Webhook, verbose_name="địa chỉ nhận", on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    number = models.PositiveBigIntegerField("số sự kiện")
    event = models.CharField("sự kiện", max_length=9, choices=Event)
    subject = LineField("về", max_length=120)
    content = models.JSONField("nội dung")
    state = models.CharField("trạng thái", max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField("số lần gửi", default=0)
    next_at = models.DateTimeField("gửi lúc")
    sent_at = models.DateTimeField("gửi lần cuối", null=True)
    status = models.PositiveSmallIntegerField("trả lời", null=True)
    error = LineField("lý do", max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "lần báo sự kiện"
        verbose_name_plural = "lần báo sự kiện"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "number"],
                name="delivery_once_an_event",
                violation_error_message="Sự kiện này đã có trong danh sách gửi.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values, event__in=Event.values),
                name="delivery_state_and_event_known",
                violation_error_message="Trạng thái hoặc sự kiện không hợp lệ.",
            ),
        ]
        indexes = [models.Index(fields=["webhook", "state", "number"], name="delivery_of_webhook")]

    def __str__(self) -> str:
        return f"{self.get_event_display()} ({self.number})"


class KeptAnswer(models.Model):
    """The answer to a request with an idempotency key; a repeated request gets it again and changes nothing."""

    system = models.ForeignKey(
        ConnectedSystem, verbose_name="hệ thống", on_delete=models.CASCADE, related_name="answers", db_index=False
    )
    key = LineField("khóa lặp", max_length=100)
    request_hash = models.CharField("mã băm của yêu cầu", max_length=64)
    status = models.PositiveSmallIntegerField("kết quả", default=0)
    body = models.TextField("nội dung", blank=True)
    etag = models.CharField("phiên bản", max_length=80, blank=True)
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "câu trả lời đã giữ"
        verbose_name_plural = "câu trả lời đã giữ"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "key"], name="answer_once_a_key", violation_error_message="Khóa lặp này đã dùng."
            )
        ]

    def __str__(self) -> str:
        return self.key
