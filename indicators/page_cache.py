"""The bodies of pages, kept until something changes: what a page shows without its frame, and without who reads it.

Nothing that is kept is ever dropped or written over. The key says all that a body depends on, and what is asked for under
another key is made anew:

* the page, and what of its address it heeds, checked by the view;
* plan, period and basis;
* whose eyes: an agency and roles, on which every `visible_to` rests. Never a person: the body is made for an
  `anonymous_reader_like` them, who has neither name nor key, and its template knows no user, no message and no token;
* the state of the data (`state_of`): the last line of the log that changed something, the last roll-up, whether another is
  owed, whether the figures are made up;
* the day, for deadlines and what is late;
* the code: all of the product's own files.

What changes a page and leaves no line in the log must come with a roll-up, or it is seen ten minutes late (decision 0134). A
cache that does not answer, is empty or holds something else is a page made anew.
"""

import datetime as dt
import hashlib
import logging
import time
import zlib
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from types import SimpleNamespace
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from agencies.models import User
from core import clock
from core.audit.models import AuditChainHead
from indicators.models import PendingRollup, Plan

log = logging.getLogger(__name__)

# A cache that did not answer is not asked again for so many seconds: a page must not wait for it each time.
SILENCE_SECONDS = 30
CODE = ("agencies", "chuyendoiso", "indicators", "projects", "reports", "templates")
PAGE_NUMBERS = {str(number) for number in range(1, 100)}
_asked_again_at = 0.0


class DataState(NamedTuple):
    """A plan's data at a moment: when it was rolled up, whether more is owed, whether its figures are made up, and the hash of
    the last line of the log that changed something ("": none)."""

    made_at: dt.datetime | None
    is_pending: bool
    illustrative: bool
    last_line: str


@cache
def plans() -> QuerySet[Plan]:
    """Plans with what `state_of` reads, put together once a process. The plan is the first thing that a page reads of the
    data: what it reads later, and keeps under this state, is never older."""
    return Plan.objects.annotate(
        rolled_up_at=F("rollup_state__made_at"),
        owes=Exists(PendingRollup.objects.filter(plan=OuterRef("pk"))),
        last_line=Subquery(AuditChainHead.objects.values("changed_hash")[:1]),
    )


def state_of(plan: Plan) -> DataState:
    """The state of a plan's data when it was read (one of `plans`)."""
    return DataState(plan.rolled_up_at, plan.owes, plan.is_demo, plan.last_line or "")


def anonymous_reader_like(user) -> User:
    """Somebody of a person's agency, with his roles, and nothing else of him: all that decides what he may see."""
    reader = User(agency=user.agency, is_active=user.is_active, is_superuser=user.is_superuser)
    reader._roles = user.roles
    return reader


class PerUserPlaceholder:
    """Stands in a body's template for what is one reader's own: whoever looks at it stops the page, and its tests."""

    def _refuse(self, *arguments):
        raise RuntimeError("Phần thân của trang được giữ lại cho nhiều người, không được đọc thông tin của riêng ai.")

    __getattr__ = __getitem__ = __bool__ = __str__ = __html__ = __iter__ = __len__ = __eq__ = _refuse
    __hash__ = None


class CachedBody:
    """The body of one page for one reader. `asked`: names in the address that it heeds, with values that the view has checked;
    others do not reach it. make: given an `anonymous_reader_like`, the template's context; called where nothing is kept, after
    `selection` was read. keep: False where the address holds what anybody may type, of which there is no end."""

    def __init__(
        self,
        request,
        selection,
        name: str,
        make: Callable[[User], dict],
        asked: Iterable[str] = (),
        *,
        keep: bool = True,
        **checked: str,
    ):
        self.request, self.selection, self.name, self.make = request, selection, name, make
        self.asked = {key: request.GET[key] for key in ("ky", "so-lieu", *asked) if key in request.GET}
        self.asked |= checked
        self.keep = keep and not settings.DEBUG  # files change under a product that is being written
        self.state = state_of(selection.plan)
        request.plan = selection.plan  # for the frame, which would read it again

    def key(self, part: str = "") -> str:
        """All that a part of the body depends on, as one name."""
        user, selection = self.request.user, self.selection
        parts = (
            self.name,
            part,
            sorted(self.asked.items()),
            (selection.plan.pk, selection.period.pk, str(selection.basis)),
            (user.agency_id, sorted(user.roles), user.is_active, user.is_superuser),
            self.state,
            clock.today(),
            code(),
        )
        return f"body:{hashlib.sha256(repr(parts).encode()).hexdigest()}"

    def shown(self, draw: Callable[[dict], str], part: str = "") -> SafeString:
        """What is kept under the key, else what `draw` makes of the context, kept from now on. part: its name, where a page
        has several."""
        key = self.key(part)
        found = _fetch(key) if self.keep else None
        if found is None:
            found = draw(self._context)
            if self.keep:
                _keep(key, found)
        return mark_safe(found)

    @cached_property
    def _context(self):
        query = QueryDict(mutable=True)
        query.update(self.asked)
        reader = anonymous_reader_like(self.request.user)
        return {
            "selection": self.selection,
            "request": SimpleNamespace(GET=query, user=reader),
            "shell": SimpleNamespace(illustrative=self.state.illustrative),
            **dict.fromkeys(("user", "perms", "messages", "csrf_token"), PerUserPlaceholder()),
            **self.make(reader),
        }


def remembered(selection, name: str, make: Callable[[], str]) -> str:
    """A short answer that rests on the data alone, the same for every reader, kept as long as the data and the day are what
    they were. make: called where nothing is kept."""
    plan = selection.plan
    parts = (name, plan.pk, str(selection.basis), state_of(plan), clock.today(), code())
    key = f"answer:{hashlib.sha256(repr(parts).encode()).hexdigest()}"
    found = None if settings.DEBUG else _fetch(key)
    if found is None:
        found = make()
        if not settings.DEBUG:
            _keep(key, found)
    return found


def page_asked(request) -> str:
    """The number of a list's page (`?trang=`), 1 to 99."""
    asked = request.GET.get("trang", "")
    return asked if asked in PAGE_NUMBERS else "1"


class Bytes:
    """How bodies lie in Redis: as the bytes that they are. Nothing that comes from there is ever unpickled."""

    def dumps(self, value):
        return value

    def loads(self, value):
        return value


@cache
def code() -> str:
    """A hash of the product's own files: bodies that another version drew, or that name its static files, are not shown."""
    files = [
        path for folder in CODE for path in (settings.BASE_DIR / folder).rglob("*") if path.suffix in (".py", ".html")
    ]
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    digest = hashlib.sha256()
    for path in [*sorted(files), *([manifest] if manifest.exists() else [])]:
        digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def ask(question: Callable[[BaseCache], object], of: str = "pages"):
    """What a cache (`of`: its name) answers; None where it gives no answer, which is no reason for a page to fail. All caches
    are one Redis: where one was silent, none is asked again for a while."""
    global _asked_again_at
    if time.monotonic() < _asked_again_at:
        return None
    try:
        return question(caches[of])
    except Exception as error:  # whatever is wrong with a cache, the page can be made without it
        _asked_again_at = time.monotonic() + SILENCE_SECONDS
        log.warning("Bộ nhớ đệm không trả lời (%s); các trang không dùng đến nó.", error)
        return None


def _fetch(key):
    packed = ask(lambda bodies: bodies.get(key))
    try:
        return zlib.decompress(packed).decode() if packed else None
    except (zlib.error, TypeError, UnicodeDecodeError):
        log.warning("Bộ nhớ đệm trả về nội dung lạ; trang được dựng lại.")
        return None


def _keep(key, body):
    packed = zlib.compress(body.encode(), 1)
    ask(lambda bodies: bodies.set(key, packed))
