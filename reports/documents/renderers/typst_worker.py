"""A process of its own that typesets: JSON on standard input, the file's bytes on standard output. It writes no file, and what
it may take of memory is bounded; whoever started it bounds its time.

Input: `source` (a Typst text), `data` (what it reads), `format` (pdf or png; of PNGs one a page, in a JSON list of base64).
"""

import base64
import json
import resource
import sys
from importlib.util import find_spec
from pathlib import Path

MOST_MEMORY = 2 << 30


def font_folder() -> str | None:
    """Where the installed TeX Gyre Termes is; its package is looked for, never imported (its own code needs more)."""
    found = find_spec("rinoh_typeface_texgyretermes")
    return str(Path(found.origin).parent) if found and found.origin else None


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import typst

    given = json.load(sys.stdin.buffer)
    options = {"pdf_standards": ["ua-1"]} if given["format"] == "pdf" else {"ppi": 220}
    made = typst.compile(
        given["source"].encode(),
        font_paths=[folder for folder in [font_folder()] if folder],
        format=given["format"],
        sys_inputs={"data": json.dumps(given["data"])},
        **options,
    )
    if given["format"] == "png":
        pages = made if isinstance(made, list) else [made]
        made = json.dumps([base64.b64encode(page).decode() for page in pages]).encode()
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
