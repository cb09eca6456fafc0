"""Pages about who: logging in and out, one's account."""

from datetime import timedelta

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.db import transaction
from django.db.models import Sum
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from agencies.as_of import ending_of
from agencies.audit_acts import AccountAct
from agencies.forms import LoginForm, MailPreferenceForm, OwnPasswordForm
from agencies.middleware import page_of
from agencies.models import User
from agencies.services import accounts
from core import clock
from core.audit import services as audit_services
from core.audit.models import AuditEntry, Result
from core.notifications import services
from core.notifications.backends import sender
from core.proxy import caller_of


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
        audit_services.audit(
            by=user, act=AccountAct.SIGN_IN, label=user.username, address=self.request.META["REMOTE_ADDR"]
        )
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
                audit_services.audit(
                    by=None,
                    act=AccountAct.SIGN_IN,
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
        audit_services.audit(by=user, act=AccountAct.SIGN_OUT, label=user.username, address=request.META["REMOTE_ADDR"])
        response = super().post(request, *args, **kwargs)
        # Whatever pages kept on this machine goes with its person, even where no script ran (decision 0060).
        response["Clear-Site-Data"] = '"storage"'
        return response


class PasswordChange(auth.PasswordChangeView):
    """One's own password. Other sessions of the account end with it."""

    template_name = "agencies/password_change.html"
    form_class = OwnPasswordForm

    def form_valid(self, form):
        accounts.change_own_password(
            user=form.user, password=form.cleaned_data["new_password1"], address=self.request.META["REMOTE_ADDR"]
        )
        update_session_auth_hash(self.request, form.user)
        messages.success(self.request, "Đã đổi mật khẩu. Các phiên đăng nhập khác của tài khoản đã kết thúc.")
        return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
def account(request):
    """Who one is here: name, agency, roles; and which notices one wants by mail, which POST changes."""
    wish, way = services.preference_of(request.user), sender()
    form = MailPreferenceForm(request.POST if request.method == "POST" else None, instance=wish)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Đã lưu cách nhận thông báo.")
        return redirect("account")
    held = [grant.get_role_display() for grant in request.user.grants.all()]
    address = way.address_of(request.user) if way else ""
    return render(request, "agencies/account.html", {"roles": held, "form": form, "way": way, "address": address})


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
    if not AuditEntry.objects.filter(act=AccountAct.LIMIT_ADDRESS, at__gte=since, address=network).exists():
        audit_services.audit(
            by=None, act=AccountAct.LIMIT_ADDRESS, label=network, address=network, result=Result.FAILED
        )
