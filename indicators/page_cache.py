"""Cache of page bodies: the content of a page without its frame and without data of its reader.

A cached body is never deleted or overwritten. Its key holds everything that the body depends on; for another key the
body is drawn again:

* the page, and the parameters of the address that it uses, checked by the view;
* plan, period and basis;
* the reader's rights: agency and roles, on which every `visible_to` rests. Never the user: the body is drawn for an
  `anonymous_reader_like` them, who has neither name nor key, and its template knows no user, no message and no token;
* the state of the data (`state_of`): the last audit entry that changed something, the last roll-up, whether another is
  pending, whether the figures are a demonstration;
* the day, for deadlines and late reports;
* the code: all of the product's own files.

A change that a page shows and that leaves no audit entry must come with a roll-up, or it is seen ten minutes late
(decision 0134). Where the cache does not answer, is empty or holds something else, the page is drawn again.
"""

import datetime as dt
import hashlib
import logging
import time
import zlib
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any, NamedTuple, NoReturn, Protocol, TypeVar, cast

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db.models import Exists, F, OuterRef, Subquery
from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString, mark_safe

from agencies.http import SignedInRequest
from agencies.models import User
from core import clock
from core.audit.models import AuditChainHead
from indicators.models import Basis, PendingRollup, Plan, ReportingPeriod
from indicators.models.plan import PlanQuerySet

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# Seconds without a query after one that the cache did not answer: a page must not wait for it each time.
SILENCE_SECONDS = 30
CODE = (
    "agencies",
    "chuyendoiso",
    "conclusions",
    "core",
    "data_calls",
    "demo",
    "exchange",
    "guide",
    "indicators",
    "plan_workbook",
    "plans",
    "projects",
    "reports",
    "templates",
)
PAGE_NUMBERS = {str(number) for number in range(1, 100)}
silent_until = 0.0


class PageSelection(Protocol):
    """The plan, period and basis that a page shows (`indicators.selection`)."""

    @property
    def plan(self) -> Plan: ...

    @property
    def period(self) -> ReportingPeriod: ...

    @property
    def basis(self) -> Basis: ...


class DataState(NamedTuple):
    """State of a plan's data at a moment.

    computed_at: time of the last roll-up (None: never); is_pending: another roll-up is pending; is_demo: the
    figures are a demonstration; last_line: hash of the last audit entry that changed something ("": none).
    """

    computed_at: dt.datetime | None
    is_pending: bool
    is_demo: bool
    last_line: str


class _StateColumns(Protocol):
    """The columns that `plans` adds to a plan."""

    rolled_up_at: dt.datetime | None
    has_pending: bool
    last_line: str | None


@cache
def plans() -> PlanQuerySet:
    """Plans with the columns that `state_of` and the page's frame read; the query is built once per process.

    The plan is the first part of the data that a page reads: the parts read later, and cached under this state, are
    never older.
    """
    return Plan.objects.with_neighbours().annotate(
        rolled_up_at=F("rollup_state__computed_at"),
        has_pending=Exists(PendingRollup.objects.filter(plan=OuterRef("pk"))),
        last_line=Subquery(AuditChainHead.objects.values("changed_hash")[:1]),
    )


def state_of(plan: Plan) -> DataState:
    """Return the state of a plan's data at the moment when it was read (one of `plans`)."""
    columns = cast(_StateColumns, plan)
    return DataState(columns.rolled_up_at, columns.has_pending, plan.is_demo, columns.last_line or "")


def anonymous_reader_like(user: User) -> User:
    """Return an unsaved user with this user's agency and roles, on which rights rest, and no other data of them."""
    reader = User(agency=user.agency, is_active=user.is_active, is_superuser=user.is_superuser)
    reader._roles = user.roles
    return reader


class PerUserPlaceholder:
    """Placeholder for per-user data in a cached page body. Any access raises, so that no user's data can be cached for
    others."""

    def _refuse(self, *arguments: object) -> NoReturn:
        raise RuntimeError("Phần thân của trang được giữ lại cho nhiều người, không được đọc thông tin của riêng ai.")

    __getattr__ = __getitem__ = __bool__ = __str__ = __html__ = __iter__ = __len__ = __eq__ = _refuse
    # An unhashable class, as Python itself declares one.
    __hash__ = None  # type: ignore[assignment]


class CachedBody:
    """The body of one page for one reader.

    make: returns the template's context for an `anonymous_reader_like` the reader; called only where nothing is cached,
    after `selection` was read. parameters: names in the address that the body uses, with values that the view has
    checked; others do not reach it. keep: False where the address holds free text, of which there is no end.
    """

    def __init__(
        self,
        request: SignedInRequest,
        selection: PageSelection,
        name: str,
        make: Callable[[User], dict[str, Any]],
        parameters: Iterable[str] = (),
        *,
        keep: bool = True,
        **checked: str,
    ) -> None:
        self.request, self.selection, self.name, self.make = request, selection, name, make
        names = ("ky", "ke-hoach", "nam", "so-lieu", *parameters)
        self.parameters = {key: request.GET[key] for key in names if key in request.GET}
        self.parameters |= checked
        self.keep = keep and not settings.DEBUG  # files change during development
        self.state = state_of(selection.plan)
        # For the frame, which would read it again; HttpRequest has no such attribute.
        request.plan = selection.plan  # type: ignore[attr-defined]

    def key(self, part: str = "") -> str:
        """Return the key of a part of the body: a hash of everything that it depends on."""
        user, selection = self.request.user, self.selection
        parts = (
            self.name,
            part,
            sorted(self.parameters.items()),
            (selection.plan.pk, selection.period.pk, str(selection.basis)),
            (user.agency_id, sorted(user.roles), user.is_active, user.is_superuser),
            self.state,
            clock.today(),
            code(),
        )
        return f"body:{hashlib.sha256(repr(parts).encode()).hexdigest()}"

    def shown(self, draw: Callable[[dict[str, Any]], str], part: str = "") -> SafeString:
        """Return the part of the body from the cache, or drawn from the context and cached.

        part: its name, where a page has several.
        """
        key = self.key(part)
        html = fetch_body(key) if self.keep else None
        if html is None:
            html = draw(self._context)
            if self.keep:
                _keep(key, html)
        return mark_safe(html)

    @cached_property
    def _context(self) -> dict[str, Any]:
        """The template's context, with placeholders for all per-user data."""
        query = QueryDict(mutable=True)
        query.update(self.parameters)
        reader = anonymous_reader_like(self.request.user)
        return {
            "selection": self.selection,
            "request": SimpleNamespace(GET=query, user=reader),
            "frame": SimpleNamespace(is_demo=self.state.is_demo),
            **dict.fromkeys(("user", "perms", "messages", "csrf_token"), PerUserPlaceholder()),
            **self.make(reader),
        }


def remembered(selection: PageSelection, name: str, make: Callable[[], str]) -> str:
    """Return a short answer that rests on the data alone, the same for every reader; cached while data and day are the
    same.

    make: called where nothing is cached.
    """
    plan = selection.plan
    parts = (name, plan.pk, str(selection.basis), state_of(plan), clock.today(), code())
    key = f"answer:{hashlib.sha256(repr(parts).encode()).hexdigest()}"
    answer = None if settings.DEBUG else fetch_body(key)
    if answer is None:
        answer = make()
        if not settings.DEBUG:
            _keep(key, answer)
    return answer


def page_asked(request: HttpRequest) -> str:
    """Return the number of a list's page (`?trang=`), "1" to "99"; "1" for anything else."""
    number = request.GET.get("trang", "")
    return number if number in PAGE_NUMBERS else "1"


class Bytes:
    """Serialiser of bodies in Redis: they are stored as bytes. Data from there is never unpickled."""

    def dumps(self, value: bytes) -> bytes:
        """Return the bytes unchanged."""
        return value

    def loads(self, value: bytes) -> bytes:
        """Return the bytes unchanged."""
        return value


@cache
def code() -> str:
    """Return a hash of the product's own files: a body drawn by another version, or naming its static files, is not
    shown."""
    files = [
        path for folder in CODE for path in (settings.BASE_DIR / folder).rglob("*") if path.suffix in (".py", ".html")
    ]
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    digest = hashlib.sha256()
    for path in [*sorted(files), *([manifest] if manifest.exists() else [])]:
        digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def ask(question: Callable[[BaseCache], Answer], of: str = "pages") -> Answer | None:
    """Return a cache's answer; None where it gives none, which is no reason for a page to fail.

    of: the name of the cache. All caches are one Redis: after a failure none is queried for SILENCE_SECONDS.
    """
    global silent_until
    if time.monotonic() < silent_until:
        return None
    try:
        return question(caches[of])
    except Exception as error:  # any fault of a cache: the page can be drawn without it
        silent_until = time.monotonic() + SILENCE_SECONDS
        log.warning("Bộ nhớ đệm không trả lời (%s); các trang không dùng đến nó.", error)
        return None


def fetch_body(key: str) -> str | None:
    """Return the body stored under the key; None where there is none or the cache holds something else."""
    packed = ask(lambda bodies: bodies.get(key))
    try:
        return zlib.decompress(packed).decode() if packed else None
    except (zlib.error, TypeError, UnicodeDecodeError):
        log.warning("Bộ nhớ đệm trả về nội dung lạ; trang được dựng lại.")
        return None


def _keep(key: str, body: str) -> None:
    """Store a body under the key."""
    packed = zlib.compress(body.encode(), 1)
    ask(lambda bodies: bodies.set(key, packed))
