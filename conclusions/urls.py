from django.urls import path

from conclusions import views

urlpatterns = [
    path("ket-luan/", views.conclusions, name="conclusions"),
    path("ket-luan/tep/", views.workbook, name="conclusions_file"),
    path("ket-luan/them/", views.give, name="conclusion_give"),
    path("ket-luan/<int:pk>/", views.conclusion, name="conclusion"),
]
