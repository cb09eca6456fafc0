"""Comments on figures read for the pages: threads, the open question, the verdict in force."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from indicators.models import VERDICTS, Actual, Comment, CommentKind, Submission


@dataclass(frozen=True)
class Thread:
    """The comments on one figure, oldest first; actual: the figure as it is now."""

    remarks: list[Comment] = field(default_factory=list)
    actual: Actual | None = None

    @property
    def verdict(self) -> Comment | None:
        """The lead agency's last verdict, where the figure has not changed since; else None."""
        last = next((remark for remark in reversed(self.remarks) if remark.kind in VERDICTS), None)
        if last is None or self.actual is None or self.actual.entered_at > last.at:
            return None
        return last

    @property
    def is_doubted(self) -> bool:
        """True where the lead agency doubts the figure."""
        return self.verdict is not None and self.verdict.kind == CommentKind.DOUBT

    @property
    def answer(self) -> Comment | None:
        """The lead agency's last comment that is no verdict; None where there is none."""
        return next((remark for remark in reversed(self.remarks) if remark.by_lead and not remark.is_verdict), None)

    @property
    def question(self) -> Comment | None:
        """The last question that the lead agency has not answered; None where there is none."""
        for remark in reversed(self.remarks):
            if remark.by_lead:
                return None
            if remark.kind == CommentKind.QUESTION:
                return remark
        return None


def threads(submissions: Iterable[Submission], actuals: Iterable[Actual]) -> dict[tuple[int, int], Thread]:
    """Read {(report, target): Thread} of reports of one period, with the comments on their earlier versions. One query.

    Targets without a comment are left out.
    """
    by_agency = {submission.agency_id: submission for submission in submissions}
    if not by_agency:
        return {}
    period = next(iter(by_agency.values())).period_id
    by_figure: dict[tuple[int, int], list[Comment]] = defaultdict(list)
    remarks = Comment.objects.filter(submission__agency__in=by_agency, submission__period=period)
    for remark in remarks.select_related("by", "agency__parent", "submission").order_by("at", "pk"):
        by_figure[by_agency[remark.submission.agency_id].pk, remark.target_id].append(remark)
    figures = {(actual.submission_id, actual.target_id): actual for actual in actuals}
    return {key: Thread(of_figure, figures.get(key)) for key, of_figure in by_figure.items()}
