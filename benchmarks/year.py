"""The golden year in a database of its own, loaded once through the product's commands."""

import gzip
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


def load() -> None:
    """Load the plan and the golden year into the settings' database."""
    call_command("migrate", verbosity=0)
    call_command("load_plan", stdout=StringIO())
    with tempfile.TemporaryDirectory() as folder:
        for state in ("approved", "submitted"):
            path = Path(folder) / f"{state}.csv"
            path.write_bytes(gzip.decompress((GOLDEN / f"{state}.csv.gz").read_bytes()))
            call_command("import_actuals", str(path), state=state, stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def commune_of(plan: Any) -> tuple[Any, set[int]]:
    """Return a commune that reports every target of its level, and these targets' ids."""
    assigned = plan.targets.get(code="III.7").assignments.select_related("agency__parent").order_by("agency__code")
    commune = assigned.first().agency
    return commune, set(plan.targets.filter(assignments__agency=commune).values_list("pk", flat=True))
