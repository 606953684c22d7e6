#!/bin/sh
# Installs the packages that programs of the guides use beside this one, from the npm registry, under .cache/guides, with the
# packed tarball of this repository as cmsg. It packs dist/ as it is: npm run build first. No script of any package is run.
set -eu
cd "$(dirname "$0")/../.."

here=.cache/guides
rm -rf "$here"
mkdir -p "$here"
tarball=$(npm pack --ignore-scripts --silent --pack-destination "$here")
cat > "$here/package.json" <<END
{
  "private": true,
  "dependencies": { "cmsg": "file:$tarball", "express": "^5.1.0", "fastify": "^5.6.0" }
}
END
(cd "$here" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
