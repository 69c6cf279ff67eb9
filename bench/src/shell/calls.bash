# Calls of shell functions in $(...), and what they are compared with, some of each in turn, as scripts make them.
# Prints the microseconds of each. Arguments: the folder of ttm.sh, how many rounds of ten.

# shellcheck source=/dev/null
. "$1/ttm.sh"
rounds=$2

# ten NAME COMMAND...: the first of them meets a machine that has just done something else, and is left out
ten() {
  local name=$1 call from to answer
  shift
  for ((call = 0; call <= 10; call += 1)); do
    from=${EPOCHREALTIME/[.,]/}
    # the substitution is what is measured
    # shellcheck disable=SC2034
    answer=$("$@")
    to=${EPOCHREALTIME/[.,]/}
    ((call == 0)) || printf '%s %d\n' "$name" "$((to - from))"
  done
}

for ((round = 0; round < rounds; round += 1)); do
  # a log of one length for all, however many rounds there are
  id=$(txn_create "measure calls")
  ten fork :
  ten active txn_active
  ten state txn_state
  ten transition txn_transition EXECUTE
  ten jq jq -r .stage "$TTM_TXNS_DIR/$id/state.json"
done
