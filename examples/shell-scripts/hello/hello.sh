#!/bin/sh
# The service that is deployed: it greets.
. "$(dirname "$0")/hello.conf"
echo "$greeting"
