#!/bin/sh
# Install or upgrade without Docker: sudo deploy/install.sh
# Each run makes a release of its own beside the earlier ones, so that the last one can be put back: deploy/install.sh --back
# ROOT=FOLDER lays everything out under a folder and starts nothing. WHEELS=FOLDER takes the libraries from there, for a machine
# without a network; VENV=FOLDER uses libraries that are installed already.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
root=${ROOT:-}
home=$root/opt/chuyendoiso
settings=$root/etc/chuyendoiso
user=chuyendoiso
say() { echo "— $*"; }
[ -n "$root" ] || [ "$(id -u)" = 0 ] || { echo "Cần quyền root: sudo deploy/install.sh" >&2; exit 2; }

# The whole releases, the oldest first: one that was broken off has no mark.
releases() { for mark in "$home"/releases/*/.installed; do [ ! -e "$mark" ] || basename "$(dirname "$mark")"; done; }

# Units and proxy go with the release in use. nginx before 1.25 does not know `http2 on`, and all know the older form.
put_in_use() {
    trap - EXIT  # from here on nothing removes it: services may run from it
    : > "$home/releases/$1/.installed"
    cp "$home/releases/$1"/deploy/chuyendoiso-*.service "$root/etc/systemd/system/"
    sed -e 's|server web:8000;|server 127.0.0.1:8000;|' -e 's|/etc/nginx/tls/|/etc/chuyendoiso/tls/|' \
        -e 's|/usr/share/nginx/html|/opt/chuyendoiso/current/docker|' \
        -e 's|listen \(.*\) ssl;|listen \1 ssl http2;|' -e '/^ *http2 on;/d' \
        "$home/releases/$1/docker/nginx.conf" > "$root/etc/nginx/conf.d/chuyendoiso.conf"
    ln -sfn "releases/$1" "$home/current"
}

restart() {
    if [ -n "$root" ]; then say "ROOT đang đặt: không khởi động dịch vụ nào"; return; fi
    systemctl daemon-reload
    systemctl enable --quiet chuyendoiso-web chuyendoiso-worker chuyendoiso-beat
    systemctl restart chuyendoiso-web chuyendoiso-worker chuyendoiso-beat ||
        { echo "Không khởi động được, lý do: journalctl -u chuyendoiso-web. Trở lại bản trước: deploy/install.sh --back" >&2; exit 1; }
    if command -v nginx > /dev/null; then nginx -t -q; systemctl reload-or-restart nginx; fi
}

if [ "${1:-}" = --back ]; then
    current=$(basename "$(readlink "$home/current")")
    before=$(releases | sed "/^$current\$/,\$d" | tail -n 1)
    [ -n "$before" ] || { echo "Không có bản nào trước bản đang chạy." >&2; exit 1; }
    put_in_use "$before"
    say "Trở lại bản $before. Bản mới đã đổi cấu trúc dữ liệu thì phải khôi phục bản sao lưu trước khi nâng cấp."
    restart
    exit
fi
[ $# = 0 ] || { echo "Chỉ có một lựa chọn: --back." >&2; exit 2; }

umask 022
release=$(date +%Y%m%d-%H%M%S)
[ ! -e "$home/releases/$release" ] || { sleep 1; release=$(date +%Y%m%d-%H%M%S); }
folder=$home/releases/$release
# Until it is in use, a release that was broken off is removed.
trap '[ $? = 0 ] || rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

say "1/6 Tài khoản và thư mục"
if [ -z "$root" ]; then
    id "$user" > /dev/null 2>&1 || useradd --system --home-dir /var/lib/chuyendoiso --shell /usr/sbin/nologin "$user"
fi
mkdir -p "$folder" "$settings/tls" "$root/etc/systemd/system" "$root/etc/nginx/conf.d" "$root/var/lib/chuyendoiso/files"

say "2/6 Mã nguồn: bản $release"
tar -C "$source" --exclude='./.*' --exclude=./var --exclude=__pycache__ -cf - . | tar -C "$folder" --no-same-owner -xf -
chmod -R u=rwX,go=rX "$folder"  # the services read it, its owner alone changes it, whoever laid out the source

say "3/6 Thư viện"
if [ -n "${VENV:-}" ]; then
    ln -s "$VENV" "$folder/.venv"
else
    python3 -m venv "$folder/.venv"
    set -- --quiet --no-input --disable-pip-version-check --require-hashes
    [ -z "${WHEELS:-}" ] || set -- "$@" --no-index --find-links "$WHEELS"
    "$folder/.venv/bin/python" -m pip install "$@" -r "$folder/requirements.lock"
    "$folder/.venv/bin/python" -m pip install "$@" --no-deps -r "$folder/requirements-nodeps.lock"
fi

say "4/6 Tệp giao diện"
(cd "$folder" && for step in build_assets "collectstatic --noinput"; do
    DEPLOYMENT=local SECRET_KEY=only-while-building .venv/bin/python manage.py $step > /dev/null
done)

say "5/6 Cấu hình"
if [ ! -e "$settings/environment" ]; then
    key=$(head -c 60 /dev/urandom | base64 | tr -d '\n')
    (umask 077 && sed "s|@SECRET_KEY@|$key|" "$source/deploy/environment" > "$settings/environment")
fi
chmod 640 "$settings/environment"
if [ -z "$root" ]; then
    chown root:"$user" "$settings/environment"
    chown -R "$user:$user" "$root/var/lib/chuyendoiso"
fi

say "6/6 Cơ sở dữ liệu và khởi động"
if [ -n "$(sed -n 's/^\(ALLOWED_HOSTS\|DATABASE_URL\|REDIS_URL\)=$/\1/p' "$settings/environment")" ]; then
    put_in_use "$release"
    echo "Điền các dòng trống trong $settings/environment rồi chạy lại lệnh này. Chưa khởi động gì."
    exit
fi
if [ -z "$root" ]; then
    # OWNER_DATABASE_URL: the owner of the tables, who alone changes them; it stands in no file that the services read.
    (
        set -a && . "$settings/environment" && set +a && cd "$folder"
        DATABASE_URL=${OWNER_DATABASE_URL:-$DATABASE_URL}
        .venv/bin/python manage.py migrate --noinput
        if [ -n "${OWNER_DATABASE_URL:-}" ]; then .venv/bin/python manage.py grant_web "${WEB_ROLE:-chuyendoiso_web}"; fi
    )
fi
put_in_use "$release"
restart
for old in $(ls "$home/releases"); do
    if ! releases | tail -n 3 | grep -qx "$old"; then rm -rf "${home:?}/releases/$old"; fi
done
say "Xong. Kiểm tra: sudo -u chuyendoiso make -C /opt/chuyendoiso/current deploy-check"
