/**
 * Run by values.test.ts, because a value that gets through to native code may end the process: every hostile value at every
 * place of every call. Writes a line before each, and one with its outcome after it, to a file, so that none is lost.
 *
 *   values.program.ts FILE calls PARAMETERS    PARAMETERS: JSON, what parameters() returns
 *   values.program.ts FILE gate                the same for the calls of an engine, which have numbers only
 * @module
 */
import { openSync, readdirSync, readlinkSync, writeSync } from 'node:fs'
import * as libc from 'cmsg/libc'
import { bindings } from '../../generated/bindings.ts'
import { engine } from '../../src/native/engine.ts'
import { fickle, hostile, own, type Hostile } from './hostile.ts'
import type { Parameter } from './parameters.ts'

export interface Outcome {
  readonly function: string
  readonly path: string
  readonly value: string
  /** `returned`, `SystemError`, `own`, `TypeError ERR_CMSG_…`, or, of an error that is not ours, all of it. */
  readonly outcome: string
  readonly message?: string
}

const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOCK_NONBLOCK, SOL_SOCKET, SO_PASSCRED, SO_TYPE, F_GETFL, POLLOUT, SHUT_RD, MSG_WAITFORONE } =
  libc.constants

const [path, mode, json] = process.argv.slice(2)
const file = openSync(path!, 'w')
const print = (line: string): void => void writeSync(file, `${line}\n`)

function outcome(run: () => unknown, done: (result: unknown) => void = () => {}): { outcome: string; message?: string } {
  try {
    done(run())
    return { outcome: 'returned' }
  } catch (error) {
    if (error === own) return { outcome: 'own' }
    if (error instanceof libc.SystemError) return { outcome: 'SystemError', message: error.message }
    const { constructor, message, code } = error as Error & { code?: string }
    return code?.startsWith('ERR_CMSG_')
      ? { outcome: `${constructor.name} ${code}`, message }
      : { outcome: `not ours: ${(error as Error).stack}` }
  }
}

type Call = (...args: never[]) => unknown

/** What is to be closed when a call is over. */
const open = new Set<number>()
const opened = (fd: number): number => { open.add(fd); return fd }

/** For each function, arguments that are right, given a socket that never waits. Every optional property is there. */
const valid: Record<string, (a: number) => readonly unknown[]> = {
  socket: () => [AF_UNIX, SOCK_DGRAM, 0],
  socketpair: () => [AF_UNIX, SOCK_DGRAM, 0],
  bind: () => [opened(libc.socket(AF_UNIX, SOCK_DGRAM)), libc.encodeAddress({ unnamed: true })],
  connect: (a) => [a, libc.encodeAddress('/nobody/is/here')],
  listen: () => [listener(), 1],
  accept4: () => [listener(), SOCK_NONBLOCK],
  getsockname: (a) => [a],
  getpeername: (a) => [a],
  shutdown: (a) => [a, SHUT_RD],
  close: (a) => [opened(libc.dup(a))],
  dup: (a) => [a],
  fcntl: (a) => [a, F_GETFL, 0],
  poll: (a) => [[{ fd: a, events: POLLOUT }], 0],
  setsockopt: (a) => [a, SOL_SOCKET, SO_PASSCRED, 1],
  getsockopt: (a) => [a, SOL_SOCKET, SO_TYPE, 4],
  memfd_create: () => ['demo', libc.constants.MFD_ALLOW_SEALING],
  pipe2: () => [libc.constants.O_NONBLOCK],
  ioctl: (a) => [a, libc.constants.SIOCINQ, 0],
  if_nametoindex: () => ['lo'],
  if_indextoname: () => [1],
  sendmsg: (a) => [a, { buffers: [new Uint8Array(3)], name: new Uint8Array(0), control: new Uint8Array(0) }, 0],
  recvmsg: (a) => [a, { size: 10, buffers: [new Uint8Array(3)], controlSize: 32, nameSize: 10 }, 0],
  sendmmsg: (a) => [a, [{ buffers: [new Uint8Array(3)], name: new Uint8Array(0), control: new Uint8Array(0) }], 0],
  recvmmsg: (a) => [a, { count: 1, size: 10, controlSize: 32, nameSize: 10 }, 0],
  MessageBatch: () => [{ count: 2, size: 10, controlSize: 32, nameSize: 10 }],
  'MessageBatch.receive': (a) => [a, MSG_WAITFORONE],
  'MessageBatch.receiveOne': (a) => [a, 0],
  'MessageBatch.set': () => [0, { buffers: [new Uint8Array(3)], name: new Uint8Array(0), control: new Uint8Array(0) }],
  'MessageBatch.send': (a) => [a, 1, 0],
  'MessageBatch.sendOne': (a) => [a, 0],
  'MessageBatch.length': () => [0],
  'MessageBatch.flags': () => [0],
  'MessageBatch.int32': () => [0, 4],
  'MessageBatch.byte': () => [0, 9],
  'MessageBatch.findControl': () => [0, SOL_SOCKET, SO_PASSCRED],
  'MessageBatch.controlInt32': () => [0, 24],
  'MessageBatch.data': () => [0, 3],
  'MessageBatch.control': () => [0],
  'MessageBatch.name': () => [0],
}

/** The function of a name: a method is one of a batch that has received something, or has something to send. */
function functionOf(name: string): Call {
  const [first, method] = name.split('.') as [string, string?]
  if (first !== 'MessageBatch') return (libc as unknown as Record<string, Call>)[first]!
  if (method === undefined) return (...args) => new libc.MessageBatch(...(args as unknown as [libc.ReceiveManyOptions]))
  return (...args) => {
    const batch = new libc.MessageBatch({ count: 2, size: 10, controlSize: 32, nameSize: 10 })
    if (reading.has(method)) receiveInto(batch)
    else batch.set(0, { buffers: [new Uint8Array(3)] })
    return (batch as unknown as Record<string, Call>)[method]!(...args)
  }
}

const reading: ReadonlySet<string> = new Set(['int32', 'byte', 'controlInt32', 'findControl', 'data', 'control', 'name', 'length', 'flags'])

/** A message of ten bytes, with credentials. */
function receiveInto(batch: libc.MessageBatch): void {
  const [from, to] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
  libc.setsockopt(to, SOL_SOCKET, SO_PASSCRED, 1)
  libc.sendmsg(from, { buffers: [new Uint8Array(10)] })
  batch.receiveOne(to)
  libc.close(from)
  libc.close(to)
}

/** The descriptors that a call returned or, in the case of close, has closed. */
function settle(name: string, args: readonly unknown[], result: unknown): void {
  if (name === 'close') open.delete(args[0] as number)
  if (name === 'socket' || name === 'dup' || name === 'memfd_create') opened(result as number)
  if (name === 'accept4') opened((result as { fd: number }).fd)
  if (name === 'socketpair' || name === 'pipe2') (result as number[]).forEach(opened)
}

function listener(): number {
  const fd = opened(libc.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK))
  libc.bind(fd, libc.encodeAddress({ unnamed: true }))
  libc.listen(fd)
  return fd
}

const at = (root: unknown, path: readonly string[]): unknown => path.reduce((value, key) => (value as Record<string, unknown>)[key], root)

function calls(byFunction: Record<string, Parameter[]>): void {
  for (const [name, parameters] of Object.entries(byFunction)) {
    const call = functionOf(name)
    const order = [...new Set(parameters.map(({ path }) => path[0]!))]
    const attempt = (path: readonly string[], what: Pick<Hostile, 'name'> & { make: (valid: unknown) => unknown }): void => {
      const [a, b] = libc.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK).map(opened) as [number, number]
      libc.sendmsg(b, { buffers: [new Uint8Array(5)] }) // something to receive
      const args = [...(valid[name] ?? missing(name))(a)]
      const keys = [String(order.indexOf(path[0]!)), ...path.slice(1)]
      const place = at(args, keys.slice(0, -1)) as Record<string, unknown>
      place[keys.at(-1)!] = what.make(place[keys.at(-1)!])
      const head = { function: name, path: path.join('.'), value: what.name }
      print(JSON.stringify(head))
      print(JSON.stringify({ ...head, ...outcome(() => call(...(args as never[])), (result) => settle(name, args, result)) }))
      for (const fd of open) libc.close(fd)
      open.clear()
    }
    attempt(parameters[0]!.path, { name: 'what is right', make: (right) => right })
    for (const { path, kinds } of parameters) {
      for (const each of hostile) attempt(path, each)
      if (kinds.includes('list') || kinds.includes('object')) {
        attempt(path, { name: 'other at each look', make: (right) => fickle(right as object) })
      }
    }
  }
}

const missing = (name: string): never => { throw new Error(`${name} has no line in the table of valid calls`) }

/** The last check before native code: no argument but a whole number in range, and not one more or less than there are. */
function gate(): void {
  const { call, addressOf, name: engineName } = engine()
  for (const [name, { paramsType }] of Object.entries(bindings)) {
    const native = call[name as keyof typeof call] as Call
    const attempt = (path: string, value: string, args: readonly unknown[]): void => {
      print(JSON.stringify({ function: name, path, value }))
      print(JSON.stringify({ function: name, path, value, ...outcome(() => native(...(args as never[]))) }))
    }
    const zeroes = paramsType.map(() => 0)
    // Only ffi-rs looks at one argument more.
    if (engineName === 'ffi-rs') attempt('', 'one argument more', [...zeroes, 0])
    if (zeroes.length > 0) attempt('', 'one argument less', zeroes.slice(1))
    for (const [i, type] of (paramsType as readonly string[]).entries()) {
      for (const { name: value, make, kinds } of hostile) {
        // A number that fits some types: whether it fits this one, native/check.ts has to know.
        if (kinds.includes('number')) continue
        // What fits 64 bits is an address, or a length.
        if (type === 'I64' && ['4294967296', '-2147483649', '9007199254740991'].includes(value)) continue
        if (type === 'Pointer' && ['4294967296', '9007199254740991'].includes(value)) continue
        attempt(String(i), value, zeroes.map((zero, k) => (k === i ? make() : zero)))
      }
    }
  }
  for (const { name: value, make, kinds } of hostile) {
    if (kinds.includes('bytes')) continue
    print(JSON.stringify({ function: 'addressOf', path: '0', value, ...outcome(() => addressOf!(make() as never)) }))
  }
}

/** A call that fails leaves no socket behind. */
const sockets = (): number => readdirSync('/proc/self/fd').filter((fd) => {
  try { return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:') } catch { return false }
}).length

if (mode === 'gate') {
  gate()
} else {
  const before = sockets()
  calls(JSON.parse(json!) as Record<string, Parameter[]>)
  if (sockets() !== before) throw new Error(`${sockets() - before} sockets were left open`)
}
print('done')
