"""Pages of the province's own templates: the list with all variables, one with its versions and a trial; filling one in."""

from io import BytesIO

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from core import files
from core.numbers import digits
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.selection import plan_of
from indicators.submissions.file_types import KINDS
from reports.documents import composition
from reports.documents.letterheads.services import may_keep
from reports.documents.own_templates import services
from reports.documents.own_templates.variables import VARIABLES
from reports.models import FilledTemplate, OwnTemplate, OwnTemplateVersion, Report, ReportState, ReportVersion

PDF = "application/pdf"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def own_templates(request: SignedInRequest) -> HttpResponse:
    """List a plan's templates, with all variables; POST stores a new one."""
    _require_keeper(request)
    plan = plan_of(request)
    return _page(request, plan, None)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def own_template(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a template with its versions, and reports to try it with; POST stores its next version."""
    _require_keeper(request)
    template = get_object_or_404(OwnTemplate.objects.select_related("plan"), pk=pk)
    return _page(request, template.plan, template)


@require_safe
@never_cache
def template_file(request: SignedInRequest, pk: int, number: int) -> HttpResponseBase:
    """Download a version of a template as it was sent."""
    _require_keeper(request)
    version = get_object_or_404(OwnTemplateVersion.objects.select_related("template"), template=pk, number=number)
    return _handed_out(request, version, version.file_name, version.template.kind)


@require_safe
@never_cache
def try_out(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Download the newest version of a template, filled in with the figures of a report (`bao-cao`: a version's id); nothing is
    stored."""
    _require_keeper(request)
    newest = _newest(get_object_or_404(OwnTemplate, pk=pk))
    stored = composition.versions().filter(report__plan=newest.template.plan_id)
    version = get_object_or_404(stored, pk=_number(request.GET.get("bao-cao", "")))
    try:
        content = services.preview(newest, version)
    except (ActionNotAllowed, FileNotFoundError) as refused:
        messages.error(request, str(refused) if isinstance(refused, ActionNotAllowed) else "Không tìm thấy tệp.")
        return redirect("own_template", pk)
    kind = newest.template.kind
    return files.file_response(BytesIO(content), f"Xem thử {newest.template.name}.{kind}", KINDS[kind])


@require_POST
def fill(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """Fill the newest version of a template (`bieu-mau`) in with the figures of a report's version, and keep the file."""
    report = get_object_or_404(Report.objects.drafted_by(request.user), pk=pk)
    version = get_object_or_404(composition.versions(), report=report, number=number)
    chosen = OwnTemplate.objects.filter(plan=report.plan_id, pk=_number(request.POST.get("bieu-mau", ""))).first()
    named = f"{chosen.name}: " if chosen else ""
    try:
        if chosen is None:
            raise ActionNotAllowed("Chọn một biểu mẫu. Chưa có gì được lưu.")
        made = services.fill(
            template=_newest(chosen),
            version=version,
            by=request.user,
            as_pdf=request.POST.get("dang") == "pdf",
            address=request.META.get("REMOTE_ADDR"),
        )
        messages.success(request, f"Đã tạo {made.name}.")
    except (ActionNotAllowed, FileNotFoundError) as refused:
        is_refused = isinstance(refused, ActionNotAllowed)
        messages.error(request, f"{named}{refused if is_refused else 'không tìm thấy tệp biểu mẫu trên máy chủ.'}")
    return redirect("printed_version", pk, number)


@require_safe
@never_cache
def filled_file(request: SignedInRequest, pk: int, number: int, copy: int) -> HttpResponseBase:
    """Download a filled in template; of a draft for those who read drafts."""
    report = get_object_or_404(Report.objects.visible_to(request.user), pk=pk)
    rows = FilledTemplate.objects.filter(version__report=report, version__number=number)
    if not (request.user.reads_everything or Report.objects.drafted_by(request.user).filter(pk=pk).exists()):
        rows = rows.exclude(version__state=ReportState.DRAFT)
    made = get_object_or_404(rows, pk=copy)
    return _handed_out(request, made, made.name, made.name.rpartition(".")[2])


def _page(request: SignedInRequest, plan: Plan, template: OwnTemplate | None) -> HttpResponse:
    """Show the list, or one template; store what was sent."""
    refusal, problems, name = "", (), request.POST.get("ten", "").replace("\x00", "")
    if request.method == "POST":
        try:
            upload = request.FILES.get("tep")
            if not isinstance(upload, UploadedFile):
                raise ActionNotAllowed("Chưa chọn tệp biểu mẫu. Chưa có gì được lưu.")
            made = services.store(
                plan=plan,
                name=name,
                upload=upload,
                by=request.user,
                template=template,
                address=request.META.get("REMOTE_ADDR"),
            )
            messages.success(request, f"Đã lưu {made.file_name}, lần {made.number}.")
            return redirect(made.template)
        except ActionNotAllowed as refused:
            refusal, problems = str(refused), getattr(refused, "problems", ())
    reports = ReportVersion.objects.filter(report__plan=plan).select_related("report")
    context = {
        "plan": plan,
        "template": template,
        "templates": OwnTemplate.objects.filter(plan=plan).prefetch_related("versions__added_by"),
        "versions": template.versions.select_related("added_by") if template else [],
        "uses": FilledTemplate.objects.filter(template__template=template).select_related("version__report", "template")
        if template
        else [],
        "reports": reports.defer("snapshot", "ledger", "texts").order_by("-report__last_day", "-pk")[:50],
        "variables": VARIABLES,
        "has_office": bool(services.office()),
        "refusal": refusal,
        "problems": problems,
        "name": name,
    }
    page = "own_template.html" if template else "own_templates.html"
    return render(request, f"reports/documents/own_templates/{page}", context, status=409 if refusal else 200)


def _newest(template: OwnTemplate) -> OwnTemplateVersion:
    """Return the version of a template that is used. Raises Http404."""
    return get_object_or_404(template.versions.select_related("template").order_by("-number")[:1])


def _number(text: str) -> int:
    number = digits(text)
    return -1 if number is None else number


def _handed_out(
    request: SignedInRequest, row: OwnTemplateVersion | FilledTemplate, name: str, kind: str
) -> HttpResponseBase:
    try:
        content = row.file.open("rb")
    except FileNotFoundError:
        messages.error(request, f"{name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.")
        return redirect("reports")
    return files.file_response(content, name, KINDS.get(kind, PDF))


def _require_keeper(request: SignedInRequest) -> None:
    if not may_keep(request.user):
        raise Http404("Không có trang này.")
