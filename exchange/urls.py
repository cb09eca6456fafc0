from django.urls import path, re_path

from exchange import views
from exchange.api import app
from exchange.open_data import views as open_data
from exchange.webhooks import views as webhooks

urlpatterns = [
    path("api/v1/", app.unknown),
    path("api/v1/", app.api.urls),
    re_path("^api/", app.unknown),
    path("cong-khai/", open_data.overview, name="open_data"),
    path("cong-khai/<slug:code>/", open_data.plan, name="open_plan"),
    path("cong-khai/<slug:code>/doi/", open_data.change, name="open_data_change"),
    path("cong-khai/<slug:code>/tep/<str:name>", open_data.file, name="open_data_file"),
    path("cong-khai/<slug:code>/chi-tieu/<str:target_code>/", open_data.target, name="open_target"),
    path("ket-noi/", views.systems, name="connected_systems"),
    path("ket-noi/du-lieu-don-vi/", views.own_data_file, name="own_data_file"),
    path("ket-noi/tai-lieu/", views.documentation, name="api_documentation"),
    path("ket-noi/<int:pk>/", views.system, name="connected_system"),
    path("ket-noi/<int:pk>/su-kien/", webhooks.deliveries, name="webhook_deliveries"),
    path("ket-noi/<int:pk>/su-kien/viec/", webhooks.act, name="webhook_act"),
    path("ket-noi/<int:pk>/viec/", views.act, name="connected_system_act"),
]
