"""The tables of the plan's projects: groups, projects with their parties and links, usual steps."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from core import texts
from plan_workbook.cells import Day, RowOf, RowsOf, Whole, Words, YesNo
from plan_workbook.resources.base import Column, PlanTable
from plan_workbook.resources.targets import PartiesOfRow, party_columns, party_text_columns
from projects.models import MilestoneTemplate, Project, ProjectGroup, ProjectLink, ProjectParty


class ProjectGroupTable(PlanTable):
    """The sections of the plan's annex of projects."""

    key, sheet, noun = "project_groups", "Nhóm dự án", "nhóm"

    code = Column("Mã", Words(), needed=True)
    title = Column("Tên", Words(), width=60, needed=True)
    position = Column("Thứ tự", Whole(), needed=True)

    class Meta:
        model = ProjectGroup
        import_id_fields = ("code",)


class ProjectTable(PartiesOfRow, PlanTable):
    """The projects and tasks of the plan."""

    key, sheet, noun = "projects", "Dự án", "dự án"
    note = "Nguyên văn phụ lục dự án, nhiệm vụ; tiến độ ghi ở trang Dự án."
    party, owner = ProjectParty, "project"
    completed = ("signed_name",)
    blamed = {"project_ongoing_has_no_due": "ongoing", "project_withdrawn_with_reason": "withdrawn_reason"}

    section = Column("Nhóm", RowOf("project_groups"), needed=True)
    no = Column("Số", Whole(1), "number", needed=True)
    name = Column("Tên dự án, nhiệm vụ", Words(texts.prose), width=60, needed=True)
    signed_name = Column("Tên như bản ký (nếu đã sửa lỗi in)", Words(texts.prose), width=30)
    leads, reported_by, coordinators = party_columns()
    timing_text = Column("Thời gian thực hiện (nguyên văn)", Words(), width=20)
    due = Column("Hạn hoàn thành", Day())
    ongoing = Column("Thường xuyên", YesNo(), "is_ongoing")
    leads_text, coordinators_text = party_text_columns()
    targets = Column("Chỉ tiêu được phục vụ", RowsOf("targets"), "served", width=24)
    charges = Column("Nhiệm vụ theo dõi", RowsOf("charges"), "duties", width=20)
    added_on = Column("Bổ sung ngày", Day(), advice="Để trống với dự án của kế hoạch.")
    withdrawn_on = Column("Rút ngày", Day())
    withdrawn_reason = Column("Lý do rút", Words(texts.prose), width=30)

    class Meta:
        model = Project
        import_id_fields = ("section", "no")

    def get_queryset(self) -> models.QuerySet[Any]:
        links = models.Prefetch("links", ProjectLink.objects.select_related("target"))
        projects = (
            Project.objects.filter(section__plan=self.book.plan).with_parties().prefetch_related(links, "charges")
        )
        stored: models.QuerySet[Any] = projects.annotate(reports=models.Count("updates"))
        self.read_parties(list(stored))
        for project in stored:
            project.served = tuple(link.target for link in project.links.all())
            project.duties = tuple(project.charges.all())
        return stored

    def scope(self) -> dict[str, Any]:
        return {}

    def init_instance(self, row: Any = None) -> models.Model:
        instance: Any = super().init_instance(row)
        self.begin_parties(instance)
        instance.served, instance.duties = (), ()
        return instance

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        if instance.added_on and instance.withdrawn_on and instance.withdrawn_on < instance.added_on:
            return {"withdrawn_on": "Ngày rút không thể trước ngày bổ sung."}
        return self.party_flaws(instance)

    def write(self, instance: Any, *, is_new: bool) -> None:
        if not is_new:
            instance.revision += 1
        instance.save()
        self.write_parties(instance)
        ProjectLink.objects.filter(project=instance).delete()
        ProjectLink.objects.bulk_create(ProjectLink(project=instance, target=target) for target in instance.served)
        instance.charges.set(instance.duties)

    def why_kept(self, instance: Any) -> str:
        return "dự án đã có báo cáo tiến độ; rút dự án ở trang của nó." if instance.reports else ""


class StepTable(PlanTable):
    """The usual steps of an IT project, from which a lead may begin its milestones."""

    key, sheet, noun = "project_steps", "Bước dự án", "bước"
    only_into_empty = True

    position = Column("Thứ tự", Whole(1), needed=True)
    name = Column("Bước", Words(), width=50, needed=True)

    class Meta:
        model = MilestoneTemplate
        import_id_fields = ("position",)
