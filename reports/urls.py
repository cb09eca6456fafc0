from django.urls import path

from reports import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tong-quan/", views.overview, name="overview"),
    path("co-quan/", views.agency_list, name="agencies"),
    path("co-quan/<slug:code>/", views.agency, name="agency"),
    path("xep-hang/", views.league, name="league"),
    path("xep-hang/tep/", views.league_file, name="league_file"),
    path("bao-cao/", views.report_list, name="reports"),
    path("bao-cao/<slug:report_id>/", views.report, name="report"),
]
