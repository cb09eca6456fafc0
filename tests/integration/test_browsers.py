"""The oldest browser that the product serves is Chromium 109, the last one for Windows 7 and 8.1, which offices still use: sheets,
scripts and templates use nothing newer, or only what does no harm where it is not known."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLDEST = 109

# What is found, and the first Chromium that knows it.
SHEETS = {
    "nesting": (r"[{};]\s*&|@nest\b", 112),
    "color-mix, relative colours": (r"color-mix\(|\bok(?:lch|lab)\(|\(from\s", 111),
    "light-dark": (r"light-dark\(", 123),
    "scripting": (r"\(\s*scripting\b", 120),
    "other media features": (r"prefers-reduced-transparency|\(\s*(?:update|inverted-colors)\b", 113),
    "scope, starting-style": (r"@scope\b|@starting-style\b|@view-transition\b", 111),
    "style queries": (r"@container[^{]*style\(", 111),
    "subgrid": (r"\bsubgrid\b", 117),
    "popover": (r":popover-open\b|::backdrop\s*\{[^}]*overlay", 114),
    "anchors": (r"anchor-name|position-anchor|anchor\(", 125),
    "pseudo-classes": (r":user-(?:in)?valid\b|:dir\(|:nth-(?:last-)?child\([^)]*\sof\s|:state\(", 111),
    "functions": (r"(?<![\w-])(?:round|mod|rem|abs|sign|sin|cos|tan|linear|calc-size|if|attr)\((?!data-|'|\")", 111),
    "properties": (
        r"[{;]\s*(?:view-transition|animation-timeline|scroll-timeline|interpolate-size|overlay|transition-behavior|"
        r"white-space-collapse|text-box|initial-letter|font-size-adjust|mask|reading-flow|text-spacing)[\w-]*\s*:",
        110,
    ),
    "image-set": (r"(?<!-webkit-)image-set\(", 113),
}
SCRIPTS = {
    "copies of arrays": (r"\.(?:toSorted|toReversed|toSpliced|with)\(", 110),
    "groups": (r"\b(?:Object|Map)\.groupBy\(", 117),
    "promises": (r"Promise\.(?:withResolvers|try)\(|Array\.fromAsync\(", 119),
    "sets": (r"\.(?:union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(", 122),
    "iterators": (
        r"\bIterator\.|\.(?:values|keys|entries)\(\)\.(?:map|filter|take|drop|some|every|find|toArray)\(",
        122,
    ),
    "text": (r"\.(?:is|to)WellFormed\(|RegExp\.escape\(|/[gimsuy]*v[gimsuy]*(?=[;,).\s])(?<=/v)", 111),
    "addresses and signals": (r"URL\.canParse\(|AbortSignal\.any\(", 116),
    "events": (r"[\"'](?:scrollend|beforetoggle)[\"']", 114),
    "popovers and dialogs": (r"\.(?:show|hide|toggle)Popover\(|CloseWatcher|\.requestClose\(", 114),
    "transitions": (r"startViewTransition", 111),
    "documents": (r"setHTMLUnsafe|getHTML\(|\.moveBefore\(", 124),
    "modules": (r"^import[^;]*\swith\s*\{|\bawait using\b|^\s*using\s\w+\s*=", 123),
}
TEMPLATES = {
    "popovers": (r"\spopover(?:target)?[\s=>]", 114),
    "exclusive details": (r"<details[^>]*\sname=", 120),
    "commands": (r"\scommandfor=|\sclosedby=", 134),
}


def found_in(text, features):
    return sorted(
        name for name, (pattern, since) in features.items() if since > OLDEST and re.search(pattern, text, re.M)
    )


@pytest.mark.parametrize(
    ("folder", "ending", "features"),
    [("static/css", "css", SHEETS), ("static/js", "js", SCRIPTS), ("templates", "html", TEMPLATES)],
)
def test_nothing_is_newer_than_the_oldest_browser(folder, ending, features):
    files = list((ROOT / folder).rglob(f"*.{ending}"))
    assert len(files) > 6
    used = {path.name: found for path in files if (found := found_in(path.read_text(), features))}
    assert used == {}


@pytest.mark.parametrize(
    ("text", "features", "name"),
    [
        ("@media screen and (scripting:enabled){a{color:red}}", SHEETS, "scripting"),
        (".a{background:color-mix(in srgb,red 45%,transparent)}", SHEETS, "color-mix, relative colours"),
        (".a{color:red;&:hover{color:blue}}", SHEETS, "nesting"),
        ("const a = rows.toSorted();", SCRIPTS, "copies of arrays"),
        ('list.addEventListener("scrollend", stop);', SCRIPTS, "events"),
        ('<div id="a" popover>', TEMPLATES, "popovers"),
    ],
)
def test_the_check_finds_what_it_looks_for(text, features, name):
    assert found_in(text, features) == [name]


def test_a_printed_page_keeps_the_time_of_its_figures():
    """The foot says when the page was opened and its figures were added up; only links and the operator stay behind."""
    sheet = (ROOT / "static" / "css" / "print.css").read_text()
    hidden = re.findall(r"([^{}]*)\{\s*display: none(?: !important)?;\s*\}", sheet)
    whole = {one.strip() for selector in hidden for one in re.sub(r":is\([^)]*\)", ":is", selector).split(",")}
    assert ".no-print" in whole and ".foot" not in whole
    foot = (ROOT / "templates" / "base.html").read_text().split('<footer class="foot">')[1]
    assert "Trang mở lúc {{ frame.now|datetime_vi }}" in foot and "{% block foot %}" in foot


def test_no_named_page_on_what_holds_the_page():
    """Chromium 109 begins a sheet with each part of a body that has a named page: 52 sheets of an overview, not 4."""
    for path in (ROOT / "static" / "css").rglob("*.css"):
        sheet = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for selector in re.findall(r"([^{}]*)\{[^{}]*(?<![\w-])page:", sheet):
            assert all(".sheet" in one for one in selector.split(",")), (path.name, selector)
