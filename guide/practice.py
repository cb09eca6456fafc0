"""The practice month (*tập nhập*): the entry form over made-up targets, agency and period.

Nothing of it is stored among the figures: objects of the models are made and never saved, and what a person types lives in
their session, which ends with it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agencies.models import Agency, User
from core import clock
from core.fields import exact_text
from indicators.models import Actual, Comparator, Indicator, Kind, Pillar, Plan, ReportingPeriod, Target, Timing
from indicators.submissions.detail import Earlier, SubmissionDetail, TargetEntry
from indicators.submissions.validation import Figures

KEY = "practice"
MONTH = 8
# (figures of the months before) of each made-up target, and what it is.
EXAMPLES: tuple[tuple[dict[str, Any], list[tuple[int | None, int | None, int | None]]], ...] = (
    (
        {
            "label": "Hồ sơ xử lý trên mạng",
            "kind": Kind.RATIO,
            "timing": Timing.FLOW,
            "unit": "%",
            "comparator": Comparator.GTE,
            "threshold": Decimal(80),
            "numerator_label": "Số hồ sơ xử lý trên mạng",
            "denominator_label": "Tổng số hồ sơ trong kỳ",
        },
        [(118, 152, None), (131, 160, None)],
    ),
    (
        {
            "label": "Người dân có tài khoản thanh toán điện tử",
            "kind": Kind.RATIO,
            "timing": Timing.STOCK,
            "unit": "%",
            "comparator": Comparator.GTE,
            "threshold": Decimal(50),
            "numerator_label": "Số người có tài khoản",
            "denominator_label": "Dân số trưởng thành",
        },
        [(1890, 4210, None), (1970, 4210, None)],
    ),
    (
        {
            "label": "Phản ánh của người dân được trả lời đúng hạn",
            "kind": Kind.RATIO,
            "timing": Timing.RATE,
            "unit": "%",
            "comparator": Comparator.GTE,
            "threshold": Decimal(100),
            "numerator_label": "Số phản ánh trả lời đúng hạn",
            "denominator_label": "Tổng số phản ánh",
        },
        [(12, 12, None), (9, 10, None)],
    ),
    (
        {"label": "Tổ công nghệ số cộng đồng", "kind": Kind.COUNT, "timing": Timing.STOCK, "unit": "tổ"},
        [(None, None, 7), (None, None, 8)],
    ),
    (
        {
            "label": "Trang thông tin điện tử có tin mới hằng tuần",
            "kind": Kind.YES_NO,
            "timing": Timing.STOCK,
            "unit": "%",
            "comparator": Comparator.GTE,
            "threshold": Decimal(100),
        },
        [(None, None, 0), (None, None, 100)],
    ),
)


@dataclass(frozen=True)
class PracticeReport(SubmissionDetail):
    """A made-up report, which is never begun, locked or sent."""

    @property
    def locked(self) -> str | None:
        """None: everything in it may be typed at any time."""
        return None


def report(session: Mapping[str, Any], by: User) -> PracticeReport:
    """Return the made-up report with what the session holds."""
    plan = Plan(year=2000)
    period = ReportingPeriod(
        plan=plan, number=MONTH, window_first=dt.date(2000, 7, 15), window_last=dt.date(2000, 8, 14)
    )
    pillar = Pillar(pk=1, plan=plan, code="TN", title="Chỉ tiêu bịa để tập", position=1)
    figures, now = _read(session), clock.now()
    rows = []
    for number, (features, months) in enumerate(EXAMPLES, 1):
        indicator = Indicator(pk=number, pillar=pillar, number=number)
        target = Target(
            pk=number, plan=plan, indicator=indicator, code=f"TN.{number}", position=number, due=dt.date(2000, 12, 31)
        )
        for name, value in features.items():
            setattr(target, name, value)
        figure = figures.get(target.code)
        actual = None if figure is None else Actual(target=target, entered_at=now, entered_by=by, **figure._asdict())
        earlier = [
            Earlier(MONTH - len(months) + place, _exact(numerator), _exact(denominator), _exact(value), False)
            for place, (numerator, denominator, value) in enumerate(months)
        ]
        rows.append(TargetEntry(target, True, actual, earlier, MONTH))
    return PracticeReport(Agency(code="tap-nhap", name="Tập nhập", short_name="Tập nhập"), period, None, rows)


def store(session: Any, changes: Mapping[Target, Figures | None], by: User) -> dict[int, Actual | None]:
    """Keep changed figures in the session; None takes one away. Return them as the form shows what is stored, by target."""
    figures = _read(session)
    for target, figure in changes.items():
        if figure is None:
            figures.pop(target.code, None)
        else:
            figures[target.code] = figure
    session[KEY] = {
        code: [*map(exact_text, (one.numerator, one.denominator, one.value)), one.nothing_arose, one.note]
        for code, one in figures.items()
    }
    now = clock.now()
    return {
        target.pk: None if one is None else Actual(target=target, entered_at=now, entered_by=by, **one._asdict())
        for target, one in changes.items()
    }


def clear(session: Any) -> None:
    """Begin again without any figure."""
    session.pop(KEY, None)


def _read(session: Mapping[str, Any]) -> dict[str, Figures]:
    return {
        code: Figures(_exact(numerator), _exact(denominator), _exact(value), nothing, note)
        for code, (numerator, denominator, value, nothing, note) in session.get(KEY, {}).items()
    }


def _exact(part: int | str | None) -> Decimal | None:
    return None if part is None else Decimal(part)
