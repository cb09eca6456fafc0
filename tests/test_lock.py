"""Locked libraries: what production installs is what requirements.txt asks for, each file with its hash."""

import re

import pytest
from packaging.requirements import Requirement

from tests.stack import ROOT

pytestmark = pytest.mark.once
PAIRS = [("requirements.txt", "requirements.lock"), ("requirements-nodeps.txt", "requirements-nodeps.lock")]


def key(name):
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(("asked", "locked"), PAIRS)
def test_each_library_is_locked_within_what_is_asked_for(asked, locked):
    lines = [line.partition("#")[0].strip() for line in (ROOT / asked).read_text().splitlines()]
    wanted = [Requirement(line) for line in lines if line]
    known = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / locked).read_text(), re.M))
    pinned = {key(name): version for name, version in known.items()}
    assert [str(each) for each in wanted if not each.specifier.contains(pinned.get(key(each.name), "0"))] == []


@pytest.mark.parametrize("locked", [locked for _, locked in PAIRS])
def test_nothing_is_installed_without_a_hash(locked):
    text = (ROOT / locked).read_text()
    entries = [entry for entry in re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.M), flags=re.M) if entry]
    assert entries and all(re.match(r"[\w.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_production_installs_by_hash_alone():
    for file in ("Dockerfile", "deploy/install.sh"):
        text = (ROOT / file).read_text()
        assert "--require-hashes" in text and "-r requirements.txt" not in text and "requirements.lock" in text
