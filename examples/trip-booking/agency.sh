#!/bin/sh
# A travel agency as small as can be. A booking is a file of one line, named by the key of the call that
# made it: asked again, the agency answers what it answered the first time.
#
#   agency.sh book SERVICE WHAT     books, and prints a reference
#   agency.sh cancel SERVICE        takes back what the step that is being undone has booked, if anything
set -eu

command=$1
folder=$BOOKINGS/$2
mkdir -p "$folder"
# the call that undoes a step has the step's key with /undo behind it
key=${TTM_IDEMPOTENCY_KEY%/undo}
booking=$folder/$(printf %s "$key" | tr / ,)
draft=$booking.$$.draft
trap 'rm -f "$draft"' EXIT

case $command in
  book)
    if [ ! -e "$booking" ] && [ -e "$folder/refuses" ]; then
      cat "$folder/refuses" >&2
      exit 1
    fi
    echo "booked: $3" >"$draft"
    # a link is made whole or not at all, and only once, though two try at the same time
    ln "$draft" "$booking" 2>/dev/null || true
    if [ "$(cat "$booking")" = cancelled ]; then
      echo "this was cancelled" >&2
      exit 1
    fi
    [ ! -e "$folder/slow" ] || echo "booked, but the answer takes a while"
    while [ -e "$folder/slow" ]; do sleep 0.1; done
    echo "$2-$(printf %s "$key" | cksum | cut -d ' ' -f 1)"
    ;;
  cancel)
    # it stays as cancelled, so that a call that comes too late books nothing
    echo cancelled >"$draft"
    mv "$draft" "$booking"
    ;;
esac
