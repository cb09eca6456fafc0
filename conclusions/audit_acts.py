"""Acts of the audit log on conclusions."""

from core.audit.acts import AuditAct


class ConclusionAct(AuditAct):
    """Acts on a leader's conclusion and on what its agency owes."""

    GIVE = "ra ý kiến chỉ đạo"
    OPEN_FOR_MISSED = "yêu cầu giải trình chỉ tiêu không đạt"
    ANSWER = "trả lời ý kiến chỉ đạo"
    SEND_BACK = "yêu cầu thực hiện tiếp ý kiến chỉ đạo"
    CLOSE = "kết thúc ý kiến chỉ đạo"
    WITHDRAW = "rút ý kiến chỉ đạo"
