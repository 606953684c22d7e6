"""Passes the program's end of a new terminal, types a line into it, and prints what is shown there."""
import fcntl
import os
import pty
import socket
import struct
import sys
import termios

ours, theirs = pty.openpty()
fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 123, 0, 0))
settings = termios.tcgetattr(theirs)
settings[3] &= ~termios.ECHO
termios.tcsetattr(theirs, termios.TCSANOW, settings)
peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
peer.connect(sys.argv[1])
socket.send_fds(peer, [b"terminal"], [theirs, theirs])
os.write(ours, b"typed\n")
print(os.read(ours, 100).decode(), flush=True)
