"""The pages of conclusions: owner, colleague, stranger, nobody; filters, file, forms; queries."""

import datetime as dt
from io import BytesIO

import pytest
from openpyxl import load_workbook

from conclusions import services
from conclusions.models import Conclusion
from tests.page import fields, words

pytestmark = pytest.mark.once

LIST = "/ket-luan/"
GIVE = "/ket-luan/them/?muc-tieu=I.1"


def seen_by(as_person, address):
    names = ("an", "binh", "cuc", "dung", "xa", "so", "lam", "quan")
    return {name for name in names if as_person(name).get(address).status_code == 200}


def test_who_reads_what(client, as_person, world):
    given = world.give()
    below = world.give(agency=world.tree["x11"], text="Tập huấn lại.")
    assert seen_by(as_person, LIST) == {"an", "binh", "cuc", "dung", "xa", "so", "lam", "quan"}
    assert seen_by(as_person, given.get_absolute_url()) == {"an", "binh", "so", "lam", "quan"}
    assert seen_by(as_person, below.get_absolute_url()) == {"dung", "xa", "so", "lam", "quan"}
    assert seen_by(as_person, GIVE) == {"so", "lam"}
    assert "Chưa có ý kiến chỉ đạo nào" in words(as_person("cuc").get(LIST))
    assert "Rà soát hồ sơ tồn" not in words(as_person("xa").get(LIST))
    for address in (LIST, GIVE, given.get_absolute_url()):
        assert client.get(address).status_code == 302
    for address in ("/ket-luan/them/", "/ket-luan/them/?muc-tieu=%00", "/ket-luan/them/?du-an=I-9", "/ket-luan/999/"):
        assert as_person("lam").get(address).status_code == 404
    assert as_person("cuc").post(given.get_absolute_url(), {"act": "tra-loi"}).status_code == 404
    assert as_person("an").post(given.get_absolute_url(), {"act": "rut"}).status_code == 404


def test_the_list_its_filters_and_its_file(as_person, world, django_assert_num_queries):
    late = world.give(due=dt.date(2023, 8, 16), text="Việc đã muộn.")
    world.give(target=None, project=world.project, text="Trình dự toán.", agency=world.tree["s2"])
    done = world.give(text="Việc đã xong.")
    services.answer(conclusion=done, text="Còn 12 hồ sơ.", by=world.an)
    world.moment.move_to(dt.datetime(2023, 8, 18, 2, tzinfo=dt.UTC))
    lam = as_person("lam")
    page = words(lam.get(LIST))
    assert "Tất cả 3" in page and "Quá hạn 1" in page and "Chờ kết thúc 1" in page and "Chưa kết thúc 3" in page
    assert page.index("Việc đã muộn") < page.index("Trình dự toán") < page.index("Việc đã xong")
    assert "Quá hạn 2 ngày" in page and "Đang thực hiện, còn 13 ngày" in page and "Còn 12 hồ sơ." in page
    assert "Về DA I.1 Việc 1" in page and "Đơn vị s1" in page
    only = {
        "tinh-trang=qua-han": "Việc đã muộn",
        "co-quan=s2": "Trình dự toán",
        "ve=I-1": "Trình dự toán",
        "tinh-trang=cho-ket-thuc": "Việc đã xong",
        "tim=du+toan": "Trình dự toán",
    }
    for query, text in only.items():
        shown = words(lam.get(f"{LIST}?{query}"))
        assert "1 trên 3 ý kiến chỉ đạo" in shown and text in shown, query
    assert "Không có ý kiến chỉ đạo nào khớp" in words(lam.get(LIST, {"tim": "\x00"}))
    assert lam.get(f"{LIST}?tinh-trang=khac").status_code == 404
    book = load_workbook(BytesIO(lam.get("/ket-luan/tep/?tinh-trang=qua-han").getvalue()))
    rows = [row for row in book["Ý kiến chỉ đạo"].iter_rows(values_only=True) if row[1] == late.text]
    assert rows[0][2:5] == ("Đơn vị s1", "s1", "Ngô Thanh Lâm") and rows[0][7] == "Quá hạn 2 ngày"
    book = load_workbook(BytesIO(as_person("cuc").get("/ket-luan/tep/").getvalue()))
    texts = [row[1] for row in book["Ý kiến chỉ đạo"].iter_rows(values_only=True)]
    assert "Trình dự toán." in texts and late.text not in texts
    # 3 who reads, 1 the plan, 2 the list with its steps.
    with django_assert_num_queries(6):
        lam.get(LIST)


def test_a_leader_gives_and_an_agency_answers(as_person, world):
    lam, an = as_person("lam"), as_person("an")
    form = fields(lam.get(GIVE))
    assert form["agency"] == str(world.tree["s1"].pk)  # who leads it
    refused = lam.post(GIVE, form | {"text": "Rà soát.", "due": "1/1/2020"})
    assert (
        refused.status_code == 409 and "Hạn phải từ hôm nay" in words(refused) and fields(refused)["text"] == "Rà soát."
    )
    assert lam.post(GIVE, form | {"due": "31/08/2023"}).status_code == 422
    page = lam.post(GIVE, form | {"text": "Rà soát.", "due": "31/08/2023"}, follow=True)
    assert "Đã giao Đơn vị s1; đơn vị được báo ngay." in words(page)
    given = Conclusion.objects.get()
    address = given.get_absolute_url()
    home = words(an.get("/viec-can-lam/"))
    assert "Thực hiện ý kiến chỉ đạo về I.1" in home and "“Rà soát.” Còn 15 ngày." in home
    empty = an.post(address, fields(an.get(address)) | {"act": "tra-loi", "text": ""})
    assert empty.status_code == 422 and "Ghi kết quả thực hiện." in words(empty)
    typed = fields(an.get(address)) | {"act": "tra-loi", "text": "Còn 12 hồ sơ."}
    assert "Đã trả lời" in words(an.post(address, typed, follow=True))
    conflict = an.post(address, typed)
    assert conflict.status_code == 404  # it waits for no answer any more
    assert "Xem kết quả thực hiện 1 ý kiến chỉ đạo" in words(lam.get("/viec-can-lam/"))
    assert "Thực hiện ý kiến" not in words(an.get("/viec-can-lam/"))
    assert "Kết quả thực hiện Còn 12 hồ sơ." in words(lam.get(address))
    closed = lam.post(address, {"act": "ket-thuc", "seen": "1", "text": ""}, follow=True)
    assert "Đã kết thúc ý kiến chỉ đạo." in words(closed)
    assert "Kết thúc" not in words(as_person("so").get(address)).split("Thực hiện")[0]


def test_two_who_decide_at_once_are_told(as_person, world):
    given = world.give()
    services.answer(conclusion=given, text="Xong.", by=world.an)
    late = as_person("so").post(given.get_absolute_url(), {"act": "ket-thuc", "seen": "0", "text": "Đạt."})
    assert late.status_code == 409 and "Có người vừa ghi" in words(late)


def test_it_stands_on_the_page_of_its_target_and_its_project(as_person, world):
    world.give()
    world.give(target=None, project=world.project, text="Trình dự toán.")
    lam, xa = as_person("lam"), as_person("xa")
    for address, text in (("/muc-tieu/I.1/", "Rà soát hồ sơ tồn"), ("/du-an/I-1/", "Trình dự toán.")):
        assert text in words(lam.get(address)) and "Ra ý kiến chỉ đạo" in words(lam.get(address))
        assert "chỉ đạo" not in words(xa.get(address))
