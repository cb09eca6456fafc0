"""Search over the small province (tests/reports/conftest.py)."""

import datetime as dt
import re
from html import unescape

import pytest

from agencies.models import Agency, Succession
from agencies.services.organisation import rename, set_parent
from indicators.models import Charge, Commitment, Target
from projects.models import Project, ProjectGroup
from reports.dashboards.queries import search
from reports.dashboards.queries.search import agencies_meant
from reports.dashboards.queries.timeliness import agencies_for
from tests import factories
from tests.page import words

ADDRESS = "/tim/"


@pytest.fixture
def find(province):
    """`find("lam", "ho so")`: codes of what a person finds: targets, agencies, projects."""
    section = ProjectGroup.objects.create(plan=province.plan, code="I", title="Hạ tầng", position=1)
    Project.objects.create(section=section, number=2, name="Xây dựng kho dữ liệu hồ sơ", leads_text="Sở Tư pháp")

    def go(name, query):
        found = search.search(province.plan, province.people[name], query)
        return (
            [target.code for target in found.targets.things],
            [one.ref.code for one in found.agencies.things],
            [project.label for project in found.projects.things],
        )

    return go


def test_accents_and_order_do_not_matter(find):
    assert find("lam", "ho so") == (["I.1"], [], ["DA I.2"])
    assert find("lam", "  MẠNG trên   hồ SƠ ") == (["I.1"], [], [])
    assert find("lam", "tu phap") == ([], [], ["DA I.2"])


def test_words_side_by_side_come_alone_where_there_are_any(find, province):
    Target.objects.filter(code="I.2").update(label="Số dân có hộ khẩu")
    assert find("lam", "ho so")[0] == ["I.1"]  # not I.2, whose words stand apart
    assert find("lam", "khau so")[0] == ["I.2"]  # nobody holds these side by side
    assert find("lam", "hau")[0] == []  # words are known by how they begin


def test_a_target_by_the_number_of_its_row_in_the_signed_annex(find, province):
    numbers = {target.code: target.indicator.number for target in province.targets.values()}
    wanted = {code for code, number in numbers.items() if number == numbers["I.1"]}
    assert set(find("lam", f"chỉ tiêu {numbers['I.1']}")[0]) == wanted


def test_codes(find):
    assert find("lam", "I.2")[0] == ["I.2"] and find("lam", "ii1")[0] == ["II.1"]
    assert find("lam", "Chỉ tiêu I.2")[0] == ["I.2"] and find("lam", "chi tieu II.1")[0] == ["II.1"]
    assert find("lam", "x11")[1] == ["x11"] and find("lam", "290")[1] == ["h1"]
    assert find("lam", "x1, mot")[1] == ["x11", "x12"]


def test_what_is_called_so_comes_first(find, province):
    province.tree["x22"].short_name = "Một"
    province.tree["x22"].save()
    assert find("lam", "mot")[1][0] == "x22"  # called so; then those that hold it


def test_a_reader_finds_only_what_he_may_open(find):
    assert find("an", "x1")[1] == ["x11"] == find("an", "h1")[1]  # which is named in its name, not h1 itself
    assert find("an", "x1") == find("binh", "x1")
    assert find("cuc", "x11")[1] == [] and find("dung", "x1")[1] == ["x11", "x12"]
    assert find("cuc", "ho so") == (["I.1"], [], ["DA I.2"])  # the plan itself is open to everyone who signs in


@pytest.mark.parametrize(
    "query",
    [
        *("UBND xã Hòa Bình, huyện Nam Sách", "xã hoà bình, huyện nam sách", "X. Hòa Bình, H. Nam Sách", "X.Hòa Bình"),
        *("xã Hòa Bình H.Nam Sách", "UBND X. Hòa Bình, H. Nam Sách", "XÃ HOÀ BÌNH - NAM SÁCH"),
        *("Xa\u0303 Ho\u0300a Bi\u0300nh", "Hòa Bình\u202e\uffff", "thanh binh kim mon"),
    ],
)
def test_an_agency_is_found_by_every_name_that_pages_print(find, province, query):
    district, commune = province.tree["h1"], province.tree["x11"]
    district.name, district.short_name = "UBND huyện Nam Sách", "H. Nam Sách"
    district.aliases = "Huyện Kim Môn"
    district.save()
    commune.name, commune.short_name, commune.aliases = "UBND xã Hòa Bình", "X. Hòa Bình", "Xã Thanh Bình"
    commune.save()
    assert find("lam", query)[1] == ["x11"]
    assert [ref.code for ref in agencies_meant(list(agencies_for(province.people["lam"]).values()), query)] == ["x11"]


def test_the_icelandic_letter_of_the_same_shape_finds(find, province):
    Agency.objects.filter(code="x12").update(name="UBND xã Ðại Ðồng", short_name="X. Ðại Ðồng")
    assert find("lam", "Đại Đồng")[1] == ["x12"] == find("lam", "ðại ðồng")[1]


def test_an_agency_is_found_by_its_name_before_a_merger(find, province):
    tree, day = province.tree, dt.date(2023, 7, 1)
    tree["x12"].name = tree["x12"].short_name = "Thượng Quận"
    tree["x12"].save()
    tree["h2"].name, tree["h2"].short_name = "UBND huyện Kinh Môn", "H. Kinh Môn"
    tree["h2"].save()
    for before, after in (("x12", "x11"), ("x11", "x21")):
        Succession.objects.create(before=tree[before], after=tree[after], first_day=day, way="merged")
    assert {"x12", "x11", "x21"} == set(find("lam", "thuong quan")[1])  # also by way of another
    set_parent(agency=tree["x22"], parent=tree["h1"], from_day=day)
    assert "x22" in find("lam", "x22, kinh mon")[1]  # where it hung before


def test_a_renamed_agency_is_found_by_its_old_short_name(find, province):
    rename(agency=province.tree["x11"], name="UBND phường Mới", short_name="P. Mới", from_day=dt.date(2023, 8, 1))
    assert find("lam", "phuong moi")[1] == ["x11"] == find("lam", "Đơn vị x11")[1] == find("lam", "X11")[1]


def test_what_was_found_by_a_former_name_is_said(as_person, find, province):
    tree, day = province.tree, dt.date(2023, 7, 1)
    Agency.objects.filter(code="x12").update(name="UBND xã Thượng Quận", short_name="X. Thượng Quận")
    Succession.objects.create(before=tree["x12"], after=tree["x11"], first_day=day, way="merged")
    Agency.objects.filter(code="x21").update(name="UBND xã Cũ Kỹ", short_name="X. Cũ Kỹ")
    tree["x21"].refresh_from_db()
    rename(agency=tree["x21"], name="UBND phường Mới", short_name="P. Mới", from_day=day)
    reader = as_person("lam")
    page = words(reader.get(ADDRESS + "?q=thuong+quan"))
    assert "Đơn vị x11 · mã x11 · trước đây: UBND xã Thượng Quận, Đơn vị h1" in page and "mã x12 · trước" not in page
    assert "UBND phường Mới · mã x21 · trước đây: UBND xã Cũ Kỹ" in words(reader.get(ADDRESS + "?q=cu+ky"))
    assert "trước đây" not in words(reader.get(ADDRESS + "?q=phuong+moi")) + words(reader.get(ADDRESS + "?q=x11"))


def test_nothing_asked_nothing_found(find, django_assert_num_queries):
    with django_assert_num_queries(0):
        for query in ("", "   ", ",", "\x00"):
            assert find("lam", query) == ([], [], [])
    assert find("lam", "%_'\"\\") == ([], [], [])


def test_the_page(as_person, find):
    reader = as_person("lam")
    page = words(reader.get(ADDRESS + "?q=ho+so"))
    assert "2 kết quả cho “ho so”" in page and "I.1 Hồ sơ trên mạng" in page and "Chủ trì: Sở Tư pháp" in page
    assert "Không có gì khớp với “zzz”" in words(reader.get(ADDRESS + "?q=zzz"))
    assert "kết quả" not in words(reader.get(ADDRESS))
    odd = reader.get(ADDRESS, {"q": "<script>" + "a" * 500})
    assert odd.status_code == 200 and "<script>a" not in odd.content.decode()


def test_every_result_opens(as_person, find):
    for name in ("lam", "dung", "an"):
        reader = as_person(name)
        results = reader.get(ADDRESS + "?q=i").context["results"]
        urls = [thing.get_absolute_url() for found in (results.targets, results.projects) for thing in found.things]
        urls += [f"/co-quan/{found.ref.code}/" for found in results.agencies.things]
        assert urls and all(reader.get(url).status_code == 200 for url in urls)


def test_results_open_at_the_period_that_is_looked_at(as_person, find):
    reader, asked = as_person("lam"), "ky=2023-07&so-lieu=tam-tinh"
    frame = reader.get(f"/ma-tran/?{asked}").content.decode()
    form = frame[frame.index('class="find"') : frame.index("</form>")]
    assert 'name="ky" value="2023-07"' in form and 'name="so-lieu" value="tam-tinh"' in form
    opened = reader.get("/ma-tran/").content.decode().partition("</form>")[0]
    assert 'name="ky" value="2023-07"' in opened and 'name="so-lieu" value="chinh-thuc"' in opened
    assert 'name="ky"' not in reader.get("/xep-hang/").content.decode().partition("</form>")[0]
    page = reader.get(f"{ADDRESS}?q=ho+so&{asked}")
    html = page.content.decode()
    assert html.count(f"/?{asked.replace('&', '&amp;')}") >= 2  # the target, the project
    assert f'"/muc-tieu/I.1/?{asked.replace("&", "&amp;")}"' in html
    assert "mở ở kỳ tháng 7 năm 2023, số tạm tính" in words(page)
    agency = reader.get(f"{ADDRESS}?q=x11&{asked}").content.decode()
    assert f'"/co-quan/x11/?{asked.replace("&", "&amp;")}"' in agency
    plain = reader.get(f"{ADDRESS}?q=ho+so")
    assert '"/muc-tieu/I.1/"' in plain.content.decode() and "mở ở kỳ" not in words(plain)


def test_the_frame_has_it_everywhere(as_person, client, province):
    page = as_person("an").get("/tong-quan/").content.decode()
    assert 'action="/tim/"' in page and "data-find" in page and "js/pages/frame.js" in page
    assert "data-find" not in client.get("/dang-nhap/").content.decode()
    assert client.get(ADDRESS).url.startswith("/dang-nhap/")


def test_many_are_counted_and_some_shown(as_person, province, django_assert_num_queries):
    reader = as_person("lam")
    # Two of them for the plan's own texts: its charges, its commitments.
    with django_assert_num_queries(18):
        reader.get(ADDRESS + "?q=don+vi")
    for number in range(30):
        factories.agency(f"y{number}", parent=province.tree["h1"])
    with django_assert_num_queries(15):
        page = words(reader.get(ADDRESS + "?q=don+vi"))
    assert "38 cơ quan, đơn vị" in page and "Còn 18 đơn vị khác" in page


@pytest.fixture
def signed(province):
    """A charge of s1 and a commitment of the plan, whose indicators stand in *Phụ lục 2*."""
    province.plan.indicators_annex = "Phụ lục 2"
    province.plan.save()
    Charge.objects.create(
        plan=province.plan,
        code="VI.2",
        title="Dịch vụ công trực tuyến",
        agency=province.tree["s1"],
        sentence="Giao S1 đôn đốc.",
        legal_ground="Quyết định số 17/QĐ-UBQGCĐS",
        report_to="Chủ tịch UBND tỉnh",
    )
    sentence = "Bảo đảm an toàn thông tin theo mô hình 4 lớp."
    Commitment.objects.create(
        plan=province.plan, number=4, text="Mô hình 4 lớp", source="Phần II, mục II.2.4", sentence=sentence
    )


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("VI.2", "/theo-doi/VI.2/"),
        ("don doc", "/theo-doi/VI.2/"),
        ("17/QĐ-UBQGCĐS", "/theo-doi/VI.2/"),
        ("mo hinh 4 lop", "/cam-ket/#cam-ket-4"),
        ("cam kết 4", "/cam-ket/#cam-ket-4"),
        ("chua phan cong", "/cam-ket/"),
        ("nguyen van", "/chi-tieu/"),
        ("phụ lục 2", "/chi-tieu/"),
        ("quy tac", "/quy-tac/"),
    ],
)
def test_the_plans_own_texts_are_found(as_person, signed, query, url):
    page = as_person("lam").get(ADDRESS, {"q": query})
    assert f'href="{url}"' in page.content.decode() and page.context["results"].texts.total
    assert as_person("lam").get(url).status_code == 200


def test_everybody_finds_the_plans_own_texts(as_person, signed):
    assert "/theo-doi/VI.2/" in as_person("an").get(ADDRESS, {"q": "VI.2"}).content.decode()
    assert "cam-ket-4" in as_person("an").get(ADDRESS, {"q": "4 lớp"}).content.decode()


def test_pages_are_found_by_their_words_and_each_opens(as_person, province):
    """One letter begins a word of many pages; nobody is shown one that does not open."""
    for name in ("an", "dung", "khanh", "lam", "quan"):
        reader = as_person(name)
        found = {
            page.url
            for query in ["đ", "n", "t", "k", "c", "b", "l"]
            for page in search.search(province.plan, province.people[name], query).pages.things
        }
        assert {url: reader.get(url, follow=True).status_code for url in found} == dict.fromkeys(found, 200), name
    titles = [page.title for page in search.search(province.plan, province.people["an"], "gia han").pages.things]
    assert titles == []
    titles = [page.title for page in search.search(province.plan, province.people["khanh"], "gia han").pages.things]
    assert titles == ["Đề nghị gia hạn"]


def under_the_field(client, query, **more):
    """(kind, title, address) of each line under the search field."""
    page = client.get(ADDRESS, {"q": query, "dang": "bang", **more}).content.decode()
    found = re.findall(r'data-url="([^"]*)">\s*<span class="kind">([^<]*)</span>\s*<span class="grow">([^<]*)<', page)
    return [(kind, title, unescape(url)) for url, kind, title in found]


def test_the_field_of_every_page_lists_what_is_found(as_person, province):
    reader = as_person("lam")
    assert under_the_field(reader, "i.1")[0] == ("Chỉ tiêu", "I.1 Hồ sơ trên mạng", "/muc-tieu/I.1/")
    assert ("Đơn vị", "X11, H. Một", "/co-quan/x11/") in under_the_field(reader, "x11")
    assert under_the_field(reader, "doi mat khau")[0] == ("Trang", "Đổi mật khẩu", "/tai-khoan/mat-khau/")
    assert under_the_field(reader, "zzz") == [
        ("Hướng dẫn", "Tìm “zzz” trong hướng dẫn", "/huong-dan/?q=zzz"),
    ]
    assert under_the_field(reader, "") == []
    carried = under_the_field(reader, "x11", ky="2023-07")
    assert any(url.startswith("/co-quan/x11/?ky=2023-07") for _, _, url in carried)


def test_the_field_shows_no_more_than_a_reader_may_open(as_person, province):
    for name in ("an", "dung", "khanh", "lam", "quan"):
        reader = as_person(name)
        lines = {line for query in ("x", "i") for line in under_the_field(reader, query)}
        assert len(lines) > 3
        # Pages are opened by the test above.
        urls = {url for kind, _, url in lines if kind != "Trang"}
        assert {url for url in urls if reader.get(url, follow=True).status_code != 200} == set(), name
    assert not any(kind == "Đơn vị" for kind, _, _ in under_the_field(as_person("cuc"), "x12"))


def test_the_page_leads_to_the_guide(as_person, province):
    assert 'href="/huong-dan/?q=gia+h%E1%BA%A1n"' in as_person("an").get(ADDRESS, {"q": "gia hạn"}).content.decode()
