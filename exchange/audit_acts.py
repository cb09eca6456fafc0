"""Acts of the audit log on connected systems and open data."""

from core.audit.acts import AuditAct


class SystemAct(AuditAct):
    """Acts on a connected system and its key. None of them changes what pages show."""

    ASK = "đề nghị kết nối hệ thống"
    GRANT = "cho phép kết nối hệ thống"
    REFUSE = "từ chối kết nối hệ thống"
    MAKE_KEY = "tạo khóa kết nối"
    END = "ngừng kết nối hệ thống"
    SET_WEBHOOK = "đặt nơi nhận sự kiện"
    RENEW_SECRET = "tạo khóa ký sự kiện"
    REMOVE_WEBHOOK = "bỏ nơi nhận sự kiện"

    @property
    def changes_pages(self) -> bool:
        return False


class OpenDataAct(AuditAct):
    """Acts on figures that are open to everybody. None of them changes what pages show."""

    OPEN = "công khai số liệu"
    CLOSE = "thôi công khai số liệu"

    @property
    def changes_pages(self) -> bool:
        return False
