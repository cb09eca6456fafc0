"""The tree of agencies, with their places and names over time."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from agencies.roles import Role
from core.fields import LineField, ProseField
from core.formatting import fold


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
        """Each with its parent as the tree stood on a day, `parent_as_of` (None: none, or not placed yet)."""
        latest = Placement.objects.filter(agency=models.OuterRef("pk"), first_day__lte=day).order_by("-first_day")
        return self.annotate(parent_as_of=models.Subquery(latest.values("parent")[:1]))

    def named(self, day):
        """Each with what it was called on a day: `name_as_of`, `short_name_as_of`."""
        latest = AgencyName.objects.filter(agency=models.OuterRef("pk"), first_day__lte=day).order_by("-first_day")
        return self.annotate(
            name_as_of=Coalesce(models.Subquery(latest.values("name")[:1]), F("name")),
            short_name_as_of=Coalesce(models.Subquery(latest.values("short_name")[:1]), F("short_name")),
        )

    def ever_changed(self):
        """Those that were once moved or renamed; few."""
        later = {"first_day__gt": EVER}
        moved = Placement.objects.filter(**later).values("agency")
        return self.filter(Q(pk__in=moved) | Q(pk__in=AgencyName.objects.filter(**later).values("agency")))

    def placed_within(self, agency, day):
        """The agency and everything below it as the tree stood on a day, which is the tree that roll-ups read."""
        placed = self.placed(day)
        children = placed.filter(parent_as_of=agency.pk).values("pk")
        return placed.filter(Q(pk=agency.pk) | Q(parent_as_of=agency.pk) | Q(parent_as_of__in=children))

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
