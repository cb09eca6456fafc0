from django.urls import path

from conclusions import views
from conclusions.directing import views as directing_views

urlpatterns = [
    path("ket-luan/", views.conclusions, name="conclusions"),
    path("ket-luan/tep/", views.workbook, name="conclusions_file"),
    path("ket-luan/them/", views.give, name="conclusion_give"),
    path("ket-luan/<int:pk>/", views.conclusion, name="conclusion"),
    path("ket-luan/van-ban/", directing_views.documents, name="directing_documents"),
    path("ket-luan/van-ban/them/", directing_views.add, name="directing_document_add"),
    path("ket-luan/van-ban/<int:pk>/", directing_views.edit, name="directing_document"),
    path("ket-luan/van-ban/<int:pk>/tep/", directing_views.file, name="directing_file"),
]
