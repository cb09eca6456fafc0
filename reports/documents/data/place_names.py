"""Names of places that a document's date line writes with their kind (Decree 30/2020/NĐ-CP, annex I, section II.4): places
named after persons or events of history, or by a number."""

import re

# Persons and events of national history after whom communes and districts are named, as these names are written. A place
# that is missing is corrected in the letterhead.
COMMEMORATED = frozenset(
    """An Dương Vương; Bà Triệu; Bùi Thị Xuân; Cao Bá Quát; Cao Thắng; Chu Văn An; Cách Mạng Tháng Tám; Duy Tân; Dương Minh Châu;
    Đào Duy Từ; Đề Thám; Đinh Bộ Lĩnh; Đinh Công Tráng; Đinh Tiên Hoàng; Đoàn Thị Điểm; Đội Cấn; Hai Bà Trưng; Hàm Nghi; Hàn Thuyên;
    Hồ Chí Minh; Hồ Tùng Mậu; Hồng Phong; Hoàng Diệu; Hoàng Hoa Thám; Hoàng Quốc Việt; Hoàng Văn Thụ; Hưng Đạo; Huỳnh Thúc Kháng;
    Kim Đồng; Lam Sơn; Lê Chân; Lê Đại Hành; Lê Hồng Phong; Lê Hoàn; Lê Lai; Lê Lợi; Lê Quý Đôn; Lê Thanh Nghị;
    Lê Thánh Tông; Lương Khánh Thiện; Lương Thế Vinh; Lý Thái Tổ; Lý Thường Kiệt; Lý Tự Trọng; Mạc Đĩnh Chi; Mạc Thị Bưởi;
    Minh Khai; Ngô Gia Tự; Ngô Mây; Ngô Quyền; Ngô Thì Nhậm; Nguyễn An Ninh; Nguyễn Bỉnh Khiêm; Nguyễn Cư Trinh; Nguyễn Du;
    Nguyễn Đình Chiểu; Nguyễn Huệ; Nguyễn Khuyến; Nguyễn Nghiêm; Nguyễn Thái Bình; Nguyễn Thái Học; Nguyễn Trãi;
    Nguyễn Trung Trực; Nguyễn Văn Cừ; Nguyễn Văn Trỗi; Phạm Hồng Thái; Phạm Kha; Phạm Ngũ Lão; Phan Bội Châu; Phan Chu Trinh;
    Phan Đình Phùng; Phù Đổng; Phùng Chí Kiên; Phùng Hưng; Quang Khải; Quang Trung; Quốc Tuấn; Thái Học; Thúc Kháng;
    Tô Hiến Thành; Tô Hiệu; Tôn Đức Thắng; Trần Bình Trọng; Trần Cao Vân; Trần Hưng Đạo; Trần Nguyên Hãn; Trần Nhân Tông; Trần Phú;
    Trần Quang Diệu; Trần Quang Khải; Trần Quốc Toản; Trần Tế Xương; Trần Văn Thời; Trưng Nhị; Trưng Trắc; Trưng Vương; Trương Định;
    Trương Quang Trọng; Võ Nguyên Giáp; Võ Thị Sáu; Xô Viết Nghệ Tĩnh; Yết Kiêu""".replace("\n    ", " ").split("; ")
)


def is_commemorative(name: str) -> bool:
    """Return whether a place with this name, given without its kind, is named by a number, or after a person or an event."""
    return bool(re.match(r"\d", name)) or name in COMMEMORATED
