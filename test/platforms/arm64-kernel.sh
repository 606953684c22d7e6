# arm64 with a kernel of its own: Debian's, with Node, the library and their files in an initramfs, under qemu-system-aarch64.
# qemu-user passes system calls on to the kernel of the host; here none is.
. test/platforms/common.sh
packages 'bookworm-backports bookworm' arm64 "$work/arm64" 'linux-image-6.*-cloud-arm64-unsigned' busybox-static
root=$work/initramfs
rm -rf "$root"
mkdir -p "$root"/{bin,lib,dev,proc,tmp,cmsg/test,cmsg/node_modules/@yuuang}
cp -L /usr/aarch64-linux-gnu/lib/{ld-linux-aarch64.so.1,libc.so.6,libm.so.6,libdl.so.2,libpthread.so.0,librt.so.1,libstdc++.so.6,libgcc_s.so.1} "$root/lib/"
cp "$work/arm64/bin/busybox" "$work/node_modules/node20-arm64/bin/node" "$root/bin/"
cp -r dist package.json "$root/cmsg/"
cp -r test/runtimes "$root/cmsg/test/"
cp -rL node_modules/ffi-rs "$root/cmsg/node_modules/"
cp -r "$work/node_modules/@yuuang/ffi-rs-linux-arm64-gnu" "$root/cmsg/node_modules/@yuuang/"
cp test/platforms/arm64-init "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) > "$work/initramfs.cpio"
rm -rf "$root"

# It is told apart from a hang by its last line.
timeout 600 nice qemu-system-aarch64 -M virt -cpu max,pauth-impdef=on -smp 2 -m 2000 -nographic -nic none -no-reboot -kernel "$work"/arm64/boot/vmlinuz-* \
  -initrd "$work/initramfs.cpio" -append 'console=ttyAMA0 quiet panic=-1' < /dev/null | tr -d '\r' > "$work/console.log" || true
grep -qx 'the end' "$work/console.log" || { tail -50 "$work/console.log"; exit 1; }
echo "   $(grep '^Linux' "$work/console.log")"
for strategy in handle thread; do
  part=$(sed -n "/^begin $strategy\$/,/^end $strategy /p" "$work/console.log")
  judge "$strategy" "$(sed -n "s/^end $strategy //p" <<<"$part")" "$part"
done
