"""Saved views: the addresses that can be saved, and what each person has saved under which name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db import IntegrityError, transaction
from django.urls import Resolver404, resolve

from agencies.models import Agency, User
from core import clock
from indicators.analysis.nodes import OWN_PREFIX
from indicators.errors import ActionNotAllowed
from indicators.models import PLAN_OF_CODE, period_words
from projects.queries import GROUP_NOUNS, LATE_CHOICE, STAGES, TIMINGS
from projects.schedule_rules import WORDS as LATENESS
from projects.summary import STAGE_WORDS
from reports.dashboards.queries.agencies import REPORTS
from reports.dashboards.queries.comparison import SORTS as COMPARING
from reports.dashboards.queries.matrix import EMPHASES, GROUP_NAMES
from reports.dashboards.queries.matrix import SORTS as MATRIX
from reports.dashboards.queries.target_rows import SORTS as LINES
from reports.models import SavedView

# The pages that can be saved: those that show figures, by the name of their URL pattern.
PAGES = {
    "home": "Trang chính",
    "overview": "Tổng quan",
    "target": "Chỉ tiêu",
    "explain": "Giải thích chỉ tiêu",
    "change": "Vì sao thay đổi chỉ tiêu",
    "agencies": "Cơ quan",
    "agency": "Cơ quan",
    "league": "Kỷ luật nộp báo cáo",
    "results_league": "Xếp hạng theo kết quả",
    "matrix": "Ma trận",
    "compare": "So sánh",
    "projects": "Dự án",
    "project": "Dự án",
    "project_timeline": "Dòng thời gian dự án",
    "project_board": "Bảng dự án",
    "reports": "Báo cáo",
    "search": "Tìm",
}
# The pages whose title continues with a code: *Chỉ tiêu I.12*.
NUMBERED = {PAGES[name] for name in ("target", "explain", "change")}
MOST = 40
LONGEST = SavedView._meta.get_field("address").max_length or 0
LONGEST_NAME = SavedView._meta.get_field("name").max_length or 0
PERIOD, BASIS = "ky", "so-lieu"
# Parameters of an address that are no part of what the page shows.
PASSING = ("trang", "da-luu")
Names = Mapping[str, str]  # by code: of the agencies that a reader may open


def names_for(user: User) -> Names:
    """Return the names behind the codes in addresses. One query."""
    return {agency.code: agency.place_name for agency in Agency.objects.visible_to(user).select_related("parent")}


def _agencies(value: str, names: Names) -> str:
    is_own_figure = value.startswith(OWN_PREFIX)
    names_shown = [names.get(code, code) for code in value.removeprefix(OWN_PREFIX).split(",")]
    return ("số riêng của " if is_own_figure else "") + ", ".join(names_shown)


def _of(labels: Mapping[str, str], before: str = "") -> Callable[[str, Names], str]:
    """Return a function that describes a choice in the words of its page."""
    return lambda value, names: before + labels.get(value, value).lower()


def _prefixed(before: str = "") -> Callable[[str, Names], str]:
    return lambda value, names: before + value


GROUPS = {**GROUP_NAMES, **GROUP_NOUNS}
SORTS = {**MATRIX, **COMPARING, "khong-nop": "Không nộp", "dung-han": "Đúng hạn", "muon": "Muộn"}
SORTS |= {"tra-lai": "Trả lại", "day-du": "Đầy đủ"}
# The words for a filter of an address, by its name; other filters show their value.
TOLD: Mapping[str, Callable[[str, Names], str]] = {
    "node": lambda value, names: GROUPS.get(value) or _agencies(value, names),
    "nhom": lambda value, names: GROUPS.get(value) or _agencies(value, names),
    "co-quan": _agencies,
    "tru-cot": _prefixed("trụ cột "),
    "chu-tri": lambda value, names: f"chủ trì {_agencies(value, names)}",
    "sap-xep": _of({name: label for name, (label, _) in LINES.items()}),
    "xep": _of(SORTS),
    "to": _of({name: label for name, (label, _) in EMPHASES.items()}),
    "o": _of({"so": "kèm giá trị"}),
    "phieu": _of({name: label for name, (label, _) in REPORTS.items()}, "phiếu "),
    "che-do": _of({"man-hinh": "màn hình lớn"}),
    "tim": lambda value, names: f"“{value}”",
    "q": lambda value, names: f"“{value}”",
    "neu-k": _prefixed("nếu thêm "),
    "neu-x": _prefixed("nếu đạt "),
    "so-voi": lambda value, names: f"so với {period_words(value)}",
    "thoi-han": _of(TIMINGS),
    "don-vi-bao": _of({code: STAGE_WORDS[stage] for code, stage in STAGES.items()}),
    "tinh-trang": _of({str(state): label for state, label in LATENESS.items()} | {LATE_CHOICE: "cần xử lý"}),
    BASIS: _of({"chinh-thuc": "", "tam-tinh": "số tạm tính"}),
}
# The defaults of pages, which need no words.
USUAL = {("xep", "thu-tu"), ("xep", "hang"), ("xep", "tot"), ("sap-xep", "ke-hoach")}


@dataclass(frozen=True)
class Address:
    """An address that can be saved. page: the kind of page; about: its subject and filters, in words; period: of the
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
        """The address without its period: it always opens the newest, of the plan where the period's code names one."""
        parts = PLAN_OF_CODE.match(self.period)
        plan = [("ke-hoach", parts["plan"])] if parts and parts["plan"] else []
        return self._with([pair for pair in self.query if pair[0] != PERIOD] + plan)

    @property
    def suggestion(self) -> str:
        """A proposed name: `Ma trận, TP Phú An, kèm giá trị`."""
        return self.title[:80]

    @property
    def title(self) -> str:
        """The content in words: `Chỉ tiêu I.12, TP Phú An`."""
        between = " " if self.page in NUMBERED else ", "
        return f"{self.page}{between}{self.about}" if self.about else self.page

    def _with(self, query: Sequence[tuple[str, str]]) -> str:
        return f"{self.path}?{urlencode(query)}" if query else self.path


def address_of(text: str, names: Names | None = None) -> Address | None:
    """Parse an address of one of this system's pages that can be saved; None for everything else. names: from
    `names_for`; without them codes stay codes."""
    if not text.startswith("/") or len(text) > LONGEST or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
        match = resolve(parts.path)
    except (ValueError, Resolver404):
        return None
    if parts.scheme or parts.netloc or match.url_name not in PAGES:
        return None
    query = tuple(pair for pair in parse_qsl(parts.query) if pair[0] not in PASSING)
    names = names or {}
    parts_of_title = [names.get(value, value) for value in map(str, match.kwargs.values())]
    filters = [pair for pair in query if pair[0] != PERIOD and pair not in USUAL]
    parts_of_title += [TOLD[name](value, names) if name in TOLD else value for name, value in filters]
    address = Address(parts.path, query, PAGES[match.url_name], ", ".join(filter(None, parts_of_title)))
    return address if len(address.full) <= LONGEST else None


def keep(*, name: str, address: Address, newest: bool, by: User) -> SavedView:
    """Save a page under a name. Raises ActionNotAllowed where the name is taken or empty, or there are too many."""
    name = _checked(name)
    if SavedView.objects.filter(user=by).count() >= MOST:
        raise ActionNotAllowed(f"Mỗi người lưu nhiều nhất {MOST} trang. Xóa một trang không còn dùng rồi lưu lại.")
    view = SavedView(user=by, name=name, address=address.of_newest if newest else address.full, made_at=clock.now())
    return _stored(view)


def rename(view: SavedView, *, name: str) -> SavedView:
    """Give a saved page another name. Raises ActionNotAllowed as in `keep`."""
    view.name = _checked(name)
    return _stored(view)


def _checked(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise ActionNotAllowed("Chưa có tên. Gõ một tên để tìm lại trang này.")
    if len(name) > LONGEST_NAME:
        raise ActionNotAllowed("Tên dài quá 80 chữ. Gõ tên ngắn hơn.")
    return name


def _stored(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as taken:
        raise ActionNotAllowed(f"Đã có một trang lưu tên “{view.name}”. Chọn tên khác.") from taken
    return view
