"""client.py SERVER CLIENT [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]: the peer of client.c."""

import os
import select
import socket

from packets import PACKET, command_line, open_bound, when_ready


def main():
    options = command_line('server', 'client', credentials=True)
    sock = open_bound(options.client, options.nonblocking)
    if options.connected:
        sock.connect(options.server)
    to = () if options.connected else (options.server,)
    control = []
    if options.credentials:
        control.append((socket.SOL_SOCKET, socket.SCM_CREDENTIALS, options.credentials))
    for index in range(options.count):
        packet = PACKET.pack(index, f'packet {index}'.encode())
        when_ready(sock, select.POLLOUT, sock.sendmsg, [packet], control, 0, *to)
        answer = when_ready(sock, select.POLLIN, sock.recv, 8)
        if answer != b'ACK':
            raise SystemExit(f'an answer that is not ACK: {answer}')
        print(f'ack index={index}', flush=True)
    os.unlink(options.client)


main()
