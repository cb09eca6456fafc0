"""Acts of the audit log on conclusions and directing documents."""

from core.audit.acts import AuditAct


class ConclusionAct(AuditAct):
    """Acts on a leader's conclusion and on what its agency owes."""

    GIVE = "ra ý kiến chỉ đạo"
    OPEN_FOR_MISSED = "yêu cầu giải trình chỉ tiêu không đạt"
    ANSWER = "trả lời ý kiến chỉ đạo"
    SEND_BACK = "yêu cầu thực hiện tiếp ý kiến chỉ đạo"
    CLOSE = "kết thúc ý kiến chỉ đạo"
    WITHDRAW = "rút ý kiến chỉ đạo"


class DirectingAct(AuditAct):
    """Acts on the register of directing documents."""

    ENTER = "vào sổ văn bản chỉ đạo"
    CHANGE = "sửa văn bản chỉ đạo"
    REMOVE = "bỏ văn bản chỉ đạo"
    RESTORE = "khôi phục văn bản chỉ đạo"
    ATTACH = "đính kèm tệp văn bản chỉ đạo"
