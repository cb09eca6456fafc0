from django.urls import path, re_path

from exchange import views
from exchange.api import app

urlpatterns = [
    path("api/v1/", app.unknown),
    path("api/v1/", app.api.urls),
    re_path("^api/", app.unknown),
    path("ket-noi/", views.systems, name="connected_systems"),
    path("ket-noi/tai-lieu/", views.documentation, name="api_documentation"),
    path("ket-noi/<int:pk>/", views.system, name="connected_system"),
    path("ket-noi/<int:pk>/viec/", views.act, name="connected_system_act"),
]
