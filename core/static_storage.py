"""Storage of static files for serving: hashed names, compressed copies, our own scripts minified."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import minify
from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN_SCRIPTS = "js/"


def minified(script: str) -> str:
    """Return a script without comments and with short names. Raises minify.MinifyError on bad syntax."""
    return str(minify.string("application/javascript", script))


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage, with less work and no mixing of releases.

    Only hashed names are compressed, each once: pages refer to no others, and Plotly's script alone takes ten seconds. Imports
    between our ES modules are rewritten to the hashed names too.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, Any]]:
        """Minify our own scripts before their names get a hash (decision 0160)."""
        paths = dict(paths)
        for name in [name for name in paths if name.startswith(OWN_SCRIPTS) and not dry_run]:
            source, path = paths[name]
            with source.open(path) as script, open(self.path(name), "w") as served:
                served.write(minified(script.read().decode()))
            paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress the hashed files that have no compressed copy yet."""
        hashed = set(self.hashed_files.values())
        yield from super().compress_files(
            [path for path in paths if path in hashed and not os.path.exists(f"{self.path(path)}.br")]
        )
