#!/usr/bin/env bash
# npm run platforms [-- NAME...]: the platforms of the README that the test suite does not run on. Each is a script beside this
# one, and runs test/runtimes/smoke.mjs, over dist/, with each strategy. Debian 12 on x86-64; root, or sudo, where a package
# is missing. It downloads some 500 MB once, into .cache/platforms.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(qemu-user qemu-system-arm libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross libatomic1-arm64-cross cpio)
missing=()
for package in "${packages[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}"
fi

[ $# -gt 0 ] || set -- node-lowest glibc-2.31 arm64-node26 arm64-kernel
for name; do
  echo "── $name"
  SECONDS=0
  bash "test/platforms/$name.sh"
  echo "   $SECONDS s"
done
echo 'all platforms are well'
