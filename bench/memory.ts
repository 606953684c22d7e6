/**
 * Ten million raw calls leave memory as it was.
 *
 *   npx tsx bench/memory.ts [CALLS]
 *
 * Messages with credentials there and back, control messages stated by the sender, polls, options, and calls that fail:
 * every way through native code. Prints the resident set at each tenth. Exits with 1 if it grows by more than 4 MiB over the
 * last half: of ten million calls that is less than a byte each, where the smallest thing that can be lost takes sixteen.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  CMSG_SPACE, SystemError, close, constants, credentials, encodeControl, getsockopt, poll, recvmmsg, recvmsg, sendmmsg, sendmsg, setsockopt,
  socketpair, structs,
} from 'cmsg/libc'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, MSG_DONTWAIT } = constants
const BOUND = 4 * 2 ** 20

const total = Number(process.argv[2] ?? 10_000_000)
if (!Number.isSafeInteger(total) || total < 1000) throw new Error(`usage: memory [CALLS], at least 1000`)

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
const data = Buffer.from('thirty-six bytes, with credentials.\0')
const control = encodeControl([credentials({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })])
const controlSize = CMSG_SPACE(structs.ucred.size)
const large = Buffer.alloc(70_000, 'x') // not copied: the kernel is given its address

/** A call that fails, as it should. */
function fails(call: () => unknown, code: string): void {
  try {
    call()
  } catch (error) {
    if (error instanceof SystemError && error.code === code) return
    throw error
  }
  throw new Error(`expected ${code}`)
}

const expectData = ({ data: received, control }: { data: Buffer; control: Buffer }): void => {
  if (received.length !== data.length || control.length === 0) throw new Error('received something else')
}

/** Twenty calls. */
function round(): void {
  for (let i = 0; i < 4; i++) {
    sendmsg(a, { buffers: [data] })
    expectData(recvmsg(b, { size: 64, controlSize }))
  }
  sendmsg(a, { buffers: [data.subarray(0, 10), data.subarray(10)], control })
  expectData(recvmsg(b, { size: 64, controlSize }))
  if (sendmmsg(a, [{ buffers: [data] }, { buffers: [data], control }]) !== 2) throw new Error('sent fewer')
  recvmmsg(b, { count: 2, size: 64, controlSize }, MSG_DONTWAIT).forEach(expectData)
  sendmsg(a, { buffers: [large] })
  if (recvmsg(b, { size: large.length }).length !== large.length) throw new Error('received something else')
  poll([{ fd: a }, { fd: b }], 0)
  if (getsockopt(b, SOL_SOCKET, SO_PASSCRED) !== 1) throw new Error('SO_PASSCRED is off')
  fails(() => recvmsg(b, {}, MSG_DONTWAIT), 'EAGAIN')
  fails(() => sendmsg(1_000_000, { buffers: [data] }), 'EBADF')
  fails(() => close(1_000_000), 'EBADF')
  fails(() => setsockopt(a, SOL_SOCKET, -1, 1), 'ENOPROTOOPT')
}
const callsOfRound = 20

const started = performance.now()
const sizes: number[] = []
for (let tenth = 0, done = 0; tenth <= 10; tenth++) {
  for (const until = (total * tenth) / 10; done < until; done += callsOfRound) round()
  // Finalizers run on a later turn of the loop.
  await new Promise(setImmediate)
  gc()
  await new Promise(setImmediate)
  gc()
  sizes.push(process.memoryUsage.rss())
  const seconds = (performance.now() - started) / 1000
  console.log(`${String(tenth * 10).padStart(3)} %  ${String(done).padStart(9)} calls  ${(sizes.at(-1)! / 2 ** 20).toFixed(1)} MiB  ${seconds.toFixed(0)} s`)
}
close(a)
close(b)

const growth = Math.max(...sizes.slice(5)) - sizes[5]!
console.log(`grew by ${(growth / 2 ** 20).toFixed(2)} MiB over the last half, ${(growth / (total / 2)).toFixed(3)} bytes a call; ${BOUND / 2 ** 20} MiB are allowed`)
process.exitCode = growth > BOUND ? 1 : 0
