"""Acts of the audit log on a plan as a whole."""

from core.audit.acts import AuditAct


class PlanFileAct(AuditAct):
    """Acts by a plan's workbook."""

    LOAD = "nạp tệp kế hoạch"
