"""Pages that people keep for themselves: which addresses can be kept, and what is kept under which name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db import IntegrityError, transaction
from django.urls import Resolver404, resolve

from agencies.models import Agency
from core import clock
from indicators.analysis.nodes import OWN_PREFIX
from indicators.errors import ActionNotAllowed
from projects.queries import GROUP_NOUNS, LATE_CHOICE, STAGES, TIMINGS
from projects.schedule_rules import WORDS as LATENESS
from projects.summary import STAGE_WORDS
from reports.dashboards.queries.agencies import REPORTS
from reports.dashboards.queries.comparison import SORTS as COMPARING
from reports.dashboards.queries.matrix import EMPHASES, GROUP_NAMES
from reports.dashboards.queries.matrix import SORTS as MATRIX
from reports.dashboards.queries.target_rows import SORTS as LINES
from reports.models import SavedView

# The pages that can be kept: those that show figures, by the name of their address.
PAGES = {
    "home": "Trang chính",
    "overview": "Tổng quan",
    "target": "Mục tiêu",
    "explain": "Giải thích mục tiêu",
    "change": "Vì sao thay đổi mục tiêu",
    "agencies": "Cơ quan",
    "agency": "Cơ quan",
    "league": "Xếp hạng",
    "matrix": "Ma trận",
    "compare": "So sánh",
    "projects": "Dự án",
    "project": "Dự án",
    "project_timeline": "Dòng thời gian dự án",
    "project_board": "Bảng dự án",
    "reports": "Báo cáo",
    "search": "Tìm",
}
# Those whose code goes on their name: *Mục tiêu I.12*.
NUMBERED = {PAGES[name] for name in ("target", "explain", "change")}
MOST = 40
LONGEST = SavedView._meta.get_field("address").max_length
PERIOD, BASIS = "ky", "so-lieu"
# What stands in an address and is no part of what the page shows.
PASSING = ("trang", "da-luu")
Names = Mapping[str, str]  # by code: of the agencies that a reader may open


def names_for(user) -> Names:
    """What addresses call by codes. One query."""
    return {agency.code: agency.place_name for agency in Agency.objects.visible_to(user).select_related("parent")}


def _agencies(value: str, names: Names) -> str:
    own = value.startswith(OWN_PREFIX)
    told = [names.get(code, code) for code in value.removeprefix(OWN_PREFIX).split(",")]
    return ("số riêng của " if own else "") + ", ".join(told)


def _of(words: Mapping[str, str], before: str = "") -> Callable[[str, Names], str]:
    """A choice in the words that its page offers it by."""
    return lambda value, names: before + words.get(value, value).lower()


def _said(before: str = "") -> Callable[[str, Names], str]:
    return lambda value, names: before + value


GROUPS = {**GROUP_NAMES, **GROUP_NOUNS}
SORTS = {**MATRIX, **COMPARING, "khong-nop": "Không nộp", "dung-han": "Đúng hạn", "muon": "Muộn"}
SORTS |= {"tra-lai": "Trả lại", "day-du": "Đầy đủ"}
# What a filter of an address says, by its name; others say what they hold.
TOLD: Mapping[str, Callable[[str, Names], str]] = {
    "node": lambda value, names: GROUPS.get(value) or _agencies(value, names),
    "nhom": lambda value, names: GROUPS.get(value) or _agencies(value, names),
    "co-quan": _agencies,
    "tru-cot": _said("trụ cột "),
    "chu-tri": lambda value, names: f"chủ trì {_agencies(value, names)}",
    "sap-xep": _of({name: words for name, (words, _) in LINES.items()}),
    "xep": _of(SORTS),
    "to": _of({name: words for name, (words, _) in EMPHASES.items()}),
    "o": _of({"so": "kèm giá trị"}),
    "phieu": _of({name: words for name, (words, _) in REPORTS.items()}, "phiếu "),
    "che-do": _of({"man-hinh": "màn hình lớn"}),
    "tim": lambda value, names: f"“{value}”",
    "q": lambda value, names: f"“{value}”",
    "neu-k": _said("nếu thêm "),
    "neu-x": _said("nếu đạt "),
    "so-voi": lambda value, names: f"so với {period_words(value)}",
    "thoi-han": _of(TIMINGS),
    "don-vi-bao": _of({code: STAGE_WORDS[stage] for code, stage in STAGES.items()}),
    "tinh-trang": _of({str(state): words for state, words in LATENESS.items()} | {LATE_CHOICE: "cần chú ý"}),
    BASIS: _of({"chinh-thuc": "", "tam-tinh": "số tạm tính"}),
}
# What says nothing: what a page shows without being asked.
USUAL = {("xep", "thu-tu"), ("xep", "hang"), ("xep", "tot"), ("sap-xep", "ke-hoach")}


def period_words(code: str) -> str:
    """`tháng 7 năm 2023` of 2023-07; what is no period stays as it is."""
    year, _, month = code.partition("-")
    return f"tháng {int(month)} năm {year}" if month.isdecimal() and len(month) == 2 else code


@dataclass(frozen=True)
class Address:
    """An address that can be kept. page: what kind of page; about: whose, of whom, how filtered, in words; period: of the
    address, empty for the newest."""

    path: str
    query: tuple[tuple[str, str], ...]
    page: str
    about: str

    @property
    def period(self) -> str:
        return dict(self.query).get(PERIOD, "")

    @property
    def period_words(self) -> str:
        return period_words(self.period)

    @property
    def full(self) -> str:
        return self._with(self.query)

    @property
    def of_newest(self) -> str:
        """The same without its period: it always opens the newest."""
        return self._with([pair for pair in self.query if pair[0] != PERIOD])

    @property
    def suggestion(self) -> str:
        """A name for it: `Ma trận, TP Chí Linh, kèm giá trị`."""
        return self.title[:80]

    @property
    def title(self) -> str:
        """What it shows, in words: `Mục tiêu I.12, TP Chí Linh`."""
        between = " " if self.page in NUMBERED else ", "
        return f"{self.page}{between}{self.about}" if self.about else self.page

    def _with(self, query):
        return f"{self.path}?{urlencode(query)}" if query else self.path


def address_of(text: str, names: Names | None = None) -> Address | None:
    """The address that a text holds, if it is one of this system's pages that can be kept; None for everything else. names: what
    `names_for` the reader says; codes stay codes without them."""
    if not text.startswith("/") or len(text) > LONGEST or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
        found = resolve(parts.path)
    except (ValueError, Resolver404):
        return None
    if parts.scheme or parts.netloc or found.url_name not in PAGES:
        return None
    query = tuple(pair for pair in parse_qsl(parts.query) if pair[0] not in PASSING)
    names = names or {}
    said = [names.get(value, value) for value in map(str, found.kwargs.values())]
    filters = [pair for pair in query if pair[0] != PERIOD and pair not in USUAL]
    said += [TOLD[name](value, names) if name in TOLD else value for name, value in filters]
    address = Address(parts.path, query, PAGES[found.url_name], ", ".join(filter(None, said)))
    return address if len(address.full) <= LONGEST else None


def keep(*, name: str, address: Address, newest: bool, by) -> SavedView:
    """Keep a page under a name; Refused where the name is taken, is none, or there are too many."""
    name = _checked(name)
    if SavedView.objects.filter(user=by).count() >= MOST:
        raise ActionNotAllowed(f"Mỗi người lưu nhiều nhất {MOST} trang. Xóa một trang không còn dùng rồi lưu lại.")
    view = SavedView(user=by, name=name, address=address.of_newest if newest else address.full, made_at=clock.now())
    return _stored(view)


def rename(view: SavedView, *, name: str) -> SavedView:
    """Give a kept page another name; Refused as in `keep`."""
    view.name = _checked(name)
    return _stored(view)


def _checked(name):
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise ActionNotAllowed("Chưa có tên. Gõ một tên để tìm lại trang này.")
    if len(name) > SavedView._meta.get_field("name").max_length:
        raise ActionNotAllowed("Tên dài quá 80 chữ. Gõ tên ngắn hơn.")
    return name


def _stored(view):
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as taken:
        raise ActionNotAllowed(f"Đã có một trang lưu tên “{view.name}”. Chọn tên khác.") from taken
    return view
