from django.urls import path

from projects.views import amend, reading, report

urlpatterns = [
    path("du-an/", reading.project_list, name="projects"),
    path("du-an/dong-thoi-gian/", reading.timeline, name="project_timeline"),
    path("du-an/bang/", reading.board, name="project_board"),
    path("du-an/tong-hop/", reading.totals, name="project_totals"),
    path("du-an/tep/", reading.workbook, name="project_file"),
    path("du-an/bo-sung/", amend.add, name="project_add"),
    path("du-an/bao-cao/<str:period>/", report.report_list, name="project_reports"),
    path("du-an/bao-cao/<str:period>/khong-doi/", report.report_unchanged, name="projects_unchanged"),
    path("du-an/bao-cao/<str:period>/<str:code>/", report.report, name="project_report"),
    path("du-an/bao-cao/<str:period>/<str:code>/tai-lieu/", report.documents, name="project_documents"),
    path("du-an/tai-lieu/<int:pk>/", report.document, name="project_document"),
    path("du-an/duyet/<int:pk>/", report.review, name="project_review"),
    path("du-an/<str:code>/lich-su/<str:period>/<slug:agency>/", report.history, name="project_history"),
    path("du-an/<str:code>/sua/", amend.correct, name="project_correct"),
    path("du-an/<str:code>/rut/", amend.withdraw, name="project_withdraw"),
    path("du-an/<str:code>/", reading.project, name="project"),
]
