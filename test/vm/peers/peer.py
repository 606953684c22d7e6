"""Serves the program that started this: peer.py MODULE PATH. Whoever connects to the path has a process of its own there,
and calls functions of the module in it, by a line of JSON each way. Python takes seconds to start under emulation, a fork
does not.
"""
import importlib
import json
import os
import signal
import socket
import sys
import traceback


def serve(module, lines):
    print(json.dumps({"pid": os.getpid()}), file=lines, flush=True)
    for line in lines:
        name, arguments = json.loads(line)
        try:
            answer = {"value": getattr(module, name)(*arguments)}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=lines, flush=True)


def main(name, path):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    module = importlib.import_module(name)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            serve(module, connection.makefile("rw"))
            os._exit(0)
        connection.close()


main(*sys.argv[1:])
