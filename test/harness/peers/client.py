"""client.py KIND ADDRESS: the healthy client. It pings until SIGTERM, and twenty times more: the server must still be there.

KIND is udp, udp6, datagram, seqpacket or stream; ADDRESS a port or a path. Prints `served` after the first reply, and in the
end how many replies came, how many did not, and how long the slowest took."""

import json
import signal
import socket
import sys
import time

from common import TYPES

stopping = False


def stop(*_):
    global stopping
    stopping = True


def connect(kind, address):
    if kind in ('udp', 'udp6'):
        client = socket.socket(socket.AF_INET if kind == 'udp' else socket.AF_INET6, socket.SOCK_DGRAM)
        client.connect(('127.0.0.1' if kind == 'udp' else '::1', int(address)))
    else:
        client = socket.socket(socket.AF_UNIX, TYPES[kind])
        if kind == 'datagram':
            client.bind('')
        client.connect(address)
    client.settimeout(8)
    return client


def main():
    kind, address = sys.argv[1:]
    signal.signal(signal.SIGTERM, stop)
    client = connect(kind, address)
    count = replies = lost = after = 0
    slowest = 0.0
    problem = None
    while after < 20 and lost < 3 and problem is None:
        if stopping:
            after += 1
        request = b'ping %d' % count
        count += 1
        begin = time.monotonic()
        try:
            client.send(request)
            # A late reply to an earlier request was counted as lost.
            while client.recv(1000) != request:
                pass
            replies += 1
        except TimeoutError:
            lost += 1
        except OSError as error:
            problem = str(error)
        slowest = max(slowest, time.monotonic() - begin)
        if replies == 1:
            print('served', flush=True)
        time.sleep(0.002)
    print(json.dumps({'replies': replies, 'lost': lost, 'slowest': round(slowest * 1000), 'problem': problem}))


main()
