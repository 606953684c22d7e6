"""The server: receives a packet, checks it, answers its sender with ACK."""
from peer import ACK, Meter, Task, check, print_ready, receiver

task = Task()
meter = Meter(task)
fd = receiver(task)
print_ready()
while meter.done < meter.total:
    data, control, flags, address = fd.recvmsg(task.size, task.control_size)
    check(task, data, len(data), control, flags, meter.done)
    fd.sendmsg([ACK], [], 0, address)
    meter.add()
meter.print()
