"""sender.py NAME [--type datagram|seqpacket|stream] [--end] [--comm NAME]: sends `hello` to the abstract NAME, prints
`sent`, and lives on until it is told to end, unless it is to end at once."""

import argparse
import signal
import socket

parser = argparse.ArgumentParser()
parser.add_argument('name')
parser.add_argument('--type', default='datagram')
parser.add_argument('--end', action='store_true')
parser.add_argument('--comm')
options = parser.parse_args()

if options.comm is not None:
    with open('/proc/self/comm', 'w') as comm:
        comm.write(options.comm)
kinds = {'datagram': socket.SOCK_DGRAM, 'seqpacket': socket.SOCK_SEQPACKET, 'stream': socket.SOCK_STREAM}
sender = socket.socket(socket.AF_UNIX, kinds[options.type])
sender.connect('\0' + options.name)
sender.send(b'hello')
print('sent', flush=True)
if not options.end:
    signal.pause()
