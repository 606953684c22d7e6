/**
 * What a message costs, without anybody else: batches of 64 messages with credentials, sent and received in one process, so
 * that nothing waits for another one. `costs ROUNDS`. Prints a line of JSON: ns, the 5th percentile of all rounds.
 */
import { closeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { MessageSocket, credentials, rights, type Message } from 'cmsg'
import {
  CMSG_SPACE, MessageBatch, constants, encodeControl, recvmsg, rights as numbers, sendmsg, setsockopt, socketpair, structs,
} from 'cmsg/libc'
import type * as FfiRs from 'ffi-rs'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, SCM_CREDENTIALS, MSG_WAITFORONE, MSG_DONTWAIT, F_DUPFD } = constants
const rounds = Number(process.argv[2] ?? 1000)
const batch = 64
const size = 36
const fdsEach = 8
const results: Record<string, number> = {}

/** `prepare`, then `work` with the clock running; ns of each of the `count` things it does. */
async function measure(name: string, prepare: () => void, work: () => void | Promise<void>, count = batch): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    prepare()
    const start = process.hrtime.bigint()
    await work()
    times.push(Number(process.hrtime.bigint() - start) / count)
  }
  results[name] = Math.round(times.sort((a, b) => a - b)[Math.floor(rounds / 20)]!)
}

function pair(): [number, number] {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
  setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
  return [a, b]
}
const packet = Buffer.alloc(size)
const message = { buffers: [packet] }

/** Sends a batch, laid out once. */
function sender(fd: number, control?: Uint8Array): () => void {
  const out = new MessageBatch({ count: batch, size, nameSize: 0, controlSize: control?.length ?? 0 })
  for (let i = 0; i < batch; i++) out.set(i, { buffers: [packet], control })
  return () => { out.send(fd, batch) }
}

/** Receives whatever is there. */
function drainer(fd: number): () => void {
  const room = new MessageBatch({ count: batch, size, nameSize: 0 })
  return () => {
    try {
      for (;;) room.receive(fd, MSG_DONTWAIT)
    } catch {
      // EAGAIN: nothing more.
    }
  }
}

async function receiving(): Promise<void> {
  const [a, b] = pair()
  const fill = sender(a)
  const room = new MessageBatch({ count: batch, size, nameSize: 0, controlSize: CMSG_SPACE(structs.ucred.size) })
  await measure('MessageBatch, received', fill, () => { room.receive(b, MSG_WAITFORONE) })
  await measure('MessageBatch, received and read in place', fill, () => {
    const count = room.receive(b, MSG_WAITFORONE)
    for (let i = 0; i < count; i++) {
      const ucred = room.findControl(i, SOL_SOCKET, SCM_CREDENTIALS)
      if (room.length(i) !== size || room.flags(i) !== 0 || room.int32(i, 0) !== 0 || room.controlInt32(i, ucred) !== process.pid) {
        throw new Error('not what was sent')
      }
    }
  })
  const socket = MessageSocket.adopt(b, { receive: [credentials], readAhead: 256 })
  const check = (received: Message<typeof credentials> | undefined): void => {
    const sender = received?.get(credentials)?.pid
    if (received === undefined || received.truncated || received.data.readInt32LE(0) !== 0 || sender !== process.pid) {
      throw new Error('not what was sent')
    }
  }
  await measure('receiveNow, not looked at', fill, () => { for (let i = 0; i < batch; i++) socket.receiveNow() })
  await measure('receiveNow', fill, () => { for (let i = 0; i < batch; i++) check(socket.receiveNow()) })
  await measure('receiveMany', fill, async () => {
    for (let left = batch; left > 0;) {
      const messages = await socket.receiveMany()
      for (let i = 0; i < messages.length; i++) check(messages[i])
      left -= messages.length
    }
  })
  await measure('receive', fill, async () => { for (let i = 0; i < batch; i++) check(await socket.receive()) })
  await socket.close()
}

async function withDescriptors(): Promise<void> {
  const [a, b] = pair()
  const fill = sender(a, encodeControl([numbers(Array.from({ length: fdsEach }, () => 0))]))
  const socket = MessageSocket.adopt(b, { receive: [credentials, rights], readAhead: 256 })
  await measure('receiveMany, 8 descriptors each, closed', fill, async () => {
    for (let left = batch; left > 0;) {
      for (const received of await socket.receiveMany()) {
        if (received.get(rights)?.length !== fdsEach) throw new Error('without descriptors')
        received[Symbol.dispose]()
        left--
      }
    }
  })
  await socket.close()
}

async function sending(): Promise<void> {
  const [a, b] = pair()
  const drain = drainer(b)
  const out = new MessageBatch({ count: batch, size, nameSize: 0 })
  await measure('MessageBatch, laid out and sent', drain, () => {
    for (let i = 0; i < batch; i++) out.set(i, message)
    out.send(a, batch)
  })
  await measure('MessageBatch, sent', drain, () => { out.send(a, batch) })
  const some = 16
  await measure('libc sendmsg', drain, () => { for (let i = 0; i < some; i++) sendmsg(a, message) }, some)
  await measure('libc recvmsg', () => { drain(); for (let i = 0; i < some; i++) sendmsg(a, message) }, () => {
    for (let i = 0; i < some; i++) recvmsg(b, { size, controlSize: CMSG_SPACE(structs.ucred.size), nameSize: 0 })
  }, some)
  const socket = MessageSocket.adopt(a)
  const messages = Array.from({ length: batch }, () => ({ data: Buffer.alloc(size) }))
  await measure('sendMany', drain, async () => { await socket.sendMany(messages) })
  await measure('send', drain, async () => { for (let i = 0; i < some; i++) await socket.send(packet) }, some)
  await socket.close()
}

/** What ffi-rs itself takes, and the ways to close descriptors and to notice forgotten ones. */
async function ways(): Promise<void> {
  const { DataType, load, open } = createRequire(import.meta.url)('ffi-rs') as typeof FfiRs
  const library = 'bench'
  open({ library, path: '' })
  const function_ = (funcName: string, retType: FfiRs.DataType, ...paramsType: FfiRs.DataType[]): (...values: number[]) => number => {
    const params = {
      library, funcName, retType, paramsType, paramsValue: [] as number[], errno: false, runInNewThread: false, freeResultMemory: false,
    } as const
    return (...values) => {
      (params as { paramsValue: number[] }).paramsValue = values
      return load(params) as unknown as number
    }
  }
  const { I32, I64, U32 } = DataType
  const times = 100
  const nothing = (): void => {}
  const repeat = (call: () => unknown) => (): void => { for (let i = 0; i < times; i++) call() }
  const [getuid, close, duplicate] = [function_('getuid', I32), function_('close', I32, I32), function_('fcntl', I32, I32, I32, I64)]
  const [call3, call5] = [function_('recvmsg', I64, I32, I64, I32), function_('recvmmsg', I32, I32, I64, U32, I32, I64)]
  await measure('a call through ffi-rs, no parameter', nothing, repeat(() => getuid()), times)
  await measure('recvmsg of descriptor -1, 3 parameters', nothing, repeat(() => call3(-1, 0, 0)), times)
  await measure('recvmmsg of descriptor -1, 5 parameters', nothing, repeat(() => call5(-1, 0, 0, 0, 0)), times)

  let fds: number[] = []
  // From there on all are free, so that they follow each other.
  const open8 = (): void => { fds = Array.from({ length: fdsEach }, () => duplicate(0, F_DUPFD, 500)) }
  await measure('8 descriptors closed by node:fs', open8, () => { for (const fd of fds) closeSync(fd) }, 1)
  await measure('8 descriptors closed through ffi-rs', open8, () => { for (const fd of fds) close(fd) }, 1)
  try {
    const closeRange = function_('close_range', I32, U32, U32, I32)
    await measure('8 descriptors closed by one close_range through ffi-rs', open8, () => { closeRange(fds[0]!, fds.at(-1)!, 0) }, 1)
  } catch {
    // A C library without it.
  }
  const registry = new FinalizationRegistry<number>(nothing)
  await measure('a FinalizationRegistry told and told off', nothing, repeat(() => {
    const owner = {}
    registry.register(owner, 1, owner)
    registry.unregister(owner)
  }), times)
}

await receiving()
await withDescriptors()
await sending()
await ways()
console.log(JSON.stringify(results))
