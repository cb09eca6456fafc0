"""docker-compose.yml without Docker: what it holds, and that its very commands serve, work and beat."""

import ipaddress
import json
import re
import secrets
import subprocess
import urllib.error
import urllib.request

import pytest
import yaml

from indicators.submissions import file_types
from tests.servers import free_port, wait_until
from tests.stack import ROOT, Stack

HOST = "chuyendoiso.haiduong.gov.vn"
SECRETS = {
    "SECRET_KEY": "Vq8" + secrets.token_urlsafe(60),
    "ALLOWED_HOSTS": HOST,
    "POSTGRES_PASSWORD": "mat-khau",
    "WEB_PASSWORD": "mat-khau-web",
    "REDIS_PASSWORD": "mat-khau-redis",
    "TLS_DIR": "/etc/tls",
}
WEB_ROLE = "chuyendoiso_web"
PROCESSES = ["web", "worker", "beat"]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def interpolated(text):
    """Fill in a text as Compose does: ${NAME:?…} and ${NAME} from SECRETS, $$ as $."""
    return re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", lambda match: SECRETS[match[1]], text).replace("$$", "$")


def test_services():
    assert set(SERVICES) == {"migrate", "web", "worker", "beat", "postgres", "redis", "proxy"}


def test_every_lasting_service_has_a_health_check_and_comes_back():
    lasting = set(SERVICES) - {"migrate"}
    assert {name for name in lasting if SERVICES[name].get("healthcheck", {}).get("test")} == lasting
    assert {name for name in lasting if SERVICES[name].get("restart") == "unless-stopped"} == lasting


def test_postgresql_does_not_compile_queries():
    assert SERVICES["postgres"]["command"] == ["postgres", "-c", "jit=off"]


def test_what_must_survive_is_on_named_volumes():
    mounted = {name: SERVICES[name]["volumes"] for name in ("postgres", "redis")}
    assert mounted == {"postgres": ["database:/var/lib/postgresql/data"], "redis": ["queue:/data"]}
    # Whoever takes files in, makes them or clears them sees the same folder.
    assert [SERVICES[name]["volumes"] for name in PROCESSES] == [["files:/app/var/files"]] * 3
    assert [SERVICES[name]["environment"]["FILES_ROOT"] for name in PROCESSES] == ["/app/var/files"] * 3
    assert set(COMPOSE["volumes"]) == {"database", "queue", "files"}


def test_the_product_starts_after_what_it_needs_and_after_the_migrations():
    wanted = {
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert [SERVICES[name]["depends_on"] for name in PROCESSES] == [wanted] * 3
    assert SERVICES["proxy"]["depends_on"] == {"web": {"condition": "service_healthy"}}


def test_secrets_have_no_defaults():
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(SECRETS)
    assert re.findall(r"\$\{\w+(?!:\?)[^\w][^}]*\}", text) == []


def test_the_owner_of_the_tables_signs_in_to_migrate_and_redis_asks_for_a_password():
    roles = {name: interpolated(SERVICES[name]["environment"]["DATABASE_URL"]) for name in ("migrate", *PROCESSES)}
    assert {name: address.split("/")[2].split(":")[0] for name, address in roles.items()} == {
        "migrate": "chuyendoiso",
        **dict.fromkeys(PROCESSES, WEB_ROLE),
    }
    assert interpolated(SERVICES["redis"]["command"][-1]) == SECRETS["REDIS_PASSWORD"]
    assert SERVICES["redis"]["command"][-2] == "--requirepass"


def test_only_the_proxy_is_reachable_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_files_that_compose_mounts_exist():
    mounted = [volume.split(":")[0] for volume in SERVICES["proxy"]["volumes"] if volume.startswith("./")]
    assert mounted == ["./docker/nginx.conf", "./docker/413.html", "./docker/429.html", "./docker/503.html"]
    assert all((ROOT / path).is_file() for path in mounted)


def test_the_proxy_takes_as_many_files_at_once_as_the_page_says():
    configuration = (ROOT / "docker" / "nginx.conf").read_text()
    most = int(re.search(r"client_max_body_size (\d+)m;", configuration)[1]) * 1024 * 1024
    assert most >= file_types.MOST_FILES * file_types.LARGEST + 1024 * 1024
    assert "error_page 413 /413.html;" in configuration


def test_the_proxy_overwrites_what_a_caller_claims_of_himself():
    configuration = (ROOT / "docker" / "nginx.conf").read_text()
    claimed = dict(re.findall(r"proxy_set_header (X-\S+) (\S+);", configuration))
    assert claimed == {
        "X-Forwarded-Proto": "$scheme",
        "X-Forwarded-For": "$remote_addr",
        "X-Real-IP": "$remote_addr",
        "X-Request-Id": "$request_id",
    }


def test_the_proxy_listens_on_ipv6_and_slows_guessing_by_network():
    configuration = (ROOT / "docker" / "nginx.conf").read_text()
    outside = re.findall(r"listen (?!127)(\S+)", configuration)
    assert outside == ["80;", "[::]:80;", "443", "[::]:443"]
    assert COMPOSE["networks"]["default"]["enable_ipv6"] is True
    login = re.search(r"location = /dang-nhap/ {(.*?)}", configuration, re.S)[1]
    assert "limit_req zone=logins" in login and "proxy_pass http://product;" in login
    assert "limit_req_zone $guessing_from zone=logins" in configuration
    # The map takes the first 8 bytes of an IPv6 address, whatever they are, and leaves an IPv4 one alone.
    pattern = re.search(r'"~\(\?s\)(\^.*?\$)" \$first_half;', configuration)[1].replace("?<", "?P<").encode()
    ours = ipaddress.ip_address("2001:db8:a00:a::1").packed
    assert re.search(pattern, ours, re.S)["first_half"] == ipaddress.ip_address("2001:db8:a00:a::").packed[:8]
    assert re.search(pattern, ipaddress.ip_address("203.113.10.10").packed, re.S) is None


class Production(Stack):
    """The processes of docker-compose.yml, run natively: their commands and environment, on other addresses."""

    def __init__(self, folder, database_url, redis_url):
        self.addresses = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "BIND": f"127.0.0.1:{free_port()}"}
        self.addresses["METRICS_BIND"] = f"127.0.0.1:{free_port()}"
        super().__init__(folder, **self.of("web"), DJANGO_SETTINGS_MODULE="chuyendoiso.settings")
        self.port = int(self.environment["BIND"].rpartition(":")[2])

    def of(self, service):
        """Environment of a service of the file."""
        return {name: interpolated(value) for name, value in SERVICES[service]["environment"].items()} | self.addresses

    def compose(self, service):
        """Starts a service with its own command."""
        command = [interpolated(word) for word in SERVICES[service]["command"]]
        if service == "beat":
            command[command.index("--schedule") + 1] = str(self.folder / "schedule")
        return self.run(service, *command, **self.of(service))

    def healthy(self, service):
        """Tell whether the service's own health check succeeds."""
        kind, *words = SERVICES[service]["healthcheck"]["test"]
        command = [interpolated(word) for word in words]
        if kind == "CMD-SHELL":
            command = ["sh", "-c", *command]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True).returncode == 0

    def get(self, path, **headers):
        """(status, body) of a request as the proxy would send it."""
        request = urllib.request.Request(
            self.base_url + path, headers={"Host": HOST, "X-Forwarded-Proto": "https", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def answers(self):
        try:
            return self.get("/song/") == (200, "ok")
        except OSError:
            return False


@pytest.fixture(scope="module")
def migrated(postgres_server, redis_server, tmp_path_factory):
    """Name of a database that the file's own command has brought to the schema; the static files are built."""
    folder, name = tmp_path_factory.mktemp("migrated"), postgres_server.create()
    Stack(folder).manage("prepare", "--static-only")
    stack = Production(folder, postgres_server.url(name), redis_server.url)
    stack.environment["WEB_PASSWORD"] = SECRETS["WEB_PASSWORD"]
    migrate, grant = (command.split() for command in SERVICES["migrate"]["command"][2].split(" && "))
    assert "No migrations to apply" not in stack.manage(*migrate[2:])
    assert f"{WEB_ROLE}: đọc và ghi dòng" in stack.manage(*grant[2:])
    return name


@pytest.fixture
def production(request, tmp_path, migrated, postgres_server, redis_server):
    redis_server.flush()
    # As the role of web and worker: whatever they do in these tests, they do without owning a table.
    address = postgres_server.url(postgres_server.create(migrated)).replace("chuyendoiso@", f"{WEB_ROLE}@")
    stack = Production(tmp_path, address, redis_server.url)
    yield stack
    stack.close()
    if getattr(request.node, "failed", False):
        print(stack.logs())


@pytest.mark.redis
@pytest.mark.slow
def test_the_very_commands_serve_and_work(production):
    for service in PROCESSES:
        production.compose(service)
    production.wait_for("web", production.answers)
    production.wait_for("worker", lambda: production.healthy("worker"))
    assert production.healthy("web")
    status, body = production.get("/san-sang/")
    assert (status, json.loads(body)["san_sang"]) == (200, True)
    status, body = production.get("/")
    assert (status, "Đăng nhập" in body) == (200, True)
    production.wait_for("beat", lambda: "beat: Starting..." in production.log("beat"))


@pytest.mark.redis
@pytest.mark.slow
def test_readiness_follows_the_broker_and_liveness_does_not(production, redis_server):
    production.compose("web")
    production.wait_for("web", production.answers)
    redis_server.kill()
    try:
        status, body = production.get("/san-sang/")
        assert (status, json.loads(body)["thong_bao"]) == (
            503,
            "Hệ thống chưa sẵn sàng: không kết nối được hàng đợi Redis; số liệu vẫn lưu được và sẽ được tổng hợp sau.",
        )
        assert production.get("/song/") == (200, "ok")
    finally:
        redis_server.start()
    assert production.get("/san-sang/")[0] == 200


@pytest.mark.redis
@pytest.mark.slow
def test_check_deploy_is_clean_in_production_and_callers_are_known_by_the_proxy(production):
    assert "no issues" in production.manage("check", "--deploy", "--fail-level", "WARNING")
    first = production.manage("shell", "--command", "from django.conf import settings; print(settings.MIDDLEWARE[0])")
    assert first.splitlines()[-1] == "core.proxy.ClientAddressMiddleware"


@pytest.mark.redis
@pytest.mark.slow
@pytest.mark.parametrize("service", PROCESSES)
def test_no_process_starts_with_a_demo_account_in_the_database(production, service):
    production.manage(
        "shell", "--command", "from agencies.models import User; User.objects.create(username='x', is_demo=True)"
    )
    process = production.compose(service)
    wait_until(lambda: process.poll() is not None, 60, f"{service} tự dừng")
    assert process.returncode != 0
    assert "Còn tài khoản minh họa trong cơ sở dữ liệu" in production.log(service)


@pytest.mark.redis
@pytest.mark.slow
@pytest.mark.parametrize("service", PROCESSES)
def test_no_process_starts_with_several_faults_and_all_are_named(production, service):
    production.addresses |= {
        "DEBUG": "1",
        "SECRET_KEY": "django-insecure-" + "a1b2c3d4e5f6g7h8" * 4,
        "CLOCK": "2023-08-16T09:00",
    }
    process = production.compose(service)
    wait_until(lambda: process.poll() is not None, 60, f"{service} tự dừng")
    assert process.returncode != 0
    log = production.log(service)
    assert [word for word in ("DEBUG", "SECRET_KEY", "CLOCK") if f"- {word}" not in log] == []
    assert "- ALLOWED_HOSTS" not in log
