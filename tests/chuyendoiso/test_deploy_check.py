"""`make deploy-check`: each thing that a production lacks, by name."""

import datetime as dt

import pytest
import trustme

from chuyendoiso import deploy_check, system_state
from chuyendoiso.system_state import StateLine

pytestmark = pytest.mark.once
NOW = dt.datetime.now(dt.UTC)
GOOD = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "chuyendoiso.example.gov.vn",
    "DATABASE_URL": "postgres://chuyendoiso_web:mat-khau@127.0.0.1/chuyendoiso",
    "REDIS_URL": "redis://:mat-khau@127.0.0.1/0",
}


def test_a_good_environment_lacks_nothing():
    assert deploy_check.must_have(GOOD) == []


def test_nothing_set_names_everything():
    said = " ".join(deploy_check.must_have({}))
    assert all(f"{name} chưa đặt" in said for name in deploy_check.NEEDED) and "DEPLOYMENT phải" in said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEPLOYMENT", "local", "DEPLOYMENT phải là production"),
        ("DEBUG", "1", "DEBUG đang bật"),
        ("SECRET_KEY", "k" * 49, "SECRET_KEY ngắn hơn 50"),
        ("ALLOWED_HOSTS", "a.vn,*", "ALLOWED_HOSTS có dấu *"),
        ("DATABASE_URL", "sqlite:///x", "không phải PostgreSQL"),
        ("DATABASE_URL", "postgres://a@b/c", "DATABASE_URL không có mật khẩu"),
        ("REDIS_URL", "redis://127.0.0.1/0", "REDIS_URL không có mật khẩu"),
        ("DATABASE_URL", "postgres://a:mat[khau@b/c", "DATABASE_URL không đọc được"),
        ("REDIS_URL", "redis://:mat/khau@b/0", "REDIS_URL không đọc được"),
        ("CLOCK", "2023-08-16T09:00", "CLOCK, DEMO_PASSWORD"),
    ],
)
def test_each_fault_is_named_alone(name, value, said):
    (problem,) = deploy_check.must_have(GOOD | {name: value})
    assert said in problem and "khau" not in problem


def test_a_folder_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    def refuse(path):
        raise PermissionError(path)

    monkeypatch.setattr(deploy_check.Path, "is_file", refuse)
    monkeypatch.setattr(deploy_check.Path, "iterdir", refuse)
    environment = {"FILES_ROOT": str(tmp_path), "TLS_DIR": str(tmp_path), "SIGNATURE_ROOTS": str(tmp_path)}
    (said,) = deploy_check.must_have_of_files(environment, NOW)
    assert "không xem được thư mục" in said
    assert any("không có chứng thư gốc" in line for line in deploy_check.should_have(environment))


def test_files_and_certificate(tmp_path):
    environment = {"FILES_ROOT": str(tmp_path), "TLS_DIR": str(tmp_path)}
    assert len(deploy_check.must_have_of_files({}, NOW)) == 2
    absent = deploy_check.must_have_of_files(environment, NOW)
    assert [line.rpartition("/")[2] for line in absent] == ["fullchain.pem.", "privkey.pem."]
    ends = NOW + dt.timedelta(days=100)
    made = trustme.CA().issue_cert("chuyendoiso.example.gov.vn", not_after=ends)
    made.cert_chain_pems[0].write_to_path(tmp_path / "fullchain.pem")
    made.private_key_pem.write_to_path(tmp_path / "privkey.pem")
    (tmp_path / "privkey.pem").chmod(0o600)
    assert deploy_check.must_have_of_files(environment, NOW) == []
    for days, said in ((80, "cần gia hạn"), (101, "đã hết hạn")):
        (problem,) = deploy_check.must_have_of_files(environment, NOW + dt.timedelta(days=days))
        assert said in problem
    (tmp_path / "privkey.pem").chmod(0o644)
    (tmp_path / "fullchain.pem").write_text("không phải chứng thư")
    said = deploy_check.must_have_of_files(environment, NOW)
    assert "không đọc được chứng thư" in said[0] and "ai cũng đọc được khóa" in said[1]


def test_what_is_worth_having(tmp_path):
    assert len(deploy_check.should_have({})) == 4
    have = {
        "MAIL_URL": "smtp://h",
        "SECURITY_CONTACT": "tel:1",
        "SIGNATURE_ROOTS": str(tmp_path),
        "METRICS_BIND": "x:1",
    }
    (said,) = deploy_check.should_have(have)
    assert "không có chứng thư gốc" in said
    (tmp_path / "goc.crt").touch()
    assert deploy_check.should_have(have) == []


def test_what_the_running_product_says_is_told_too(db, monkeypatch):
    ill = StateLine("Sao lưu", "Chưa ghi nhận lần nào.", "Sao lưu hằng ngày.")
    monkeypatch.setattr(system_state, "lines", lambda: [ill, StateLine("Thư", "Tốt.")])
    said = deploy_check.of_the_database()
    assert "Sao lưu: Chưa ghi nhận lần nào. Sao lưu hằng ngày." in said and not any("Thư" in line for line in said)


def test_the_command_ends_badly_while_something_is_missing(capsys, monkeypatch):
    for name in (*deploy_check.NEEDED, "MAIL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(deploy_check.os, "geteuid", lambda: 0)
    assert deploy_check.main() == 1
    said = capsys.readouterr().out
    assert "PHẢI SỬA: Đang xem bằng root" in said
    assert (
        "PHẢI SỬA: SECRET_KEY chưa đặt." in said
        and "NÊN CÓ: MAIL_URL chưa đặt" in said
        and said.endswith("Còn thiếu.\n")
    )
