"""`make deploy-check`: what a production still lacks, in plain Vietnamese, before anything refuses to start.

The environment is read first, without Django, which would stop at the first fault; then, where it can be asked, the database.
"""

import datetime as dt
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

LEAST_KEY = 50
CERTIFICATE_SUFFIXES = {".pem", ".crt", ".cer", ".der"}
# A certificate is renewed this long before it ends.
RENEWED_BEFORE = dt.timedelta(days=21)
# Names that the product does not start without.
NEEDED = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")


def must_have(environment: Mapping[str, str]) -> list[str]:
    """Return what keeps this environment from being a safe production, as sentences."""
    value = {
        name: environment.get(name, "").strip() for name in (*NEEDED, "DEBUG", "DEPLOYMENT", "CLOCK", "DEMO_PASSWORD")
    }
    missing = [f"{name} chưa đặt." for name in NEEDED if not value[name]]
    missing += [
        f"{name} không đọc được: ký tự đặc biệt trong mật khẩu viết dạng %40, cổng là số."
        for name in ("DATABASE_URL", "REDIS_URL")
        if _parts(value[name]) is None
    ]
    database, redis = (_parts(value[name]) or urlsplit("") for name in ("DATABASE_URL", "REDIS_URL"))
    wrong = {
        "DEPLOYMENT phải là production.": value["DEPLOYMENT"] != "production",
        "DEBUG đang bật: người lạ đọc được mã nguồn và cấu hình. Bỏ dòng đó.": value["DEBUG"] not in ("", "0"),
        f"SECRET_KEY ngắn hơn {LEAST_KEY} ký tự: openssl rand -base64 60.": 0 < len(value["SECRET_KEY"]) < LEAST_KEY,
        "ALLOWED_HOSTS có dấu *: ghi đúng tên miền của hệ thống.": "*" in value["ALLOWED_HOSTS"],
        "DATABASE_URL không phải PostgreSQL.": bool(database.scheme) and not database.scheme.startswith("postgres"),
        "DATABASE_URL không có mật khẩu.": database.scheme.startswith("postgres") and not database.password,
        "REDIS_URL không có mật khẩu: ai vào được mạng đó ra lệnh được cho worker.": bool(redis.scheme)
        and not redis.password,
        "CLOCK, DEMO_PASSWORD chỉ dùng khi chạy thử: bỏ đi.": bool(value["CLOCK"] or value["DEMO_PASSWORD"]),
    }
    return [*missing, *(text for text, is_wrong in wrong.items() if is_wrong)]


def _parts(address: str) -> SplitResult | None:
    """Return the parts of an address; None where it has none. What Python says of the fault may hold a part of the password."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts


def must_have_of_files(environment: Mapping[str, str], now: dt.datetime) -> list[str]:
    """Return what is wrong with the folders that the environment names: files, TLS certificate and key."""
    problems = []
    files = environment.get("FILES_ROOT", "").strip()
    if not files:
        problems.append("FILES_ROOT chưa đặt: thư mục chứa tệp, ngoài thư mục mã nguồn.")
    elif not os.access(files, os.W_OK):
        problems.append(f"FILES_ROOT: không ghi được vào {files}.")
    tls = environment.get("TLS_DIR", "").strip()
    if not tls:
        return [*problems, "TLS_DIR chưa đặt: thư mục có fullchain.pem và privkey.pem."]
    try:
        absent = [name for name in ("fullchain.pem", "privkey.pem") if not (Path(tls) / name).is_file()]
    except PermissionError:
        return [*problems, f"TLS: không xem được thư mục {tls}: chmod 755, chỉ khóa là 600."]
    problems += [f"TLS: không có tệp {Path(tls) / name}." for name in absent]
    if "fullchain.pem" not in absent:
        problems += _certificate_problems(Path(tls) / "fullchain.pem", now)
    if "privkey.pem" not in absent and (Path(tls) / "privkey.pem").stat().st_mode & 0o007:
        problems.append(f"TLS: ai cũng đọc được khóa {Path(tls) / 'privkey.pem'}: chmod 600.")
    return problems


def should_have(environment: Mapping[str, str]) -> list[str]:
    """Return what is worth having and is not there."""
    value = {
        name: environment.get(name, "").strip()
        for name in ("MAIL_URL", "SECURITY_CONTACT", "SIGNATURE_ROOTS", "METRICS_BIND")
    }
    advice = []
    if not value["MAIL_URL"]:
        advice.append("MAIL_URL chưa đặt: không ai được nhắc hạn, được báo sự cố bằng thư.")
    if not value["SECURITY_CONTACT"]:
        advice.append("SECURITY_CONTACT chưa đặt: người tìm ra lỗ hổng không biết báo cho ai.")
    roots = Path(value["SIGNATURE_ROOTS"])
    if not value["SIGNATURE_ROOTS"]:
        advice.append("SIGNATURE_ROOTS chưa đặt: không nhận được báo cáo ký số.")
    elif not _has_certificate(roots):
        advice.append(f"SIGNATURE_ROOTS: không có chứng thư gốc nào trong {roots}.")
    if not value["METRICS_BIND"]:
        advice.append("METRICS_BIND chưa đặt: không có số đo cho Prometheus.")
    return advice


def _has_certificate(folder: Path) -> bool:
    """Return whether a folder can be read and holds a certificate."""
    try:
        return any(path.suffix.lower() in CERTIFICATE_SUFFIXES for path in folder.iterdir())
    except OSError:
        return False


def _certificate_problems(path: Path, now: dt.datetime) -> Iterable[str]:
    """Return whether a certificate cannot be read, has ended, or soon does."""
    from cryptography import x509

    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return [f"TLS: không đọc được chứng thư {path}."]
    day = f"{ends:%d/%m/%Y}"
    if ends <= now:
        return [f"TLS: chứng thư đã hết hạn ngày {day}."]
    return [f"TLS: chứng thư hết hạn ngày {day}: cần gia hạn."] if ends - now < RENEWED_BEFORE else []


def of_the_database() -> list[str]:
    """Return what the running product itself says: unsafe settings, demonstration data, the database role, each ill part."""
    from chuyendoiso import checks, health, system_state

    problems = [*checks.unsafe_settings(), *checks.demo_data()]
    if health.pending_migrations():
        return [*problems, "Cơ sở dữ liệu còn bước nâng cấp chưa chạy: manage.py migrate."]
    if owned := checks.owned_tables():
        problems.append(
            f"Tài khoản cơ sở dữ liệu của web làm chủ {owned} bảng: dùng tài khoản riêng (manage.py grant_web, mục 2)."
        )
    return problems + [f"{line.title}: {line.state} {line.advice}" for line in system_state.lines() if not line.is_well]


def main() -> int:
    """Print what is missing; return 1 where something must be mended, else 0."""
    problems = must_have(os.environ) + must_have_of_files(os.environ, dt.datetime.now(dt.UTC))
    if os.geteuid() == 0:
        problems.append("Đang xem bằng root, mà root ghi được mọi nơi: chạy lại bằng sudo -u chuyendoiso.")
    if not must_have(os.environ):
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")
        try:
            django.setup()
            problems += of_the_database()
        except Exception as error:  # whatever it is, its first line is what the operator needs
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            problems.append(f"Không hỏi được cơ sở dữ liệu: {first}")
    else:
        problems.append("Cơ sở dữ liệu, sao lưu, đĩa: chưa xem, vì còn thiếu những điều trên.")
    advice = should_have(os.environ)
    for title, texts in (("PHẢI SỬA", problems), ("NÊN CÓ", advice)):
        for text in texts:
            print(f"{title}: {text}")
    print("Còn thiếu." if problems else "Đủ để vận hành.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
