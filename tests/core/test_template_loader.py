"""A line break in a template is layout: it becomes a space between words, and nothing beside a tag."""

import pytest
from django.template import TemplateSyntaxError
from django.template.engine import Engine

from core.template_loader import fold


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<p>\n  Hạn nộp\n  {{ day }}\n</p>\n", "<p>Hạn nộp {{ day }}</p>"),
        ("<li>\n  <b>1</b>\n  <i>2</i>\n</li>", "<li><b>1</b><i>2</i></li>"),
        ("{% if a %}\n  một\n{% else %}\n  hai\n{% endif %}\n.", "{% if a %}một{% else %}hai{% endif %}."),
        ("{{ number }}\n{{ unit }}", "{{ number }} {{ unit }}"),
        ('Xem{{ " " }}\n<a href="/">\n  trang\n</a> này', 'Xem{{ " " }}<a href="/">trang</a> này'),
        ("<b>1</b> <b>2</b>  ", "<b>1</b> <b>2</b>  "),
        ("<!-- a\nb -->\n<p>", "<!-- a\nb --><p>"),
        ("5 < 6\n> 4", "5 < 6 > 4"),
    ],
)
def test_a_line_break_in_text(written, sent):
    assert fold(written) == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ('<a\n  class="x"\n  href="/"\n>\n  y\n</a>', '<a class="x" href="/">y</a>'),
        ("<br\n/>", "<br/>"),
        ("<input\n  {% if a %}checked{% endif %}\n  hidden\n>", "<input {% if a %}checked{% endif %} hidden>"),
        ('<a\n  href="\n    {% url "x" %}\n    ?a=1\n  "\n>', '<a href="{% url "x" %}?a=1">'),
        (
            '<a title="một\n  hai > ba\n  {% if a %}; bốn{% endif %}">',
            '<a title="một hai > ba{% if a %}; bốn{% endif %}">',
        ),
    ],
)
def test_a_line_break_inside_a_tag(written, sent):
    assert fold(written) == sent


def test_folding_again_changes_nothing():
    once = fold(
        '<td\n  class="a">\n  {{ a }}\n  <b>\n    b\n  </b>{{ " " }}\n  {% if c %}\n    c d\n  {% endif %}\n</td>\n'
    )
    assert fold(once) == once


@pytest.fixture
def engine(tmp_path):
    return Engine(dirs=[tmp_path], loaders=["core.template_loader.Loader"])


def test_the_loader_folds(engine, tmp_path):
    (tmp_path / "a.html").write_text("<p>\n  {% for n in numbers %}\n    <b>{{ n }}</b>\n  {% endfor %}\n</p>\n")
    assert engine.render_to_string("a.html", {"numbers": [1, 2]}) == "<p><b>1</b><b>2</b></p>"


def test_an_error_names_the_line_as_it_is_written(engine, tmp_path):
    (tmp_path / "b.html").write_text("<p>\n  <b>\n    {% no_such_tag %}\n  </b>\n</p>\n")
    with pytest.raises(TemplateSyntaxError, match="on line 3: 'no_such_tag'"):
        engine.get_template("b.html")


def test_the_text_of_a_letter_keeps_its_lines(engine, tmp_path):
    (tmp_path / "c.txt").write_text("Một\nhai\n")
    assert engine.render_to_string("c.txt") == "Một\nhai\n"
