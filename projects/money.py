"""Contract values and payments, added up. Pure.

A share is taken only over reports that state both amounts: a payment without a known contract is no part of any known
one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core import formatting
from indicators.submissions.kinds import share_of

# The rule in words, for the notes of tables.
RULE = "Tỷ lệ giải ngân chỉ tính trên dự án, nhiệm vụ đã ghi cả giá trị hợp đồng và số đã giải ngân; phần còn lại nêu riêng."


@dataclass(frozen=True)
class Money:
    """Amounts in đồng. contract_value, disbursed: sums of all that are stated, None where none is; `paid` of
    `contracted`: the same where both are stated, by `both` projects; unpaid, uncontracted: contracts without a stated
    payment and payments without a stated contract, each with the number of its projects."""

    contract_value: int | None = None
    disbursed: int | None = None
    paid: int = 0
    contracted: int = 0
    both: int = 0
    unpaid: int = 0
    unpaid_count: int = 0
    uncontracted: int = 0
    uncontracted_count: int = 0

    @property
    def is_known(self) -> bool:
        """True where any amount is stated."""
        return self.contract_value is not None or self.disbursed is not None

    @property
    def share(self) -> Decimal | None:
        """The percentage of the contracts that is paid, where both are stated; None where nowhere."""
        return share_of(Decimal(self.paid), Decimal(self.contracted))

    @property
    def share_is_of_some(self) -> bool:
        """True where other projects state one amount only, so that the share is not of all sums shown."""
        return bool(self.unpaid_count or self.uncontracted_count)

    @property
    def words(self) -> str:
        """The amounts as a sentence; empty where nothing is stated."""
        if not self.is_known:
            return ""
        clauses = []
        if self.both:
            share = f" ({formatting.percent(self.share)})" if self.share is not None else ""
            clause = f"đã giải ngân {_dong(self.paid)} trên {_dong(self.contracted)} giá trị hợp đồng{share}"
            if self.share_is_of_some:
                clause += f", tính trên {_works(self.both)} đã ghi cả hai số"
            clauses.append(clause)
        if self.uncontracted_count:
            clauses.append(
                f"{_works(self.uncontracted_count)} chưa ghi giá trị hợp đồng đã giải ngân {_dong(self.uncontracted)}"
            )
        if self.unpaid_count:
            clauses.append(f"{_works(self.unpaid_count)} có hợp đồng {_dong(self.unpaid)}, chưa ghi số đã giải ngân")
        text = "; ".join(clauses)
        return f"{text[:1].upper()}{text[1:]}."


def of_project(stated: Iterable[tuple[int | None, int | None]]) -> Money:
    """Add up one project's money, from the (contract value, disbursed) that each of its leads states."""
    stated = list(stated)
    both = [(contract, paid) for contract, paid in stated if contract is not None and paid is not None]
    unpaid = [contract for contract, paid in stated if contract is not None and paid is None]
    uncontracted = [paid for contract, paid in stated if contract is None and paid is not None]
    return Money(
        contract_value=total(contract for contract, _ in stated),
        disbursed=total(paid for _, paid in stated),
        paid=sum(paid for _, paid in both),
        contracted=sum(contract for contract, _ in both),
        both=int(bool(both)),
        unpaid=sum(unpaid),
        unpaid_count=int(bool(unpaid)),
        uncontracted=sum(uncontracted),
        uncontracted_count=int(bool(uncontracted)),
    )


def together(projects: Iterable[Money]) -> Money:
    """Add up the money of several projects."""
    projects = list(projects)
    sums = {
        name: sum(getattr(one, name) for one in projects)
        for name in ("paid", "contracted", "both", "unpaid", "unpaid_count", "uncontracted", "uncontracted_count")
    }
    return Money(
        contract_value=total(one.contract_value for one in projects),
        disbursed=total(one.disbursed for one in projects),
        **sums,
    )


def total(amounts: Iterable[int | None]) -> int | None:
    """Add up amounts in đồng; None where none is known; zero is an amount."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _dong(amount: int) -> str:
    return formatting.with_unit(formatting.number(amount), "đồng")


def _works(number: int) -> str:
    return f"{formatting.number(number)} dự án, nhiệm vụ"
