"""The assets that `build_assets` builds from the installed packages."""

import gettext
import os

from django.conf import settings
from fontTools.ttLib import TTFont
from PIL import Image

from core.management.commands import build_assets

VIETNAMESE = "ăâđêôơưĂÂĐÊÔƠƯ" + "ắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựỳỷỹỵýÝ" + "–—“”…×≥≤−₫"


def test_text_face_has_every_vietnamese_letter(tmp_path):
    assert list(build_assets.text_faces(tmp_path)) == [True] * 4
    assert list(build_assets.text_faces(tmp_path)) == [False] * 4
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"be-vietnam-pro-{weight}.woff2" for weight in (400, 500, 600, 700)
    ]
    letters = TTFont(tmp_path / "be-vietnam-pro-600.woff2").getBestCmap()
    assert [letter for letter in VIETNAMESE if ord(letter) not in letters] == []


def test_figure_face_has_tabular_digits(tmp_path):
    assert build_assets.figure_face(tmp_path) is True
    assert build_assets.figure_face(tmp_path) is False
    font = TTFont(tmp_path / "inter.woff2")
    letters = font.getBestCmap()
    assert [letter for letter in VIETNAMESE + "0123456789%.,IVX" if ord(letter) not in letters] == []
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] == [("wght", 400, 700)]
    substitutions = font["GSUB"].table
    tabular = next(record for record in substitutions.FeatureList.FeatureRecord if record.FeatureTag == "tnum")
    swapped = {}
    for index in tabular.Feature.LookupListIndex:
        for table in substitutions.LookupList.Lookup[index].SubTable:
            swapped |= getattr(table, "ExtSubTable", table).mapping
    widths = {font["hmtx"][swapped.get(letters[ord(digit)], letters[ord(digit)])][0] for digit in "0123456789"}
    assert len(widths) == 1


def test_icons_are_the_mark_in_three_sizes(tmp_path):
    mark = settings.BASE_DIR / "static" / "img" / "mark.svg"
    assert list(build_assets.icons(mark, tmp_path)) == [True] * 3
    assert list(build_assets.icons(mark, tmp_path)) == [False] * 3
    drawn = {path.stem: Image.open(path) for path in tmp_path.iterdir()}
    assert {name: image.size for name, image in drawn.items()} == {
        "icon-192": (192, 192),
        "icon-512": (512, 512),
        "icon-mask-512": (512, 512),
    }
    # The mark's own corners are round; the one that systems cut is filled to the edge.
    corners = {name: image.convert("RGBA").getpixel((0, 0)) for name, image in drawn.items()}
    assert corners["icon-512"][3] == 0 and corners["icon-mask-512"] == (0x1B, 0x4F, 0x8F, 0xFF)


def test_the_sheets_are_one(tmp_path):
    sources, target = tmp_path / "css", tmp_path / "made" / "app.css"
    sources.mkdir()
    names = ["tokens", "dark", "base", "layout", "components/a", "components/b", "pages/a", "print"]
    for place, name in enumerate(names):
        (sources / f"{name}.css").parent.mkdir(exist_ok=True)
        (sources / f"{name}.css").write_text(f"/* {name} */\n.ô{place} {{\n  color: red;\n}}\n")
    (sources / "no-script.css").write_text(".keys {}")  # linked by itself
    assert build_assets.style_sheet(sources, target.parent) is True
    expected = [f".ô{place}{{color:red}}" for place in range(len(names))]
    assert target.read_text() == "".join([*expected[:2], *expected[1:]])  # the dark theme comes twice
    assert build_assets.style_sheet(sources, target.parent) is False
    os.utime(sources / "print.css", (target.stat().st_mtime + 1e6,) * 2)  # edited since
    assert build_assets.style_sheet(sources, target.parent) is True


def test_chart_script_comes_from_the_package(tmp_path):
    assert build_assets.plotly(tmp_path) == [True, True]
    assert build_assets.plotly(tmp_path) == [False, False]
    assert (tmp_path / "plotly.min.js").stat().st_size > 1_000_000
    assert (tmp_path / "empty.css").read_text() == ""


def test_translations_are_compiled_without_gettext(tmp_path):
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Yes"\nmsgstr "Có"\n')
    assert list(build_assets.translations(tmp_path)) == [True]
    assert list(build_assets.translations(tmp_path)) == [False]
    os.utime(source, (source.stat().st_mtime + 1e6,) * 2)  # edited since
    assert list(build_assets.translations(tmp_path)) == [True]
    with open(folder / "django.mo", "rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Yes") == "Có"
