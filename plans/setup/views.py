"""`/thiet-lap/`: the steps of the first day for administrators; everybody else reads there that the system is being set up."""

from operator import itemgetter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from agencies.models import Agency
from agencies.roles import Role
from core import tables
from core.installation.models import Installation
from core.installation.queries import current
from core.spreadsheet import workbook_response
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from plans.setup import queries, services, tree_file
from plans.setup.forms import PlanForm, ProvinceForm, first_facts

# Faults of a file that the page lists.
MOST_FAULTS = 100
WIDTHS = (14, 44, 24, 14, 14, 12, 20, 36, 10, 10)


@login_not_required
@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show the steps to an administrator; to everybody else, while there is no plan, that the system is being set up."""
    if request.user.is_authenticated and request.user.holds(Role.ADMIN):
        steps = queries.steps()
        context = {"steps": steps, "next": queries.next_step(steps), "is_running": Plan.objects.in_view() is not None}
        return render(request, "plans/setup/steps.html", context)
    if Plan.objects.in_view() is not None:
        raise Http404("Không có trang này.")
    return render(request, "plans/setup/waiting.html")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def province(request: SignedInRequest) -> HttpResponse:
    """Show and store the province's facts."""
    _require_administrator(request)
    installation = Installation.objects.first() or Installation()
    form = ProvinceForm(request.POST or None, request.FILES or None, instance=installation)
    if request.method == "POST" and form.is_valid():
        services.name_province(installation=form.save(), by=request.user, address=request.META["REMOTE_ADDR"])
        messages.success(request, "Đã lưu thông tin của tỉnh. Các trang hiện tên mới sau vài giây.")
        return redirect("setup")
    return render(request, "plans/setup/province.html", {"form": form, "digest": current().logo_digest})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def tree(request: SignedInRequest) -> HttpResponse:
    """Show the tree; POST loads a file into an empty one, or removes it."""
    _require_administrator(request)
    faults: list[tree_file.Fault] = []
    refusal = ""
    if request.method == "POST":
        who: dict[str, Any] = {"by": request.user, "address": request.META["REMOTE_ADDR"]}
        try:
            if request.POST.get("act") == "remove":
                count = services.remove_tree(**who)
                messages.success(request, f"Đã bỏ cây tổ chức gồm {count} cơ quan, đơn vị.")
                return redirect("setup_tree")
            upload = request.FILES.get("tep")
            if upload is None:
                raise ActionNotAllowed("Chọn tệp danh sách cơ quan trước khi nạp.")
            if upload.size is not None and upload.size > tree_file.MOST_BYTES:
                raise ActionNotAllowed("Tệp lớn hơn 2 MB. Chọn lại tệp danh sách cơ quan.")
            rows, faults = tree_file.read(upload.read())
            if not faults:
                count = services.load_tree(rows=rows, **who)
                messages.success(request, f"Đã nạp {count} cơ quan, đơn vị. Xem lại cây; nạp nhầm thì bỏ được ở đây.")
                return redirect("setup_tree")
        except ActionNotAllowed as error:
            refusal = str(error)
    agencies = list(Agency.objects.select_related("parent").in_order())
    context = {
        "agencies": agencies,
        "fixed": services.tree_is_fixed() if agencies else "",
        "faults": faults[:MOST_FAULTS],
        "fault_count": len(faults),
        "refusal": refusal,
        "columns": ", ".join(tree_file.COLUMNS),
        "levels": tree_file.LEVEL_LIST,
    }
    return render(request, "plans/setup/tree.html", context)


@require_safe
def tree_template(request: SignedInRequest) -> HttpResponseBase:
    """Download the file of the tree: the stored agencies, or four rows to be written over."""
    _require_administrator(request)
    rows = tree_file.rows_of_tree() or tree_file.EXAMPLE
    columns = tuple(
        tables.Column(title, width, itemgetter(at))
        for at, (title, width) in enumerate(zip(tree_file.COLUMNS, WIDTHS, strict=True))
    )
    sheet = tables.TableSheet("Cơ quan", (), tables.Table(columns), rows)
    return workbook_response(tables.workbook([sheet]), "Cây tổ chức.xlsx")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def plan(request: SignedInRequest) -> HttpResponse:
    """Show the plans; POST opens one, or removes one into which nothing was loaded yet."""
    _require_administrator(request)
    # As stored: what the frame of pages knows of the province may be some seconds old.
    form, refusal = PlanForm(initial=first_facts(Installation.objects.first() or Installation())), ""
    if request.method == "POST":
        who: dict[str, Any] = {"by": request.user, "address": request.META["REMOTE_ADDR"]}
        try:
            if request.POST.get("act") == "remove":
                named = request.POST.get("ke-hoach") or request.POST.get("nam", "")
                removed = Plan.objects.of_name(named).first()
                if removed is None:
                    raise ActionNotAllowed("Kế hoạch này không còn nữa.")
                services.remove_plan(plan=removed, **who)
                messages.success(request, "Đã bỏ kế hoạch.")
                return redirect("setup_plan")
            form = PlanForm(request.POST)
            if form.is_valid():
                opened = services.open_plan(facts=form.facts, **who)
                messages.success(request, f"Đã lập dự thảo {opened.title} với {opened.last_number} kỳ báo cáo.")
                return redirect("setup")
        except ActionNotAllowed as error:
            refusal = str(error)
    plans = [(each, services.plan_is_fixed(each)) for each in Plan.objects.order_by("year", "pk")]
    context = {"form": form, "refusal": refusal, "plans": plans}
    return render(request, "plans/setup/plan.html", context)


def _require_administrator(request: SignedInRequest) -> None:
    """Raise 404 for everybody but an administrator."""
    if not request.user.holds(Role.ADMIN):
        raise Http404("Không có trang này.")
