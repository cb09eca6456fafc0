"""Acts of the audit log on the demonstration year."""

from core.audit.acts import AuditAct


class DemoAct(AuditAct):
    """Acts on the demonstration year."""

    LOAD = "nạp số liệu minh họa"
    CLEAR = "xóa số liệu minh họa"
