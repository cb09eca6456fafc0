"""The sections of reports that a letterhead may leave out, by their codes in a heading and in the letterhead."""

DIRECTION, RESULTS, LIMITS, CHANGES = "dieu-hanh", "noi-bat", "han-che", "thay-doi"
PROJECTS, ORDERS, DISCIPLINE, VERDICT, NEXT, REQUESTS = (
    "du-an",
    "chi-dao",
    "che-do",
    "danh-gia",
    "trong-tam",
    "kien-nghi",
)

SECTIONS = {
    DIRECTION: "Công tác chỉ đạo, điều hành",
    RESULTS: "Kết quả nổi bật",
    LIMITS: "Tồn tại, hạn chế và nguyên nhân",
    CHANGES: "Thay đổi so với kỳ trước",
    PROJECTS: "Dự án, nhiệm vụ",
    ORDERS: "Thực hiện ý kiến chỉ đạo kỳ trước",
    DISCIPLINE: "Chấp hành chế độ báo cáo",
    VERDICT: "Đánh giá chung",
    NEXT: "Nhiệm vụ trọng tâm kỳ tới",
    REQUESTS: "Đề xuất, kiến nghị",
}
