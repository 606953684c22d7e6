"""AF_VSOCK within one machine."""
import socket

server = None
connection = None


def listen(kind, port):
    global server
    server = socket.socket(socket.AF_VSOCK, getattr(socket, kind))
    server.bind((socket.VMADDR_CID_ANY, port))
    server.listen()


def accept():
    global connection
    connection, _ = server.accept()
    connection.settimeout(20)


def connect(kind, port):
    global connection
    connection = socket.socket(socket.AF_VSOCK, getattr(socket, kind))
    connection.settimeout(20)
    connection.connect((1, port))


def send(data):
    return connection.send(data.encode("latin1"))


def receive():
    return connection.recv(1 << 20).decode("latin1")


def port():
    return connection.getpeername()[1]


def close():
    connection.close()
