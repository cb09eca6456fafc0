"""The list of data calls, the table of a call's answers with its sums, and what a report tells of calls."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from agencies.models import User
from core import clock, formatting
from core.forms import FilterChoice
from data_calls.models import OWING, SENT, AnswerState, CallAnswer, CallField, CallState, DataCall
from indicators.models import Plan

# The filters of a call's table: name in the address, label, states.
VIEWS = {
    "": ("Tất cả", tuple(AnswerState)),
    "chua-nop": ("Chưa nộp, trả lại", OWING),
    "cho-duyet": ("Chờ duyệt", (AnswerState.SUBMITTED,)),
    "da-duyet": ("Đã duyệt", (AnswerState.APPROVED,)),
}


@dataclass(frozen=True)
class CallLine:
    """A call in the list. agencies, sent, approved: how many agencies are asked, have sent, are approved; answer: of the reader's
    own agency, if it is asked."""

    call: DataCall
    agencies: int
    sent: int
    approved: int
    answer: CallAnswer | None


@dataclass(frozen=True)
class Total:
    """The sum of the answers to a question, in words; number: the sum of numbers, None for others."""

    field: CallField
    text: str
    number: Decimal | None = None


@dataclass(frozen=True)
class CallTable:
    """The answers to a call. rows: those of the chosen filter; approved, sent: the totals of each question over the answers that
    are approved, and over those that are sent at all; today: states are of this day."""

    call: DataCall
    fields: tuple[CallField, ...]
    rows: tuple[CallAnswer, ...]
    everything: tuple[CallAnswer, ...]
    views: tuple[FilterChoice, ...]
    approved: tuple[Total, ...]
    sent: tuple[Total, ...]
    today: dt.date

    @property
    def owing(self) -> list[CallAnswer]:
        """Those who have not answered, or must mend."""
        return [answer for answer in self.everything if answer.state in OWING]

    @property
    def sent_count(self) -> int:
        return sum(answer.is_sent for answer in self.everything)

    @property
    def approved_count(self) -> int:
        return sum(answer.state == AnswerState.APPROVED for answer in self.everything)

    @property
    def asked_count(self) -> int:
        """The number of agencies that are asked; one that ended is not counted beside its successors."""
        return sum(answer.state != AnswerState.MOVED for answer in self.everything)

    @property
    def waiting(self) -> list[CallAnswer]:
        return [answer for answer in self.everything if answer.state == AnswerState.SUBMITTED]


def call_list(plan: Plan, user: User) -> list[CallLine]:
    """Return the calls of a plan that a user may open, running ones first. Two queries at most."""
    calls = list(
        DataCall.objects.filter(plan=plan)
        .visible_to(user)
        .select_related("plan", "made_by")
        .annotate(
            agency_count=Count("answers", filter=~Q(answers__state=AnswerState.MOVED)),
            sent_count=Count("answers", filter=Q(answers__state__in=SENT)),
            approved_count=Count("answers", filter=Q(answers__state=AnswerState.APPROVED)),
        )
    )
    answers: dict[int, CallAnswer] = {}
    if user.agency_id and calls:
        mine = CallAnswer.objects.filter(call__in=[call.pk for call in calls], agency=user.agency_id)
        answers = {answer.call_id: answer for answer in mine.with_all()}
    order = {CallState.DRAFT: 0, CallState.SENT: 1, CallState.CLOSED: 2, CallState.WITHDRAWN: 3}
    lines = [
        CallLine(call, call.agency_count, call.sent_count, call.approved_count, answers.get(call.pk)) for call in calls
    ]
    return sorted(lines, key=lambda line: (order[CallState(line.call.state)], line.call.due, -line.call.pk))


def call_table(call: DataCall, view: str = "") -> CallTable:
    """Return the answers to a call with their sums. Four queries."""
    fields = tuple(call.fields.all())
    everything = tuple(call.answers.select_related("agency__parent", "submitted_by", "asked_for").with_values())
    for answer in everything:
        answer.call = call
    approved = [answer for answer in everything if answer.state == AnswerState.APPROVED]
    sent = [answer for answer in everything if answer.is_sent]
    return CallTable(
        call=call,
        fields=fields,
        rows=tuple(answer for answer in everything if answer.state in VIEWS[view][1]),
        everything=everything,
        views=tuple(
            FilterChoice(code, label, sum(answer.state in states for answer in everything))
            for code, (label, states) in VIEWS.items()
        ),
        approved=totals(fields, approved),
        sent=totals(fields, sent),
        today=clock.today(),
    )


def totals(fields: Iterable[CallField], answers: Sequence[CallAnswer]) -> tuple[Total, ...]:
    """Return the sum of each number, and how often each choice was made: `Có 12; Không 3`. Needs the values."""
    return tuple(_total(field, answers) for field in fields)


def _total(field: CallField, answers: Sequence[CallAnswer]) -> Total:
    values = [value for answer in answers if (value := answer.value_of(field)) is not None]
    if field.kind == CallField.Kind.NUMBER:
        numbers = [value.number for value in values if value.number is not None]
        total = sum(numbers, Decimal(0)) if numbers else None
        return Total(field, formatting.number(total), total)
    if field.options:
        counts = Counter(value.text for value in values)
        parts = [f"{option} {formatting.number(counts[option])}" for option in field.options if counts[option]]
        return Total(field, "; ".join(parts))
    return Total(field, "")


def for_report(plan: Plan, *, first: dt.date, last: dt.date) -> list[CallTable]:
    """Return the calls that were chosen for the province's progress report and fall due within these days, by their day. One
    query, and four for each call."""
    calls = DataCall.objects.filter(
        plan=plan, in_reports=True, state__in=[CallState.SENT, CallState.CLOSED], due__range=(first, last)
    )
    return [call_table(call) for call in calls.select_related("plan").order_by("due", "pk")]
