#!/usr/bin/env bash
# Packs a folder into an archive, and remembers where it went.
# usage: backup.sh <folder>

# shellcheck source=/dev/null
source "$TETRA_SRC/bash/ttm/ttm.sh"
ttm_init

folder=$1

id=$(txn_create "backup $(basename "$folder")" @local cron)
txn_transition EXECUTE "$id"

archive=$(txn_dir "$id")/artifacts/backup.tar.gz
if tar -czf "$archive" -C "$folder" .; then
  txn_update "$id" "{\"archive\": \"$archive\"}"
  txn_transition VALIDATE "$id"
else
  txn_fail "$id" "tar failed"
  exit 1
fi

tar -tzf "$archive" >/dev/null || {
  txn_fail "$id" "the archive cannot be read"
  exit 1
}
txn_commit "$id"
