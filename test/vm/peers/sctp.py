"""SCTP, one-to-one: its messages, with the stream and the protocol of each."""
import socket
import struct

IPPROTO_SCTP = 132
SCTP_INIT, SCTP_SNDRCV, SCTP_SNDINFO, SCTP_RCVINFO = 0, 1, 2, 3
SCTP_NODELAY, SCTP_STATUS, SCTP_RECVRCVINFO = 3, 14, 32
MSG_EOR = 0x80
sndinfo = struct.Struct("HHIIi")
rcvinfo = struct.Struct("HHHxxIIIIi")

server = None
connection = None


def listen():
    global server
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SCTP)
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server.getsockname()[1]


def prepared(new):
    global connection
    connection = new
    connection.settimeout(20)
    connection.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1)
    connection.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1)


def accept():
    prepared(server.accept()[0])


def connect(port):
    new = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SCTP)
    new.connect(("127.0.0.1", port))
    prepared(new)
    return new.getsockname()[1]


def send(data, stream, protocol):
    return connection.sendmsg([data.encode("latin1")], [(IPPROTO_SCTP, SCTP_SNDINFO, sndinfo.pack(stream, 0, protocol, 0, 0))])


def receive():
    """A whole message: its bytes, its stream and its protocol. Empty at the end."""
    parts = []
    while True:
        data, control, flags, _ = connection.recvmsg(1 << 20, 256)
        parts.append(data)
        if flags & MSG_EOR or data == b"":
            break
    infos = [rcvinfo.unpack(payload) for level, kind, payload in control if (level, kind) == (IPPROTO_SCTP, SCTP_RCVINFO)]
    return [b"".join(parts).decode("latin1"), infos[0][0] if infos else None, infos[0][3] if infos else None]


def receive_lengths(total):
    """The lengths and the streams of messages, until there are so many bytes."""
    messages = []
    while sum(length for length, _ in messages) < total:
        data, stream, _ = receive()
        messages.append([len(data), stream])
        if data == "":
            break
    return messages


def streams():
    """How many streams the association has in each direction: struct sctp_status."""
    status = struct.unpack_from("iIIHHHH", connection.getsockopt(IPPROTO_SCTP, SCTP_STATUS, 256))
    return [status[5], status[6]]


def close():
    connection.close()
