"""The reviewer's decision on a submission: approve, or return the whole or single figures with reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict

from core import formatting, texts
from indicators.models import ReturnedFigure, ReturnReason, Target
from indicators.review.threads import Thread
from indicators.submissions.detail import SubmissionDetail, TargetEntry
from indicators.submissions.forms import LONGEST_TEXT, clean_text
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.parts import label_of


def reasons_for(target: Target) -> list[ReturnReason]:
    """Return the reasons of the list that apply to a target's figure."""
    ratio_only, others_only = {ReturnReason.NUMERATOR, ReturnReason.DENOMINATOR}, {ReturnReason.VALUE}
    unfit = others_only if target.rules.has_parts else ratio_only
    return [reason for reason in ReturnReason if reason not in unfit]


def _chosen(code: str) -> ReturnReason | None:
    return ReturnReason(code) if code in ReturnReason.values else None


def _unsaid(code: ReturnReason | None, explanation: str) -> str:
    """Return the missing part of a reason; empty where it is complete."""
    if code is None or not explanation:
        return "Chọn một lý do trong danh sách và ghi rõ cần sửa gì."
    if len(explanation) > LONGEST_TEXT - 100:
        return f"Lý do dài quá {formatting.number(LONGEST_TEXT - 100)} ký tự."
    return f"{texts.TCVN3_ADVICE}." if texts.looks_like_tcvn3(explanation) else ""


# The title of the figures that a reviewer looks at before the others.
FIRST = "Cần xem trước"
# Reasons of the list that apply to a report's other parts.
PART_REASONS = (
    ReturnReason.EVIDENCE,
    ReturnReason.DEVIATION,
    ReturnReason.WINDOW,
    ReturnReason.MISSING,
    ReturnReason.OTHER,
)


@dataclass
class DecisionPart:
    """An item of the report's other parts, returned with a reason of the list and an explanation."""

    code: ReturnReason | None
    explanation: str
    error: str = ""


@dataclass
class DecisionRow:
    """A figure under review, also a missing one: left as it is, or returned with a reason of the list and an
    explanation.

    before: its last return; thread: the comments on it.
    """

    row: TargetEntry
    is_returned: bool = False
    code: ReturnReason | None = None
    explanation: str = ""
    error: str = ""
    before: ReturnedFigure | None = None
    thread: Thread = field(default_factory=Thread)

    @property
    def was_mended(self) -> bool:
        """True where it was returned the last time and has changed since; a file also corrects missing evidence."""
        before = self.before
        if before is None:
            return False
        if self.row.actual is not None and self.row.actual.entered_at > before.at:
            return True
        lacked = before.code == ReturnReason.EVIDENCE
        return lacked and any(file.added_at >= before.at for file in self.row.files)

    @property
    def is_flagged(self) -> bool:
        """True where the figure is flagged, or doubted by the lead agency."""
        return bool(self.row.flags) or self.thread.is_doubted

    @property
    def needs_look(self) -> bool:
        """True where it is flagged, or was returned the last time."""
        return self.is_flagged or self.before is not None

    @property
    def reasons(self) -> list[ReturnReason]:
        """The reasons of the list that apply to the figure."""
        return reasons_for(self.row.target)


class DecisionForm:
    """A reviewer's decision on a report: `act`, one reason for the whole and one for each returned figure.

    parts: by code, the reasons of returned items beside the figures (`submissions.parts`).
    """

    reasons = tuple(ReturnReason)

    def __init__(self, sheet: SubmissionDetail, data: QueryDict | None = None) -> None:
        self.sheet = sheet
        given = data or QueryDict()
        self.act = given.get("act", "")
        self.code = _chosen(given.get("code", ""))
        self.reason = clean_text(given.get("reason", ""))
        self.error = ""
        self.rows = [_decision(row, given) for row in sheet.rows]
        names = [name.removeprefix("part-") for name in given if name.startswith("part-")]
        typed = {name: _decision_part(name, given) for name in names}
        self.parts = {name: part for name, part in typed.items() if part.code or part.explanation}

    def recall(self, settled: Iterable[ReturnedFigure], threads: Mapping[tuple[int, int], Thread]) -> None:
        """Set on each row its earlier returns, oldest first, and the comments on it."""
        by_target = {row.row.target.pk: row for row in self.rows}
        for (_, target), thread in threads.items():
            if target in by_target:
                by_target[target].thread = thread
        for returned in settled:
            if returned.target_id in by_target:
                by_target[returned.target_id].before = returned

    @property
    def returned(self) -> list[DecisionRow]:
        """Rows that are returned."""
        return [row for row in self.rows if row.is_returned]

    @property
    def cells(self) -> dict[int, ReasonForReturn]:
        """Reasons by target."""
        return {
            row.row.target.pk: ReasonForReturn(row.code or ReturnReason.OTHER, row.explanation) for row in self.returned
        }

    @property
    def parts_back(self) -> dict[str, ReasonForReturn]:
        """Reasons by item."""
        return {
            name: ReasonForReturn(part.code or ReturnReason.OTHER, part.explanation)
            for name, part in self.parts.items()
        }

    @property
    def whole_code(self) -> ReturnReason:
        """The reason of the list for the whole report; OTHER where single figures are returned."""
        return self.code or ReturnReason.OTHER

    @property
    def whole_reason(self) -> str:
        """The explanation for the whole report: as typed, else the figures to correct."""
        codes = [row.row.target.code for row in self.returned] + [label_of(code) for code in self.parts]
        if self.reason or not codes:
            return self.reason
        return f"Sửa {', '.join(codes)} theo lý do ghi tại từng mục."

    def sections(self, *, first: bool) -> list[tuple[str, list[DecisionRow]]]:
        """(title, its rows): the pillars in the plan's order; with `first` the rows that need a look before them."""
        ahead = [row for row in self.rows if first and row.needs_look]
        by_target = {row.row.target.pk: row for row in self.rows if row not in ahead}
        pillars = [
            (str(pillar), [by_target[row.target.pk] for row in rows if row.target.pk in by_target])
            for pillar, rows in self.sheet.pillars
        ]
        return [(title, rows) for title, rows in [(FIRST, ahead), *pillars] if rows]

    @property
    def incomplete(self) -> list[tuple[str, str]]:
        """(id on the page, code) of the returned figures and items that lack a reason."""
        figures = [(f"d-{row.row.target.code}", row.row.target.code) for row in self.rows if row.error]
        items = [(f"part-{code}", label_of(code)) for code, part in self.parts.items() if part.error]
        return figures + items

    def is_valid(self) -> bool:
        """Return True where the action can be carried out; else the errors give the reasons."""
        if self.act == "approve":
            if self.returned:
                codes = ", ".join(row.row.target.code for row in self.returned)
                self.error = f"{codes} đang chọn Trả lại. Chọn Duyệt cho cả phiếu, hoặc bấm Trả lại đơn vị."
            elif self.parts:
                codes = ", ".join(map(label_of, self.parts))
                self.error = f"{codes} đang có lý do trả lại. Xóa lý do để duyệt, hoặc bấm Trả lại đơn vị."
        elif self.act == "reopen":
            self.error = _unsaid(self.code, self.reason)
        elif self.returned or self.parts:
            chosen: list[DecisionRow | DecisionPart] = [*self.returned, *self.parts.values()]
            for one in chosen:
                one.error = _unsaid(one.code, one.explanation)
        elif not self.code and not self.reason:
            self.error = "Chọn Trả lại ở từng chỉ tiêu cần sửa, hoặc ghi lý do chung cho cả phiếu."
        else:
            self.error = _unsaid(self.code, self.reason)
        if len(self.reason) > LONGEST_TEXT - 100:
            self.error = f"Lý do dài quá {formatting.number(LONGEST_TEXT - 100)} ký tự."
        elif texts.looks_like_tcvn3(self.reason):
            self.error = f"{texts.TCVN3_ADVICE}."
        every: list[DecisionRow | DecisionPart] = [*self.rows, *self.parts.values()]
        return not self.error and not any(one.error for one in every)


def _decision_part(name: str, data: QueryDict) -> DecisionPart:
    chosen = _chosen(data.get(f"why-part-{name}", ""))
    return DecisionPart(chosen if chosen in PART_REASONS else None, clean_text(data.get(f"part-{name}", "")))


def _decision(row: TargetEntry, data: QueryDict) -> DecisionRow:
    code = row.target.code
    chosen = _chosen(data.get(f"code-{code}", ""))
    return DecisionRow(
        row,
        is_returned=data.get(f"decision-{code}") == "return",
        code=chosen if chosen in reasons_for(row.target) else None,
        explanation=clean_text(data.get(f"reason-{code}", "")),
    )
