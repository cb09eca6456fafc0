"""Text is cleaned at every door, in one way (issue: U+FFFF in one note broke the files of a whole district)."""

import unicodedata
from io import BytesIO

import pytest
from django import forms
from django.apps import apps
from django.db import models
from django.urls import get_resolver
from openpyxl import load_workbook

from agencies.models import Agency, User
from core import fields, files, formatting, spreadsheet, texts
from indicators.models import Actual
from indicators.submissions.detail import TargetEntry
from tests import factories

OURS = ("agencies", "conclusions", "data_calls", "indicators", "projects", "reports")
# Written by the product itself: codes, addresses, checksums, names of files (`files.clean_name`), and the audit log, which keeps
# what came and shows it escaped (`formatting.one_line`).
MACHINE = {
    *(
        "hash",
        "token_hash",
        "previous_hash",
        "last_hash",
        "sha256",
        "checksum",
        "published_checksum",
        "key",
        "search_key",
        "link",
        "url",
        "node",
        "kind",
    ),
    *(
        "file_name",
        "content_type",
        "span",
        "period_type",
        "subject",
        "part",
        "sentence",
        "verified_problem",
        "mark",
        "username",
        "password",
        "email",
        "seed",
        "spelling",
    ),
}
LOG = {"AuditEntry", "AuditHead", "AuditArchive"}
NOT_TYPED = (forms.EmailField, forms.URLField, forms.SlugField, forms.GenericIPAddressField, forms.UUIDField)


def everything_below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from everything_below(each)


def test_prose():
    assert texts.prose("a\x00b\ud800c\uffff\ufffe\ufdd0\U0001fffe\x1bd") == "abcd"
    assert texts.prose("một\r\nhai\rba\x0bbốn\u2028năm\tsáu") == "một\nhai\nba\nbốn\nnăm\tsáu"
    assert texts.prose(unicodedata.normalize("NFD", "Hoà Bình, Tứ Kỳ")) == "Hoà Bình, Tứ Kỳ"
    assert texts.prose("\uf0b7 Mục một \uf0fc") == "• Mục một ✓"
    assert texts.prose("👍 数字 \u202eabc") == "👍 数字 \u202eabc"  # people's words stay theirs


def test_line():
    assert texts.line("Xã A\u202e\u2066\u200f\nhai\tba") == "Xã A hai ba"


@pytest.mark.parametrize("text", ["H¶i D­¬ng", "§· triÓn khai", "gi¶i quyÕt hå s¬", "Sè liÖu th¸ng 8"])
def test_text_of_an_old_face_is_noticed(text):
    assert texts.looks_like_tcvn3(text)


@pytest.mark.parametrize(
    "text",
    [
        "Số liệu tháng 8",
        "Đã triển khai",
        "km² · 5 µm",
        "CÔNG BÁO",
        "Müller & Söhne",
        "so lieu khong dau",
        "Ông Lê Hoà",
        "§ 5",
    ],
)
def test_other_text_is_not(text):
    assert not texts.looks_like_tcvn3(text)


def test_every_text_of_a_model_is_cleaned():
    plain = {
        f"{model.__name__}.{field.name}"
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if model.__name__.removeprefix("Historical") not in LOG
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, fields.LineField | fields.ProseField | models.SlugField)
        and not field.choices
        and not isinstance(field, models.URLField)
        and field.name not in MACHINE
        and not field.name.startswith("history_")
    }
    assert plain == set()


def test_every_text_of_a_form_is_cleaned():
    assert get_resolver().url_patterns  # now every module with a form is loaded
    plain = {
        f"{form.__module__}.{form.__name__}.{name}"
        for form in everything_below(forms.BaseForm)
        if form.__module__.partition(".")[0] in (*OURS, "chuyendoiso")
        for name, field in form.base_fields.items()
        if isinstance(field, forms.CharField)
        and not isinstance(field, (fields.TextField, fields.NumberField, *NOT_TYPED))
        and not isinstance(field.widget, forms.PasswordInput | forms.HiddenInput)
        and name not in MACHINE
    }
    assert plain == set()


def test_a_form_cleans():
    class Form(forms.Form):
        name = fields.TextField(max_length=4)
        text = fields.TextField(widget=forms.Textarea)

    form = Form({"name": "Hòa\x00\n", "text": "a\r\nb\uffff"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"name": "Hòa", "text": "a\nb"}


def test_a_form_sends_text_of_an_old_face_back():
    class Form(forms.Form):
        text = fields.TextField(widget=forms.Textarea)

    form = Form({"text": "Sè liÖu th¸ng 8"})
    assert "chuyển mã sang Unicode" in str(form.errors["text"]) and form["text"].value() == "Sè liÖu th¸ng 8"


def test_a_note_of_an_old_face_is_pointed_out(db):
    target = factories.target(factories.make_plan())
    actual = Actual(target=target, numerator=1, denominator=3, note="Sè liÖu th¸ng 8")
    row = TargetEntry(target, True, actual, [], 8)
    assert row.flags == [texts.TCVN3_ADVICE] and not row.needs_words


def test_a_row_cleans_whichever_way_it_came(db):
    agency = factories.agency("tinh", "province", name="UBND\u202e tỉnh\uffff")
    assert agency.name == "UBND tỉnh" == Agency.objects.get().name
    Agency.objects.filter(pk=agency.pk).update(name=unicodedata.normalize("NFD", "Hoà\ud800"))
    assert Agency.objects.get(name=unicodedata.normalize("NFD", "Hoà")).name == "Hoà"
    User.objects.bulk_create([User(username="an", full_name="Nguyễn\nVăn An\x00")])
    assert User.objects.get().full_name == "Nguyễn Văn An"


def test_a_row_stored_earlier_is_mended(db):
    agency = factories.agency("tinh", "province")
    field = Agency._meta.get_field("aliases")
    Agency.objects.filter(pk=agency.pk).update(aliases=models.Value("Hoa\u0300\uffff", models.TextField()))
    assert Agency.objects.get().aliases != "Hoà" and field.attname
    assert fields.clean_stored(Agency.objects.all()) == 1 and Agency.objects.get().aliases == "Hoà"
    assert fields.clean_stored(Agency.objects.all()) == 0


def test_files_are_written_of_whatever_is_stored():
    text = "ô\uffff\ud800\x0b=1"
    book = spreadsheet.csv_response("a.csv", ["a"], [[text]])
    assert "ô\n=1" in b"".join(book.streaming_content).decode("utf-8-sig")
    assert files.clean_name("tờ\uffff trình\u202e.pdf") == "tờ trình.pdf"


def test_a_sheet_is_written_of_whatever_is_stored():
    from openpyxl import Workbook

    book = Workbook()
    spreadsheet.write_table(book.active, ["Bảng\ufffe"], {"Cột\uffff": 9}, [["số\ud800"]])
    held = BytesIO()
    book.save(held)
    assert [cell.value for cell in load_workbook(held).active["A"]] == ["Bảng", "Cột", "số"]


def test_names_with_numbers_sort_by_their_size():
    names = ["Phường 10", "Phường 2", "Phường 2a", "Phường Ba", "Khu 1", "Phường 02"]
    assert sorted(names, key=formatting.sort_key)[0] == "Khu 1"
    assert sorted(["Phường 10", "Phường Ba", "Phường 2"], key=formatting.sort_key) == [
        "Phường 2",
        "Phường 10",
        "Phường Ba",
    ]


def test_the_icelandic_letter_reads_as_the_vietnamese_one():
    assert formatting.fold("Ðại Sơn, ðã") == "dai son, da"


def test_a_note_is_cleaned(db):
    assert isinstance(Actual._meta.get_field("note"), fields.ProseField)
    assert isinstance(Actual.history.model._meta.get_field("note"), fields.ProseField)
