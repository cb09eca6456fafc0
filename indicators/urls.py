from django.urls import path

from indicators.views import change, definition, entry, explain, queue, review, schedule, target, withdrawal, workbook

urlpatterns = [
    path("muc-tieu/<str:code>/giai-thich/", explain.explain, name="explain"),
    path("muc-tieu/<str:code>/giai-thich/tep/", explain.workbook, name="explain_file"),
    path("muc-tieu/<str:code>/thay-doi/", change.change, name="change"),
    path("muc-tieu/<str:code>/thay-doi/tep/", change.workbook, name="change_file"),
    path("muc-tieu/<str:code>/dinh-nghia/", definition.definition, name="definition"),
    path("muc-tieu/<str:code>/", target.target, name="target"),
    path("nhap-so-lieu/", entry.current, name="entry_current"),
    path("nhap-so-lieu/<str:period>/", entry.entry, name="entry"),
    path("nhap-so-lieu/<str:period>/o/", entry.cells, name="entry_cells"),
    path("nhap-so-lieu/<str:period>/gui/", entry.summary, name="entry_summary"),
    path("nhap-so-lieu/<str:period>/da-nop/", entry.receipt, name="receipt"),
    path("nhap-so-lieu/<str:period>/da-nop/so-lieu.txt", entry.receipt_lines, name="receipt_lines"),
    path("nhap-so-lieu/<str:period>/rut-lai/", withdrawal.withdraw, name="withdraw"),
    path("nhap-so-lieu/<str:period>/gia-han/", schedule.ask, name="extension_ask"),
    path("ky-bao-cao/", schedule.calendar, name="calendar"),
    path("ky-bao-cao/lich.ics", schedule.calendar_ics, name="calendar_ics"),
    path("ky-bao-cao/sua/", schedule.edit, name="calendar_edit"),
    path("ky-bao-cao/ngay-nghi/", schedule.day_off, name="day_off"),
    path("ky-bao-cao/gia-han/", schedule.extensions, name="extensions"),
    path("ky-bao-cao/gia-han/cho/", schedule.give, name="extension_give"),
    path("ky-bao-cao/gia-han/<int:pk>/", schedule.decide, name="extension_decide"),
    path("nhap-so-lieu/<str:period>/tep/", workbook.workbooks, name="workbooks"),
    path("nhap-so-lieu/<str:period>/tep/tai-ve/<str:scope>/", workbook.template, name="workbook_template"),
    path("nhap-so-lieu/<str:period>/tep/<int:pk>/", workbook.workbook_file, name="workbook_file"),
    path("nhap-so-lieu/<str:period>/tep/<int:pk>/danh-dau/", workbook.marked, name="workbook_marked"),
    path("duyet/", queue.queue, name="review_queue"),
    path("duyet/nhieu/", queue.approve_many, name="review_many"),
    path("duyet/<int:pk>/", review.review, name="review"),
]
