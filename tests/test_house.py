"""The house's own order: who imports whom, what may be committed, what templates may hold."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command

from indicators import page_cache
from tests import style
from tests.hoa_lam import foreign_words
from tests.stack import ROOT


def tracked():
    """Paths of the files that are committed or about to be."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def imports(path):
    """Full names of the modules that a Python file imports anywhere, relative ones resolved."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_imports_keep_to_the_contracts():
    """The contracts stand in pyproject.toml; every module of the product is on a floor of one of them."""
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_list_of_packages_is_complete():
    """The types, the imports, the coverage and the key of cached pages are those of the whole product."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    lists = {
        "importlinter": tools["importlinter"]["root_packages"],
        "mypy": tools["mypy"]["packages"],
        "coverage": tools["coverage"]["run"]["source"],
        "page_cache": set(page_cache.CODE) - {"templates"},
    }
    assert {name: set(listed) for name, listed in lists.items()} == dict.fromkeys(lists, packages)


# Tests of the running product, and of what no single module answers for.
UNMIRRORED = {"browser", "faults", "golden", "integration", "js"}


def test_a_test_file_mirrors_its_module():
    """tests/a/test_b.py tests a/b.py or the package a/b; tests/a/test_b_c.py tests a part of it."""
    strangers = []
    for path in tracked():
        place = path.relative_to(ROOT)
        if place.parts[0] != "tests" or not place.name.startswith("test_") or len(place.parts) == 2:
            continue
        if place.parts[1] in UNMIRRORED:
            continue
        folder, name = ROOT.joinpath(*place.parent.parts[1:]), place.stem.removeprefix("test_")
        known = {module.stem for module in folder.iterdir()} if folder.is_dir() else set()
        if not any(name == module or name.startswith(f"{module}_") for module in known):
            strangers.append(str(place))
    assert strangers == []


def test_the_self_audit_shares_no_code_with_what_it_audits():
    taken = set(imports(ROOT / "indicators" / "rollups" / "reconciliation.py"))
    assert "indicators.models" in taken
    assert {name for name in taken if name.startswith(("indicators.rollups.engine", "indicators.rules"))} == set()


@pytest.mark.parametrize("title", style.CHECKS)
def test_the_style_of_the_code(title):
    """`make lint` prints the same counts."""
    assert list(style.CHECKS[title]()) == []


def test_no_font_and_no_minified_file_is_committed():
    kinds = {".ttf", ".otf", ".woff", ".woff2", ".eot", ".map"}
    foreign = [str(path) for path in tracked() if path.suffix in kinds or ".min." in path.name]
    long_lines = [
        str(path)
        for path in tracked()
        if path.suffix in {".js", ".css"} and max(map(len, path.read_text().splitlines()), default=0) > 1000
    ]
    assert foreign + long_lines == []


def test_no_registry_and_no_path_of_a_machine_is_named():
    # Put together from halves so that this file does not name them itself.
    words = [
        "py" + "pi",
        "npm" + "js",
        "python" + "hosted",
        "docker" + ".io",
        "/wo" + "rk/",
        "/tm" + "p/",
        "/ho" + "me/",
    ]
    naming = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        naming += [
            f"{path.relative_to(ROOT)}: {word}" for word in words if re.search(rf"(?<!\w){re.escape(word)}", text)
        ]
    assert naming == []


# Folders and files that may know the province of the demonstration year.
OF_THE_DEMO = ("tests/", "docs/", "fixtures/", "demo/", "benchmarks/", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")


def test_the_product_knows_no_province():
    """A name of the demonstration year's province, year or annex comes from data (tests/demo_words.toml). Migrations are as they
    were."""
    pattern = foreign_words()
    naming = []
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(OF_THE_DEMO) or path.parent.name == "migrations":
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        # A template breaks a name over lines.
        naming += [f"{name}: {match[0]}" for match in pattern.finditer(" ".join(text.split()))]
    assert naming == []


def test_every_migration_has_a_name_that_says_what_it_does():
    migrations = [path.stem for path in tracked() if path.parent.name == "migrations" and path.stem != "__init__"]
    assert migrations
    assert [name for name in migrations if not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", name) or "auto_" in name] == []


def test_every_decision_has_the_one_form_and_a_line_in_the_list():
    folder = ROOT / "docs" / "decisions"
    records = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    listed = (folder / "README.md").read_text()
    assert len(records) > 80
    for path in records:
        lines = path.read_text().splitlines()
        assert lines[0].startswith(f"# {path.name[:4]} "), path.name
        headings = [line for line in lines if line.startswith("## ")]
        assert headings == ["## Status", "## Context", "## Decision", "## Consequences"], path.name
        assert len(lines) <= 25, path.name
        assert listed.count(f"({path.name})") == 1, path.name


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def for_the_screen(sheet):
    """A style sheet without what is for paper alone."""
    while (start := sheet.find("@media print {")) >= 0:
        depth, end = 0, start
        while depth or "{" not in sheet[start:end]:
            depth += {"{": 1, "}": -1}.get(sheet[end], 0)
            end += 1
        sheet = sheet[:start] + sheet[end:]
    return sheet


def test_no_rule_of_the_screen_asks_the_whole_document():
    """Each element that a script adds would have every style of the page found anew; `*::before` doubles what all elements
    cost (docs/decisions/0143)."""
    sheets = {path.name: for_the_screen(path.read_text()) for path in (ROOT / "static" / "css").rglob("*.css")}
    dear = re.compile(r"(?<![\w-])(?:html|body|:root|\*)[^\s{},>+~]*:has\(|\*::(?:before|after)")
    assert len(sheets) > 40
    assert {name: found for name, sheet in sheets.items() if (found := dear.findall(sheet))} == {}


def test_templates_keep_to_the_content_security_policy():
    templates = [path for path in tracked() if path.suffix == ".html" and "templates" in path.parts]
    assert templates
    forbidden = {
        "style attribute": r"<[^>]*\sstyle\s*=",
        "style element": r"<style\b",
        "event attribute": r"<[^>]*\son[a-z]+\s*=",
        "inline script": r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/json)",
        "javascript address": r"javascript:",
        "address of another host": r"(?:src|href)\s*=\s*[\"'](?:https?:)?//",
    }
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in templates
        for what, pattern in forbidden.items()
        if re.search(pattern, path.read_text(), re.IGNORECASE)
    ]
    assert found == []


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff(arguments):
    ruff = Path(sys.executable).with_name("ruff")
    result = subprocess.run([ruff, *arguments, "."], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert result.returncode == 0, result.stdout + result.stderr
