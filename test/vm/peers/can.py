"""CAN on vcan0: raw frames, and J1939."""
import select
import socket
import struct

SOL_CAN_J1939 = 107
SCM_J1939_DEST_ADDR, SCM_J1939_PRIO = 1, 3
frame = struct.Struct("IB3x8s")

sock = None


def raw():
    global sock
    sock = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    sock.settimeout(20)
    sock.bind(("vcan0",))


def send_frame(identifier, data):
    return sock.send(frame.pack(identifier, len(data), data.encode("latin1")))


def receive_frame():
    identifier, length, data = frame.unpack(sock.recv(16))
    return [identifier, data[:length].decode("latin1")]


def j1939(address):
    global sock
    sock = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_J1939)
    sock.settimeout(20)
    sock.bind(("vcan0", socket.J1939_NO_NAME, socket.J1939_NO_PGN, address))


def send(data, priority, group, address):
    sock.setsockopt(SOL_CAN_J1939, socket.SO_J1939_SEND_PRIO, priority)
    return sock.sendto(data.encode("latin1"), ("vcan0", socket.J1939_NO_NAME, group, address))


def receive():
    """Bytes, where it went, its priority, and the group and the address that it came from."""
    data, control, _, (_, _, group, source) = sock.recvmsg(4096, 256)
    bytes_of = {kind: payload for level, kind, payload in control if level == SOL_CAN_J1939}
    return [data.decode("latin1"), bytes_of[SCM_J1939_DEST_ADDR][0], bytes_of[SCM_J1939_PRIO][0], group, source]


def reports(text, address):
    """Send a message, and read the error queue until the message has been acknowledged whole: what it tells, in order."""
    SO_TIMESTAMPING, SCM_TIMESTAMPING_OPT_STATS, MSG_ERRQUEUE, SCM_J1939_ERRQUEUE = 37, 54, 0x2000, 4
    sock.setsockopt(SOL_CAN_J1939, socket.SO_J1939_ERRQUEUE, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, 16 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12)
    sock.sendto(text.encode("latin1"), ("vcan0", socket.J1939_NO_NAME, 0x12300, address))
    told = []
    while not told or told[-1][1] != len(text):
        select.select([], [], [sock], 0.1)
        try:
            _, control, _, _ = sock.recvmsg(4096, 512, MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except BlockingIOError:
            continue
        parts = {(level, kind): payload for level, kind, payload in control}
        error = struct.unpack("IBBBxII", parts[SOL_CAN_J1939, SCM_J1939_ERRQUEUE])
        acknowledged = struct.unpack_from("I", parts[socket.SOL_SOCKET, SCM_TIMESTAMPING_OPT_STATS], 4)[0]
        told.append([error[4], acknowledged])
    return told
