"""Fixtures for tests of scripts: a script of the pages, run in node."""

import json
import subprocess

import pytest

from tests.conftest import available
from tests.servers import node_program
from tests.stack import ROOT


@pytest.fixture(scope="session")
def in_node():
    """Return `in_node("lib/paste.js", code, given)`: the output of the code, from JSON. It has the script's exports as `script` and
    `given`."""
    node = available(node_program)
    begin = """
        const script = await import(process.argv[1]);
        let text = "";
        for await (const chunk of process.stdin) text += chunk;
        const given = JSON.parse(text);
    """

    def go(name, code, given):
        done = subprocess.run(
            [node, "--input-type=module", "-e", begin + code, str(ROOT / "static" / "js" / name)],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return go
