"""How static files are kept for serving: names with a hash, compressed copies beside them."""

import os

import minify
from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN_SCRIPTS = "js/"


def minified(script: str) -> str:
    """Return a script as it is served, without comments and with short names; raises minify.MinifyError on bad syntax."""
    return minify.string("application/javascript", script)


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's, with less work and no mixing of releases.

    Only names with a hash are compressed, and each once: pages name no others, a hash vouches for the content, and
    Plotly's script alone takes ten seconds. Imports between our ES modules are rewritten to the hashed names too.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths, dry_run=False, **options):
        """Minify our own scripts before their names get a hash (decision 0160)."""
        paths = dict(paths)
        for name in [name for name in paths if name.startswith(OWN_SCRIPTS) and not dry_run]:
            source, path = paths[name]
            with source.open(path) as script, open(self.path(name), "w") as served:
                served.write(minified(script.read().decode()))
            paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths):
        hashed = set(self.hashed_files.values())
        return super().compress_files(
            [path for path in paths if path in hashed and not os.path.exists(f"{self.path(path)}.br")]
        )
