#!/bin/sh
# Bring a backup of docker/backup.sh back, in place of what is there: docker/restore.sh FILE --replace
# The file is opened and every checksum compared before anything is stopped or removed. An encrypted one needs BACKUP_KEY_FILE.
set -eu
file=${1:?"thiếu tệp: docker/restore.sh TỆP --replace"}
[ "${2:-}" = --replace ] || { echo "Số liệu đang có sẽ bị thay hết: thêm --replace vào cuối lệnh." >&2; exit 2; }
umask 077
file=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
cd "$(dirname "$0")/.."
part=$(mktemp -d "$(dirname "$file")/.dang-mo-XXXXXX")
trap 'rm -rf "$part"' EXIT
trap 'exit 1' HUP INT TERM  # else what lies open in there would stay
case $file in
*.enc)
    openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -pass "file:${BACKUP_KEY_FILE:?thiếu BACKUP_KEY_FILE}" \
        -in "$file" -out "$part/whole" || { echo "Không mở được bản sao lưu. Chưa thay đổi gì." >&2; exit 1; }
    ;;
*) ln -s "$file" "$part/whole" ;;
esac
{ tar -C "$part" -xf "$part/whole" && (cd "$part" && sha256sum --check --quiet checksums); } ||
    { echo "Bản sao lưu hỏng. Chưa thay đổi gì." >&2; exit 1; }

docker compose stop proxy web worker beat
docker compose up --detach --wait postgres
docker compose exec -T postgres dropdb --username chuyendoiso --force --if-exists chuyendoiso
docker compose exec -T postgres createdb --username chuyendoiso chuyendoiso
docker compose exec -T postgres pg_restore --username chuyendoiso --dbname chuyendoiso --exit-on-error < "$part/database.dump"
docker compose up --detach --wait
docker compose exec -T web tar -C /app/var -xf - < "$part/files.tar"
echo "Đã khôi phục $(basename "$file"), lập bằng bản mã nguồn $(cat "$part/version")."
