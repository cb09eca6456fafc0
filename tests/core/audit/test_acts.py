"""Acts of the audit log: their stored texts, which must not change."""

import pytest

from agencies.audit_acts import AccountAct, OrganisationAct, ReviewAct, RowAct
from conclusions.audit_acts import ConclusionAct, DirectingAct
from core.audit.acts import AuditAct, LogAct
from data_calls.audit_acts import DataCallAct
from demo.audit_acts import DemoAct
from exchange.audit_acts import OpenDataAct, SystemAct
from indicators.audit_acts import (
    CalendarAct,
    ChargeAct,
    CommitmentAct,
    FigureAct,
    PlanAct,
    QualityAct,
    ReorganisationAct,
    RollupAct,
    SetupAct,
    SubmissionAct,
    TargetAct,
)
from indicators.models import PeriodEvent
from plan_workbook.audit_acts import PlanFileAct
from projects.audit_acts import ProjectAct
from reports.documents.audit_acts import ReportAct

# Stored in logs that are never rewritten, and covered by their hashes.
STORED = {
    AccountAct: [
        "đăng nhập",
        "đăng xuất",
        "hết phiên",
        "kết thúc các phiên khác",
        "mở khóa đăng nhập",
        "tải tệp",
        "đổi mật khẩu",
        "cấp mật khẩu",
        "mở tài khoản",
        "bật mã xác thực",
        "tắt mã xác thực",
        "bỏ mã xác thực của tài khoản",
        "tạo mã dự phòng",
        "dùng mã dự phòng",
        "xác nhận mật khẩu",
        "ngừng tài khoản lâu không dùng",
        "hạn chế đăng nhập với một tên",
        "hạn chế đăng nhập từ một địa chỉ",
    ],
    OrganisationAct: ["đổi tổ chức theo ngày", "nhớ tên gọi của cơ quan", "bỏ tên gọi đã nhớ", "xếp ô trên bản đồ"],
    ReviewAct: ["phân công duyệt", "phân công duyệt thay", "kết thúc phân công duyệt"],
    RowAct: ["thêm", "sửa"],
    LogAct: ["lưu trữ nhật ký", "ghi nhận sao lưu", "ghi nhận sự cố", "ghi nhận hết sự cố"],
    DemoAct: ["nạp số liệu minh họa", "xóa số liệu minh họa"],
    SubmissionAct: [
        "nộp phiếu",
        "rút lại phiếu",
        "duyệt phiếu",
        "trả lại phiếu",
        "mở lại phiếu",
        "làm thay cấp huyện",
        "nhắc nộp phiếu",
        "hoàn tác duyệt phiếu",
        "hoàn tác trả lại phiếu",
    ],
    FigureAct: [
        "nhập từ tệp Excel",
        "nạp số liệu",
        "đính kèm minh chứng",
        "gỡ minh chứng",
        "khôi phục minh chứng",
        "ghi ý kiến về số liệu",
        "hỏi cơ quan chủ trì",
        "thẩm định số liệu",
        "nêu nghi vấn về số liệu",
        "đánh dấu theo dõi số liệu",
        "thôi theo dõi số liệu",
        "xem cảnh báo của kỳ đã qua",
    ],
    OpenDataAct: ["công khai số liệu", "thôi công khai số liệu"],
    SystemAct: [
        "đề nghị kết nối hệ thống",
        "cho phép kết nối hệ thống",
        "từ chối kết nối hệ thống",
        "tạo khóa kết nối",
        "ngừng kết nối hệ thống",
        "đặt nơi nhận sự kiện",
        "tạo khóa ký sự kiện",
        "bỏ nơi nhận sự kiện",
    ],
    TargetAct: [
        "sửa mục tiêu",
        "sửa câu chữ chỉ tiêu",
        "sửa mô tả mục tiêu",
        "đổi phân công",
        "giữ giá trị xuất phát",
        "miễn báo cáo",
        "đổi hạn miễn báo cáo",
    ],
    PlanAct: [
        "đổi cách xếp hạng theo kết quả",
        "ghi mẫu số dùng chung",
        "thêm quy tắc giữa các mục tiêu",
        "sửa quy tắc giữa các mục tiêu",
        "rút quy tắc giữa các mục tiêu",
        "bắt đầu thực hiện kế hoạch",
        "đưa kế hoạch về dự thảo",
        "bắt đầu khóa sổ kế hoạch",
        "khóa kế hoạch",
        "mở lại kế hoạch",
        "xóa dự thảo kế hoạch",
        "sao chép kế hoạch",
    ],
    SetupAct: ["ghi thông tin của tỉnh", "nạp cây tổ chức", "bỏ cây tổ chức", "lập kế hoạch", "bỏ kế hoạch"],
    ChargeAct: ["đôn đốc đơn vị"],
    CommitmentAct: ["phân công cam kết", "bỏ phân công cam kết"],
    ConclusionAct: [
        "ra ý kiến chỉ đạo",
        "yêu cầu giải trình chỉ tiêu không đạt",
        "trả lời ý kiến chỉ đạo",
        "yêu cầu thực hiện tiếp ý kiến chỉ đạo",
        "kết thúc ý kiến chỉ đạo",
        "rút ý kiến chỉ đạo",
    ],
    DirectingAct: [
        "vào sổ văn bản chỉ đạo",
        "sửa văn bản chỉ đạo",
        "bỏ văn bản chỉ đạo",
        "khôi phục văn bản chỉ đạo",
        "đính kèm tệp văn bản chỉ đạo",
    ],
    DataCallAct: [
        "soạn yêu cầu báo cáo",
        "bỏ bản soạn yêu cầu báo cáo",
        "gửi yêu cầu báo cáo",
        "gia hạn yêu cầu báo cáo",
        "rút yêu cầu báo cáo",
        "kết thúc yêu cầu báo cáo",
        "chọn yêu cầu báo cáo vào báo cáo in",
        "nhắc trả lời yêu cầu báo cáo",
        "chuyển yêu cầu báo cáo cho đơn vị tiếp nhận",
        "nhập bản trả lời yêu cầu báo cáo",
        "đính kèm tệp vào bản trả lời",
        "gỡ tệp khỏi bản trả lời",
        "nộp bản trả lời yêu cầu báo cáo",
        "trả lại bản trả lời yêu cầu báo cáo",
        "duyệt bản trả lời yêu cầu báo cáo",
    ],
    CalendarAct: [
        "đổi lịch báo cáo",
        "mở kỳ",
        "hết hạn nộp",
        "đóng kỳ",
        "ghi ngày nghỉ",
        "ghi ngày làm bù",
        "bỏ ngày nghỉ, ngày làm bù",
        "khôi phục ngày nghỉ, ngày làm bù",
        "đề nghị gia hạn",
        "rút đề nghị gia hạn",
        "cho gia hạn",
        "không cho gia hạn",
        "mở để nhập bù",
        "kết thúc gia hạn",
    ],
    RollupAct: ["đối chiếu số tổng hợp", "sửa số tổng hợp lệch"],
    QualityAct: ["rút mẫu kiểm tra", "ghi kết quả kiểm tra mẫu"],
    ReorganisationAct: [
        "đổi tên đơn vị",
        "nhập đơn vị",
        "tách đơn vị",
        "chuyển đơn vị",
        "chuyển một phần địa bàn",
        "kết thúc đơn vị",
        "tỉnh về tỉnh khác",
        "chuyển tài khoản",
        "hủy thay đổi tổ chức",
        "hoàn tác thay đổi tổ chức",
        "hoàn tác mọi thay đổi tổ chức của một ngày",
        "sắp xếp tổ chức theo tệp",
        "hủy mọi thay đổi tổ chức của một ngày",
    ],
    PlanFileAct: ["nạp tệp kế hoạch"],
    ProjectAct: [
        "đính kèm tài liệu dự án",
        "gỡ tài liệu dự án",
        "khôi phục tài liệu dự án",
        "bổ sung dự án",
        "sửa dự án",
        "rút dự án",
        "đưa lại dự án đã rút",
    ],
    ReportAct: [
        "lập dự thảo báo cáo",
        "lập bản điều chỉnh báo cáo",
        "sửa dự thảo báo cáo",
        "lấy lại số liệu của dự thảo",
        "bỏ dự thảo báo cáo",
        "khôi phục dự thảo báo cáo",
        "phát hành báo cáo",
        "sửa mẫu ban hành báo cáo",
        "đổi lịch phát hành",
        "lập địa chỉ lịch phát hành",
        "bỏ địa chỉ lịch phát hành",
        "kèm bản quét có chữ ký",
        "thay bản quét có chữ ký",
        "kèm bản ký số",
        "lưu biểu mẫu của tỉnh",
        "đặt lịch gửi báo cáo qua thư",
        "tạm dừng gửi báo cáo qua thư",
        "gửi tiếp báo cáo qua thư",
        "gửi báo cáo qua thư theo lịch",
        "tạo tệp theo biểu mẫu của tỉnh",
    ],
}


@pytest.mark.parametrize("acts", STORED, ids=lambda acts: acts.__name__)
def test_the_stored_texts_are_those_of_old_logs_and_their_own_labels(acts):
    assert acts.values == acts.labels == STORED[acts]
    assert all(len(value) <= 64 for value in acts.values)


def test_every_enumeration_is_in_the_table_and_no_text_means_two_acts():
    product = {acts for acts in AuditAct.__subclasses__() if not acts.__module__.startswith("tests.")}
    assert product == set(STORED)
    texts = [value for acts in STORED for value in acts.values]
    assert len(texts) == len(set(texts))


def test_only_acts_on_accounts_systems_and_the_log_leave_pages_as_they_were():
    quiet = [acts for acts in STORED if not all(act.changes_pages for act in acts)]
    assert set(quiet) == {AccountAct, LogAct, OpenDataAct, SystemAct}
    assert not any(act.changes_pages for acts in quiet for act in acts)


def test_events_of_periods_have_the_texts_of_their_acts():
    assert PeriodEvent.Kind.labels == [
        CalendarAct.PERIOD_OPENED.label,
        CalendarAct.DEADLINE_PASSED.label,
        CalendarAct.PERIOD_CLOSED.label,
    ]
