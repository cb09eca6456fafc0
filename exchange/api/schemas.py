"""Fields that the API sends and takes: field names in English, their meaning in Vietnamese; exact numbers as texts."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints, WithJsonSchema

from exchange.models import Event

# Codes in addresses: no other letter can reach the database.
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=64)]
PeriodCode = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-]{1,20}\.)?[0-9]{4}-[0-9]{2}$")]
Cursor = Annotated[int, Field(ge=0, le=2**63 - 1)]
# A number as a program sends it: a text keeps every digit, a JSON number is taken too.
Exact = Annotated[
    Decimal,
    Field(allow_inf_nan=False),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -(10**12), "maximum": 10**12},
                {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"},
            ]
        }
    ),
]
Number = Annotated[str, Field(description="Số chính xác, dấu chấm thập phân", examples=["78.65"])]


class PlanOut(Schema):
    """A plan."""

    code: str = Field(description="Mã kế hoạch")
    year: int = Field(description="Năm")
    title: str = Field(description="Tên")
    number: str = Field(description="Số hiệu văn bản; trống khi chưa ghi")
    issuer: str = Field(description="Cơ quan ban hành")
    issued_on: dt.date | None = Field(description="Ngày ban hành")
    first_day: dt.date = Field(description="Ngày đầu")
    last_day: dt.date = Field(description="Ngày cuối")
    state: str = Field(description="Trạng thái")
    state_label: str = Field(description="Trạng thái bằng chữ")
    min_coverage: int = Field(description="Độ phủ tối thiểu, phần trăm")


class PeriodOut(Schema):
    """A reporting period."""

    code: str = Field(description="Mã kỳ, ví dụ YYYY-MM")
    number: int = Field(description="Thứ tự trong kế hoạch")
    year: int = Field(description="Năm")
    month: int = Field(description="Tháng")
    window_first: dt.date = Field(description="Số liệu tính từ ngày")
    window_last: dt.date = Field(description="Số liệu tính đến ngày")
    opens_on: dt.date = Field(description="Mở nhập từ ngày")
    due_on: dt.date = Field(description="Hạn nộp của cơ quan cấp tỉnh")
    review_due_on: dt.date = Field(description="Hạn duyệt")
    closes_on: dt.date = Field(description="Đóng sau ngày")


class IndicatorOut(Schema):
    """An indicator of the plan, verbatim."""

    code: str = Field(description="Mã chỉ tiêu")
    pillar: str = Field(description="Mã trụ cột")
    pillar_title: str = Field(description="Tên trụ cột")
    text: str = Field(description="Nội dung")
    leads: str = Field(description="Chủ trì, nguyên văn")
    coordinators: str = Field(description="Phối hợp, nguyên văn")
    targets: list[str] = Field(description="Mã các chỉ tiêu thành phần")


class TargetOut(Schema):
    """A target: what is measured, and its threshold."""

    code: str = Field(description="Mã chỉ tiêu thành phần")
    indicator: str = Field(description="Mã chỉ tiêu")
    label: str = Field(description="Tên")
    kind: str = Field(description="Loại")
    kind_label: str = Field(description="Loại bằng chữ")
    timing: str = Field(description="Thời điểm hay thời kỳ")
    accumulates_over_plan: bool = Field(description="Số phát sinh lũy kế từ đầu kế hoạch, không bắt đầu lại mỗi năm")
    frequency: str = Field(description="Tần suất")
    unit: str = Field(description="Đơn vị tính")
    comparator: str = Field(description="So sánh với ngưỡng; trống khi chỉ theo dõi")
    threshold: Number | None = Field(description="Ngưỡng")
    due: dt.date = Field(description="Hạn hoàn thành")
    numerator_label: str = Field(description="Tử số")
    denominator_label: str = Field(description="Mẫu số")
    baseline: Number | None = Field(description="Giá trị xuất phát")
    baseline_source: str = Field(description="Nguồn giá trị xuất phát")
    definition_number: int = Field(description="Định nghĩa lần thứ")


class DefinitionOut(Schema):
    """One definition of a target through the year."""

    number: int = Field(description="Lần")
    from_period: str = Field(description="Áp dụng từ kỳ")
    made_at: dt.datetime | None = Field(description="Ghi lúc")
    reason: str = Field(description="Lý do")
    content: dict[str, Any] = Field(description="Nội dung định nghĩa")


class SuccessorOut(Schema):
    """An agency that goes on with the work of another."""

    code: str = Field(description="Mã đơn vị tiếp nhận")
    first_day: dt.date = Field(description="Từ ngày")
    way: str = Field(description="Bằng cách")


class AgencyOut(Schema):
    """An agency."""

    code: str = Field(description="Mã cơ quan, đơn vị")
    name: str = Field(description="Tên")
    short_name: str = Field(description="Tên ngắn")
    level: str = Field(description="Cấp")
    level_label: str = Field(description="Cấp bằng chữ")
    parent: str | None = Field(description="Mã cơ quan cấp trên vào ngày đó")
    gso_code: str = Field(description="Mã thống kê; trống khi chưa ghi")
    electronic_code: str = Field(description="Mã định danh điện tử, như H23.01.02; trống khi chưa ghi")
    first_day: dt.date | None = Field(description="Ngày bắt đầu")
    last_day: dt.date | None = Field(description="Ngày kết thúc")
    successors: list[SuccessorOut] = Field(description="Đơn vị tiếp nhận")


class RollupOut(Schema):
    """One rolled-up figure."""

    period: str = Field(description="Kỳ")
    basis: str = Field(description="official: số chính thức; provisional: số tạm tính")
    target: str = Field(description="Chỉ tiêu thành phần")
    scope: str = Field(description="own: đơn vị báo cáo; area: địa bàn; level: cấp")
    node: str = Field(description="Nút: mã đơn vị hoặc cấp")
    numerator: Number | None = Field(description="Tử số")
    denominator: Number | None = Field(description="Mẫu số")
    value: Number | None = Field(description="Giá trị, sáu chữ số thập phân")
    expected: int = Field(description="Số đơn vị phải báo cáo")
    reported: int = Field(description="Số đơn vị đã nộp")
    approved: int = Field(description="Số đơn vị đã duyệt")
    stale: bool = Field(description="Có số của kỳ cũ")
    required: Number | None = Field(description="Mức cần đạt lúc này")
    status: str = Field(description="Trạng thái")
    status_label: str = Field(description="Trạng thái bằng chữ")
    forecast: Number | None = Field(description="Dự báo cuối kỳ kế hoạch")
    forecast_low: Number | None = Field(description="Dự báo thấp")
    forecast_high: Number | None = Field(description="Dự báo cao")
    due_held: bool | None = Field(description="Đạt khi đến hạn; null khi chưa đến hạn")
    fresh: Number | None = Field(description="Độ phủ theo mẫu số, phần trăm")


class ContributorOut(Schema):
    """The part of one agency in a figure."""

    agency: str = Field(description="Mã đơn vị")
    agency_name: str = Field(description="Tên đơn vị")
    numerator: Number | None = Field(description="Tử số")
    denominator: Number | None = Field(description="Mẫu số")
    value: Number | None = Field(description="Giá trị")
    period: str = Field(description="Kỳ mới nhất có số")
    is_approved: bool = Field(description="Số mới nhất đã duyệt")
    receipts: list[str] = Field(description="Mã biên nhận của các phiếu")


class AbsentOut(Schema):
    """An agency without a figure of the last due period."""

    agency: str = Field(description="Mã đơn vị")
    why: str = Field(description="not_reported, blank, draft, waiting hoặc returned")


class ExplanationOut(Schema):
    """A rolled-up figure with the parts that it is made of."""

    period: str = Field(description="Kỳ")
    basis: str = Field(description="Loại số liệu")
    target: str = Field(description="Chỉ tiêu thành phần")
    node: str = Field(description="Nút")
    numerator: Number | None = Field(description="Tổng tử số của các phần")
    denominator: Number | None = Field(description="Tổng mẫu số của các phần")
    value: Number | None = Field(description="Giá trị")
    status: str = Field(description="Trạng thái")
    agrees: bool = Field(description="Các phần cộng lại đúng bằng số tổng hợp")
    contributors: list[ContributorOut] = Field(description="Phần của từng đơn vị mà người đọc được xem")
    others_count: int = Field(description="Số đơn vị có số nhưng không được xem riêng")
    absent: list[AbsentOut] = Field(description="Đơn vị chưa có số")
    exempt: list[str] = Field(description="Mã các đơn vị được miễn báo cáo")
    is_illustrative: bool = Field(description="Số liệu minh họa")


class FigureOut(Schema):
    """A figure of a report."""

    target: str = Field(description="Chỉ tiêu thành phần")
    numerator: Number | None = Field(description="Tử số")
    denominator: Number | None = Field(description="Mẫu số")
    value: Number | None = Field(description="Giá trị")
    nothing_arose: bool = Field(description="Không phát sinh")
    note: str = Field(description="Giải trình")
    entered_at: dt.datetime = Field(description="Nhập lúc")
    return_reason: str = Field(description="Lý do trả lại; trống khi không bị trả lại")


class SubmissionOut(Schema):
    """A report of an agency."""

    agency: str = Field(description="Mã đơn vị")
    period: str = Field(description="Kỳ")
    version: int = Field(description="Lần")
    state: str = Field(description="Trạng thái")
    state_label: str = Field(description="Trạng thái bằng chữ")
    is_official: bool = Field(description="Tính vào số chính thức")
    is_late: bool = Field(description="Nộp muộn")
    submitted_at: dt.datetime | None = Field(description="Nộp lúc")
    reviewed_at: dt.datetime | None = Field(description="Duyệt hoặc trả lại lúc")
    return_reason: str = Field(description="Lý do trả lại")
    receipt: str = Field(description="Mã biên nhận")


class SubmissionDetailOut(SubmissionOut):
    """A report with its figures."""

    figures: list[FigureOut]
    is_illustrative: bool = Field(description="Số liệu minh họa")


class ProjectOut(Schema):
    """A project of the plan as it stands."""

    code: str = Field(description="Mã dự án, nhiệm vụ")
    section: str = Field(description="Nhóm")
    name: str = Field(description="Tên")
    leads: str = Field(description="Chủ trì, nguyên văn")
    due: dt.date | None = Field(description="Hạn hoàn thành")
    is_ongoing: bool = Field(description="Thường xuyên")
    targets: list[str] = Field(description="Chỉ tiêu thành phần được phục vụ")
    percent: Number | None = Field(description="Đã hoàn thành, phần trăm")
    stage: str | None = Field(description="Tình trạng mà chủ trì báo cáo; null khi chưa có")
    lateness: str | None = Field(description="Tiến độ theo hạn; null khi chưa đánh giá")


class ReportFileOut(Schema):
    """A file of a published report."""

    format: str = Field(description="Dạng tệp")
    size: int = Field(description="Số byte")
    sha256: str = Field(description="Mã băm SHA-256")
    url: str = Field(description="Địa chỉ tải về")


class ReportOut(Schema):
    """A published report."""

    id: int = Field(description="Số của báo cáo")
    version: int = Field(description="Lần phát hành")
    plan: str = Field(description="Mã kế hoạch")
    kind: str = Field(description="Loại")
    span: str = Field(description="Kỳ")
    basis: str = Field(description="Loại số liệu")
    title: str = Field(description="Tên")
    document_number: str = Field(description="Số văn bản")
    document_day: dt.date | None = Field(description="Ngày ký")
    published_at: dt.datetime = Field(description="Phát hành lúc")
    is_in_force: bool = Field(description="Còn hiệu lực, chưa bị bản sau thay")
    verification_code: str = Field(description="Mã kiểm tra")
    files: list[ReportFileOut]
    is_illustrative: bool = Field(description="Số liệu minh họa")


class ChangeOut(Schema):
    """Something that happened to a report."""

    number: int = Field(description="Số thứ tự; gửi số lớn nhất đã nhận trong tham số since")
    at: dt.datetime = Field(description="Lúc")
    event: str = Field(description=f"Sự kiện: {', '.join(Event.values)}")
    agency: str | None = Field(description="Mã đơn vị; null khi của toàn tỉnh")
    period: str | None = Field(description="Kỳ")
    report: int | None = Field(description="Số của báo cáo đã phát hành")


class AssignmentOut(Schema):
    """A target that the system's agency has to report in a period."""

    target: str = Field(description="Chỉ tiêu thành phần")
    label: str = Field(description="Tên")
    kind: str = Field(description="Loại: ratio có tử số và mẫu số; các loại khác có một giá trị")
    unit: str = Field(description="Đơn vị tính")
    parts: list[str] = Field(description="Các trường phải gửi")
    numerator_label: str = Field(description="Tử số")
    denominator_label: str = Field(description="Mẫu số")
    registered_denominator: Number | None = Field(description="Mẫu số dùng chung đã ghi")
    locked: str = Field(description="Lý do không sửa được; trống khi sửa được")


class FigureIn(Schema):
    """A figure to be stored. All of its parts empty: the stored figure is removed."""

    model_config = ConfigDict(extra="forbid")

    target: Code = Field(description="Chỉ tiêu thành phần")
    numerator: Exact | None = Field(default=None, description="Tử số")
    denominator: Exact | None = Field(default=None, description="Mẫu số")
    value: Exact | None = Field(default=None, description="Giá trị; Có là 1, Chưa là 0")
    nothing_arose: bool = Field(default=False, description="Không phát sinh")
    note: Annotated[str, StringConstraints(max_length=2000)] = Field(default="", description="Giải trình")


class FiguresIn(Schema):
    """Figures of one's own report, stored all or none."""

    model_config = ConfigDict(extra="forbid")

    figures: list[FigureIn] = Field(max_length=500)


class OwnFigureOut(FigureOut):
    """A figure of one's own report, with what the reviewer will ask about."""

    warnings: list[str] = Field(description="Cảnh báo về số này")
    needs_note: bool = Field(description="Có cảnh báo mà chưa giải trình")


class OwnSubmissionOut(Schema):
    """One's own report of a period as it is stored now."""

    agency: str = Field(description="Mã đơn vị")
    period: str = Field(description="Kỳ")
    state: str = Field(description="Trạng thái; not_begun khi chưa bắt đầu phiếu")
    state_label: str = Field(description="Trạng thái bằng chữ")
    revision: int = Field(description="Lần lưu; gửi lại khi nộp")
    locked: str = Field(description="Lý do không sửa được lúc này; trống khi sửa được")
    missing: list[str] = Field(description="Chỉ tiêu thành phần chưa có số")
    returned: list[str] = Field(description="Chỉ tiêu thành phần bị trả lại chưa sửa")
    figures: list[OwnFigureOut]
    receipt: str = Field(description="Mã biên nhận; trống khi chưa nộp")
    is_dry_run: bool = Field(description="Chỉ kiểm tra thử, chưa lưu gì")


class SendIn(Schema):
    """The sending of one's own report."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(description="Lần lưu mà bên gửi đã xem")
    confirm: list[Code] = Field(
        default=[], max_length=500, description="Chỉ tiêu thành phần chưa có số hoặc chưa sửa mà bên gửi biết"
    )


class EvidenceOut(Schema):
    """An attached file."""

    target: str = Field(description="Chỉ tiêu thành phần")
    name: str = Field(description="Tên tệp")
    sha256: str = Field(description="Mã băm SHA-256")
    message: str = Field(description="Những gì hệ thống đã đổi ở tệp; trống khi không đổi")


class MeOut(Schema):
    """The connected system itself."""

    name: str = Field(description="Tên hệ thống")
    owner: str = Field(description="Người chịu trách nhiệm")
    agency: str | None = Field(description="Mã cơ quan; null khi không thuộc cơ quan nào")
    right: str = Field(description="read hoặc report")
    expires_on: dt.date = Field(description="Dùng đến hết ngày")
    requests_per_minute: int = Field(description="Số yêu cầu tối đa mỗi phút")


class TokenOut(Schema):
    """A token of OAuth2 client credentials."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int = Field(description="Số giây")
