"""AF_RXRPC, whose addresses python does not know: they go through ctypes. Calls have numbers, which each end gives its own."""
import ctypes
import select
import socket
import struct

AF_RXRPC, SOL_RXRPC = 33, 272
RXRPC_USER_CALL_ID, RXRPC_ABORT, RXRPC_ACK, RXRPC_CHARGE_ACCEPT = 1, 2, 3, 14
MSG_EOR = 0x80

libc = ctypes.CDLL(None, use_errno=True)
sock = None


def address(service, port):
    """struct sockaddr_rxrpc, with a struct sockaddr_in"""
    transport = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton("127.0.0.1")
    return struct.pack("=HHHH", AF_RXRPC, service, socket.SOCK_DGRAM, 16) + transport.ljust(28, b"\0")


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "of libc")
    return result


def opened():
    global sock
    sock = socket.socket(AF_RXRPC, socket.SOCK_DGRAM, socket.AF_INET)
    sock.settimeout(20)


def serve(service, port, call):
    """Listen, and be ready for one call, of this number."""
    opened()
    name = address(service, port)
    checked(libc.bind(sock.fileno(), name, len(name)))
    sock.listen(5)
    sock.sendmsg([], [(SOL_RXRPC, RXRPC_CHARGE_ACCEPT, b""), (SOL_RXRPC, RXRPC_USER_CALL_ID, struct.pack("L", call))])


def connect(service, port):
    opened()
    name = address(service, port)
    checked(libc.connect(sock.fileno(), name, len(name)))


def send(data, call):
    return sock.sendmsg([data.encode("latin1")], [(SOL_RXRPC, RXRPC_USER_CALL_ID, struct.pack("L", call))])


def abort(call, code):
    sock.sendmsg([], [(SOL_RXRPC, RXRPC_USER_CALL_ID, struct.pack("L", call)), (SOL_RXRPC, RXRPC_ABORT, struct.pack("I", code))])


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Header(ctypes.Structure):
    """struct msghdr"""
    _fields_ = [
        ("name", ctypes.c_void_p), ("name_length", ctypes.c_uint), ("vectors", ctypes.POINTER(Vector)), ("count", ctypes.c_size_t),
        ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_int),
    ]


def recvmsg():
    """As the method of a socket, which refuses this family: bytes, control messages, flags."""
    data, control = ctypes.create_string_buffer(65536), ctypes.create_string_buffer(512)
    vector = Vector(ctypes.addressof(data), len(data))
    header = Header(None, 0, ctypes.pointer(vector), 1, ctypes.addressof(control), len(control), 0)
    if not select.select([sock], [], [], 20)[0]:
        raise TimeoutError("nothing came")
    length = checked(libc.recvmsg(sock.fileno(), ctypes.byref(header), 0))
    messages, at = [], 0
    while at + 16 <= header.control_length:
        size, level, kind = struct.unpack_from("Lii", control, at)
        messages.append((level, kind, control.raw[at + 16:at + size]))
        at += (size + 7) & ~7
    return data.raw[:length], messages, header.flags


def receive():
    """The next message: its bytes, the number of its call, whether it is the last, and what became of the call."""
    data, control, flags = recvmsg()
    parts = {kind: payload for level, kind, payload in control if level == SOL_RXRPC}
    call = struct.unpack("L", parts[RXRPC_USER_CALL_ID])[0]
    abort_code = struct.unpack("I", parts[RXRPC_ABORT])[0] if RXRPC_ABORT in parts else None
    return {"data": data.decode("latin1"), "call": call, "last": bool(flags & MSG_EOR), "abort": abort_code, "acknowledged": RXRPC_ACK in parts}
