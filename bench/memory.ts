/**
 * Ten million messages, and ten million raw calls, leave memory as it was.
 *
 *   npm run bench:memory -- [--messages N] [--calls N]
 *
 * Messages: there and back through two MessageSockets, in batches, looked at, some with descriptors, the sockets closed and
 * made anew now and then. Calls: every way through native code: messages, control messages stated by the sender, polls,
 * options, and calls that fail. A warm-up comes first, as long in a short run: what is compiled and allotted once is not
 * growth. Then memory is read at each twentieth, after two collections: what JavaScript holds, and what the process holds beside
 * the engine's heap, whose own size goes up and down in steps of 16 MiB. What is compared is the least of the third quarter
 * and the least of the last, since what else happens in a process only adds to it for a while.
 *
 * Exits with 1 if either has grown by more than 4 MiB. Of ten million that is less than a byte each, where the smallest thing
 * that can be lost takes sixteen; what a shorter run would have overlooked it says.
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MessageSocket, credentials, rights } from 'cmsg'
import {
  CMSG_SPACE, SystemError, close, constants, encodeControl, getsockopt, poll, recvmmsg, recvmsg, sendmmsg, sendmsg, setsockopt, socketpair,
  structs,
} from 'cmsg/libc'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, MSG_DONTWAIT } = constants
const MiB = 2 ** 20
const BOUND = 4 * MiB
const WARM_UP = 500_000
const SAMPLES = 20

const { values: options } = parseArgs({
  options: { messages: { type: 'string', default: '10000000' }, calls: { type: 'string', default: '10000000' } },
})
const [messages, calls] = [Number(options.messages), Number(options.calls)]
for (const n of [messages, calls]) {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError('--messages and --calls: expected integers from 0')
}

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

interface Held {
  /** Reachable from JavaScript: objects, and the memory of buffers. */
  readonly objects: number
  /** Resident, but for the engine's heap. */
  readonly native: number
}

async function held(): Promise<Held> {
  for (let i = 0; i < 2; i++) {
    gc()
    // Finalizers run on a later turn of the loop.
    await new Promise(setImmediate)
  }
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
  return { objects: heapUsed + external, native: rss - heapTotal }
}

/** `round` does some, and says how many. Whether memory is as it was. */
async function isFlat(what: string, total: number, round: () => number | Promise<number>): Promise<boolean> {
  for (let done = 0; done < WARM_UP;) done += await round()
  const started = performance.now()
  const sizes: Held[] = []
  for (let sample = 1, done = 0; sample <= SAMPLES; sample++) {
    for (const until = total * sample / SAMPLES; done < until;) done += await round()
    const now = await held()
    sizes.push(now)
    const seconds = (performance.now() - started) / 1000
    const progress = `${String(sample * 100 / SAMPLES).padStart(3)} %  ${String(done).padStart(8)}`
    const sizeNow = `${(now.objects / MiB).toFixed(1)} + ${(now.native / MiB).toFixed(1)} MiB`
    console.log(`${what}: ${progress}  ${sizeNow}  ${seconds.toFixed(0)} s`)
  }
  const grew = (part: keyof Held): number => {
    const least = (from: number, to: number): number => Math.min(...sizes.slice(SAMPLES * from, SAMPLES * to).map((size) => size[part]))
    return Math.max(0, least(0.75, 1) - least(0.5, 0.75))
  }
  const [objects, native] = [grew('objects'), grew('native')]
  const met = objects <= BOUND && native <= BOUND
  // The leasts are a quarter of the run apart.
  const growth = `objects grew by ${(objects / MiB).toFixed(2)} MiB, the rest by ${(native / MiB).toFixed(2)}`
  const hidden = `a loss of less than ${(BOUND / (total / 4)).toFixed(1)} bytes each would not have shown`
  console.log(`${what}: ${met ? 'met' : 'MISSED'}: ${growth}; ${BOUND / MiB} MiB are allowed each: ${hidden}\n`)
  return met
}

// ── Messages ──────────────────────────────────────────────────────────────────────────────────────────────────────

const packets = Array.from({ length: 64 }, (_, i) => ({ data: Buffer.from(`thirty-six bytes, with credentials${i % 10}.`) }))
const withRights = packets.map((packet, i) => (i % 16 === 0 ? { ...packet, control: [rights([0])] } : packet))
const pair = (): MessageSocket<typeof credentials | typeof rights>[] =>
  MessageSocket.pair({ type: 'datagram', receive: [credentials, rights] })
let [a, b] = pair() as [MessageSocket, MessageSocket<typeof credentials | typeof rights>]
let rounds = 0

async function exchange(): Promise<number> {
  await a.sendMany(++rounds % 8 === 0 ? withRights : packets)
  for (let left = packets.length; left > 0;) {
    for (const message of await b.receiveMany()) {
      left--
      if (message.data.length !== 36 || message.get(credentials)?.pid !== process.pid) throw new Error('received something else')
      message[Symbol.dispose]()
    }
  }
  if (rounds % 100 === 0) {
    await Promise.all([a.close(), b.close()])
    ;[a, b] = pair() as [MessageSocket, MessageSocket<typeof credentials | typeof rights>]
  }
  return packets.length
}

// ── Calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const [from, to] = socketpair(AF_UNIX, SOCK_DGRAM)
setsockopt(to, SOL_SOCKET, SO_PASSCRED, 1)
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

function twentyCalls(): number {
  for (let i = 0; i < 4; i++) {
    sendmsg(from, { buffers: [data] })
    expectData(recvmsg(to, { size: 64, controlSize }))
  }
  sendmsg(from, { buffers: [data.subarray(0, 10), data.subarray(10)], control })
  expectData(recvmsg(to, { size: 64, controlSize }))
  if (sendmmsg(from, [{ buffers: [data] }, { buffers: [data], control }]) !== 2) throw new Error('sent fewer')
  recvmmsg(to, { count: 2, size: 64, controlSize }, MSG_DONTWAIT).forEach(expectData)
  sendmsg(from, { buffers: [large] })
  if (recvmsg(to, { size: large.length }).length !== large.length) throw new Error('received something else')
  poll([{ fd: from }, { fd: to }], 0)
  if (getsockopt(to, SOL_SOCKET, SO_PASSCRED) !== 1) throw new Error('SO_PASSCRED is off')
  fails(() => recvmsg(to, {}, MSG_DONTWAIT), 'EAGAIN')
  fails(() => sendmsg(1_000_000, { buffers: [data] }), 'EBADF')
  fails(() => close(1_000_000), 'EBADF')
  fails(() => setsockopt(from, SOL_SOCKET, -1, 1), 'ENOPROTOOPT')
  return 20
}

const flat = [
  messages === 0 || await isFlat('messages', messages, exchange),
  calls === 0 || await isFlat('calls', calls, twentyCalls),
]
await Promise.all([a.close(), b.close()])
close(from)
close(to)
process.exitCode = flat.every(Boolean) ? 0 : 1
