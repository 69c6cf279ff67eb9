#!/usr/bin/env bash
# Deploys an archive with its configuration, and goes back to the old release when the new one is not well.
# usage: deploy.sh <archive> <configuration> [@target]
set -e

# shellcheck source=/dev/null
source "$TETRA_SRC/bash/ttm/ttm.sh"
ttm_init

releases=${RELEASES:-$TETRA_DIR/hello}
mkdir -p "$releases"
before=$(readlink "$releases/current" || true)

id=$(txn_create "deploy $(basename "$1" .tar.gz)" "${3:-@local}")

txn_transition SELECT "$id"
txn_add_ctx "$1" archive "$id"
txn_add_ctx "$2" config "$id"

txn_transition ASSEMBLE "$id"
init_evidence_vars "$id"
txn_resolve_tes "$id"
host=$(txn_state "$id" | jq -r .tes_plan)

txn_transition EXECUTE "$id"
echo "$e_count files for $host"
mkdir "$releases/$id"
tar -xzf "$e1" -C "$releases/$id"
cp "$e2" "$releases/$id/hello.conf"
ln -sfn "$id" "$releases/current"

txn_transition VALIDATE "$id"
sh "$releases/current/health.sh" || {
  [ -z "$before" ] || ln -sfn "$before" "$releases/current"
  txn_fail "$id" "health check failed"
  exit 1
}
txn_commit "$id"
