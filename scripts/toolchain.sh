#!/bin/sh
# Installs what `npm run generate` asks: gcc for five CPUs with glibc's and the kernel's headers, and musl's headers for
# four. For Debian 12 on amd64; needs root (or sudo) only where a package is missing. Quick when everything is there.
#
#   scripts/toolchain.sh                  what `npm run generate` needs, and clang and musl-gcc for the tests
#   scripts/toolchain.sh --newest-kernel  also the newest kernel headers Debian has, for `generate --check --kernel`
#
# Never install gcc-multilib: it conflicts with every cross compiler, and apt resolves that by removing them.
set -eu
cd "$(dirname "$0")/.."

packages='gcc libc6-dev linux-libc-dev clang musl-tools
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross
  gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
  gcc-s390x-linux-gnu libc6-dev-s390x-cross
  gcc-arm-linux-gnueabihf libc6-dev-armhf-cross'

missing=
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -q
  # shellcheck disable=SC2086 # a list of words
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi

# apt with its own lists and architectures, so that the machine's stay as they are. $1 a suite, the rest architectures.
private_apt() {
  apt=$PWD/.cache/apt-$1
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  : > "$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $1 main" > "$apt/sources.list"
  {
    echo "Dir::Etc::sourcelist \"$apt/sources.list\"; Dir::Etc::sourceparts \"-\";"
    echo "Dir::State \"$apt\"; Dir::State::lists \"$apt/lists\"; Dir::State::status \"$apt/status\";"
    echo "Dir::Cache \"$apt\"; Acquire::Languages \"none\"; APT::Sandbox::User \"root\";"
    shift
    for architecture in "$@"; do echo "APT::Architectures:: \"$architecture\";"; done
  } > "$apt/apt.conf"
  APT_CONFIG=$apt/apt.conf apt-get update -q
}

# Download packages from the private apt ($1 the suite) and unpack, not install, them into $2; the versions beside them.
unpack() {
  apt=$PWD/.cache/apt-$1 into=$2
  shift 2
  rm -rf "$into.part" "$into"
  mkdir -p "$into.part"
  (cd "$into.part" && APT_CONFIG=$apt/apt.conf apt-get download -q "$@")
  for deb in "$into.part"/*.deb; do
    dpkg-deb -x "$deb" "$into.part"
    dpkg-deb -f "$deb" Package Architecture Version | sed 's/^[^ ]* //' | xargs >> "$into.part/VERSIONS"
    rm "$deb"
  done
  rm -rf "$apt"
  mv "$into.part" "$into"
}

if [ ! -e .cache/musl/VERSIONS ]; then
  private_apt bookworm amd64 arm64 armhf s390x
  unpack bookworm .cache/musl musl-dev:amd64 musl-dev:arm64 musl-dev:armhf musl-dev:s390x
fi

# The kernel's headers alone, for musl: glibc's lie in the same directory and must not fill in for a header musl lacks.
for triple in x86_64-linux-gnu aarch64-linux-gnu s390x-linux-gnu arm-linux-gnueabihf; do
  mkdir -p ".cache/kernel/$triple"
  for directory in linux asm asm-generic; do
    for parent in "/usr/$triple/include" "/usr/include/$triple" /usr/include; do
      [ -d "$parent/$directory" ] || continue
      ln -sfn "$parent/$directory" ".cache/kernel/$triple/$directory"
      break
    done
  done
done

if [ "${1-}" = --newest-kernel ]; then
  private_apt sid "$(dpkg --print-architecture)"
  unpack sid .cache/kernel-newest linux-libc-dev
  cat .cache/kernel-newest/VERSIONS
fi
