from django.urls import path

from indicators.views import change, definition, entry, explain, review, target, withdrawal

urlpatterns = [
    path("muc-tieu/<str:code>/giai-thich/", explain.explain, name="explain"),
    path("muc-tieu/<str:code>/giai-thich/tep/", explain.workbook, name="explain_file"),
    path("muc-tieu/<str:code>/thay-doi/", change.change, name="change"),
    path("muc-tieu/<str:code>/thay-doi/tep/", change.workbook, name="change_file"),
    path("muc-tieu/<str:code>/dinh-nghia/", definition.definition, name="definition"),
    path("muc-tieu/<str:code>/", target.target, name="target"),
    path("nhap-so-lieu/", entry.current, name="entry_current"),
    path("nhap-so-lieu/<str:period>/", entry.entry, name="entry"),
    path("nhap-so-lieu/<str:period>/da-nop/", entry.receipt, name="receipt"),
    path("nhap-so-lieu/<str:period>/rut-lai/", withdrawal.withdraw, name="withdraw"),
    path("duyet/", review.queue, name="review_queue"),
    path("duyet/<int:pk>/", review.review, name="review"),
]
