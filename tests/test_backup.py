"""The handbook's own commands for backup and restore bring every row of every table back (docs/operations.md)."""

import os
import re
import subprocess

import psycopg2
import pytest

from tests.stack import ROOT

NAME = "chuyendoiso"  # of the database and its owner, as in docker-compose.yml
COMMANDS = re.findall(
    r"^docker compose exec -T postgres (.+)$",
    (ROOT / "docs" / "operations.md").read_text().split("## 4.")[1].split("## 5.")[0],
    re.MULTILINE,
)


def checksums(server):
    """A checksum over all rows of each table."""
    connection = psycopg2.connect(host=str(server.folder), user=NAME, dbname=NAME)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        sums = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t")
            sums[table] = cursor.fetchone()
    connection.close()
    return sums


def run(server, command, file):
    """Runs a command of the handbook against the throwaway cluster, its backup file in a temporary folder."""
    command = re.sub(r"([<>]) \S.*\.dump$", rf"\1 {file}", command)
    subprocess.run(
        ["sh", "-ec", f'"$BINARIES"/{command}'],
        env=os.environ | {"BINARIES": str(server.binaries), "PGHOST": str(server.folder)},
        check=True,
        capture_output=True,
    )


@pytest.mark.slow
def test_backup_loss_and_restore(stacks, postgres_server, tmp_path):
    assert [command.split()[0] for command in COMMANDS] == ["pg_dump", "dropdb", "createdb", "pg_restore"]
    template = stacks.template("postgres")
    postgres_server.create(template=template, name=NAME)
    try:
        before = checksums(postgres_server)
        assert before["projects_project"][0] == 45
        file = tmp_path / "backup.dump"
        for command in COMMANDS[:3]:
            run(postgres_server, command, file)
        assert checksums(postgres_server) == {}
        run(postgres_server, COMMANDS[3], file)
        assert checksums(postgres_server) == before
    finally:
        postgres_server.drop(NAME)
