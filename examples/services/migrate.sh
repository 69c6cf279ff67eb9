#!/bin/sh
# Can be run again: what is there stays.
set -eu
mkdir -p "$DATA/orders" "$DATA/packed"
echo "the table of orders is there"
