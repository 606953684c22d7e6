#!/bin/sh
# Installs the bundlers, compilers and test runners that use this package in test/consumers, from the npm registry, under
# .cache/consumers, with the packed tarball of this repository. It packs dist/ as it is: npm run build first. No script of any
# package is run. It fails if npm has anything to warn of when it installs the tarball.
set -eu
cd "$(dirname "$0")/../.."

here=.cache/consumers
rm -rf "$here"
mkdir -p "$here"
tarball=$(npm pack --ignore-scripts --silent --pack-destination "$here")
cat > "$here/package.json" <<END
{
  "private": true,
  "devDependencies": {
    "@arethetypeswrong/cli": "0.18.5",
    "@rollup/plugin-commonjs": "29.0.3",
    "@rollup/plugin-node-resolve": "16.0.3",
    "@types/node": "^20.19.0",
    "@vercel/ncc": "0.45.0",
    "esbuild": "0.28.2",
    "jest": "30.5.2",
    "postject": "1.0.0-alpha.6",
    "publint": "0.3.25",
    "rollup": "4.68.8",
    "typescript-5.4": "npm:typescript@~5.4.5",
    "typescript-5.9": "npm:typescript@~5.9.3",
    "typescript-newest": "npm:typescript@latest",
    "vite": "8.3.8",
    "vitest": "4.1.12",
    "webpack": "5.113.0"
  }
}
END
# Without one, the compilers and bundlers would find that of this repository.
echo '{}' > "$here/tsconfig.json"
cd "$here"
npm install --ignore-scripts --no-audit --no-fund --loglevel=error
warnings=$(npm install --ignore-scripts --no-audit --no-fund --loglevel=warn "./$tarball" 2>&1 >/dev/null)
[ -z "$warnings" ] || { echo "npm warns of the tarball: $warnings" >&2; exit 1; }
