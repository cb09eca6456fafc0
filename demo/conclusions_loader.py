"""The demonstration year's conclusions: made-up orders of the leader, open, late, answered and closed. All rows follow the rules of
the services (tests/demo/test_conclusions_loader.py)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agencies.models import Agency, User
from conclusions import notifications
from conclusions.audit_acts import ConclusionAct
from conclusions.models import Conclusion, ConclusionState, ConclusionStep
from core import clock
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators.models import Plan, Target
from projects.models import Project

MARK = "(Minh họa) "


@dataclass(frozen=True)
class Given:
    """A made-up conclusion. target, project: the code of its subject, one of them empty; agency: the code of who answers; at, due,
    answered, closed: (month, day), the last two None where it did not come to that."""

    text: str
    agency: str
    at: tuple[int, int]
    due: tuple[int, int]
    target: str = ""
    project: str = ""
    answer: str = ""
    answered: tuple[int, int] | None = None
    closed: tuple[int, int] | None = None


# Done, waiting to be closed, late, open, and one on a project.
CONCLUSIONS = (
    Given(
        "Rà soát các báo cáo định kỳ còn làm trên giấy, đưa lên Hệ thống báo cáo của tỉnh trước tháng 8.",
        "skhdt",
        at=(7, 3),
        due=(7, 25),
        target="I.5.a",
        answer="Đã rà soát, đưa 4 loại báo cáo lên hệ thống; còn 2 loại chờ biểu mẫu của bộ.",
        answered=(7, 24),
        closed=(7, 26),
    ),
    Given(
        "Cùng các sở còn hệ thống chưa phê duyệt cấp độ an toàn lập lịch, xong trong quý III.",
        "stttt",
        at=(7, 10),
        due=(8, 18),
        target="I.14",
        answer="Đã lập lịch với từng sở; đề nghị kết thúc ý kiến này và theo dõi qua báo cáo tháng.",
        answered=(8, 14),
    ),
    Given(
        "Làm việc với H. Cẩm Giàng, TP Chí Linh, TP Hải Dương về hồ sơ công việc chưa xử lý trên môi trường mạng.",
        "vpubnd",
        at=(7, 12),
        due=(8, 11),
        target="I.1.b",
    ),
    Given(
        "Trình danh mục thủ tục đủ điều kiện trực tuyến toàn trình còn thiếu, nêu rõ thủ tục nào vướng ở đâu.",
        "stttt",
        at=(8, 7),
        due=(8, 31),
        target="I.2.b",
    ),
    Given(
        "Báo cáo nguyên nhân chậm phê duyệt dự toán và thời điểm bắt đầu triển khai tại từng cơ sở y tế.",
        "syt",
        at=(8, 1),
        due=(8, 25),
        project="I-27",
    ),
)


def store(plan: Plan, mark: Mapping[str, Any]) -> list[AuditEntry]:
    """Store the year's conclusions with what became of them; return their lines of the log, not stored yet.

    mark: the detail of the demonstration's lines. A subject or an agency that the plan does not have is left out.
    """
    users = {user.username: user for user in User.objects.filter(is_demo=True)}
    agencies = {
        agency.code: agency for agency in Agency.objects.filter(code__in=[given.agency for given in CONCLUSIONS])
    }
    lines: list[AuditEntry] = []
    for given in CONCLUSIONS:
        target, project = _subject(plan, given)
        leader, focal, agency = users.get("lanhdao"), users.get(given.agency), agencies.get(given.agency)
        if leader is None or focal is None or agency is None or (target is None) == (project is None):
            continue
        conclusion = Conclusion.objects.create(
            plan=plan,
            target=target,
            project=project,
            text=MARK + given.text,
            agency=agency,
            due=_at(plan, given.due).date(),
            given_by=leader,
            given_at=_at(plan, given.at),
        )
        lines.append(_line(ConclusionAct.GIVE, conclusion, leader, conclusion.given_at, conclusion.text, mark))
        notifications.given(conclusion, by=leader)
        _date(f"conclusion:{conclusion.pk}", conclusion.given_at)
        if given.answered:
            step = _step(conclusion, ConclusionStep.Kind.ANSWER, MARK + given.answer, focal, _at(plan, given.answered))
            lines.append(_line(ConclusionAct.ANSWER, conclusion, focal, step.at, step.text, mark))
            _turn(conclusion, ConclusionState.ANSWERED)
            notifications.answered(conclusion, step)
            _date(f"conclusion:{conclusion.pk}:{conclusion.revision}", step.at)
        if given.closed:
            step = _step(conclusion, ConclusionStep.Kind.CLOSE, "", leader, _at(plan, given.closed))
            lines.append(_line(ConclusionAct.CLOSE, conclusion, leader, step.at, "", mark))
            _turn(conclusion, ConclusionState.CLOSED)
    return lines


def _subject(plan: Plan, given: Given) -> tuple[Target | None, Project | None]:
    if given.target:
        return Target.objects.filter(plan=plan, code=given.target).first(), None
    section, _, number = given.project.partition("-")
    projects = Project.objects.filter(section__plan=plan, section__code=section, number=int(number))
    return None, projects.select_related("section").first()


def _at(plan: Plan, day: tuple[int, int]) -> dt.datetime:
    return dt.datetime(plan.year, *day, 15, tzinfo=clock.VIETNAM)


def _step(conclusion: Conclusion, kind: ConclusionStep.Kind, text: str, by: User, at: dt.datetime) -> ConclusionStep:
    return ConclusionStep.objects.create(conclusion=conclusion, kind=kind, text=text, by=by, at=at)


def _turn(conclusion: Conclusion, state: ConclusionState) -> None:
    conclusion.state, conclusion.revision = state, conclusion.revision + 1
    conclusion.save(update_fields=["state", "revision"])


def _date(key: str, at: dt.datetime) -> None:
    """Date the notification of an act, which was made just now."""
    Notification.objects.filter(key=key).update(at=at)


def _line(
    act: ConclusionAct, conclusion: Conclusion, by: User, at: dt.datetime, reason: str, mark: Mapping[str, Any]
) -> AuditEntry:
    """Return a demonstration line of the log, outside its chain."""
    return AuditEntry(
        at=at,
        actor=by,
        account=by.username,
        actor_name=str(by),
        act=act,
        object_label=str(conclusion)[:300],
        detail={**({"reason": reason} if reason else {}), **mark},
    )
