#!/usr/bin/env bash
# From a question to a change that passes the tests of the project in the working directory: flow.sh, in bash or zsh.
#
#   MODEL  a program that reads a prompt from its standard input and writes an answer. Default: model.js, which only
#          stands for one
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=/dev/null # a link, made at the place of the original
source "$TETRA_SRC/bash/rag/core/flow_manager_ttm.sh"

# what the project is before anything is changed, to compare with
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
tar -cf - --exclude=./rag . | tar -xf - -C "$before"

echo "# The question"
flow_create "the last page of the catalogue is not counted"
flow=$(flow_active)
folder=$(get_active_flow_dir)

echo "# The evidence"
flow_transition SELECT
flow_evidence add "src/pages.js#bug"
flow_evidence add "test/pages.js::14,22#test"
flow_evidence list

round=0 passed='' submitted=()
while [[ -z $passed && $round -lt 3 ]]; do
  round=$((round + 1))
  echo "# Round $round"
  flow_assemble --budget 1200 --select 'src/*.js' --select CHANGES.md:1-4 --select 'data/*.csv'

  digest=$(sha256sum <"$folder/build/prompt.mdctx")
  submitted+=("${digest%% *}")
  flow_checkpoint SUBMIT "{\"prompt\": \"${digest%% *}\"}"
  "${MODEL:-$here/model.js}" <"$folder/build/prompt.mdctx" >"$folder/build/answer.md"

  report=$folder/artifacts/round-$round.txt
  if ! flow_apply >"$report" 2>&1; then
    cat "$report"
  else
    cat "$report"
    applied=$(sed -n 's/^Undo: .* //p' "$report")
    if npm test --silent >"$report"; then
      passed=yes
      echo "The tests pass"
      continue
    fi
    grep '^not ok' "$report" || :
    command ttm saga undo "$applied"
  fi
  diff -r -x rag "$before" .
  echo "The project is what it was"
  flow_add_evidence "$report" "round-$round"
  flow_transition FOLD
  flow_transition SELECT
done

echo "# The end"
if [[ -n $passed ]]; then
  flow_complete --outcome success --lesson "what is left over: round up, do not add one" \
    --artifact build/answer.md --tag pages --tag off-by-one --effort 15
else
  flow_complete --outcome failed --lesson "three answers did not pass the tests"
fi
flow_promote
flow_list
flow_list --global
flow_status "$flow" summary

echo "# What the model saw"
for digest in "${submitted[@]}"; do
  flow_prompt "$flow" "$digest" >"$before/prompt"
  echo "$digest  $before/prompt" | sha256sum --check --quiet
  echo "sha256:$digest: $(grep -c '^<!-- evidence' "$before/prompt") pieces of evidence"
done
[[ -n $passed ]]
