"""Every service that writes something of a plan asks `plan_guard`."""

import ast

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.once

# What begins a transaction and writes nothing of a plan, or may write in a closed one, and why.
MAY_WRITE = {
    # Derived from figures; a reorganisation rolls closed plans up again too.
    "indicators/rollups/engine.py": "roll-ups",
    "indicators/rollups/tasks.py": "roll-ups",
    "indicators/rollups/reconciliation.py": "a preview that is rolled back",
    "indicators/review/follow_up.py": "an office's own marks; findings are derived from figures",
    # The tree has no plan. What it hands over of targets leaves closed plans out (`_hand_over`).
    "indicators/reorganisation/services.py": "the tree",
    "indicators/reorganisation/by_file.py": "the tree",
    "indicators/management/commands/reorganise.py": "the tree",
    "indicators/reorganisation/preview.py": "a preview that is rolled back",
    "indicators/reorganisation/views.py": "accounts and the tree",
    # Days off are of all years.
    "indicators/calendar/services.py:set_day_off": "days off",
    "indicators/calendar/services.py:remove_day_off": "days off",
    "indicators/calendar/services.py:restore_day_off": "days off",
    "indicators/calendar/tasks.py:_turn": "a line of the log that a day came",
    # The files of published reports are rendered again from what is frozen.
    "reports/documents/services.py:_claim": "files of what is published",
    "reports/documents/services.py:_store_scan": "called by attach_scan, which asks",
    "reports/dashboards/saved_views.py": "what a person keeps for themselves",
    "reports/documents/releases/services.py:open_feed": "a person's own address of the calendar",
    "reports/documents/releases/services.py:close_feed": "a person's own address of the calendar",
    "reports/documents/mailings/services.py:make_letters": "letters of plans that are not closed (send_all)",
    "reports/documents/mailings/services.py:refuse": "a reader ends letters to their own address, whatever the plan",
    # A new draft; the plan that is copied is only read.
    "plans/copying.py": "a new plan",
    # Before any plan runs: undone only while nothing rests on it.
    "plans/setup/services.py": "the first day",
    # The states themselves.
    "plans/services.py": "the life of the plan",
}


def modules():
    for package in ("indicators", "plan_workbook", "plans", "projects", "reports"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def called(function, module, names):
    """Full names of the functions that a function calls, by its module's own and imported names; methods are left out."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield names.get(node.func.id, f"{module}.{node.func.id}")
            elif isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in names:
                yield f"{names[node.func.value.id]}.{node.func.attr}"


def functions():
    """(place, full name, whether it begins a transaction, full names of what it calls) of every function."""
    for path, tree in modules():
        place = path.relative_to(ROOT)
        module = ".".join(place.with_suffix("").parts)
        names = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                calls = set(called(node, module, names))
                yield f"{place}:{node.name}", f"{module}.{node.name}", begins_a_transaction(node), calls


def begins_a_transaction(function):
    return any(
        isinstance(node, ast.Attribute) and node.attr == "atomic" and getattr(node.value, "id", "") == "transaction"
        for node in ast.walk(function)
    )


def test_every_transaction_asks_whether_the_plan_is_open():
    """A function asks where it, or a function that it calls, does so."""
    known = list(functions())
    asking = {"indicators.periods.plan_guard.require_open", "indicators.periods.plan_guard.refusal"}
    while more := {name for _, name, _, calls in known if name not in asking and calls & asking}:
        asking |= more
    writers = {place: calls for place, _, begins, calls in known if begins}
    excused = {place for place in writers if place in MAY_WRITE or place.split(":")[0] in MAY_WRITE}
    asleep = {place for place, calls in writers.items() if place not in excused and not calls & asking}
    assert asleep == set()
    assert {name for name in MAY_WRITE if not any(place.startswith(name) for place in writers)} == set()
    assert len(set(writers) - excused) > 40
