#!/bin/sh
# Installs the programs that the drop-ins are tested with, from the npm registry, under .cache/drop-ins, with the overrides
# that the guides tell users to have, but for the packed tarball of this repository in place of npm:cmsg. It packs dist/ as
# it is: npm run build first. No script of any package is run, and nothing is compiled.
set -eu
cd "$(dirname "$0")/../.."

here=.cache/drop-ins
rm -rf "$here"
mkdir -p "$here"
tarball=$(npm pack --ignore-scripts --silent --pack-destination "$here")
cat > "$here/package.json" <<END
{
  "private": true,
  "dependencies": { "hot-shots": "17.1.1", "winston-syslog": "2.7.1", "winston": "^3.8.2" },
  "devDependencies": { "vows": "^0.8.3", "sinon": "^15.0.2" },
  "overrides": { "unix-dgram": "file:$tarball" }
}
END
(cd "$here" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)

# Its tests come with its tarball. They take the library from ../lib/unix_dgram.
original=$(cd "$here" && npm pack --silent unix-dgram@2.0.7)
mkdir -p "$here/unix-dgram"
tar -xzf "$here/$original" -C "$here/unix-dgram" --strip-components=1 package/test package/package.json
mkdir "$here/unix-dgram/lib"
echo "module.exports = require('unix-dgram')" > "$here/unix-dgram/lib/unix_dgram.js"
