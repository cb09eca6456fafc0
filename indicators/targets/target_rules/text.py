"""Rules between targets in words, and as rows of their list."""

import datetime as dt
from dataclasses import dataclass

from indicators.models import Plan
from indicators.rules.consistency import Check, TargetRule, rule_from

CHECK_WORDS = {
    Check.SAME_DENOMINATOR: "Cùng một mẫu số",
    Check.NUMERATOR_WITHIN: "Tử số của chỉ tiêu thứ nhất không lớn hơn tử số của chỉ tiêu thứ hai",
    Check.COMMUNES: "Mẫu số là số đơn vị hành chính cấp xã",
}


@dataclass(frozen=True)
class RuleRow:
    """A stored rule with its number in the list; withdrawn_on: None while it holds."""

    number: int
    rule: TargetRule
    sentence: str
    withdrawn_on: dt.date | None = None
    withdrawn_reason: str = ""


def condition(rule: TargetRule) -> str:
    """Return what a rule asks, without its reason: `Tử số I.15 không lớn hơn tử số I.14`."""
    codes = rule.targets
    if rule.check == Check.NUMERATOR_WITHIN:
        return f"Tử số {codes[0]} không lớn hơn tử số {codes[1]}"
    named = codes[0] if len(codes) == 1 else f"{', '.join(codes[:-1])} và {codes[-1]}"
    if rule.check == Check.SAME_DENOMINATOR:
        return f"{named} cùng một mẫu số"
    return f"Mẫu số {named} là số đơn vị hành chính cấp xã"


def sentence(rule: TargetRule) -> str:
    """Return a rule with its reason: `III.4 và III.7 cùng một mẫu số: cùng một dân số trưởng thành`."""
    return f"{condition(rule)}: {rule.why}"


def rows(plan: Plan) -> list[RuleRow]:
    """Return all rules of a plan in their order, withdrawn ones too. No query."""
    listed = []
    for number, stored in enumerate(plan.target_rules, start=1):
        rule, withdrawn = rule_from(stored), stored.get("withdrawn")
        listed.append(
            RuleRow(
                number,
                rule,
                sentence(rule),
                dt.date.fromisoformat(withdrawn["on"]) if withdrawn else None,
                withdrawn["reason"] if withdrawn else "",
            )
        )
    return listed


def of_target(plan: Plan, code: str) -> list[RuleRow]:
    """Return the rules in force that a target takes part in. No query."""
    return [row for row in rows(plan) if row.withdrawn_on is None and code in row.rule.targets]
