"""Texts of the installed packages that a user may meet are in Vietnamese."""

import re
from importlib.util import find_spec
from pathlib import Path

import polib
import pytest
from django.conf import settings

OURS = settings.BASE_DIR / "locale" / "vi" / "LC_MESSAGES"
DJANGO = Path(find_spec("django").origin).parent
# Nobody meets these: names of languages, the pages of DEBUG, Django's own CSRF page (replaced), and names of column types.
UNMET = re.compile(
    r"^(conf/global_settings\.py|views/(csrf|debug)\.py|views/templates/|contrib/(sitemaps|syndication)/)"
)
NOT_TRANSLATED = {"", "…", "%(truncated_text)s…", "String (unlimited)", "Duration", "Positive big integer"}
NOT_TRANSLATED |= {"A JSON object", "Universally unique identifier"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}")


def catalogue(path):
    """Entries by context, text and plural: a text with a plural is looked up as such only."""
    return {
        (entry.msgctxt, entry.msgid, entry.msgid_plural): entry
        for entry in polib.pofile(str(path))
        if not entry.obsolete
    }


def ours(name="django.po"):
    return catalogue(OURS / name)


def said(package):
    """Strings of a part of Django: the English catalogue, and those of them that its Vietnamese one has."""
    folder = DJANGO / package / "locale"
    english = catalogue(folder / "en" / "LC_MESSAGES" / "django.po")
    vietnamese = {
        key for key, entry in catalogue(folder / "vi" / "LC_MESSAGES" / "django.po").items() if entry.translated()
    }
    return english, vietnamese


@pytest.mark.parametrize(
    "package", ["conf", "contrib/auth", "contrib/admin", "contrib/contenttypes", "contrib/sessions"]
)
def test_every_string_that_a_user_can_meet_is_vietnamese(package):
    english, vietnamese = said(package)
    met = {
        key
        for key, entry in english.items()
        if entry.msgid not in NOT_TRANSLATED and not all(UNMET.match(place) for place, _ in entry.occurrences)
    }
    assert len(met) > (3 if package.endswith(("types", "sessions")) else 80)
    assert sorted(str(key) for key in met - vietnamese - set(ours())) == []


def test_administration_scripts_are_vietnamese():
    folder = DJANGO / "contrib" / "admin" / "locale"
    english = catalogue(folder / "en" / "LC_MESSAGES" / "djangojs.po")
    vietnamese = {
        k for k, entry in catalogue(folder / "vi" / "LC_MESSAGES" / "djangojs.po").items() if entry.translated()
    }
    assert len(english) > 40
    assert set(english) - vietnamese - set(ours("djangojs.po")) == set()


@pytest.mark.parametrize("package", ["axes", "simple_history"])
def test_packages_without_vietnamese(package):
    """Everything marked for translation in the package's modules and templates."""
    folder = Path(find_spec(package).origin).parent
    marked = set()
    for module in folder.rglob("*.py"):
        marked |= set(re.findall(r"\b_\(\s*\"([^\"]+)\"\s*\)", module.read_text()))
        marked |= set(re.findall(r"\b_\(\s*'([^']+)'\s*\)", module.read_text()))
    for template in folder.rglob("*.html"):
        marked |= set(re.findall(r"{% trans(?:late)? [\"']([^\"']+)[\"'] %}", template.read_text()))
    assert len(marked) > 20
    known = {msgid for _, msgid, _ in ours()} | {msgid for _, msgid, _ in said("conf")[1] | said("contrib/admin")[1]}
    assert marked - known == set()


@pytest.mark.parametrize("name", ["django.po", "djangojs.po"])
def test_nothing_is_empty_or_fuzzy_and_placeholders_agree(name):
    for entry in ours(name).values():
        assert entry.translated() and not entry.fuzzy, entry.msgid
        for text in [entry.msgstr] if entry.msgstr else entry.msgstr_plural.values():
            given = PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)
            used = PLACEHOLDER.findall(text)
            # A name may be left out; a value given by position, and what was never given, may not.
            assert set(used) <= set(given), text
            assert [one for one in used if "(" not in one] == [one for one in given if "(" not in one], text


def test_nothing_is_translated_that_no_package_says():
    said_by = {key[1] for package in ("conf", "contrib/auth", "contrib/admin", "contrib/contenttypes", "contrib/sessions")
               for key in said(package)[0]}  # fmt: skip
    for package in ("axes", "simple_history", "django/contrib"):
        folder = Path(find_spec(package.replace("/", ".")).origin).parent
        sources = [path.read_text() for kind in ("*.py", "*.html") for path in folder.rglob(kind)]
        text = re.sub(r"{{ ?(\w+) ?}}", r"%(\1)s", "\n".join(sources))
        said_by |= {msgid for _, msgid, _ in ours() if msgid in text}
    assert [msgid for _, msgid, _ in ours() if msgid not in said_by] == []
