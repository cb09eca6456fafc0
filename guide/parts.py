"""The part of the guide that tells of each page: the one list that `?` at the head of a page reads."""

from django.http import HttpRequest

from guide.documents import INDEX, address

STEPS = ("dau-moi", "từng-bước")
WORKBOOK = ("dau-moi", "nhập-bằng-tệp-excel")
EXTENSIONS = ("co-quan-thuong-truc", "gia-hạn-nhập-bù")
REVIEW = ("nguoi-duyet", "một-phiếu")
FOLLOW_UP = ("nguoi-duyet", "theo-dõi-tiếp")
PLANS = ("co-quan-thuong-truc", "kế-hoạch")
PLAN_FILE = ("co-quan-thuong-truc", "kế-hoạch-trong-một-tệp-excel")
ORGANISATION = ("co-quan-thuong-truc", "tổ-chức-cuối-trang")
AMENDMENTS = ("co-quan-thuong-truc", "bổ-sung-sửa-rút-dự-án")
OWN_PROJECTS = ("dau-moi", "dự-án-nhiệm-vụ")
PROJECTS = ("lanh-dao", "dự-án-nhiệm-vụ")
TARGET = ("lanh-dao", "biểu-đồ-của-một-chỉ-tiêu")
FIGURE = ("lanh-dao", "một-con-số-một-chỉ-tiêu")
MATRIX = ("lanh-dao", "ma-trận-so-sánh")
KEPT = ("lanh-dao", "tìm-lưu-trang")
SIGNED_TEXT = ("lanh-dao", "nguyên-văn-chỉ-tiêu-theo-dõi-đôn-đốc")
LEAGUE = ("lanh-dao", "việc-cần-biết-ngay")
RESULTS = ("co-quan-thuong-truc", "xếp-hạng-theo-kết-quả")
COMMITMENTS = ("co-quan-thuong-truc", "phân-công-cam-kết-ngoài-phụ-lục")
RULES = ("co-quan-thuong-truc", "quy-tắc-giữa-các-chỉ-tiêu")
DENOMINATORS = ("co-quan-thuong-truc", "danh-mục-mẫu-số")
CALENDAR = ("co-quan-thuong-truc", "kỳ-báo-cáo-mục-lịch")
CONNECTIONS = ("co-quan-thuong-truc", "kết-nối-hệ-thống")
EVENTS = ("co-quan-thuong-truc", "báo-sự-kiện-đến-hệ-thống")
OPEN_DATA = ("co-quan-thuong-truc", "số-liệu-công-khai")
RELEASES = ("chat-luong", "lịch-phát-hành")
REVISIONS = ("chat-luong", "điều-chỉnh-số-liệu-đã-công-bố")
CHECKS = ("chat-luong", "kiểm-tra-mẫu-với-minh-chứng")
SETUP = ("quan-tri", "thiết-lập-lần-đầu")
ACCOUNTS = ("quan-tri", "cấp-tài-khoản")
PREVIEW = ("lap-bao-cao", "1-xem-trước-lập-dự-thảo")
PUBLISHED = ("lap-bao-cao", "4-phát-hành")
JOBS = ("bat-dau", "công-việc-chạy-lâu")
PASSWORD = ("bat-dau", "đổi-mật-khẩu")
SECOND_FACTOR = ("bat-dau", "mã-xác-thực")
SIGN_IN = ("bat-dau", "đăng-nhập-lần-đầu")
CONCLUSIONS = ("lanh-dao", "ra-ý-kiến-chỉ-đạo")
DIRECTING = ("co-quan-thuong-truc", "sổ-văn-bản-chỉ-đạo-điều-hành")
OWN_TEMPLATES = ("lap-bao-cao", "biểu-mẫu-của-tỉnh")
MAILINGS = ("lap-bao-cao", "gửi-báo-cáo-qua-thư")
DATA_CALLS = ("co-quan-thuong-truc", "yêu-cầu-báo-cáo-đột-xuất-chuyên-đề")
ADMINISTRATION = ("quan-tri", "trang-quản-trị")

# By the name of a page's address; addresses that send a file or only take a form have no page and are not here.
PARTS: dict[str, tuple[str, str]] = {
    "account": PASSWORD,
    "account_list": ACCOUNTS,
    "account_slips": ACCOUNTS,
    "accounts_sheet": ACCOUNTS,
    "agencies": ("lanh-dao", "cơ-quan-báo-cáo"),
    "agency": ("lanh-dao", "cơ-quan-báo-cáo"),
    "api_documentation": CONNECTIONS,
    "attachments": ("dau-moi", "minh-chứng-trao-đổi-việc-khác"),
    "baseline": PLANS,
    "bulk_accounts": ACCOUNTS,
    "calendar": CALENDAR,
    "calendar_edit": CALENDAR,
    "change": ("lanh-dao", "vì-sao-thay-đổi-lịch-sử-định-nghĩa"),
    "charge": ("co-quan-thuong-truc", "đôn-đốc-theo-nhiệm-vụ-của-kế-hoạch"),
    "check": PUBLISHED,
    "check_form": PUBLISHED,
    "choose_report": PREVIEW,
    "commitment_assign": COMMITMENTS,
    "commitments": COMMITMENTS,
    "compare": MATRIX,
    "connected_system": CONNECTIONS,
    "connected_systems": CONNECTIONS,
    "webhook_act": EVENTS,
    "webhook_deliveries": EVENTS,
    "conclusion": CONCLUSIONS,
    "conclusion_give": CONCLUSIONS,
    "call_answer": ("dau-moi", "yêu-cầu-báo-cáo-đột-xuất-chuyên-đề"),
    "conclusions": CONCLUSIONS,
    "directing_document": DIRECTING,
    "directing_document_add": DIRECTING,
    "directing_documents": DIRECTING,
    "data_call": DATA_CALLS,
    "data_call_add": DATA_CALLS,
    "data_call_edit": DATA_CALLS,
    "data_call_preview": DATA_CALLS,
    "data_calls": DATA_CALLS,
    "day_off": CALENDAR,
    "definition": ("lanh-dao", "vì-sao-thay-đổi-lịch-sử-định-nghĩa"),
    "denominator": DENOMINATORS,
    "denominators": DENOMINATORS,
    "draft": ("lap-bao-cao", "2-sửa-lời"),
    "duties": LEAGUE,
    "entry": STEPS,
    "entry_current": STEPS,
    "entry_summary": STEPS,
    "evidence_check": CHECKS,
    "evidence_draw": CHECKS,
    "evidence_finding": CHECKS,
    "explain": FIGURE,
    "extension_ask": ("dau-moi", "không-kịp-hạn"),
    "extension_decide": EXTENSIONS,
    "extension_give": EXTENSIONS,
    "extension_withdraw": ("dau-moi", "không-kịp-hạn"),
    "extensions": EXTENSIONS,
    "figure": ("nguoi-duyet", "trao-đổi-và-lịch-sử-của-từng-số"),
    "follow_up": FOLLOW_UP,
    "findings_seen": FOLLOW_UP,
    "follow_ups": FOLLOW_UP,
    "guide": (INDEX, ""),
    "guide_document": (INDEX, ""),
    "home": STEPS,
    "indicator_text": ("co-quan-thuong-truc", "sửa-lỗi-in-của-một-chỉ-tiêu"),
    "indicators": SIGNED_TEXT,
    "job": JOBS,
    "jobs": JOBS,
    "journal": ("co-quan-thuong-truc", "nhật-ký-cuối-trang"),
    "league": LEAGUE,
    "letterhead": ("lap-bao-cao", "3-thể-thức"),
    "letterhead_add": ("lap-bao-cao", "3-thể-thức"),
    "letterheads": ("lap-bao-cao", "3-thể-thức"),
    "login": SIGN_IN,
    "logout": SIGN_IN,
    "mailing": MAILINGS,
    "mailing_add": MAILINGS,
    "mailing_refuse": MAILINGS,
    "mailings": MAILINGS,
    "map_layout": ORGANISATION,
    "matrix": MATRIX,
    "metadata": ("chat-luong", "mô-tả-chỉ-tiêu"),
    "new_report": PREVIEW,
    "notice": ("bat-dau", "thông-báo"),
    "notices": ("bat-dau", "thông-báo"),
    "offline": ("dau-moi", "khi-có-trục-trặc"),
    "open_data": OPEN_DATA,
    "open_plan": OPEN_DATA,
    "open_target": OPEN_DATA,
    "organisation": ORGANISATION,
    "organisation_accounts": ORGANISATION,
    "organisation_change": ORGANISATION,
    "overview": ("lanh-dao", "tổng-quan"),
    "own_template": OWN_TEMPLATES,
    "own_templates": OWN_TEMPLATES,
    "password_change": SIGN_IN,
    "plan": PLANS,
    "plan-figures": ("nap-va-xuat-so-lieu", "nạp-trên-trang"),
    "plan-workbook": PLAN_FILE,
    "plan-workbook-file": PLAN_FILE,
    "plan_copy": PLANS,
    "plans": PLANS,
    "practice": ("bat-dau", "tập-nhập"),
    "printed": PUBLISHED,
    "printed_version": PUBLISHED,
    "project": PROJECTS,
    "project_add": AMENDMENTS,
    "project_board": PROJECTS,
    "project_correct": AMENDMENTS,
    "project_documents": OWN_PROJECTS,
    "project_history": OWN_PROJECTS,
    "project_report": OWN_PROJECTS,
    "project_reports": OWN_PROJECTS,
    "project_review": REVIEW,
    "project_timeline": PROJECTS,
    "project_totals": PROJECTS,
    "project_withdraw": AMENDMENTS,
    "projects": PROJECTS,
    "projects_unchanged": OWN_PROJECTS,
    "quality": ("chat-luong", "trạng-thái-quan-sát-số-mang-sang-gián-đoạn"),
    "questions": ("nguoi-duyet", "cơ-quan-chủ-trì-thẩm-định"),
    "receipt": ("dau-moi", "mã-kiểm-chứng-trên-biên-nhận"),
    "releases_edit": RELEASES,
    "releases_feed_address": RELEASES,
    "remembered_names": ACCOUNTS,
    "report": PREVIEW,
    "report_compare": ("lap-bao-cao", "5-điều-chỉnh"),
    "report_correct": ("lap-bao-cao", "5-điều-chỉnh"),
    "report_make": PUBLISHED,
    "report_restore": PUBLISHED,
    "report_scan": PUBLISHED,
    "reports": PREVIEW,
    "results_league": RESULTS,
    "results_league_rules": RESULTS,
    "review": REVIEW,
    "review_many": ("nguoi-duyet", "danh-sách"),
    "review_queue": ("nguoi-duyet", "danh-sách"),
    "review_remind": ("nguoi-duyet", "đôn-đốc"),
    "review_shares": ("co-quan-thuong-truc", "phân-công-duyệt"),
    "revisions": REVISIONS,
    "revisions_policy": REVISIONS,
    "saved": KEPT,
    "saved_act": KEPT,
    "second_factor": SECOND_FACTOR,
    "sign_in_code": SECOND_FACTOR,
    "search": ("bat-dau", "tìm-nhanh-bằng-ctrl-k"),
    "setup": SETUP,
    "setup_plan": SETUP,
    "setup_province": SETUP,
    "setup_tree": SETUP,
    "stand_ins": ("co-quan-thuong-truc", "làm-thay-cấp-huyện"),
    "system_state": ("quan-tri", "tình-trạng-hệ-thống"),
    "target": TARGET,
    "target_rule": RULES,
    "target_rule_add": RULES,
    "target_rules": RULES,
    "targets": TARGET,
    "withdraw": ("dau-moi", "phiếu-bị-trả-lại-nộp-xong-mới-thấy-sai"),
    "workbook_file": WORKBOOK,
    "workbooks": WORKBOOK,
}


def help_of(request: HttpRequest, shown: str = "") -> str:
    """Return the address of the part of the guide for a request's page; the guide itself where the address leads nowhere. shown:
    the name of another page that stands at the address, as a leader's overview does at the start."""
    match = request.resolver_match
    if match is None:
        return address(INDEX)
    part = ADMINISTRATION if match.namespaces else PARTS.get(shown or match.url_name or "", (INDEX, ""))
    return address(*part)
