#!/bin/sh
# Runs the whole application on this machine: sets up what is missing, then starts it (see --help).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

if ! command -v node >/dev/null 2>&1; then
  echo 'Node.js is missing: install version 20.19 or later (https://nodejs.org), then run this again' >&2
  exit 1
fi

node "$here/dev/setup.mjs" --quiet
exec node --enable-source-maps "$here/dist/dev/main.js" "$@"
