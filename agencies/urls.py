from django.urls import path

from agencies import views

urlpatterns = [
    path("dang-nhap/", views.Login.as_view(), name="login"),
    path("dang-xuat/", views.Logout.as_view(), name="logout"),
    path("tai-khoan/", views.account, name="account"),
    path("tai-khoan/mat-khau/", views.PasswordChange.as_view(), name="password_change"),
]
