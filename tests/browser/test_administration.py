"""Signing in and the pages of /quan-tri/ in a browser, with the demonstration year: under the content security policy (the
fixture `new_page` fails on any breach), by keyboard, on a phone."""

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "mật khẩu của bài kiểm thử 2023"


@pytest.mark.parametrize("width", [390, 1440])
def test_the_login_page(product, new_page, axe, width):
    page = new_page(width=width)
    page.goto(f"{product.base_url}/quan-tri/")
    assert page.url == f"{product.base_url}/dang-nhap/?next=/quan-tri/"
    assert "Số liệu minh họa, không phải số thật của tỉnh." in page.text_content("body")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # By keyboard: the name first, then the password, which can be shown and is hidden again before it goes.
    page.keyboard.type("quantri")
    page.fill("[name=password]", "sai mật khẩu rồi")
    page.get_by_role("button", name="Hiện mật khẩu").click()
    assert page.get_attribute("[name=password]", "type") == "text"
    page.press("[name=password]", "Enter")
    page.get_by_text("Tên đăng nhập hoặc mật khẩu chưa đúng.").wait_for()
    assert page.get_attribute("[name=password]", "type") == "password"
    assert page.input_value("[name=username]") == "quantri"
    assert axe(page) == []
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/quan-tri/")


def test_without_script_one_signs_in_all_the_same(product, new_page, sign_in):
    page = new_page(javascript=False)
    page.goto(f"{product.base_url}/dang-nhap/?next=/tai-khoan/")
    assert page.is_hidden("[data-reveal]")
    page.fill("[name=username]", "x10543")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    assert page.url == f"{product.base_url}/tai-khoan/"
    assert "UBND phường Việt Hoà" in page.text_content("main")


def administration(page, product, links):
    """Its first page; gives the addresses of those links on it."""
    page.goto(f"{product.base_url}/quan-tri/")
    return page.eval_on_selector_all(f"#content-main {links}", "links => links.map(link => link.href)")


def test_every_page_of_administration_keeps_to_the_policy(product, person):
    page = person("quantri")
    lists = administration(page, product, "tr th a")
    assert len(lists) > 18
    for address in lists:
        page.goto(address)
        assert "Số liệu minh họa" in page.text_content(".messagelist")
        first = page.query_selector("#result_list tbody th a")
        if first:
            first.click()
            page.wait_for_selector("#content-main form")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_form_of_administration_can_be_used_unseen(product, person, axe, theme):
    page = person("quantri")
    page.emulate_media(color_scheme=theme)
    found = administration(page, product, "a.addlink")
    assert len(found) > 4
    for address in found:
        page.goto(address)
        assert axe(page) == [], address
    page.goto(f"{product.base_url}/quan-tri/projects/project/")
    page.click("#result_list tbody th a")
    page.wait_for_selector("#content-main form")
    assert axe(page) == []


def test_an_account_gets_another_agency_by_typing_its_name(product, page, sign_in):
    sign_in(page, product.base_url, "quantri", PASSWORD)
    page.goto(f"{product.base_url}/quan-tri/agencies/user/?q=bqlda")
    page.click("#result_list tbody th a")
    page.click(".field-agency .select2-selection")
    page.keyboard.type("chi linh")
    page.get_by_role("option", name="UBND thành phố Chí Linh").click()
    page.click("[name=_save]")
    page.wait_for_selector(".messagelist .success")
    page.goto(f"{product.base_url}/quan-tri/agencies/user/?q=bqlda")
    assert "UBND thành phố Chí Linh" in page.text_content("#result_list")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_definition_is_previewed_before_it_is_kept(product, new_page, sign_in, axe, width):
    page = new_page(width=width)
    sign_in(page, product.base_url, "sotttt", PASSWORD)
    page.goto(f"{product.base_url}/muc-tieu/I.13/?ky=2023-07")
    page.get_by_role("link", name="Sửa định nghĩa").click()
    page.fill("[name=day-0]", "30/06/2023")
    page.fill("[name=value-0]", "28,5")
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_text("Ghi lý do: ai xem chỉ tiêu cũng cần biết vì sao đổi.").wait_for()
    assert axe(page) == []
    page.fill("[name=reason]", "Kế hoạch điều chỉnh")
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Xác nhận thay đổi").wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
