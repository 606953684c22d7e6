"""Hostile peers that send descriptors: floods, traps, and such as nobody asked for."""

import errno
import os
import socket
import struct
import time

from common import ask, unix

SO_TIMESTAMPNS, SO_PASSPIDFD = 35, 76


def descriptors(path, count, each):
    """Messages with so many descriptors each, as fast as they go."""
    peer = unix('seqpacket', path)
    fd = os.memfd_create('flood')
    for i in range(int(count)):
        while True:
            try:
                socket.send_fds(peer, [b'%d' % i], [fd] * int(each))
                break
            except OSError as error:
                # An ordinary user may have only so many under way.
                if error.errno != errno.ETOOMANYREFS:
                    raise
                time.sleep(0.001)
    # The victim closes when it has read everything.
    peer.settimeout(25)
    try:
        peer.recv(1)
    except ConnectionResetError:
        pass
    return {'sent': int(count)}


def lingering(seconds):
    """A TCP socket with a full send buffer whose close waits, and the other end, which never reads."""
    listener = socket.create_server(('127.0.0.1', 0))
    trap = socket.create_connection(listener.getsockname())
    other, _ = listener.accept()
    trap.setblocking(False)
    try:
        while True:
            trap.send(bytes(100_000))
    except BlockingIOError:
        pass
    trap.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, seconds))
    trap.setblocking(True)
    return trap, other


def linger(path, count, seconds, how):
    """Gives away lingering sockets, plain or `nested` in the queue of a Unix socket. Waits until they are disposed of."""
    peer = unix('seqpacket', path)
    others = []
    for i in range(int(count)):
        trap, other = lingering(int(seconds))
        others.append(other)
        if how == 'nested':
            inner, outer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            socket.send_fds(outer, [b'inside'], [trap.fileno()])
            trap.close()
            outer.close()
            trap = inner
        socket.send_fds(peer, [b'trap %d' % i], [trap.fileno()])
        trap.close()
    peer.settimeout(25)
    disposed = [peer.recv(100).decode() for _ in range(int(count))]
    # The trap snaps while the victim works on.
    time.sleep(1)
    return {'disposed': len(disposed)}


def turn_on(peer, option):
    """Older kernels have not got every option."""
    try:
        peer.setsockopt(socket.SOL_SOCKET, option, 1)
    except OSError as error:
        if error.errno != errno.ENOPROTOOPT:
            raise


def options(path):
    """Gives away sockets on which it has set options, and sends to them: before and after it sets another one.

    With 253 descriptors each there is no room to spare."""
    peer = unix('seqpacket', path)
    fd = os.memfd_create('sent')
    out = []
    for kinds, later in [((socket.SO_PASSCRED,), SO_TIMESTAMPNS), ((SO_TIMESTAMPNS, SO_PASSPIDFD), socket.SO_PASSCRED), ((), SO_PASSPIDFD)]:
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for option in kinds:
            turn_on(theirs, option)
        socket.send_fds(peer, [b'adopt'], [theirs.fileno()])
        ask(peer, b'adopted?')
        socket.send_fds(mine, [b'first'], [fd] * 253)
        ask(peer, b'read')
        # It still has the socket, and may do this at any time. The first message after that may be cut, not the next.
        turn_on(theirs, later)
        for i in range(2):
            socket.send_fds(mine, [b'after %d' % i], [fd] * 253)
            ask(peer, b'read')
        out += [mine, theirs]
    return {}


def stranger(path, count):
    """Descriptors for a socket that did not ask for any."""
    peer = unix('datagram')
    peer.connect(path)
    fds = [os.memfd_create('stranger') for _ in range(20)]
    for i in range(int(count)):
        socket.send_fds(peer, [b'%d' % i], fds[:1 + i % 20])
    return {}


def zero(path):
    """Empty packets with descriptors, which are messages."""
    fd = os.memfd_create('zero')
    peer = unix('seqpacket', path)
    for _ in range(3):
        socket.send_fds(peer, [b''], [fd])
    peer.send(b'last')
    peer.close()
    return {}
