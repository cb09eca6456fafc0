from django.urls import path

from plans import views
from plans.accounts import views as accounts_views
from plans.setup import views as setup_views

urlpatterns = [
    path("tai-khoan/danh-sach/", accounts_views.account_list, name="account_list"),
    path("tai-khoan/danh-sach/tep/", accounts_views.account_list_file, name="account_list_file"),
    path("tai-khoan/tep/", accounts_views.page, name="accounts_sheet"),
    path("tai-khoan/tep/tai-ve/", accounts_views.template, name="accounts_sheet_template"),
    path("tai-khoan/cap/phieu/", accounts_views.slips, name="account_slips"),
    path("thiet-lap/", setup_views.page, name="setup"),
    path("thiet-lap/tinh/", setup_views.province, name="setup_province"),
    path("thiet-lap/to-chuc/", setup_views.tree, name="setup_tree"),
    path("thiet-lap/to-chuc/mau/", setup_views.tree_template, name="setup_tree_template"),
    path("thiet-lap/ke-hoach/", setup_views.plan, name="setup_plan"),
    path("ke-hoach/", views.plan_list, name="plans"),
    path("ke-hoach/<slug:code>/", views.page, name="plan"),
    path("ke-hoach/<slug:code>/sao-chep/", views.copy, name="plan_copy"),
]
