"""The pages of data calls: owner, colleague, stranger, nobody; from the question to the table; queries."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from data_calls import answers, services
from data_calls.audience import Audience
from data_calls.models import AnswerState, CallFile, CallValue, DataCall
from tests.page import fields, words

pytestmark = pytest.mark.once

LIST = "/dot-xuat/"
NAMES = ("an", "binh", "xa", "ban", "huyen", "so", "son", "lam", "quan")


def seen_by(as_person, address):
    return {name for name in NAMES if as_person(name).get(address).status_code == 200}


def led_by(as_person, address):
    return {name: page["Location"] for name in NAMES if (page := as_person(name).get(address)).status_code == 302}


def test_who_reads_what(client, as_person, world):
    draft = world.compose()
    call = world.sent(title="Đã gửi")
    address = call.get_absolute_url()
    assert seen_by(as_person, LIST) == set(NAMES)
    assert seen_by(as_person, f"{LIST}them/") == {"so", "son"}
    assert seen_by(as_person, f"{LIST}{draft.pk}/sua/") == {"so", "son"}
    assert seen_by(as_person, f"{LIST}{draft.pk}/xem-truoc/") == {"so", "son"}
    assert set(led_by(as_person, draft.get_absolute_url())) == {"so", "son"}
    assert seen_by(as_person, address) == {"so", "son", "lam", "quan"}
    # People of an agency that is asked, and of its district, are led to its own answer.
    own = {"an": "s1", "binh": "s1", "xa": "x11", "huyen": "x11"}
    assert led_by(as_person, address) == {name: f"{address}{code}/" for name, code in own.items()}
    assert seen_by(as_person, f"{address}s1/") == {"an", "binh", "so", "son", "lam", "quan"}
    assert seen_by(as_person, f"{address}x11/") == {"xa", "huyen", "so", "son", "lam", "quan"}
    assert seen_by(as_person, f"{address}tep/") == {"so", "son", "lam", "quan"}
    assert "Chưa có yêu cầu báo cáo nào" in words(as_person("ban").get(LIST))
    assert "Rà soát máy chủ" not in words(as_person("lam").get(LIST))  # a draft
    for page in (LIST, address, f"{address}s1/", f"{LIST}them/"):
        assert client.get(page).status_code == 302
    for page in (f"{LIST}999/", f"{address}x12/", f"{address}?xem=%00", f"{LIST}tep/1/", f"{address}tep/?xem=khac"):
        assert as_person("so").get(page).status_code == 404, page
    for name, act in (("an", "duyet"), ("lam", "rut"), ("quan", "nhac"), ("lam", "sao-chep")):
        assert as_person(name).post(address, {"act": act}).status_code in (302, 404)
    assert as_person("binh").post(f"{address}s1/", {"act": "luu"}).status_code == 404
    assert DataCall.objects.get(pk=call.pk).state == "sent" and DataCall.objects.count() == 2


def composed(form, **more):
    """The form of a new call as a browser sends it, with two questions."""
    typed = {name: text for name, text in form.items() if name not in ("levels", "districts", "agencies")}
    return typed | {
        "title": "Rà soát máy chủ",
        "text": "Báo cáo số máy chủ.",
        "due": "25/08/2023",
        "agencies": ["s1", "x11"],
        "cau-0-label": "Số máy chủ",
        "cau-0-kind": "number",
        "cau-0-maximum": "500",
        "cau-1-label": "Nền tảng",
        "cau-1-kind": "choice",
        "cau-1-choices": "Tự xây dựng\nĐi thuê",
        **more,
    }


def test_from_the_question_to_the_table(as_person, world):
    so, an, son = as_person("so"), as_person("an"), as_person("son")
    form = fields(so.get(f"{LIST}them/"))
    # Two questions stand open, the empty ones after them are folded.
    assert (
        re.findall(r"<details (open)?><summary>Câu \d", so.get(f"{LIST}them/").content.decode())
        == ["open"] * 2 + [""] * 3
    )
    wrong = so.post(f"{LIST}them/", composed(form, **{"cau-1-choices": "Một", "cau-0-minimum": "600"}))
    assert wrong.status_code == 422 and "Ghi từ 2 đến 20 lựa chọn" in words(wrong)
    assert "Số lớn nhất phải không nhỏ hơn" in words(wrong) and fields(wrong)["cau-0-label"] == "Số máy chủ"
    preview = so.post(f"{LIST}them/", composed(form, act="xem"), follow=True)
    assert "Gửi 2 đơn vị" in words(preview) and "Nền tảng" in words(preview)
    call = DataCall.objects.get()
    # Composed once more: the second question goes, another comes first.
    edit = f"{LIST}{call.pk}/sua/"
    again = fields(so.get(edit)) | {
        "cau-1-DELETE": "on",
        "cau-2-label": "Khó khăn",
        "cau-2-kind": "text",
        "cau-2-ORDER": "1",
    }
    again |= {"cau-0-ORDER": "2", "cau-1-ORDER": "3", "agencies": ["s1", "x11"], "act": "luu"}
    assert "Đã lưu bản soạn" in words(so.post(edit, again, follow=True))
    assert [field.label for field in call.fields.all()] == ["Khó khăn", "Số máy chủ"]
    other = services.copy(call=call, plan=world.plan, by=world.so)
    assert "Đã bỏ bản soạn" in words(so.post(f"{LIST}{other.pk}/sua/", {"act": "bo"}, follow=True))
    assert DataCall.objects.get() == call
    stale = so.post(edit, again | {"seen": "0"})
    assert stale.status_code == 409 and "Có người vừa ghi" in words(stale) and fields(stale)["seen"] == "1"
    sent = so.post(f"{LIST}{call.pk}/xem-truoc/", {"seen": "1"}, follow=True)
    assert "Đã gửi yêu cầu" in words(sent) and "0 trên 2 đơn vị đã nộp" in words(sent)
    assert so.get(edit).status_code == 404

    home = words(an.get("/viec-can-lam/"))
    assert "Trả lời yêu cầu báo cáo “Rà soát máy chủ” Còn 9 ngày." in home
    own = f"{call.get_absolute_url()}s1/"
    typed = fields(an.get(own)) | {"cau-1": "Thiếu người.", "cau-2": "501", "act": "nop"}
    bad = an.post(own, typed)
    assert bad.status_code == 422 and "Số phải không quá 500." in words(bad) and fields(bad)["cau-1"] == "Thiếu người."
    missing = an.post(own, typed | {"cau-2": ""})
    assert missing.status_code == 409 and "Còn 1 câu bắt buộc chưa trả lời: Số máy chủ" in words(missing)
    done = an.post(own, typed | {"cau-2": "12"}, follow=True)
    assert f"Số biên nhận DX{call.pk}-s1" in words(done) and "Mã kiểm tra" in words(done)
    assert "Rà soát máy chủ" not in words(an.get("/viec-can-lam/"))
    assert an.post(own, typed | {"cau-2": "13"}).status_code == 409

    assert "Duyệt 1 bản trả lời yêu cầu “Rà soát máy chủ”" in words(son.get("/viec-can-lam/"))
    table = words(son.get(call.get_absolute_url()))
    assert "1 trên 2 đơn vị đã nộp, 0 đã duyệt, 1 chưa nộp" in table and "Nhắc 1 đơn vị" in table
    assert "Duyệt 1 bản trả lời" in table and "Cộng 1 đơn vị đã nộp" in table
    back = son.post(
        own, {"act": "tra-lai", "reason": "Thiếu máy ảo.", "seen": fields(son.get(own))["seen"]}, follow=True
    )
    assert "Đã trả lại" in words(back)
    assert "Sửa và nộp lại" in words(an.get("/viec-can-lam/")) and "Trả lại: “Thiếu máy ảo.”" in words(an.get(own))
    an.post(own, fields(an.get(own)) | {"cau-2": "14", "act": "nop"})
    seen = {"ban": fields(son.get(call.get_absolute_url()))["ban"]}
    assert "Đã duyệt 1 bản trả lời." in words(son.post(call.get_absolute_url(), seen | {"act": "duyet"}, follow=True))
    assert "Đã nhắc 1 đơn vị." in words(son.post(call.get_absolute_url(), {"act": "nhac"}, follow=True))
    assert "Hôm nay đã nhắc" in words(so.post(call.get_absolute_url(), {"act": "nhac"}, follow=True))
    book = load_workbook(BytesIO(son.get(f"{call.get_absolute_url()}tep/").getvalue()))
    rows = list(book["Trả lời"].iter_rows(values_only=True))
    assert next(row for row in rows if row[1] == "s1")[2:5] == ("Thiếu người.", 14, "Đã duyệt")
    assert next(row for row in rows if row[0] == "Cộng (đã nộp)")[3] == 14


def test_a_formula_stays_words(as_person, world):
    call = world.sent(fields=[{"label": "=1+1", "kind": "text"}])
    answers.submit(answer=world.answer(call, "s1"), values={call.fields.get().pk: "=HYPERLINK(1)"}, by=world.an)
    book = load_workbook(BytesIO(as_person("so").get(f"{call.get_absolute_url()}tep/").getvalue()))
    cells = [cell for row in book["Trả lời"].iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert [cell.data_type for cell in cells] == ["s"]


def test_files_come_with_an_answer(as_person, world, tmp_path, settings):
    settings.FILES_ROOT = tmp_path
    call = world.sent()
    own = f"{call.get_absolute_url()}s1/"
    an = as_person("an")
    typed = fields(an.get(own)) | {"cau-1": "x", "act": "luu"}
    # The file is kept though another field has a fault.
    page = an.post(own, typed | {"cau-5": SimpleUploadedFile("bien-ban.pdf", b"%PDF-1.4 x")})
    assert page.status_code == 422 and "Tệp đã đính kèm: Biên bản" in words(page)
    file = CallFile.objects.get()
    assert as_person("lam").get(f"{LIST}tep/{file.pk}/").status_code == 200
    assert as_person("xa").get(f"{LIST}tep/{file.pk}/").status_code == 404
    bad = an.post(own, typed | {"cau-1": "3", "cau-5": SimpleUploadedFile("x.exe", b"MZ")})
    assert bad.status_code == 409 and "không phải loại tệp" in words(bad)
    assert an.post(own, {"act": "go", "tep": "999"}).status_code == 404
    assert "Đã gỡ bien-ban.pdf" in words(an.post(own, {"act": "go", "tep": file.pk}, follow=True))


def test_two_who_write_at_once_are_told(as_person, world):
    call = world.sent()
    own = f"{call.get_absolute_url()}x11/"
    xa, huyen = as_person("xa"), as_person("huyen")
    first, second = fields(xa.get(own)), fields(huyen.get(own))
    assert "Nhập thay: đầu mối của" in words(huyen.get(own))
    assert xa.post(own, first | {"cau-1": "1", "act": "luu"}).status_code == 302
    refused = huyen.post(own, second | {"cau-1": "2", "act": "luu"})
    assert refused.status_code == 409 and "Bản đã lưu: 1" in words(refused) and fields(refused)["cau-1"] == "2"
    assert huyen.post(own, fields(refused) | {"act": "luu"}).status_code == 302  # seen, and sent again
    assert world.answer(call, "x11").values.get().number == 2


def test_extended_withdrawn_copied_printed(as_person, world):
    call = world.sent()
    so, address = as_person("so"), call.get_absolute_url()
    seen = {"seen": str(call.revision)}
    assert so.post(address, {"act": "gia-han", "due": "x", "reason": "Bão.", **seen}).status_code == 422
    assert so.post(address, {"act": "gia-han", "due": "24/08/2023", "reason": "Bão.", **seen}).status_code == 409
    assert "Đã gia hạn" in words(
        so.post(address, {"act": "gia-han", "due": "30/08/2023", "reason": "Bão.", **seen}, follow=True)
    )
    assert "sẽ có mục" in words(so.post(address, {"act": "in"}, follow=True))
    assert "Đã sao chép" in words(so.post(address, {"act": "sao-chep"}, follow=True))
    call.refresh_from_db()
    gone = so.post(address, {"act": "rut", "reason": "Trùng.", "seen": str(call.revision)}, follow=True)
    assert "Đã rút yêu cầu" in words(gone) and "Lý do rút Trùng." in words(gone)
    assert as_person("an").get(f"{address}s1/").status_code == 200
    assert "Rà soát" not in words(as_person("an").get("/viec-can-lam/"))
    call.refresh_from_db()
    assert not call.in_reports


def test_a_fixed_number_of_queries(as_person, world, django_assert_num_queries):
    """As many for two agencies as for five."""
    small = world.sent()
    large = world.sent(audience=Audience(levels=("department", "commune", "district")))
    for call in (small, large):
        world.submit(call, "s1", world.an)
    so, an = as_person("so"), as_person("an")
    so.get(LIST), an.get(LIST)  # a session's first page stores its hour
    # 3 who reads, 1 the plan, 1 the calls, 1 the own answers; 1 the waiting reports, 1 the tasks.
    with django_assert_num_queries(8):
        so.get(LIST)
    for call in (small, large):
        with django_assert_num_queries(12):
            so.get(call.get_absolute_url())
        with django_assert_num_queries(9):
            an.get(f"{call.get_absolute_url()}s1/")
    assert services.owed_today(large).count() == 4 and world.answer(large, "s1").state == AnswerState.SUBMITTED


def test_a_fault_does_not_hide_what_another_wrote(as_person, world):
    """huyen types a word for a number while xa stores 1: huyen mends it, and is told of the 1 before it is written over."""
    own = f"{world.sent().get_absolute_url()}x11/"
    xa, huyen = as_person("xa"), as_person("huyen")
    first, second = fields(xa.get(own)), fields(huyen.get(own))
    assert xa.post(own, first | {"cau-1": "1", "act": "luu"}).status_code == 302
    wrong = huyen.post(own, second | {"cau-1": "hai", "act": "luu"})
    assert wrong.status_code == 422
    mended = huyen.post(own, fields(wrong) | {"cau-1": "2", "act": "luu"})
    assert mended.status_code == 409 and "Bản đã lưu: 1" in words(mended)
    assert CallValue.objects.get().number == 1


def test_what_was_typed_stays_where_the_form_is_gone(as_person, world):
    call = world.sent()
    own = f"{call.get_absolute_url()}s1/"
    an, so = as_person("an"), as_person("so")
    typed = fields(an.get(own)) | {"cau-4": "Thiếu người.", "act": "nop"}
    services.withdraw(call=call, reason="Trùng.", by=world.so)
    page = an.post(own, typed)
    assert page.status_code == 409 and "Nội dung vừa gõ, chưa lưu Khó khăn Thiếu người." in words(page)
    assert "Nội dung vừa gõ" not in words(an.get(own)) and not CallValue.objects.exists()
    gone = so.post(own, {"act": "tra-lai", "reason": "Thiếu máy ảo.", "seen": "0"})
    assert gone.status_code == 409 and "chưa lưu Lý do trả lại Thiếu máy ảo." in words(gone)


def test_a_call_that_is_over_refuses_forms_that_stayed_open(as_person, world):
    call = world.sent()
    address, so = call.get_absolute_url(), as_person("so")
    services.withdraw(call=call, reason="Trùng.", by=world.so)
    for act in ("gia-han", "ket-thuc", "rut"):
        page = so.post(address, {"act": act, "due": "30/08/2023", "reason": "Bão.", "seen": "1"})
        assert page.status_code == 409 and "không còn thu nữa" in words(page), act


def test_a_number_that_is_none_is_no_revision(as_person, world):
    draft, call = world.compose(), world.sent(title="Đã gửi")
    world.submit(call, "s1", world.an)
    so = as_person("so")
    for seen in ("9" * 5000, "x", ""):
        assert so.post(f"{LIST}{draft.pk}/xem-truoc/", {"seen": seen}).status_code == 409
        page = so.post(f"{call.get_absolute_url()}s1/", {"act": "duyet", "seen": seen})
        assert page.status_code == 409 and "Có người vừa ghi" in words(page)


def test_what_is_not_sent_is_not_in_the_workbook(as_person, world):
    """s1 entered 7 and has not sent it; x11 sent 30."""
    call = world.sent()
    answers.save(answer=world.answer(call, "s1"), values=world.values(call, 7), by=world.an)
    world.submit(call, "x11", world.xa, number=30)
    book = load_workbook(BytesIO(as_person("so").get(f"{call.get_absolute_url()}tep/").getvalue()))
    rows = {row[1]: row for row in book["Trả lời"].iter_rows(values_only=True)}
    assert rows["x11"][2] == 30 and not rows["s1"][2] and not rows["s1"][3]


def test_people_of_a_district_reach_each_of_its_communes(as_person, world):
    call = world.sent(audience=Audience(districts=("h1",)))
    address = call.get_absolute_url()
    page = as_person("huyen").get(f"{address}x11/")
    assert "Đơn vị khác cùng yêu cầu" in words(page) and f'href="{address}x12/"' in page.content.decode()
    assert "Đơn vị khác" not in words(as_person("xa").get(f"{address}x11/"))


def test_nobody_is_asked_to_approve_their_own(as_person, world):
    call = world.sent(audience=Audience(agencies=("s2",)))
    world.submit(call, "s2", world.so)
    assert "Duyệt 1 bản trả lời" not in words(as_person("so").get("/viec-can-lam/"))
    assert "Duyệt 1 bản trả lời" in words(as_person("son").get("/viec-can-lam/"))
    assert "Còn 1 bản trả lời chờ duyệt" in words(as_person("so").get(call.get_absolute_url()))


def test_only_what_was_seen_is_approved(as_person, world):
    """x11 submits after the page was opened with s1's answer."""
    call = world.sent()
    address, so = call.get_absolute_url(), as_person("so")
    world.submit(call, "s1", world.an)
    seen = fields(so.get(address))["ban"]
    world.submit(call, "x11", world.xa)
    page = words(so.post(address, {"act": "duyet", "ban": seen}, follow=True))
    assert "Đã duyệt 1 bản trả lời." in page and "1 bản trả lời nộp hoặc đổi sau khi trang này mở ra" in page
    assert {code: world.answer(call, code).state for code in ("s1", "x11")} == {"s1": "approved", "x11": "submitted"}
