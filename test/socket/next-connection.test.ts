/**
 * A socket that connects again, and operations that are not for the next connection: they fail with the one they were for.
 */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { structs } from '../../src/codec.ts'
import { constants, defineControlMessage, MessageSocket, type AddressLike } from '../../src/index.ts'
import { accept4, bind, close, connect, encodeAddress, listen as listenTo, poll, setsockopt, socket } from '../../src/libc.ts'
import { start, tempDir, typescript } from '../support/processes.ts'
import { fill, outcome, path, text } from './helpers.ts'

const {
  AF_INET, AF_UNIX, AF_UNSPEC, SOCK_STREAM, SOCK_NONBLOCK, SOL_SOCKET, SO_ERROR, SO_LINGER, MSG_FASTOPEN, IPPROTO_MPTCP, IPPROTO_TCP,
  NETLINK_USERSOCK, SO_RCVBUF, TCP_USER_TIMEOUT, POLLOUT,
} = constants
const loopback = { address: '127.0.0.1', port: 0 }
const nowhere = { address: '127.0.0.1', port: 1 }
const unspecified = { family: AF_UNSPEC, data: new Uint8Array(14) }
const tcp = (): MessageSocket => MessageSocket.open({ family: 'inet', type: 'stream' })
const listen = (): MessageSocket => MessageSocket.bind(loopback, { type: 'stream', reuseAddr: true })

/** Sets SO_LINGER to a time in seconds. */
function linger(one: MessageSocket, l_linger: number): void {
  const value = new Uint8Array(structs.linger.size)
  structs.linger.write(new DataView(value.buffer), 0, { l_onoff: 1, l_linger })
  setsockopt(one.fd, SOL_SOCKET, SO_LINGER, value)
}

/** Closes a TCP connection with a reset. */
async function reset(one: MessageSocket): Promise<void> {
  linger(one, 0)
  await one.close()
}

/** The first data that a listener gets; undefined if none comes within `ms`. */
const received = async (listener: MessageSocket, ms = 5000): Promise<string | undefined> => {
  await using accepted = await listener.accept()
  const controller = new AbortController()
  const receiving = accepted.receive({ signal: controller.signal }).then(text, () => undefined)
  const timer = setTimeout(() => { controller.abort() }, ms)
  return await receiving.finally(() => { clearTimeout(timer) })
}
const soon = 50

describe('a TCP connect that is refused', () => {
  const calls: Record<string, (one: MessageSocket) => unknown> = {
    send: (one) => one.send('x'),
    'send, empty': (one) => one.send(''),
    sendMany: (one) => one.sendMany([{ data: 'x' }]),
    receive: (one) => one.receive(),
    receiveMany: (one) => one.receiveMany(),
    'for await': async (one) => { for await (const message of one) return message },
  }
  it.each(Object.entries(calls))('reports that itself, and to a call that waits for the connection: %s', async (_, call) => {
    for (const family of ['inet', 'inet6'] as const) {
      await using one = MessageSocket.open({ family, type: 'stream' })
      const connecting = outcome(one.connect({ address: family === 'inet' ? '127.0.0.1' : '::1', port: 1 }))
      const called = outcome(call(one) as Promise<unknown>)
      expect([await connecting, await called]).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    }
  })

  it('loses nothing to calls that do not wait: sendNow, receiveNow, receiveSync', async () => {
    await using one = tcp()
    const connecting = outcome(one.connect(nowhere))
    expect([one.sendNow('x'), one.sendNow(''), one.receiveNow()]).toEqual([undefined, undefined, undefined])
    expect(() => one.receiveSync()).toThrow(/receiveSync while connect\(\) is pending/)
    expect(await connecting).toBe('ECONNREFUSED')
  })

  it('does not resolve if other code has read the error', async () => {
    await using one = tcp()
    const connecting = outcome(one.connect(nowhere))
    expect(one.getOption(SOL_SOCKET, SO_ERROR)).toBe(111)
    expect(await connecting).toBe('ECONNABORTED')
  })

  it('passes no message and no receive on to the next connection', async () => {
    await using other = listen()
    await using one = tcp()
    const connecting = one.connect(nowhere)
    const waiting = [one.send('secret', { to: nowhere }), one.send('more'), one.sendMany([{ data: 'all' }]), one.receive()].map(outcome)
    await connecting.catch(() => one.connect(other.address))
    expect(await Promise.all(waiting)).toEqual(Array(4).fill('ECONNREFUSED'))
    expect(await received(other, soon)).toBeUndefined()
    await one.send('for the other', { to: other.address })
  })

  it('passes none on if it was aborted before', async () => {
    await using other = listen()
    await using one = tcp()
    const controller = new AbortController()
    const connecting = outcome(one.connect(nowhere, { signal: controller.signal }))
    const waiting = [one.send('secret', { to: nowhere }), one.receive()].map(outcome)
    controller.abort(new Error('enough'))
    // Microtasks only: the event loop has not seen the failure yet.
    await connecting
    await one.connect(other.address)
    expect(await Promise.all(waiting)).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    expect(await received(other, soon)).toBeUndefined()
  })
})

it('a connection that was reset passes no rest of a message, and no receive, on to the next one', async () => {
  await using server = listen()
  await using other = listen()
  await using one = await MessageSocket.connect(server.address, { type: 'stream' })
  const accepted = await server.accept()
  const waiting = [one.send(Buffer.alloc(30_000_000, 'A')), one.send('and this'), one.receive()]
    .map((promise) => promise.catch((error: unknown) => error as NodeJS.ErrnoException & { sent?: number }))
  await reset(accepted)
  await one.connect(other.address)
  const errors = await Promise.all(waiting)
  expect(errors.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET'])
  expect((errors[0] as { sent?: number }).sent).toBeGreaterThan(0)
  expect(errors[1]).not.toHaveProperty('sent')
  expect(await received(other, soon)).toBeUndefined()
})

it('an accepted connection that was dissolved passes no message on to the next one, even if its error was read before', async () => {
  for (const read of [(one: MessageSocket) => outcome(one.receive()), (one: MessageSocket) => one.getOption(SOL_SOCKET, SO_ERROR)]) {
    await using server = listen()
    await using other = listen()
    await using _ = await MessageSocket.connect(server.address, { type: 'stream' })
    await using one = await server.accept()
    fill(one, {}, Buffer.alloc(60_000))
    const sending = outcome(one.send('secret'))
    await one.connect(unspecified)
    expect(one.remoteAddress).toBeUndefined()
    void read(one)
    await one.connect(other.address)
    expect(await sending).toBe('ECONNABORTED')
    expect(await received(other, soon)).toBeUndefined()
  }
})

it('an error of a connection is not reported on the next one', async () => {
  const uses: Record<string, (one: MessageSocket) => unknown> = {
    'for await': async (one) => { for await (const message of one) return text(message) },
    toDuplex: async (one) => {
      const stream = one.toDuplex()
      const [data] = await once(stream, 'data') as [Buffer]
      stream.destroy()
      return String(data)
    },
    detach: async (one) => {
      const { fd, error } = one.detach()
      expect(error).toBeUndefined()
      await using again = MessageSocket.adopt(fd)
      return text(await again.receive())
    },
  }
  for (const use of Object.values(uses)) {
    await using server = listen()
    await using other = listen()
    const one = await MessageSocket.connect(server.address, { type: 'stream' })
    const accepted = await server.accept()
    await accepted.send('from the first')
    await reset(accepted)
    // Takes the message, and keeps the error for the next receive.
    while ((await one.receiveMany()).length === 0);
    await one.connect(other.address)
    await using second = await other.accept()
    await second.send('from the second')
    expect(await use(one)).toBe('from the second')
    await one.close().catch(() => {})
  }
})

it('a stream that failed within a message can send on its next connection, whatever the error was', async () => {
  await using server = listen()
  await using other = listen()
  await using one = tcp()
  one.setOption(IPPROTO_TCP, TCP_USER_TIMEOUT, 300)
  await one.connect(server.address)
  const failed = await one.send(Buffer.alloc(30_000_000)).catch((error: unknown) => error as NodeJS.ErrnoException & { sent: number })
  expect(failed).toMatchObject({ code: 'ETIMEDOUT', sent: expect.any(Number) as number })
  expect(await outcome(one.send('too late'))).toBe('EPIPE')
  await one.connect(other.address)
  await one.send('for the next')
  expect(await received(other)).toBe('for the next')
})

it('connect() to the present peer leaves a connection as it is: with half a message, and with an error that was kept', async () => {
  await using server = listen()
  await using one = await MessageSocket.connect(server.address, { type: 'stream' })
  await using accepted = await server.accept()
  const data = new Uint8Array(30_000_000)
  const sending = outcome(one.send(data))
  structuredClone(data.buffer, { transfer: [data.buffer] })
  await accepted.receive()
  expect(await sending).toBe('ERR_CMSG_INVALID_ARG_TYPE')
  await one.connect(server.address)
  expect(await outcome(one.send('the other half'))).toBe('ERR_CMSG_CLOSED')
})

describe('an address of the family AF_UNSPEC', () => {
  it('dissolves a TCP connection, and fails what waits for it', async () => {
    await using server = listen()
    await using one = await MessageSocket.connect(server.address, { type: 'stream' })
    await using _ = await server.accept()
    const waiting = [one.receive(), one.send(Buffer.alloc(30_000_000))].map(outcome)
    await one.connect(unspecified)
    expect(await Promise.all(waiting)).toEqual(['ECONNABORTED', 'ECONNABORTED'])
    expect(one.remoteAddress).toBeUndefined()
    await one.connect(server.address)
    await using again = await server.accept()
    await again.send('again')
    expect(text(await one.receive())).toBe('again')
  })

  it.each(['UDP', 'a Unix datagram socket'])('dissolves the association of %s, which can receive from others then', async (kind) => {
    // A port that the kernel has chosen is given up with the association.
    const own = async (): Promise<AddressLike> => {
      if (kind !== 'UDP') return path()
      await using free = MessageSocket.bind(loopback, { type: 'datagram' })
      return free.address
    }
    const [first, second, one] = await Promise.all([0, 1, 2].map(async () => MessageSocket.bind(await own(), { type: 'datagram' }))) as
      [MessageSocket, MessageSocket, MessageSocket]
    await one.connect(first.address)
    const receiving = one.receive()
    await one.connect(unspecified)
    await second.send('from another', { to: one.address })
    expect(text(await receiving)).toBe('from another')
    await expect(one.send('to nobody')).rejects.toThrow(/the socket is not connected, so name a destination/)
    for (const socket of [first, second, one]) await socket.close()
  })
})

describe('a listener that is closed', () => {
  it('leaves its address free at once', async () => {
    const started: MessageSocket[] = []
    for (let i = 0; i < 30; i++) {
      const one = listen()
      const { address } = one
      const clients = await Promise.all([0, 1, 2].map(() => MessageSocket.connect(address, { type: 'stream' })))
      // A listener with connections that nobody has accepted is closed a little later.
      started.push(...clients, await one.accept(), await one.accept(), await one.accept())
      for (const socket of started.splice(0)) void socket.close()
      void one.close()
      await MessageSocket.bind(address, { type: 'stream', reuseAddr: true }).close()
    }
  })

  it('does not wait for connections that nobody has accepted, which have SO_LINGER as it has', async () => {
    const one = listen()
    linger(one, 10)
    await using client = await MessageSocket.connect(one.address, { type: 'stream' })
    await client.send('unread')
    const begun = performance.now()
    await one.close()
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(await outcome(client.receive())).toBe('ECONNRESET')
  })
})

it('a receive waits for the next connection, though the last has ended', async () => {
  await using server = listen()
  await using other = listen()
  await using one = await MessageSocket.connect(server.address, { type: 'stream' })
  await reset(await server.accept())
  expect([await outcome(one.receive()), await outcome(one.receive())]).toEqual(['ECONNRESET', undefined])
  const connecting = one.connect(other.address)
  const receiving = one.receive()
  await connecting
  await using accepted = await other.accept()
  await accepted.send('hello')
  expect(text(await receiving)).toBe('hello')
})

it('a connect does not resolve without a connection, though the kernel calls the socket connected', async () => {
  await using server = listen()
  await using one = await MessageSocket.connect(server.address, { type: 'stream' })
  await one.connect(server.address)
  await reset(await server.accept())
  expect(await outcome(one.receive())).toBe('ECONNRESET')
  expect(await outcome(one.connect(server.address))).toBe('EISCONN')
  expect(one.remoteAddress).toBeUndefined()
})

describe('MSG_FASTOPEN', () => {
  it('is the connection that a later connect() is about', async () => {
    await using server = listen()
    await using other = listen()
    await using one = tcp()
    const sending = one.send('by its data', { to: server.address, flags: MSG_FASTOPEN })
    expect(await outcome(one.connect(other.address))).toMatch(/^(EALREADY|EISCONN)$/)
    expect(await sending).toBe(11)
    expect(await outcome(one.connect(other.address))).toBe('EISCONN')
    expect(one.remoteAddress).toEqual(server.address)
    expect(await received(server)).toBe('by its data')
  })

  it('is, too, when it was aborted', async () => {
    await using server = listen()
    await using other = listen()
    await using one = tcp()
    const controller = new AbortController()
    const sending = outcome(one.send('given up', { to: server.address, flags: MSG_FASTOPEN, signal: controller.signal }))
    controller.abort(new Error('enough'))
    await sending
    expect(await outcome(one.connect(other.address))).toMatch(/^(EALREADY|EISCONN)$/)
    expect(one.remoteAddress).toEqual(server.address)
  })

  it('loses no data to a connect() to the same address', async () => {
    await using server = listen()
    await using one = tcp()
    const sending = one.send('by its data', { to: server.address, flags: MSG_FASTOPEN })
    const connecting = [one.connect(server.address), one.connect(server.address)]
    await connecting[0]
    expect([undefined, 'EALREADY']).toContain(await outcome(connecting[1]!))
    expect(await sending).toBe(11)
    expect(await received(server)).toBe('by its data')
  })

  it('that was refused leaves neither its address nor messages to the next connection', async () => {
    await using other = listen()
    await using one = tcp()
    const waiting = [one.send('x', { to: nowhere, flags: MSG_FASTOPEN }), one.send('secret', { to: nowhere })].map(outcome)
    await one.connect(other.address)
    expect(await outcome(one.send('secret', { to: nowhere }))).toBe('ERR_CMSG_UNSUPPORTED')
    expect(await Promise.all(waiting)).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    expect(await one.send('named', { to: other.address })).toBe(5)
    expect(await received(other)).toBe('named')
  })

  describe('whose data goes with the request for the connection', () => {
    /** A TCP socket that needs no cookie of the server for that: TCP_FASTOPEN_NO_COOKIE. */
    function eager(): MessageSocket {
      const socket = tcp()
      socket.setOption(IPPROTO_TCP, 34, 1)
      return socket
    }

    it('and is refused takes no message along, not even to another destination', async () => {
      await using server = listen()
      await using one = eager()
      const list = [{ data: 'x', to: nowhere, flags: MSG_FASTOPEN }, { data: 'secret', to: server.address, flags: MSG_FASTOPEN }]
      expect(await outcome(one.sendMany(list))).toBe('ECONNREFUSED')
      expect(one.bufferedAmount).toBe(0)
      expect(await one.send('hello', { to: server.address, flags: MSG_FASTOPEN })).toBe(5)
      expect(await received(server)).toBe('hello')
    })

    it.each(['send', 'sendNow', 'receive', 'receiveNow'] as const)('and is refused reports that to the next call: %s', async (call) => {
      for (const delayMs of [0, 20]) {
        await using one = eager()
        expect(one.sendNow('x', { to: nowhere, flags: MSG_FASTOPEN })).toBe(1)
        if (delayMs > 0) await pause(delayMs)
        expect(await outcome((async () => (call === 'send' || call === 'sendNow' ? one[call]('y') : one[call]()))())).toBe('ECONNREFUSED')
        // As in C, once.
        expect(await one.receive()).toBeUndefined()
      }
    })

    it('and is refused reports that to a receive that waits, and to the next message', async () => {
      await using one = eager()
      one.sendNow('x', { to: nowhere, flags: MSG_FASTOPEN })
      const receiving = outcome(one.receive())
      expect([await receiving, await outcome(one.send('y'))]).toEqual(['ECONNREFUSED', 'EPIPE'])
      await using other = eager()
      const waiting = outcome(other.receive())
      other.sendNow('x', { to: nowhere, flags: MSG_FASTOPEN })
      expect(await Promise.all([waiting, outcome(other.send('y'))])).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    })
  })

  it.each(['send', 'sendMany'] as const)('that is refused reports that itself, and to a receive that waits: %s', async (call) => {
    await using one = tcp()
    const receiving = outcome(one.receive())
    const options = { to: nowhere, flags: MSG_FASTOPEN }
    const sending = outcome(call === 'send' ? one.send('x', options) : one.sendMany([{ data: 'x', ...options }]))
    expect([await sending, await receiving]).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
  })

  describe('while the kernel connects', () => {
    /** A listener that answers no further connection until it has accepted one, and then within a second. */
    async function busy(): Promise<{ listener: MessageSocket; clients: MessageSocket[] }> {
      const listener = MessageSocket.bind(loopback, { type: 'stream', backlog: 0 })
      return { listener, clients: [await MessageSocket.connect(listener.address, { type: 'stream' })] }
    }

    it('a call that does not wait finds the connection once it is there, within the same turn', async () => {
      const { listener, clients } = await busy()
      await using one = tcp()
      const controller = new AbortController()
      const sending = outcome(one.send('x', { to: listener.address, flags: MSG_FASTOPEN, signal: controller.signal }))
      expect([one.receiveNow(), one.receiveSync({ timeout: 1 }), one.sendNow('y')]).toEqual([undefined, undefined, undefined])
      controller.abort(new Error('enough'))
      await sending
      close(accept4(listener.fd).fd)
      expect(poll([{ fd: one.fd, events: POLLOUT }], 10_000)[0]!.revents).not.toBe(0)
      expect(one.sendNow('y')).toBe(1)
      for (const socket of [listener, ...clients]) await socket.close()
    })

    it('a failure is reported once, to the message or to whatever waits', async () => {
      for (const call of ['send', 'receive'] as const) {
        const { listener, clients } = await busy()
        await using one = tcp()
        const controller = new AbortController()
        const sending = outcome(one.send('', { to: listener.address, flags: MSG_FASTOPEN, signal: controller.signal }))
        const receiving = call === 'receive' ? outcome(one.receive()) : undefined
        if (call === 'receive') controller.abort(new Error('enough'))
        for (const socket of [listener, ...clients]) await socket.close()
        expect(await (receiving ?? sending)).toBe('ECONNREFUSED')
        expect(await one.receive()).toBeUndefined()
        const { fd, ...left } = one.detach()
        expect(left).toEqual({ messages: [], error: undefined })
        fd.close()
      }
    })

    it('a failure that nobody waits for is reported to the next receive', async () => {
      const { listener, clients } = await busy()
      await using one = tcp()
      const controller = new AbortController()
      const sending = outcome(one.send('x', { to: listener.address, flags: MSG_FASTOPEN, signal: controller.signal }))
      controller.abort(new Error('enough'))
      await sending
      for (const socket of [listener, ...clients]) await socket.close()
      expect(poll([{ fd: one.fd, events: POLLOUT }], 10_000)[0]!.revents).not.toBe(0)
      expect(await outcome(one.receive())).toBe('ECONNREFUSED')
    })
  })

  it('is one message like any other on a connection', async () => {
    await using server = listen()
    await using one = tcp()
    for (const data of ['1', '2', '3', '4']) await one.send(data, { to: server.address, flags: MSG_FASTOPEN })
    await using client = await MessageSocket.connect(server.address, { type: 'stream' })
    for (const data of ['5', '6']) await client.send(data, { to: server.address, flags: MSG_FASTOPEN })
    for (const [socket, all] of [[one, '1234'], [client, '56']] as const) {
      await socket.close()
      await using accepted = await server.accept()
      let data = ''
      for await (const message of accepted) data += text(message)!
      expect(data).toBe(all)
    }
  })

  it('is refused without a destination, and on sockets that ignore the flag', async () => {
    await using server = listen()
    await using client = await MessageSocket.connect(server.address, { type: 'stream' })
    await expect(client.send('x', { flags: MSG_FASTOPEN })).rejects.toThrow(/without a destination: name it with `to`/)
    for (const type of ['datagram', 'seqpacket', 'stream'] as const) {
      await using other = MessageSocket.open({ family: 'unix', type })
      await expect(other.send('x', { to: path(), flags: MSG_FASTOPEN })).rejects.toThrow(/only TCP connects with the first message/)
    }
    await using udp = MessageSocket.open({ family: 'inet', type: 'datagram' })
    expect(() => udp.sendNow('x', { to: loopback, flags: MSG_FASTOPEN })).toThrow(expect.objectContaining({ code: 'ERR_CMSG_UNSUPPORTED' }))
  })

  it('takes no message along that names another destination', async () => {
    await using server = listen()
    await using one = tcp()
    const list = [{ data: 'hello', to: server.address, flags: MSG_FASTOPEN }, { data: 'secret', to: nowhere }]
    expect(await outcome(one.sendMany(list))).toBe('EISCONN')
    expect(await received(server)).toBe('hello')
  })

  it('is not taken for another one that is open by then', async () => {
    await using server = listen()
    await using other = listen()
    await using one = tcp()
    const [a, b] = [server, other].map(({ address }, i) => ({ data: `for ${i}`, to: address, flags: MSG_FASTOPEN }))
    expect(await outcome(one.sendMany([a!, b!]))).toBe('EISCONN')
    expect(await received(server)).toBe('for 0')
  })

  it('opens an MPTCP connection, too', async (context) => {
    let listener: MessageSocket
    try {
      listener = MessageSocket.bind(loopback, { type: 'stream', protocol: IPPROTO_MPTCP })
    } catch (error) {
      return context.skip(String(error))
    }
    await using server = listener
    await using one = MessageSocket.open({ family: 'inet', type: 'stream', protocol: IPPROTO_MPTCP })
    expect(await one.send('hello', { to: server.address, flags: MSG_FASTOPEN })).toBe(5)
    expect(await received(server)).toBe('hello')
  })

  it('takes no message along that waited behind one that was refused', async () => {
    await using server = listen()
    await using one = tcp()
    const waiting = [
      one.send('x', { to: nowhere, flags: MSG_FASTOPEN }), one.send('hello', { to: server.address, flags: MSG_FASTOPEN }),
      one.send('secret', { to: { address: '127.0.0.1', port: 2 } }),
    ].map(outcome)
    expect((await Promise.all(waiting)).slice(0, 2)).toContain('ECONNREFUSED')
    expect(await waiting[2]).toMatch(/^(ECONNREFUSED|EISCONN|EPIPE|ERR_CMSG_UNSUPPORTED)$/)
    await one.close()
  })

  it('fails what waits for an earlier connect, and takes neither its error nor its end', async () => {
    await using server = listen()
    await using one = tcp()
    const controller = new AbortController()
    const connecting = outcome(one.connect(nowhere, { signal: controller.signal }))
    const waiting = [one.receive(), one.send('secret')].map(outcome)
    controller.abort(new Error('enough'))
    await connecting
    expect(await one.send('hello', { to: server.address, flags: MSG_FASTOPEN })).toBe(5)
    expect(await Promise.all(waiting)).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    expect(await received(server)).toBe('hello')
  })

  it('opens a connection that can be read after an earlier one has ended', async () => {
    await using first = listen()
    await using server = listen()
    await using one = await MessageSocket.connect(first.address, { type: 'stream' })
    await reset(await first.accept())
    expect(await outcome(one.receive())).toBe('ECONNRESET')
    expect(await one.receive()).toBeUndefined()
    expect(one.ended).toBe(true)
    await one.send('hello', { to: server.address, flags: MSG_FASTOPEN })
    await using accepted = await server.accept()
    await accepted.send('and back')
    expect(text(await one.receive())).toBe('and back')
  })

  it('begins a connection after a connect that was refused', async () => {
    await using server = listen()
    await using one = tcp()
    expect(await outcome(one.connect(nowhere))).toBe('ECONNREFUSED')
    expect(await one.send('x', { to: server.address, flags: MSG_FASTOPEN })).toBe(1)
    expect(await outcome(one.connect(nowhere))).toBe('EISCONN')
    expect(await received(server)).toBe('x')
  })
})

describe('an adopted socket that its former owner connects', () => {
  const begun = (to: AddressLike): MessageSocket => {
    const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    try {
      connect(fd, encodeAddress(to))
    } catch { /* EINPROGRESS */ }
    return MessageSocket.adopt(fd)
  }

  it('is not taken for connected to another address', async () => {
    await using server = listen()
    await using other = listen()
    await using one = begun(server.address)
    expect(await outcome(one.connect(other.address))).toBe('EISCONN')
    expect(one.remoteAddress).toEqual(server.address)
    await one.connect(server.address)
  })

  it('does not hand its failure to another connect', async () => {
    await using other = listen()
    await using one = begun(nowhere)
    await one.connect(other.address)
    expect(one.remoteAddress).toEqual(other.address)
  })

  it('fails what waits for that, also if a send had its error', async () => {
    await using other = listen()
    await using one = begun(nowhere)
    const receiving = outcome(one.receive())
    expect(() => one.sendNow('x')).toThrow(/ECONNREFUSED/)
    await one.connect(other.address)
    await using accepted = await other.accept()
    await accepted.send('for the next')
    expect(await receiving).toBe('ECONNABORTED')
    expect(text(await one.receive())).toBe('for the next')
  })
})

it('an error of connect() says that the address is of another family', async () => {
  await using six = MessageSocket.open({ family: 'inet6', type: 'stream' })
  await expect(six.connect(nowhere)).rejects.toThrow(/the socket is of another family, inet6: write ::ffff: before the address/)
  await using four = tcp()
  await expect(four.connect(path())).rejects.toThrow(/the socket is of another family, inet$/)
})

it('a Unix stream that is connected does not wait for the backlog of another listener', async () => {
  const full = path()
  const [own, listener] = [path(), socket(AF_UNIX, SOCK_STREAM)]
  bind(listener, encodeAddress(full))
  listenTo(listener, 0)
  const first = socket(AF_UNIX, SOCK_STREAM)
  connect(first, encodeAddress(full))
  await using server = MessageSocket.bind(own, { type: 'stream' })
  await using one = await MessageSocket.connect(own, { type: 'stream' })
  expect(await outcome(one.connect(full, { signal: AbortSignal.timeout(2000) }))).toBe('EISCONN')
  await using _ = await server.accept()
  for (const fd of [listener, first]) close(fd)
})

describe('a datagram socket, whose connect takes effect at once,', () => {
  it('connects to no other peer while messages wait for the one of the same turn', async () => {
    const [one, other] = [path(), path()]
    await using first = MessageSocket.bind(one, { type: 'datagram', readAhead: 0 })
    await using second = MessageSocket.bind(other, { type: 'datagram', readAhead: 0 })
    await using filler = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const filled = fill(filler, { to: other })
    await using client = await MessageSocket.connect(one, { type: 'datagram' })
    const connecting = client.connect(other)
    const sending = client.send('for the second')
    expect(await outcome(client.connect(one))).toBe('ERR_CMSG_BACKLOG')
    await connecting
    for (let i = 0; i < filled; i++) await second.receive()
    await sending
    expect(text(await second.receive())).toBe('for the second')
    expect(first.receiveNow()).toBeUndefined()
  })

  it('keeps messages in order that name the peer before the call has returned to its caller', async () => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'datagram', readAhead: 0 })
    await using filler = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const filled = fill(filler, { to: own })
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const connecting = client.connect(own)
    const sends = [client.send('1', { to: own }), client.send('2', { to: own })]
    await connecting
    await server.receive()
    expect(client.sendNow('too early')).toBeUndefined()
    sends.push(client.send('3'))
    for (let i = 1; i < filled; i++) await server.receive()
    await Promise.all(sends)
    const texts = [await server.receive(), await server.receive(), await server.receive()].map(text)
    expect(texts).toEqual(['1', '2', '3'])
  })

  it('reports no error that a message to its former peer caused', async () => {
    await using gone = MessageSocket.bind(loopback, { type: 'datagram' })
    const { address } = gone
    await using there = MessageSocket.bind(loopback, { type: 'datagram' })
    await using client = await MessageSocket.connect(address, { type: 'datagram' })
    await gone.close()
    await client.send('to nobody')
    await client.connect(there.address)
    expect(await client.send('for the present one')).toBe(19)
    expect(text(await there.receive())).toBe('for the present one')
    expect(client.receiveNow()).toBeUndefined()
  })
})

describe('a raw socket, which needs no connection,', () => {
  const netlink = (): MessageSocket => {
    const socket = MessageSocket.open({ family: 'netlink', type: 'raw', protocol: NETLINK_USERSOCK })
    socket.bind({ portId: 0, groups: 0 })
    return socket
  }

  it('connects to no other peer while messages wait', async () => {
    await using first = netlink()
    await using second = netlink()
    await using client = netlink()
    first.setOption(SOL_SOCKET, SO_RCVBUF, 4096)
    await client.connect(first.address)
    fill(client, {}, Buffer.alloc(500))
    const sending = outcome(client.send('for the first'))
    expect(await outcome(client.connect(second.address))).toBe('ERR_CMSG_BACKLOG')
    await client.close()
    expect(await sending).toBe('ERR_CMSG_CLOSED')
    expect(second.receiveNow()).toBeUndefined()
  })

  it('receives without a peer, too', async () => {
    await using one = netlink()
    await using other = netlink()
    const receiving = one.receive()
    await one.connect(other.address)
    await one.connect(unspecified)
    await other.send('hello', { to: one.address })
    expect(text(await receiving)).toBe('hello')
  })
})

describe('a seqpacket connection', () => {
  it('is named as connect() named it, and by a relative pathname only in the directory of that time', async () => {
    const directories = [tempDir(), tempDir()]
    const program = start([...typescript('test/socket/relative-peer.program.ts'), ...directories])
    expect((await program.output()).map((line) => JSON.parse(line) as unknown)).toEqual([
      { absolute: 1, relative: 1, elsewhere: 'ERR_CMSG_UNSUPPORTED', received: ['1', '2'] },
    ])
  })

  it('is named by a path that differs from that of its listener', async () => {
    const own = path()
    mkdirSync(join(dirname(own), 'folder'))
    const alias = join(dirname(own), 'folder') + '/../socket'
    await using server = MessageSocket.bind(own, { type: 'seqpacket' })
    await using client = await MessageSocket.connect(alias, { type: 'seqpacket' })
    await using accepted = await server.accept()
    for (const to of [alias, own]) await client.send('x', { to })
    expect([text(await accepted.receive()), text(await accepted.receive())]).toEqual(['x', 'x'])
  })
})

it('a TCP connection is named as connect() named it: 0.0.0.0', async () => {
  await using server = MessageSocket.bind({ address: '0.0.0.0', port: 0 }, { type: 'stream' })
  const to = { address: '0.0.0.0', port: (server.address as { port: number }).port }
  await using client = await MessageSocket.connect(to, { type: 'stream' })
  expect(await client.send('x', { to })).toBe(1)
  expect(await received(server)).toBe('x')
})

describe('a connect whose socket ends before its caller has heard', () => {
  const late = defineControlMessage({
    kind: 'late', level: SOL_SOCKET, type: 12345, decode: (data) => data.byteLength,
    receive: { size: 4, option: constants.SO_PASSCRED, when: 'connected' },
  })
  it.each(['close', 'detach'] as const)('rejects: %s', async (how) => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'stream' })
    const one = MessageSocket.open({ family: 'unix', type: 'stream', receive: [late] })
    const connecting = outcome(one.connect(own))
    if (how === 'close') void one.close()
    else one.detach().fd.close()
    expect(await connecting).toBe('ERR_CMSG_CLOSED')
    await using _ = await server.accept()
  })
})

