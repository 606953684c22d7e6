"""hostile.py COMMAND …: the hostile peers. Each prints, as its last line, an object with what it did and what it got."""

import ctypes
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import time

from common import TYPES, ask, unix
from traps import descriptors, linger, options, stranger, zero

SO_TIMESTAMPING = 37
MSG_ERRQUEUE = 0x2000
# SCHED and SOFTWARE: when the packet was queued, and when it went.
TX_FLAGS = (1 << 8) | (1 << 1)
REPORT_SOFTWARE = 1 << 4


# ── Peers that disappear ─────────────────────────────────────────────────────────────────────────────────────────────

def vanish(kind, port, count):
    """UDP: each sends a packet and is gone before the server replies. Fifty at a time: no receive buffer overflows."""
    family, host = {'udp': (socket.AF_INET, '127.0.0.1'), 'udp6': (socket.AF_INET6, '::1')}[kind]
    control = socket.socket(family, socket.SOCK_DGRAM)
    control.connect((host, int(port)))
    gone = []
    lost = 0
    for i in range(int(count)):
        with socket.socket(family, socket.SOCK_DGRAM) as peer:
            peer.connect((host, int(port)))
            peer.send(b'hold')
            gone.append(peer.getsockname()[1])
        if i % 50 == 49 or i == int(count) - 1:
            for request in (b'release', b'released %d' % i):
                try:
                    ask(control, request)
                except OSError:
                    lost += 1
        if lost > 1:
            break
    return {'gone': gone, 'lost': lost}


def connections(kind, path, count):
    """Connections that are gone at once, in the backlog, after a request, or in the middle of a large reply."""
    for i in range(int(count)):
        peer = unix(kind, path)
        if i % 3 == 1:
            peer.send(b'ping')
        elif i % 30 == 2:
            peer.send(b'big 2000000' if kind == 'stream' else b'big 100000')
            peer.recv(1000)
        peer.close()
    return {'connections': int(count)}


def hold(kind, path, count, seconds):
    """More connections than the server has descriptors. They stay for a while."""
    peers = []
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        if len(peers) == int(count):
            time.sleep(0.01)
            continue
        peer = socket.socket(socket.AF_UNIX, TYPES[kind])
        peer.setblocking(False)
        try:
            peer.connect(path)
            peers.append(peer)
        except BlockingIOError:
            # The backlog is full.
            peer.close()
            time.sleep(0.01)
    return {'connections': len(peers)}


def restart(path):
    """A server that ends and comes back under its name."""
    got = []
    for life in range(2):
        server = unix('datagram')
        server.bind(path)
        if life == 0:
            print('bound', flush=True)
        server.settimeout(5)
        try:
            while len(got) < 3 * (life + 1):
                got.append(server.recv(1000).decode())
        except TimeoutError:
            pass
        # The first time while something waits in its queue, and there is no name for a while.
        server.close()
        os.unlink(path)
        time.sleep(0.1)
    return {'got': got}


# ── Peers that are silent, or read slowly ────────────────────────────────────────────────────────────────────────────

def silent(path, count, each, request):
    """So many clients ask so often, and none ever reads.

    They are not connected: replies to a connected one are limited by the server's own send buffer alone, and fill it for all."""
    peers = []
    for _ in range(int(count)):
        peer = unix('datagram')
        peer.bind('')
        peers.append(peer)
    for _ in range(int(each)):
        for peer in peers:
            peer.sendto(request.encode(), path)
    with unix('datagram') as control:
        control.bind('')
        control.connect(path)
        ask(control, b'all read')
        # Time for the server's timers to look at what waits.
        time.sleep(0.3)
    return {'requests': len(peers) * int(each)}


def slow(path, size):
    """Reads a stream a little at a time and counts the bytes by the uid that signed them."""
    peer = unix('stream')
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    peer.connect(path)
    signed = {}
    left = int(size)
    while left > 0:
        data, control, _, _ = peer.recvmsg(7000, 200)
        if not data:
            break
        left -= len(data)
        uids = [struct.unpack('3i', value)[1] for level, kind, value in control if kind == socket.SCM_CREDENTIALS]
        for uid in uids or ['nobody']:
            signed[str(uid)] = signed.get(str(uid), 0) + len(data)
        time.sleep(0.001)
    return {'signed': signed}


def sink(peer, size):
    left = size
    while left > 0:
        data = peer.recv(65536)
        if not data:
            break
        left -= len(data)
    return size - left


def reports(peer):
    """The transmit timestamps in an error queue: what each is about, in its order."""
    found = []
    poll = select.poll()
    # POLLERR, which is always asked for.
    poll.register(peer, 0)
    while poll.poll(500):
        _, control, _, _ = peer.recvmsg(0, 1000, MSG_ERRQUEUE)
        found += [struct.unpack('IBBBBII', value[:16])[5] for level, kind, value in control if (level, kind) == (socket.SOL_IP, 11)]
    return sorted(found)


def stamps(port, size):
    """Reads what the victim sends with a timestamp request; and the same between two sockets of its own, by one sendmsg."""
    listener = socket.create_server(('127.0.0.1', 0))
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
    sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, REPORT_SOFTWARE)
    if os.fork() == 0:
        sink(receiver, int(size))
        os._exit(0)
    sender.sendmsg([bytes(int(size))], [(socket.SOL_SOCKET, SO_TIMESTAMPING, struct.pack('I', TX_FLAGS))])
    os.wait()
    oracle = reports(sender)
    with socket.create_connection(('127.0.0.1', int(port))) as peer:
        got = sink(peer, int(size))
        # Until the victim has read its reports.
        peer.settimeout(8)
        peer.recv(1)
    return {'got': got, 'reports': oracle}


# ── Floods ───────────────────────────────────────────────────────────────────────────────────────────────────────────

def tiny(path, seconds, how):
    """Datagrams of one byte, as fast as they go: `unbound`, or `bound` and deaf to the replies."""
    peer = unix('datagram')
    if how == 'bound':
        peer.bind('')
    end = time.monotonic() + float(seconds)
    sent = 0
    while time.monotonic() < end:
        for _ in range(50):
            peer.sendto(b'x', path)
        sent += 50
    return {'sent': sent}


def signals(pid, count, number, path):
    """Signals to every thread of a process in turn, so that each interrupts what the thread waits in. Then a request."""
    libc = ctypes.CDLL(None, use_errno=True)
    SYS_tgkill = {'x86_64': 234, 'aarch64': 131}.get(os.uname().machine)
    if SYS_tgkill is None:
        return {'sent': 0, 'why': f'no number of tgkill for {os.uname().machine}'}
    sent = 0
    for i in range(int(count)):
        for thread in os.listdir(f'/proc/{pid}/task'):
            if libc.syscall(SYS_tgkill, int(pid), int(thread), int(number)) == 0:
                sent += 1
        time.sleep(0.0002)
    with unix('datagram') as peer:
        peer.bind('')
        peer.connect(path)
        try:
            ask(peer, b'still there?')
        except OSError as error:
            return {'sent': sent, 'why': str(error)}
    return {'sent': sent}


# ── Odd messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

def empties(path, count, seed):
    """Connections whose last packets are empty, and that close at some time while those are read."""
    chance = random.Random(int(seed))
    sent = []
    for i in range(int(count)):
        peer = unix('seqpacket', path)
        # Now the victim is about to read.
        peer.settimeout(25)
        peer.recv(1)
        trailing = chance.randrange(1, 4)
        peer.send(b'%d %d' % (i, trailing))
        if chance.random() < 0.5:
            time.sleep(chance.random() * 0.004)
        for _ in range(trailing):
            peer.send(b'')
            if chance.random() < 0.3:
                time.sleep(chance.random() * 0.003)
        peer.close()
        sent.append(trailing)
    return {'sent': sent}


def cut(unix_path, port):
    """Messages that are longer than the victim has room for."""
    for peer, address in ((unix('datagram'), unix_path), (socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ('127.0.0.1', int(port)))):
        for length in (50, 1000, 100, 101, 0, 30000):
            peer.sendto(bytes(length), address)
    return {}


def oob(port):
    """TCP: an urgent byte, and ordinary data a while later."""
    with socket.create_connection(('127.0.0.1', int(port))) as peer:
        for i in range(3):
            peer.send(b'%d' % i, socket.MSG_OOB)
            peer.settimeout(5)
            try:
                answer = peer.recv(1)
            except TimeoutError:
                return {'urgent': i, 'why': 'no answer to an urgent byte'}
            peer.send(b'plain')
            peer.recv(1)
        return {'urgent': 3}


def names(path, directory):
    """Asks under names of every sort, and reads each reply; asks under no name; asks and takes its name away."""
    odd = [
        b'\0\0\0in\0it\0', b'\0' + bytes(range(1, 32)), b'\0' + b'x' * 107, b'\0' + bytes([0x80, 0xff, 0xe2, 0x80, 0xae]), b'\0\x1b]0;title\x07\x1b[31m',
        (directory.encode() + b'/').ljust(108, b'y'), directory.encode() + b'/caf\xe9', directory.encode() + b'/\x1b[2J\n\r', directory.encode() + b'/ ', b'',
    ]
    silent = []
    for name in odd:
        with unix('datagram') as peer:
            bind(peer, name)
            peer.connect(path)
            try:
                if ask(peer, b'ping odd') != b'ping odd':
                    silent.append(repr(name))
            except OSError as error:
                silent.append(f'{name!r}: {error}')
    unbound = unix('datagram')
    unbound.connect(path)
    for i in range(50):
        unbound.send(b'from nobody')
        with unix('datagram') as peer:
            bind(peer, f'{directory}/gone {i}'.encode())
            peer.connect(path)
            peer.send(b'and gone')
        os.unlink(f'{directory}/gone {i}')
    return {'silent': silent, 'names': len(odd)}


def bind(peer, name):
    """bind(2) with these very bytes: python takes no path of 108."""
    if len(name) < 108 or name[:1] == b'\0':
        peer.bind(name)
        return
    address = struct.pack('H', socket.AF_UNIX) + name
    if ctypes.CDLL(None, use_errno=True).bind(peer.fileno(), address, len(address)) != 0:
        raise OSError(ctypes.get_errno(), 'bind')


def later(path, mine):
    """Sends when it is told to, and not before: each message names its turn."""
    peer = unix('datagram')
    peer.bind(mine)
    peer.connect(path)
    print('bound', flush=True)
    peer.settimeout(8)
    turns = 0
    try:
        while (request := peer.recv(100)) != b'end':
            peer.send(b'after ' + request)
            turns += 1
    except OSError:
        pass
    return {'turns': turns}


def drain(seconds):
    """A UDP socket that reads, so that what is sent to it never fails."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(('127.0.0.1', 0))
    print(peer.getsockname()[1], flush=True)
    peer.settimeout(float(seconds))
    got = 0
    try:
        while peer.recv(1000) != b'end':
            got += 1
    except TimeoutError:
        pass
    return {'got': got}


COMMANDS = [vanish, connections, hold, restart, silent, slow, stamps, tiny, descriptors, signals, linger, options, stranger, empties, zero, cut, oob, names, later, drain]
if __name__ == '__main__':
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    command = next(command for command in COMMANDS if command.__name__ == sys.argv[1])
    print(json.dumps(command(*sys.argv[2:])))
