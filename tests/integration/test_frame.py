"""The frame of every page, the error pages, and the promises of the style sheets."""

import itertools
import posixpath
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import Context, Engine
from django.test import RequestFactory
from django.urls import path

from core.management.commands.build_assets import WEIGHTS, sheet_text
from core.static_storage import minified

urlpatterns = [
    path("", lambda request: None, name="home"),
    path("dang-xuat/", lambda request: None, name="logout"),
    path("dang-nhap/", lambda request: None, name="login"),
]

CSS = settings.BASE_DIR / "static" / "css"
SCRIPTS = settings.BASE_DIR / "static" / "js"


def frame(**values):
    return SimpleNamespace(
        **{
            "plan": SimpleNamespace(year=2023, short_name="năm 2023", number="1958/KH-UBND", issuer="UBND tỉnh"),
            "is_demo": False,
            "clock_note": "",
            "now": datetime(2023, 8, 16, 2, 38, tzinfo=UTC),
            "nav": [],
            "user_name": "",
            "user_role": "",
            "theme": "",
            **values,
        }
    )


def page(settings, template="base.html", **values):
    settings.ROOT_URLCONF = __name__
    context = {"request": RequestFactory().get("/"), "frame": frame(), **values}
    return Engine.get_default().get_template(template).render(Context(context))


def test_frame_of_a_signed_in_reader(settings):
    nav = [
        SimpleNamespace(label="Duyệt phiếu", url="/duyet/", current=True, count=1030),
        SimpleNamespace(label="Tổng quan", url="/tong-quan/", current=False, count=0),
    ]
    drawn = page(settings, frame=frame(nav=nav, user_name="Phạm <Minh>", user_role="Sở TTTT"))
    assert '<html lang="vi">' in drawn
    assert "<title> · Chuyển đổi số Hải Dương</title>" in drawn  # the page's own title comes before the space
    assert '<a class="skip" href="#main">' in drawn and '<main id="main">' in drawn
    assert '<a href="/duyet/" aria-current="page">Duyệt phiếu<span class="count">1.030</span></a>' in drawn
    assert '<a href="/tong-quan/">Tổng quan</a>' in drawn
    assert "Phạm &lt;Minh&gt;<small>Sở TTTT</small>" in drawn
    assert '<form method="post" action="/dang-xuat/"' in drawn
    assert "Theo dõi kế hoạch năm 2023<" in drawn  # not 2.023
    assert "09:38 ngày 16/08/2023 (giờ Hà Nội)" in drawn


def test_a_long_row_keeps_seven_pages_and_has_the_others_under_more(settings):
    nav = [SimpleNamespace(label=f"Trang {n}", url=f"/{n}/", current=n == 11, count=0) for n in range(1, 13)]
    row, _, more = page(settings, frame=frame(nav=nav)).partition("<details")
    assert re.findall(r">(Trang \d+)</a>", row) == [f"Trang {n}" for n in range(1, 8)]
    assert re.findall(r">(Trang \d+)</a>", more) == ["Trang 8", "Trang 9", "Trang 10", "Trang 11", "Trang 12"]
    # The closed menu names the page that one is on.
    assert re.search(r'<summary class="here">Thêm\s*<span class="visually-hidden">: Trang 11', more)
    assert "<details" not in page(settings, frame=frame(nav=nav[:8]))


def test_frame_of_a_stranger_has_no_way_in(settings):
    drawn = page(settings)
    assert "Đăng xuất" not in drawn and "<nav" not in drawn


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_theme_of_the_cookie(settings, theme):
    assert f'<html lang="vi" data-theme="{theme}">' in page(settings, frame=frame(theme=theme))


def test_illustrative_figures_are_marked(settings):
    note = "đồng hồ của hệ thống đang chạy từ 09:00 ngày 16/08/2023"
    drawn = page(settings, frame=frame(is_demo=True, clock_note=note))
    assert drawn.count("Số liệu minh họa</span>") == 2  # beside the title, and in the foot
    assert '<aside class="demo-note"' in drawn and "Đồng hồ của hệ thống đang chạy từ 09:00 ngày 16/08/2023." in drawn
    assert "minh họa" not in page(settings)


def test_messages_are_notes(settings):
    drawn = page(
        settings, messages=[Message(constants.SUCCESS, "Đã lưu <12> số."), Message(constants.ERROR, "Chưa gửi.")]
    )
    assert 'class="note good one"' in drawn and "<b>Đã lưu &lt;12&gt; số.</b>" in drawn
    assert 'class="note err one" role="alert"' in drawn


@pytest.mark.parametrize(
    "template",
    ["400.html", "403.html", "404.html", "500.html", "503.html", "agencies/csrf.html", "agencies/locked.html"],
)
def test_error_pages_say_what_happened_and_what_was_saved(settings, template):
    drawn = page(settings, template, failure_limit=5)
    assert '<html lang="vi"' in drawn and "<h1>" in drawn
    assert re.search(
        r"Không có số liệu nào thay đổi|Chưa rõ nội dung vừa gửi|Chưa lưu gì|Số liệu không bị ảnh hưởng", drawn
    )
    assert 'href="/"' in drawn or 'href="/dang-nhap/"' in drawn


@pytest.mark.parametrize("template", ["400.html", "500.html", "503.html"])
def test_last_resort_pages_need_nothing(template):
    source = (settings.BASE_DIR / "templates" / template).read_text()
    assert "{% extends" not in source and "{% load" not in source and "{% include" not in source
    drawn = Engine().from_string(source).render(Context())
    assert "Chưa rõ nội dung vừa gửi đã được lưu hay chưa" in drawn and "chưa lưu gì" not in drawn


def test_server_error_names_its_code():
    source = (settings.BASE_DIR / "templates" / "500.html").read_text()
    assert '<b class="num">K7Q2</b>' in Engine().from_string(source).render(Context({"code": "K7Q2"}))


# The style sheets


def declarations(block):
    return dict(re.findall(r"(--[\w-]+):\s*([^;}]+)", block))


def themes():
    """(light, chosen dark, the system's dark), each a mapping of the tokens."""
    light = (CSS / "tokens.css").read_text().split(":root {")[1].split("}")[0]
    chosen, system = sheet_text(CSS / "dark.css").split("@media screen and (prefers-color-scheme: dark) {")
    assert '[data-theme="dark"] {' in chosen and ":root:not([data-theme]) {" in system and "data-theme=" not in system
    return declarations(light), declarations(chosen), declarations(system)


def test_dark_is_the_same_by_choice_and_by_system():
    light, chosen, system = themes()
    assert chosen == system
    assert len(chosen) > 40 and set(chosen) <= set(light)


def test_every_token_in_use_is_defined():
    light, _, _ = themes()
    used = {name for sheet in CSS.rglob("*.css") for name in re.findall(r"var\((--[\w-]+)\)", sheet.read_text())}
    assert used - set(light) == set()


def test_every_face_is_one_that_build_assets_makes():
    faces = set(re.findall(r"url\(\.\./fonts/([^)]+)\)", (CSS / "tokens.css").read_text()))
    assert faces == {"inter.woff2", *(f"be-vietnam-pro-{weight}.woff2" for weight in WEIGHTS.values())}


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#fff", "#000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


TEXT_PAIRS = [
    ("ink", "surface"), ("ink-secondary", "surface"), ("ink-muted", "surface"), ("ink-muted", "background"),
    ("ink-muted", "sunken"), ("accent", "surface"), ("accent", "background"), ("on-accent", "accent"),
    ("accent", "accent-soft"), ("on-achieved", "achieved-mark"), ("on-missed", "missed-mark"),
    ("on-track-text", "on-track-tint"), ("behind-text", "behind-tint"), ("at-risk-text", "at-risk-tint"),
    ("tracked-text", "tracked-tint"), ("no-data-text", "surface"), ("behind-text", "surface"),
    ("at-risk-text", "surface"), ("achieved-text", "surface"), ("missed-text", "surface"), ("on-step", "step-1"),
    ("on-step", "step-2"), ("on-step", "step-3"), ("on-step-4", "step-4"), ("on-step-5", "step-5"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_in_both_themes(text, ground):
    light, dark, _ = themes()
    for tokens in (light, {**light, **dark}):
        assert contrast(tokens[f"--{text}"], tokens[f"--{ground}"]) >= 4.5


# Script


def with_imports(name):
    """A script and all that it brings along."""
    found = {name}
    for other in re.findall(r'from "(\.[\w./-]+\.js)"', (SCRIPTS / name).read_text()):
        found |= with_imports(posixpath.normpath(f"{posixpath.dirname(name)}/{other}"))
    return found


def scripts_of(template):
    """Each set of scripts that a template's page may load; a tag with a choice in it gives one set a choice."""
    tags = re.findall(r"<script\s+type=.module.[^>]*>", template.read_text())
    choices = [re.findall(r'static "js/([\w/-]+\.js)"', tag) for tag in tags]
    return [set().union(*map(with_imports, chosen)) for chosen in itertools.product(*choices)]


def test_no_page_carries_more_than_40_kb_of_script():
    """performance.md, P10; minified as it is served, but not compressed. Plotly is the chart pages' own."""
    templates = settings.BASE_DIR / "templates"
    (everywhere,) = scripts_of(templates / "base.html")

    def frame_of(template):
        """Return the files that the frame loads; the entry sheet does without the script of the other forms."""
        without = "{% block keeping %}{% endblock %}" in template.read_text()
        return everywhere - {"pages/form-drafts.js"} if without else everywhere

    weights = {
        (template.name, *sorted(own - everywhere)): sum(
            len(minified((SCRIPTS / each).read_text()).encode()) for each in frame_of(template) | own
        )
        for template in templates.rglob("*.html")
        for own in scripts_of(template)
    }
    heaviest = max(weights, key=weights.get)
    assert heaviest[0] == "entry.html" and "lib/paste.js" in heaviest  # what is looked at is what is loaded
    assert weights[heaviest] <= 40 * 1024
