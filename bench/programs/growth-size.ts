/**
 * Time a message, sent and received, from a byte to the largest datagram the socket takes as it is: with a MessageSocket,
 * and read in place.
 */
import { MessageSocket, SystemError } from 'cmsg'
import { MessageBatch, close, constants, sendmsg, socketpair } from 'cmsg/libc'
import { cpuTime, printPoint } from './growth-point.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_CLOEXEC, MSG_DONTWAIT } = constants

function takes(fd: number, other: number, size: number): boolean {
  try {
    sendmsg(fd, { buffers: [Buffer.alloc(size)] }, MSG_DONTWAIT)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EMSGSIZE') return false
    throw error
  }
  new MessageBatch({ count: 1, size: 0, nameSize: 0 }).receiveOne(other)
  return true
}

function largest(fd: number, other: number): number {
  let [yes, no] = [1, 1 << 28]
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2)
    if (takes(fd, other, middle)) yes = middle
    else no = middle
  }
  return yes
}

function measure(series: string | undefined, size: number, exchange: () => number | undefined): void {
  // As many as take about as long, and at least some.
  const messages = Math.max(500, Math.min(10_000, Math.round(5e7 / size)))
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) if (exchange() !== size) throw new Error(`not a message of ${size} bytes`)
  }
  run(messages)
  const start = cpuTime()
  run(messages)
  if (series !== undefined) printPoint(series, size, (cpuTime() - start) / messages)
}

const [sender, receiver] = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC)

async function withSocket(series: string | undefined, size: number): Promise<void> {
  const data = Buffer.alloc(size)
  const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize: size })
  measure(series, size, () => {
    a.sendNow(data)
    return b.receiveNow()?.data.length
  })
  await a.close()
  await b.close()
}

function inPlace(series: string | undefined, size: number): void {
  const batch = new MessageBatch({ count: 1, size, nameSize: 0 })
  const message = { buffers: [Buffer.alloc(size)] }
  measure(series, size, () => {
    sendmsg(sender, message)
    return batch.receiveOne(receiver)
  })
}

const sizes = [1, 64, 1024, 4096, 16384, 65536, largest(sender, receiver)]
// For the compiler.
await withSocket(undefined, 64)
inPlace(undefined, 64)
for (const size of sizes) await withSocket('MessageSocket', size)
for (const size of sizes) inPlace('read in place', size)
close(sender)
close(receiver)
