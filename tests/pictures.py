"""`python -m tests.pictures`: draw the pictures of the guide (docs/img) from the running product.

The product runs on the demonstration year at 09:00 on 16 August 2023, on a database of its own; a browser opens each page in
an account that has it, and takes what a screen shows. `make pictures` after a change of what they show.
"""

import re
import secrets
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.servers import chromium_program
from tests.stack import ROOT, Stack

FOLDER = ROOT / "docs" / "img"
PLACE = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
SIZE = {"width": 1280, "height": 900}
CLOCK = "2023-08-16T09:00"
# (name of the file, account, address); a clerk of a commune, a district's reviewer, a leader.
PICTURES = (
    ("todo", "x10543", "/"),
    ("entry", "x10543", "/nhap-so-lieu/2023-08/"),
    ("review", "h290", "/duyet/"),
    ("overview", "lanhdao", "/tong-quan/"),
    ("target", "lanhdao", "/muc-tieu/I.12/"),
)


def draw(base_url: str, password: str, folder: Path) -> list[Path]:
    """Draw the pictures of a running demonstration into a folder; return their files."""
    drawn = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=["--no-sandbox"])
        pages: dict[str, Page] = {}
        for name, account, address in PICTURES:
            if account not in pages:
                pages[account] = browser.new_context(viewport=SIZE, base_url=base_url, **PLACE).new_page()
                sign_in(pages[account], account, password)
            page = pages[account]
            page.goto(address, wait_until="networkidle")
            if name == "review":
                # One report of the list: the first, which asks to be looked at.
                addresses = page.locator("main a").evaluate_all(
                    "links => links.map((link) => link.getAttribute('href'))"
                )
                page.goto(next(one for one in addresses if re.match(r"/duyet/\d+/", one)), wait_until="networkidle")
            drawn.append(folder / f"{name}.png")
            page.screenshot(path=drawn[-1])
        browser.close()
    return drawn


def sign_in(page: Page, account: str, password: str) -> None:
    """Sign in through the form."""
    page.goto("/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill(account)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(re.compile(r"^(?!.*dang-nhap)"))


def main() -> None:
    """Run the product with the demonstration year and draw its pictures."""
    password = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(
            folder, DATABASE_URL=f"sqlite:///{folder}/db.sqlite3", CLOCK=CLOCK, DEMO_PASSWORD=password, WEB_WORKERS="1"
        )
        try:
            for command in (
                ["migrate", "--verbosity", "0"],
                ["load_plan", "2023"],
                ["load_demo"],
                ["start_clock"],
                ["catch_up"],
            ):
                stack.manage(*command)
            stack.start()
            for path in draw(stack.base_url, password, FOLDER):
                print(path.relative_to(ROOT))
        finally:
            stack.close()


if __name__ == "__main__":
    main()
