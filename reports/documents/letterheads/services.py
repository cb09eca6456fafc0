"""Writes of letterheads: who may, one transaction, one line in the log."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from agencies.models import User
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.models import DEFINERS
from indicators.periods import plan_guard
from reports.documents.audit_acts import ReportAct
from reports.models import Letterhead


def may_keep(user: User) -> bool:
    """Return True where a user may write letterheads: the standing agency and administrators."""
    return user.is_active and user.holds(*DEFINERS)


@transaction.atomic
def save(*, form: Any, signers: Any, by: User, address: str | None = None) -> Letterhead:
    """Store a letterhead and its signers from valid forms; the usual one before it, where it is the usual one now, is that no more.
    Raises ActionNotAllowed of a closed plan, without the right, and for the removal of who has signed a report."""
    if not may_keep(by):
        raise ActionNotAllowed("Tài khoản không sửa được mẫu ban hành. Không có gì thay đổi.")
    letterhead: Letterhead = form.instance
    plan_guard.require_open(letterhead.plan)
    if letterhead.is_default:
        Letterhead.objects.filter(plan=letterhead.plan, is_default=True).exclude(pk=letterhead.pk).update(
            is_default=False
        )
    form.save()
    signers.instance = letterhead
    try:
        with transaction.atomic():
            signers.save()
    except ProtectedError:
        raise ActionNotAllowed("Người ký đã ký một báo cáo nên không bỏ được. Không có gì thay đổi.") from None
    changed = [str(form.fields[name].label) for name in form.changed_data]
    changed += ["người ký"] if signers.has_changed() else []
    if changed:
        audit(by=by, act=ReportAct.KEEP_LETTERHEAD, label=letterhead.name, address=address, fields=", ".join(changed))
    return letterhead
