#!/bin/sh
# here.sh PROGRAM [ARGUMENT...]: the smoke program and terminated Workers on this very machine, by a runtime such as node or bun,
# with each strategy in $STRATEGIES (handle and thread if absent). For machines and containers of other platforms.
set -eu
cd "$(dirname "$0")/../.."
for strategy in ${STRATEGIES:-handle thread}; do
  directory=$(mktemp -d)
  CMSG_READINESS=$strategy "$@" test/runtimes/smoke.mjs all "$directory" > "$directory/output" || { cat "$directory/output"; exit 1; }
  cat "$directory/output"
  [ "$(grep -c '^ok ' "$directory/output")" = 15 ] && grep -qx "strategy $strategy" "$directory/output"
  rm -rf "$directory"
done
for mode in terminated-at-work memory; do "$@" test/native/workers.program.mjs "$mode"; done
