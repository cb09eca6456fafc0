"""Words that nobody may meet: those of the list in banned_words.toml, which names the word to use, and a space before %.

The crawl asks every page for them (tests/faults/test_crawl.py), tests/test_words.py the texts in the code and the guide.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests import style

_LISTS = tomllib.loads(Path(__file__).with_name("banned_words.toml").read_text())
_BANNED = "|".join(re.escape(word) for word in _LISTS["words"])
WRONG = re.compile(rf"\d[ \u00a0]%|(?<!\w)(?:{_BANNED})(?!\w)", re.IGNORECASE)


def wrong_words(text: str) -> list[str]:
    """Return what a text says that it must not, each once, in order of the alphabet."""
    return sorted(set(WRONG.findall(text)) if text not in _LISTS["typed"]["texts"] else ())


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each string in a Python file but docstrings; a value in an f-string stands as `0`."""
    tree = ast.parse(path.read_text())
    docstrings, inside = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                docstrings.add(first.value)
        if isinstance(node, ast.JoinedStr):
            inside.update(part for part in node.values if isinstance(part, ast.Constant))
            parts = (part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
            yield node.lineno, "".join(map(str, parts))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings | inside:
            yield node.lineno, node.value


def template_text(markup: str) -> str:
    """Return a template as it reads: a variable is `0`, tags and comments of both languages are gone."""
    text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", "", markup, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "0", text).replace("&nbsp;", "\u00a0")
    return " ".join(re.sub(r"\{%.*?%\}", " ", text, flags=re.DOTALL).split(" ")).replace("\n", " ")


def texts() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of what the product says: strings of its code, templates, scripts, the guide."""
    for path in style.product_modules():
        # The acts of the log are stored, and covered by its hashes.
        for line, text in strings(path) if path.name != "audit_acts.py" else ():
            yield style.place(path, line), text
    for path in style.tracked(".html", ".txt"):
        if "templates" in path.parts:
            yield style.place(path, 1), template_text(path.read_text())
    for path in style.tracked(".js", ".md"):
        if path.relative_to(style.ROOT).as_posix().startswith(("static/js/", "docs/huong-dan/")):
            for line, text in enumerate(path.read_text().splitlines(), 1):
                yield style.place(path, line), text
