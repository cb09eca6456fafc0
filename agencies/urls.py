from django.urls import path

from agencies import journal_views, views

urlpatterns = [
    path("dang-nhap/", views.Login.as_view(), name="login"),
    path("dang-xuat/", views.Logout.as_view(), name="logout"),
    path("tai-khoan/", views.account, name="account"),
    path("tai-khoan/mat-khau/", views.PasswordChange.as_view(), name="password_change"),
    path("thong-bao/", views.notice_list, name="notices"),
    path("thong-bao/da-doc/", views.notices_read, name="notices_read"),
    path("thong-bao/<int:pk>/", views.notice, name="notice"),
    path("nhat-ky/", journal_views.journal_page, name="journal"),
    path("nhat-ky/tep/", journal_views.journal_file, name="journal_file"),
    path("cong-viec/", views.job_list, name="jobs"),
    path("cong-viec/<int:pk>/", views.job, name="job"),
    path("cong-viec/<int:pk>/tien-do/", views.job_progress, name="job_progress"),
    path("cong-viec/<int:pk>/tep/", views.job_file, name="job_file"),
]
