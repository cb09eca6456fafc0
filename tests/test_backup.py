"""The handbook's own commands for backup and restore, and the scripts that join them, bring every row of every table and every file
back (docs/operations.md)."""

import os
import re
import subprocess
from signal import SIG_DFL, SIGHUP, SIGINT, SIGTERM
from signal import signal as on_signal

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


# `docker compose exec` of the scripts, on this machine: programs of the throwaway cluster, files of a folder.
DOCKER = r"""#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
"compose exec -T postgres "*) shift 4; program=$1; shift; exec "$BINARIES/$program" "$@" ;;
"compose exec -T web tar -C /app/var "*) shift 7; exec tar -C "$APP_VAR" "$@" ;;
esac
"""


def script(server, folder, name, *arguments, **environment):
    """Run a script of docker/; its result."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    known = {"BINARIES": str(server.binaries), "PGHOST": str(server.folder), "APP_VAR": str(folder / "var")}
    known |= {"CALLS": str(folder / "calls"), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = ["sh", str(ROOT / "docker" / name), *map(str, arguments)]
    return subprocess.run(command, env=os.environ | known | environment, capture_output=True, text=True)


@pytest.mark.slow
def test_one_command_each_way_and_nothing_is_touched_by_a_bad_file(stacks, postgres_server, tmp_path):
    postgres_server.create(template=stacks.template("postgres"), name=NAME)
    key = tmp_path / "key"
    key.write_text("một chuỗi dài, ngẫu nhiên\n")
    evidence = tmp_path / "var" / "files" / "evidence" / "a.pdf"
    evidence.parent.mkdir(parents=True)
    evidence.write_bytes(b"%PDF-1")
    kept = tmp_path / "kept"
    kept.mkdir()
    old = kept / "sao-luu-2020-01-01-000000.tar"
    old.touch()
    os.utime(old, (0, 0))
    try:
        before = checksums(postgres_server)
        made = script(postgres_server, tmp_path, "backup.sh", kept, BACKUP_KEY_FILE=str(key))
        assert made.returncode == 0, made.stderr
        (file,) = kept.iterdir()  # the old one is gone, nothing half made is left
        assert file.name.endswith(".tar.enc") and file.stat().st_mode & 0o077 == 0
        assert f"note_backup {file.name}" in (tmp_path / "calls").read_text()

        broken = tmp_path / "sao-luu-hong.tar.enc"
        broken.write_bytes(file.read_bytes()[:-5000])
        calls = (tmp_path / "calls").read_text()
        for refused in (
            script(postgres_server, tmp_path, "restore.sh", broken, "--replace", BACKUP_KEY_FILE=str(key)),
            script(postgres_server, tmp_path, "restore.sh", file, "--replace", BACKUP_KEY_FILE=str(tmp_path / "calls")),
            script(postgres_server, tmp_path, "restore.sh", file, BACKUP_KEY_FILE=str(key)),
        ):
            assert refused.returncode != 0 and refused.stderr
        assert (tmp_path / "calls").read_text() == calls and checksums(postgres_server) == before

        postgres_server.drop(NAME)
        evidence.unlink()
        back = script(postgres_server, tmp_path, "restore.sh", file, "--replace", BACKUP_KEY_FILE=str(key))
        assert back.returncode == 0, back.stderr
        assert checksums(postgres_server) == before and evidence.read_bytes() == b"%PDF-1"
        assert list(kept.iterdir()) == [file]
    finally:
        postgres_server.drop(NAME)


@pytest.mark.parametrize("signal", ["INT", "TERM", "HUP"])
def test_a_backup_that_is_stopped_leaves_nothing_open(tmp_path, signal):
    """Half a backup is not encrypted yet."""
    programs, kept = tmp_path / "programs", tmp_path / "kept"
    programs.mkdir()
    (programs / "docker").write_text(f"#!/bin/sh\necho figures\nkill -{signal} $PPID\nsleep 0.1\n")
    (programs / "docker").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def as_from_a_terminal():
        for number in (SIGHUP, SIGINT, SIGTERM):  # a suite in the background begins with some of them ignored
            on_signal(number, SIG_DFL)

    command = ["sh", ROOT / "docker" / "backup.sh", kept]
    stopped = subprocess.run(command, env=os.environ | {"PATH": path}, preexec_fn=as_from_a_terminal)
    assert stopped.returncode != 0 and list(kept.iterdir()) == []
