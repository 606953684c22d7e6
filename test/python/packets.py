"""What server.py and client.py share: the packet, the command line, and waiting on a socket that may be non-blocking."""

import argparse
import os
import select
import socket
import struct

PACKET = struct.Struct('i32s')
UCRED = struct.Struct('iII')


def command_line(*positional, credentials=False):
    parser = argparse.ArgumentParser()
    for name in positional:
        parser.add_argument(name)
    parser.add_argument('--nonblocking', action='store_true')
    parser.add_argument('--connected', action='store_true')
    parser.add_argument('--count', type=int, default=1)
    if credentials:
        parser.add_argument('--credentials', type=lambda text: UCRED.pack(*map(int, text.split(':'))), metavar='PID:UID:GID')
    return parser.parse_args()


def open_bound(path, nonblocking):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.setblocking(not nonblocking)
    if os.path.exists(path):
        os.unlink(path)
    sock.bind(path)
    return sock


def when_ready(sock, event, call, *arguments):
    """Calls until it no longer would block. A blocking socket never does."""
    while True:
        try:
            return call(*arguments)
        except BlockingIOError:
            poll = select.poll()
            poll.register(sock, event)
            # Not for ever: an unconnected datagram socket is not told when its receiver has room again.
            poll.poll(10)
