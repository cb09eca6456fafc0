"""How static files are kept for serving: names with a hash, compressed copies beside them."""

import os

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's, with less work and no mixing of releases.

    Only names with a hash are compressed, and each once: pages name no others, a hash vouches for the content, and
    Plotly's script alone takes ten seconds. Imports between our ES modules are rewritten to the hashed names too.
    """

    support_js_module_import_aggregation = True

    def compress_files(self, paths):
        hashed = set(self.hashed_files.values())
        return super().compress_files(
            [path for path in paths if path in hashed and not os.path.exists(f"{self.path(path)}.br")]
        )
