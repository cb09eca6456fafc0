"""`python -m tests.province hoa-lam-3-cap [--db sqlite|postgres]`, or `hoa-lam-2-cap`: the invented province from an empty
machine to its first published report, by HTTP alone, in at most 60 clicks.

The product runs on an empty database, of SQLite or of a throwaway PostgreSQL cluster. Its people do what they would do
in a browser: a click is one link that is followed, one form that is sent or one address that is typed, in the pages as
they come; everybody's clicks are counted together, with their signing in and the choice of their passwords. Typing in
fields, ticking a box and choosing a file are no clicks. Afterwards everything is read that must hold: every commune in
list, target page, comparison and annex, the sums by hand, no word of the demonstration's province, no district where
there is none. Exit status 0 where all of it holds.
"""

import argparse
import re
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from lxml import html
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from tests import schema
from tests.hoa_lam import Unit, foreign_words, units
from tests.servers import Postgres
from tests.stack import Stack

MOST_CLICKS = 60
DATABASES = ("sqlite", "postgres")
STRUCTURES = {"hoa-lam-3-cap": "3-cap", "hoa-lam-2-cap": "2-cap"}
YEAR = 2031
# Σn ÷ Σd of I.1 over the communes: 1.210 ÷ 21.000 of twenty, 1.071 ÷ 17.100 of eighteen.
SHARES = {"2-cap": r"5,76\d* ?%|5\.76", "3-cap": r"6,26\d* ?%|6\.26"}
# Where every level that a tree may have is named, whichever this one has.
BEFORE_THE_TREE = ("/thiet-lap/to-chuc/",)
PASSWORD = "một câu dài chỉ mình biết 31"
# The days on which the province acts: it sets itself up, collects, and issues once the period has closed.
SET_UP, COLLECT, ISSUE = f"{YEAR}-07-10T08:00", f"{YEAR}-07-16T08:00", f"{YEAR}-07-22T08:00"


class NotFound(Exception):
    """A link, a button or a field that a page does not have."""


class Browser:
    """A person at a browser without script: opens pages, follows links by their words, sends forms by their buttons."""

    def __init__(self, person: str, base_url: str, clicks: list[str], seen: dict[str, str]) -> None:
        self.person, self.base_url, self.clicks, self.seen = person, base_url, clicks, seen
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.address, self.file, self.page = "", b"", html.fromstring("<html></html>")

    def open(self, address: str) -> None:
        """Type an address."""
        self._click(f"gõ {address}")
        self._ask(address)

    def _click(self, what: str) -> None:
        self.clicks.append(f"{self.person}: {what}")

    def _ask(self, address: str, data: bytes | None = None, **headers: str) -> None:
        """Ask for an address. Raises NotFound for an answer that is no success."""
        url = urllib.parse.urljoin(self.address or self.base_url, address)
        request = urllib.request.Request(url, data, {"Accept": "text/html", "Referer": self.address or url, **headers})
        try:
            with self.opener.open(request, timeout=120) as answer:
                content = answer.read()
                is_page = answer.headers.get_content_type() == "text/html"
                address = answer.url
        except urllib.error.HTTPError as error:
            said = " ".join(html.fromstring(error.read() or b"<p></p>").text_content().split())
            raise NotFound(f"{self.person}: {url} → {error.code}: {said[:2000]}") from None
        if is_page:
            self.address, self.page = address, html.fromstring(content.decode())
            self.seen[address.removeprefix(self.base_url)] = self.words
        else:
            self.file = content

    @property
    def words(self) -> str:
        """The words of the page, without scripts and pictures."""
        silent = "ancestor::script|ancestor::style|ancestor::svg|ancestor::*[@id='form-drafts']"
        return " ".join(" ".join(self.page.xpath(f"//body//text()[not({silent})]")).split())

    def follow(self, words: str, within: str = "//body") -> None:
        """Click the first link with these words. Raises NotFound."""
        for link in self.page.xpath(f"{within}//a[@href]"):
            if words in said(link):
                self._click(f"mở “{words}”")
                self._ask(link.get("href"))
                return
        raise NotFound(f"{self.person} không thấy liên kết “{words}” ở {self.address}: {self.words[:1500]}")

    def press(self, words: str, *, ticks: bool = False, files: dict[str, Any] | None = None, **typed: str) -> None:
        """Fill in and send the form of the first button with these words; ticks: tick all boxes. Raises NotFound."""
        for button in self.page.xpath("//form//button[@type='submit']|//form//input[@type='submit']"):
            if words in (button.get("value", "") if button.tag == "input" else said(button)):
                break
        else:
            raise NotFound(f"{self.person} không thấy nút “{words}” ở {self.address}: {self.words[:1500]}")
        form = next(button.iterancestors("form"))
        sent = list(fields(form, ticks))
        known = {name for name, _ in sent}
        if unknown := typed.keys() - known:
            raise NotFound(f"{self.person}: biểu có nút “{words}” không có ô {unknown}, chỉ có {sorted(known)}")
        sent = [(name, typed.get(name, value)) for name, value in sent]
        if button.get("name"):
            sent.append((button.get("name"), button.get("value", "")))
        self._click(f"bấm “{words}”")
        action = form.get("action") or self.address
        if (form.get("method") or "get").lower() == "get":
            self._ask(f"{action.partition('?')[0]}?{urllib.parse.urlencode(sent)}")
            return
        content, kind = multipart(sent, files or {})
        self._ask(action, content, **{"Content-Type": kind})


def said(element: Any) -> str:
    return " ".join(element.text_content().split())


def fields(form: Any, ticks: bool) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form as a browser would send them untouched, or with all its boxes ticked."""
    for field in form.xpath(".//input[@name]|.//textarea[@name]|.//select[@name]"):
        kind = field.get("type", "text") if field.tag == "input" else field.tag
        if kind == "select":
            chosen = field.xpath("./option[@selected]|.//option[@selected]") or field.xpath(".//option")[:1]
            yield from ((field.get("name"), option.get("value", "")) for option in chosen)
        elif kind in ("checkbox", "radio"):
            if field.get("checked") is not None or (ticks and kind == "checkbox"):
                yield field.get("name"), field.get("value", "on")
        elif kind == "textarea":
            yield field.get("name"), (field.text or "").removeprefix("\n")
        elif kind not in ("file", "submit", "button"):
            yield field.get("name"), field.get("value", "")


def multipart(sent: list[tuple[str, str]], files: dict[str, Any]) -> tuple[bytes, str]:
    """Return the body of a form and its type."""
    mark = uuid.uuid4().hex
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode() for name, text in sent]
    for name, (file_name, content) in files.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
        parts.append(head.encode() + content)
    return b"\r\n".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"


def as_file(book: Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def slips(page: Any) -> dict[str, str]:
    """Return the codes of printed slips by username."""
    return {said(slip.xpath(".//dd")[0]): said(slip.xpath(".//dd")[1]) for slip in page.find_class("slip")}


def pdf_words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def docx_words(content: bytes) -> str:
    return " ".join(" ".join(Document(BytesIO(content)).element.body.itertext()).split())


def xlsx_words(content: bytes) -> str:
    rows = (row for sheet in load_workbook(BytesIO(content)) for row in sheet.iter_rows(values_only=True))
    return " ".join(str(value) for row in rows for value in row if value is not None)


READERS = {"PDF": pdf_words, "Word": docx_words, "Excel": xlsx_words}


class Province:
    """Hoa Lâm's people, and what they do one after another."""

    def __init__(self, structure: str, stack: Stack) -> None:
        self.structure, self.stack = structure, stack
        # The clicks of everybody, and the words of each page that somebody met, by its address.
        self.clicks: list[str] = []
        self.seen: dict[str, str] = {}
        self.units = units(structure)
        self.communes = [unit for unit in self.units if unit.level == "commune"]
        self.codes: dict[str, str] = {}
        # The words of the published report by its faces.
        self.faces: dict[str, str] = {}
        self.found: list[str] = []

    def serve(self, clock: str) -> None:
        """Serve the product by a clock that starts at this time."""
        self.stack.close()
        self.stack.environment["CLOCK"] = clock
        self.stack.start()

    def browser(self, name: str) -> Browser:
        """Sign a person in with their password; with the code of their slip, and the choice of one, before they have it."""
        browser = Browser(name, self.stack.base_url, self.clicks, self.seen)
        browser.open("/dang-nhap/")
        code = self.codes.pop(name, "")
        browser.press("Đăng nhập", username=name, password=code or PASSWORD)
        if code:
            browser.press("Đổi mật khẩu", old_password=code, new_password1=PASSWORD, new_password2=PASSWORD)
        return browser

    def set_up(self) -> None:
        """The first administrator: province, tree, plan, accounts, start."""
        told = self.stack.manage("first_administrator")
        self.codes["quan-tri"] = re.search(r"nhập một lần: (\S+)", told)[1]
        admin = self.browser("quan-tri")
        admin.follow("Ghi thông tin")
        admin.press(
            "Lưu",
            province="tỉnh Hoa Lâm",
            system_name="Hoa Lâm số",
            standing_agency="Sở Khoa học và Công nghệ",
            support_phone="0201 555 123",
        )
        admin.follow("Nạp cây tổ chức")
        admin.press("Nạp cây tổ chức", files={"tep": ("Cây.xlsx", self.tree())})
        admin.follow("Thiết lập hệ thống")
        admin.follow("Lập kế hoạch")
        admin.press("Lập kế hoạch", year=str(YEAR), number="7/KH-UBND", issued_on=f"05/01/{YEAR}")
        admin.follow("Nạp tệp kế hoạch")
        admin.follow("Tải kế hoạch này")
        admin.press("Kiểm tra tệp", files={"tep": ("Kế hoạch.xlsx", self.plan(admin.file))})
        admin.press("dòng thay đổi")
        admin.follow("Cấp tài khoản")
        admin.press("Mở các tài khoản đã chọn")
        self.codes |= slips(admin.page)
        admin.open(f"/ke-hoach/{YEAR}/")
        admin.press("Bắt đầu thực hiện")

    def tree(self) -> bytes:
        """The file of the tree."""
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(["Mã", "Tên", "Tên ngắn", "Cấp", "Trực thuộc"])
        for unit in self.units:
            sheet.append([unit.code, unit.name, unit.short_name, unit.level, unit.parent])
        return as_file(book)

    def plan(self, downloaded: bytes) -> bytes:
        """The plan's workbook, filled in: one target of the departments, one of the districts where there are any, two of the
        communes; a letterhead and who signs."""
        book = load_workbook(BytesIO(downloaded))

        def add(sheet: str, **cells: Any) -> None:
            columns = {cell.value: cell.column for cell in book[sheet][3]}
            line = book[sheet].max_row + 1
            for title, value in cells.items():
                book[sheet].cell(line, columns[title.replace("__", ", ").replace("_", " ")], value)

        ratio = {"Loại": "Tỷ lệ", "Thời_điểm": "Hiện có cuối kỳ", "Tần_suất": "Hằng tháng", "Đơn_vị_tính": "%"}
        answer = ratio | {"Loại": "Có, không"}
        add("Trụ cột", Mã="I", Tên="Chính quyền số", Thứ_tự=1)
        for number, (label, reporters, kind) in enumerate(self.targets(), 1):
            add("Chỉ tiêu", Trụ_cột="I", Số=number, Nội_dung_chỉ_tiêu=label, Chủ_trì="s1")
            add(
                "Chỉ tiêu thành phần",
                Mã=f"I.{number}",
                Chỉ_tiêu=f"I.{number}",
                Tên=label,
                So_sánh="tối thiểu",
                Ngưỡng=20,
                Hạn_hoàn_thành=f"31/12/{YEAR}",
                Nhóm_báo_cáo=reporters,
                Thứ_tự=number,
                **(ratio if kind == "ratio" else answer),
            )
        add(
            "Mẫu ban hành",
            Tên_mẫu="Sở trình",
            Cơ_quan_chủ_quản="UBND TỈNH HOA LÂM",
            Cơ_quan_ban_hành="SỞ KHOA HỌC VÀ CÔNG NGHỆ",
            Ký_hiệu="BC-SKHCN",
            Địa_danh="Hoa Lâm",
            Kính_gửi="UBND tỉnh Hoa Lâm",
            Nơi_nhận="Như trên\nLưu: VT",
            Dùng_khi_không_chọn="Có",
        )
        add("Người ký", Tên_mẫu="Sở trình", Thứ_tự=1, Quyền_hạn__chức_vụ="GIÁM ĐỐC", Họ_và_tên="Lê Văn Khánh")
        return as_file(book)

    def targets(self) -> list[tuple[str, str, str]]:
        """(name, who reports, kind) of the targets."""
        districts = [("Thủ tục làm trên mạng ở cấp huyện", "@districts", "ratio")] if self.structure == "3-cap" else []
        return [
            ("Hồ sơ nộp trên mạng", "@communes", "ratio"),
            ("Có tổ công nghệ số cộng đồng", "@communes", "yes_no"),
            ("Văn bản ký số", "@departments", "ratio"),
            *districts,
        ]

    def collect(self) -> None:
        """On the day of collecting the administrator makes a standing account and loads what all units have sent; each
        reviewer approves."""
        admin = self.browser("quan-tri")
        admin.open("/quan-tri/agencies/user/")
        admin.follow("s1")
        admin.press("Lưu", **{"user_roles-2-role": "standing"})
        admin.open(f"/ke-hoach/{YEAR}/")
        admin.follow("Nạp số liệu nhiều đơn vị")
        admin.press("Tải biểu")
        admin.press("Kiểm tra tệp", files={"tep": ("Số liệu.xlsx", self.figures(admin.file))})
        admin.press("dòng thay đổi")
        reviewers = ["s1"] + (["h1", "h2", "h3"] if self.structure == "3-cap" else [])
        for name in reviewers:
            reviewer = self.browser(name)
            reviewer.follow("Duyệt phiếu")
            reviewer.press("Duyệt", ticks=True)

    def figures(self, downloaded: bytes) -> bytes:
        """The sheet of July, filled in: commune k has 50 + k of 100k, every department 90 of 100, every district 3 of 4."""
        book = load_workbook(BytesIO(downloaded))
        sheet = book["Số liệu"]
        columns = {cell.value: cell.column for cell in sheet[1]}
        communes = {unit.code: number for number, unit in enumerate(self.communes, 1)}
        for line in range(2, sheet.max_row + 1):
            unit = sheet.cell(line, columns["Mã đơn vị"]).value
            target = sheet.cell(line, columns["Mã chỉ tiêu thành phần"]).value
            if target == "I.2":
                sheet.cell(line, columns["Giá trị"], "Có")
                continue
            number = communes.get(unit)
            parts = (50 + number, 100 * number) if number else (3, 4) if unit.startswith("h") else (90, 100)
            for title, value in zip(("Tử số", "Mẫu số"), parts, strict=True):
                sheet.cell(line, columns[title], value)
        return as_file(book)

    def issue(self) -> None:
        """The standing agency publishes the progress report of July, and opens each of its files."""
        khanh = self.browser("s1")
        khanh.open("/bao-cao/")
        khanh.press("Xem trước", loai="tien-do")
        khanh.press("Lập dự thảo")
        khanh.press("Lưu và xem bản in")
        khanh.press("Phát hành", ticks=True)
        self.faces["trang"] = khanh.words
        for title, read in READERS.items():
            khanh.follow("Tải về", within=f"//ul[contains(@class, 'files')]/li[b='{title}']")
            self.faces[title] = read(khanh.file)

    def faults(self) -> list[str]:
        """Read everything that must hold; return what does not, as sentences."""
        reader = Browser("người đọc", self.stack.base_url, [], {})
        reader.open("/dang-nhap/")
        reader.press("Đăng nhập", username="s1", password=PASSWORD)
        faults = [] if len(self.clicks) <= MOST_CLICKS else [f"Cần {len(self.clicks)} cú bấm, quá {MOST_CLICKS}."]
        chosen = [self.communes[first : first + 5] for first in range(0, len(self.communes), 5)]
        pages = {
            "/co-quan/": self.communes,
            "/xep-hang/?nhom=xa": self.communes,
            "/ma-tran/?nhom=tat-ca": self.communes,
            "/muc-tieu/I.1/": self.communes,
            "/so-sanh/?muc-tieu=I.1": [
                unit for unit in self.units if unit.parent == "ubnd-tinh" and unit.code[0] in "hx"
            ],
            **{f"/so-sanh/?muc-tieu=I.1&co-quan={','.join(unit.code for unit in five)}": five for five in chosen},
        }
        for address, named in pages.items():
            reader.open(address)
            faults += unnamed(address, reader.words, named)
        places = {f"Báo cáo, {face}": text for face, text in self.faces.items()}
        for place, text in places.items():
            faults += unnamed(place, text, self.communes)
            if not re.search(SHARES[self.structure], text):
                faults.append(f"{place}: tỷ lệ của I.1 không phải {SHARES[self.structure]}.")
        foreign = foreign_words()
        for place, text in {**self.seen, **reader.seen, **places}.items():
            faults += [f"{place}: có “{match[0]}”." for match in foreign.finditer(text)]
            if self.structure == "2-cap" and place not in BEFORE_THE_TREE:
                faults += [
                    f"{place}: có “{match[0]}”." for match in re.finditer(".{0,40}huyện.{0,20}", text, re.IGNORECASE)
                ]
        return faults


def unnamed(place: str, text: str, named: list[Unit]) -> list[str]:
    """Return the fault of a place that does not name all of these units, without the sign of their kind."""
    missing = [unit.short_name for unit in named if unit.short_name.partition(" ")[2] not in text]
    return [f"{place}: thiếu {len(missing)} đơn vị, như {missing[0]}."] if missing else []


@contextmanager
def empty_database(database: str, folder: Path) -> Iterator[str]:
    """Give the DATABASE_URL of a database with the schema and no row of ours: a file in the folder, or a database of a
    throwaway cluster, which ends with it."""
    if database == "sqlite":
        schema.copy_to(folder / "db.sqlite3")
        yield f"sqlite:///{folder}/db.sqlite3"
        return
    with closing(Postgres()) as server:
        url = server.url(server.create())
        schema.migrate(url)
        yield url


def run(structure: str, database: str = "sqlite") -> Province:
    """Let a province of a structure (`2-cap`, `3-cap`) go from empty to its published report on a database (`sqlite`,
    `postgres`); its product is stopped afterwards."""
    with tempfile.TemporaryDirectory() as name, empty_database(database, Path(name)) as url:
        stack = Stack(Path(name), DATABASE_URL=url)
        stack.manage("prepare", "--static-only")
        province = Province(structure, stack)
        try:
            province.serve(SET_UP)
            province.set_up()
            province.serve(COLLECT)
            province.collect()
            province.serve(ISSUE)
            province.issue()
            province.found = province.faults()
        finally:
            stack.close()
    return province


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.province", description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=STRUCTURES)
    parser.add_argument("--db", choices=DATABASES, default="sqlite", help="cơ sở dữ liệu (mặc định sqlite)")
    parser.add_argument("--clicks", action="store_true", help="kể từng cú bấm")
    options = parser.parse_args()
    try:
        province = run(STRUCTURES[options.name], options.db)
    except NotFound as missing:
        print(f"KHÔNG ĐẠT: {missing}")
        return 1
    if options.clicks:
        print("\n".join(f"{number:3} {click}" for number, click in enumerate(province.clicks, 1)))
    print(f"{len(province.clicks)} cú bấm của mọi người (tối đa {MOST_CLICKS}): liên kết mở, biểu gửi, địa chỉ gõ.")
    for fault in province.found:
        print(fault)
    print("KHÔNG ĐẠT" if province.found else "ĐẠT: từ máy trống đến báo cáo đã phát hành, đủ các mặt, đủ mọi đơn vị.")
    return 1 if province.found else 0


if __name__ == "__main__":
    sys.exit(main())
