#!/bin/sh
# Whether this release would greet.
here=$(dirname "$0")
[ -n "$(sh "$here/hello.sh")" ]
