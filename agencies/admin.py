"""Administration of agencies and accounts, and the bases of all administration: every change is logged, and figures, approvals,
roll-ups and the log are read-only."""

from collections.abc import Iterator, Mapping
from typing import Any

from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from agencies.audit_acts import RowAct
from agencies.http import SignedInRequest
from agencies.list_export import ListExport
from agencies.models import Agency, Level, Placement, User, UserRole
from agencies.services import accounts, second_factor
from core import formatting
from core.audit import services
from core.audit.models import AuditEntry
from core.formatting import fold
from core.jobs.models import Job
from core.notifications.events import event_of
from core.notifications.models import Notification

admin.site.unregister(Group)  # rights follow the roles, not Django's groups
admin.site.unregister([AccessLog, AccessFailureLog, AccessAttempt])  # our own log has them; attempts: `LockAdmin`


class LevelFilter(admin.ChoicesFieldListFilter):
    """The filter of a list by level: only the levels that the tree has."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield the choice of all, then those of the levels in use. One query."""
        used = set(Agency.objects.order_by().values_list("level", flat=True).distinct())
        labels = {str(level.label) for level in Level if level.value in used}
        for place, choice in enumerate(super().choices(changelist)):
            if not place or choice["display"] in labels:
                yield choice


class ReadOnly:
    """Mixin of models and inlines that are shown but never written."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SafeLookups(admin.ModelAdmin):
    """A list whose filters never look at a password: by the parameter `password__startswith`, Django's own would tell a stored hash
    letter by letter."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return "password" not in lookup.split("__") and super().lookup_allowed(lookup, value, request)


class ReadOnlyAdmin(ReadOnly, ListExport, SafeLookups):
    pass


class NamedInline(admin.TabularInline):
    """A table of fields in which each has its column's title as its label, for screen readers."""

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            widget: Any = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", field.label)
        return field


class AuditedAdmin(ListExport, SafeLookups):
    """A model that is edited here: each change is logged, and nothing is deleted."""

    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data:
            act = RowAct.CHANGE if change else RowAct.ADD
            self.audit(request, obj, act, str(self.opts.verbose_name), changed_fields(form))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            changed = formset.new_objects, [obj for obj, _ in formset.changed_objects], formset.deleted_objects
            changes = {
                verb: [str(obj) for obj in objs]
                for verb, objs in zip(("thêm", "sửa", "bỏ"), changed, strict=True)
                if objs
            }
            if changes:
                object_type = f"{formset.model._meta.verbose_name} của {self.opts.verbose_name}"
                self.audit(request, form.instance, RowAct.CHANGE, object_type, changes)

    def audit(
        self, request: HttpRequest, obj: models.Model, act: RowAct, object_type: str, detail: Mapping[str, object]
    ) -> None:
        """Write the line of the log."""
        services.audit(
            by=request.user,
            act=act,
            object_type=object_type,
            label=str(obj),
            address=request.META["REMOTE_ADDR"],
            chi_tiet=detail,
        )


def changed_fields(form: forms.ModelForm) -> dict[str, list[str]]:
    """Return the changes of a form, {field: [before, after]}, as text."""
    return {name: [str(form.initial.get(name, "")), str(form.cleaned_data.get(name))] for name in form.changed_data}


@admin.register(Agency)
class AgencyAdmin(AuditedAdmin):
    """Names and order. The tree itself changes from a day on, by the pages of the organisation."""

    list_display = ["code", "name", "short_name", "level", "parent", "first_day", "last_day"]
    list_filter = [("level", LevelFilter)]
    list_select_related = ["parent__parent"]
    search_fields = ["search_key"]
    fields = [
        "code",
        "level",
        "parent",
        "name",
        "short_name",
        "aliases",
        "gso_code",
        "electronic_code",
        "position",
        "map_row",
        "map_column",
        "first_day",
        "last_day",
    ]
    readonly_fields = ["code", "level", "parent", "first_day", "last_day"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Agency | None = None) -> list[str]:
        # A renamed agency has its names by day: another name is a change of the organisation (/to-chuc/).
        renamed = obj is not None and obj.names.exists()
        return [*self.readonly_fields, *(["name", "short_name"] if renamed else [])]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Agency], search_term: str
    ) -> tuple[QuerySet[Agency], bool]:
        return super().get_search_results(request, queryset, fold(search_term))


@admin.register(Placement)
class PlacementAdmin(ReadOnlyAdmin):
    list_display = ["agency", "parent", "first_day"]
    list_select_related = ["agency__parent", "parent__parent"]
    search_fields = ["agency__search_key"]


class RoleInline(NamedInline):
    """Roles of an account; nobody edits their own."""

    model = UserRole
    extra = 1
    max_num = 6

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj != request.user

    has_delete_permission = has_change_permission
    has_add_permission = has_change_permission


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "full_name", "position", "agency", "phone", "email", "is_active"]


@admin.register(User)
class AccountAdmin(AuditedAdmin):
    """Accounts with their roles. A password is only ever issued, and must be changed at the next login; an account that is no
    longer needed is deactivated, not deleted."""

    form = AccountForm
    inlines = [RoleInline]
    autocomplete_fields = ["agency"]
    ordering = ["agency__position", "username"]
    list_display = [
        "username",
        "full_name",
        "agency",
        "roles_in_words",
        "is_active",
        "must_change_password",
        "last_login",
        "has_second_factor",
        "is_demo",
    ]
    list_filter = ["is_active", "user_roles__role", ("agency__level", LevelFilter), "must_change_password", "is_demo"]
    list_select_related = ["agency__parent"]
    search_fields = ["username", "full_name", "agency__search_key"]
    readonly_fields = ["must_change_password", "is_demo", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "full_name", "position", "agency", "phone", "email", "is_active"]}),
        ("Tình trạng", {"fields": ["must_change_password", "is_demo", "last_login", "date_joined"]}),
    ]

    @admin.display(description="vai trò")
    def roles_in_words(self, user: User) -> str:
        return ", ".join(row.get_role_display() for row in user.user_roles.all())

    @admin.display(description="mã xác thực", boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return bool(getattr(user, "factors", 0))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = super().get_queryset(request).annotate(factors=models.Count("second_factor"))
        return users.prefetch_related("user_roles")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return [*self.readonly_fields, *(["is_active"] if obj == request.user else [])]

    def get_urls(self) -> list[URLPattern]:
        issue = self.admin_site.admin_view(self.issue_password)
        unlock = self.admin_site.admin_view(require_POST(self.unlock))
        reset = self.admin_site.admin_view(require_POST(self.reset_second_factor))
        return [
            path("<path:id>/mat-khau/", issue, name="issue_password"),
            path("<path:id>/mo-khoa/", unlock, name="unlock_account"),
            path("<path:id>/bo-ma-xac-thuc/", reset, name="reset_second_factor"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the account, with the way to end its lock after failed logins."""
        user = self.get_object(request, unquote(object_id))
        locked = user is not None and user.username in accounts.locked_names()
        told = {
            "is_locked": locked,
            "has_factor": user is not None and user != request.user and bool(getattr(user, "factors", 0)),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **told})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        elif obj.is_active and "is_active" in form.changed_data:
            obj.enable()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance != request.user:
            accounts.follow_roles(user=form.instance)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(request, f"Đã thêm tài khoản {obj.username}. Cấp mật khẩu để người dùng đăng nhập lần đầu.")
        return redirect("admin:issue_password", obj.pk)

    def issue_password(self, request: SignedInRequest, id: str) -> HttpResponse:
        """Issue a password for another person, to be given to them in person and changed at the next login."""
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        form = SetPasswordForm(user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            with transaction.atomic():
                accounts.issue_password(
                    user=user,
                    password=form.cleaned_data["new_password1"],
                    by=request.user,
                    address=request.META["REMOTE_ADDR"],
                )
            self.message_user(request, f"Đã cấp mật khẩu cho {user.username}; phải đổi ở lần đăng nhập tới.")
            return redirect(reverse("admin:agencies_user_change", args=[user.pk]))
        title = f"Cấp mật khẩu cho {user.username}"
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "opts": self.opts,
            "person": user,
            "days": accounts.CODE_DAYS,
        }
        return TemplateResponse(request, "admin/agencies/user/issue_password.html", context)

    def unlock(self, request: SignedInRequest, id: str) -> HttpResponse:
        """End the lock of an account after failed logins."""
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        accounts.unlock(username=user.username, by=request.user, address=request.META["REMOTE_ADDR"])
        self.message_user(request, f"Đã mở khóa đăng nhập cho {user.username}.")
        return redirect("admin:agencies_user_change", user.pk)

    def reset_second_factor(self, request: SignedInRequest, id: str) -> HttpResponse:
        """Take the second factor of another person away, who lost phone and recovery codes."""
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user) or user == request.user:
            raise PermissionDenied
        if second_factor.reset(user=user, by=request.user, address=request.META["REMOTE_ADDR"]):
            self.message_user(
                request, f"Đã bỏ mã xác thực của {user.username}. Người dùng được báo, và bật lại khi đăng nhập."
            )
        return redirect("admin:agencies_user_change", user.pk)


@admin.register(AccessAttempt)
class LockAdmin(AccessAttemptAdmin):
    """Consecutive failed logins, by name and address. Deleting one unlocks it, and is logged; so is releasing a whole address."""

    actions = ["release_addresses"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out Django's own deletion, which is not logged."""
        return {name: act for name, act in super().get_actions(request).items() if name == "release_addresses"}

    @admin.action(description="Mở khóa mọi tên từ địa chỉ của các dòng đã chọn", permissions=["delete"])
    def release_addresses(self, request: SignedInRequest, attempts: QuerySet[AccessAttempt]) -> None:
        """Forget the failures from the chosen rows' addresses, with any names."""
        addresses = set(attempts.values_list("ip_address", flat=True))
        done = accounts.unlock_addresses(addresses=addresses, by=request.user, address=request.META["REMOTE_ADDR"])
        self.message_user(
            request, f"Đã mở khóa {formatting.number(done)} tên từ {formatting.number(len(addresses))} địa chỉ."
        )

    @admin.display(description="trạng thái")
    def status(self, obj: AccessAttempt) -> str:
        return str(super().status(obj))

    @admin.display(description="hết khóa lúc")
    def expiration(self, obj: AccessAttempt) -> Any:
        return super().expiration(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: SignedInRequest, obj: AccessAttempt) -> None:
        accounts.forget_failures(attempt=obj, by=request.user, address=request.META["REMOTE_ADDR"])


AUDIT_FIELDS = (
    "number",
    "at",
    "account",
    "name",
    "address",
    "act",
    "label",
    "result",
    "detail",
    "previous_hash",
    "hash",
)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["number", "at", "account", "name", "act", "label", "result", "address"]
    list_display_links = ["number", "at"]
    list_filter = ["act", "result"]
    date_hierarchy = "at"
    search_fields = ["account", "actor_name", "object_label"]
    fields = AUDIT_FIELDS
    readonly_fields = AUDIT_FIELDS

    @admin.display(description="người thực hiện")
    def name(self, entry: AuditEntry) -> str:
        return formatting.one_line(entry.actor_name)

    @admin.display(description="đối tượng")
    def label(self, entry: AuditEntry) -> str:
        return formatting.one_line(entry.object_label)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "title", "owner", "state", "message", "finished_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["owner"]
    search_fields = ["title", "owner__username", "owner__full_name"]
    exclude = ["file"]


class EventFilter(admin.SimpleListFilter):
    """Notifications by event, by its name."""

    title = "việc"
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        keys = Notification.objects.order_by("event").values_list("event", flat=True).distinct()
        return [(key, _event_label(key)) for key in keys]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        return queryset.filter(event=self.value()) if self.value() else queryset


def _event_label(key: str) -> str:
    event = event_of(key)
    return event.label if event else "việc không còn dùng"


@admin.register(Notification)
class NoticeAdmin(ReadOnlyAdmin):
    """Notifications: recipient, event, and the state of the letter."""

    list_display = ["at", "person", "event_label", "title", "read_at", "mail", "mail_at"]
    list_filter = ["mail", EventFilter]
    list_select_related = ["person"]
    search_fields = ["person__username", "person__full_name", "title"]
    fields = [
        "at",
        "person",
        "event_label",
        "title",
        "text",
        "url",
        "read_at",
        "mail",
        "mail_after",
        "mail_at",
        "attempts",
    ]

    @admin.display(description="việc", ordering="event")
    def event_label(self, notice: Notification) -> str:
        return _event_label(notice.event)
