/**
 * Calls every exported function and method with every hostile value in the place of each argument and of each property of
 * an argument. Each call returns, or fails with an error that has a code: never with a bare TypeError of the engine.
 *
 * test/native/values.test.ts does the same for `cmsg/libc`, in a process of its own, because those values reach native code.
 * @module
 */
import { chdir, cwd } from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as codec from 'cmsg/codec'
import * as dgram from 'cmsg/dgram'
import * as index from 'cmsg'
import * as libc from 'cmsg/libc'
import * as systemd from 'cmsg/systemd'
import * as usocket from 'cmsg/usocket'
import { hostile, own, type Hostile } from '../native/hostile.ts'
import { tempDir } from '../support/processes.ts'

const { MessageSocket, OwnedFd } = index
const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, SO_TYPE } = codec.constants

/** A call with valid arguments. `undo` releases what `call` was made on, so a call that waits is settled. */
interface Row {
  readonly args: readonly unknown[]
  readonly call: (...args: never[]) => unknown
  readonly undo?: () => unknown
}

/** Calls a method on a new pair of sockets. Two messages wait in the first of them. */
type Method = (...args: unknown[]) => unknown
/** A method by its name. Hostile values are of no type that it accepts. */
const method = (object: object, name: string): Method => (...args) => (object as Record<string, Method>)[name]!(...args)

/** Calls a method on one of a pair of sockets, for which two messages wait. */
function onSocket(name: string, ...args: readonly unknown[]): () => Row {
  return () => {
    const [socket, peer] = MessageSocket.pair({ type: 'datagram', receive: [codec.credentials] })
    for (const text of ['one', 'two']) peer.sendNow(text)
    return { args, call: method(socket, name), undo: async () => { await Promise.all([socket.close(), peer.close()]) } }
  }
}

/** Calls a method on a new socket. */
function onUnconnected(options: object, name: string, ...args: readonly unknown[]): () => Row {
  return () => {
    const socket = MessageSocket.open({ family: 'unix', type: 'datagram', ...options } as never)
    return { args, call: method(socket, name), undo: () => socket.close() }
  }
}

const plain = (call: (...args: never[]) => unknown, ...args: readonly unknown[]): (() => Row) => () => ({ args, call })

let managers = 0
/** Sets NOTIFY_SOCKET to a socket of its own, since descriptors in one that is closed are closed later. Returns what undoes it. */
function manager(): () => Promise<void> {
  const name = `misuse ${process.pid} ${managers++}`
  const socket = MessageSocket.bind({ abstract: name }, { type: 'datagram' })
  process.env['NOTIFY_SOCKET'] = `@${name}`
  return () => { delete process.env['NOTIFY_SOCKET']; return socket.close() }
}

/** A duplicate of standard error, which a call may close. */
const descriptor = (): number => libc.dup(2)

const isDefinition = (value: unknown): value is codec.AnyControlMessage => typeof value === 'function' && Object.hasOwn(value, 'kind')
const definitions = Object.values<unknown>(codec).filter(isDefinition)
const control = codec.encodeControl([codec.credentials({ pid: 1, uid: 2, gid: 3 })])
const definition = {
  kind: 'demo', level: 1, type: 2, family: 'unix', layout: 'u32', direction: 'both', exact: true, also: [],
  receive: { option: SO_PASSCRED, level: SOL_SOCKET, size: 4 },
}
const aborted = AbortSignal.abort()
const sending = { control: [codec.rights([2])], to: { unnamed: true }, signal: aborted, flags: 0 }
const ofGroup = { interface: 'lo', source: '127.0.0.1' }
const receiving = { size: 10, flags: 0, signal: aborted }

const rows: Record<string, () => Row> = {
  CMSG_ALIGN: plain(codec.CMSG_ALIGN, 5, codec.hostAbi()),
  CMSG_LEN: plain(codec.CMSG_LEN, 5, codec.hostAbi()),
  CMSG_SPACE: plain(codec.CMSG_SPACE, 5, codec.hostAbi()),
  CMSG_FIRSTHDR: plain(codec.CMSG_FIRSTHDR, control, codec.hostAbi()),
  CMSG_NXTHDR: plain(codec.CMSG_NXTHDR, control, 0, codec.hostAbi()),
  CMSG_DATA: plain(codec.CMSG_DATA, control, 0, codec.hostAbi()),
  decodeAddress: plain(codec.decodeAddress, codec.encodeAddress('/run/demo.sock')),
  encodeAddress: plain(codec.encodeAddress, { address: '::1', port: 53, scopeId: 1, flowinfo: 2 }),
  'encodeAddress of IPv4': plain(codec.encodeAddress, { address: '127.0.0.1', port: 53, scopeId: 0, flowinfo: 0 }),
  'encodeAddress of a path': plain(codec.encodeAddress, { path: '/run/demo.sock' }),
  'encodeAddress of vsock': plain(codec.encodeAddress, { cid: 1, port: 53 }),
  'encodeAddress of netlink': plain(codec.encodeAddress, { portId: 1, groups: 1 }),
  'encodeAddress of a packet': plain(codec.encodeAddress, {
    interfaceIndex: 1, protocol: 3, hardwareType: 1, packetType: 0, hardwareAddress: new Uint8Array(6),
  }),
  'encodeAddress of another family': plain(codec.encodeAddress, { family: 4, data: new Uint8Array(3) }),
  formatAddress: plain(codec.formatAddress, { address: '::1', port: 53, scopeId: 1, flowinfo: 2 }),
  'formatAddress of a path': plain(codec.formatAddress, { path: '/run/demo.sock' }),
  'formatAddress of vsock': plain(codec.formatAddress, { cid: 1, port: 53 }),
  'formatAddress of netlink': plain(codec.formatAddress, { portId: 1, groups: 1 }),
  'formatAddress of a packet': plain(codec.formatAddress, { interfaceIndex: 1, protocol: 3, hardwareAddress: new Uint8Array(6) }),
  'formatAddress of another family': plain(codec.formatAddress, { family: 4, data: new Uint8Array(3) }),
  decodeControl: plain(codec.decodeControl, control, { definitions: [codec.credentials], family: 'unix', abi: codec.hostAbi() }),
  encodeControl: plain(codec.encodeControl, [codec.credentials({ pid: 1, uid: 2, gid: 3 })], { abi: codec.hostAbi() }),
  explainControl: plain(codec.explainControl, control, { definitions: [codec.credentials], family: 'unix', abi: codec.hostAbi() }),
  rawControl: plain(codec.rawControl, 1, 2, new Uint8Array(3)),
  defineControlMessage: plain(codec.defineControlMessage, definition),
  'defineControlMessage by functions': plain(codec.defineControlMessage, {
    kind: 'demo', level: 1, type: 2, minSize: 4, maxSize: 8, encode: () => new Uint8Array(4), decode: () => 1,
  }),
  defineStruct: plain(codec.defineStruct, { a: 'u8', b: 'u32' }, { name: 'demo', abi: codec.hostAbi() }),
  hostAbi: plain(codec.hostAbi),
  ...Object.fromEntries(definitions.map((definition) => [`the definition ${definition.kind}`, plain(definition as never, undefined)])),

  if_nametoindex: plain(index.if_nametoindex, 'lo'),
  if_indextoname: plain(index.if_indextoname, 1),
  ...Object.fromEntries((['peerCredentials', 'peerPidfd', 'peerGroups', 'peerSecurity'] as const).map((name) => [name, () => {
    const [a, b] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
    return { args: [a], call: index[name], undo: () => { libc.close(a); libc.close(b) } }
  }])),

  OwnedFd: () => {
    const fd = descriptor()
    return { args: [fd], call: (fd: number) => new OwnedFd(fd).take(), undo: () => { closeQuietly(fd) } }
  },
  'OwnedFd.take': () => { const fd = new OwnedFd(descriptor()); return { args: [], call: () => { libc.close(fd.take()) } } },
  'OwnedFd.close': () => { const fd = new OwnedFd(descriptor()); return { args: [], call: () => { fd.close() } } },

  'MessageSocket.open': plain(MessageSocket.open, {
    family: 'unix', type: 'datagram', protocol: 0, receive: [codec.credentials], messageSize: 100, passRights: false,
    recvBufferSize: 10_000, readAhead: 3,
  }),
  'MessageSocket.pair': plain(MessageSocket.pair, {
    type: 'datagram', receive: [codec.credentials], messageSize: 100, sendBufferSize: 10_000,
  }),
  'MessageSocket.bind': plain(MessageSocket.bind, { abstract: 'misuse' }, {
    type: 'datagram', unlink: true, mode: 0o600, messageSize: 100,
  }),
  'MessageSocket.connect': plain(MessageSocket.connect, { abstract: 'nobody' }, { type: 'datagram', signal: aborted, messageSize: 100 }),
  'MessageSocket.adopt': () => {
    const [a, b] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
    libc.close(b)
    const options = { receive: [codec.credentials], messageSize: 100, readAhead: 3 }
    return { args: [a, options], call: MessageSocket.adopt, undo: () => { closeQuietly(a) } }
  },
  'MessageSocket.prototype.bind': onUnconnected({}, 'bind', { abstract: 'misuse' }, { unlink: true, mode: 0o600 }),
  'MessageSocket.prototype.connect': onUnconnected({}, 'connect', { abstract: 'nobody' }, { signal: aborted }),
  'MessageSocket.prototype.getOption': onSocket('getOption', SOL_SOCKET, SO_TYPE, 4),
  'MessageSocket.prototype.setOption': onSocket('setOption', SOL_SOCKET, SO_PASSCRED, 1),
  'MessageSocket.prototype.peerCredentials': onSocket('peerCredentials'),
  'MessageSocket.prototype.peerPidfd': onSocket('peerPidfd'),
  'MessageSocket.prototype.peerGroups': onSocket('peerGroups'),
  'MessageSocket.prototype.peerSecurity': onSocket('peerSecurity'),
  'MessageSocket.prototype.joinGroup': onUnconnected({ family: 'inet' }, 'joinGroup', '224.0.0.1', ofGroup),
  'MessageSocket.prototype.leaveGroup': onUnconnected({ family: 'inet' }, 'leaveGroup', '224.0.0.1', ofGroup),
  'MessageSocket.prototype.listen': onUnconnected({ type: 'seqpacket' }, 'listen', 3),
  'MessageSocket.prototype.accept': onUnconnected({ type: 'seqpacket' }, 'accept', { signal: aborted }),
  'MessageSocket.prototype.connections': onUnconnected({ type: 'seqpacket' }, 'connections'),
  'MessageSocket.prototype.send': onSocket('send', 'hello', sending),
  'MessageSocket.prototype.sendNow': onSocket('sendNow', 'hello', { ...sending, signal: undefined }),
  'MessageSocket.prototype.sendMany': onSocket('sendMany', [{ data: 'hello', control: [] }], { signal: aborted }),
  // Nothing is wrong with the rest here, so that each value is looked at.
  'MessageSocket.prototype.send to the peer': onSocket('send', ['hello', 'you'], { control: [codec.rights([2])], flags: 0 }),
  'MessageSocket.prototype.sendNow to the peer': onSocket('sendNow', ['hello', 'you'], { control: [codec.rights([2])], flags: 0 }),
  'MessageSocket.prototype.sendMany of a list': onSocket('sendMany', [{ data: 'hello' }, { data: 'you' }]),
  'MessageSocket.prototype.sendMany of a message': () => {
    const [socket, peer] = MessageSocket.pair({ type: 'datagram' })
    return {
      args: [{ data: ['hello'], control: [codec.rights([2])], flags: 0 }], call: (message: never) => socket.sendMany([message]),
      undo: () => Promise.all([socket.close(), peer.close()]),
    }
  },
  'MessageDuplex.prototype.writeWithFds': () => {
    const [stream, other] = MessageSocket.pair({ type: 'stream' }).map((socket) => socket.toDuplex())
    stream!.on('error', () => {})
    return {
      args: ['hello', [2]], call: method(stream!, 'writeWithFds'),
      undo: () => { stream!.destroy(); other!.destroy() },
    }
  },
  'MessageSocket.prototype.flush': onSocket('flush', { signal: aborted }),
  'MessageSocket.prototype.receive': onSocket('receive', receiving),
  'MessageSocket.prototype.receiveNow': onSocket('receiveNow', { size: 10, flags: 0 }),
  'MessageSocket.prototype.receiveSync': onSocket('receiveSync', { size: 10, flags: 0, timeout: 1 }),
  'MessageSocket.prototype.receiveMany': onSocket('receiveMany', { max: 2, signal: aborted }),
  'MessageSocket.prototype.messages': onSocket('messages', { dispose: false, signal: aborted }),
  'MessageSocket.prototype.ref': onSocket('ref'),
  'MessageSocket.prototype.unref': onSocket('unref'),
  'MessageSocket.prototype.detach': () => {
    const [socket, peer] = MessageSocket.pair({ type: 'datagram' })
    return { args: [], call: () => { socket.detach().fd.close() }, undo: () => peer.close() }
  },
  'MessageSocket.prototype.toDuplex': () => {
    const [socket, peer] = MessageSocket.pair({ type: 'stream' })
    return {
      args: [{ fds: true, highWaterMark: 10, allowHalfOpen: true }], call: (...args) => { socket.toDuplex(...args).destroy() },
      undo: () => Promise.all([socket.close(), peer.close()]),
    }
  },
  'MessageSocket.prototype.close': onSocket('close'),

  ...Object.fromEntries(Object.entries({
    exited: [{ signal: aborted }], close: [], signal: [0], info: [],
  }).map(([name, args]) => [`Pidfd.prototype.${name}`, () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const pidfd = a.peerPidfd()!
    return {
      args, call: (...args) => (pidfd as never as Record<string, (...args: never[]) => unknown>)[name]!(...args),
      undo: () => { pidfd.close(); return Promise.all([a.close(), b.close()]) },
    }
  }])),

  createSocket: plain(dgram.createSocket, { type: 'unix_dgram', receive: [codec.credentials] }, () => {}),
  ...Object.fromEntries(Object.entries({
    bind: ['socket'], connect: ['/nobody/is/here'],
    send: [Buffer.from('hello'), 0, 3, '/nobody/is/here', () => {}], sendto: [Buffer.from('hello'), 0, 3, '/nobody/is/here', () => {}],
    address: [], ref: [], unref: [], close: [],
  }).map(([name, args]) => [`UnixDgramSocket.prototype.${name}`, () => {
    const socket = dgram.createSocket('unix_dgram', () => {})
    socket.on('error', () => {})
    return {
      args, call: (...args) => (socket as never as Record<string, (...args: never[]) => unknown>)[name]!(...args),
      undo: () => { try { socket.close() } catch { /* it is closed */ } },
    }
  }])),

  listenFds: plain(systemd.listenFds),
  notify: plain(systemd.notify, { ready: true, status: 'up' }, { barrier: 1000, signal: aborted }),
  watchdog: plain(systemd.watchdog),
  'notify where a manager listens': () => ({ args: [['READY=1'], { fds: [2], barrier: false }], call: systemd.notify, undo: manager() }),
  'notify of an object where a manager listens': () => ({ args: [{ READY: 1 }], call: systemd.notify, undo: manager() }),
  'Journal.prototype.send': () => {
    const journal = systemd.openJournal({ path: '/nobody/is/here' })
    return { args: [{ MESSAGE: ['hello'] }], call: (fields: never) => journal.send(fields), undo: () => journal.close() }
  },
  openJournal: plain(systemd.openJournal, { defaults: { SYSLOG_IDENTIFIER: 'demo' } }),

  USocket: plain((options: never, callback: never) => {
    const socket = new usocket.USocket(options, callback)
    socket.on('error', () => {})
    socket.destroy()
  }, { path: '/nobody/is/here', allowHalfOpen: true }),
  'USocket.prototype.connect': plain((options: never, callback: never) => {
    const socket = new usocket.USocket({})
    socket.on('error', () => {})
    try { socket.connect(options, callback) } finally { socket.destroy() }
  }, { path: '/nobody/is/here' }, () => {}),
  'UServer.prototype.listen': plain((where: never, backlog: never, callback: never) => {
    const server = new usocket.UServer()
    server.on('error', () => {})
    try { server.listen(where, backlog, callback) } finally { server.close() }
  }, 'server', 3, () => {}),
}

function closeQuietly(fd: number): void {
  try { libc.close(fd) } catch { /* it was taken */ }
}

/** Exported functions that have no row, and why. */
const without = new Set([
  // Values that receiving creates; their constructors are private.
  'Message', 'MessageDuplex', 'Pidfd', 'ListenFd', 'SystemError',
  // Their methods have rows.
  'MessageSocket', 'UServer',
])

describe('a row exists for', () => {
  const entries = Object.entries({ codec, dgram, index, systemd, usocket }).flatMap(([entry, names]) => Object.entries(names)
    .filter(([, value]) => typeof value === 'function' && !Object.hasOwn(value, 'kind')).map(([name]) => [entry, name] as const))
  it.each(entries.filter(([, name]) => !without.has(name)))('%s: %s', (_, name) => {
    expect(Object.keys(rows)).toContain(name)
  })

  const methods = Object.entries(Object.getOwnPropertyDescriptors(MessageSocket.prototype))
    .flatMap(([name, { value }]) => (typeof value === 'function' && name !== 'constructor' ? [name] : []))
  it.each(methods)('MessageSocket.prototype.%s', (name) => {
    expect(Object.keys(rows)).toContain(`MessageSocket.prototype.${name}`)
  })
})

/** The places of hostile values: each argument, and each property of an argument that is a plain object. */
function placesOf(args: readonly unknown[]): { readonly name: string; readonly put: (value: unknown) => unknown[] }[] {
  const replace = (at: number, value: unknown): unknown[] => args.map((arg, i) => (i === at ? value : arg))
  return args.flatMap((arg, at) => [
    { name: `argument ${at}`, put: (value: unknown) => replace(at, value) },
    ...typeof arg === 'object' && arg !== null && Object.getPrototypeOf(arg) === Object.prototype
      ? Object.keys(arg).map((key) => ({ name: `argument ${at}.${key}`, put: (value: unknown) => replace(at, { ...arg, [key]: value }) }))
      : [],
  ])
}

const isCoded = (error: unknown): boolean => error === own || typeof (error as { code?: unknown } | null)?.code === 'string'
  // As AbortSignal.abort() has it: `code` is a number, for historical reasons.
  || (error as Error | null)?.name === 'AbortError'

/** Closes whatever a call returned. */
async function release(result: unknown): Promise<void> {
  for (const one of Array.isArray(result) ? result as unknown[] : [result]) {
    const { close } = (one ?? {}) as { close?: unknown }
    if (typeof close !== 'function') continue
    try { await (close as () => unknown).call(one) } catch { /* it is closed */ }
  }
}

async function outcome(row: Row, args: unknown[], coded = isCoded): Promise<string | undefined> {
  let pending: Promise<unknown> | undefined
  try {
    const result: unknown = row.call(...args as never[])
    if (result instanceof Promise) pending = result.catch((error: unknown) => { if (!coded(error)) return error; return undefined })
    else await release(result)
  } catch (error) {
    if (!coded(error)) return (error as Error).stack
  } finally {
    await row.undo?.()
  }
  const failure = await pending
  if (failure instanceof Error) return failure.stack
  await release(failure)
  return undefined
}

// Left out: a name in the file system that the test does not own; lists and texts that take a caller as long as they are; an array
// that has none of its methods; and a class, which is a callback that throws when it is called.
const left = new Set([
  "'/run/demo.sock'", 'an array that counts to 2^32-1', 'an array-like that counts to 2^53', 'a long string', 'a Buffer of 2 MiB',
  'an array that grows while it is read', 'an array that iterates for ever', 'an array without prototype', 'a class',
])
const values: readonly Hostile[] = hostile.filter(({ name }) => !left.has(name))

const before = cwd()
beforeAll(() => { chdir(tempDir()) })
afterAll(() => { chdir(before) })

describe('misuse causes an error with a code', () => {
  it.each(Object.entries(rows))('%s', async (_, make) => {
    const first = make()
    expect(await outcome(first, [...first.args]), 'with valid arguments').toBeUndefined()
    const bare: string[] = []
    for (const { name } of placesOf(first.args)) {
      for (const value of values) {
        const row = make()
        const { put } = placesOf(row.args).find((place) => place.name === name)!
        // A proxy that throws is not looked at in a way that could not throw.
        const failure = await outcome(row, put(value.make()), value.throws === true ? () => true : isCoded)
        if (failure !== undefined) bare.push(`${name}: ${value.name}: ${failure.split('\n').slice(0, 3).join(' ')}`)
      }
    }
    expect(bare).toEqual([])
  })
})
