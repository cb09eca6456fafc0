#!/bin/sh
# One backup of database and files as one file, with a checksum of each part: docker/backup.sh FOLDER [DAYS]
# The database is read in one transaction, the files after it, so that every file that a row names is there; nothing stops.
# Backups older than DAYS (30) are deleted, only after this one is whole. BACKUP_KEY_FILE names a file with a long random text:
# the backup is encrypted with it (AES-256), and is worth nothing without that file.
set -eu
folder=${1:?"thiếu thư mục: docker/backup.sh THƯ-MỤC [SỐ-NGÀY-GIỮ]"}
days=${2:-30}
umask 077
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$(dirname "$0")/.."
name=sao-luu-$(date +%Y-%m-%d-%H%M%S)
part=$(mktemp -d "$folder/.dang-lam-XXXXXX")
trap 'rm -rf "$part"' EXIT
trap 'exit 1' HUP INT TERM  # else what lies open in there would stay
mkdir "$part/content"

docker compose exec -T postgres pg_dump --username chuyendoiso --format custom --no-privileges chuyendoiso > "$part/content/database.dump"
docker compose exec -T web tar -C /app/var -cf - files > "$part/content/files.tar"
git rev-parse HEAD > "$part/content/version" 2> /dev/null || echo "không rõ" > "$part/content/version"
(cd "$part/content" && sha256sum database.dump files.tar version > checksums)
tar -C "$part/content" -cf "$part/whole" database.dump files.tar version checksums

file=$name.tar
if [ -n "${BACKUP_KEY_FILE:-}" ]; then
    file=$file.enc
    openssl enc -aes-256-cbc -pbkdf2 -iter 600000 -salt -pass "file:$BACKUP_KEY_FILE" -in "$part/whole" -out "$part/sealed"
    mv "$part/sealed" "$part/whole"
fi
mv "$part/whole" "$folder/$file"
find "$folder" -maxdepth 1 -name 'sao-luu-*.tar*' -mtime "+$days" -delete
docker compose exec -T web python manage.py note_backup "$file"
echo "$folder/$file"
