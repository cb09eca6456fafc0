"""Pages about who: logging in and out, one's account."""

from datetime import timedelta

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Sum
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies import notices, services
from agencies.forms import LoginForm, MailPreferenceForm, OwnPasswordForm
from agencies.history import ending_of
from agencies.middleware import page_of
from agencies.models import AuditEntry, Event, Job, JobState, Notice, Result, User
from agencies.senders import sender
from chuyendoiso import clock, files
from chuyendoiso.proxy import caller_of
from chuyendoiso.spreadsheet import CSV, XLSX

# Types of the files that jobs make.
RESULT_TYPES = {
    "xlsx": XLSX,
    "csv": CSV,
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}
JOBS_ON_A_PAGE = 30
NOTICES_ON_A_PAGE = 40
# Icon and colour of a notice; the others have those of plain news.
NOTICE_SIGNS = {
    Event.OPENED: ("clock", "k-tracked"),
    Event.DUE_SOON: ("clock", "k-behind"),
    Event.OVERDUE: ("at_risk", "k-at_risk"),
    Event.RETURNED: ("back", "k-at_risk"),
    Event.REOPENED: ("pen", "k-behind"),
    Event.FILLED_IN: ("pen", "k-tracked"),
    Event.APPROVED: ("check", "k-on_track"),
    Event.EXTENSION_ASKED: ("pen", "k-tracked"),
    Event.EXTENSION_GRANTED: ("check", "k-on_track"),
    Event.EXTENSION_REFUSED: ("x", "k-at_risk"),
}


class Login(auth.LoginView):
    """Signing in. Accounts are locked by name and address (axes, in the settings); from an address that fails with many names
    each of them is locked at its first failure (decision 0181)."""

    template_name = "agencies/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_redirect_url(self):
        """Where the person was going; not back here, nor straight out again."""
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] in (reverse("login"), reverse("logout")) else url

    def get_context_data(self, **kwargs):
        limits = {"failure_limit": settings.AXES_FAILURE_LIMIT, "cooloff": get_cool_off(self.request)}
        return super().get_context_data(**kwargs) | limits

    def post(self, request, *args, **kwargs):
        name = request.POST.get("username", "").strip().replace("\0", "")
        recent = _recent_failures(request)
        if _count(recent) >= settings.ADDRESS_FAILURE_LIMIT and recent.filter(username=name).exists():
            limits = {"failure_limit": settings.ADDRESS_FAILURE_LIMIT, "cooloff_timedelta": get_cool_off(request)}
            return render(request, "agencies/locked.html", limits | {"by_address": True}, status=429)
        return super().post(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form):
        user = form.get_user()
        services.audit(by=user, act="đăng nhập", label=user.username, address=self.request.META["REMOTE_ADDR"])
        ending = ending_of(user.agency) if user.agency is not None else None
        if ending is not None:
            messages.warning(self.request, f"{ending.agency.full_name}: {ending.sentence}. {ending.advice}")
        return super().form_valid(form)

    def form_invalid(self, form):
        """Log who tried in vain: by name where there is such an account, else without the name, which may be a password typed
        into the wrong field. What a lock turns away, and names that do not exist from an address that fails too often, leave
        no line: strangers would fill the log."""
        if getattr(self.request, "axes_failures_since_start", None) is not None:
            name = form.data.get("username", "").strip()
            known = User.objects.filter(username=name).first() if "\0" not in name else None
            failures = _count(_recent_failures(self.request))
            if known or failures <= settings.ADDRESS_FAILURE_LIMIT:
                services.audit(
                    by=None,
                    act="đăng nhập",
                    label=known.username if known else "(không có tài khoản này)",
                    address=self.request.META["REMOTE_ADDR"],
                    result=Result.FAILED,
                    locked=bool(getattr(self.request, "axes_locked_out", False)),
                )
            if failures >= settings.ADDRESS_FAILURE_LIMIT:
                _note_slowed(self.request)
        return super().form_invalid(form)


class Logout(auth.LogoutView):
    """Signing out: only by POST; an address typed by hand gets a page with the button."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request, *args, **kwargs):
        return render(request, "agencies/logout.html")

    @transaction.atomic
    def post(self, request, *args, **kwargs):
        user = request.user
        services.audit(by=user, act="đăng xuất", label=user.username, address=request.META["REMOTE_ADDR"])
        response = super().post(request, *args, **kwargs)
        # Whatever pages kept on this machine goes with its person, even where no script ran (decision 0060).
        response["Clear-Site-Data"] = '"storage"'
        return response


class PasswordChange(auth.PasswordChangeView):
    """One's own password. Other sessions of the account end with it."""

    template_name = "agencies/password_change.html"
    form_class = OwnPasswordForm

    def form_valid(self, form):
        services.change_own_password(
            user=form.user, password=form.cleaned_data["new_password1"], address=self.request.META["REMOTE_ADDR"]
        )
        update_session_auth_hash(self.request, form.user)
        messages.success(self.request, "Đã đổi mật khẩu. Các phiên đăng nhập khác của tài khoản đã kết thúc.")
        return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
def account(request):
    """Who one is here: name, agency, roles; and which notices one wants by mail, which POST changes."""
    wish, way = notices.preference_of(request.user), sender()
    form = MailPreferenceForm(request.POST if request.method == "POST" else None, instance=wish)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Đã lưu cách nhận thông báo.")
        return redirect("account")
    held = [grant.get_role_display() for grant in request.user.grants.all()]
    address = way.address_of(request.user) if way else ""
    return render(request, "agencies/account.html", {"roles": held, "form": form, "way": way, "address": address})


@require_safe
def notice_list(request):
    """What one was told, newest first; `?loc=chua-doc`: what is unread."""
    own, unread_only = Notice.objects.of(request.user), request.GET.get("loc") == "chua-doc"
    page = Paginator(own.unread() if unread_only else own, NOTICES_ON_A_PAGE).get_page(
        request.GET.get("trang", "1")[:9]
    )
    lines = [(told, *NOTICE_SIGNS.get(told.event, ("info", "k-tracked"))) for told in page]
    context = {"page": page, "lines": lines, "unread_only": unread_only, "unread": getattr(request.user, "unread", 0)}
    return render(request, "agencies/notices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def notice(request, pk):
    """POST: one has read it, and goes on to the page that it speaks of, or stays with `act=stay`."""
    if request.method != "POST":
        return redirect("notices")
    told = get_object_or_404(Notice, pk=pk, person=request.user)
    notices.mark_read(request.user, [told.pk])
    return redirect("notices" if request.POST.get("act") == "stay" else told.url)


@require_http_methods(["GET", "HEAD", "POST"])
def notices_read(request):
    """POST: one has read everything."""
    if request.method == "POST" and notices.mark_read(request.user):
        messages.success(request, "Đã đánh dấu mọi thông báo là đã đọc.")
    return redirect("notices")


@require_safe
def job_list(request):
    """The long work that one has asked for, newest first."""
    number = request.GET.get("trang", "1")
    page = Paginator(Job.objects.filter(owner=request.user), JOBS_ON_A_PAGE).get_page(number[:9])
    lines = [(each, each.state_at(clock.now())) for each in page]
    return render(request, "agencies/jobs.html", {"page": page, "lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
def job(request, pk):
    """How far a piece of long work is, and what came of it. POST with `act=retry` asks for it again after a failure."""
    asked = _job(request, pk)
    if request.method == "POST":
        if asked.owner_id != request.user.pk or request.POST.get("act") != "retry":
            raise Http404("Không có việc này.")
        services.retry_job(job=asked, by=request.user)
        return redirect(asked)
    return render(request, "agencies/job.html", _progress(request, asked))


@require_safe
def job_progress(request, pk):
    """The part of the page that changes, asked for by its script while the work goes on."""
    return render(request, "agencies/_job.html", _progress(request, _job(request, pk)))


@require_safe
def job_file(request, pk):
    """What the work made."""
    asked = _job(request, pk)
    if not asked.file:
        raise Http404("Việc này không có tệp kết quả.")
    try:
        content = asked.file.open("rb")
    except FileNotFoundError:
        raise Http404("Tệp kết quả không còn.") from None
    ending = asked.file.name.rpartition(".")[2]
    return files.answer(content, asked.file_name, RESULT_TYPES.get(ending, "application/octet-stream"))


def _job(request, pk):
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=pk)


def _progress(request, asked):
    state = asked.state_at(clock.now())
    return {
        "job": asked,
        "state": state,
        "is_over": state not in (JobState.QUEUED, JobState.RUNNING),
        "is_own": asked.owner_id == request.user.pk,
    }


def csrf_failure(request, reason=""):
    """The form was too old or came from elsewhere; nothing was saved."""
    return render(request, "agencies/csrf.html", {"back": page_of(request)}, status=403)


def _recent_failures(request):
    """Failed logins from the network of a request, whatever the names, while the cool-off lasts."""
    since = timezone.now() - (get_cool_off() or timedelta(0))
    return AccessAttempt.objects.filter(ip_address=caller_of(request), attempt_time__gte=since)


def _count(attempts):
    return attempts.aggregate(count=Sum("failures_since_start"))["count"] or 0


def _note_slowed(request):
    """One line in the log for an address that fails too often, until the cool-off has passed."""
    since = clock.now() - (get_cool_off() or timedelta(0))
    network = caller_of(request)
    if not AuditEntry.objects.filter(act=services.SLOWED, at__gte=since, address=network).exists():
        services.audit(by=None, act=services.SLOWED, label=network, address=network, result=Result.FAILED)
