"""`manage.py build_assets`: build the assets that the repository does not contain: fonts, Plotly's script, compiled
translations, the icons of the installed application; and our own style sheets in one file, which saves three requests
before a page is drawn.

Everything is taken from the installed packages, so that no network is needed. Running it twice does no harm: a file newer
than its sources is left alone.
"""

import importlib.util
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polib
import rcssmin
from django.conf import settings
from django.core.management.base import BaseCommand
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

# Icons of the installed application, drawn from img/mark.svg: side in pixels, part of it that the mark takes. Systems cut the
# last one to a shape of their own.
ICONS = {"icon-192": (192, 100), "icon-512": (512, 100), "icon-mask-512": (512, 78)}

WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600, "Bold": 700}

# In the order in which they are served: a later one wins over an earlier one. Sheets of one folder do not depend on each other.
SHEETS = ("tokens.css", "dark.css", "base.css", "layout.css", "components/*.css", "pages/*.css", "print.css")
# Replacements that turn the dark theme chosen by the reader into the system's one.
DARK = {
    "@media screen": "@media screen and (prefers-color-scheme: dark)",
    '[data-theme="dark"]': ":root:not([data-theme])",
}

# Latin, Vietnamese, the punctuation of official documents, and the signs that figures use.
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), 0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x300, 0x301, 0x303, 0x309, 0x323]
VIETNAMESE = [*range(0x1EA0, 0x1EFA), 0x20AB]
SIGNS = [ord(sign) for sign in "‐‑–—‘’“”„†•…‰′″‹›−×÷≤≥≈≠→←"] + [0x2007, 0x2009, 0x202F]
CHARACTERS = LETTERS + VIETNAMESE + SIGNS


class Command(BaseCommand):
    help = "Chuẩn bị phông chữ, thư viện biểu đồ và bản dịch từ các gói đã cài; chạy lại không làm gì thêm."
    requires_system_checks: list[str] = []  # runs first, when nothing is installed or configured yet

    def handle(self, *args: Any, **options: Any) -> None:
        assets = settings.BASE_DIR / "var" / "assets"
        self.report("Phông chữ", [*text_faces(assets / "fonts"), figure_face(assets / "fonts")])
        self.report("Kiểu trang", [style_sheet(settings.BASE_DIR / "static" / "css", assets / "css")])
        self.report("Biểu tượng", icons(settings.BASE_DIR / "static" / "img" / "mark.svg", assets / "img"))
        self.report("Thư viện biểu đồ", plotly(assets / "vendor"))
        self.report("Bản dịch", translations(settings.BASE_DIR / "locale"))

    def report(self, name: str, made: Iterable[bool]) -> None:
        count = sum(made)
        self.stdout.write(f"{name}: {f'đã tạo {count} tệp' if count else 'không có gì mới'}.")


def package_folder(name: str) -> Path:
    """Return the folder of an installed package, without importing it. Raises FileNotFoundError."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"Chưa cài gói {name}. Chạy: pip install -r requirements.txt")
    return Path(spec.origin).parent


def is_current(target: Path, *sources: Path) -> bool:
    """Return whether the target exists and is newer than all its sources (this module included)."""
    newest = max(source.stat().st_mtime for source in (*sources, Path(__file__)))
    return target.exists() and target.stat().st_mtime >= newest


def text_faces(folder: Path) -> Iterator[bool]:
    """Build Be Vietnam Pro, four weights, as woff2. Yields whether each was built."""
    files = package_folder("fontpkg_be_vietnam_pro") / "files"
    for name, weight in WEIGHTS.items():
        source, target = files / f"BeVietnamPro-{name}.ttf", folder / f"be-vietnam-pro-{weight}.woff2"
        if is_current(target, source):
            yield False
            continue
        save(reduced(TTFont(source), ["kern", "mark", "mkmk", "ccmp", "locl", "liga"]), target)
        yield True


def figure_face(folder: Path) -> bool:
    """Build Inter with its tabular digits, weights 400 to 700 in one file; return whether it was built. It also has the Vietnamese
    letters: otherwise a cell with a figure and a word would mix two fonts within the word."""
    source = package_folder("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"
    target = folder / "inter.woff2"
    if is_current(target, source):
        return False
    font = reduced(TTFont(source), ["kern", "mark", "mkmk", "ccmp", "tnum", "lnum"])
    save(instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 700)}), target)
    return True


def reduced(font: TTFont, features: list[str]) -> TTFont:
    """Return the font with our characters and these layout features only."""
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    return font


def save(font: TTFont, target: Path) -> None:
    """Write a font as woff2, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    font.flavor = "woff2"
    font.save(draft)
    draft.replace(target)


def sheet_files(sources: Path) -> list[Path]:
    """Return our style sheets in the order in which they are served."""
    return [file for pattern in SHEETS for file in sorted(sources.glob(pattern))]


def sheet_text(file: Path) -> str:
    """Return a style sheet as served. The dark theme is written twice: as chosen by the reader, and as chosen by the system."""
    text = file.read_text()
    if file.name != "dark.css":
        return text
    of_system = text
    for chosen, followed in DARK.items():
        of_system = of_system.replace(chosen, followed)
    return text + of_system


def style_sheet(sources: Path, folder: Path) -> bool:
    """Write our style sheets one after another, minified, as app.css. Return False where it was up to date."""
    files, target = sheet_files(sources), folder / "app.css"
    made = not is_current(target, *files)
    if made:
        folder.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".draft")
        draft.write_text(rcssmin.cssmin("\n".join(map(sheet_text, files))))
        draft.replace(target)
    return made


def icons(mark: Path, folder: Path) -> Iterator[bool]:
    """Draw the mark as PNG in each size of ICONS. Yields whether each was drawn."""
    for name, (side, share) in ICONS.items():
        target = folder / f"{name}.png"
        if is_current(target, mark):
            yield False
            continue
        import typst  # only for what is missing

        ground = 'rgb("#1b4f8f")' if share < 100 else "none"
        source = (
            f"#set page(width: 72pt, height: 72pt, margin: 0pt, fill: {ground})\n"
            f'#place(center + horizon, image("{mark.name}", width: {share}%))'
        )
        folder.mkdir(parents=True, exist_ok=True)
        root: Any = mark.parent  # its types want the root to be of the kind of the source
        drawn: Any = typst.compile(source.encode(), root=root, format="png", ppi=float(side))
        target.write_bytes(drawn)
        yield True


def plotly(folder: Path) -> list[bool]:
    """Copy Plotly's script, and write the empty sheet that keeps it from adding styles of its own to the page (CSP). Returns
    whether each was written."""
    folder.mkdir(parents=True, exist_ok=True)
    source, target = package_folder("plotly") / "package_data" / "plotly.min.js", folder / "plotly.min.js"
    made = not is_current(target, source)
    if made:
        shutil.copyfile(source, target)
    empty = folder / "empty.css"
    missing = not empty.exists()
    if missing:
        empty.write_text("")
    return [made, missing]


def translations(folder: Path) -> Iterator[bool]:
    """Compile every .po to the .mo in the same folder (gettext itself is not needed). Yields whether each was written."""
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if is_current(target, source):
            yield False
            continue
        polib.pofile(str(source)).save_as_mofile(str(target))
        yield True
