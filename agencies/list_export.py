"""Lists of the administration as workbooks: the rows of the search and the filters, in the columns of the list."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import Format
from import_export.resources import Resource
from openpyxl import Workbook

from core import clock, formatting, spreadsheet, tables

# The most rows of a file: it is made while its reader waits.
MOST_ROWS = 5_000
Cell = str | int | Decimal | dt.date | None


class ShownField(Field):
    """A column of a list, with the value that the list shows."""

    def __init__(self, name: str, model_admin: admin.ModelAdmin) -> None:
        title = label_for_field(name, model_admin.model, model_admin)
        super().__init__(attribute=name, column_name=str(title)[:1].upper() + str(title)[1:], readonly=True)
        self.name, self.model_admin = name, model_admin

    def export(self, instance: Any, **kwargs: Any) -> Cell:
        """Return the value: numbers and days as such, all else in words, times in Vietnam's; None where there is none."""
        try:
            field, _, value = lookup_field(self.name, instance, self.model_admin)
        except ObjectDoesNotExist:
            return None
        if field is not None and field.flatchoices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, bool):
            return "Có" if value else "Không"
        if isinstance(value, dt.datetime):
            return formatting.datetime(value)
        return value if value is None or isinstance(value, int | Decimal | dt.date) else str(value)


class ListResource(Resource):
    """The rows of a list of the administration."""

    def __init__(self, model_admin: admin.ModelAdmin, request: HttpRequest) -> None:
        super().__init__()
        self.title = str(model_admin.opts.verbose_name_plural).capitalize()
        self.fields = {name: ShownField(str(name), model_admin) for name in model_admin.get_list_display(request)}

    def after_export(self, queryset: QuerySet, dataset: Any, **kwargs: Any) -> None:
        """Name the list above its rows."""
        dataset.title = self.title


class ListWorkbook(Format):
    """A workbook by the product's own writer, which writes words as words: none of them is read as a formula."""

    def can_export(self) -> bool:
        return True

    def export_data(self, dataset: Any, **kwargs: Any) -> Workbook:
        """Return the workbook of a dataset."""
        book = Workbook()
        sheet = book.worksheets[0]
        head = tables.head([dataset.title, spreadsheet.read_at_line()], is_demo=clock.is_demo())
        columns = {title: _width([title, *dataset[title]]) for title in dataset.headers}
        spreadsheet.write_table(sheet, head, columns, dataset)
        return book


def _width(cells: Sequence[object]) -> int:
    """Return the width of a column in characters."""
    return max(10, min(60, 2 + max(len(str(cell)) for cell in cells)))


class ListExport(ExportMixin):
    """Mixin of an administration whose list can be downloaded. As each download, it is logged (`agencies.middleware`)."""

    skip_export_form = True
    export_formats = [ListWorkbook]

    def get_resource_classes(self, request: HttpRequest) -> list[type[Resource]]:
        return [ListResource]

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"model_admin": self, "request": request}

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        """Download the list as its address filters it; refused where that are too many rows."""
        try:
            return super().export_action(request)
        except IncorrectLookupParameters:
            return redirect(f"{self._list_address()}?e=1")

    def _do_file_export(
        self, file_format: ListWorkbook, request: HttpRequest, queryset: QuerySet, export_form: Any = None
    ) -> HttpResponseBase:
        count = queryset.count()
        if count > MOST_ROWS:
            most, rows = formatting.number(MOST_ROWS), formatting.number(count)
            messages.error(
                request, f"Chưa tải gì: danh sách có {rows} dòng, mỗi tệp tối đa {most}. Lọc bớt rồi tải lại."
            )
            return redirect(f"{self._list_address()}?{request.GET.urlencode()}")
        book = self.get_export_data(file_format, request, queryset)
        return spreadsheet.workbook_response(book, f"{str(self.opts.verbose_name_plural).capitalize()}.xlsx")

    def _list_address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
