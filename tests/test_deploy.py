"""Running without Docker: the script lays everything out under a folder, systemd understands the units."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.once
UNITS = {name: ROOT / "deploy" / f"chuyendoiso-{name}.service" for name in ("web", "worker", "beat")}


def install(folder, *arguments, source=ROOT, **programs_in_front):
    """Run the script under a folder, with libraries of which each program only succeeds; other programs by name and text."""
    programs = folder / "libraries" / "bin"
    front = folder / "front"
    for place, name, text in [
        *((programs, name, "exit 0") for name in ("python", "gunicorn", "celery")),
        *((front, name, text) for name, text in programs_in_front.items()),
    ]:
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(f"#!/bin/sh\n{text}\n")
        (place / name).chmod(0o755)
    environment = os.environ | {"ROOT": str(folder / "root"), "VENV": str(programs.parent)}
    if programs_in_front:
        environment["PATH"] = f"{front}:{environment['PATH']}"
    command = ["sh", str(source / "deploy" / "install.sh"), *arguments]
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
    second = install(folder)
    assert len(list((folder / "root/opt/chuyendoiso/releases").iterdir())) == 2
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
    # `http2 on` came with nginx 1.25; Debian 12 has 1.22.
    assert "http2 on" not in text and text.count(" ssl http2;") == 2


def test_the_release_before_comes_back(installed):
    """With its units, and past a release that was broken off while it was made."""
    home = installed / "root/opt/chuyendoiso"
    releases = sorted(path.name for path in (home / "releases").iterdir())
    (home / "releases" / f"{releases[-2]}-x").mkdir()
    unit = "chuyendoiso-web.service"
    in_use = installed / "root/etc/systemd/system" / unit
    (home / "releases" / releases[-2] / "deploy" / unit).write_text(f"# bản trước\n{in_use.read_text()}")
    assert os.readlink(home / "current") == f"releases/{releases[-1]}"
    assert install(installed, "--back").returncode == 0
    assert os.readlink(home / "current") == f"releases/{releases[-2]}"
    assert in_use.read_text().startswith("# bản trước")
    last = install(installed, "--back")
    assert last.returncode == 1 and "Không có bản nào trước" in last.stderr
    (home / "current").unlink()
    (home / "current").symlink_to(f"releases/{releases[-1]}")


@pytest.fixture
def source(tmp_path):
    """A small source, which its owner alone can read."""
    source = tmp_path / "source"
    for name in ("deploy/install.sh", "deploy/environment", "docker/nginx.conf", *map(str, UNITS.values())):
        path = source / (Path(name).relative_to(ROOT) if name.startswith("/") else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path)
    (source / "manage.py").touch(0o600)
    return source


def test_the_services_read_a_release_that_only_its_owner_could_read_before(tmp_path, source):
    if os.geteuid() == 0:
        os.chown(source / "manage.py", 4321, 4321)
    assert install(tmp_path, source=source).returncode == 0
    laid = (tmp_path / "root/opt/chuyendoiso/current/manage.py").stat()
    assert (laid.st_mode & 0o777, laid.st_uid) == (0o644, os.geteuid())


def test_a_release_stays_when_what_follows_fails_and_goes_when_it_was_not_whole(tmp_path, source):
    """Both fail after the step itself, as systemd or nginx might: the link leads to the release; the libraries are missing."""
    releases, link = tmp_path / "root/opt/chuyendoiso/releases", shutil.which("ln")
    assert install(tmp_path, source=source, ln=f'{link} "$@"; [ "$1" != -s ]').returncode == 1
    assert list(releases.iterdir()) == []
    assert install(tmp_path, source=source, ln=f'{link} "$@"; [ "$1" != -sfn ]').returncode == 1
    assert (releases.parent / "current" / "manage.py").is_file()


def test_a_slip_of_the_hand_installs_nothing(tmp_path, source):
    assert install(tmp_path, "--bakc", source=source).returncode == 2 and not (tmp_path / "root").exists()


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
        # A web server that refuses its configuration is a start that failed: gunicorn tells systemd when it serves.
        assert service.get("Type", "") == ("notify" if name == "web" else "")
