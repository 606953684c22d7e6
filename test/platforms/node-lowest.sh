# The lowest Node of each line that is supported.
. test/platforms/common.sh
for version in 20.19 22.12 24.0; do
  echo "   Node $("$work/node_modules/node$version/bin/node" --version)"
  smoke 'handle thread' "$work/node_modules/node$version/bin/node"
done
