from django.urls import path

from indicators.analysis.quality import views as quality_views
from indicators.analysis.views import drilldown, period_comparison, target
from indicators.calendar import views as calendar_views
from indicators.reorganisation import views as reorganisation_views
from indicators.review.views import figure, follow_up, queue, review, shares, stand_in, undo
from indicators.submissions.views import entry, evidence, offline, withdrawal
from indicators.targets import views
from indicators.targets.commitments import views as commitments_views
from indicators.targets.target_rules import views as target_rules_views
from indicators.workbooks import views as workbooks_views
from indicators.worklist import views as worklist_views

urlpatterns = [
    path("muc-tieu/", target.targets, name="targets"),
    path("chi-tieu/<str:code>/sua/", views.indicator_text, name="indicator_text"),
    path("muc-tieu/<str:code>/giai-thich/", drilldown.explain, name="explain"),
    path("muc-tieu/<str:code>/giai-thich/tep/", drilldown.workbook, name="explain_file"),
    path("muc-tieu/<str:code>/thay-doi/", period_comparison.change, name="change"),
    path("muc-tieu/<str:code>/thay-doi/tep/", period_comparison.workbook, name="change_file"),
    path("muc-tieu/<str:code>/xuat-phat/", views.baseline, name="baseline"),
    path("muc-tieu/<str:code>/dinh-nghia/", views.definition, name="definition"),
    path("muc-tieu/<str:code>/mo-ta/", views.describe, name="metadata"),
    path("muc-tieu/<str:code>/", target.target, name="target"),
    path("muc-tieu/<str:code>/tep/<slug:kind>/", target.file, name="target_file"),
    path("quy-tac/", target_rules_views.rules, name="target_rules"),
    path("quy-tac/them/", target_rules_views.edit, name="target_rule_add"),
    path("quy-tac/<int:number>/", target_rules_views.edit, name="target_rule"),
    path("cam-ket/", commitments_views.commitments, name="commitments"),
    path("cam-ket/<int:number>/", commitments_views.assign, name="commitment_assign"),
    path("mau-so/", views.registry, name="denominators"),
    path("mau-so/<slug:agency>/<slug:code>/", views.denominator, name="denominator"),
    path("viec-can-lam/", worklist_views.duties, name="duties"),
    path("nhap-so-lieu/", entry.current, name="entry_current"),
    path("nhap-so-lieu/<str:period>/", entry.entry, name="entry"),
    path("ngoai-tuyen.js", offline.worker, name="offline_worker"),
    path("ngoai-tuyen/", offline.page, name="offline"),
    path("ung-dung.webmanifest", offline.manifest, name="manifest"),
    path("nhap-so-lieu/<str:period>/o/", entry.cells, name="entry_cells"),
    path("nhap-so-lieu/<str:period>/gui/", entry.summary, name="entry_summary"),
    path("nhap-so-lieu/<str:period>/da-nop/", entry.receipt, name="receipt"),
    path("nhap-so-lieu/<str:period>/da-nop/so-lieu.txt", entry.receipt_lines, name="receipt_lines"),
    path("nhap-so-lieu/<str:period>/rut-lai/", withdrawal.withdraw, name="withdraw"),
    path("nhap-so-lieu/<str:period>/<str:code>/minh-chung/", evidence.attachments, name="attachments"),
    path("nhap-so-lieu/<str:period>/gia-han/", calendar_views.ask, name="extension_ask"),
    path("to-chuc/", reorganisation_views.organisation, name="organisation"),
    path("to-chuc/tai-khoan/", reorganisation_views.accounts, name="organisation_accounts"),
    path("to-chuc/<slug:kind>/", reorganisation_views.change, name="organisation_change"),
    path("ky-bao-cao/", calendar_views.calendar, name="calendar"),
    path("ky-bao-cao/lich.ics", calendar_views.calendar_ics, name="calendar_ics"),
    path("ky-bao-cao/sua/", calendar_views.edit, name="calendar_edit"),
    path("ky-bao-cao/ngay-nghi/", calendar_views.day_off, name="day_off"),
    path("ky-bao-cao/gia-han/", calendar_views.extensions, name="extensions"),
    path("ky-bao-cao/gia-han/cho/", calendar_views.give, name="extension_give"),
    path("ky-bao-cao/gia-han/<int:pk>/", calendar_views.decide, name="extension_decide"),
    path("ky-bao-cao/gia-han/<int:pk>/rut/", calendar_views.withdraw, name="extension_withdraw"),
    path("nhap-so-lieu/<str:period>/tep/", workbooks_views.workbooks, name="workbooks"),
    path("nhap-so-lieu/<str:period>/tep/tai-ve/<str:scope>/", workbooks_views.template, name="workbook_template"),
    path("nhap-so-lieu/<str:period>/tep/<int:pk>/", workbooks_views.workbook_file, name="workbook_file"),
    path("nhap-so-lieu/<str:period>/tep/<int:pk>/danh-dau/", workbooks_views.marked, name="workbook_marked"),
    path("duyet/", queue.queue, name="review_queue"),
    path("duyet/lam-thay/", stand_in.stand_ins, name="stand_ins"),
    path("duyet/phan-cong/", shares.shares, name="review_shares"),
    path("duyet/nhieu/", queue.approve_many, name="review_many"),
    path("duyet/nhac/", queue.remind, name="review_remind"),
    path("duyet/don-doc.xlsx", queue.owing_file, name="review_owing_file"),
    path("duyet/hoan-tac/", undo.undo, name="review_undo"),
    path("duyet/<int:pk>/", review.review, name="review"),
    path("duyet/theo-doi-tiep/", follow_up.follow_ups, name="follow_ups"),
    path("duyet/theo-doi-tiep/da-xem/", follow_up.see, name="findings_seen"),
    path("duyet/<int:pk>/<str:code>/theo-doi/", follow_up.mark, name="follow_up"),
    path("duyet/<int:pk>/<str:code>/", figure.figure, name="figure"),
    path("minh-chung/<int:pk>/", evidence.download, name="evidence"),
    path("chat-luong/", quality_views.quality, name="quality"),
    path("chat-luong/kiem-tra/rut-mau/", quality_views.draw, name="evidence_draw"),
    path("chat-luong/kiem-tra/<int:pk>/", quality_views.check, name="evidence_check"),
    path("chat-luong/kiem-tra/<int:pk>/<int:place>/", quality_views.finding, name="evidence_finding"),
    path("chat-luong/chinh-sach-dieu-chinh/", quality_views.revisions_policy, name="revisions_policy"),
    path("tham-dinh/", figure.questions, name="questions"),
]
