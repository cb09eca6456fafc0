"""*Tổ chức*: mergers, splits, renamings, moves and ends of agencies on a day; the effects are shown before the
change."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.as_of import PART_MEANING, Change, Ending, ending_of, recent_changes
from agencies.http import SignedInRequest
from agencies.models import Agency, AgencyName, Placement, Succession, User, share_words
from agencies.roles import Role
from core import clock, formatting
from core.fields import TextField
from core.forms import DayField, ReasonField
from core.installation.queries import current
from core.numbers import NumberError
from indicators import errors
from indicators.models import ReportingPeriod, Submission
from indicators.reorganisation import by_file, services
from indicators.reorganisation.preview import Effects, preview
from indicators.reorganisation.services import NewAgency, PlannedChange
from indicators.submissions.forms import clean_text
from indicators.workbooks import sandbox

# Changes on the first page, newest first.
MOST_CHANGES = 60
# The longest word of a reason, in letters.
MOST_WORDS = 2000


class AgencyField(TextField):
    """An agency by its code; the typed text is kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=32, error_messages={"required": "Ghi mã đơn vị."}, **kwargs)
        self.widget.attrs |= {"list": "don-vi", "autocomplete": "off"}

    def clean(self, value: Any) -> Agency | None:
        code = super().clean(value).strip()
        if not code:
            return None
        agency = Agency.objects.select_related("parent").filter(code=code).first()
        if agency is None:
            raise forms.ValidationError(f"Không có đơn vị mã {code}.")
        return agency


class AgenciesField(TextField):
    """Agencies by their codes."""

    def clean(self, value: Any) -> list[Agency]:
        codes = super().clean(value).replace(",", " ").replace(";", " ").split()
        by_code = {agency.code: agency for agency in Agency.objects.filter(code__in=codes)}
        unknown = [code for code in codes if code not in by_code]
        if unknown:
            raise forms.ValidationError(f"Không có đơn vị mã {', '.join(unknown)}.")
        return [by_code[code] for code in dict.fromkeys(codes)]


class OrganisationForm(forms.Form):
    """The form of an act on the organisation: its fields, the act, and the sentences about it."""

    @property
    def sentence(self) -> str:
        """The act as a sentence, without a full stop."""
        raise NotImplementedError

    @property
    def meanings(self) -> tuple[str, ...]:
        """The meaning beside reports and roll-ups, a sentence each."""
        return ()

    def act(self, *, by: User, address: str) -> object:
        """Carry the act out. Raises ActionNotAllowed."""
        raise NotImplementedError

    def done(self, title: str) -> str:
        """Return the message after the act. title: the name of its kind."""
        raise NotImplementedError


class ChangeForm(OrganisationForm):
    """Fields of every change: the first day and the reason."""

    from_day = DayField(label="Từ ngày")
    reason = ReasonField("Căn cứ", help_text="Số nghị quyết, quyết định. Ghi vào nhật ký.")

    def clean_from_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["from_day"]
        if not dt.date(2000, 1, 1) <= day < dt.date(2100, 1, 1):
            raise forms.ValidationError("Chọn ngày từ năm 2000 đến năm 2099.")
        return day

    def done(self, title: str) -> str:
        day = formatting.date(self.cleaned_data["from_day"])
        return f"Đã ghi: {title.lower()} từ ngày {day}. {self.sentence}."


class RenameForm(ChangeForm):
    agency = AgencyField(label="Mã đơn vị")
    name = TextField(label="Tên mới", max_length=200)
    short_name = TextField(label="Tên ngắn mới", max_length=80)
    field_order = ["agency", "name", "short_name"]

    def act(self, *, by: User, address: str) -> AgencyName:
        return services.rename_agency(**self.cleaned_data, by=by, address=address)

    @property
    def sentence(self) -> str:
        return f"{self.cleaned_data['agency']} đổi tên thành {self.cleaned_data['name']}"


class MergeForm(ChangeForm):
    agencies = AgenciesField(
        label="Mã các đơn vị bị nhập",
        help_text="Cách nhau dấu phẩy. Các đơn vị này kết thúc hoạt động vào ngày trước đó.",
    )
    into = AgencyField(label="Sáp nhập vào đơn vị có sẵn (mã)", required=False)
    code = TextField(label="hoặc thành đơn vị mới: mã", max_length=32, required=False)
    name = TextField(label="Tên đơn vị mới", max_length=200, required=False)
    short_name = TextField(label="Tên ngắn", max_length=80, required=False)
    move_accounts = forms.BooleanField(
        label="Chuyển ngay tài khoản của các đơn vị bị nhập sang đơn vị tiếp nhận",
        required=False,
        help_text="Chỉ chọn khi các đơn vị đó đã nộp xong phiếu cuối; không chọn thì chuyển sau, ở trang Tài khoản.",
    )
    field_order = ["agencies", "into", "code", "name", "short_name", "from_day", "reason", "move_accounts"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if not self.errors and bool(cleaned["into"]) == bool(cleaned["code"]):
            raise forms.ValidationError("Ghi một trong hai: mã đơn vị có sẵn, hoặc mã đơn vị mới.")
        return cleaned

    def act(self, *, by: User, address: str) -> Agency:
        cleaned = self.cleaned_data
        agencies, reason = cleaned["agencies"], cleaned["reason"]
        into = cleaned["into"] or NewAgency(cleaned["code"], cleaned["name"], cleaned["short_name"])
        with transaction.atomic():
            receiver = services.merge_agencies(
                agencies=agencies, into=into, from_day=cleaned["from_day"], reason=reason, by=by, address=address
            )
            people = list(User.objects.filter(agency__in=agencies))
            if cleaned["move_accounts"] and people:
                services.move_accounts(people=people, to=receiver, reason=reason, by=by, address=address)
        return receiver

    @property
    def sentence(self) -> str:
        cleaned = self.cleaned_data
        into = f"đơn vị có sẵn {cleaned['into']} ({cleaned['into'].code})" if cleaned["into"] else ""
        into = into or f"đơn vị mới {cleaned['name']} ({cleaned['code']})"
        return f"{_named(cleaned['agencies'])} sáp nhập vào {into}"


class SplitForm(ChangeForm):
    agency = AgencyField(label="Mã đơn vị bị tách")
    parts = TextField(
        label="Các đơn vị mới, mỗi dòng một đơn vị",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="mã | tên đầy đủ | tên ngắn | mã các đơn vị trực thuộc chuyển sang, cách nhau dấu cách (nếu có)",
    )
    continues = forms.BooleanField(label="Đơn vị cũ vẫn hoạt động", required=False)
    field_order = ["agency", "parts", "continues"]

    def clean_parts(self) -> tuple[list[NewAgency], dict[str, str]]:
        parts: list[NewAgency] = []
        children: dict[str, str] = {}
        for number, line in enumerate(filter(str.strip, self.cleaned_data["parts"].splitlines()), 1):
            cells = [cell.strip() for cell in line.split("|")]
            if not 3 <= len(cells) <= 4:
                raise forms.ValidationError(f"Dòng {number}: cần mã, tên đầy đủ và tên ngắn, cách nhau dấu |.")
            parts.append(NewAgency(*cells[:3]))
            for child in cells[3].split() if len(cells) == 4 else []:
                if child in children:
                    raise forms.ValidationError(f"Dòng {number}: {child} đã được chuyển ở dòng trên.")
                children[child] = cells[0]
        if len({part.code for part in parts}) < len(parts):
            raise forms.ValidationError("Hai đơn vị mới cùng một mã.")
        return parts, children

    def act(self, *, by: User, address: str) -> list[Agency]:
        cleaned = self.cleaned_data
        parts, children = cleaned["parts"]
        return services.split_agency(
            agency=cleaned["agency"],
            into=parts,
            children=children,
            continues=cleaned["continues"],
            from_day=cleaned["from_day"],
            reason=cleaned["reason"],
            by=by,
            address=address,
        )

    @property
    def sentence(self) -> str:
        cleaned = self.cleaned_data
        verb = "tách một phần ra thành" if cleaned["continues"] else "tách thành"
        return f"{cleaned['agency']} {verb} {_named(part.name for part in cleaned['parts'][0])}"


class ShareField(TextField):
    """A share of a territory, as `30%` or `0,3`."""

    def clean(self, value: Any) -> Decimal:
        try:
            return services.read_share(super().clean(value))
        except NumberError as error:
            raise forms.ValidationError(error.message) from None


class PartForm(ChangeForm):
    agency = AgencyField(label="Mã xã chuyển một phần địa bàn")
    into = AgencyField(label="Mã xã nhận phần địa bàn")
    share = ShareField(
        label="Tỷ lệ địa bàn chuyển",
        max_length=40,
        help_text="Như 30% hoặc 0,3: phần mẫu số (dân số, số hộ) của xã chuyển sang xã nhận.",
        error_messages={"required": "Ghi tỷ lệ, như 30%."},
    )
    field_order = ["agency", "into", "share"]

    def act(self, *, by: User, address: str) -> Agency:
        return services.give_part(**self.cleaned_data, by=by, address=address)

    @property
    def sentence(self) -> str:
        cleaned = self.cleaned_data
        return f"{cleaned['into']} nhận {share_words(cleaned['share'])} địa bàn của {cleaned['agency']}"


class MoveForm(ChangeForm):
    agency = AgencyField(label="Mã đơn vị")
    parent = AgencyField(label="Chuyển về cơ quan (mã)")
    field_order = ["agency", "parent"]

    def act(self, *, by: User, address: str) -> Placement:
        return services.move_agency(**self.cleaned_data, by=by, address=address)

    @property
    def sentence(self) -> str:
        return f"{self.cleaned_data['agency']} chuyển về {self.cleaned_data['parent']}"


class CloseForm(ChangeForm):
    agency = AgencyField(label="Mã đơn vị")
    successor = AgencyField(
        label="Đơn vị tiếp nhận nhiệm vụ (mã, nếu có)",
        required=False,
    )
    field_order = ["agency", "successor"]

    def act(self, *, by: User, address: str) -> Agency:
        cleaned = self.cleaned_data
        return services.close_agency(
            agency=cleaned["agency"],
            successor=cleaned["successor"],
            last_day=cleaned["from_day"] - dt.timedelta(days=1),
            reason=cleaned["reason"],
            by=by,
            address=address,
        )

    @property
    def sentence(self) -> str:
        cleaned = self.cleaned_data
        successor = f"nhiệm vụ giao cho {cleaned['successor']}" if cleaned["successor"] else "không có đơn vị tiếp nhận"
        return f"{cleaned['agency']} kết thúc hoạt động, {successor}"


class JoinForm(ChangeForm):
    """The province becomes part of another one."""

    province = TextField(
        label="Tỉnh, thành phố mới",
        max_length=80,
        help_text="Viết như ở giữa câu, có cả chữ “tỉnh” hoặc “thành phố”.",
        error_messages={"required": "Ghi tên tỉnh, thành phố mới."},
    )
    standing_agency = TextField(
        label="Cơ quan thường trực từ ngày đó (để trống: như cũ)", max_length=200, required=False
    )
    field_order = ["province", "standing_agency"]

    def act(self, *, by: User, address: str) -> Agency:
        return services.join_province(**self.cleaned_data, by=by, address=address)

    @property
    def sentence(self) -> str:
        return f"Cả tỉnh thuộc {self.cleaned_data['province']}"

    @property
    def meanings(self) -> tuple[str, ...]:
        here, cleaned = current(), self.cleaned_data
        told = [f"Tên ở đầu trang, thư và tệp: {here.province or 'chưa ghi'} đổi sang {cleaned['province']}."]
        if cleaned["standing_agency"]:
            told.append(
                f"Cơ quan thường trực: {here.standing_agency or 'chưa ghi'} đổi sang {cleaned['standing_agency']}."
            )
        return (
            *told,
            "Mẫu ban hành của các kế hoạch chưa khóa mang tên mới; báo cáo đã phát hành và trang của các kỳ trước giữ tên cũ.",
        )


class TakeBackForm(OrganisationForm):
    """Undoing of a change recorded by mistake, named by an agency in it; its day has not come."""

    agency = AgencyField(label="Mã đơn vị", help_text="Một đơn vị có phần trong việc sáp nhập, tách hoặc kết thúc đó.")
    reason = ReasonField("Vì sao hủy", help_text="Ghi vào nhật ký.")

    planned: PlannedChange | None = None
    undone, undoing = "Đã hủy", "Hủy việc"

    def change_of(self, agency: Agency) -> PlannedChange | None:
        """Return the change that is undone."""
        return services.planned_change_of(agency)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if not self.errors:
            self.planned = self.change_of(cleaned["agency"])
            cleaned["from_day"] = self.planned.first_day if self.planned else clock.today()
        return cleaned

    def act(self, *, by: User, address: str) -> PlannedChange:
        cleaned = self.cleaned_data
        return services.take_back_change(agency=cleaned["agency"], reason=cleaned["reason"], by=by, address=address)

    @property
    def sentence(self) -> str:
        return f"{self.undoing} {self._planned_sentence()}"

    def done(self, title: str) -> str:
        return f"{self.undone}: {self._planned_sentence()}."

    def _planned_sentence(self) -> str:
        if self.planned is None:
            raise LookupError("no planned change")
        return self.planned.sentence


class UndoForm(TakeBackForm):
    """Undoing of a change recorded by mistake whose day has come."""

    undone, undoing = "Đã hoàn tác", "Hoàn tác việc"

    def change_of(self, agency: Agency) -> PlannedChange | None:
        """Return the change that is undone."""
        return services.past_change_of(agency)

    def act(self, *, by: User, address: str) -> PlannedChange:
        cleaned = self.cleaned_data
        return services.undo_change(agency=cleaned["agency"], reason=cleaned["reason"], by=by, address=address)


class ByFileForm(ChangeForm):
    """A reorganisation of many agencies, by the lines of a file (docs/decisions/0274)."""

    lines = TextField(
        label="Bảng mã cũ và mã mới",
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": "Dán bảng vào đây, hoặc chọn tệp."},
        help_text=(
            f"Dán từ Excel hoặc CSV, hoặc chọn tệp ở dưới; dòng đầu là tên cột: {', '.join(by_file.COLUMNS)}. "
            "Mã mới để trống: đơn vị kết thúc. Có tỷ lệ (như 30%): chỉ phần địa bàn đó của đơn vị cũ sang đơn vị mới."
        ),
    )
    file = forms.FileField(label="Tệp Excel hoặc CSV (thay cho bảng trên)", required=False)
    field_order = ["lines", "file", "from_day", "reason"]

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        """A chosen file takes the place of what was pasted, and is seen there."""
        self.file_refusal = ""
        upload = files.get("file") if files else None
        if data is not None and upload is not None:
            data = data.copy()
            try:
                data["lines"] = by_file.text_of(upload.read(sandbox.MOST_BYTES + 1))
            except errors.ActionNotAllowed as refused:
                self.file_refusal = str(refused)
            except UnicodeDecodeError:
                self.file_refusal = (
                    "Tệp không mã hóa UTF-8. Lưu lại dạng Excel (.xlsx) hoặc CSV UTF-8. Chưa thay đổi gì."
                )
        super().__init__(data, files, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.csv"

    def clean_file(self) -> None:
        if self.file_refusal:
            raise forms.ValidationError(self.file_refusal)

    def clean_lines(self) -> list[by_file.Replacement]:
        try:
            return by_file.read(self.cleaned_data["lines"])
        except errors.ActionNotAllowed as refused:
            raise forms.ValidationError(str(refused)) from None

    def act(self, *, by: User, address: str) -> list[str]:
        cleaned = {name: self.cleaned_data[name] for name in ("lines", "from_day", "reason")}
        return by_file.reorganise(**cleaned, by=by, address=address)

    @property
    def sentence(self) -> str:
        return f"sắp xếp {formatting.number(len(self.cleaned_data['lines']))} đơn vị theo tệp"


class TakeBackDayForm(ChangeForm):
    """Undoing of every change of a day which has not come."""

    def act(self, *, by: User, address: str) -> int:
        cleaned = self.cleaned_data
        return by_file.take_back_day(day=cleaned["from_day"], reason=cleaned["reason"], by=by, address=address)

    @property
    def sentence(self) -> str:
        return f"Hủy mọi thay đổi tổ chức từ ngày {formatting.date(self.cleaned_data['from_day'])}"

    def done(self, title: str) -> str:
        return f"Đã hủy mọi thay đổi tổ chức từ ngày {formatting.date(self.cleaned_data['from_day'])}."


class UndoDayForm(ChangeForm):
    """Undoing of every change of a day which has come."""

    def act(self, *, by: User, address: str) -> int:
        cleaned = self.cleaned_data
        return by_file.undo_day(day=cleaned["from_day"], reason=cleaned["reason"], by=by, address=address)

    @property
    def sentence(self) -> str:
        return f"Hoàn tác mọi thay đổi tổ chức từ ngày {formatting.date(self.cleaned_data['from_day'])}"

    def done(self, title: str) -> str:
        return f"Đã hoàn tác mọi thay đổi tổ chức từ ngày {formatting.date(self.cleaned_data['from_day'])}."


def _named(names: Iterable[object]) -> str:
    return "; ".join(map(str, names))


KINDS: dict[str, tuple[str, type[OrganisationForm], str]] = {
    "doi-ten": ("Đổi tên", RenameForm, "Trang của các kỳ trước ngày này vẫn ghi tên cũ; tìm tên cũ vẫn ra."),
    "nhap": (
        "Sáp nhập đơn vị",
        MergeForm,
        "Số liệu đã nộp vẫn là của đơn vị đã nộp; nhiệm vụ báo cáo và đơn vị trực thuộc chuyển sang đơn vị tiếp nhận.",
    ),
    "tach": (
        "Tách đơn vị",
        SplitForm,
        "Mỗi đơn vị mới nhận đủ nhiệm vụ báo cáo của đơn vị bị tách; số liệu cũ ở lại với đơn vị cũ.",
    ),
    "chuyen-mot-phan": ("Chuyển một phần địa bàn", PartForm, f"Cả hai xã vẫn hoạt động. {PART_MEANING}"),
    "chuyen": ("Chuyển đơn vị", MoveForm, "Đổi cơ quan cấp trên của đơn vị."),
    "ket-thuc": ("Kết thúc hoạt động", CloseForm, "Từ ngày ghi ở dưới đơn vị không còn hoạt động."),
    "tinh-moi": (
        "Tỉnh về tỉnh khác",
        JoinForm,
        "Cả cây tổ chức thuộc tỉnh, thành phố mới từ một ngày; số liệu và chuỗi toàn tỉnh tiếp tục. Chưa đến ngày thì hủy ở "
        "Hủy mọi thay đổi của một ngày.",
    ),
    "theo-tep": (
        "Sắp xếp theo tệp",
        ByFileForm,
        "Nhiều đơn vị trong một ngày: kết thúc, nhập, chuyển một phần địa bàn, đổi tên, đổi cơ quan cấp trên. Sai một dòng thì "
        "không ghi gì.",
    ),
    "huy-ngay": (
        "Hủy mọi thay đổi của một ngày",
        TakeBackDayForm,
        "Mọi việc sáp nhập, tách, kết thúc, chuyển, đổi tên từ một ngày chưa đến được hủy: mọi đơn vị trở lại như trước khi ghi.",
    ),
    "huy": (
        "Hủy thay đổi chưa đến ngày",
        TakeBackForm,
        "Việc sáp nhập, tách, kết thúc ghi nhầm và chưa đến ngày được hủy: mọi đơn vị trở lại như trước khi ghi.",
    ),
    "hoan-tac": (
        "Hoàn tác thay đổi đã đến ngày",
        UndoForm,
        "Ghi nhầm mà ngày đã đến: hoàn tác được khi chưa phiếu nào của cây mới được duyệt. Nhật ký giữ cả hai việc.",
    ),
    "hoan-tac-ngay": (
        "Hoàn tác mọi thay đổi của một ngày đã đến",
        UndoDayForm,
        "Như trên, cho mọi việc sáp nhập, tách, kết thúc, chuyển, đổi tên từ ngày đó.",
    ),
}


@require_safe
def organisation(request: SignedInRequest) -> HttpResponse:
    """Show the possible changes, and the past and planned ones."""
    _check_keeper(request.user)
    changes = recent_changes(MOST_CHANGES)
    context = {
        "kinds": [(kind, title, text) for kind, (title, _, text) in KINDS.items()],
        "changes": changes,
        "undoable": _undoable(changes),
        "today": clock.today(),
        "stranded": _stranded().count() if request.user.holds(Role.ADMIN) else 0,
    }
    return render(request, "indicators/reorganisation/organisation.html", context)


def _undoable(changes: Iterable[Change]) -> set[int]:
    """Return the positions in the list of changes that can still be undone, one for each agency.

    One or two queries for each of the few agencies with a planned change.
    """
    places: dict[Agency, int] = {}
    for place, change in enumerate(changes):
        if change.day >= clock.today():
            places.setdefault(change.agency, place)
    return {place for agency, place in places.items() if services.planned_change_of(agency)}


@dataclass(frozen=True)
class Stranded:
    """Accounts of an ended agency: the users, their possible new agencies, and the months without a submitted
    report."""

    agency: Agency
    ending: Ending
    people: list[User]
    unsent: list[ReportingPeriod]

    @property
    def unsent_words(self) -> str:
        """`tháng 7, tháng 8`."""
        return ", ".join(f"tháng {period.label}" for period in self.unsent)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accounts(request: SignedInRequest) -> HttpResponse:
    """Show accounts of ended agencies; POST moves the chosen ones to a successor. For administrators."""
    if not request.user.holds(Role.ADMIN):
        raise Http404("Tài khoản không chuyển tài khoản.")
    refusal = ""
    if request.method == "POST":
        try:
            successor = get_object_or_404(Agency, code=request.POST.get("ve", "").replace("\0", ""))
            moved = services.move_accounts(
                people=_stranded().filter(
                    username__in=[clean_text(name) for name in request.POST.getlist("tai-khoan")]
                ),
                to=successor,
                reason=clean_text(request.POST.get("reason", ""))[:MOST_WORDS],
                by=request.user,
                address=request.META["REMOTE_ADDR"],
            )
            messages.success(request, f"Đã chuyển {len(moved)} tài khoản về {successor.full_name}.")
            return redirect("organisation_accounts")
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
    context = {"groups": _stranded_groups(), "refusal": refusal, "typed": request.POST}
    return render(request, "indicators/reorganisation/accounts.html", context, status=409 if refusal else 200)


def _stranded():
    """Active accounts of ended agencies that have a successor."""
    gone = Succession.objects.exclude(way=Succession.Way.PARTED).values("before")
    ended = Agency.objects.filter(last_day__lt=clock.today(), pk__in=gone)
    people = User.objects.filter(is_active=True, agency__in=ended)
    return (
        people.select_related("agency__parent").prefetch_related("user_roles").order_by("agency__position", "username")
    )


def _stranded_groups() -> list[Stranded]:
    """Return the accounts by agency. Three queries for each agency: there are few."""
    by_agency: dict[Agency, list[User]] = {}
    for person in _stranded():
        by_agency.setdefault(person.agency, []).append(person)
    still_open = ReportingPeriod.objects.started().filter(closes_on__gte=clock.today())
    groups = []
    for agency, people in by_agency.items():
        owed = still_open.filter(window_last__lte=agency.last_day)
        sent = Submission.objects.filter(agency=agency, period__in=owed, submitted_at__isnull=False)
        done = set(sent.values_list("period", flat=True))
        unsent = [period for period in owed.select_related("plan") if period.pk not in done]
        ending = ending_of(agency)
        if ending is not None:
            groups.append(Stranded(agency, ending, people, unsent))
    return groups


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def change(request: SignedInRequest, kind: str) -> HttpResponse:
    """Show one change: the form, then its effects; POST carries it out."""
    _check_keeper(request.user)
    if kind not in KINDS:
        raise Http404("Không có việc này.")
    title, form_class, text = KINDS[kind]
    form = form_class(
        request.POST or None, request.FILES or None, initial={"agency": request.GET.get("don-vi", "")[:32]}
    )
    effects: Effects | None = None
    refusal = ""
    if request.method == "POST" and form.is_valid():
        by, address = request.user, request.META["REMOTE_ADDR"]
        try:
            if request.POST.get("act") == "confirm":
                form.act(by=by, address=address)
                messages.success(request, f"{form.done(title)} Số tổng hợp các kỳ sau được tính lại.")
                return redirect("organisation")
            effects = preview(lambda: form.act(by=by, address=address), form.cleaned_data["from_day"])
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
    context = {
        "kind": kind,
        "title": title,
        "text": text,
        "form": form,
        "effects": effects,
        "sentence": form.sentence if effects else "",
        "meanings": form.meanings if effects else (),
        "refusal": refusal,
        "agencies": Agency.objects.in_order().select_related("parent"),
        "may_move": request.user.holds(Role.ADMIN),
        "part_meaning": PART_MEANING,
    }
    status = 200 if request.method != "POST" or effects else 409 if refusal else 422
    return render(request, "indicators/reorganisation/change.html", context, status=status)


def _check_keeper(user: User) -> None:
    if not user.holds(Role.ADMIN, Role.STANDING):
        raise Http404("Tài khoản không đổi tổ chức.")
