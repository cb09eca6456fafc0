from django.urls import path

from agencies.views import accounts, bulk_accounts, names, second_factor
from core.audit import views
from core.form_drafts import views as form_drafts_views
from core.installation import views as installation_views
from core.jobs import views as jobs_views
from core.notifications import views as notifications_views

urlpatterns = [
    path("dang-nhap/", accounts.Login.as_view(), name="login"),
    path("dang-nhap/ma/", second_factor.sign_in_code, name="sign_in_code"),
    path("tai-khoan/ma-xac-thuc/", second_factor.page, name="second_factor"),
    path("dang-xuat/", accounts.Logout.as_view(), name="logout"),
    path("tai-khoan/", accounts.account, name="account"),
    path("tai-khoan/mat-khau/", accounts.PasswordChange.as_view(), name="password_change"),
    path("tai-khoan/phien/", accounts.end_other_sessions, name="end_other_sessions"),
    path("tai-khoan/cap/", bulk_accounts.page, name="bulk_accounts"),
    path("ten-goi/", names.page, name="remembered_names"),
    path("thong-bao/", notifications_views.notice_list, name="notices"),
    path("thong-bao/da-doc/", notifications_views.notices_read, name="notices_read"),
    path("thong-bao/<int:pk>/", notifications_views.notice, name="notice"),
    path("ban-nhap/", form_drafts_views.form_drafts, name="form_drafts"),
    path("nhat-ky/", views.journal_page, name="journal"),
    path("nhat-ky/tep/", views.journal_file, name="journal_file"),
    path("bieu-trung/<slug:digest>/", installation_views.logo, name="logo"),
    path("cong-viec/", jobs_views.job_list, name="jobs"),
    path("cong-viec/<int:pk>/", jobs_views.job, name="job"),
    path("cong-viec/<int:pk>/tien-do/", jobs_views.job_progress, name="job_progress"),
    path("cong-viec/<int:pk>/tep/", jobs_views.job_file, name="job_file"),
]
