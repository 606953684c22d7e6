"""RDS: datagrams that arrive, between sockets bound to addresses of IPv4."""
import socket

sock = None


def bind(address="127.0.0.1"):
    global sock
    sock = socket.socket(socket.AF_RDS, socket.SOCK_SEQPACKET, 0)
    sock.settimeout(20)
    for port in range(20000, 30000):
        try:
            sock.bind((address, port))
            return port
        except OSError:
            continue


def send(data, address, port):
    return sock.sendto(data.encode("latin1"), (address, port))


def receive():
    data, _, _, (address, port) = sock.recvmsg(65536, 256)
    return [data.decode("latin1"), address, port]
