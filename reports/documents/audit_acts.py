"""Acts of the audit log on printed reports."""

from core.audit.acts import AuditAct


class ReportAct(AuditAct):
    """Acts on a printed report and its versions."""

    DRAFT = "lập dự thảo báo cáo"
    ADJUST = "lập bản điều chỉnh báo cáo"
    EDIT = "sửa dự thảo báo cáo"
    REFRESH = "lấy lại số liệu của dự thảo"
    DISCARD = "bỏ dự thảo báo cáo"
    RESTORE = "khôi phục dự thảo báo cáo"
    PUBLISH = "phát hành báo cáo"
    KEEP_LETTERHEAD = "sửa mẫu ban hành báo cáo"
    PLAN_RELEASES = "đổi lịch phát hành"
    OPEN_FEED = "lập địa chỉ lịch phát hành"
    CLOSE_FEED = "bỏ địa chỉ lịch phát hành"
    ATTACH_SCAN = "kèm bản quét có chữ ký"
    REPLACE_SCAN = "thay bản quét có chữ ký"
    ATTACH_SIGNED = "kèm bản ký số"
    KEEP_TEMPLATE = "lưu biểu mẫu của tỉnh"
    SET_MAILING = "đặt lịch gửi báo cáo qua thư"
    PAUSE_MAILING = "tạm dừng gửi báo cáo qua thư"
    RESUME_MAILING = "gửi tiếp báo cáo qua thư"
    MAIL_REPORT = "gửi báo cáo qua thư theo lịch"
    FILL_TEMPLATE = "tạo tệp theo biểu mẫu của tỉnh"
