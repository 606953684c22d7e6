"""An agent for metrics: prints each datagram that comes to a path, a line for each line of it."""
import os
import socket
import sys

path = sys.argv[1]
if os.path.exists(path):
    os.unlink(path)
agent = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
agent.bind(path)
print("ready", flush=True)
while True:
    data = agent.recv(65536)
    for line in data.decode().splitlines():
        print(line, len(data), flush=True)
