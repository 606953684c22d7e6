#!/bin/sh
# Puts the libraries that Bun's musl build needs into the directory $1, on Debian 12 for x86-64: Debian's own libstdc++ and
# libgcc_s, and a library for what those need of glibc. libstdc++ must not find glibc's function for the end of a thread under
# its name, or what is tested is not musl; the name that takes its place has as many characters.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
libraries=/usr/lib/x86_64-linux-gnu
mkdir -p "$1"
musl-gcc -O1 -fPIC -shared -Wl,-soname,ld-linux-x86-64.so.2 -o "$1/ld-linux-x86-64.so.2" "$here/glibc.c"
cp -L "/lib/x86_64-linux-gnu/libgcc_s.so.1" "$1/"
sed 's/__cxa_thread_atexit_impl/__cxa_thread_atexit_musl/g' "$libraries/libstdc++.so.6" > "$1/libstdc++.so.6"
