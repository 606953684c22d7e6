# Peers of a datagram server that do it no favour: hostile.py SERVER DIRECTORY. Ends when all of them have done their work,
# but for the silent one, which goes on not reading until its standard input ends.
import os, socket, sys, time

server, directory = sys.argv[1:]

def peer(name=None):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if name: s.bind(os.path.join(directory, name))
    return s

# Without an address.
for _ in range(20): peer().sendto(b'unbound', server)

# Gone by the time of the answer, with and without a socket file left.
for i in range(20):
    s = peer(f'gone{i}')
    s.sendto(b'gone', server)
    s.close()
    if i % 2: os.unlink(os.path.join(directory, f'gone{i}'))

# Never reads, and has a full queue by now.
silent = peer('silent')
for _ in range(200): silent.sendto(b'silent', server)

# Escape sequences in the name, which is in the error message.
s = peer('odd\x1b]0;owned\x07\x1b[2J\x9b31m')
s.sendto(b'odd', server)
s.close()

print('hostile', flush=True)
sys.stdin.read()
