"""What the python peers of the benchmark share: the command line, the check of every message, the meter."""
import array
import json
import os
import resource
import socket
import struct
import sys
import time

INDEX = struct.Struct('i')
UCRED = struct.Struct('iII')
ACK = b'ACK'


class Task:
    def __init__(self):
        words = dict(word.split('=', 1) for word in sys.argv[1:])
        number = lambda name, otherwise: int(words.get(name, otherwise))
        self.socket = words['socket']
        self.count, self.warmup, self.sender = number('count', 0), number('warmup', 0), number('from', 0)
        self.size, self.rights, self.plain = number('size', 36), number('rights', 0), number('plain', 0)
        self.control_size = (0 if self.plain else socket.CMSG_SPACE(UCRED.size)) + (socket.CMSG_SPACE(4 * self.rights) if self.rights else 0)


def receiver(task):
    """The socket to receive from: inherited, or bound here."""
    if '/' in task.socket:
        fd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if os.path.exists(task.socket):
            os.unlink(task.socket)
        fd.bind(task.socket)
    else:
        fd = socket.socket(fileno=int(task.socket))
    if not task.plain:
        fd.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return fd


def print_ready():
    print('ready', flush=True)


def wait_for_go():
    print_ready()
    sys.stdin.readline()


def check(task, data, length, control, flags, index):
    """Whole, in sequence, from the process it should be from, with its descriptors, which are closed."""
    if length != task.size or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        sys.exit(f'message {index}: of the wrong size, or cut off')
    if INDEX.unpack_from(data)[0] != index or (length > 36 and INDEX.unpack_from(data, length - 4)[0] != index):
        sys.exit(f'message {index}: out of sequence')
    pid, descriptors = -1, 0
    for level, kind, payload in control:
        if level != socket.SOL_SOCKET:
            continue
        if kind == socket.SCM_CREDENTIALS:
            pid = UCRED.unpack(payload)[0]
        elif kind == socket.SCM_RIGHTS:
            fds = array.array('i')
            fds.frombytes(payload)
            descriptors = len(fds)
            for fd in fds:
                os.close(fd)
    if not task.plain and pid != task.sender:
        sys.exit(f'message {index}: from another process')
    if descriptors != task.rights:
        sys.exit(f'message {index}: without its descriptors')


class Meter:
    """Counts messages. The clocks start when the warm-up is over."""

    def __init__(self, task):
        self.total, self.warmup, self.done = task.warmup + task.count, task.warmup, 0
        self.wall = self.cpu = 0

    def add(self):
        self.done += 1
        if self.done == self.warmup:
            self.cpu, self.wall = cpu_ns(), time.monotonic_ns()

    def print(self):
        wall, cpu = time.monotonic_ns() - self.wall, cpu_ns() - self.cpu
        print(json.dumps({'messages': self.done - self.warmup, 'wall': wall, 'cpu': cpu}), flush=True)


def cpu_ns():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return round((usage.ru_utime + usage.ru_stime) * 1e9)
