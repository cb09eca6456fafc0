from django.urls import path

from reports.dashboards.views import agency, comparison, league_table, matrix, overview, saved_views, search
from reports.documents.views import documents, preview, verification, version_diff

urlpatterns = [
    path("", overview.home, name="home"),
    path("tong-quan/", overview.overview, name="overview"),
    path("tong-quan/tep/<slug:kind>/", overview.targets_file, name="overview_file"),
    path("co-quan/", agency.agency_list, name="agencies"),
    path("co-quan/<slug:code>/", agency.agency, name="agency"),
    path("co-quan/<slug:code>/tep/<slug:kind>/", agency.agency_file, name="agency_file"),
    path("xep-hang/", league_table.league, name="league"),
    path("xep-hang/tep/", league_table.workbook, name="league_file"),
    path("ma-tran/", matrix.page, name="matrix"),
    path("ma-tran/tep/<slug:kind>/", matrix.file, name="matrix_file"),
    path("so-sanh/", comparison.page, name="compare"),
    path("so-sanh/tep/<slug:kind>/", comparison.file, name="compare_file"),
    path("da-luu/", saved_views.page, name="saved"),
    path("da-luu/<int:pk>/", saved_views.act, name="saved_act"),
    path("tim/", search.search, name="search"),
    path("bao-cao/", preview.report_list, name="reports"),
    path("bao-cao/moi/", documents.new, name="new_report"),
    path("bao-cao/<int:pk>/", documents.printed, name="printed"),
    path("bao-cao/<int:pk>/lan-<int:number>/", documents.printed, name="printed_version"),
    path("bao-cao/<int:pk>/soan/", documents.draft, name="draft"),
    path("bao-cao/<int:pk>/viec/", documents.act, name="report_act"),
    path("bao-cao/<int:pk>/dieu-chinh/", documents.correct, name="report_correct"),
    path("bao-cao/<int:pk>/lan-<int:number>/tep/", documents.make, name="report_make"),
    path("bao-cao/<int:pk>/lan-<int:number>/tep/<slug:face>/", documents.file, name="report_file"),
    path("bao-cao/<int:pk>/lan-<int:number>/ban-quet/", documents.scan, name="report_scan"),
    path("bao-cao/<int:pk>/lan-<int:number>/ban-quet/<int:copy>/", documents.signed_copy, name="report_copy"),
    path("bao-cao/<int:pk>/lan-<int:number>/so-sanh/", version_diff.compare, name="report_compare"),
    path("kiem-tra/", verification.check, name="check_form"),
    path("kiem-tra/<str:code>/", verification.check, name="check"),
    path("bao-cao/xem-truoc/", preview.choose, name="choose_report"),
    path("bao-cao/<slug:kind_id>/", preview.report, name="report"),
]
