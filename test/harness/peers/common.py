"""What the hostile peers share."""

import socket

TYPES = {'datagram': socket.SOCK_DGRAM, 'seqpacket': socket.SOCK_SEQPACKET, 'stream': socket.SOCK_STREAM}


def unix(kind, path=None):
    peer = socket.socket(socket.AF_UNIX, TYPES[kind])
    if path is not None:
        peer.connect(path)
    return peer


def ask(peer, request):
    """A request that is answered: what was sent before it has been read."""
    peer.settimeout(8)
    peer.send(request)
    return peer.recv(1000)
