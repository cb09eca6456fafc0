from django.urls import path

from reports import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tong-quan/", views.overview, name="overview"),
    path("tong-quan/tep/<slug:kind>/", views.targets_file, name="overview_file"),
    path("co-quan/", views.agency_list, name="agencies"),
    path("co-quan/<slug:code>/", views.agency, name="agency"),
    path("co-quan/<slug:code>/tep/<slug:kind>/", views.agency_file, name="agency_file"),
    path("xep-hang/", views.league, name="league"),
    path("xep-hang/tep/", views.league_file, name="league_file"),
    path("ma-tran/", views.matrix.page, name="matrix"),
    path("ma-tran/tep/<slug:kind>/", views.matrix.file, name="matrix_file"),
    path("so-sanh/", views.comparing.page, name="compare"),
    path("so-sanh/tep/<slug:kind>/", views.comparing.file, name="compare_file"),
    path("tim/", views.search, name="search"),
    path("bao-cao/", views.report_list, name="reports"),
    path("bao-cao/moi/", views.printed.new, name="new_report"),
    path("bao-cao/<int:pk>/", views.printed.printed, name="printed"),
    path("bao-cao/<int:pk>/lan-<int:number>/", views.printed.printed, name="printed_version"),
    path("bao-cao/<int:pk>/soan/", views.printed.draft, name="draft"),
    path("bao-cao/<int:pk>/viec/", views.printed.act, name="report_act"),
    path("bao-cao/<int:pk>/dieu-chinh/", views.printed.correct, name="report_correct"),
    path("bao-cao/<int:pk>/lan-<int:number>/tep/", views.printed.make, name="report_make"),
    path("bao-cao/<int:pk>/lan-<int:number>/tep/<slug:face>/", views.printed.file, name="report_file"),
    path("bao-cao/<int:pk>/lan-<int:number>/ban-quet/", views.printed.scan, name="report_scan"),
    path("bao-cao/<int:pk>/lan-<int:number>/so-sanh/", views.compare, name="report_compare"),
    path("kiem-tra/", views.check, name="check_form"),
    path("kiem-tra/<str:code>/", views.check, name="check"),
    path("bao-cao/<slug:report_id>/", views.report, name="report"),
]
