"""Counts of what the style of the code forbids: `python -m tests.style`, a part of `make lint`.

Each check lists its offences as "file:line: what"; the last lines are the counts, and the exit status is 1 unless all are 0.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_LINE = 120
QUESTION = re.compile(
    r"(what|who|whom|whose|how|which|why|when|where|whether|whatever|whoever|whenever|wherever)\b", re.IGNORECASE
)
BANNED = {
    kind: set(names) for kind, names in tomllib.loads(Path(__file__).with_name("banned_names.toml").read_text()).items()
}


def tracked(*suffixes: str) -> list[Path]:
    """Files with these suffixes that are committed or about to be."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if path.suffix in suffixes and path.is_file())


def product_modules() -> list[Path]:
    """The product's Python files; migrations are generated."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    paths = tracked(".py")
    return [path for path in paths if path.relative_to(ROOT).parts[0] in packages and "migrations" not in path.parts]


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def modules_without_floor() -> Iterator[str]:
    """Modules and packages of a top-level package that no layer of pyproject.toml names."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = {
        contract["containers"][0]: {name.strip() for layer in contract["layers"] for name in layer.split(":")}
        for contract in contracts
        if contract.get("containers")
    }
    floors["chuyendoiso"] = floors.get("chuyendoiso", set()) | {"*"}  # on top of everything; nothing imports it
    for path in product_modules():
        package, name = path.relative_to(ROOT).parts[:2]
        module = Path(name).stem
        if module != "__init__" and not {module, "*"} & floors.get(package, set()):
            yield f"{place(path, 1)}: {module} has no floor"


def long_lines() -> Iterator[str]:
    """Lines of templates, style sheets and scripts over 120 characters."""
    for path in tracked(".html", ".css", ".js"):
        if "templates" not in path.parts and "static" not in path.parts:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if len(line) > LONGEST_LINE:
                yield f"{place(path, number)}: {len(line)} characters"


def loose_scripts() -> Iterator[str]:
    """Lines of scripts with a tab, `var`, or a comparison that converts its sides (== and !=)."""
    for path in tracked(".js", ".mjs"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = re.sub(r"//.*|\"[^\"]*\"|'[^']*'|`[^`]*`", "", line)
            if "\t" in line or re.search(r"\bvar\s|(?<![=!])[=!]=(?!=)", code):
                yield f"{place(path, number)}: {line.strip()[:60]}"


def short_classes() -> Iterator[str]:
    """CSS classes of one or two letters."""
    for path in tracked(".css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        selectors = re.sub(r"\{[^{}]*\}", "{}", text)
        for name in sorted(set(re.findall(r"\.([a-z]{1,2})(?![\w-])", selectors))):
            yield f"{place(path, 1)}: .{name}"


def undefined_tokens() -> Iterator[str]:
    """Tokens of the style sheets (`var(--ink)`) that no sheet defines: a browser leaves the whole declaration out."""
    sheets = tracked(".css")
    defined = {name for path in sheets for name in re.findall(r"(?<![\w-])(--[a-z][\w-]*)\s*:", path.read_text())}
    scripts = [
        path for path in tracked(".js", ".html") if path.is_relative_to(ROOT / "static") or "templates" in path.parts
    ]
    for path in [*sheets, *product_modules(), *scripts]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield from (
                f"{place(path, number)}: {name}"
                for name in re.findall(r"var\((--[\w-]+)", re.sub(r"//.*", "", line))
                if name not in defined
            )


def question_docstrings() -> Iterator[str]:
    """Docstrings whose first word is a question word."""
    for path in tracked(".py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                if QUESTION.match(text):
                    yield f"{place(path, getattr(node, 'lineno', 1))}: {text.splitlines()[0][:60]}"


def banned_names() -> Iterator[str]:
    """Modules, classes, functions and variables of the product with a name that was given up or says nothing."""
    for path in product_modules():
        if path.stem in BANNED["modules"]:
            yield f"{place(path, 1)}: module {path.stem}"
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name in BANNED["classes"]:
                yield f"{place(path, node.lineno)}: class {node.name}"
            elif isinstance(node, ast.FunctionDef) and node.name in BANNED["functions"]:
                yield f"{place(path, node.lineno)}: function {node.name}"
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in BANNED["variables"]:
                yield f"{place(path, node.lineno)}: variable {node.id}"
            elif isinstance(node, ast.arg) and node.arg in BANNED["variables"]:
                yield f"{place(path, node.lineno)}: argument {node.arg}"


def banned_template_names() -> Iterator[str]:
    """Variables of templates with such a name; attributes of objects are named where the object is."""
    banned = BANNED["variables"] | BANNED["templates"]
    for path in tracked(".html"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for tag in re.findall(r"\{[{%].*?[%}]\}", line):
                names = re.findall(r"(?<![\w.|\-])[a-z_]+", re.sub(r"\"[^\"]*\"", "", tag))
                yield from (f"{place(path, number)}: {name}" for name in names if name in banned)


def untyped_functions() -> Iterator[str]:
    """Public functions and methods of the product of which an argument or the result has no type."""
    for path in product_modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [each.arg for each in arguments if each.annotation is None and each.arg not in {"self", "cls"}]
            if bare or node.returns is None:
                yield f"{place(path, node.lineno)}: {node.name}: {', '.join(bare) or 'result'}"


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "modules without a floor": modules_without_floor,
    f"lines of templates, CSS and JS over {LONGEST_LINE} characters": long_lines,
    "lines of JS with a tab, var, == or !=": loose_scripts,
    "CSS classes of one or two letters": short_classes,
    "CSS tokens that are not defined": undefined_tokens,
    "docstrings beginning with a question word": question_docstrings,
    "banned names": banned_names,
    "banned names in templates": banned_template_names,
    "public functions without types": untyped_functions,
}


def main() -> int:
    offences = {title: list(check()) for title, check in CHECKS.items()}
    for listed in offences.values():
        print(*listed, sep="\n", end="\n" if listed else "")
    for title, each in offences.items():
        print(f"{len(each)} {title}")
    return 1 if any(offences.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
