from django.urls import path

from plans import views

urlpatterns = [
    path("ke-hoach/", views.plan_list, name="plans"),
    path("ke-hoach/<slug:code>/", views.page, name="plan"),
    path("ke-hoach/<slug:code>/sao-chep/", views.copy, name="plan_copy"),
]
