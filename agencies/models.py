"""Who: the tree of agencies and the people in them."""

import datetime as dt

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from chuyendoiso import clock
from chuyendoiso.fields import LineField, ProseField
from chuyendoiso.formatting import fold


class Level(models.TextChoices):
    """Levels of the tree. `OTHER` are lead bodies that belong to no group of the plan."""

    PROVINCE = "province", "Tỉnh"
    DEPARTMENT = "department", "Sở, ban, ngành"
    OTHER = "other", "Cơ quan khác"
    DISTRICT = "district", "Cấp huyện"
    COMMUNE = "commune", "Cấp xã"


# Before every plan: a place or a name with no known beginning holds from here on.
EVER = dt.date(1900, 1, 1)

# The plan's groups, and the level each one means.
GROUPS = {"@departments": Level.DEPARTMENT, "@districts": Level.DISTRICT, "@communes": Level.COMMUNE}
GROUP_WORDS = {
    "@departments": "Các sở, ban, ngành",
    "@districts": "UBND các huyện, thị xã, thành phố",
    "@communes": "UBND các xã, phường, thị trấn",
    "@lead": "Cơ quan chủ trì",
    "@telecoms": "Các doanh nghiệp viễn thông",
    "@enterprises": "Doanh nghiệp",
    "@certificate-authorities": "Các tổ chức chứng thực chữ ký số",
}


class AgencyQuerySet(models.QuerySet):
    def in_force(self, day):
        """Agencies that exist on a day."""
        return self.filter(
            Q(first_day__isnull=True) | Q(first_day__lte=day), Q(last_day__isnull=True) | Q(last_day__gte=day)
        )

    def within(self, agency):
        """The agency and everything below it (the tree is three deep: province, district, commune)."""
        return self.filter(Q(pk=agency.pk) | Q(parent=agency) | Q(parent__parent=agency))

    def placed(self, day):
        """Each with its parent as the tree stood on a day, `parent_then` (None: none, or not placed yet)."""
        latest = Placement.objects.filter(agency=models.OuterRef("pk"), first_day__lte=day).order_by("-first_day")
        return self.annotate(parent_then=models.Subquery(latest.values("parent")[:1]))

    def named(self, day):
        """Each with what it was called on a day: `name_then`, `short_name_then`."""
        latest = AgencyName.objects.filter(agency=models.OuterRef("pk"), first_day__lte=day).order_by("-first_day")
        return self.annotate(
            name_then=Coalesce(models.Subquery(latest.values("name")[:1]), F("name")),
            short_name_then=Coalesce(models.Subquery(latest.values("short_name")[:1]), F("short_name")),
        )

    def ever_changed(self):
        """Those that were once moved or renamed; few."""
        later = {"first_day__gt": EVER}
        moved = Placement.objects.filter(**later).values("agency")
        return self.filter(Q(pk__in=moved) | Q(pk__in=AgencyName.objects.filter(**later).values("agency")))

    def placed_within(self, agency, day):
        """The agency and everything below it as the tree stood on a day, which is the tree that roll-ups read."""
        placed = self.placed(day)
        children = placed.filter(parent_then=agency.pk).values("pk")
        return placed.filter(Q(pk=agency.pk) | Q(parent_then=agency.pk) | Q(parent_then__in=children))

    def visible_to(self, user):
        """Agencies whose own page a user may open: all for those who read the whole province, else his own branch."""
        if user.reads_everything:
            return self
        if user.agency_id is None:
            return self.none()
        return self.within(user.agency)

    def reviewed_by(self, user):
        """Agencies whose reports a user may approve or return: those directly below his own; the province's direct
        subordinates are reviewed by the standing agency (ui.md, *Roles*). Nobody reviews his own agency's report unless
        he is of the standing agency, which no other agency reviews."""
        allowed = Q(pk__in=[])
        if user.is_active and user.holds(Role.REVIEWER) and user.agency_id:
            allowed |= Q(parent=user.agency_id)
        if user.is_active and user.holds(Role.STANDING):
            allowed |= Q(parent__level=Level.PROVINCE) | Q(level=Level.PROVINCE)
        return self.filter(allowed)

    def filled_in_by(self, user):
        """Agencies whose figures a user may put down: his own as its focal point, and those directly below his district as its
        focal point or reviewer, who may help them with drafts but never sends their reports (decision 0071)."""
        allowed = Q(pk__in=[])
        if user.is_active and user.agency_id and user.holds(Role.FOCAL):
            allowed |= Q(pk=user.agency_id)
        if user.is_active and user.agency_id and user.holds(Role.FOCAL, Role.REVIEWER):
            allowed |= Q(parent=user.agency_id, parent__level=Level.DISTRICT)
        return self.filter(allowed)

    def in_order(self):
        """In the plan's order: province, departments, other bodies, districts, each district's communes."""
        return self.order_by("position", "code")


class Agency(models.Model):
    """One node of the tree. Its place in the tree on a day is in `Placement`; `parent` is the last known place."""

    code = models.SlugField("mã", max_length=32, unique=True)
    name = LineField("tên", max_length=200)
    short_name = LineField("tên ngắn", max_length=80)
    level = models.CharField("cấp", max_length=16, choices=Level)
    parent = models.ForeignKey(
        "self", verbose_name="trực thuộc", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    gso_code = LineField("mã thống kê", max_length=8, blank=True)
    aliases = ProseField("tên gọi khác", blank=True, help_text="Mỗi cách gọi cách nhau một dấu |.")
    first_day = models.DateField("ngày bắt đầu", null=True, blank=True)
    last_day = models.DateField("ngày kết thúc", null=True, blank=True)
    position = models.PositiveIntegerField("thứ tự", default=0)
    search_key = models.CharField("khóa tìm kiếm", max_length=400, editable=False, default="")

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = "cơ quan, đơn vị"
        verbose_name_plural = "cơ quan, đơn vị"
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=Level.values),
                name="agency_level_known",
                violation_error_message="Cấp không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(first_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="agency_days_in_order",
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=Q(level=Level.PROVINCE, parent__isnull=True)
                | (~Q(level=Level.PROVINCE) & Q(parent__isnull=False)),
                name="agency_only_province_is_root",
                violation_error_message="Mỗi đơn vị trừ cấp tỉnh phải trực thuộc một cơ quan.",
            ),
        ]

    def __str__(self):
        return self.full_name

    @property
    def full_name(self):
        """The name that identifies it: commune names repeat, so a commune is named with its district."""
        if self.level == Level.COMMUNE and self.parent is not None:
            return f"{self.name}, {self.parent.name.removeprefix('UBND ')}"
        return self.name

    @property
    def place_name(self):
        """Short name, a commune's with its district's."""
        if self.level == Level.COMMUNE and self.parent is not None:
            return f"{self.short_name}, {self.parent.short_name}"
        return self.short_name

    @property
    def reporter_name(self):
        """As lists name it where it speaks for itself: a district is its People's Committee, not its area."""
        return f"UBND {self.short_name}" if self.level == Level.DISTRICT else self.place_name

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("agency", args=[self.code])

    def save(self, *args, **kwargs):
        self.search_key = fold(f"{self.code} {self.name} {self.short_name} {self.aliases}")[:400]
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_key"}
        super().save(*args, **kwargs)


class Placement(models.Model):
    """Where an agency hangs in the tree, from a day on until another placement begins. Roll-ups read the tree from here,
    so that the tree of an earlier period stays what it was."""

    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="placements")
    parent = models.ForeignKey(
        Agency, verbose_name="trực thuộc", null=True, blank=True, on_delete=models.PROTECT, related_name="placed"
    )
    first_day = models.DateField("từ ngày")

    class Meta:
        verbose_name = "vị trí trong cây tổ chức"
        verbose_name_plural = "vị trí trong cây tổ chức"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "first_day"],
                name="placement_once_a_day",
                violation_error_message="Đơn vị này đã có thay đổi tổ chức từ ngày đó.",
            ),
        ]

    def __str__(self):
        return f"{self.agency} từ {self.first_day:%d/%m/%Y}"


class AgencyName(models.Model):
    """What an agency was called, from a day on until another name begins. Without a row it was always called what it is."""

    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="names")
    first_day = models.DateField("từ ngày")
    name = LineField("tên", max_length=200)
    short_name = LineField("tên ngắn", max_length=80)

    class Meta:
        verbose_name = "tên qua các thời kỳ"
        verbose_name_plural = "tên qua các thời kỳ"
        ordering = ["agency", "first_day"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "first_day"],
                name="agency_name_once_a_day",
                violation_error_message="Đơn vị này đã đổi tên từ ngày đó.",
            ),
        ]

    def __str__(self):
        return f"{self.name} từ {self.first_day:%d/%m/%Y}"


class Succession(models.Model):
    """Whose work went to whom from a day on: of an agency that was merged, split, or ended with a successor."""

    class Way(models.TextChoices):
        MERGED = "merged", "nhập"
        SPLIT = "split", "tách"
        PARTED = "parted", "tách một phần"
        HANDED = "handed", "giao nhiệm vụ"

    before = models.ForeignKey(Agency, verbose_name="đơn vị cũ", on_delete=models.PROTECT, related_name="successions")
    after = models.ForeignKey(Agency, verbose_name="đơn vị tiếp nhận", on_delete=models.PROTECT, related_name="origins")
    first_day = models.DateField("từ ngày")
    way = models.CharField("bằng cách", max_length=8, choices=Way)

    class Meta:
        verbose_name = "tiếp nhận nhiệm vụ"
        verbose_name_plural = "tiếp nhận nhiệm vụ"
        ordering = ["first_day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["before", "after", "first_day"],
                name="succession_once_a_day",
                violation_error_message="Việc tiếp nhận này đã được ghi.",
            ),
            models.CheckConstraint(
                condition=~Q(before=F("after")),
                name="succession_of_two",
                violation_error_message="Đơn vị không tiếp nhận của chính mình.",
            ),
        ]

    def __str__(self):
        return f"{self.before.code} → {self.after.code} từ {self.first_day:%d/%m/%Y}"


class Role(models.TextChoices):
    """What a person does for the plan. One person may hold several."""

    ADMIN = "admin", "Quản trị"
    STANDING = "standing", "Cơ quan thường trực"
    LEAD = "lead", "Cơ quan chủ trì"
    FOCAL = "focal", "Đầu mối"
    REVIEWER = "reviewer", "Người duyệt"
    LEADER = "leader", "Lãnh đạo"


class AccountManager(UserManager):
    def get_by_natural_key(self, username):
        """The account with its agency and roles: what nearly every page asks of it, in two queries."""
        return self.select_related("agency__parent").get(username=username)

    def create_superuser(self, *args, **kwargs):
        """The first administrator of a production (`createsuperuser`) holds the role like every other."""
        user = super().create_superuser(*args, **kwargs)
        user.grants.create(role=Role.ADMIN)
        return user

    def with_unread(self):
        """Each with `unread`, the number of his unread notices, for the bell: no query of its own."""
        unread = Notice.objects.unread().filter(person=models.OuterRef("pk")).order_by().values("person")
        count = unread.annotate(count=models.Count("pk")).values("count")
        return self.annotate(unread=Coalesce(models.Subquery(count), 0))

    def focal_points_of(self, *agencies):
        """Who enters the figures of these agencies."""
        return self.filter(is_active=True, agency__in=agencies, grants__role=Role.FOCAL)

    def reviewers_of(self, agency):
        """Who approves or returns an agency's reports: the other side of `AgencyQuerySet.reviewed_by`."""
        reviewing = Q(grants__role=Role.REVIEWER, agency__isnull=False, agency=agency.parent_id)
        if agency.level == Level.PROVINCE or agency.parent.level == Level.PROVINCE:
            reviewing |= Q(grants__role=Role.STANDING)
        return self.filter(reviewing, is_active=True).distinct()

    def leads_of(self, *agencies):
        """Who speaks for agencies that lead indicators."""
        return self.filter(is_active=True, agency__in=agencies, grants__role=Role.LEAD)


class User(AbstractUser):
    """One account is one person."""

    first_name = None
    last_name = None
    full_name = LineField("họ và tên", max_length=120, blank=True)
    position = LineField("chức vụ", max_length=120, blank=True)
    phone = LineField("điện thoại", max_length=32, blank=True)
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )
    must_change_password = models.BooleanField("phải đổi mật khẩu", default=False)
    is_demo = models.BooleanField("tài khoản minh họa", default=False, editable=False)

    objects = AccountManager()

    class Meta:
        verbose_name = "tài khoản"
        verbose_name_plural = "tài khoản"

    def __str__(self):
        return self.full_name or self.username

    def get_full_name(self):
        return self.full_name or self.username

    def get_short_name(self):
        return self.get_full_name()

    @property
    def roles(self):
        """The set of roles held; read once per object."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(grant.role for grant in self.grants.all())
        return self._roles

    def holds(self, *roles):
        """True where the person holds any of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def reads_everything(self):
        """Administration, the standing agency and leaders read the whole province (ui.md, *Roles*)."""
        return self.is_active and (self.is_superuser or self.holds(Role.ADMIN, Role.STANDING, Role.LEADER))


class RoleGrant(models.Model):
    """A role that a person holds."""

    user = models.ForeignKey(User, verbose_name="tài khoản", on_delete=models.CASCADE, related_name="grants")
    role = models.CharField("vai trò", max_length=16, choices=Role)

    class Meta:
        verbose_name = "vai trò"
        verbose_name_plural = "vai trò"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], name="role_granted_once", violation_error_message="Người này đã có vai trò đó."
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="role_known", violation_error_message="Vai trò không hợp lệ."
            ),
        ]

    def __str__(self):
        return self.get_role_display()


class Event(models.TextChoices):
    """What a notice tells of."""

    OPENED = "opened", "Mở kỳ báo cáo"
    DUE_SOON = "due_soon", "Sắp đến hạn nộp"
    OVERDUE = "overdue", "Quá hạn nộp"
    RETURNED = "returned", "Phiếu bị trả lại"
    APPROVED = "approved", "Phiếu được duyệt"
    REOPENED = "reopened", "Phiếu được mở lại"
    FILLED_IN = "filled_in", "Phiếu được nhập thay"
    EXTENSION_ASKED = "extension_asked", "Đề nghị gia hạn"
    EXTENSION_GRANTED = "extension_granted", "Được gia hạn"
    EXTENSION_REFUSED = "extension_refused", "Không được gia hạn"
    QUESTION = "question", "Câu hỏi về số liệu"
    COMMENT = "comment", "Ý kiến về số liệu"
    REPORT_DRAFTED = "report_drafted", "Dự thảo báo cáo đã lập"
    REPORT_PUBLISHED = "report_published", "Báo cáo được phát hành"

    @property
    def group(self):
        """The field of `MailPreference` that lets it be mailed."""
        return next(group for group, events in EVENT_GROUPS.items() if self in events)


EVENT_GROUPS = {
    "deadlines": {Event.OPENED, Event.DUE_SOON, Event.OVERDUE},
    "decisions": {Event.RETURNED, Event.APPROVED, Event.REOPENED, Event.FILLED_IN},
    "extensions": {Event.EXTENSION_ASKED, Event.EXTENSION_GRANTED, Event.EXTENSION_REFUSED},
    "talk": {Event.QUESTION, Event.COMMENT},
    "reports": {Event.REPORT_DRAFTED, Event.REPORT_PUBLISHED},
}
# What is mailed at once: somebody waits for an answer, or time is lost. The rest goes into the morning's mail.
URGENT = {Event.RETURNED, Event.REOPENED, *EVENT_GROUPS["extensions"], Event.QUESTION}


class MailPreference(models.Model):
    """Which notices a person wants by mail, and when. Without a row: all, the urgent ones at once. The page has all."""

    class Mode(models.TextChoices):
        AT_ONCE = "at_once", "Việc gấp gửi ngay, các việc khác gộp vào một thư mỗi sáng"
        DAILY = "daily", "Tất cả gộp vào một thư mỗi sáng"
        OFF = "off", "Không gửi thư"

    person = models.OneToOneField(
        User, verbose_name="tài khoản", on_delete=models.CASCADE, related_name="mail_preference"
    )
    mode = models.CharField("gửi thư", max_length=16, choices=Mode, default=Mode.AT_ONCE)
    deadlines = models.BooleanField("Mở kỳ, sắp đến hạn, quá hạn nộp", default=True)
    decisions = models.BooleanField("Phiếu được duyệt, bị trả lại, mở lại, được nhập thay", default=True)
    extensions = models.BooleanField("Gia hạn", default=True)
    talk = models.BooleanField("Câu hỏi, ý kiến về số liệu", default=True)
    reports = models.BooleanField("Báo cáo được phát hành", default=True)

    class Meta:
        verbose_name = "cách nhận thông báo"
        verbose_name_plural = "cách nhận thông báo"
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=["at_once", "daily", "off"]),
                name="mail_mode_known",
                violation_error_message="Cách gửi thư không hợp lệ.",
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_mode_display()}"


class NoticeQuerySet(models.QuerySet):
    def of(self, person):
        """A person's own, newest first."""
        return self.filter(person=person).order_by("-at", "-pk")

    def unread(self):
        return self.filter(read_at__isnull=True)

    def to_be_mailed(self, now):
        """Waiting, and their time has come."""
        return self.filter(mail=Notice.Mail.WAITING, mail_after__lte=now)


class Notice(models.Model):
    """What one person is told of one event: a line on his page of notices, and the outbox of what is mailed. The key makes
    it once: told again, by a task that runs twice or a second beat, it stays the one row."""

    class Mail(models.TextChoices):
        """waiting → sending → sent. What a worker left at sending when it was killed is `unknown` and stays so: it is
        never mailed twice (docs/decisions/0100)."""

        OFF = "off", "Không gửi"
        WAITING = "waiting", "Chờ gửi"
        SENDING = "sending", "Đang gửi"
        SENT = "sent", "Đã gửi"
        FAILED = "failed", "Không gửi được"
        UNKNOWN = "unknown", "Không rõ đã gửi chưa"

    person = models.ForeignKey(User, verbose_name="người nhận", on_delete=models.CASCADE, related_name="notices")
    event = models.CharField("việc", max_length=24, choices=Event)
    key = models.CharField("khóa", max_length=120)
    title = LineField("tiêu đề", max_length=200)
    text = ProseField("nội dung", blank=True)
    url = models.CharField("địa chỉ trang", max_length=300)
    at = models.DateTimeField("lúc")
    read_at = models.DateTimeField("đọc lúc", null=True, blank=True)
    mail = models.CharField("thư", max_length=16, choices=Mail, default=Mail.OFF)
    mail_after = models.DateTimeField("gửi thư từ lúc", null=True, blank=True)
    mail_at = models.DateTimeField("lấy đi gửi lúc", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("số lần gửi không được", default=0)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "thông báo"
        verbose_name_plural = "thông báo"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "key"], name="notice_once", violation_error_message="Thông báo này đã có."
            ),
            models.CheckConstraint(
                condition=Q(event__in=Event.values),
                name="notice_event_known",
                violation_error_message="Việc không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(mail__in=["off", "waiting", "sending", "sent", "failed", "unknown"]),
                name="notice_mail_known",
                violation_error_message="Trạng thái thư không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=~Q(mail="waiting") | Q(mail_after__isnull=False),
                name="notice_waits_until",
                violation_error_message="Thư chờ gửi phải có giờ gửi.",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-at"], name="notice_of_person"),
            models.Index(fields=["person"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["mail_after"], condition=Q(mail="waiting"), name="notice_outbox"),
        ]

    def __str__(self):
        return self.title


class Result(models.TextChoices):
    """How an act ended."""

    DONE = "done", "Thành công"
    FAILED = "failed", "Không thành công"


class AuditEntryQuerySet(models.QuerySet):
    def chained(self):
        """Entries of the chain in order; the made-up ones of an illustrative year are not in it."""
        return self.filter(number__isnull=False).order_by("number")

    def matching(self, *, first=None, last=None, who="", act="", words=""):
        """Entries of some days (both included, Vietnam's), of an account by name or part of it, of an act, about something."""
        entries = self
        if first:
            entries = entries.filter(at__gte=dt.datetime.combine(first, dt.time(), clock.VIETNAM))
        if last:
            after = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), clock.VIETNAM)
            entries = entries.filter(at__lt=after)
        if who:
            entries = entries.filter(Q(account__icontains=who) | Q(actor_name__icontains=who))
        if act:
            entries = entries.filter(act=act)
        if words:
            entries = entries.filter(object_label__icontains=words)
        return entries


class AuditEntry(models.Model):
    """One act that mattered: who did what to which object, when, from where, with what result. Written once by
    `services.audit`; the database refuses to change or delete it (migration 0006), and the chain of hashes shows what
    was done behind its back (agencies.chain). `account` and `actor_name` outlive the account."""

    number = models.PositiveBigIntegerField("số", null=True, unique=True, editable=False)
    at = models.DateTimeField("lúc")
    actor = models.ForeignKey(
        User,
        verbose_name="người thực hiện",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    account = models.CharField("tài khoản", max_length=150, blank=True, default="")
    actor_name = models.CharField("tên người thực hiện", max_length=150)
    address = models.GenericIPAddressField("địa chỉ", null=True)
    act = models.CharField("việc", max_length=64)
    object_label = models.CharField("đối tượng", max_length=300)
    result = models.CharField("kết quả", max_length=16, choices=Result, default=Result.DONE)
    detail = models.JSONField("chi tiết", default=dict)
    previous_hash = models.CharField("mã băm dòng trước", max_length=64, blank=True, default="", editable=False)
    hash = models.CharField("mã băm", max_length=64, blank=True, default="", editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "nhật ký"
        verbose_name_plural = "nhật ký"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            # What became of reports is counted by the act: how often each was sent back.
            models.Index(fields=["act", "at"], name="audit_act"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=True, hash="") | (Q(number__isnull=False) & ~Q(hash="")),
                name="audit_numbered_is_hashed",
                violation_error_message="Dòng của chuỗi phải có mã băm.",
            )
        ]

    def __str__(self):
        return f"{self.act}: {self.object_label}"


class AuditHead(models.Model):
    """The chain's end, one row: whoever writes an entry holds it until his transaction ends, so that entries follow one
    another. Also the last entry that changed what pages show, and what the last verification found."""

    number = models.PositiveBigIntegerField("số dòng cuối", default=0)
    hash = models.CharField("mã băm dòng cuối", max_length=64)
    changed_hash = models.CharField("mã băm dòng cuối có thay đổi", max_length=64, blank=True, default="")
    verified_at = models.DateTimeField("kiểm tra lúc", null=True)
    verified_number = models.PositiveBigIntegerField("kiểm tra đến dòng", null=True)
    verified_problem = models.TextField("chỗ hỏng đầu tiên", blank=True, default="")

    class Meta:
        verbose_name = "đuôi nhật ký"
        verbose_name_plural = "đuôi nhật ký"

    def __str__(self):
        return f"Dòng số {self.number}"


class AuditArchive(models.Model):
    """Entries up to a number that went into a file (`manage.py archive_audit`): what stays continues from here. Only what a
    row here covers may be deleted; a row here is never changed or deleted."""

    last_number = models.PositiveBigIntegerField("đến dòng số", unique=True)
    last_hash = models.CharField("mã băm dòng đó", max_length=64)
    count = models.PositiveBigIntegerField("số dòng")
    file_name = models.CharField("tệp", max_length=255)
    sha256 = models.CharField("SHA-256 của tệp", max_length=64)
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "lưu trữ nhật ký"
        verbose_name_plural = "lưu trữ nhật ký"
        ordering = ["last_number"]

    def __str__(self):
        return f"{self.file_name}: đến dòng số {self.last_number}"


class JobState(models.TextChoices):
    QUEUED = "queued", "Đang chờ"
    RUNNING = "running", "Đang làm"
    DONE = "done", "Đã xong"
    FAILED = "failed", "Không xong"
    INTERRUPTED = "interrupted", "Bị gián đoạn"


# Whoever works on a job says so at least this often; one that has been silent longer is dead.
JOB_SILENCE = dt.timedelta(minutes=2)
# A queued job that nobody has taken up after this long is rung for again: the broker may have lost its bell.
JOB_UNHEARD = dt.timedelta(minutes=1)
# Jobs and their files are kept this long after they ended.
JOB_KEPT = dt.timedelta(days=30)


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Jobs that a user may open: his own; administration sees all."""
        if not user.is_active:
            return self.none()
        return self if user.holds(Role.ADMIN) else self.filter(owner=user)

    def under_way(self):
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])

    def silent(self, now):
        """Running by the book, and not heard of for too long: whoever worked on them is dead."""
        return self.filter(state=JobState.RUNNING, heartbeat_at__lt=now - JOB_SILENCE)

    def unheard(self, now):
        """Queued, and nobody has taken them up."""
        return self.filter(state=JobState.QUEUED, heartbeat_at__lt=now - JOB_UNHEARD)

    def outlived(self, now):
        """Ended so long ago that they and their files go."""
        return self.exclude(state__in=[JobState.QUEUED, JobState.RUNNING]).filter(heartbeat_at__lt=now - JOB_KEPT)


class Job(models.Model):
    """Long work that a person asked for. It can be left and come back to; whoever does it writes down how far it is.

    `kind` names what does it (`agencies.jobs`), `params` is what it is told (ids and words, no figures), `attempt` counts its
    beginnings: a process that lost its job to a later attempt can write nothing any more.
    """

    kind = models.CharField("loại việc", max_length=40)
    title = LineField("việc", max_length=200)
    owner = models.ForeignKey(User, verbose_name="người yêu cầu", on_delete=models.PROTECT, related_name="jobs")
    key = models.CharField("khóa", max_length=200, blank=True)
    params = models.JSONField("tham số", default=dict)
    state = models.CharField("trạng thái", max_length=16, choices=JobState, default=JobState.QUEUED)
    attempt = models.PositiveSmallIntegerField("lần chạy", default=0)
    done = models.PositiveIntegerField("đã làm", default=0)
    total = models.PositiveIntegerField("tất cả", default=0)
    message = LineField("đang làm gì", max_length=300, blank=True)
    error = ProseField("vì sao không xong", blank=True)
    created_at = models.DateTimeField("yêu cầu lúc")
    started_at = models.DateTimeField("bắt đầu lúc", null=True, blank=True)
    heartbeat_at = models.DateTimeField("có tin lúc")
    finished_at = models.DateTimeField("kết thúc lúc", null=True, blank=True)
    link = models.CharField("xem kết quả", max_length=300, blank=True)
    file = models.FileField("tệp kết quả", max_length=200, blank=True)
    file_name = models.CharField("tên tệp", max_length=200, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "công việc"
        verbose_name_plural = "công việc"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=JobState.values),
                name="job_state_known",
                violation_error_message="Trạng thái không hợp lệ.",
            ),
            models.UniqueConstraint(
                fields=["owner", "key"],
                condition=~Q(key="") & Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="job_one_at_a_time",
                violation_error_message="Việc này đang được làm.",
            ),
        ]
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_watch")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("job", args=[self.pk])

    def state_at(self, now) -> JobState:
        """The state as a reader should see it: one whose worker is dead is interrupted, also before anybody has written so."""
        if self.state == JobState.RUNNING and self.heartbeat_at < now - JOB_SILENCE:
            return JobState.INTERRUPTED
        return JobState(self.state)


class Party(models.Model):
    """An agency or a group that has a part in something of the plan. Outside parties are groups without accounts."""

    class Part(models.TextChoices):
        LEAD = "lead", "Chủ trì"
        COORDINATOR = "coordinator", "Phối hợp"

    part = models.CharField("vai trò", max_length=16, choices=Part)
    group = models.CharField(
        "nhóm", max_length=32, blank=True, choices=[(k, v) for k, v in GROUP_WORDS.items() if k != "@lead"]
    )
    position = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        abstract = True
        verbose_name = "cơ quan chủ trì, phối hợp"
        verbose_name_plural = "cơ quan chủ trì, phối hợp"
        ordering = ["part", "position"]

    def __str__(self):
        return self.agency.short_name if self.agency_id else self.get_group_display()


class AttachedFile(models.Model):
    """A file that somebody attached; it lies in the private storage (`chuyendoiso.files`). `name`: as its owner called it, for
    display and download; `sha256` tells whether it is still the one that was attached."""

    name = LineField("tên tệp", max_length=200)
    content_type = models.CharField("loại tệp", max_length=100)
    size = models.PositiveIntegerField("dung lượng")
    sha256 = models.CharField("mã kiểm tra", max_length=64)
    file = models.FileField("tệp", max_length=120)
    added_at = models.DateTimeField("đính kèm lúc")
    added_by = models.ForeignKey(User, verbose_name="người đính kèm", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        ordering = ["added_at", "pk"]

    def __str__(self):
        return self.name
