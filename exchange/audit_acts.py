"""Acts of the audit log on connected systems."""

from core.audit.acts import AuditAct


class SystemAct(AuditAct):
    """Acts on a connected system and its key. None of them changes what pages show."""

    ASK = "đề nghị kết nối hệ thống"
    GRANT = "cho phép kết nối hệ thống"
    REFUSE = "từ chối kết nối hệ thống"
    MAKE_KEY = "tạo khóa kết nối"
    END = "ngừng kết nối hệ thống"

    @property
    def changes_pages(self) -> bool:
        return False
