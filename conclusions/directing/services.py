"""Entering documents in the register, changing them, taking them out and bringing them back."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from agencies.models import User
from agencies.roles import Role
from conclusions.audit_acts import DirectingAct
from conclusions.models import DOCUMENTS_FOLDER, DirectingDocument, DirectingFile
from core import clock, formatting
from core.audit.services import audit
from core.removed import services as removed_rows
from core.removed.models import RemovedItem, RemovedItemQuerySet
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Plan
from indicators.periods import plan_guard
from indicators.submissions.attachments import Taken, taken_in

# The kind under which removed documents are kept.
REMOVED = "directing_document"
NOTHING = "Không có gì thay đổi."
CONFLICT = "Có người vừa sửa văn bản này thành “{}”. Chưa lưu gì; xem lại rồi lưu lần nữa."
TWICE = "Văn bản này đã có trong sổ: cùng số, ký hiệu, cơ quan và ngày. Chưa lưu gì."


@dataclass(frozen=True)
class Entry:
    """The fields of a document in the register."""

    kind: str
    number: str
    symbol: str
    issued_on: dt.date
    issuer: str
    title: str


def may_keep(user: User) -> bool:
    """Return whether a person keeps the register: the standing agency."""
    return user.is_active and user.holds(Role.STANDING)


def enter(
    *, plan: Plan, entry: Entry, by: User, upload: UploadedFile | None = None, address: str | None = None
) -> DirectingDocument:
    """Enter a document. Raises ActionNotAllowed without the right, for one that is entered already, for a day to come, and for a
    file that is not accepted."""
    _check_right(by)
    with _taken(upload) as taken, transaction.atomic():
        plan_guard.require_open(plan)
        _check(plan, entry)
        with _once():
            made = DirectingDocument.objects.create(plan=plan, **asdict(entry), entered_at=clock.now(), entered_by=by)
        _attach(made, taken, by, address)
        audit(by=by, act=DirectingAct.ENTER, label=str(made), address=address, changes=_facts(entry))
    return made


def change(
    *,
    document: DirectingDocument,
    entry: Entry,
    by: User,
    upload: UploadedFile | None = None,
    seen: int | None = None,
    address: str | None = None,
) -> DirectingDocument:
    """Change a document; upload: a file in place of the one that it had. seen: the revision that the person looked at. Raises
    ActionNotAllowed, EditConflict where another person changed it in between."""
    _check_right(by)
    with _taken(upload) as taken, transaction.atomic():
        stored = _locked(document, seen)
        _check(stored.plan, entry, stored)
        before = Entry(**{name: getattr(stored, name) for name in asdict(entry)})
        if before == entry and taken is None:
            return stored
        for name, value in asdict(entry).items():
            setattr(stored, name, value)
        stored.revision += 1
        with _once():
            stored.save()
        _attach(stored, taken, by, address)
        old, new = _facts(before), _facts(entry)
        changes = {name: [old[name][1], new[name][1]] for name in new if old[name] != new[name]}
        audit(by=by, act=DirectingAct.CHANGE, label=str(stored), address=address, changes=changes)
    return stored


@transaction.atomic
def remove(*, document: DirectingDocument, by: User, seen: int | None = None, address: str | None = None) -> None:
    """Take a document out of the register; it can be brought back for a month. Raises ActionNotAllowed, EditConflict."""
    _check_right(by)
    stored = _locked(document, seen)
    files = list(DirectingFile.objects.filter(document=stored))
    removed_rows.keep(
        kind=REMOVED,
        place=str(stored.plan_id),
        rows=[stored, *files],
        label=f"{stored}: {stored.title}",
        file=next((file.file.name or "" for file in files), ""),
        by=by,
    )
    label = str(stored)
    stored.delete()
    audit(by=by, act=DirectingAct.REMOVE, label=label, address=address)


def removed_from(plan: Plan) -> RemovedItemQuerySet:
    """Return the documents of a plan's register that can still be brought back."""
    return RemovedItem.objects.restorable(REMOVED, str(plan.pk))


@transaction.atomic
def restore(*, plan: Plan, removed: int, by: User, address: str | None = None) -> DirectingDocument:
    """Bring a document back. Raises ActionNotAllowed where its time is over or it was entered again."""
    _check_right(by)
    plan_guard.require_open(plan)
    item = removed_rows.take(REMOVED, removed, str(plan.pk))
    if item is None:
        raise ActionNotAllowed(f"Văn bản này đã được khôi phục, hoặc đã quá hạn khôi phục. {NOTHING}")
    document, *files = removed_rows.rows_of(item)
    assert isinstance(document, DirectingDocument)
    if _same(plan, document).exists():
        raise ActionNotAllowed(f"Văn bản này đã có trong sổ. {NOTHING}")
    removed_rows.bring_back(item, [document, *files])
    audit(by=by, act=DirectingAct.RESTORE, label=str(document), address=address)
    return document


@contextmanager
def _taken(upload: UploadedFile | None) -> Iterator[Taken | None]:
    if upload is None:
        yield None
        return
    with taken_in(upload, DOCUMENTS_FOLDER) as taken:
        yield taken


@contextmanager
def _once() -> Iterator[None]:
    """Raise ActionNotAllowed where the same document was entered at the same moment."""
    try:
        yield
    except IntegrityError:
        raise ActionNotAllowed(TWICE) from None


def _check_right(by: User) -> None:
    if not may_keep(by):
        raise ActionNotAllowed(f"Chỉ cơ quan thường trực ghi sổ văn bản chỉ đạo. {NOTHING}")


def _locked(document: DirectingDocument, seen: int | None) -> DirectingDocument:
    """Return the document, locked, of a plan that may be written."""
    rows = DirectingDocument.objects.select_for_update(of=("self",)).select_related("plan")
    stored = rows.filter(pk=document.pk).first()
    if stored is None:
        raise ActionNotAllowed(f"Văn bản này không còn trong sổ. {NOTHING}")
    plan_guard.require_open(stored.plan)
    if seen is not None and seen != stored.revision:
        raise EditConflict(CONFLICT.format(f"{stored}, {stored.issuer}: {stored.title}"), stored)
    return stored


def _check(plan: Plan, entry: Entry, itself: DirectingDocument | None = None) -> None:
    if entry.issued_on > clock.today():
        raise ActionNotAllowed("Ngày ban hành chưa tới. Chưa lưu gì; xem lại ngày.")
    others = _same(plan, entry)
    if itself is not None:
        others = others.exclude(pk=itself.pk)
    if others.exists():
        raise ActionNotAllowed(TWICE)


def _same(plan: Plan, entry: Entry | DirectingDocument) -> Any:
    return DirectingDocument.objects.filter(
        plan=plan, number=entry.number, symbol=entry.symbol, issuer=entry.issuer, issued_on=entry.issued_on
    )


def _attach(document: DirectingDocument, taken: Taken | None, by: User, address: str | None) -> None:
    """Store the row of a file in place of the one that the document had, whose content goes with the nightly removal."""
    if taken is None:
        return
    DirectingFile.objects.filter(document=document).delete()
    file = DirectingFile.objects.create(
        document=document, **taken.checked._asdict(), file=taken.stored, added_at=clock.now(), added_by=by
    )
    audit(by=by, act=DirectingAct.ATTACH, label=str(document), address=address, file=file.name, sha256=file.sha256)


def _facts(entry: Entry) -> dict[str, list[str]]:
    kind = DirectingDocument.Kind(entry.kind).label
    return {
        "văn bản": ["", f"{kind} số {entry.number}/{entry.symbol} ngày {formatting.date(entry.issued_on)}"],
        "cơ quan ban hành": ["", entry.issuer],
        "trích yếu": ["", entry.title],
    }
