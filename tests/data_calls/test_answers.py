"""An answer: entered, submitted with its receipt, returned, approved, on time or late; its files."""

import datetime as dt
import hashlib
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.notifications.models import Notification
from data_calls import answers, services
from data_calls.audience import Audience
from data_calls.models import CallFile
from data_calls.queries import call_table, for_report
from indicators.errors import ActionNotAllowed, EditConflict

pytestmark = pytest.mark.once


def pdf(name="bien-ban.pdf", content=b"%PDF-1.4 x"):
    return SimpleUploadedFile(name, content)


def test_it_is_submitted_with_a_receipt(world):
    call = world.sent()
    answer = world.answer(call, "s1")
    first = call.fields.first()
    saved = answers.save(answer=answer, values={first.pk: Decimal(7)}, by=world.an, seen=0)
    assert saved.state == "waiting" and saved.edited_by == world.an
    with pytest.raises(EditConflict):
        answers.save(answer=answer, values={}, by=world.an, seen=0)
    with pytest.raises(ActionNotAllowed, match="Còn 1 câu bắt buộc chưa trả lời: Đã diễn tập ứng cứu sự cố"):
        answers.submit(answer=answer, values={first.pk: Decimal(7)}, by=world.an)
    sent = world.submit(call, "s1", world.an, number="12.5")
    text = f"DX{call.pk}-s1\n1;12.5\n2;Có\n3;\n4;\n5;\n"
    assert sent.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (sent.state, sent.is_late, sent.receipt_code) == ("submitted", False, f"DX{call.pk}-s1")
    with pytest.raises(ActionNotAllowed, match="đã nộp"):
        answers.save(answer=answer, values={}, by=world.an)


def test_who_enters_and_who_submits(world):
    call = world.sent()
    for person in (world.binh, world.ban, world.lam, world.quan, world.so):
        with pytest.raises(ActionNotAllowed, match="không nhập bản trả lời"):
            answers.save(answer=world.answer(call, "x11"), values={}, by=person)
    # Its district helps, and the commune is told; it submits itself.
    answers.save(answer=world.answer(call, "x11"), values=world.values(call, 3), by=world.huyen)
    assert Notification.objects.get(event="data_call_filled_in").person == world.xa
    with pytest.raises(ActionNotAllowed, match="Chỉ đầu mối của đơn vị nộp"):
        world.submit(call, "x11", world.huyen)
    assert world.submit(call, "x11", world.xa).submitted_by == world.xa


def test_it_is_returned_mended_and_approved(world):
    call = world.sent()
    sent = world.submit(call, "s1", world.an)
    world.moment.move_to(dt.datetime(2023, 8, 25, 9, tzinfo=dt.UTC))  # the last day
    with pytest.raises(ActionNotAllowed, match="Ghi rõ lý do"):
        answers.return_answer(answer=sent, reason="", by=world.so)
    back = answers.return_answer(answer=sent, reason="Thiếu máy chủ ảo.", by=world.so)
    assert (back.state, back.due) == ("returned", dt.date(2023, 8, 28))  # three days to mend
    assert back.state_words(dt.date(2023, 8, 26)) == "Trả lại, còn 2 ngày"
    world.moment.move_to(dt.datetime(2023, 8, 27, 9, tzinfo=dt.UTC))
    again = world.submit(call, "s1", world.an, number=14)
    assert not again.is_late  # it was first sent in time
    done = answers.approve(answers=[again], by=world.so)[0]
    assert (done.state, done.return_reason) == ("approved", "")
    assert Notification.objects.filter(event="data_call_decided", person=world.an).count() == 2
    with pytest.raises(ActionNotAllowed, match="không chờ duyệt"):
        answers.approve(answers=[again], by=world.so)


def test_nobody_approves_what_they_sent_and_late_is_late(world):
    call = world.sent(audience=Audience(agencies=("s2",)))
    world.moment.move_to(dt.datetime(2023, 8, 25, 17, 0, tzinfo=dt.UTC))  # 00:00 of the 26th in Vietnam
    sent = world.submit(call, "s2", world.so)
    assert sent.is_late and sent.state_words(dt.date(2023, 8, 26)) == "Đã nộp, chờ duyệt, nộp muộn"
    with pytest.raises(ActionNotAllowed, match="phải do người khác duyệt"):
        answers.approve(answers=[sent], by=world.so)
    assert answers.approve(answers=[sent], by=world.son)[0].state == "approved"


def test_files_are_checked_kept_and_taken_off(world, tmp_path, settings):
    settings.FILES_ROOT = tmp_path
    call = world.sent()
    answer, question = world.answer(call, "s1"), call.fields.last()
    made = answers.attach(answer=answer, field=question, upload=pdf(), by=world.an)
    assert made.name == "bien-ban.pdf" and len(list(tmp_path.rglob("*.pdf"))) == 1
    for upload, reason in ((pdf(), "đã được đính kèm"), (pdf("x.exe", b"MZ"), "không phải loại tệp")):
        with pytest.raises(ActionNotAllowed, match=reason):
            answers.attach(answer=answer, field=question, upload=upload, by=world.an)
    with pytest.raises(ActionNotAllowed, match="không nhận tệp nữa"):
        answers.attach(answer=answer, field=question, upload=pdf(content=b"%PDF-1.4 y"), by=world.xa)
    sent = world.submit(call, "s1", world.an)
    assert f"5;{made.sha256}" in answers.lines(sent, call.fields.all())
    with pytest.raises(ActionNotAllowed):
        answers.detach(file=made, by=world.an)
    answers.return_answer(answer=sent, reason="Nhầm tệp.", by=world.so)
    answers.detach(file=made, by=world.an)
    assert not CallFile.objects.exists()


def test_the_table_adds_up(world, django_assert_num_queries):
    """s1 has 12, x11 has 30: together 42 were sent; only s1's are approved."""
    call = world.sent()
    first = world.submit(call, "s1", world.an, number=12)
    world.submit(call, "x11", world.xa, number=30, yes="Không")
    answers.approve(answers=[first], by=world.so)
    with django_assert_num_queries(4):
        table = call_table(call)
    assert [total.text for total in table.sent] == ["42", "Có 1; Không 1", "", "", ""]
    assert [total.text for total in table.approved] == ["12", "Có 1", "", "", ""]
    assert [(choice.code, choice.count) for choice in table.views] == [
        ("", 2),
        ("chua-nop", 0),
        ("cho-duyet", 1),
        ("da-duyet", 1),
    ]
    assert for_report(world.plan, first=call.due, last=call.due) == []
    services.print_in_reports(call=call, printed=True, by=world.so)
    assert [one.call for one in for_report(world.plan, first=call.due, last=call.due)] == [call]
    assert for_report(world.plan, first=call.due + dt.timedelta(days=1), last=dt.date(2023, 12, 31)) == []
