"""Sends messages with sendmsg one at a time."""
import socket

from peer import INDEX, Meter, Task, wait_for_go

task = Task()
meter = Meter(task)
fd = socket.socket(fileno=int(task.socket))
packet = bytearray(task.size)
wait_for_go()
while meter.done < meter.total:
    INDEX.pack_into(packet, 0, meter.done)
    fd.sendmsg([packet])
    meter.add()
meter.print()
