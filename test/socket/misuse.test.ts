import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { constants, MessageBatch, sendmmsg, sendmsg } from '../../src/libc.ts'
import { MessageSocket, rights } from '../../src/index.ts'

let a: MessageSocket
let b: MessageSocket
let listener: MessageSocket
beforeAll(() => {
  [a, b] = MessageSocket.pair({ type: 'datagram' })
  listener = MessageSocket.bind({ unnamed: true }, { type: 'stream' })
})
afterAll(async () => { for (const socket of [a, b, listener]) await socket.close() })

/** Each method with options that are none, or with a signal that is none. */
const methods: Readonly<Record<string, (options: never) => unknown>> = {
  'send': (options) => a.send('x', options),
  'sendNow': (options) => a.sendNow('x', options),
  'sendMany': (options) => a.sendMany([{ data: 'x' }], options),
  'a message of sendMany': (options) => a.sendMany([options]),
  'receive': (options) => b.receive(options),
  'receiveNow': (options) => b.receiveNow(options),
  'receiveSync': (options) => b.receiveSync(options),
  'receiveMany': (options) => b.receiveMany(options),
  'bind': (options) => { a.bind('/nowhere/socket', options) },
  'connect': (options) => a.connect('/nowhere/socket', options),
  'accept': (options) => listener.accept(options),
  'connections': (options) => listener.connections(options).next(),
  'MessageSocket.open': MessageSocket.open,
  'MessageSocket.pair': MessageSocket.pair,
  'MessageSocket.bind': (options) => MessageSocket.bind('/nowhere/socket', options),
  'MessageSocket.connect': (options) => MessageSocket.connect('/nowhere/socket', options),
}
const abortable = ['send', 'sendMany', 'receive', 'receiveMany', 'connect', 'accept', 'connections']
  .map((name) => [name, methods[name]!] as const)

/** What it comes to, thrown or rejected. */
const outcome = async (attempt: () => unknown): Promise<unknown> => {
  try {
    return await attempt()
  } catch (error) {
    return error
  }
}
const refusal = (message: RegExp): unknown =>
  expect.objectContaining({ name: 'TypeError', code: 'ERR_CMSG_INVALID_ARG_TYPE', message: expect.stringMatching(message) as unknown })

describe('invalid arguments are refused, not ignored', () => {
  it.each<[string, () => unknown, string, string]>([
    ['a constructor', () => new (MessageSocket as unknown as new () => object)(), 'ERR_CMSG_INVALID_ARG_TYPE',
      'Cannot construct a MessageSocket: use MessageSocket.open, bind, connect, pair or adopt'],
    ['another type of the second socket', () => MessageSocket.pair({ type: 'stream' }, { type: 'datagram' } as never),
      'ERR_CMSG_OUT_OF_RANGE', 'Cannot create a pair of type "stream" and type "datagram": both sockets are of the first one\'s type'],
    ['two names', () => MessageSocket.bind({ path: '/nowhere/socket', abstract: 'x' } as never, { type: 'datagram' }),
      'ERR_CMSG_INVALID_ADDRESS', 'Cannot use an address with both path and abstract: expected { path } or { abstract }'],
    ['text as the value of an option', () => { a.setOption(1, 1, '5' as never) }, 'ERR_CMSG_INVALID_ARG_TYPE',
      'Cannot call setsockopt with value "5": expected a number, true, false or a Uint8Array'],
    ['text as the size of an option', () => a.getOption(1, 1, '5' as never), 'ERR_CMSG_INVALID_ARG_TYPE',
      'Cannot call getsockopt with size "5": expected a number, or a Uint8Array with a question'],
    ['null as a control message', () => a.send('x', { control: [null as never] }), 'ERR_CMSG_INVALID_ARG_TYPE',
      'Cannot send control[0], null: expected a control message'],
    // eslint-disable-next-line no-sparse-arrays
    ['a hole in a list', () => a.sendMany([, { data: 'x' }] as never), 'ERR_CMSG_INVALID_ARG_TYPE',
      'Cannot call sendMany with message undefined: expected an object'],
    ['options that are none', () => a.send('x', 5 as never), 'ERR_CMSG_INVALID_ARG_TYPE',
      'Cannot call send with options 5: expected an object'],
    ['a number of messages to read ahead', () => MessageSocket.open({ family: 'unix', type: 'datagram', readAhead: -1 }),
      'ERR_CMSG_OUT_OF_RANGE', 'Cannot create a socket with readAhead -1: expected an integer from 0 to 2147483647'],
    ['a buffer without a size', () => MessageSocket.open({ family: 'unix', type: 'datagram', recvBufferSize: 0 }),
      'ERR_CMSG_OUT_OF_RANGE', 'Cannot create a socket with recvBufferSize 0: expected an integer from 1 to 2147483647'],
    ['permissions in decimal', () => MessageSocket.bind('/nowhere/socket', { type: 'datagram', mode: 666 }),
      'ERR_CMSG_OUT_OF_RANGE', 'Cannot call bind with mode 666: expected permissions from 0 to 0o777, in octal such as 0o660'],
    ['no options', () => MessageSocket.bind('/nowhere/socket', undefined as never), 'ERR_CMSG_INVALID_ARG_TYPE',
      "Cannot call MessageSocket.bind with options undefined: expected an object such as { type: 'datagram' }"],
    ['an address of another library', () => a.send('x', { to: { host: 'localhost', port: 80 } as never }), 'ERR_CMSG_INVALID_ARG_TYPE',
      "Cannot use an object { host, port } as an address: expected '/path', '\\0abstract', { path }, { abstract }, { unnamed: true }, "
      + '{ address, port }, { cid, port }, { portId, groups }, { interfaceIndex, protocol } or { family, data }'],
    ['a path to adopt', () => MessageSocket.adopt('/nowhere/socket' as never), 'ERR_CMSG_INVALID_ARG_TYPE',
      'Cannot adopt "/nowhere/socket": expected a descriptor number, an OwnedFd, a net.Socket, a net.Server or a dgram.Socket'],
    ['a socket of this library to adopt', () => MessageSocket.adopt(b as never), 'ERR_CMSG_OUT_OF_RANGE',
      'Cannot adopt an object (MessageSocket), which owns its descriptor: adopt the fd that its detach() returns'],
    ['a group on no interface', () => { a.joinGroup('239.1.2.3', { interface: -1 }) }, 'ERR_CMSG_OUT_OF_RANGE',
      'Cannot call joinGroup with interface -1: expected an integer from 0 to 2147483647'],
    ['a size that is none', () => b.receive({ size: -1 }), 'ERR_CMSG_OUT_OF_RANGE',
      'Cannot call receive with size -1: expected an integer from 0 to 2147483647'],
  ])('%s', async (_, call, code, message) => {
    expect(await outcome(call)).toMatchObject({ code, message })
  })

  it('a value that is no definition, in a message', async () => {
    await a.send('x')
    const message = await b.receive()
    for (const wrong of [undefined, null, 'credentials', {}]) {
      for (const method of ['get', 'getAll'] as const) {
        expect(await outcome(() => message![method](wrong as never)))
          .toEqual(refusal(/^Cannot get .* from a message: expected a definition/))
      }
    }
  })

  it('a destination that is missing: the error says how to name one', async () => {
    await using unix = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await using udp = MessageSocket.open({ family: 'inet', type: 'datagram' })
    const remedy = 'the socket is not connected, so name a destination: send(data, { to: … })'
    for (const [socket, code] of [[unix, 'ENOTCONN'], [udp, 'EDESTADDRREQ']] as const) {
      for (const attempt of [() => socket.send('x'), () => socket.sendNow('x'), () => socket.sendMany([{ data: 'x' }])]) {
        expect(await outcome(attempt)).toMatchObject({ code, message: `sendmsg ${code}: ${remedy}` })
      }
    }
  })

  it.each(Object.entries(methods))('%s takes an object of options', async (_, method) => {
    // The address of a receiver, for one, where { to } is meant.
    for (const wrong of ['/run/demo.sock', 5, null, [rights([0])], Buffer.alloc(1)]) {
      expect(await outcome(() => method(wrong as never)), String(wrong))
        .toEqual(refusal(/^Cannot .* with (options|message) .*: expected an object( such as \{.*\})?$/))
    }
  })

  it.each(abortable)('%s takes an AbortSignal', async (_, method) => {
    for (const wrong of [5, 'x', null, {}, new AbortController()]) {
      expect(await outcome(() => method({ signal: wrong } as never)), String(wrong))
        .toEqual(refusal(/^Cannot use .* as signal: expected an AbortSignal$/))
    }
  })

  it('MSG_ZEROCOPY, because the memory may be reused before the kernel reads it', async () => {
    const flags = constants.MSG_ZEROCOPY
    const message = { buffers: [Buffer.from('x')] }
    const batch = new MessageBatch({ count: 1, size: 1 })
    batch.set(0, message)
    for (const attempt of [
      () => a.send('x', { flags }), () => a.sendNow('x', { flags }), () => a.sendMany([{ data: 'x', flags }]),
      () => sendmsg(a.fd, message, flags), () => sendmmsg(a.fd, [message], flags), () => batch.send(a.fd, 1, flags),
      () => batch.sendOne(a.fd, flags),
    ]) {
      expect(await outcome(attempt)).toMatchObject({
        name: 'RangeError', code: 'ERR_CMSG_OUT_OF_RANGE', message: expect.stringMatching(/^Cannot call send(m?msg)? with MSG_ZEROCOPY/),
      })
    }
    expect(b.receiveNow()).toBeUndefined()
  })

  it('control messages must be in an array: a single one would not be sent', async () => {
    for (const wrong of [rights([0]), 5, 'x', null, {}]) {
      const options = { control: wrong as never }
      for (const attempt of [() => a.send('x', options), () => a.sendNow('x', options), () => a.sendMany([{ data: 'x', ...options }])]) {
        expect(await outcome(attempt))
          .toEqual(refusal(/^Cannot send .* as control messages: expected an array, such as \[rights\(\[fd\]\)\]$/))
      }
    }
  })

  it('and nothing was sent', () => {
    expect(b.receiveNow()).toBeUndefined()
  })
})
