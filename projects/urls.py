from django.urls import path

from projects import views

urlpatterns = [
    path("du-an/", views.project_list, name="projects"),
    path("du-an/<str:code>/", views.project, name="project"),
]
