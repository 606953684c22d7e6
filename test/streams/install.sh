#!/bin/sh
# Installs the programs that streams of sockets are tested with, from the npm registry, under .cache/streams, with the override
# that the guide tells users to have, but for the packed tarball of this repository in place of npm:cmsg. It packs dist/ as
# it is: npm run build first. No script of any package is run, and nothing is compiled.
set -eu
cd "$(dirname "$0")/../.."

here=.cache/streams
rm -rf "$here"
mkdir -p "$here"
tarball=$(npm pack --ignore-scripts --silent --pack-destination "$here")
cat > "$here/package.json" <<END
{
  "private": true,
  "dependencies": { "cmsg": "file:$tarball", "dbus-native": "0.16.1", "dbus-next": "0.10.2", "x11": "4.2.2" },
  "overrides": { "usocket": "file:$tarball" }
}
END
(cd "$here" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
