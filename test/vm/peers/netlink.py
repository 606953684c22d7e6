"""AF_NETLINK: who sent a message, as the kernel tells."""
import ctypes
import os
import socket
import struct
import sys

SCM_CREDENTIALS = 2
NETLINK_USERSOCK = 2
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000

sock = None


def kernel():
    """The credentials of the kernel's answer to RTM_GETLINK."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as route:
        route.settimeout(20)
        route.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        route.send(struct.pack("=IHHIIB3x", 20, 18, 0x301, 1, 0, 0))
        _, control, _, _ = route.recvmsg(65536, 256)
        return [list(struct.unpack("iII", payload)) for level, kind, payload in control if (level, kind) == (socket.SOL_SOCKET, SCM_CREDENTIALS)][0]


def send(data, port):
    global sock
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_USERSOCK)
    sock.bind((0, 0))
    sock.sendto(data.encode("latin1"), (port, 0))
    return sock.getsockname()[0]


if __name__ == "__main__":
    # Run a program in a user namespace that has no ids mapped, and in a network namespace.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    os.execv(sys.argv[1], sys.argv[1:])
