from django.urls import path

from guide import views

urlpatterns = [
    path("huong-dan/", views.index, name="guide"),
    path("huong-dan/<slug:name>/", views.document, name="guide_document"),
]
