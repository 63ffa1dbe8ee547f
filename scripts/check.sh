#!/bin/sh
# Types, schema, unused code, format and lint. Most of it takes one core for some seconds: two go side by side.
set -u
cd "$(dirname "$0")/.."

npm run --silent check:types &
types=$!
npm run --silent check:style
style=$?
wait "$types" && exit "$style"
