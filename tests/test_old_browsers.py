"""Style sheets and scripts against Chrome 109, the last one for Windows 7: what came later needs a fallback that is named here."""

import re
from pathlib import Path

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.once

# Pattern, and the release of Chrome in which it came.
CSS = {
    r"color-mix\(": 111,
    r"text-wrap\s*:": 114,
    r"field-sizing\s*:": 123,
    r"light-dark\(": 123,
    r"@starting-style": 117,
    r"@scope\b": 118,
    r"subgrid": 117,
    r"\bok(lch|lab)\(": 111,
    r"\b(lch|lab)\(": 111,
    r"linear\(\s*0": 113,
    r"(animation|scroll|view)-timeline\b": 115,
    r"view-transition": 111,
    r"anchor-name|position-anchor|\banchor\(": 125,
    r":popover-open|::backdrop\s*\{[^}]*overlay": 114,
    r"transition-behavior|allow-discrete": 117,
    r"scrollbar-(color|width)\s*:": 121,
    r"interpolate-size|calc-size\(": 129,
    r":user-(in)?valid": 119,
    r":nth-child\([^)]*\bof\b": 111,
    r"(?<!repeat-)\b(round|rem|mod|sin|cos|tan|pow|sqrt|hypot|exp|log)\(": 111,
    r"\drlh\b": 111,
    r"image-set\(": 113,
    r"sibling-(index|count)\(": 138,
    r"text-box(-trim)?\s*:": 133,
    r":state\(|:open\b": 125,
}
JS = {
    r"\.to(Sorted|Reversed|Spliced)\(": 110,
    r"\.with\(": 110,
    r"Promise\.(withResolvers|try)\b": 119,
    r"(Object|Map)\.groupBy\b": 117,
    r"Array\.fromAsync\b": 121,
    r"URL\.(canParse|parse)\b": 120,
    r"\.is(WellFormed|SubsetOf|SupersetOf|DisjointFrom)\(": 111,
    r"\.(symmetricDifference|intersection|difference|union)\(": 122,
    r"startViewTransition\b": 111,
    r"\b(show|hide|toggle)Popover\b": 114,
    r"RegExp\.escape\b": 136,
    r"AbortSignal\.any\b": 116,
    r"\bIterator\.from\b|\.values\(\)\.(map|filter|take|drop)\(": 122,
    r"setHTMLUnsafe|parseHTMLUnsafe": 124,
    r"\.moveBefore\(": 133,
    r"/v[dgimsuy]*\s*[.;,)]": 112,
    r"\bimport\s+\w+\s+from\s+[^;]+\bwith\s*\{": 123,
    r"\busing\s+\w+\s*=": 134,
    r"checkVisibility\(\s*\{": 121,
}
HTML = {
    r"\bpopover(target)?\b\s*=": 114,
    r"<details[^>]*\bname=": 120,
    r"\bcommandfor=": 135,
    r"\bclosedby=": 134,
    r"<selectedcontent": 135,
}
# An older browser ignores these declarations: what a reader then sees.
FALLBACKS = {
    ("base.css", r"text-wrap\s*:"): "the last line of a heading may hold one word",
    ("report.css", r"text-wrap\s*:"): "lines of a title are of unequal length",
    ("report.css", r"field-sizing\s*:"): "the field of a sentence scrolls instead of growing",
}


def later(text, features):
    """Return the patterns in a text that came after Chrome 109."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return [pattern for pattern in features if re.search(pattern, bare)]


def nested_rules(text):
    """Return the selectors that stand inside another rule (Chrome 112)."""
    bare, open_blocks, found = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", text, flags=re.S), [], []
    for head, sign in re.findall(r"([^{};]*)([{};])", bare):
        if sign == "{":
            if open_blocks and not open_blocks[-1].startswith("@") and not head.strip().startswith("@"):
                found.append(head.strip())
            open_blocks.append(head.strip())
        elif sign == "}":
            open_blocks.pop()
    return found


@pytest.mark.parametrize(
    ("folder", "suffix", "features"), [("static/css", "css", CSS), ("static/js", "js", JS), ("templates", "html", HTML)]
)
def test_nothing_is_newer_than_the_oldest_browser_without_a_fallback(folder, suffix, features):
    files = sorted(Path(ROOT, folder).rglob(f"*.{suffix}"))
    assert len(files) > 20
    found = {(path.name, pattern) for path in files for pattern in later(path.read_text(), features)}
    assert found - set(FALLBACKS) == set()
    if suffix == "css":
        assert set(FALLBACKS) - found == set()  # no excuse outlives what it excuses
        assert {path.name: rules for path in files if (rules := nested_rules(path.read_text()))} == {}


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("a { color: color-mix(in srgb, red, blue) }", CSS),
        ("a { width: round(1px, 2px) }", CSS),
        ("rows.toSorted()", JS),
        ("Promise.withResolvers()", JS),
        ("known.union(others)", JS),
        ('<div popover="auto">', HTML),
    ],
)
def test_what_is_newer_is_found(text, features):
    assert len(later(text, features)) == 1 and later(f"/* {text} */", features) == []


def test_a_nested_rule_is_found_and_one_inside_a_condition_is_not():
    assert nested_rules("@media print { .a { color: red; } } .b { color: red }") == []
    assert nested_rules(".a { color: red; & .b { color: red } }") == ["& .b"]
