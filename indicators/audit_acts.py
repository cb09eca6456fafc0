"""Acts of the audit log on submissions, targets, the calendar, roll-ups and agencies."""

from core.audit.acts import AuditAct


class SubmissionAct(AuditAct):
    """Acts on a submission as a whole."""

    SUBMIT = "nộp phiếu"
    WITHDRAW = "rút lại phiếu"
    APPROVE = "duyệt phiếu"
    RETURN = "trả lại phiếu"
    REOPEN = "mở lại phiếu"
    STAND_IN = "làm thay cấp huyện"
    REMIND = "nhắc nộp phiếu"
    UNDO_APPROVE = "hoàn tác duyệt phiếu"
    UNDO_RETURN = "hoàn tác trả lại phiếu"


class FigureAct(AuditAct):
    """Acts on the figures of submissions: files that fill them in, evidence, comments."""

    IMPORT_WORKBOOK = "nhập từ tệp Excel"
    BULK_IMPORT = "nạp số liệu"
    ATTACH_EVIDENCE = "đính kèm minh chứng"
    REMOVE_EVIDENCE = "gỡ minh chứng"
    RESTORE_EVIDENCE = "khôi phục minh chứng"
    COMMENT = "ghi ý kiến về số liệu"
    ASK_LEAD = "hỏi cơ quan chủ trì"
    VERIFY = "thẩm định số liệu"
    DOUBT = "nêu nghi vấn về số liệu"
    FOLLOW = "đánh dấu theo dõi số liệu"
    UNFOLLOW = "thôi theo dõi số liệu"
    SEE = "xem cảnh báo của kỳ đã qua"


class TargetAct(AuditAct):
    """Acts on a target and on its assignments."""

    CHANGE = "sửa mục tiêu"
    CHANGE_TEXT = "sửa câu chữ chỉ tiêu"
    DESCRIBE = "sửa mô tả mục tiêu"
    CHANGE_ASSIGNMENT = "đổi phân công"
    KEEP_BASELINE = "giữ giá trị xuất phát"
    EXEMPT = "miễn báo cáo"
    CHANGE_EXEMPTION = "đổi hạn miễn báo cáo"


class PlanAct(AuditAct):
    """Acts on a plan as a whole: its life, its settings."""

    SET_RESULTS_RANKING = "đổi cách xếp hạng theo kết quả"
    STORE_DENOMINATOR = "ghi mẫu số dùng chung"
    ADD_RULE = "thêm quy tắc giữa các mục tiêu"
    CORRECT_RULE = "sửa quy tắc giữa các mục tiêu"
    WITHDRAW_RULE = "rút quy tắc giữa các mục tiêu"
    START = "bắt đầu thực hiện kế hoạch"
    BACK_TO_DRAFT = "đưa kế hoạch về dự thảo"
    BEGIN_CLOSING = "bắt đầu khóa sổ kế hoạch"
    CLOSE = "khóa kế hoạch"
    REOPEN = "mở lại kế hoạch"
    REMOVE = "xóa dự thảo kế hoạch"
    COPY = "sao chép kế hoạch"


class SetupAct(AuditAct):
    """Acts of the first day."""

    NAME_PROVINCE = "ghi thông tin của tỉnh"
    LOAD_TREE = "nạp cây tổ chức"
    REMOVE_TREE = "bỏ cây tổ chức"
    OPEN_PLAN = "lập kế hoạch"
    REMOVE_PLAN = "bỏ kế hoạch"


class ChargeAct(AuditAct):
    """Acts in the name of a charge (*nhiệm vụ theo dõi, đôn đốc*)."""

    REMIND = "đôn đốc đơn vị"


class CommitmentAct(AuditAct):
    """Acts on commitments of the plan's body."""

    ASSIGN = "phân công cam kết"
    TAKE_BACK = "bỏ phân công cam kết"


class CalendarAct(AuditAct):
    """Acts on the calendar: periods, days off, extensions."""

    CHANGE = "đổi lịch báo cáo"
    PERIOD_OPENED = "mở kỳ"
    DEADLINE_PASSED = "hết hạn nộp"
    PERIOD_CLOSED = "đóng kỳ"
    SET_DAY_OFF = "ghi ngày nghỉ"
    SET_WORKING_DAY = "ghi ngày làm bù"
    REMOVE_DAY_OFF = "bỏ ngày nghỉ, ngày làm bù"
    RESTORE_DAY_OFF = "khôi phục ngày nghỉ, ngày làm bù"
    REQUEST_EXTENSION = "đề nghị gia hạn"
    WITHDRAW_EXTENSION = "rút đề nghị gia hạn"
    GRANT_EXTENSION = "cho gia hạn"
    REFUSE_EXTENSION = "không cho gia hạn"
    OPEN_CATCH_UP = "mở để nhập bù"
    END_EXTENSION = "kết thúc gia hạn"


class RollupAct(AuditAct):
    """Acts of the nightly reconciliation of roll-ups."""

    RECONCILE = "đối chiếu số tổng hợp"
    CORRECT = "sửa số tổng hợp lệch"


class QualityAct(AuditAct):
    """Acts of the check of a sample of figures against their evidence."""

    DRAW_SAMPLE = "rút mẫu kiểm tra"
    RECORD_FINDING = "ghi kết quả kiểm tra mẫu"


class ReorganisationAct(AuditAct):
    """Acts that reorganise agencies."""

    RENAME = "đổi tên đơn vị"
    MERGE = "nhập đơn vị"
    SPLIT = "tách đơn vị"
    MOVE = "chuyển đơn vị"
    GIVE_PART = "chuyển một phần địa bàn"
    END = "kết thúc đơn vị"
    JOIN = "tỉnh về tỉnh khác"
    MOVE_ACCOUNT = "chuyển tài khoản"
    CANCEL = "hủy thay đổi tổ chức"
    UNDO = "hoàn tác thay đổi tổ chức"
    UNDO_DAY = "hoàn tác mọi thay đổi tổ chức của một ngày"
    BY_FILE = "sắp xếp tổ chức theo tệp"
    CANCEL_DAY = "hủy mọi thay đổi tổ chức của một ngày"
