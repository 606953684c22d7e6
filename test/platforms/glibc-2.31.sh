# An old C library: Node with the libraries of Debian 11, loaded by their own loader.
. test/platforms/common.sh
packages bullseye amd64 "$work/debian11" libc6 'libstdc\+\+6' libgcc-s1
libraries=$work/debian11/lib/x86_64-linux-gnu
node=("$libraries/ld-2.31.so" --library-path "$libraries:$work/debian11/usr/lib/x86_64-linux-gnu" "$work/node_modules/node20.19/bin/node")
echo "   glibc $("${node[@]}" -p 'process.report.getReport().header.glibcVersionRuntime')"
smoke 'handle thread' "${node[@]}"
