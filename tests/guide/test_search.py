"""Search in the guide: what a stranger asks is answered by the part that tells it."""

import pytest

from guide.search import search

pytestmark = pytest.mark.once

# Ten questions of whoever is new, in their words; the answer stands in one of the first two parts that are shown.
QUESTIONS = {
    "quên mật khẩu": "Xin cấp mã mới",
    "đăng nhập lần đầu như thế nào": "phiếu tài khoản",
    "không kịp hạn thì xin gia hạn ở đâu": "Đề nghị gia hạn",
    "nộp rồi mới thấy sai": "Rút lại phiếu để sửa",
    "phieu bi tra lai": "Chỉ các chỉ tiêu bị trả lại sửa được",
    "dán số từ Excel": "Ctrl+V",
    "mất mạng khi đang gõ": "số giữ trên máy, tự gửi khi có mạng",
    "không phát sinh khác gì số 0": "khác với số 0",
    "đính kèm ảnh minh chứng": "bấm Minh chứng ở dòng chỉ tiêu",
    "tạm tính là gì": "Tạm tính gồm cả số đã nộp, chờ duyệt",
}


@pytest.mark.parametrize(("question", "answer"), QUESTIONS.items())
def test_ten_questions_are_answered(question, answer):
    found = search(question)[:3]
    assert any(answer.lower() in section.text.lower() for section in found), [section.url for section in found]


@pytest.mark.parametrize("question", ["", "   ", "là gì", "zzz", "()[]*", "\x00"])
def test_a_question_without_an_answer_finds_nothing(question):
    assert search(question) == []


def test_accents_do_not_matter():
    assert search("quen mat khau") == search("Quên mật khẩu")
