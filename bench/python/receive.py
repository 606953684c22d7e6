"""Receives messages with recvmsg one at a time, a large one into a buffer made once, and checks each."""
from peer import Meter, Task, check, print_ready, receiver

task = Task()
meter = Meter(task)
fd = receiver(task)
large = bytearray(task.size) if task.size > 36 else None
print_ready()
while meter.done < meter.total:
    if large is None:
        data, control, flags, _ = fd.recvmsg(task.size, task.control_size)
        length = len(data)
    else:
        data = large
        length, control, flags, _ = fd.recvmsg_into([large], task.control_size)
    check(task, data, length, control, flags, meter.done)
    meter.add()
meter.print()
