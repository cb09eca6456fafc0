"""Models of the tree of agencies, with their parents and names over time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from agencies.roles import Role
from core import clock
from core.fields import ExactDecimalField, LineField, ProseField
from core.formatting import fold, percent

if TYPE_CHECKING:
    from agencies.models.user import User


class Level(models.TextChoices):
    """Levels of the tree. `OTHER`: lead agencies that belong to no group of the plan."""

    PROVINCE = "province", "Tỉnh"
    DEPARTMENT = "department", "Sở, ban, ngành"
    OTHER = "other", "Cơ quan khác"
    DISTRICT = "district", "Cấp huyện"
    COMMUNE = "commune", "Cấp xã"


# Before every plan: first day of a parent or a name without a known beginning.
EVER = dt.date(1900, 1, 1)

# Decimals of a share of a territory: 0.333333 is 33,3333%.
SHARE_PLACES = 6

# The largest tile map (static/css/pages/overview.css).
MAP_ROWS, MAP_COLUMNS = 20, 8

# Electronic code of an agency (Decision 20/2020/QĐ-TTg): the body of the centre or the province, then each level below.
ELECTRONIC_CODE_FORM = r"[A-Z][0-9]{2}(\.[0-9A-Z]{2})*"
ELECTRONIC_CODE_ADVICE = "Mã định danh điện tử viết như H23 hoặc H23.01.02: chữ hoa, chữ số, cách nhau dấu chấm."
LONGEST_ELECTRONIC_CODE = 35

# The plan's groups, and the level each one means.
GROUPS = {"@departments": Level.DEPARTMENT, "@districts": Level.DISTRICT, "@communes": Level.COMMUNE}
GROUP_WORDS = {
    "@departments": "Các sở, ban, ngành",
    "@districts": "UBND cấp huyện",
    "@communes": "UBND cấp xã",
    "@lead": "Cơ quan chủ trì",
    "@telecoms": "Các doanh nghiệp viễn thông",
    "@enterprises": "Doanh nghiệp",
    "@certificate-authorities": "Các tổ chức chứng thực chữ ký số",
}


def group_words(code: str) -> str:
    """Return the name of a group of the plan; an agency's code as it is."""
    return GROUP_WORDS.get(code, code)


def is_outside(group: str) -> bool:
    """Return whether a code is that of a group outside the tree."""
    return group in GROUP_WORDS and group not in GROUPS and group != "@lead"


class AgencyQuerySet(models.QuerySet["Agency"]):
    def in_force(self, day: dt.date) -> Self:
        """Return the agencies that exist on a day."""
        return self.filter(
            Q(first_day__isnull=True) | Q(first_day__lte=day), Q(last_day__isnull=True) | Q(last_day__gte=day)
        )

    def levels(self, day: dt.date) -> set[str]:
        """Return the levels that the tree has on a day. One query."""
        return set(self.in_force(day).order_by().values_list("level", flat=True).distinct())

    def within(self, agency: Agency) -> Self:
        """Return the agency and everything below it (the tree has three levels: province, district, commune)."""
        return self.filter(Q(pk=agency.pk) | Q(parent=agency) | Q(parent__parent=agency))

    def placed(self, day: dt.date) -> Self:
        """Annotate each with `parent_as_of`, its parent's id in the tree of a day (None: no parent, or not placed yet)."""
        latest = Placement.objects.filter(agency=models.OuterRef("pk"), first_day__lte=day).order_by("-first_day")
        return self.annotate(parent_as_of=models.Subquery(latest.values("parent")[:1]))

    def named(self, day: dt.date) -> Self:
        """Annotate each with its names on a day: `name_as_of`, `short_name_as_of`."""
        latest = AgencyName.objects.filter(agency=models.OuterRef("pk"), first_day__lte=day).order_by("-first_day")
        return self.annotate(
            name_as_of=Coalesce(models.Subquery(latest.values("name")[:1]), F("name")),
            short_name_as_of=Coalesce(models.Subquery(latest.values("short_name")[:1]), F("short_name")),
        )

    def ever_changed(self) -> Self:
        """Return the few agencies that were ever moved or renamed."""
        later = {"first_day__gt": EVER}
        moved = Placement.objects.filter(**later).values("agency")
        return self.filter(Q(pk__in=moved) | Q(pk__in=AgencyName.objects.filter(**later).values("agency")))

    def placed_below(self, agency: Agency, day: dt.date) -> Self:
        """Return the agencies directly below one in the tree of a day, with `parent_as_of`."""
        return self.placed(day).filter(parent_as_of=agency.pk)

    def placed_within(self, agency: Agency, day: dt.date) -> Self:
        """Return the agency and everything below it in the tree of a day, which is the tree that roll-ups read."""
        placed = self.placed(day)
        children = placed.filter(parent_as_of=agency.pk).values("pk")
        return placed.filter(Q(pk=agency.pk) | Q(parent_as_of=agency.pk) | Q(parent_as_of__in=children))

    def visible_to(self, user: User) -> Self:
        """Return the agencies whose own page a user may open: all for readers of the whole province, else their own branch."""
        if user.reads_everything:
            return self
        if user.agency is None:
            return self.none()
        return self.within(user.agency)

    def reviewed_by(self, user: User) -> Self:
        """Return the agencies whose reports a user may approve or return: those that they may review by role, but for those that
        are shared out to colleagues today (`ReviewShare`)."""
        from agencies.models.review import ReviewShare

        able = ReviewShare.objects.able(clock.today()).filter(agency=models.OuterRef("pk"))
        mine = self.reviewed_by_role(user)
        return mine.filter(~models.Exists(able) | models.Exists(able.filter(person=user.pk)))

    def reviewed_by_role(self, user: User) -> Self:
        """Return the agencies whose reports a user may review by role: those directly below their own; the province's direct
        subordinates are reviewed by the standing agency (ui.md, *Roles*). A report is not reviewed from its own agency, except the
        standing agency's, which no other agency reviews."""
        allowed = Q(pk__in=[])
        if user.is_active and user.holds(Role.REVIEWER) and user.agency_id:
            allowed |= Q(parent=user.agency_id)
        if user.is_active and user.holds(Role.STANDING):
            allowed |= Q(parent__level=Level.PROVINCE) | Q(level=Level.PROVINCE)
        return self.filter(allowed)

    def filled_in_by(self, user: User) -> Self:
        """Return the agencies whose figures a user may enter: their own as its focal point, and those directly below their district
        as its focal point or reviewer, who may help with drafts but never submit (decision 0071)."""
        allowed = Q(pk__in=[])
        if user.is_active and user.agency_id and user.holds(Role.FOCAL):
            allowed |= Q(pk=user.agency_id)
        if user.is_active and user.agency_id and user.holds(Role.FOCAL, Role.REVIEWER):
            allowed |= Q(parent=user.agency_id, parent__level=Level.DISTRICT)
        return self.filter(allowed)

    def in_order(self) -> Self:
        """Order as the plan does: province, departments, other bodies, districts, communes by district."""
        return self.order_by("position", "code")


class Agency(models.Model):
    """One node of the tree. Its parent on a day is in `Placement`; `parent` is the last known one. map_row, map_column: its place
    on the tile map, from 1; None without one."""

    code = models.SlugField("mã", max_length=32, unique=True)
    name = LineField("tên", max_length=200)
    short_name = LineField("tên ngắn", max_length=80)
    level = models.CharField("cấp", max_length=16, choices=Level)
    parent = models.ForeignKey(
        "self", verbose_name="trực thuộc", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    gso_code = LineField("mã thống kê", max_length=8, blank=True)
    electronic_code = LineField(
        "mã định danh điện tử",
        max_length=LONGEST_ELECTRONIC_CODE,
        blank=True,
        default="",
        validators=[RegexValidator(rf"^{ELECTRONIC_CODE_FORM}\Z", ELECTRONIC_CODE_ADVICE)],
    )
    aliases = ProseField("tên gọi khác", blank=True, help_text="Mỗi cách gọi cách nhau một dấu |.")
    first_day = models.DateField("ngày bắt đầu", null=True, blank=True)
    last_day = models.DateField("ngày kết thúc", null=True, blank=True)
    position = models.PositiveIntegerField("thứ tự", default=0)
    map_row = models.PositiveSmallIntegerField(
        "hàng trên bản đồ ô", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MAP_ROWS)]
    )
    map_column = models.PositiveSmallIntegerField(
        "cột trên bản đồ ô", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MAP_COLUMNS)]
    )
    search_key = models.CharField("khóa tìm kiếm", max_length=400, editable=False, default="")

    # Annotations of AgencyQuerySet.placed and .named.
    parent_as_of: int | None
    name_as_of: str
    short_name_as_of: str

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
            models.UniqueConstraint(
                fields=["electronic_code"],
                condition=~Q(electronic_code=""),
                name="agency_electronic_code_once",
                violation_error_message="Mã định danh điện tử này đã là của cơ quan khác.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def district(self) -> Agency | None:
        """The district that a commune lies in; None for others, and for a commune that hangs under the province."""
        return (
            self.parent if self.level == Level.COMMUNE and self.parent and self.parent.level == Level.DISTRICT else None
        )

    @property
    def full_name(self) -> str:
        """Return the unique name: names of communes repeat, so a commune is named with its district."""
        return f"{self.name}, {self.district.name.removeprefix('UBND ')}" if self.district else self.name

    @property
    def place_name(self) -> str:
        """Return the short name, a commune's with its district's."""
        return f"{self.short_name}, {self.district.short_name}" if self.district else self.short_name

    @property
    def reporter_name(self) -> str:
        """Return the name as a reporting agency: a district is its People's Committee, not its area."""
        return f"UBND {self.short_name}" if self.level == Level.DISTRICT else self.place_name

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("agency", args=[self.code])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row with its search key."""
        self.search_key = fold(f"{self.code} {self.name} {self.short_name} {self.electronic_code} {self.aliases}")[:400]
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_key"}
        super().save(*args, **kwargs)


def party_choices(day: dt.date, *, outside: bool = False) -> list[tuple[str, str]]:
    """Return (code, name) of all that may take part in something of the plan on a day: the agencies above the communes, and
    the groups with members; outside: also the groups outside the tree. One query."""
    agencies = list(Agency.objects.in_force(day).in_order())
    present = {agency.level for agency in agencies}
    groups = [
        group
        for group in GROUP_WORDS
        if (GROUPS[group] in present if group in GROUPS else outside and group != "@lead")
    ]
    above_communes = (agency for agency in agencies if agency.level not in (Level.PROVINCE, Level.COMMUNE))
    return [
        *((agency.code, agency.name) for agency in above_communes),
        *((group, GROUP_WORDS[group]) for group in groups),
    ]


class Placement(models.Model):
    """An agency's parent in the tree, from a day on until the next placement. Roll-ups read the tree from here, so that the tree of
    an earlier period never changes."""

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

    def __str__(self) -> str:
        return f"{self.agency} từ {self.first_day:%d/%m/%Y}"


class AgencyName(models.Model):
    """An agency's name, from a day on until the next one. Without a row its name never changed."""

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

    def __str__(self) -> str:
        return f"{self.name} từ {self.first_day:%d/%m/%Y}"


class Succession(models.Model):
    """The successor of an agency from a day on: after a merger, a split, or an end with a successor. share: the part of the
    territory, between 0 and 1, that an agency which goes on gives to another; None for every other succession."""

    class Way(models.TextChoices):
        """The way in which the work passed on."""

        MERGED = "merged", "sáp nhập"
        SPLIT = "split", "tách"
        PARTED = "parted", "tách một phần"
        HANDED = "handed", "giao nhiệm vụ"

    before = models.ForeignKey(Agency, verbose_name="đơn vị cũ", on_delete=models.PROTECT, related_name="successions")
    after = models.ForeignKey(Agency, verbose_name="đơn vị tiếp nhận", on_delete=models.PROTECT, related_name="origins")
    first_day = models.DateField("từ ngày")
    way = models.CharField("bằng cách", max_length=8, choices=Way)
    share = ExactDecimalField("phần địa bàn chuyển", places=SHARE_PLACES, null=True, blank=True)

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
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lt=1, way="parted"),
                name="succession_share_of_a_part",
                violation_error_message="Phần địa bàn chuyển lớn hơn 0 và nhỏ hơn 100%.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before.code} → {self.after.code} từ {self.first_day:%d/%m/%Y}"

    @property
    def verb(self) -> str:
        """Return what the agency before does on the day, between the names before and after: `chuyển 30% địa bàn cho`."""
        if self.share is None:
            return SUCCESSION_VERBS[Succession.Way(self.way)]
        return f"chuyển {share_words(self.share)} địa bàn cho"


def share_words(share: Decimal) -> str:
    """Return a share as a percentage: `30%`, `12,5%`."""
    return percent(share * 100, None)


# What an agency does on the day of its succession, between the names before and after.
SUCCESSION_VERBS = {
    Succession.Way.MERGED: "sáp nhập vào",
    Succession.Way.SPLIT: "tách thành",
    Succession.Way.PARTED: "tách một phần ra thành",
    Succession.Way.HANDED: "kết thúc hoạt động, giao nhiệm vụ cho",
}


class RememberedName(models.Model):
    """A name that a person has said to mean an agency, by which files name it from then on (`agencies.matching`)."""

    name = LineField("tên trong tệp", max_length=200)
    spelling = models.CharField("cách so tên", max_length=220, unique=True)
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", on_delete=models.CASCADE, related_name="remembered_names"
    )
    remembered_at = models.DateTimeField("nhớ lúc")

    class Meta:
        verbose_name = "tên đã nhớ"
        verbose_name_plural = "tên đã nhớ"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Party(models.Model):
    """An agency or a group that takes part in something of the plan (abstract; the subclass has `agency`). Outside parties are
    groups without accounts; reported_by: the agency that reports on behalf of an outside party that leads (*báo cáo thay*)."""

    class Part(models.TextChoices):
        """The part that it takes."""

        LEAD = "lead", "Chủ trì"
        COORDINATOR = "coordinator", "Phối hợp"

    agency: models.ForeignKey[Agency | None, Agency | None]
    part = models.CharField("vai trò", max_length=16, choices=Part)
    group = models.CharField(
        "nhóm", max_length=32, blank=True, choices=[(k, v) for k, v in GROUP_WORDS.items() if k != "@lead"]
    )
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    reported_by = models.ForeignKey(
        Agency, verbose_name="đơn vị báo cáo thay", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True
        verbose_name = "cơ quan chủ trì, phối hợp"
        verbose_name_plural = "cơ quan chủ trì, phối hợp"
        ordering = ["part", "position"]

    def __str__(self) -> str:
        return self.agency.short_name if self.agency is not None else self.get_group_display()

    @property
    def is_outside(self) -> bool:
        """Return whether it is a group outside the tree, without accounts."""
        return is_outside(self.group)

    @property
    def with_reporter(self) -> str:
        """Return `Doanh nghiệp (Sở Nội vụ báo cáo thay)`; the name alone of a party that reports itself."""
        return f"{self} ({self.reported_by.short_name} báo cáo thay)" if self.reported_by is not None else str(self)
