import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { structs } from '../../src/codec.ts'
import {
  constants, credentials, inq, MessageSocket, recvErr, recvErr6, rights, tcpInq, timestampingStats, type AddressLike, type SocketType,
} from '../../src/index.ts'
import {
  accept4, bind, close, connect, decodeAddress, encodeAddress, fcntl, getsockname, listen, setsockopt, shutdown, socket,
} from '../../src/libc.ts'
import { Connector } from '../../src/socket/connector.ts'
import { outcome } from './helpers.ts'

const {
  AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, SOL_SOCKET, SO_RCVTIMEO, SO_SNDTIMEO, SO_LINGER, F_GETFL, F_SETFL, O_NONBLOCK, SHUT_RD,
} = constants
/** What a call that blocks after all waits for: not for ever. */
const fiveSeconds = new Uint8Array(BigInt64Array.of(5n, 0n).buffer)
/** The value of SO_LINGER with which closing resets the connection. */
const resetting = new Uint8Array(structs.linger.size)
structs.linger.write(new DataView(resetting.buffer), 0, { l_onoff: 1, l_linger: 0 })
/** Clears O_NONBLOCK, as any process with the socket can. */
const clearNonBlocking = (fd: number): void => { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) }
const text = (message: { data: Buffer } | undefined): string | undefined => message && String(message.data)

/** A TCP listener whose backlog is full, so that whoever connects must wait until `accept` makes room, and a client that does. */
function busy() {
  const listener = socket(AF_INET, SOCK_STREAM)
  bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(listener, 0)
  const first = socket(AF_INET, SOCK_STREAM)
  connect(first, getsockname(listener))
  const address = decodeAddress(getsockname(listener))
  const client = MessageSocket.open({ family: 'inet', type: 'stream' })
  const connecting = client.connect(address)
  return {
    client, connecting, address,
    /** Whom the listener accepts next. */
    accept: (): MessageSocket => MessageSocket.adopt(accept4(listener).fd),
    [Symbol.asyncDispose]: async () => {
      await client.close()
      close(first)
      close(listener)
    },
  }
}

describe('a connect', () => {
  it('of an adopted socket that would block does not block the loop', async () => {
    await using listener = MessageSocket.bind({ unnamed: true }, { type: 'stream', backlog: 0 })
    await using _ = await MessageSocket.connect(listener.address, { type: 'stream' })
    const fd = socket(AF_UNIX, SOCK_STREAM)
    // If it blocked after all, it would not be for ever.
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, fiveSeconds)
    await using client = MessageSocket.adopt(fd)
    const controller = new AbortController()
    const connecting = expect(client.connect(listener.address, { signal: controller.signal })).rejects.toThrow('enough')
    expect(fcntl(fd, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK)
    controller.abort(new Error('enough'))
    await connecting
  })

  it('does not block the loop if another process clears O_NONBLOCK, before it or while it waits', async () => {
    await using listener = MessageSocket.bind({ unnamed: true }, { type: 'stream', backlog: 0 })
    await using _ = await MessageSocket.connect(listener.address, { type: 'stream' })
    await using client = MessageSocket.open({ family: 'unix', type: 'stream' })
    setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO, fiveSeconds)
    clearNonBlocking(client.fd)
    const began = performance.now()
    const connecting = client.connect(listener.address)
    clearNonBlocking(client.fd)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await using _first = await listener.accept()
    await connecting
    expect(performance.now() - began).toBeLessThan(4000)
  })
})

it('a connect that waits for a full backlog ends at once when its socket closes or it is aborted', async () => {
  await using listener = MessageSocket.bind({ unnamed: true }, { type: 'seqpacket', backlog: 0 })
  await using _ = await MessageSocket.connect(listener.address, { type: 'seqpacket' })
  await using client = MessageSocket.open({ family: 'unix', type: 'seqpacket' })
  const controller = new AbortController()
  const reason = new Error('enough')
  const aborted = expect(client.connect(listener.address, { signal: controller.signal })).rejects.toBe(reason)
  const closed = expect(client.connect(listener.address)).rejects.toMatchObject({
    code: 'ERR_CMSG_CLOSED', message: 'The socket was closed while this was waiting',
  })
  controller.abort(reason)
  await aborted
  await client.close()
  await closed
})

describe('accepting', () => {
  it.each(['accept', 'connections'] as const)('does not block the loop if another process clears O_NONBLOCK: %s', async (how) => {
    for (const type of ['stream', 'seqpacket'] as const) {
      await using listener = MessageSocket.bind({ unnamed: true }, { type })
      setsockopt(listener.fd, SOL_SOCKET, SO_RCVTIMEO, fiveSeconds)
      const began = performance.now()
      const connections = listener.connections()
      const next = async (): Promise<MessageSocket | undefined> =>
        how === 'accept' ? listener.accept() : (await connections.next()).value ?? undefined
      for (let i = 0; i < 3; i++) {
        clearNonBlocking(listener.fd)
        const accepting = next()
        await using client = await MessageSocket.connect(listener.address, { type })
        await using connection = await accepting
        clearNonBlocking(listener.fd)
        // Nothing waits in the kernel any more.
        const controller = new AbortController()
        const another = expect(listener.accept({ signal: controller.signal })).rejects.toThrow('enough')
        await client.send('hello')
        expect(text(await connection!.receive())).toBe('hello')
        controller.abort(new Error('enough'))
        await another
      }
      await connections.return!()
      expect(performance.now() - began).toBeLessThan(4000)
    }
  })

  it('leaves a listener as it was adopted: detach() restores O_NONBLOCK', async () => {
    for (const blocking of [true, false]) {
      const fd = socket(AF_UNIX, SOCK_STREAM | (blocking ? 0 : constants.SOCK_NONBLOCK))
      bind(fd, encodeAddress({ unnamed: true }))
      listen(fd)
      const listener = MessageSocket.adopt(fd)
      clearNonBlocking(fd)
      await using _ = await MessageSocket.connect(listener.address, { type: 'stream' })
      await (await listener.accept()).close()
      using detached = listener.detach().fd
      expect((fcntl(detached.fd, F_GETFL) & O_NONBLOCK) === 0).toBe(blocking)
    }
  })
})

describe('a connection that was made before its listener had its options', () => {
  const { SO_PASSCRED, SO_PASSRIGHTS, SOL_IP, IP_RECVERR, SOL_IPV6, IPV6_RECVERR, IPPROTO_TCP, TCP_INQ } = constants
  const loopback = { address: '127.0.0.1', port: 0 }
  const cases: [string, AddressLike, SocketType, Parameters<typeof MessageSocket.adopt>[1], [level: number, option: number][]][] = [
    ['unix stream', { unnamed: true }, 'stream', { receive: [credentials, inq] }, [[SOL_SOCKET, SO_PASSCRED]]],
    ['unix seqpacket', { unnamed: true }, 'seqpacket', { receive: [credentials] }, [[SOL_SOCKET, SO_PASSCRED]]],
    ['inet', loopback, 'stream', { receive: [recvErr, tcpInq] }, [[SOL_IP, IP_RECVERR], [IPPROTO_TCP, TCP_INQ]]],
    ['inet6', { address: '::1', port: 0 }, 'stream', { receive: [recvErr6, tcpInq] }, [[SOL_IPV6, IPV6_RECVERR], [IPPROTO_TCP, TCP_INQ]]],
  ]
  it.each(cases)('gets them when it is accepted, if the listener was adopted: %s', async (_, address, type, options, expected) => {
    const { fd } = MessageSocket.bind(address, { type }).detach()
    await using client = await MessageSocket.connect(decodeAddress(getsockname(fd.fd)), { type })
    await client.send('early')
    await using listener = MessageSocket.adopt(fd, options)
    await using connection = await listener.accept()
    for (const [level, option] of expected) expect.soft(connection.getOption(level, option), String(option)).toBe(1)
    expect(text(await connection.receive())).toBe('early')
    await client.send('later')
    const later = await connection.receive()
    const kinds = options!.receive!.map(({ kind }) => kind)
    expect(later!.control.map(({ kind }) => kind)).toEqual(kinds.filter((kind) => !kind.startsWith('recvErr')))
    if (type === 'seqpacket') {
      await client.send('')
      await client.close()
      expect([text(await connection.receive()), await connection.receive()]).toEqual(['', undefined])
    }
  })

  it('gets them when it is accepted, if options of the listener were set later', async () => {
    await using listener = MessageSocket.bind({ unnamed: true }, { type: 'stream', receive: [credentials] })
    listener.setOption(SOL_SOCKET, SO_PASSCRED, 0)
    await using client = await MessageSocket.connect(listener.address, { type: 'stream' })
    listener.setOption(SOL_SOCKET, SO_PASSCRED, 1)
    await using connection = await listener.accept()
    await client.send('later')
    expect((await connection.receive())!.get(credentials)?.pid).toBe(process.pid)
  })

  it('refuses descriptors from then on: passRights', async () => {
    const { fd } = MessageSocket.bind({ unnamed: true }, { type: 'stream' }).detach()
    await using client = await MessageSocket.connect(decodeAddress(getsockname(fd.fd)), { type: 'stream' })
    await using listener = MessageSocket.adopt(fd, { passRights: false })
    await using connection = await listener.accept()
    expect(connection.getOption(SOL_SOCKET, SO_PASSRIGHTS)).toBe(0)
    await expect(client.send('x', { control: [rights([0])] })).rejects.toMatchObject({ code: 'EPERM' })
  })
})

it.each(['unix', 'inet'] as const)('accept() rejects on a listener that another owner shuts down for receiving: %s', async (family) => {
  await using listener = MessageSocket.bind(family === 'unix' ? { unnamed: true } : { address: '127.0.0.1', port: 0 }, { type: 'stream' })
  const accepting = outcome(listener.accept())
  shutdown(listener.fd, SHUT_RD)
  expect(await accepting).toBe(family === 'unix' ? 'ERR_CMSG_CLOSED' : 'EINVAL')
  expect(await outcome(listener.accept())).toBe(family === 'unix' ? 'ERR_CMSG_CLOSED' : 'EINVAL')
})

describe('a pending connect', () => {
  it('does not delay messages sent meanwhile forever', async () => {
    await using peers = busy()
    const sending = peers.client.send('at once')
    await using _ = peers.accept()
    await peers.connecting
    expect(await sending).toBe(7)
    await using served = peers.accept()
    expect(text(await served.receive())).toBe('at once')
  })

  it('is not forgotten when that send is aborted', async () => {
    await using peers = busy()
    const controller = new AbortController()
    const sending = expect(peers.client.send('given up', { signal: controller.signal })).rejects.toThrow('enough')
    controller.abort(new Error('enough'))
    await sending
    await using _ = peers.accept()
    await peers.connecting
    await peers.client.send('the first')
    await using served = peers.accept()
    expect(text(await served.receive())).toBe('the first')
  })

  it('continues after it was aborted: a second one to the same address waits for it', async () => {
    await using peers = busy()
    const one = MessageSocket.open({ family: 'inet', type: 'stream' })
    const controller = new AbortController()
    const aborted = expect(one.connect(peers.address, { signal: controller.signal })).rejects.toThrow('enough')
    controller.abort(new Error('enough'))
    await aborted
    await expect(one.connect({ address: '127.0.0.1', port: 1 })).rejects.toThrow(/EALREADY.*an aborted connect to another address/)
    const connecting = one.connect(peers.address)
    await expect(one.connect(peers.address)).rejects.toMatchObject({ code: 'EALREADY' })
    // Makes room for one. The kernel tries again after a second.
    const gone = expect(peers.connecting).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    await peers.client.close()
    await using _ = peers.accept()
    await Promise.all([gone, connecting])
    expect(one.remoteAddress).toEqual(peers.address)
    await one.close()
  })

  it('is the only one: a second one rejects, and takes no result of the first', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using other = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using one = MessageSocket.open({ family: 'inet', type: 'stream' })
    expect(await Promise.all([outcome(one.connect(server.address)), outcome(one.connect(other.address))])).toEqual([undefined, 'EALREADY'])
    expect(one.remoteAddress).toEqual(server.address)
    await using refused = MessageSocket.open({ family: 'inet', type: 'stream' })
    const nowhere = { address: '127.0.0.1', port: 1 }
    const outcomes = await Promise.all([outcome(refused.connect(nowhere)), outcome(refused.connect(other.address))])
    expect(outcomes).toEqual(['ECONNREFUSED', 'EALREADY'])
  })

  it('to another address that succeeds after its abort is not taken for the new one', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using other = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using one = MessageSocket.open({ family: 'inet', type: 'stream' })
    const controller = new AbortController()
    const aborted = outcome(one.connect(server.address, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    await aborted
    await expect(one.connect(other.address)).rejects.toThrow(/EISCONN.*connected to another address: use a new socket/)
    await one.connect(server.address)
    await expect(one.connect(other.address)).rejects.toThrow(/EISCONN.*connected to another address: use a new socket/)
    expect(one.remoteAddress).toEqual(server.address)
  })

  it('that has succeeded is not repeated to another address', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using other = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using one = await MessageSocket.connect(server.address, { type: 'stream' })
    for (let i = 0; i < 2; i++) expect(await outcome(one.connect(other.address))).toBe('EISCONN')
    expect(one.remoteAddress).toEqual(server.address)
  })

  it('whose connection was reset can be repeated to another address', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using other = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using one = await MessageSocket.connect(server.address, { type: 'stream' })
    const accepted = await server.accept()
    setsockopt(accepted.fd, SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer))
    await accepted.close()
    expect(await outcome(one.receive())).toBe('ECONNRESET')
    await one.connect(other.address)
    expect(one.remoteAddress).toEqual(other.address)
  })

  it('that has failed is not taken for a success by one that begins before its caller has heard', async () => {
    await using other = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using one = MessageSocket.open({ family: 'inet', type: 'stream' })
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    let second: Promise<unknown> | undefined
    const onReceived = (): void => { second ??= outcome(one.connect(other.address)) }
    subscribe('cmsg:received', onReceived)
    const receiving = b.receive()
    await after(20)
    const first = outcome(one.connect({ address: '127.0.0.1', port: 1 }))
    // Both are ready in the same turn of the loop.
    a.sendNow('x')
    await receiving
    unsubscribe('cmsg:received', onReceived)
    expect(await first).toBe('ECONNREFUSED')
    expect([undefined, 'EALREADY']).toContain(await second)
    await Promise.all([a.close(), b.close()])
  })

  it('to another address that fails after its abort fails no other', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using one = MessageSocket.open({ family: 'inet', type: 'stream' })
    const controller = new AbortController()
    const aborted = outcome(one.connect({ address: '127.0.0.1', port: 1 }, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    await aborted
    await one.connect(server.address)
    expect(one.remoteAddress).toEqual(server.address)
  })

  it('that has failed can be repeated on the same socket', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using one = MessageSocket.open({ family: 'inet', type: 'stream' })
    for (const port of [1, 1]) expect(await outcome(one.connect({ address: '127.0.0.1', port }))).toBe('ECONNREFUSED')
    await one.connect(server.address)
    expect(one.remoteAddress).toEqual(server.address)
  })

  it('can be aborted itself, or ends with the socket', async () => {
    await using peers = busy()
    await using other = MessageSocket.open({ family: 'inet', type: 'stream' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = expect(other.connect(peers.address, { signal: controller.signal })).rejects.toBe(reason)
    controller.abort(reason)
    await aborted
    const closed = expect(peers.connecting).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    await peers.client.close()
    await closed
  })
})

it.each([5, 1_000_000])('MSG_FASTOPEN without a cookie connects, and then sends all data: %i bytes', async (size) => {
  await using listener = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
  await using client = MessageSocket.open({ family: 'inet', type: 'stream' })
  const sending = client.send(new Uint8Array(size), { to: listener.address, flags: constants.MSG_FASTOPEN })
  const receiving = (async () => {
    await using connection = await listener.accept()
    let received = 0
    while (received < size) received += (await connection.receive())!.length
    return received
  })()
  expect(await Promise.all([sending, receiving])).toEqual([size, size])
})

it.each([
  ['127.0.0.1', AF_INET], ['::1', AF_INET6],
] as const)('a connect to %s that is reset at once fails for that reason, not for a kind that is then refused', async (host, family) => {
  const listener = socket(family, SOCK_STREAM)
  bind(listener, encodeAddress({ address: host, port: 0 }))
  listen(listener)
  const { connect: connectIt } = Connector.prototype
  // Between connecting and turning on the kinds that need a connection.
  const spy = vi.spyOn(Connector.prototype, 'connect').mockImplementation(async function (this: Connector, ...args) {
    await connectIt.apply(this, args)
    const { fd } = accept4(listener)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, resetting)
    close(fd)
  })
  const options = { type: 'stream', receive: [timestampingStats] } as const
  const result = await outcome(MessageSocket.connect(decodeAddress(getsockname(listener)), options))
  spy.mockRestore()
  close(listener)
  expect(result).toBe('ECONNRESET')
})

describe.each([['127.0.0.1', AF_INET], ['::1', AF_INET6]] as const)('a listener on %s', (host, family) => {
  it.each([1, 300])('skips clients that have reset their connection, for which the kernel refuses a kind: %i', async (count) => {
    const listener = MessageSocket.bind({ address: host, port: 0 }, { type: 'stream', receive: [timestampingStats] })
    const name = encodeAddress(listener.address)
    const client = (): number => {
      const fd = socket(family, SOCK_STREAM)
      connect(fd, name)
      return fd
    }
    for (let i = 0; i < count; i++) {
      const fd = client()
      setsockopt(fd, SOL_SOCKET, SO_LINGER, resetting)
      close(fd)
    }
    const good = MessageSocket.adopt(client())
    for await (const connection of listener.connections()) {
      await good.send('hello')
      expect(text(await connection.receive())).toBe('hello')
      await connection.close()
      break
    }
    for (const one of [good, listener]) await one.close()
  })
})
