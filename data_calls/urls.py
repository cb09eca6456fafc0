from django.urls import path

from data_calls import views

urlpatterns = [
    path("dot-xuat/", views.calls, name="data_calls"),
    path("dot-xuat/them/", views.compose, name="data_call_add"),
    path("dot-xuat/tep/<int:pk>/", views.download, name="call_file"),
    path("dot-xuat/<int:pk>/", views.call, name="data_call"),
    path("dot-xuat/<int:pk>/sua/", views.compose, name="data_call_edit"),
    path("dot-xuat/<int:pk>/xem-truoc/", views.preview, name="data_call_preview"),
    path("dot-xuat/<int:pk>/tep/", views.workbook, name="data_call_file"),
    path("dot-xuat/<int:pk>/<slug:code>/", views.answer, name="call_answer"),
]
