"""Running without Docker: the script lays everything out under a folder, systemd understands the units."""

import configparser
import os
import re
import shutil
import subprocess

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.once
UNITS = {name: ROOT / "deploy" / f"chuyendoiso-{name}.service" for name in ("web", "worker", "beat")}


def install(folder, *arguments):
    """Run the script under a folder, with libraries of which each program only succeeds."""
    programs = folder / "libraries" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in ("python", "gunicorn", "celery"):
        (programs / name).write_text("#!/bin/sh\nexit 0\n")
        (programs / name).chmod(0o755)
    environment = os.environ | {"ROOT": str(folder / "root"), "VENV": str(programs.parent)}
    command = ["sh", str(ROOT / "deploy" / "install.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder after a first run, its environment filled in, and a second run."""
    folder = tmp_path_factory.mktemp("machine")
    first = install(folder)
    assert first.returncode == 0 and "Chưa khởi động gì" in first.stdout, first.stderr
    environment = folder / "root/etc/chuyendoiso/environment"
    assert environment.stat().st_mode & 0o007 == 0
    key = re.search(r"^SECRET_KEY=(.+)$", environment.read_text(), re.M)[1]
    assert len(key) == 80 and "=" not in key.rstrip("=")
    text = re.sub(r"^(ALLOWED_HOSTS|DATABASE_URL|REDIS_URL)=$", r"\1=x", environment.read_text(), flags=re.M)
    environment.write_text(text)
    while True:  # a release is named by its second
        second = install(folder)
        if len(list((folder / "root/opt/chuyendoiso/releases").iterdir())) > 1:
            break
    assert second.returncode == 0 and "Xong" in second.stdout, second.stderr
    assert environment.read_text() == text  # what the operator wrote stays
    return folder


def test_a_release_holds_the_product_and_nothing_of_this_machine(installed):
    current = installed / "root/opt/chuyendoiso/current"
    assert (current / "manage.py").is_file() and (current / ".venv/bin/gunicorn").exists()
    assert not (current / "var").exists() and not (current / ".git").exists()


def test_nginx_leads_to_this_machine_and_never_to_measurements(installed):
    text = (installed / "root/etc/nginx/conf.d/chuyendoiso.conf").read_text()
    assert "server 127.0.0.1:8000;" in text and "/etc/chuyendoiso/tls/fullchain.pem" in text
    assert not re.search(r"web:8000|/etc/nginx/tls|/usr/share|9117", text)


def test_the_release_before_comes_back(installed):
    home = installed / "root/opt/chuyendoiso"
    releases = sorted(path.name for path in (home / "releases").iterdir())
    assert os.readlink(home / "current") == f"releases/{releases[-1]}"
    assert install(installed, "--back").returncode == 0
    assert os.readlink(home / "current") == f"releases/{releases[-2]}"
    last = install(installed, "--back")
    assert last.returncode == 1 and "Không có bản nào trước" in last.stderr
    (home / "current").unlink()
    (home / "current").symlink_to(f"releases/{releases[-1]}")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd-analyze")
def test_systemd_understands_the_units(installed):
    names = [f"chuyendoiso-{name}.service" for name in UNITS]
    command = ["systemd-analyze", f"--root={installed / 'root'}", "verify", *names]
    said = subprocess.run(command, capture_output=True, text=True).stderr.splitlines()
    # The folder holds neither systemd's own targets nor the absolute path of the programs.
    known = ("target not found", "is not executable")
    assert [line for line in said if not any(words in line for words in known)] == []


def test_the_units_run_what_compose_runs_with_as_few_rights():
    import yaml

    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name, path in UNITS.items():
        unit = configparser.ConfigParser(interpolation=None, strict=True)
        unit.optionxform = str
        unit.read(path)
        service = unit["Service"]
        program = service["ExecStart"].removeprefix("/opt/chuyendoiso/current/.venv/bin/").split()
        wanted = [
            word if word != "var/beat/schedule" else "/var/lib/chuyendoiso/schedule"
            for word in services[name]["command"]
        ]
        assert program == wanted
        assert service["User"] == "chuyendoiso" and service["NoNewPrivileges"] == service["ProtectHome"] == "true"
        assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
