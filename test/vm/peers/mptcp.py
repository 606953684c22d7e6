"""TCP and MPTCP connections."""
import socket

IPPROTO_MPTCP = 262

server = None
connection = None


def listen(protocol):
    global server
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server.getsockname()[1]


def accept():
    global connection
    connection, _ = server.accept()
    connection.settimeout(20)


def send(data, flags=0):
    return connection.send(data.encode("latin1"), flags)


def receive():
    return connection.recv(65536).decode("latin1")


def close():
    connection.close()
