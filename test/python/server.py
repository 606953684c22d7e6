"""server.py PATH [--nonblocking] [--connected] [--count N]: the peer of test/c/server.c, in Python."""

import os
import select
import socket

from packets import PACKET, UCRED, command_line, open_bound, when_ready


def credentials_of(control):
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            return UCRED.unpack(data)
    raise SystemExit('a message without credentials')


def main():
    options = command_line('path')
    sock = open_bound(options.path, options.nonblocking)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    print('ready', flush=True)
    for number in range(options.count):
        data, control, flags, address = when_ready(
            sock, select.POLLIN, sock.recvmsg, PACKET.size, socket.CMSG_SPACE(UCRED.size))
        if len(data) != PACKET.size or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise SystemExit('a packet of the wrong size')
        index, text = PACKET.unpack(data)
        pid, uid, gid = credentials_of(control)
        # Python gives an abstract name as bytes; the tests use pathnames.
        print(f'index={index} msg={text.split(bytes(1))[0].decode()} pid={pid} uid={uid} gid={gid}',
              f'from={address or "(unnamed)"}', flush=True)
        if not address:
            continue
        if options.connected and number == 0:
            sock.connect(address)
        to = () if options.connected else (address,)
        when_ready(sock, select.POLLOUT, sock.sendmsg, [b'ACK'], [], 0, *to)
    os.unlink(options.path)


main()
