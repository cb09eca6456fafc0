"""`/thiet-lap/`: an administrator is led through the steps; everybody else waits."""

import html
import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from agencies.models import Agency, Placement, User
from agencies.services import accounts, bulk_accounts
from core.audit.models import AuditEntry
from core.installation import queries as installation_queries
from core.installation.models import Installation
from indicators.audit_acts import SetupAct
from indicators.models import Plan, Submission
from plans.services import take_step
from plans.setup import queries
from tests import factories
from tests.plans.setup.test_tree_file import GOOD

pytestmark = pytest.mark.django_db

FACTS = {
    "province": "tỉnh Hoa Lâm",
    "system_name": "Hoa Lâm số",
    "standing_agency": "Sở Khoa học và Công nghệ",
    "support_phone": "0201 555 123",
}
PLAN = {
    "year": "2027",
    "number": "5/KH-UBND",
    "issued_on": "05/01/2027",
    "title": "Kế hoạch 2027",
    "issuer": "UBND tỉnh",
}
# One pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049"
    "454e44ae426082"
)


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    """An installation that was not set up; its row is read again each time."""
    monkeypatch.setattr(installation_queries, "_current", Installation())
    monkeypatch.setattr(installation_queries, "SECONDS", -1)


@pytest.fixture
def admin(client):
    user = User.objects.create_user("dau-tien", password="x")
    accounts.set_roles(user=user, roles=["admin"])
    client.force_login(user)
    client.person = user
    return client


def said(response):
    text = re.sub(r"<script.*?</script>|<[^>]*>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(text).split())


def send_tree(admin, text=GOOD, **more):
    return admin.post("/thiet-lap/to-chuc/", {"tep": SimpleUploadedFile("cay.csv", text.encode()), **more}, follow=True)


def states(admin):
    """The sign of each step, in words."""
    return re.findall(r'aria-label="(đã xong|làm tiếp bước này|chưa làm)"', admin.get("/thiet-lap/").content.decode())


@pytest.mark.parametrize(
    "address", ["/", "/tong-quan/", "/du-an/", "/viec-can-lam/", "/ky-bao-cao/", "/bao-cao/xem-truoc/"]
)
def test_an_administrator_is_led_there_while_there_is_no_plan(admin, address):
    assert admin.get(address, follow=True).redirect_chain == [("/thiet-lap/", 302)]


@pytest.mark.parametrize("role", ["focal", "standing", "leader", "reviewer", "lead"])
def test_everybody_else_reads_that_the_system_is_being_set_up(client, role):
    Installation.objects.create(**FACTS)
    user = User.objects.create_user("can-bo", password="x", agency=factories.make_tree(1, 1, 1)["s1"])
    accounts.set_roles(user=user, roles=[role])
    client.force_login(user)
    answer = client.get("/", follow=True)
    assert (answer.status_code, answer.redirect_chain) == (200, [("/thiet-lap/", 302)])
    assert "Hệ thống đang được thiết lập" in said(answer)
    assert "0201 555 123" in said(answer)
    for address in ("tinh", "to-chuc", "to-chuc/mau", "ke-hoach"):
        assert client.get(f"/thiet-lap/{address}/").status_code == 404
    # Their own account is no part of a plan.
    assert client.get("/tai-khoan/").status_code == 200


def test_nobody_signed_in_reads_it_on_the_login_page_too(client):
    Installation.objects.create(**FACTS)
    answer = client.get("/", follow=True)
    assert answer.redirect_chain == [("/dang-nhap/?next=/", 302)]
    assert "Hệ thống đang được thiết lập" in said(answer)
    assert "Hệ thống đang được thiết lập" in said(client.get("/thiet-lap/"))
    factories.make_plan()
    assert "đang được thiết lập" not in said(client.get("/dang-nhap/"))
    assert client.get("/thiet-lap/").status_code == 404


def test_machines_are_answered_as_ever(client):
    assert client.get("/song/").status_code == 200
    assert client.get("/san-sang/").status_code == 200
    user = User.objects.create_user("can-bo", password="x")
    client.force_login(user)
    answer = client.get("/ky-bao-cao/lich.ics", headers={"Accept": "text/calendar"})
    assert answer.status_code == 404


def test_the_steps_follow_each_other_and_can_be_taken_back(admin):
    assert states(admin) == ["làm tiếp bước này", *["chưa làm"] * 5]
    answer = admin.post("/thiet-lap/tinh/", FACTS | {"picture": SimpleUploadedFile("logo.png", PNG)}, follow=True)
    assert answer.redirect_chain == [("/thiet-lap/", 302)]
    assert "Hoa Lâm số, tỉnh Hoa Lâm" in said(answer)
    assert "Đơn vị vận hành: Sở Khoa học và Công nghệ" in said(answer)
    assert Installation.objects.get().logo_type == "image/png"
    assert states(admin) == ["đã xong", "làm tiếp bước này", *["chưa làm"] * 4]
    assert "Đã nạp 5 cơ quan, đơn vị" in said(send_tree(admin))
    assert Placement.objects.count() == 5
    assert "1 cấp tỉnh, 1 sở, ban, ngành, 1 cấp huyện, 2 cấp xã" in said(admin.get("/thiet-lap/"))
    # Loaded wrongly: taken back, and loaded again.
    bulk_accounts.open_accounts(codes={"x1", "h1"}, by=admin.person)
    assert "Đã bỏ cây tổ chức gồm 5 cơ quan" in said(admin.post("/thiet-lap/to-chuc/", {"act": "remove"}, follow=True))
    assert (Agency.objects.count(), Placement.objects.count()) == (0, 0)
    assert list(User.objects.values_list("username", flat=True)) == ["dau-tien"]
    send_tree(admin)
    answer = admin.post("/thiet-lap/ke-hoach/", PLAN, follow=True)
    assert answer.redirect_chain == [("/thiet-lap/", 302)]
    plan = Plan.objects.get()
    assert plan.is_draft and plan.periods.count() == 12
    # The next step is the plan's file; others are still told to wait, and the start waits for targets.
    assert states(admin) == ["đã xong", "đã xong", "làm tiếp bước này", "đã xong", "chưa làm", "chưa làm"]
    assert 'href="/ke-hoach/2027/tep/"' in answer.content.decode()
    assert admin.get("/", follow=True).redirect_chain == [("/thiet-lap/", 302)]
    assert admin.get("/tong-quan/?nam=2027").status_code == 200
    factories.target(plan)
    bulk_accounts.open_accounts(codes={"x1", "h1"}, by=admin.person)
    assert states(admin) == [*["đã xong"] * 5, "làm tiếp bước này"]
    assert 'href="/ke-hoach/2027/"' in admin.get("/thiet-lap/").content.decode()
    take_step(plan=plan, name="bat-dau", by=admin.person)
    assert states(admin) == ["đã xong"] * 6
    assert "Kế hoạch 2027: đang thực hiện" in said(admin.get("/thiet-lap/"))
    lines = AuditEntry.objects.filter(act__in=SetupAct.values).order_by("pk")
    acts = list(lines.values_list("act", flat=True))
    assert acts == ["ghi thông tin của tỉnh", "nạp cây tổ chức", "bỏ cây tổ chức", "nạp cây tổ chức", "lập kế hoạch"]


def test_the_queries_of_the_steps_do_not_grow(admin, django_assert_num_queries):
    with django_assert_num_queries(5):
        queries.steps()
    send_tree(admin)
    admin.post("/thiet-lap/ke-hoach/", PLAN)
    with django_assert_num_queries(5):
        queries.steps()


def test_an_account_that_was_used_stays_without_an_agency(admin):
    send_tree(admin)
    used = User.objects.create_user("cu", password="x", agency=Agency.objects.get(code="x1"))
    User.objects.filter(pk=admin.person.pk).update(agency=Agency.objects.get(code="s1"))
    admin.post("/thiet-lap/to-chuc/", {"act": "remove"})
    used.refresh_from_db()
    assert used.agency is None
    assert User.objects.get(username="dau-tien").agency is None


def test_a_tree_with_a_plan_or_a_report_stays(admin):
    send_tree(admin)
    admin.post("/thiet-lap/ke-hoach/", PLAN)
    assert "Bỏ kế hoạch trước" in said(admin.post("/thiet-lap/to-chuc/", {"act": "remove"}))
    assert Agency.objects.count() == 5
    plan = Plan.objects.get()
    report = Submission.objects.create(
        agency=Agency.objects.get(code="x1"), period=plan.periods.first(), state="draft", created_at=factories.AT
    )
    assert "bắt đầu báo cáo nên không bỏ được cây" in said(admin.post("/thiet-lap/to-chuc/", {"act": "remove"}))
    answer = admin.post("/thiet-lap/ke-hoach/", {"act": "remove", "nam": "2027"})
    assert "bắt đầu báo cáo nên không bỏ được kế hoạch" in said(answer)
    assert Plan.objects.count() == 1
    report.delete()
    assert "Đã bỏ kế hoạch." in said(admin.post("/thiet-lap/ke-hoach/", {"act": "remove", "nam": "2027"}, follow=True))
    assert Plan.objects.count() == 0
    assert "Đã bỏ cây" in said(admin.post("/thiet-lap/to-chuc/", {"act": "remove"}, follow=True))


def test_a_file_with_faults_is_loaded_in_no_part(admin):
    page = said(send_tree(admin, "Mã;Tên;Cấp;Trực thuộc\nt;Tỉnh;tỉnh;\ns1;Sở;sở;tt\n"))
    assert "Chưa nạp gì: tệp có 1 chỗ cần sửa." in page
    assert "Dòng 3, cột Trực thuộc: không có dòng nào mã tt." in page
    assert Agency.objects.count() == 0
    assert "Chọn tệp danh sách cơ quan" in said(admin.post("/thiet-lap/to-chuc/"))
    send_tree(admin)
    assert "Đã có cây tổ chức" in said(send_tree(admin))
    assert Agency.objects.count() == 5


def test_the_file_of_the_tree_comes_back_as_it_went(admin):
    def rows():
        answer = admin.get("/thiet-lap/to-chuc/mau/")
        sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
        return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]

    empty = rows()
    assert empty[0][:5] == ["Mã", "Tên", "Tên ngắn", "Cấp", "Trực thuộc"]
    assert len(empty) == 5
    send_tree(admin)
    full = rows()
    assert [row[0] for row in full[1:]] == ["tinh", "h1", "dk1", "s1", "x1"]
    admin.post("/thiet-lap/to-chuc/", {"act": "remove"})
    send_tree(admin, "\n".join(";".join(map(str, row)) for row in full))
    assert rows() == full


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"province": "Hoa Lâm"}, "Viết cả chữ “tỉnh” hoặc “thành phố” trước tên."),
        ({"standing_agency": ""}, "Ghi tên cơ quan thường trực."),
        ({"picture": SimpleUploadedFile("logo.svg", b"<svg/>")}, "Biểu trưng cần là tệp PNG hoặc JPEG."),
        ({"picture": SimpleUploadedFile("logo.png", PNG + b"0" * 600_000)}, "Biểu trưng lớn hơn 512 KB."),
    ],
)
def test_wrong_facts_are_told_and_nothing_typed_is_lost(admin, change, reason):
    answer = admin.post("/thiet-lap/tinh/", FACTS | change)
    assert reason in said(answer)
    assert 'value="0201 555 123"' in answer.content.decode()
    assert not Installation.objects.exists()


def test_a_logo_is_kept_until_it_is_taken_away(admin):
    admin.post("/thiet-lap/tinh/", FACTS | {"picture": SimpleUploadedFile("logo.png", PNG)})
    admin.post("/thiet-lap/tinh/", FACTS | {"support_phone": ""})
    assert Installation.objects.get().logo
    admin.post("/thiet-lap/tinh/", FACTS | {"removes_picture": "on"})
    assert not Installation.objects.get().logo_digest


def test_a_wrong_plan_is_told(admin):
    send_tree(admin)
    answer = said(admin.post("/thiet-lap/ke-hoach/", PLAN | {"year": "năm sau", "title": ""}))
    assert "Năm là một số, như 2030." in answer and "Ghi tên kế hoạch." in answer
    assert Plan.objects.count() == 0
    admin.post("/thiet-lap/ke-hoach/", PLAN)
    assert "Đã có kế hoạch năm 2027" in said(admin.post("/thiet-lap/ke-hoach/", PLAN))
    assert "Kế hoạch này không còn nữa." in said(admin.post("/thiet-lap/ke-hoach/", {"act": "remove", "nam": "x²"}))
