"""A separate process that typesets: JSON on standard input, the file's bytes on standard output. It writes no file, and
its memory is bounded; the process that starts it bounds its time.

Input: `source` (a Typst text), `data` (what it reads), `format` (pdf or png; of PNGs one a page, in a JSON list of
base64).
"""

import base64
import json
import resource
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MOST_MEMORY = 2 << 30


def font_folder() -> str | None:
    """Return the folder of the installed TeX Gyre Termes; its package is located, never imported (its own code needs
    more)."""
    spec = find_spec("rinoh_typeface_texgyretermes")
    return str(Path(spec.origin).parent) if spec and spec.origin else None


def main() -> None:
    """Typeset what standard input describes."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import typst

    job = json.load(sys.stdin.buffer)
    options = {"pdf_standards": ["ua-1"]} if job["format"] == "pdf" else {"ppi": 220}
    made: Any = typst.compile(
        job["source"].encode(),
        font_paths=[folder for folder in [font_folder()] if folder],
        format=job["format"],
        sys_inputs={"data": json.dumps(job["data"])},
        **options,
    )
    if job["format"] == "png":
        pages = made if isinstance(made, list) else [made]
        made = json.dumps([base64.b64encode(page).decode() for page in pages]).encode()
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
