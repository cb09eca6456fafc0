"""Components of every template: one markup each, and what came in as text stays text."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.template import Context, Engine

from core.forms import FilterChoice
from core.tables import Column, OnPage, Table

ICON = '<svg class="icon" aria-hidden="true"><use href="#{}"/></svg>'


def drawn(source, **values):
    return Engine.get_default().from_string(source).render(Context(values))


def test_nothing_is_loaded_for_an_icon():
    assert drawn('{% icon "clock" %}') == ICON.format("clock")
    assert drawn("{% icon sign label=words %}", sign="check", words="đủ <ngưỡng>") == (
        '<svg class="icon" role="img" aria-label="đủ &lt;ngưỡng&gt;"><use href="#check"/></svg>'
    )


def test_a_note_of_title_and_text():
    said = drawn('{% note "err" title %}{{ text }}{% endnote %}', title="<i>", text="<b>")
    assert said == (
        f'<div class="note err" role="alert">{ICON.format("at_risk")}<b>&lt;i&gt;</b><span>&lt;b&gt;</span></div>'
    )
    assert drawn('{% note "success" "Đã lưu" %}{% endnote %}') == (  # the level of a Django message
        f'<div class="note good one">{ICON.format("check")}<b>Đã lưu</b></div>'
    )
    assert drawn('{% note "" "Tin" css="margin-bottom-4" %}{% endnote %}').startswith(
        '<div class="note margin-bottom-4 one">'
    )


def test_a_note_of_markup():
    said = drawn('{% note "err" sign="back" role="" id="x" hidden=True %}<b>{{ text }}</b>{% endnote %}', text="<i>")
    assert said == f'<div class="note err" id="x" hidden>{ICON.format("back")}<b>&lt;i&gt;</b></div>'
    assert 'role="status"' in drawn('{% note "err" role="status" %}<b>a</b>{% endnote %}')


def test_a_card():
    said = drawn('{% card title heading="a" css="margin-top-5" id="b" %}<p>{{ title }}</p>{% endcard %}', title="<i>")
    assert said == (
        '<section class="card margin-top-5" aria-labelledby="a" id="b"><header><h2 id="a">&lt;i&gt;</h2></header>'
        "<p>&lt;i&gt;</p></section>"
    )
    assert drawn("{% card %}a{% endcard %}") == '<section class="card">a</section>'
    assert drawn('{% card "A" aria_label="B" %}{% endcard %}') == (
        '<section class="card" aria-label="B"><header><h2>A</h2></header></section>'
    )


def test_breadcrumb_scroll_and_empty_state():
    assert drawn("{% breadcrumb %}<li>a</li>{% endbreadcrumb %}") == (
        '<nav aria-label="Đường dẫn"><ol class="breadcrumb"><li>a</li></ol></nav>'
    )
    assert drawn('{% scroll "B" %}<table></table>{% endscroll %}') == (
        '<div class="scroll" tabindex="0" role="region" aria-label="B"><table></table></div>'
    )
    assert drawn("{% empty_state %}Chưa có.{% endempty_state %}") == '<p class="inner secondary">Chưa có.</p>'
    assert drawn('{% empty_state css="text-small" %}a{% endempty_state %}') == (
        '<p class="inner text-small secondary">a</p>'
    )


AREAS: Table[dict] = Table(
    (
        Column("Tên", 30, lambda row: row["name"], on_page=OnPage("", "Huyện,\nthành phố")),
        Column("Mã", 10, lambda row: row["code"]),
        Column("Dân số", 12, lambda row: row.get("people"), on_page=OnPage("num nowrap hide-small")),
        Column("Ngày", 12, lambda row: row.get("day"), on_page=OnPage()),
        Column("Tăng", 12, lambda row: row["up"], on_page=OnPage(text=lambda row: f"{row['up']}%")),
    )
)


def test_a_declared_table_shows_the_columns_of_its_page():
    rows = [{"name": "<i>", "code": "x", "people": 1970, "day": dt.date(2023, 8, 31), "up": 2}]
    said = drawn(
        '{% table areas rows=rows total=whole caption="Bảng" css="flush" data_copy=True %}'
        '{% cell "Tăng" %}<td><a href="#{{ row.code }}">{{ row.up }}</a></td>{% endcell %}{% endtable %}',
        areas=AREAS,
        rows=rows,
        whole={"name": "Cộng", "code": "y", "up": 3},
    )
    assert said == (
        '<table class="flush" data-copy><caption class="visually-hidden">Bảng</caption><thead><tr>'
        '<th scope="col">Huyện,<br>thành phố</th><th scope="col" class="right hide-small">Dân số</th>'
        '<th scope="col" class="right">Ngày</th><th scope="col" class="right">Tăng</th></tr></thead><tbody>'
        '<tr><th scope="row">&lt;i&gt;</th><td class="num nowrap hide-small">1.970</td><td class="num">31/08/2023</td>'
        '<td><a href="#x">2</a></td></tr></tbody><tfoot><tr><th scope="row">Cộng</th>'
        '<td class="num nowrap hide-small">—</td><td class="num">—</td><td><a href="#y">3</a></td></tr></tfoot></table>'
    )
    said = drawn('{% table areas rows=rows caption="B" %}{% endtable %}', areas=AREAS, rows=rows)
    assert said.endswith('<td class="num">2%</td></tr></tbody></table>')


@pytest.mark.parametrize(("name", "expected"), [("An", True), ("", False), (None, False)])
def test_abbreviations_are_explained_to_those_signed_in(name, expected):
    """A visitor's page has no such line, nor a page of an error, which has no frame."""
    values = {} if name is None else {"frame": SimpleNamespace(user_name=name)}
    line = (
        '<p class="abbreviations text-tiny muted no-print">Chữ viết tắt: <b>TTTT</b>: Thông tin và Truyền thông; '
        "<b>UBND</b>: Ủy ban nhân dân; <b>VP</b>: Văn phòng.</p>"
    )
    said = drawn("{% explaining %}<p>Sở TTTT, VP UBND tỉnh</p>{% endexplaining %}", **values)
    assert said == "<p>Sở TTTT, VP UBND tỉnh</p>" + (line if expected else "")


def test_a_filter_of_choices_with_their_numbers():
    choices = [FilterChoice("x1", "Xã <Một>", 1970), FilterChoice("x2", "Xã Hai", 3)]
    made = drawn('{% choice_filter "xa" "Xã" choices "x2" "field-large" %}', choices=choices)
    assert '<div class="field-large">' in made and '<label for="xa">Xã</label>' in made
    options = [" ".join(option.split()) for option in re.findall("<option (.*?)</option>", made, re.DOTALL)]
    assert options == [
        'value="">Tất cả',
        'value="x1">Xã &lt;Một&gt; (1.970)',
        'value="x2" selected>Xã Hai (3)',
    ]
