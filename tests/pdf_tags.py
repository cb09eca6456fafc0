"""Reading the tags of a PDF by rules of our own (after PDF/UA-1, ISO 14289-1), which know nothing of the code that made it."""

import io

from pypdf import PdfReader


def elements(content):
    """Return (tag, parent's tag, the tag's dictionary) of every element, in the order of the text."""
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    return list(_below(root["/StructTreeRoot"], ""))


def _below(element, parent):
    below = element.get("/K", [])
    below = below.get_object() if hasattr(below, "get_object") else below
    for child in below if isinstance(below, list) else [below]:
        child = child.get_object() if hasattr(child, "get_object") else child
        if isinstance(child, dict) and "/S" in child:
            yield child["/S"], parent, child
            yield from _below(child, child["/S"])


def faults(content):
    """Return what a screen reader would stumble over, in words."""
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    found = []
    if not str(root.get("/Lang", "")).startswith("vi"):
        found.append("no language")
    if not root.get("/MarkInfo", {}).get("/Marked"):
        found.append("not marked as tagged")
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        found.append("its title is not shown")
    level = 0
    for tag, _, element in elements(content):
        if tag == "/Figure" and not element.get("/Alt"):
            found.append("a picture without words")
        if tag in ("/H1", "/H2", "/H3"):
            if int(tag[2]) > level + 1:
                found.append(f"{tag} after level {level}")
            level = int(tag[2])
        if tag == "/TH" and not _scope(element):
            found.append("a header without scope")
        if tag == "/Table":
            found += _faults_of_table(element)
    return found


def _scope(cell):
    attributes = cell.get("/A", [])
    rows = attributes if isinstance(attributes, list) else [attributes]
    return next((one.get_object()["/Scope"] for one in rows if "/Scope" in one.get_object()), "")


def _faults_of_table(table):
    found, has_columns = [], False
    for tag, parent, row in _below(table, "/Table"):
        if tag != "/TR":
            continue
        scopes = [_scope(cell) for name, _, cell in _below(row, "/TR") if name == "/TH"]
        if parent == "/THead":
            has_columns = has_columns or "/Column" in scopes
        elif not scopes:  # a row of a group is its header
            found.append("a row without header")
    return found if has_columns else [*found, "a table without headers of its columns"]
