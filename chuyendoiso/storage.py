"""How static files are kept for serving: names with a hash, compressed copies beside them."""

import os

from whitenoise.storage import CompressedManifestStaticFilesStorage

TOLERANCE = 0.001  # seconds; a compressed copy carries its original's time, rounded by the file system


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's, but compresses only what changed: Plotly's script alone takes twenty seconds each time. Imports
    between our ES modules are rewritten to the hashed names, so that a browser never mixes two releases."""

    support_js_module_import_aggregation = True

    def compress_files(self, paths):
        hashed = set(self.hashed_files.values())
        return super().compress_files([path for path in paths if not self.is_compressed(path, path in hashed)])

    def is_compressed(self, path, hashed):
        """Whether the brotli copy of a file holds what the file holds now: a name with a hash vouches for its content,
        any other file is compared by the time of its last change."""
        original = self.path(path)
        copy = f"{original}.br"
        if not os.path.exists(copy):
            return False
        return hashed or abs(os.stat(copy).st_mtime - os.stat(original).st_mtime) < TOLERANCE
