"""Notifications about reports: their words and recipients. Each is called by the service of the action, in its
transaction."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.urls import reverse

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock, formatting
from core.notifications.events import Event, Group, register
from core.notifications.services import notify, retract
from indicators.audit_acts import SubmissionAct
from indicators.models import Comment, CommentKind, Extension, ReportingPeriod, StandIn, State, Submission, Target

# The most periods that a notification names.
MOST_PERIODS = 2

DEADLINES = Group("deadlines", "Mở kỳ, sắp đến hạn, quá hạn nộp", 1)
DECISIONS = Group("decisions", "Phiếu được duyệt, bị trả lại, mở lại, được nhập thay, làm thay", 2)
EXTENSIONS = Group("extensions", "Gia hạn", 3)
TALK = Group("talk", "Câu hỏi, ý kiến về số liệu", 4)

RETURNED = register(Event("returned", "Phiếu bị trả lại", DECISIONS, urgent=True, icon="back", tone="at_risk"))
APPROVED = register(Event("approved", "Phiếu được duyệt", DECISIONS, icon="check", tone="on_track"))
REOPENED = register(Event("reopened", "Phiếu được mở lại", DECISIONS, urgent=True, icon="pen", tone="behind"))
TAKEN_BACK = register(Event("taken_back", "Quyết định được hoàn tác", DECISIONS, urgent=True, icon="back"))
FILLED_IN = register(Event("filled_in", "Phiếu được nhập thay", DECISIONS, icon="pen"))
STOOD_IN = register(
    Event("stood_in", "Cơ quan thường trực làm thay", DECISIONS, urgent=True, icon="pen", tone="behind")
)
EXTENSION_ASKED = register(Event("extension_asked", "Đề nghị gia hạn", EXTENSIONS, urgent=True, icon="pen"))
EXTENSION_SENT = register(Event("extension_sent", "Đề nghị gia hạn đang chờ", EXTENSIONS, icon="clock"))
EXTENSION_GRANTED = register(
    Event("extension_granted", "Được gia hạn", EXTENSIONS, urgent=True, icon="check", tone="on_track")
)
EXTENSION_REFUSED = register(
    Event("extension_refused", "Không được gia hạn", EXTENSIONS, urgent=True, icon="x", tone="at_risk")
)
REMINDED = register(
    Event("report_reminded", "Được nhắc nộp phiếu", DEADLINES, urgent=True, icon="clock", tone="behind")
)
QUESTION = register(Event("question", "Câu hỏi về số liệu", TALK, urgent=True))
COMMENT = register(Event("comment", "Ý kiến về số liệu", TALK))


def returned(submission: Submission, *, by: User, cells: Mapping[str, str]) -> None:
    """Notify the focal points that a report was returned; cells: reasons by target code."""
    lines = [f"Lý do: {submission.return_reason}", *(f"{code}: {reason}" for code, reason in cells.items())]
    if submission.extended_until:
        lines.append(f"Sửa và nộp lại trước 24:00 ngày {formatting.date(submission.extended_until)}.")
    notify(
        people=User.objects.focal_points_of(submission.agency_id),
        event=RETURNED,
        key=f"returned:{submission.pk}:{submission.revision}",
        title=f"Phiếu {submission.period} bị trả lại",
        text="\n".join(lines),
        url=reverse("entry", args=[submission.period.code]),
        by=by,
    )


def approved(submission: Submission, *, by: User) -> None:
    """Notify the focal points that a report was approved."""
    notify(
        people=User.objects.focal_points_of(submission.agency_id),
        event=APPROVED,
        key=f"approved:{submission.pk}:{submission.revision}",
        title=f"Phiếu {submission.period} đã được duyệt",
        text=f"Mã phiếu {submission.receipt_code}. Số liệu của phiếu được tính vào số chính thức.",
        url=reverse("receipt", args=[submission.period.code]),
        by=by,
    )


def taken_back(submission: Submission, *, act: SubmissionAct, revision: int, by: User) -> None:
    """Delete the notifications of a decision that was taken back, and tell those who have met one already. revision: the one
    that the decision left the report with."""
    is_approval = act == SubmissionAct.UNDO_APPROVE
    met = retract(f"{'approved' if is_approval else 'returned'}:{submission.pk}:{revision}")
    if not met:
        return
    what = "duyệt" if is_approval else "trả lại"
    notify(
        people=User.objects.filter(pk__in=met),
        event=TAKEN_BACK,
        key=f"taken-back:{submission.pk}:{submission.revision}",
        title=f"Quyết định {what} phiếu {submission.period} đã được hoàn tác",
        text="Người duyệt vừa rút lại quyết định đó; phiếu lại đang chờ duyệt. Đơn vị chưa phải làm gì.",
        url=reverse("receipt", args=[submission.period.code]),
        by=by,
    )


def reopened(newer: Submission, *, by: User) -> None:
    """Notify the focal points that an approved report has a new version to correct."""
    lines = [f"Lý do: {newer.reopen_reason}"]
    if newer.extended_until:
        lines.append(f"Sửa và nộp lại trước 24:00 ngày {formatting.date(newer.extended_until)}.")
    lines.append("Đến khi bản mới được duyệt, số đã duyệt vẫn được tính.")
    notify(
        people=User.objects.focal_points_of(newer.agency_id),
        event=REOPENED,
        key=f"reopened:{newer.pk}",
        title=f"Phiếu {newer.period} được mở lại để sửa",
        text="\n".join(lines),
        url=reverse("entry", args=[newer.period.code]),
        by=by,
    )


def reminded(period: ReportingPeriod, agencies: Iterable[int], *, due_on: dt.date, is_again: bool, by: User) -> None:
    """Notify the focal points of agencies that a reviewer reminds them of their report, once a day. is_again: it was sent back, or
    is open again."""
    today = clock.today()
    what = "sửa và nộp lại" if is_again else "nộp"
    when = "Hạn là" if today <= due_on else "Đã quá hạn"
    notify(
        people=User.objects.focal_points_of(*agencies),
        event=REMINDED,
        key=f"report-reminded:{period.pk}:{today}",
        title=f"{by.agency.full_name if by.agency else by} nhắc {what} phiếu {period}",
        text=f"{when} ngày {formatting.date(due_on)}. Vướng mắc thì liên hệ {by}{f', {by.phone}' if by.phone else ''}.",
        url=reverse("entry", args=[period.code]),
        by=by,
    )


def filled_in(submission: Submission, *, by: User, targets: Iterable[str], via: str) -> None:
    """Notify a commune's focal points that its district entered figures for it, to be checked and submitted by them.

    targets: their codes; via: the way they came.
    """
    codes = list(targets)
    count = formatting.number(len(codes))
    notify(
        people=User.objects.focal_points_of(submission.agency_id),
        event=FILLED_IN,
        key=f"filled-in:{submission.pk}:{submission.revision}",
        title=f"{by.agency.full_name if by.agency else by} đã nhập số liệu thay cho đơn vị, kỳ {submission.period}: {count} số",
        text=f"{by} nhập bằng {via}: {', '.join(codes)}.\nPhiếu chưa nộp. Kiểm tra các số này, sửa nếu cần, rồi nộp phiếu.",
        url=reverse("entry", args=[submission.period.code]),
        by=by,
    )


def loaded(
    reports: Iterable[tuple[int, ReportingPeriod]], *, state: State, source: str, entry: int, by: User | None
) -> None:
    """Notify the focal points of agencies for which figures were loaded from a file of many agencies: one notification each.

    reports: agency (its key) and period; state: that the reports were brought to; entry: the load's line in the log.
    """
    periods: dict[int, set[ReportingPeriod]] = defaultdict(set)
    for agency, period in reports:
        periods[agency].add(period)
    alike: dict[frozenset[ReportingPeriod], list[int]] = defaultdict(list)
    for agency, of_agency in periods.items():
        alike[frozenset(of_agency)].append(agency)
    who = "Quản trị hệ thống" if by is None else by.agency.full_name if by.agency else str(by)
    advice = {
        State.DRAFT: "Phiếu chưa nộp. Kiểm tra các số này, sửa nếu cần, rồi nộp phiếu.",
        State.SUBMITTED: "Phiếu được ghi là đã nộp. Số sai thì rút phiếu để sửa, hoặc báo người duyệt trả lại.",
        State.APPROVED: "Phiếu được ghi là đã duyệt. Số sai thì đề nghị người duyệt mở lại.",
    }[state]
    for some, agencies in alike.items():
        in_order = sorted(some, key=lambda period: (period.window_last, period.pk))
        named = ", ".join(str(period) for period in in_order[:MOST_PERIODS])
        more = f" và {formatting.number(len(in_order) - MOST_PERIODS)} kỳ nữa" if len(in_order) > MOST_PERIODS else ""
        notify(
            people=User.objects.focal_points_of(*agencies),
            event=FILLED_IN,
            key=f"loaded:{entry}",
            title=f"{who} đã nạp số liệu thay cho đơn vị, kỳ {named}{more}"[:200],
            text=f"Nạp từ {source}. {advice}",
            url=reverse("entry", args=[in_order[-1].code]),
            by=by,
        )


def stood_in(stand_in: StandIn) -> None:
    """Notify a district's people that the standing agency acts in its place in a period."""
    people = User.objects.filter(
        is_active=True, agency=stand_in.agency, user_roles__role__in=[Role.FOCAL, Role.REVIEWER]
    )
    notify(
        people=people.distinct(),
        event=STOOD_IN,
        key=f"stood-in:{stand_in.pk}",
        title=f"Cơ quan thường trực làm thay đơn vị trong kỳ {stand_in.period}",
        text=f"Lý do: {stand_in.reason}\nCơ quan thường trực nhập, nộp phiếu của đơn vị và duyệt phiếu của các xã thay đơn vị. "
        "Đơn vị vẫn làm được các việc đó.",
        url=f"{reverse('review_queue')}?ky={stand_in.period.code}",
        by=stand_in.by,
    )


def sent_in_place(submission: Submission, *, by: User) -> None:
    """Notify a district's focal points that the standing agency submitted their report."""
    notify(
        people=User.objects.focal_points_of(submission.agency_id),
        event=STOOD_IN,
        key=f"sent-in-place:{submission.pk}:{submission.revision}",
        title=f"Phiếu {submission.period} đã được nộp thay đơn vị",
        text=f"{by} nộp thay. Mã phiếu {submission.receipt_code}. Thấy số sai thì đề nghị người duyệt trả lại phiếu.",
        url=reverse("receipt", args=[submission.period.code]),
        by=by,
    )


def extension_asked(extension: Extension) -> None:
    """Notify the reviewers that an agency requests more time."""
    notify(
        people=[] if extension.agency is None else User.objects.reviewers_of(extension.agency),
        event=EXTENSION_ASKED,
        key=f"extension-asked:{extension.pk}",
        title=f"{extension.agency and extension.agency.place_name} đề nghị gia hạn phiếu {extension.period}",
        text=f"Đề nghị đến hết ngày {formatting.date(extension.wanted_until)}.\nLý do: {extension.reason}",
        url=reverse("extensions"),
        by=extension.asked_by,
    )


def extension_sent(extension: Extension, *, decider: str) -> None:
    """Notify the agency's focal points, its author included, that a request waits and who decides on it; unread ones
    go with the decision or the withdrawal."""
    notify(
        people=User.objects.focal_points_of(extension.agency),
        event=EXTENSION_SENT,
        key=_sent_key(extension),
        title=f"Đề nghị gia hạn phiếu {extension.period} đang chờ {decider} quyết định",
        text=f"Đề nghị đến hết ngày {formatting.date(extension.wanted_until)}.\nLý do: {extension.reason}",
        url=reverse("extension_ask", args=[extension.period.code]),
    )


def _sent_key(extension: Extension) -> str:
    return f"extension-sent:{extension.pk}"


def extension_withdrawn(extension: Extension) -> None:
    """Notify the reviewers that an agency withdrew its request."""
    retract(_sent_key(extension))
    notify(
        people=[] if extension.agency is None else User.objects.reviewers_of(extension.agency),
        event=EXTENSION_ASKED,
        key=f"extension-withdrawn:{extension.pk}",
        title=f"{extension.agency and extension.agency.place_name} đã rút đề nghị gia hạn phiếu {extension.period}",
        text="Không còn phải quyết định đề nghị này.",
        url=reverse("extensions"),
        by=extension.decided_by,
    )


def extension_decided(extension: Extension, *, by: User) -> None:
    """Notify the focal points concerned that more time was granted (requested or not) or refused."""
    retract(_sent_key(extension))
    people = User.objects.filter(is_active=True, user_roles__role=Role.FOCAL)
    if extension.agency_id is not None:
        people = people.filter(agency=extension.agency_id)
    if extension.state == Extension.State.REFUSED:
        event, title = EXTENSION_REFUSED, f"Không được gia hạn phiếu {extension.period}"
        lines = [f"Ý kiến: {extension.answer}"]
    else:
        event, until = EXTENSION_GRANTED, formatting.date(extension.until)
        is_extension = extension.kind == Extension.Kind.EXTENSION
        title = f"{'Được gia hạn' if is_extension else 'Mở nhập bù'} phiếu {extension.period} đến hết ngày {until}"
        lines = [f"Lý do: {extension.reason}"]
        if extension.answer:
            lines.append(f"Ý kiến: {extension.answer}")
        lines.append(
            "Nộp trong hạn mới là đúng hạn." if extension.moves_due else "Phiếu nộp sau hạn vẫn ghi là nộp muộn."
        )
    notify(
        people=people,
        event=event,
        key=f"extension-{extension.state}:{extension.pk}",
        title=title,
        text="\n".join(lines),
        url=reverse("entry", args=[extension.period.code]),
        by=by,
    )


def commented(comment: Comment) -> None:
    """Notify of a comment on a figure: a question goes to the lead agency, a verdict or comment to the other parties
    concerned."""
    submission, target = comment.submission, comment.target
    people: Iterable[User]
    address = reverse("figure", args=[submission.pk, target.code])
    name = f"{target.code}, {submission.agency.place_name}, {submission.period}"
    reviewing = User.objects.reviewers_of(submission.agency)
    focal = User.objects.focal_points_of(submission.agency_id)
    if comment.kind == CommentKind.QUESTION:
        people, event, title = _leading(target, submission.agency), QUESTION, f"Câu hỏi về {name}"
    elif comment.is_verdict:
        people, event = reviewing, QUESTION
        title = f"{name}: {comment.get_kind_display().lower()}"
    else:
        people, event, title = [*reviewing, *focal], COMMENT, f"Ý kiến về {name}"
    notify(
        people=people,
        event=event,
        key=f"remark:{comment.pk}",
        title=title,
        text=comment.text,
        url=address,
        by=comment.by,
    )


def _leading(target: Target, agency: Agency) -> list[User]:
    """Return the users who answer a question about an agency's figure for the leads of its target.

    The lead users of the agencies named; where a whole group leads, the agency answers for its own part: its focal
    points.
    """
    parties = target.indicator.parties.filter(part="lead")
    named = parties.filter(agency__isnull=False).values_list("agency", flat=True)
    people = list(User.objects.leads_of(*named))
    if parties.filter(group=f"@{agency.level}s").exists():
        people += User.objects.focal_points_of(agency.pk)
    return people
