"""Pages of accounts: signing in and out, the person's own account."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as auth_login
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from agencies import devices
from agencies.as_of import ending_of
from agencies.attempts import account_of, attempt_name, fails_everywhere, is_known_device
from agencies.audit_acts import AccountAct
from agencies.forms import CODE_USED, LoginForm, MailPreferenceForm, OwnPasswordForm
from agencies.http import SignedInRequest
from agencies.middleware import log_refusal
from agencies.models import User
from agencies.services import accounts, bulk_accounts, second_factor, sessions
from core import clock, formatting
from core.audit import services as audit_services
from core.audit.models import AuditEntry, Result
from core.notifications import services
from core.notifications.backends import sender
from core.outcome import page_of
from core.proxy import caller_of


class Login(auth.LoginView):
    """Sign-in. Accounts are locked by name and address (axes, in the settings); from an address that fails with many names each
    name is locked at its first failure (decision 0181)."""

    template_name = "agencies/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Return the page that the person wanted, but neither the login page nor the logout page."""
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] in (reverse("login"), reverse("logout")) else url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        limits = {"failure_limit": settings.AXES_FAILURE_LIMIT, "cooloff": get_cool_off(self.request)}
        return super().get_context_data(**kwargs) | limits

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = attempt_name(request)
        turned_away = locked_page(request, name)
        # A slip is used at a new machine, and no stranger guesses its code.
        if turned_away is not None and not bulk_accounts.opens(account_of(name), request.POST.get("password", "")):
            return turned_away
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if second_factor.is_on(user):
            sessions.note_password(self.request, user, self.get_success_url())
            return redirect("sign_in_code")
        answer = enter(self.request, user, self.get_success_url())
        if answer is None:
            form.add_error(None, CODE_USED)
            return super().form_invalid(form)
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Log a failed attempt: by name where there is such an account, else without the name, which may be a password typed into
        the wrong field. Attempts during a lock, and unknown names from an address that fails too often, are not logged: strangers
        could fill the log."""
        log_refusal(self.request, 401, account_of(attempt_name(self.request)))
        if getattr(self.request, "axes_failures_since_start", None) is not None:
            name = form.data.get("username", "").strip()
            known = User.objects.filter(username=name).first() if "\0" not in name else None
            failures = _count(recent_failures(self.request))
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
                network = caller_of(self.request)
                _log_limit(self.request, AccountAct.LIMIT_ADDRESS, network, network)
            if known and fails_everywhere(self.request, known.username):
                _log_limit(self.request, AccountAct.LIMIT_NAME, known.username, self.request.META["REMOTE_ADDR"])
        return super().form_invalid(form)


def locked_page(request: HttpRequest, name: str) -> HttpResponse | None:
    """Return the page that turns a sign-in away where a counted name failed too often from everywhere together, or failed from an
    address that failed with many names; None where neither is so. Known devices wait for their own failures alone."""
    limit, reason = settings.NAME_FAILURE_LIMIT, "by_name"
    if not fails_everywhere(request, name):
        limit, reason = settings.ADDRESS_FAILURE_LIMIT, "by_address"
        recent = recent_failures(request)
        if is_known_device(name) or _count(recent) < limit or not recent.filter(username=name).exists():
            return None
    context = {"failure_limit": limit, "cooloff_timedelta": get_cool_off(request), reason: True}
    return render(request, "agencies/locked.html", context, status=429)


@transaction.atomic
def enter(request: HttpRequest, user: User, page: str) -> HttpResponse | None:
    """Begin the session of a person who has proved to be one, with its line in the log, and lead to a page; the browser is a known
    device from then on. None where they came by a one-time code that was used meanwhile."""
    if user.holds_code and not accounts.spend_code(user=user):
        return None
    audit_services.audit(by=user, act=AccountAct.SIGN_IN, label=user.username, address=request.META["REMOTE_ADDR"])
    ending = ending_of(user.agency) if user.agency is not None else None
    if ending is not None:
        messages.warning(request, f"{ending.agency.full_name}: {ending.sentence}. {ending.advice}")
    due = second_factor.note_asked(user)
    auth_login(request, user, "agencies.backends.AccountBackend")
    sessions.note_beginning(request)
    if due is not None:
        request.session[sessions.SECOND_FACTOR_DUE] = due.timestamp()
        if due > clock.now():
            messages.warning(
                request,
                f"Tài khoản quản trị, thường trực phải bật mã xác thực trước {formatting.datetime(due)}: Tài khoản, Mã xác thực.",
            )
    answer = redirect(page)
    devices.remember(request, answer, user.username)
    return answer


@method_decorator(login_not_required, name="dispatch")
class Logout(auth.LogoutView):
    """Sign-out, only by POST; a GET shows a page with the button. A session that has ended by itself is signed out too: what pages
    kept on the machine goes."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return render(request, "agencies/logout.html")

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user: Any = request.user
        if user.is_authenticated:
            audit_services.audit(
                by=user, act=AccountAct.SIGN_OUT, label=user.username, address=request.META["REMOTE_ADDR"]
            )
        response = super().post(request, *args, **kwargs)
        # Delete the pages' data in this browser, also where no script ran (decision 0060).
        response["Clear-Site-Data"] = '"storage"'
        return response


class PasswordChange(auth.PasswordChangeView):
    """Change of the person's own password. Other sessions of the account end. Who has chosen the first one, in place of a
    one-time code or an issued password, goes on to the page that their work begins with."""

    template_name = "agencies/password_change.html"
    form_class = OwnPasswordForm

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        begins = form.user.holds_code or form.user.must_change_password
        accounts.change_own_password(
            user=form.user, password=form.cleaned_data["new_password1"], address=self.request.META["REMOTE_ADDR"]
        )
        update_session_auth_hash(self.request, form.user)
        messages.success(self.request, "Đã đổi mật khẩu. Các phiên đăng nhập khác của tài khoản đã kết thúc.")
        return redirect("home" if begins else "account")


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """Show the person's name, agency and roles, and the notifications that they want by mail, which POST changes."""
    preference, channel = services.preference_of(request.user), sender()
    form = MailPreferenceForm(request.POST if request.method == "POST" else None, instance=preference)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Đã lưu cách nhận thông báo.")
        return redirect("account")
    context = {
        "roles": [row.get_role_display() for row in request.user.user_roles.all()],
        "form": form,
        "sessions": sessions.sessions_of(request.user, request.session.session_key),
        "way": channel,
        "address": channel.address_of(request.user) if channel else "",
    }
    return render(request, "agencies/account.html", context)


@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    """End the person's sessions but the one that asks."""
    ended = sessions.end_others(
        user=request.user, current=request.session.session_key, address=request.META["REMOTE_ADDR"]
    )
    messages.success(
        request, f"Đã kết thúc {formatting.number(ended)} phiên khác." if ended else "Không có phiên nào khác."
    )
    return redirect("account")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show that the form was too old or came from another site; nothing was saved."""
    return render(request, "agencies/csrf.html", {"back": page_of(request)}, status=403)


def recent_failures(request: HttpRequest) -> QuerySet[AccessAttempt]:
    """Return the failed logins from the network of a request, with any name, within the cool-off."""
    since = timezone.now() - (get_cool_off() or timedelta(0))
    return AccessAttempt.objects.filter(ip_address=caller_of(request), attempt_time__gte=since)


def _count(attempts: QuerySet[AccessAttempt]) -> int:
    return attempts.aggregate(count=Sum("failures_since_start"))["count"] or 0


def _log_limit(request: HttpRequest, act: AccountAct, label: str, address: str) -> None:
    """Write one line in the log for an address or a name that fails too often, once in a cool-off."""
    since = clock.now() - (get_cool_off(request) or timedelta(0))
    if not AuditEntry.objects.filter(act=act, at__gte=since, object_label=label).exists():
        audit_services.audit(by=None, act=act, label=label, address=address, result=Result.FAILED)
