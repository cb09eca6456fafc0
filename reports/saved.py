"""Pages that people keep for themselves: which addresses can be kept, and what is kept under which name."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db import IntegrityError, transaction
from django.urls import Resolver404, resolve

from chuyendoiso import clock
from indicators.services import Refused
from reports.models import SavedView

# The pages that can be kept: those that show figures, by the name of their address.
PAGES = {
    "home": "Trang chính",
    "overview": "Tổng quan",
    "target": "Mục tiêu",
    "explain": "Giải thích",
    "change": "Vì sao thay đổi",
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
MOST = 40
LONGEST = SavedView._meta.get_field("address").max_length
PERIOD, BASIS = "ky", "so-lieu"
# What stands in an address and is no part of what the page shows.
PASSING = ("trang", "da-luu")


@dataclass(frozen=True)
class Address:
    """An address that can be kept. page: what kind of page; about: whose, of whom, how filtered, in short; period: of the
    address, empty for the newest."""

    path: str
    query: tuple[tuple[str, str], ...]
    page: str
    about: str

    @property
    def period(self) -> str:
        return dict(self.query).get(PERIOD, "")

    @property
    def full(self) -> str:
        return self._with(self.query)

    @property
    def of_newest(self) -> str:
        """The same without its period: it always opens the newest."""
        return self._with([pair for pair in self.query if pair[0] != PERIOD])

    @property
    def suggestion(self) -> str:
        """A name for it: `Ma trận: huyen, II`."""
        return f"{self.page}: {self.about}"[:80] if self.about else self.page

    def _with(self, query):
        return f"{self.path}?{urlencode(query)}" if query else self.path


def address_of(text: str) -> Address | None:
    """The address that a text holds, if it is one of this system's pages that can be kept; None for everything else."""
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
    said = [*found.kwargs.values(), *(value for name, value in query if name not in (PERIOD, BASIS))]
    address = Address(parts.path, query, PAGES[found.url_name], ", ".join(map(str, said)))
    return address if len(address.full) <= LONGEST else None


def keep(*, name: str, address: Address, newest: bool, by) -> SavedView:
    """Keep a page under a name; Refused where the name is taken, is none, or there are too many."""
    name = _checked(name)
    if SavedView.objects.filter(user=by).count() >= MOST:
        raise Refused(f"Mỗi người lưu nhiều nhất {MOST} trang. Xóa một trang không còn dùng rồi lưu lại.")
    view = SavedView(user=by, name=name, address=address.of_newest if newest else address.full, made_at=clock.now())
    return _stored(view)


def rename(view: SavedView, *, name: str) -> SavedView:
    """Give a kept page another name; Refused as in `keep`."""
    view.name = _checked(name)
    return _stored(view)


def _checked(name):
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Refused("Chưa có tên. Gõ một tên để tìm lại trang này.")
    if len(name) > SavedView._meta.get_field("name").max_length:
        raise Refused("Tên dài quá 80 chữ. Gõ tên ngắn hơn.")
    return name


def _stored(view):
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as taken:
        raise Refused(f"Đã có một trang lưu tên “{view.name}”. Chọn tên khác.") from taken
    return view
