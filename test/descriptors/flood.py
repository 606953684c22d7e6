"""flood.py DIRECTORY SEED COUNT: throws COUNT messages at the sockets `datagram`, `seqpacket` and `stream` in DIRECTORY.

Each carries 0 to 253 descriptors of all sorts, and data of any length. Its receivers come and go: what is refused is sent
again. Prints how far it is, and in the end how many messages and descriptors the kernel took."""

import errno
import os
import random
import socket
import sys
import time

TYPES = {'datagram': socket.SOCK_DGRAM, 'seqpacket': socket.SOCK_SEQPACKET, 'stream': socket.SOCK_STREAM}
# Nobody is there, at the moment; or more is under way than we may have.
PASSING = {errno.ENOENT, errno.ECONNREFUSED, errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.ETOOMANYREFS, errno.EAGAIN}


def main():
    directory, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    pair = socket.socketpair()
    sources = [pair[0].fileno(), os.memfd_create('flood'), os.open('/etc/passwd', os.O_RDONLY), *os.pipe(), os.pidfd_open(os.getpid())]
    sockets = {}
    messages = descriptors = 0
    while messages < count:
        kind = chance.choice(list(TYPES))
        number = how_many(chance)
        data = bytes(chance.choice((1, 50) if kind == 'stream' else (0, 1, 50, 3000)))
        try:
            if kind not in sockets:
                sockets[kind] = socket.socket(socket.AF_UNIX, TYPES[kind])
                sockets[kind].settimeout(0.2)
                sockets[kind].connect(f'{directory}/{kind}')
            socket.send_fds(sockets[kind], [data], chance.choices(sources, k=number))
            messages += 1
            descriptors += number
            if messages % 1000 == 0:
                print('at', messages, flush=True)
        except OSError as error:
            # A timeout: the receiver waits for another connection first.
            if error.errno not in PASSING and not isinstance(error, TimeoutError):
                raise
            sockets.pop(kind).close()
            time.sleep(0.0005)
            continue
        if chance.random() < 0.005:
            sockets.pop(kind).close()
    print('sent', messages, descriptors)


def how_many(chance):
    """Mostly none or few, now and then as many as go."""
    dice = chance.random()
    if dice < 0.4:
        return 0
    if dice < 0.9:
        return chance.randint(1, 4)
    return chance.randint(0, 40 if dice < 0.98 else 253)


main()
