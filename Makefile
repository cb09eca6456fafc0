# Two commands matter: `make run` and `make test`. GNU make and Python 3.11 are all that they assume.
# Steps whose inputs did not change are skipped, so that a second `make run` serves within seconds.

HOST ?= 127.0.0.1
PORT ?= 8000
DEMO ?= 1
K ?=
ARGS ?=
DB ?=
NAME ?=

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# A stamp's name carries the checksum of what it stands for: a changed file asks for a new stamp.
RUNTIME := $(VENV)/.runtime-$(shell cat requirements.txt requirements-nodeps.txt | cksum | cut -d' ' -f1)
TOOLS := $(VENV)/.tools-$(shell cat requirements.txt requirements-nodeps.txt requirements-dev.txt | cksum | cut -d' ' -f1)

# $(call install,FILE): quiet, with a dot every two seconds to show that it works.
define install
	$(BIN)/python -m pip install -qq --no-input --disable-pip-version-check -r $(1) & pid=$$!; \
	while kill -0 $$pid 2>/dev/null; do printf .; sleep 2; done; echo; \
	wait $$pid && $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check --no-deps -r requirements-nodeps.txt \
		|| { echo "Không cài được thư viện trong $(1); lý do ở các dòng ERROR phía trên."; exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help run test test-long coverage bench pictures deploy-check lock sbom lint clean

help:
	@echo "make run     Chạy hệ thống tại http://$(HOST):$(PORT)/ (PORT=… HOST=… DEMO=0 CLOCK=NĂM-08-16T09:00 DEMO_PASSWORD=…)"
	@echo "make test    Chạy mọi kiểm thử mà máy này chạy được (K=… chọn theo tên, ARGS=… cho pytest, DB=sqlite|postgres)"
	@echo "make test-long  Như make test, thử mọi giá trị lạ và gấp mười số ví dụ (trước khi phát hành)"
	@echo "make coverage   Độ bao phủ dòng lệnh và nhánh của kiểm thử trên SQLite; chi tiết ở var/coverage/"
	@echo "make bench   Đo tốc độ, mỗi số đo một dòng JSON (NAME=… đo một mục)"
	@echo "make pictures   Chụp lại ảnh của hướng dẫn (docs/img) từ hệ thống đang chạy với số liệu minh họa"
	@echo "make deploy-check  Nói còn thiếu gì để vận hành thật (đọc ENV=/etc/chuyendoiso/environment nếu có)"
	@echo "make lock, make sbom   Khóa phiên bản thư viện kèm mã băm (requirements.lock); liệt kê chúng theo CycloneDX (var/sbom.json)"
	@echo "make lint    Soát mã nguồn và mẫu trang"
	@echo "make clean   Xóa môi trường và tệp tạo ra; giữ nguyên cơ sở dữ liệu trong var/"

run: $(RUNTIME)
	@$(BIN)/python manage.py prepare --bind $(HOST):$(PORT) $(if $(filter 0,$(DEMO)),,--demo)
	@BIND=$(HOST):$(PORT) SITE_URL=$${SITE_URL:-http://$(HOST):$(PORT)} exec $(BIN)/gunicorn chuyendoiso.wsgi

test: $(TOOLS)
	@exec $(BIN)/python -m tests $(if $(DB),--db $(DB)) -- $(if $(K),-k "$(K)") $(ARGS)

test-long: export HYPOTHESIS_PROFILE := long
test-long: test

# Lines and branches of the first pass. It takes half as long again, so it is no part of `make test`.
coverage: $(TOOLS)
	@rm -rf var/coverage*
	@exec $(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered --cov-report=html $(if $(K),-k "$(K)") $(ARGS)

bench: $(TOOLS)
	@exec $(BIN)/python -m benchmarks $(NAME)

# The pictures of the guide and of README.md, from the product with the demonstration year.
pictures: $(TOOLS)
	@exec $(BIN)/python -m tests.pictures

# Run on the machine that serves; asks nothing of the network and changes nothing.
ENV ?= /etc/chuyendoiso/environment
deploy-check:
	@[ ! -e "$(ENV)" ] || [ -r "$(ENV)" ] || { echo "Không đọc được $(ENV): sudo -u chuyendoiso make deploy-check" >&2; exit 2; }
	@set -a; if [ -r "$(ENV)" ]; then . "$(ENV)"; fi; set +a; exec $(BIN)/python -m chuyendoiso.deploy_check

# What production installs: exact releases with the hash of each file. `make run` takes any that requirements.txt allows.
LOCK := var/lock/bin/pip-compile --generate-hashes --allow-unsafe --strip-extras --no-header --quiet \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links
lock: var/lock/.created
	@$(LOCK) --upgrade --output-file requirements.lock requirements.txt
	@$(LOCK) --upgrade --no-annotate --output-file var/lock/nodeps.lock requirements-nodeps.txt
	@names=$$(sed -n 's/^\([a-z-]*\)==.*/\1/p' requirements-nodeps.txt); \
	for name in $$names; do sed -n "/^$$name==/,/^[^ ].*==/p" var/lock/nodeps.lock | sed '1n; /^[^ ]/d'; done > requirements-nodeps.lock

sbom: var/lock/.created
	@cat requirements.lock requirements-nodeps.lock > var/lock/all.lock
	@var/lock/bin/cyclonedx-py requirements --output-reproducible --output-file var/sbom.json var/lock/all.lock
	@echo "var/sbom.json"

var/lock/.created: | $(VENV)/.created
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install -qq --no-input --disable-pip-version-check pip-tools cyclonedx-bom && touch $@

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/djhtml --check --tabwidth 2 templates
	$(BIN)/python -m tests.style

clean:
	rm -rf $(VENV) var/assets var/static var/test-schema var/*.stamp .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@echo "1/7 Tạo môi trường Python trong $(VENV)…"
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Cần Python 3.11 trở lên; chỉ rõ bằng make PYTHON=/đường/dẫn/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Không tạo được môi trường; trên Debian cần gói python3-venv."; exit 1; }
	@touch $@

$(RUNTIME): | $(VENV)/.created
	@echo "2/7 Cài thư viện (lần đầu khoảng một phút)…"
	@$(call install,requirements.txt)
	@rm -f $(VENV)/.runtime-*; touch $@

$(TOOLS): | $(VENV)/.created
	@echo "2/7 Cài thư viện và công cụ kiểm thử (lần đầu khoảng một phút)…"
	@$(call install,requirements-dev.txt)
	@rm -f $(VENV)/.tools-* $(VENV)/.runtime-*; touch $@ $(RUNTIME)
