from django.urls import path, re_path

from plan_workbook import views

urlpatterns = [
    path("ke-hoach/<slug:code>/tep/", views.workbook, name="plan-workbook"),
    re_path(
        r"^ke-hoach/(?P<code>[-\w]+)/tep/tai-ve/(?P<contents>day-du|trong)/$",
        views.template,
        name="plan-workbook-template",
    ),
    path("ke-hoach/<slug:code>/so-lieu/", views.figures_page, name="plan-figures"),
    path("ke-hoach/<slug:code>/so-lieu/bieu/", views.figures_template, name="plan-figures-template"),
    path("ke-hoach/<slug:code>/tep/<int:pk>/", views.workbook_file, name="plan-workbook-file"),
    path("ke-hoach/<slug:code>/tep/<int:pk>/danh-dau/", views.marked, name="plan-workbook-marked"),
]
