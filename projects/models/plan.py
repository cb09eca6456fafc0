"""The projects of the plan: their groups, the projects and tasks, and their parties."""

import datetime as dt

from django.db import models
from django.db.models import Q

from agencies.models import Agency, Party, User
from core.fields import LineField, ProseField
from core.text_diff import corrected_words
from indicators.models import Charge, Plan, Target
from projects import codes


class ProjectGroup(models.Model):
    """A group of the plan's projects: I approved projects, II institutions, III government, IV economy, V society."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="project_sections")
    code = LineField("mã", max_length=8)
    title = LineField("tên", max_length=300)
    position = models.PositiveSmallIntegerField("thứ tự")

    class Meta:
        verbose_name = "nhóm dự án, nhiệm vụ"
        verbose_name_plural = "nhóm dự án, nhiệm vụ"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"], name="section_once", violation_error_message="Nhóm này đã có."
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}. {self.title}"


class ProjectQuerySet(models.QuerySet["Project"]):
    def with_parties(self) -> "ProjectQuerySet":
        """Load projects with their group and parties."""
        return self.select_related("section").prefetch_related(
            models.Prefetch("parties", ProjectParty.objects.select_related("agency", "reported_by"))
        )

    def led_by(self, agency: Agency) -> "ProjectQuerySet":
        """Return the projects that an agency leads, by name or through its group, or reports on behalf of an outside
        party."""
        return self.filter(
            Q(parties__part=ProjectParty.Part.LEAD)
            & (Q(parties__agency=agency) | Q(parties__group=f"@{agency.level}s") | Q(parties__reported_by=agency))
        ).distinct()

    def in_force(self, day: dt.date) -> "ProjectQuerySet":
        """Return the projects that belong to the plan on a day: not added later, not withdrawn by then."""
        return self.filter(
            Q(added_on__isnull=True) | Q(added_on__lte=day), Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day)
        )


class Project(models.Model):
    """One row of the annex, verbatim, or a project that was added since. `signed_name`: the name as it was signed,
    where a misprint was corrected in `name`; empty where nothing was; added_on: None for a row of the plan; withdrawn_on:
    the first day on which it is no project of the plan any more; continues: the same project in the plan before, whose
    reports are its history; revision: counts the changes, so that two people cannot
    overwrite each other."""

    section = models.ForeignKey(ProjectGroup, verbose_name="nhóm", on_delete=models.PROTECT, related_name="projects")
    number = models.PositiveSmallIntegerField("số thứ tự")
    name = ProseField("tên dự án, nhiệm vụ")
    signed_name = ProseField("tên như bản ký (nếu đã sửa lỗi in)", blank=True)
    timing_text = LineField("thời gian thực hiện (nguyên văn)", max_length=100, blank=True)
    due = models.DateField("hạn hoàn thành", null=True, blank=True)
    is_ongoing = models.BooleanField("thường xuyên", default=False)
    leads_text = ProseField("chủ trì (nguyên văn)", blank=True)
    coordinators_text = ProseField("phối hợp (nguyên văn)", blank=True)
    targets = models.ManyToManyField(
        Target, verbose_name="chỉ tiêu thành phần được phục vụ", through="ProjectLink", related_name="projects"
    )

    charges = models.ManyToManyField(
        Charge, verbose_name="nhiệm vụ theo dõi, đôn đốc", blank=True, related_name="projects"
    )

    added_on = models.DateField("bổ sung ngày", null=True, blank=True)
    added_by = models.ForeignKey(
        User, verbose_name="người bổ sung", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_on = models.DateField("rút ngày", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, verbose_name="người rút", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_reason = ProseField("lý do rút", blank=True)
    revision = models.PositiveIntegerField("lần sửa", default=0)
    continues = models.ForeignKey(
        "self",
        verbose_name="tiếp tục dự án",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="continued_by",
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = "dự án, nhiệm vụ"
        verbose_name_plural = "dự án, nhiệm vụ"
        ordering = ["section__position", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "number"], name="project_number_once", violation_error_message="Dự án này đã có."
            ),
            models.CheckConstraint(
                condition=Q(is_ongoing=False) | Q(due__isnull=True),
                name="project_ongoing_has_no_due",
                violation_error_message="Nhiệm vụ thường xuyên không có hạn hoàn thành.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | ~Q(withdrawn_reason=""),
                name="project_withdrawn_with_reason",
                violation_error_message="Rút dự án phải kèm lý do.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("project", args=[self.code])

    @property
    def code(self) -> str:
        """III-3: group and number, as in addresses."""
        return f"{self.section.code}-{self.number}"

    @property
    def label(self) -> str:
        """DA III.3: as people read it, so that nobody takes it for a target's code."""
        return codes.label(self.section.code, self.number)

    @property
    def plan_code(self) -> str:
        """III.3, as the plan prints it."""
        return f"{self.section.code}.{self.number}"

    def is_in_force(self, day: dt.date) -> bool:
        """Return whether it belongs to the plan on a day, by the rule of `ProjectQuerySet.in_force`."""
        return (self.added_on is None or self.added_on <= day) and (
            self.withdrawn_on is None or self.withdrawn_on > day
        )

    @property
    def assumes_reporter(self) -> bool:
        """Return True where the agency that reports on behalf of an outside lead is a reading of the plan, which names none,
        and nobody has amended the project since. Needs the parties."""
        return self.added_on is None and self.revision == 0 and any(party.reported_by_id for party in self.leads)

    @property
    def is_corrected(self) -> bool:
        """True where a misprint of the signed name was corrected."""
        return bool(self.signed_name) and self.signed_name != self.name

    @property
    def words(self) -> list[tuple[str, bool]]:
        """The name in order, as (words, True) where they correct the signed name."""
        return corrected_words(self.name, self.signed_name)

    @property
    def leads(self) -> list["ProjectParty"]:
        """The parties that lead it, in the plan's order."""
        return [party for party in self.parties.all() if party.part == ProjectParty.Part.LEAD]

    @property
    def coordinators(self) -> list["ProjectParty"]:
        """The parties that take part, in the plan's order."""
        return [party for party in self.parties.all() if party.part == ProjectParty.Part.COORDINATOR]


class ProjectParty(Party):
    """A party that leads a project or takes part in it."""

    project = models.ForeignKey(Project, verbose_name="dự án", on_delete=models.CASCADE, related_name="parties")
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", null=True, blank=True, on_delete=models.PROTECT, related_name="project_parts"
    )

    class Meta(Party.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["project", "part", "agency"],
                name="project_party_agency_once",
                violation_error_message="Cơ quan này đã được ghi.",
            ),
            models.UniqueConstraint(
                fields=["project", "part", "group"],
                condition=~Q(group=""),
                name="project_party_group_once",
                violation_error_message="Nhóm này đã được ghi.",
            ),
            models.CheckConstraint(
                condition=Q(agency__isnull=False, group="") | (Q(agency__isnull=True) & ~Q(group="")),
                name="project_party_is_agency_or_group",
                violation_error_message="Chọn một cơ quan hoặc một nhóm.",
            ),
            models.CheckConstraint(
                condition=Q(reported_by__isnull=True) | ~Q(group=""),
                name="project_party_reported_for_group",
                violation_error_message="Chỉ nhóm ngoài hệ thống mới có đơn vị báo cáo thay.",
            ),
        ]


class ProjectLink(models.Model):
    """A link between a project and a target that it serves: each one's page shows the other."""

    project = models.ForeignKey(Project, verbose_name="dự án", on_delete=models.CASCADE, related_name="links")
    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="project_links"
    )

    class Meta:
        verbose_name = "dự án phục vụ chỉ tiêu thành phần"
        verbose_name_plural = "dự án phục vụ chỉ tiêu thành phần"
        ordering = ["target__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "target"],
                name="project_link_once",
                violation_error_message="Dự án đã được gắn với chỉ tiêu thành phần này.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} phục vụ {self.target_id}"


class MilestoneTemplate(models.Model):
    """A usual step of a new IT project under Vietnamese rules, from which a lead may begin its milestones."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.CASCADE, related_name="project_steps")
    position = models.PositiveSmallIntegerField("thứ tự")
    name = LineField("bước", max_length=200)

    class Meta:
        verbose_name = "bước mẫu của dự án"
        verbose_name_plural = "bước mẫu của dự án"
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "position"], name="step_once", violation_error_message="Thứ tự này đã có bước."
            )
        ]

    def __str__(self) -> str:
        return self.name
