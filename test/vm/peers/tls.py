"""TCP with the kernel's TLS. Bytes are latin-1 text on their way."""
import socket
import struct

SOL_TLS, TLS_TX, TLS_RX = 282, 1, 2
TLS_SET_RECORD_TYPE, TLS_GET_RECORD_TYPE = 1, 2
TCP_ULP = 31

server = None
connection = None


def listen():
    global server
    server = socket.create_server(("127.0.0.1", 0))
    return server.getsockname()[1]


def accept(info=None):
    """The next connection; with the kernel's TLS, if there is a struct tls12_crypto_info_aes_gcm_128."""
    global connection
    connection, _ = server.accept()
    connection.settimeout(20)
    if info is not None:
        connection.setsockopt(socket.SOL_TCP, TCP_ULP, b"tls")
        for direction in (TLS_TX, TLS_RX):
            connection.setsockopt(SOL_TLS, direction, info.encode("latin1"))


def send(data, record_type=None):
    control = [] if record_type is None else [(SOL_TLS, TLS_SET_RECORD_TYPE, bytes([record_type]))]
    return connection.sendmsg([data.encode("latin1")], control)


def receive(size):
    data, control, _, _ = connection.recvmsg(size, 256)
    return [data.decode("latin1"), [payload[0] for level, kind, payload in control if (level, kind) == (SOL_TLS, TLS_GET_RECORD_TYPE)]]


def receive_all(size):
    """How many bytes came of each type of record, until there are so many in all."""
    counts = {}
    while sum(counts.values()) < size:
        data, types = receive(65536)
        if data == "":
            break
        counts[types[0]] = counts.get(types[0], 0) + len(data)
    return counts


def close():
    connection.close()
