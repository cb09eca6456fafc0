"""Rows as a Frictionless data package: CSV files with a description of every column, packed into one ZIP."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from core.spreadsheet import csv_cell

# When each file of the package was made does not matter: equal contents are equal bytes.
STAMP = (1980, 1, 1, 0, 0, 0)


class Field(NamedTuple):
    """A column of a file: its name, its type for Frictionless, its meaning."""

    name: str
    type: str
    meaning: str


def csv_file(fields: Sequence[Field], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV under a header: UTF-8, a point as the decimal sign, a text that begins like a formula marked."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([each.name for each in fields])
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])
    return stream.getvalue().encode()


def resource(name: str, path: str, fields: Sequence[Field]) -> dict[str, Any]:
    """Return the description of one CSV file."""
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "schema": {
            "fields": [{"name": each.name, "type": each.type, "description": each.meaning} for each in fields],
            "missingValues": [""],
        },
    }


def packed(descriptor: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Return the package with its files as one ZIP; equal contents give equal bytes."""
    told = {name: value for name, value in descriptor.items() if value is not None}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        described = {"datapackage.json": json.dumps(told, ensure_ascii=False, indent=2).encode()}
        for name, content in (described | dict(files)).items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
