"""Acts of the audit log on data calls and their answers."""

from core.audit.acts import AuditAct


class DataCallAct(AuditAct):
    """Acts on a data call and on what an agency answers."""

    DRAFT = "soạn yêu cầu báo cáo"
    DROP = "bỏ bản soạn yêu cầu báo cáo"
    SEND = "gửi yêu cầu báo cáo"
    EXTEND = "gia hạn yêu cầu báo cáo"
    WITHDRAW = "rút yêu cầu báo cáo"
    CLOSE = "kết thúc yêu cầu báo cáo"
    PRINT = "chọn yêu cầu báo cáo vào báo cáo in"
    REMIND = "nhắc trả lời yêu cầu báo cáo"
    HAND_OVER = "chuyển yêu cầu báo cáo cho đơn vị tiếp nhận"
    SAVE_ANSWER = "nhập bản trả lời yêu cầu báo cáo"
    ATTACH = "đính kèm tệp vào bản trả lời"
    DETACH = "gỡ tệp khỏi bản trả lời"
    SUBMIT = "nộp bản trả lời yêu cầu báo cáo"
    RETURN = "trả lại bản trả lời yêu cầu báo cáo"
    APPROVE = "duyệt bản trả lời yêu cầu báo cáo"
