"""Static files as they are served: hashed names that fit together, each compressed once."""

import itertools
import re

import brotli
import pytest
from django.core.files.storage import FileSystemStorage

from core.static_storage import StaticStorage

SCRIPTS = {
    "page.js": 'import { total } from "./sums.js";\n' + "total();\n" * 200,
    "sums.js": "export function total() {}\n" * 200,
}


@pytest.fixture
def collect(tmp_path, settings):
    """Return `collect({name: text})`: it collects static files and returns the names then in the folder."""
    settings.DEBUG = False
    source = tmp_path / "source"
    served = tmp_path / "served"
    source.mkdir()
    served.mkdir()

    def go(files):
        for folder, name in itertools.product((source, served), files):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(files[name])
        storage = StaticStorage(location=served, base_url="/static/")
        list(storage.post_process({name: (FileSystemStorage(source), name) for name in files}))
        return served, storage

    return go


def test_imports_between_modules_name_the_hashed_files(collect):
    served, storage = collect(SCRIPTS)
    assert re.fullmatch(r"/static/sums\.[0-9a-f]{12}\.js", storage.url("sums.js"))
    page = (served / storage.url("page.js").removeprefix("/static/")).read_text()
    assert page.startswith(f'import {{ total }} from "./{storage.url("sums.js").removeprefix("/static/")}";')


def test_our_own_scripts_are_served_minified(collect):
    nested = 'export const words = (n) => `Đã dán ${n} ô.${n ? ` // ${n}  ô` : ""}`; // a comment\n'
    page = 'import { words } from "./words.js";\n\n// Another.\nconsole.log(words(2));\n'
    served, storage = collect({"js/words.js": nested, "js/page.js": page})
    names = {name: storage.url(f"js/{name}.js").removeprefix("/static/") for name in ("page", "words")}
    script = (served / names["words"]).read_text()
    assert "comment" not in script and re.search(r"\? ?` // \$\{\w+\}  ô` ?:", script)
    page_script, hashed = (served / names["page"]).read_text(), names["words"].removeprefix("js/")
    assert page_script.startswith(f'import{{words}} from "./{hashed}"')
    again, storage = collect({"js/words.js": nested, "js/page.js": page})
    assert storage.url("js/words.js") == f"/static/{names['words']}"


def test_hashed_names_are_compressed_once_and_others_not_at_all(collect):
    served, storage = collect(SCRIPTS)
    page, sums = (served / storage.url(name).removeprefix("/static/") for name in ("page.js", "sums.js"))
    copies = {f"{path.name}.{kind}" for path in (page, sums) for kind in ("br", "gz")}
    assert {path.name for path in served.iterdir() if path.suffix in {".br", ".gz"}} == copies
    for path in (page, sums):
        path.with_name(f"{path.name}.br").write_bytes(b"left alone")
    changed = SCRIPTS | {"page.js": SCRIPTS["page.js"] + "total();\n"}
    served, storage = collect(changed)
    new = storage.url("page.js").removeprefix("/static/")
    assert new != page.name
    assert brotli.decompress((served / f"{new}.br").read_bytes()) == (served / new).read_bytes()
    assert (served / f"{sums.name}.br").read_bytes() == b"left alone"
