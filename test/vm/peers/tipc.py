"""AF_TIPC within one node: services by type and instance, sockets by reference and node."""
import socket
import struct
import threading

SOL_TIPC = 271
TIPC_ERRINFO, TIPC_RETDATA, TIPC_DESTNAME = 1, 2, 3

sock = None
connection = None


def described(message):
    """Bytes and control messages of a message, as far as they tell of its fate."""
    data, control, _, _ = message
    parts = {"data": data.decode("latin1")}
    for level, kind, payload in control:
        if level == SOL_TIPC and kind == TIPC_ERRINFO:
            parts["error"], parts["length"] = struct.unpack("II", payload)
        if level == SOL_TIPC and kind == TIPC_RETDATA:
            parts["returned"] = payload.decode("latin1")
        if level == SOL_TIPC and kind == TIPC_DESTNAME:
            parts["name"] = list(struct.unpack("III", payload))
    return parts


def bind(kind, service, instance):
    global sock
    sock = socket.socket(socket.AF_TIPC, getattr(socket, kind))
    sock.settimeout(20)
    sock.bind((socket.TIPC_ADDR_NAMESEQ, service, instance, instance, socket.TIPC_NODE_SCOPE))


def listen(kind, service, instance):
    bind(kind, service, instance)
    sock.listen(5)


def accept():
    global connection
    connection, _ = sock.accept()
    connection.settimeout(20)


def connect(kind, service, instance):
    global connection
    connection = socket.socket(socket.AF_TIPC, getattr(socket, kind))
    connection.settimeout(20)
    connection.connect((socket.TIPC_ADDR_NAME, service, instance, 0, socket.TIPC_NODE_SCOPE))


def open_socket(kind):
    global sock
    sock = socket.socket(socket.AF_TIPC, getattr(socket, kind))
    sock.settimeout(20)


def send_to(data, service, instance):
    return sock.sendto(data.encode("latin1"), (socket.TIPC_ADDR_NAME, service, instance, 0, socket.TIPC_NODE_SCOPE))


def answer(data):
    """Answer the next message, and tell of it."""
    message = sock.recvmsg(66000, 1024)
    sock.sendto(data.encode("latin1"), message[3])
    return described(message)


def receive():
    return described(sock.recvmsg(66000, 1024))


def receive_on_connection():
    return described(connection.recvmsg(66000, 1024))


def send(data):
    return connection.send(data.encode("latin1"))


def close():
    (connection or sock).close()


def returned(kind, service):
    """Two messages as python3 sees them: of a peer that closes, and the one that it left unread. Without names."""
    listen(kind, service, 1)
    client = socket.socket(socket.AF_TIPC, getattr(socket, kind))
    client.settimeout(20)
    accepting = threading.Thread(target=accept)
    accepting.start()
    client.connect((socket.TIPC_ADDR_NAME, service, 1, 0, socket.TIPC_NODE_SCOPE))
    accepting.join()
    client.send(b"unread")
    send("to be read")
    connection.close()
    seen = [described(client.recvmsg(66000, 1024)) for _ in range(2)]
    for parts in seen:
        parts.pop("name", None)
    return seen
