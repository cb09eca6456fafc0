from django.urls import path

from guide import views

urlpatterns = [
    path("huong-dan/", views.index, name="guide"),
    path("huong-dan/tap-nhap/", views.practice_form, name="practice"),
    path("huong-dan/tap-nhap/o/", views.practice_cells, name="practice_cells"),
    path("huong-dan/<slug:name>/", views.document, name="guide_document"),
]
