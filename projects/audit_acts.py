"""Acts of the audit log on projects."""

from core.audit.acts import AuditAct


class ProjectAct(AuditAct):
    """Acts on a project's progress."""

    ATTACH_DOCUMENT = "đính kèm tài liệu dự án"
    REMOVE_DOCUMENT = "gỡ tài liệu dự án"
