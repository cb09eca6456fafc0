"""Entering, attaching to and submitting an answer, and the decision of the standing agency on it."""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import prefetch_related_objects

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit
from core.fields import exact_text
from data_calls import notifications
from data_calls.audit_acts import DataCallAct
from data_calls.models import (
    FILES_FOLDER,
    OWING,
    AnswerState,
    CallAnswer,
    CallField,
    CallFile,
    CallValue,
)
from data_calls.services import NOTHING, may_call
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.periods import plan_guard
from indicators.rules.calendar import DAYS_TO_MEND
from indicators.submissions import file_types
from indicators.submissions.attachments import taken_in

Content = Decimal | str | None
CONFLICT = "Có người vừa ghi vào bản trả lời này. Chưa lưu gì; xem lại rồi lưu lần nữa."


def may_fill_in(user: User, answer: CallAnswer) -> bool:
    """Return whether a person may enter an answer: the focal points of its agency, and of its district, who may help (decision
    0071). One query."""
    return user.is_active and Agency.objects.filled_in_by(user).filter(pk=answer.agency_id).exists()


def may_submit(user: User, answer: CallAnswer) -> bool:
    """Return whether a person may submit an answer: the focal points of its agency."""
    return user.is_active and user.agency_id == answer.agency_id and user.holds(Role.FOCAL)


@transaction.atomic
def save(
    *,
    answer: CallAnswer,
    values: Mapping[int, Content],
    by: User,
    seen: int | None = None,
    address: str | None = None,
) -> CallAnswer:
    """Store what was entered, by question; nothing is submitted by it. Raises ActionNotAllowed, EditConflict."""
    stored = _open(answer, by, seen)
    _store(stored, values, by)
    audit(by=by, act=DataCallAct.SAVE_ANSWER, label=str(stored), address=address)
    if by.agency_id != stored.agency_id:
        notifications.filled_in(stored, by=by)
    return stored


@transaction.atomic
def submit(
    *,
    answer: CallAnswer,
    values: Mapping[int, Content],
    by: User,
    seen: int | None = None,
    address: str | None = None,
) -> CallAnswer:
    """Store what was entered and submit it; its lines and their checksum are its receipt. Raises ActionNotAllowed also where a
    required question has no answer, EditConflict."""
    stored = _open(answer, by, seen)
    if not may_submit(by, stored):
        raise ActionNotAllowed(f"Chỉ đầu mối của đơn vị nộp bản trả lời. {NOTHING}")
    _store(stored, values, by)
    prefetch_related_objects([stored], "values", "files")
    fields = list(stored.call.fields.all())
    missing = stored.missing(fields)
    if missing:
        names = "; ".join(field.label for field in missing)
        raise ActionNotAllowed(f"Còn {formatting.number(len(missing))} câu bắt buộc chưa trả lời: {names}. Chưa nộp.")
    now = clock.now()
    stored.state, stored.submitted_at, stored.submitted_by = AnswerState.SUBMITTED, now, by
    stored.first_sent_at = stored.first_sent_at or now
    stored.sha256 = hashlib.sha256(lines(stored, fields).encode()).hexdigest()
    stored.save()
    audit(by=by, act=DataCallAct.SUBMIT, label=str(stored), address=address, sha256=stored.sha256)
    return stored


def lines(answer: CallAnswer, fields: Collection[CallField]) -> str:
    """Return an answer as lines of text, of which the checksum is taken: the receipt's code, then number and answer of each
    question; a number with a decimal point, a line break in words as \\n, a file by its checksum; UTF-8, each line ended by LF."""
    made = [answer.receipt_code]
    for field in fields:
        if field.kind == CallField.Kind.FILE:
            content = ",".join(file.sha256 for file in answer.files.all() if file.field_id == field.pk)
        else:
            value = answer.value_of(field)
            content = "" if value is None else exact_text(value.number) or value.text.replace("\n", "\\n")
        made.append(f"{field.position};{content}")
    return "".join(f"{line}\n" for line in made)


def attach(
    *, answer: CallAnswer, field: CallField, upload: UploadedFile, by: User, address: str | None = None
) -> CallFile:
    """Attach a file to a question: checked, scanned, a photograph without its metadata. The row's `change_message` names what
    was changed in it. Raises ActionNotAllowed."""
    if not may_fill_in(by, answer) or not answer.is_owed:  # before the file is read; again under the lock
        raise ActionNotAllowed(f"Bản trả lời này không nhận tệp nữa. {NOTHING}")
    with taken_in(upload, FILES_FOLDER) as taken, transaction.atomic():
        stored = _open(answer, by, None)
        present = list(stored.files.filter(field=field))
        name = taken.checked.name
        if any(file.sha256 == taken.checked.sha256 for file in present):
            raise ActionNotAllowed(f"{name}: tệp này đã được đính kèm.")
        if len(present) >= file_types.MOST_FILES:
            raise ActionNotAllowed(
                f"{name}: mỗi câu có tối đa {file_types.MOST_FILES} tệp. Gỡ bớt một tệp rồi gửi lại."
            )
        made = CallFile.objects.create(
            answer=stored,
            field=field,
            **taken.checked._asdict(),
            file=taken.stored,
            added_at=clock.now(),
            added_by=by,
        )
        audit(by=by, act=DataCallAct.ATTACH, label=str(stored), address=address, file=name, sha256=made.sha256)
    made.change_message = taken.change_message
    return made


@transaction.atomic
def detach(*, file: CallFile, by: User, address: str | None = None) -> None:
    """Take a file off an answer that is not submitted. Its content goes with the nightly removal. Raises ActionNotAllowed."""
    stored = _open(file.answer, by, None)
    audit(by=by, act=DataCallAct.DETACH, label=str(stored), address=address, file=file.name, sha256=file.sha256)
    file.delete()


@transaction.atomic
def return_answer(
    *, answer: CallAnswer, reason: str, by: User, seen: int | None = None, address: str | None = None
) -> CallAnswer:
    """Send an answer back with a reason; it may be mended for some days at least. Raises ActionNotAllowed, EditConflict."""
    stored = _waiting(answer, by, seen)
    reason = reason.strip()
    if not reason:
        raise ActionNotAllowed("Ghi rõ lý do.")
    stored.return_reason = reason
    stored.until = clock.today() + dt.timedelta(days=DAYS_TO_MEND)
    _decide(stored, AnswerState.RETURNED, DataCallAct.RETURN, by, address)
    return stored


@transaction.atomic
def approve(
    *, answers: Collection[CallAnswer], by: User, seen: int | None = None, address: str | None = None
) -> list[CallAnswer]:
    """Approve answers. Raises ActionNotAllowed for one's own (four eyes) and where one does not wait, EditConflict."""
    done = []
    for answer in answers:
        stored = _waiting(answer, by, seen)
        if stored.submitted_by_id == by.pk:
            raise ActionNotAllowed(
                f"Tài khoản này đã nộp bản trả lời của {stored.agency.full_name}, nên phải do người khác duyệt. {NOTHING}"
            )
        stored.return_reason = ""
        _decide(stored, AnswerState.APPROVED, DataCallAct.APPROVE, by, address)
        done.append(stored)
    return done


def _decide(answer: CallAnswer, state: AnswerState, act: DataCallAct, by: User, address: str | None) -> None:
    answer.state, answer.decided_at, answer.decided_by = state, clock.now(), by
    answer.revision += 1
    answer.save()
    audit(by=by, act=act, label=str(answer), address=address, reason=answer.return_reason)
    notifications.decided(answer, by=by)


def _waiting(answer: CallAnswer, by: User, seen: int | None) -> CallAnswer:
    """Return an answer that waits for a decision, locked."""
    if not may_call(by):
        raise ActionNotAllowed(f"Chỉ cơ quan thường trực duyệt bản trả lời. {NOTHING}")
    stored = _locked(answer, seen)
    if stored.state != AnswerState.SUBMITTED or not stored.call.is_running:
        raise ActionNotAllowed(f"Bản trả lời của {stored.agency.full_name} không chờ duyệt. {NOTHING}")
    return stored


def _open(answer: CallAnswer, by: User, seen: int | None) -> CallAnswer:
    """Return an answer that may be entered, locked."""
    stored = _locked(answer, seen)
    if not may_fill_in(by, stored):
        raise ActionNotAllowed(f"Tài khoản này không nhập bản trả lời của đơn vị này được. {NOTHING}")
    if stored.state not in OWING or not stored.call.is_running:
        raise ActionNotAllowed(f"Bản trả lời này đã nộp, hoặc yêu cầu không còn thu nữa. {NOTHING}")
    return stored


def _locked(answer: CallAnswer, seen: int | None) -> CallAnswer:
    rows = CallAnswer.objects.select_for_update(of=("self",)).select_related("call__plan", "agency__parent")
    stored = rows.get(pk=answer.pk)
    plan_guard.require_open(stored.call.plan, reports=True)
    if seen is not None and seen != stored.revision:
        raise EditConflict(CONFLICT, stored)
    return stored


def _store(answer: CallAnswer, values: Mapping[int, Content], by: User) -> None:
    """Replace the values of an answer."""
    answer.values.all().delete()
    CallValue.objects.bulk_create(
        CallValue(
            answer=answer,
            field_id=field,
            number=content if isinstance(content, Decimal) else None,
            text=content if isinstance(content, str) else "",
        )
        for field, content in values.items()
        if content is not None and content != ""
    )
    answer.edited_at, answer.edited_by, answer.revision = clock.now(), by, answer.revision + 1
    answer.save()
