"""Page on which the standing agency shares out its reviews among its people."""

import datetime as dt
from dataclasses import dataclass, field

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.http import SignedInRequest
from agencies.models import Agency, ReviewShare, User
from agencies.roles import Role
from agencies.services import review_shares
from core import clock, formatting
from core.forms import DayField


class DaysForm(forms.Form):
    """The days of a share."""

    tu = DayField(label="Từ ngày")
    den = DayField(label="Đến hết ngày", required=False)


@dataclass
class ShareGroup:
    """Shares of the same people on the same days. stands_for: the colleague on leave, None otherwise."""

    first_day: dt.date
    last_day: dt.date | None
    stands_for: User | None
    people: list[User]
    agencies: list[Agency] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)

    @property
    def has_begun(self) -> bool:
        """True where it holds today."""
        return self.first_day <= clock.today()

    @property
    def key(self) -> str:
        """The mark by which the form names it."""
        names = ",".join(person.username for person in self.people)
        return f"{self.first_day}|{self.last_day}|{self.stands_for.pk if self.stands_for else ''}|{names}"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def shares(request: SignedInRequest) -> HttpResponse:
    """Show who reviews which agencies of the standing agency's. POST (`viec`: chia, thay, ket-thuc) shares out, lets a colleague
    stand in, or ends. Standing agency only."""
    if not request.user.holds(Role.STANDING):
        raise Http404("Tài khoản không phân công duyệt.")
    act, refusal = request.POST.get("viec", ""), ""
    data = request.POST if request.method == "POST" else None
    share_form = DaysForm(data if act == "chia" else None, prefix="chia", initial={"tu": clock.today()})
    leave_form = DaysForm(data if act == "thay" else None, prefix="thay", initial={"tu": clock.today()})
    groups = _groups()
    if request.method == "POST":
        try:
            done = _act(request, act, share_form, leave_form, groups)
            if done:
                messages.success(request, done)
                return redirect("review_shares")
        except review_shares.BadShare as bad:
            refusal = str(bad)
    given = {agency.pk for group in groups if group.has_begun for agency in group.agencies}
    agencies = list(review_shares.agencies(request.user))
    context = {
        "groups": groups,
        "agencies": agencies,
        "unshared": [agency for agency in agencies if agency.pk not in given],
        "people": list(review_shares.people()),
        "share_form": share_form,
        "leave_form": leave_form,
        "chosen": set(request.POST.getlist("nguoi")),
        "chosen_agencies": set(request.POST.getlist("don-vi")),
        "absent": request.POST.get("nguoi-nghi", ""),
        "substitute": request.POST.get("nguoi-thay", ""),
        "refusal": refusal,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "indicators/review/shares.html", context, status=status)


def _act(
    request: SignedInRequest, act: str, share_form: DaysForm, leave_form: DaysForm, groups: list[ShareGroup]
) -> str:
    """Do what was posted; return what was done, empty where a day could not be read. Raises BadShare."""
    who = {"by": request.user, "address": request.META["REMOTE_ADDR"]}
    if act == "ket-thuc":
        group = next((group for group in groups if group.key == request.POST.get("nhom")), None)
        if group is None:
            raise review_shares.BadShare("Phân công này vừa được đổi. Xem lại danh sách.")
        count = review_shares.end(shares=list(ReviewShare.objects.filter(pk__in=group.shares)), **who)
        return f"Đã kết thúc phân công duyệt {formatting.number(count)} đơn vị."
    form = share_form if act == "chia" else leave_form
    if act not in ("chia", "thay"):
        raise review_shares.BadShare("Không có việc này.")
    if not form.is_valid():
        return ""
    days = {"first_day": form.cleaned_data["tu"], "last_day": form.cleaned_data["den"]}
    if act == "chia":
        count = review_shares.share(
            persons=request.POST.getlist("nguoi"), codes=request.POST.getlist("don-vi"), **days, **who
        )
        return f"Đã phân công duyệt {formatting.number(count)} đơn vị từ ngày {formatting.date(days['first_day'])}."
    count = review_shares.substitute(
        absent=request.POST.get("nguoi-nghi", ""), substitute=request.POST.get("nguoi-thay", ""), **days, **who
    )
    return f"Đã phân công duyệt thay {formatting.number(count)} đơn vị."


def _groups() -> list[ShareGroup]:
    """Return the shares of today and later, those of the same people and days together. One query."""
    rows = review_shares.to_come(clock.today()).select_related("agency__parent", "person", "stands_for")
    by_agency: dict[tuple[dt.date, dt.date | None, int | None, int], list[ReviewShare]] = {}
    for row in rows.order_by("first_day", "agency__position", "person__full_name", "person__username"):
        by_agency.setdefault((row.first_day, row.last_day, row.stands_for_id, row.agency_id), []).append(row)
    groups: dict[str, ShareGroup] = {}
    for (first_day, last_day, _, _), each in by_agency.items():
        made = ShareGroup(first_day, last_day, each[0].stands_for, [row.person for row in each])
        group = groups.setdefault(made.key, made)
        group.agencies.append(each[0].agency)
        group.shares += [row.pk for row in each]
    return list(groups.values())
