"""What the parts of a project's report are called: the same on the form, in the workbooks and in what is refused."""

FIELDS = {
    "stage": "Tình trạng",
    "percent": "Đã hoàn thành (%)",
    "work_done": "Việc đã làm trong kỳ",
    "obstacles": "Khó khăn, vướng mắc",
    "proposals": "Kiến nghị",
    "planned_start": "Dự kiến bắt đầu",
    "planned_finish": "Dự kiến hoàn thành",
    "actual_start": "Bắt đầu thực tế",
    "actual_finish": "Hoàn thành thực tế",
    "contract_value": "Giá trị hợp đồng (đồng)",
    "disbursed": "Đã giải ngân lũy kế (đồng)",
}
MARK_FIELDS = {
    "name": "Tên mốc",
    "owner": "Người phụ trách",
    "planned_on": "Hạn",
    "done_on": "Xong ngày",
    "evidence": "Minh chứng (số văn bản)",
}
TEXTS = ("work_done", "obstacles", "proposals")
DAYS = ("planned_start", "planned_finish", "actual_start", "actual_finish")
AMOUNTS = ("contract_value", "disbursed")
