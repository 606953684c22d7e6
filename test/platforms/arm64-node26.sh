# Node 26 on arm64: its code for that CPU, translated by qemu-user. Node 20 is in the test suite.
. test/platforms/common.sh
node=(qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/node_modules/node26-arm64/bin/node")
echo "   Node $("${node[@]}" -p 'process.version + " on " + process.arch')"
for ffi in '' ffi-rs; do
  echo "   CMSG_FFI=$ffi"
  CMSG_FFI=$ffi smoke 'handle thread' "${node[@]}"
done
