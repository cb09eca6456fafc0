"""Acts of the audit log on projects."""

from core.audit.acts import AuditAct


class ProjectAct(AuditAct):
    """Acts on projects: their progress, and the plan's list of them."""

    ATTACH_DOCUMENT = "đính kèm tài liệu dự án"
    REMOVE_DOCUMENT = "gỡ tài liệu dự án"
    RESTORE_DOCUMENT = "khôi phục tài liệu dự án"
    ADD = "bổ sung dự án"
    CORRECT = "sửa dự án"
    WITHDRAW = "rút dự án"
    PUT_BACK = "đưa lại dự án đã rút"
