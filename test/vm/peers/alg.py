"""AF_ALG: the kernel's ciphers and hashes. Bytes are latin-1 text on their way."""
import socket


def operation(kind, name, key):
    algorithm = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
    algorithm.bind((kind, name))
    if key is not None:
        algorithm.setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, key.encode("latin1"))
    # For hashes: python gives accept4 no room for a name.
    return algorithm.accept()[0]


def give(path, kind, name, key=None):
    """Pass a socket on which to work to whoever is bound to a path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as courier, operation(kind, name, key) as socket_of_kernel:
        courier.connect(path)
        socket.send_fds(courier, [b"a socket"], [socket_of_kernel.fileno()])


def digest(name, text):
    with operation("hash", name, None) as hashing:
        hashing.sendall(text.encode("latin1"))
        return hashing.recv(512).decode("latin1")


def cipher(name, key, encrypt, iv, text):
    with operation("skcipher", name, key) as ciphering:
        ciphering.sendmsg_afalg([text.encode("latin1")], op=socket.ALG_OP_ENCRYPT if encrypt else socket.ALG_OP_DECRYPT, iv=iv.encode("latin1"))
        return ciphering.recv(len(text)).decode("latin1")
