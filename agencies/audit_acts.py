"""Acts of the audit log on accounts, agencies and rows of the administration site."""

from core.audit.acts import AuditAct


class AccountAct(AuditAct):
    """Acts on accounts, and downloads. None of them changes the content of a page."""

    SIGN_IN = "đăng nhập"
    SIGN_OUT = "đăng xuất"
    SESSION_EXPIRED = "hết phiên"
    END_SESSIONS = "kết thúc các phiên khác"
    UNLOCK = "mở khóa đăng nhập"
    DOWNLOAD = "tải tệp"
    CHANGE_PASSWORD = "đổi mật khẩu"
    ISSUE_PASSWORD = "cấp mật khẩu"
    OPEN = "mở tài khoản"
    SECOND_FACTOR_ON = "bật mã xác thực"
    SECOND_FACTOR_OFF = "tắt mã xác thực"
    SECOND_FACTOR_RESET = "bỏ mã xác thực của tài khoản"
    RECOVERY_CODES = "tạo mã dự phòng"
    RECOVERY_CODE_USED = "dùng mã dự phòng"
    CONFIRM = "xác nhận mật khẩu"
    DISABLE_UNUSED = "ngừng tài khoản lâu không dùng"
    LIMIT_NAME = "hạn chế đăng nhập với một tên"
    LIMIT_ADDRESS = "hạn chế đăng nhập từ một địa chỉ"

    @property
    def changes_pages(self) -> bool:
        """Return False: cached pages stay valid."""
        return False


class OrganisationAct(AuditAct):
    """Acts on the tree of agencies."""

    APPLY_CHANGES = "đổi tổ chức theo ngày"
    REMEMBER_NAME = "nhớ tên gọi của cơ quan"
    FORGET_NAME = "bỏ tên gọi đã nhớ"
    PLACE_ON_MAP = "xếp ô trên bản đồ"


class ReviewAct(AuditAct):
    """Acts on the sharing out of reviews."""

    SHARE = "phân công duyệt"
    SUBSTITUTE = "phân công duyệt thay"
    END = "kết thúc phân công duyệt"


class RowAct(AuditAct):
    """Acts on a row of the administration site; `audit(object_type=…)` adds the name of its model."""

    ADD = "thêm"
    CHANGE = "sửa"
