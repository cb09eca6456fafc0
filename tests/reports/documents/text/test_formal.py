"""Sentences of formal reports, from figures that can be checked by hand."""

from types import SimpleNamespace

from data_calls.models import AnswerState
from reports.documents.text import formal


def table(*owing, ground=""):
    """Ten agencies are asked, three have sent, two are approved."""
    answers = [SimpleNamespace(agency=SimpleNamespace(place_name=name), state=state) for name, state in owing]
    call = SimpleNamespace(title="Máy chủ", ground=ground)
    return SimpleNamespace(call=call, asked_count=10, sent_count=3, approved_count=2, owing=answers)


def test_who_mends_an_answer_is_not_said_to_have_sent_none():
    said = formal.data_call(
        table(("X. Phú Lộc, H. Bình An", AnswerState.WAITING), ("Sở Y tế", AnswerState.RETURNED), ground="Công văn 5")
    )
    assert said == (
        "Về “Máy chủ” (Công văn 5): 3 trên 10 đơn vị được yêu cầu đã nộp, 2 đã duyệt; chưa nộp: xã Phú Lộc, huyện Bình "
        "An; phải sửa để nộp lại: Sở Y tế."
    )
    many = formal.data_call(table(*((f"Sở {number}", AnswerState.WAITING) for number in range(1, 9))))
    assert many.endswith("chưa nộp: Sở 1, Sở 2, Sở 3, Sở 4, Sở 5, Sở 6 và 2 đơn vị khác.")
    assert formal.data_call(table()).endswith("3 trên 10 đơn vị được yêu cầu đã nộp, 2 đã duyệt.")
