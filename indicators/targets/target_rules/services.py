"""The plan's rules between targets of one report (docs/decisions/0213): added, corrected, withdrawn, each with a reason."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from agencies.models import User
from core import clock
from core.audit.services import audit
from indicators.audit_acts import PlanAct
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import DEFINERS, Kind, Plan
from indicators.periods import plan_guard
from indicators.rules.consistency import Check, TargetRule, rule_from
from indicators.targets.target_rules.text import sentence

# The fewest and the most targets of one rule.
FEWEST = {Check.SAME_DENOMINATOR: 2, Check.NUMERATOR_WITHIN: 2, Check.COMMUNES: 1}
MOST = {Check.SAME_DENOMINATOR: 8, Check.NUMERATOR_WITHIN: 2, Check.COMMUNES: 8}


def may_change(user: User) -> bool:
    """Return whether a person may change the rules: the standing agency and administrators."""
    return user.is_active and user.holds(*DEFINERS)


@transaction.atomic
def store_rule(
    *,
    plan: Plan,
    rule: TargetRule,
    reason: str,
    by: User,
    number: int | None = None,
    seen: str = "",
    address: str | None = None,
) -> int:
    """Add a rule, or correct the one of this number; return its number, which it keeps for ever.

    seen: the sentence of the rule that the person corrects. It holds at once, in every report that is not closed, and
    changes no figure. Raises ActionNotAllowed without a right, a reason, a change, or for targets that it does not fit;
    EditConflict where another person changed it in between.
    """
    stored = _locked(plan, by, reason)
    _check_targets(stored, rule)
    before = ""
    if number is not None:
        before = _stored_sentence(stored, number, seen)
    after = sentence(rule)
    if any(
        sentence(rule_from(other)) == after
        for place, other in enumerate(stored.target_rules, 1)
        if place != number and not other.get("withdrawn")
    ):
        raise ActionNotAllowed("Quy tắc này đã có. Chưa lưu gì.")
    if before == after:
        raise ActionNotAllowed("Quy tắc không đổi. Chưa lưu gì.")
    row: dict[str, Any] = {"check": rule.check.value, "targets": list(rule.targets), "why": rule.why}
    if number is None:
        stored.target_rules.append(row)
        number = len(stored.target_rules)
    else:
        stored.target_rules[number - 1] = row
    stored.save(update_fields=["target_rules"])
    audit(
        by=by,
        act=PlanAct.CORRECT_RULE if before else PlanAct.ADD_RULE,
        label=f"Quy tắc {number}",
        address=address,
        reason=reason,
        changes={"quy tắc": [before, after]},
    )
    return number


@transaction.atomic
def withdraw_rule(
    *, plan: Plan, number: int, reason: str, by: User, seen: str = "", address: str | None = None
) -> None:
    """Withdraw a rule: it is checked no more, and stays in the list with its reason. Raises ActionNotAllowed,
    EditConflict as `store_rule`."""
    stored = _locked(plan, by, reason)
    before = _stored_sentence(stored, number, seen)
    stored.target_rules[number - 1]["withdrawn"] = {"on": clock.today().isoformat(), "reason": reason}
    stored.save(update_fields=["target_rules"])
    audit(
        by=by,
        act=PlanAct.WITHDRAW_RULE,
        label=f"Quy tắc {number}",
        address=address,
        reason=reason,
        changes={"quy tắc": [before, ""]},
    )


def _locked(plan: Plan, by: User, reason: str) -> Plan:
    if not may_change(by):
        raise ActionNotAllowed("Tài khoản không sửa được quy tắc giữa các chỉ tiêu. Không có gì thay đổi.")
    if not reason.strip():
        raise ActionNotAllowed("Ghi rõ lý do.")
    locked = Plan.objects.select_for_update().get(pk=plan.pk)
    plan_guard.require_open(locked)
    return locked


def _stored_sentence(plan: Plan, number: int, seen: str) -> str:
    """Return the sentence of a rule in force. Raises ActionNotAllowed where there is none, EditConflict where it is not
    the one that the person saw."""
    rules = plan.target_rules
    if not 1 <= number <= len(rules) or rules[number - 1].get("withdrawn"):
        raise ActionNotAllowed("Quy tắc này không còn hiệu lực. Chưa thay đổi gì.")
    current = sentence(rule_from(rules[number - 1]))
    if seen and seen != current:
        raise EditConflict("Có người vừa sửa quy tắc này. Chưa lưu gì; xem lại rồi lưu lần nữa.", plan)
    return current


def _check_targets(plan: Plan, rule: TargetRule) -> None:
    """Raise ActionNotAllowed where the rule's targets are too few, too many, twice the same, or no ratios of the plan."""
    codes: Sequence[str] = rule.targets
    if len(set(codes)) < len(codes):
        raise ActionNotAllowed("Mỗi chỉ tiêu chỉ chọn một lần. Chưa lưu gì.")
    fewest, most = FEWEST[rule.check], MOST[rule.check]
    if not fewest <= len(codes) <= most:
        wanted = f"đúng {fewest}" if fewest == most else f"từ {fewest} đến {most}"
        raise ActionNotAllowed(f"Quy tắc này cần {wanted} chỉ tiêu. Chưa lưu gì.")
    ratios = set(plan.targets.filter(kind=Kind.RATIO, code__in=codes).values_list("code", flat=True))
    unfit = [code for code in codes if code not in ratios]
    if unfit:
        raise ActionNotAllowed(f"{', '.join(unfit)} không phải chỉ tiêu tỷ lệ của kế hoạch này. Chưa lưu gì.")
    if not rule.why.strip():
        raise ActionNotAllowed("Ghi vì sao có quy tắc này.")
