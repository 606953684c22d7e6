import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { constants, credentials, MessageSocket, OwnedFd, rights, type SocketType } from '../../src/index.ts'
import { fcntl } from '../../src/libc.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { start, tempDir } from '../support/processes.ts'

const types: readonly SocketType[] = ['datagram', 'seqpacket', 'stream']
const text = (message: { data: Buffer } | undefined): string | undefined => message && String(message.data)
const path = (): string => join(tempDir(), 'socket')
const lost = { code: 'ERR_CMSG_CLOSED', message: 'The socket was closed while this was waiting' }

function pair(type: SocketType) {
  const [a, b] = MessageSocket.pair({ type, receive: [rights] })
  return { a, b, [Symbol.asyncDispose]: async () => { await a.close(); await b.close() } }
}

describe.each(types)('closing a %s socket', (type) => {
  it('can be repeated; all other calls are refused with the attempted action', async () => {
    await using peers = pair(type)
    const { b } = peers
    await Promise.all([b.close(), b.close()])
    b[Symbol.dispose]()
    await b[Symbol.asyncDispose]()
    expect(b.closed).toBe(true)
    const attempts: Record<string, () => unknown> = {
      'send on': () => b.sendNow('x'),
      'receive on': () => b.receiveNow(),
      'get an option of': () => b.getOption(1, 1),
      'set an option of': () => { b.setOption(1, 1, 1) },
      'get the address of': () => b.address,
      'get the remote address of': () => b.remoteAddress,
      'bind': () => { b.bind(path()) },
      'listen on': () => { b.listen() },
      'use': () => b.fd,
    }
    for (const [attempt, run] of Object.entries(attempts)) {
      expect(run, attempt).toThrow(expect.objectContaining({
        code: 'ERR_CMSG_CLOSED', message: `Cannot ${attempt} a socket that is closed`,
      }))
    }
    expect(() => b.receiveSync()).toThrow('Cannot receive on a socket that is closed')
    for (const promise of [
      b.receive(), b.receiveMany(), b.connect(path()), b.accept(), b.connections().next(), b.send('x'), b.sendMany([{ data: 'x' }]),
    ]) {
      await expect(promise).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    }
    expect(b.ref().unref()).toBe(b)
    for await (const _ of b) throw new Error('nothing comes of it')
    for await (const _ of b.messages()) throw new Error('nothing comes of it')
  })

  it.each(['closed', 'detached'])('refuses every method once it is %s', async (state) => {
    const { a, b } = pair(type)
    if (state === 'closed') await b.close()
    else b.detach().fd.close()
    const calls: Record<string, () => unknown> = {
      bind: () => { b.bind(path()) },
      connect: () => b.connect(path()),
      getOption: () => b.getOption(1, 1),
      setOption: () => { b.setOption(1, 1, 1) },
      peerCredentials: () => b.peerCredentials(),
      peerPidfd: () => b.peerPidfd(),
      peerGroups: () => b.peerGroups(),
      peerSecurity: () => b.peerSecurity(),
      joinGroup: () => { b.joinGroup('239.1.2.3') },
      leaveGroup: () => { b.leaveGroup('239.1.2.3') },
      listen: () => { b.listen() },
      accept: () => b.accept(),
      connections: () => b.connections().next(),
      send: () => b.send('x'),
      sendNow: () => b.sendNow('x'),
      sendMany: () => b.sendMany([]),
      flush: () => b.flush(),
      receive: () => b.receive(),
      receiveNow: () => b.receiveNow(),
      receiveSync: () => b.receiveSync(),
      receiveMany: () => b.receiveMany(),
      detach: () => b.detach(),
      toDuplex: () => b.toDuplex(),
    }
    const never = ['constructor', 'messages', 'ref', 'unref', 'close']
    const methods = Object.entries(Object.getOwnPropertyDescriptors(MessageSocket.prototype))
      .flatMap(([name, { value }]) => (typeof value === 'function' && !never.includes(name) ? [name] : []))
    expect(Object.keys(calls).sort()).toEqual(methods.sort())
    for (const [name, call] of Object.entries(calls)) {
      // eslint-disable-next-line @typescript-eslint/require-await -- an exception and a rejection are the same here
      await expect((async () => call())(), name).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    }
    await a.close()
  })

  it('rejects all waiting calls and closes queued descriptors', async () => {
    const before = openDescriptors()
    const peers = pair(type)
    for (let i = 0; i < 3; i++) await peers.a.send(`${i}`, { control: [rights([peers.a, peers.b])] })
    // One is handed out, the others of the batch are queued.
    const first = (await peers.b.receive())!
    const waiting =
      [peers.a.receive(), peers.a.receive(), peers.a.receiveMany()].map((promise) => expect(promise).rejects.toMatchObject(lost))
    await peers.a.close()
    await peers.b.close()
    await Promise.all(waiting)
    // A message that was handed out has outlived its socket.
    expect(text(first)).toBe('0')
    expect(first.get(rights)?.every(({ owned }) => owned)).toBe(true)
    first[Symbol.dispose]()
    await expect.poll(() => newDescriptors(before).filter((line) => line.includes('socket:'))).toEqual([])
  })

  it('during an iteration ends it after the current message', async () => {
    await using peers = pair(type)
    for (let i = 0; i < 5; i++) await peers.a.send('x')
    let count = 0
    for await (const _ of peers.b) {
      count++
      await peers.b.close()
    }
    expect(count).toBe(1)
  })

  it('by `using` works, synchronously and asynchronously', async () => {
    const { a, b } = pair(type)
    {
      using one = a
      await using other = b
      expect([one.closed, other.closed]).toEqual([false, false])
    }
    expect([a.closed, b.closed]).toEqual([true, true])
  })
})

describe('the end of a connection', () => {
  it.each(['seqpacket', 'stream'] as const)('comes after all messages, and stays (%s)', async (type) => {
    await using peers = pair(type)
    await peers.a.send('1')
    await peers.a.send('2')
    await peers.a.close()
    expect(peers.b.ended).toBe(false)
    let received = ''
    for await (const message of peers.b) received += text(message)
    expect(received).toBe('12')
    expect(peers.b.ended).toBe(true)
    expect([await peers.b.receive(), peers.b.receiveNow(), peers.b.receiveSync(), await peers.b.receiveMany()]).toEqual([
      undefined, undefined, undefined, [],
    ])
    for await (const _ of peers.b) throw new Error('it has ended')
    await expect(peers.b.send('x')).rejects.toMatchObject({ code: 'EPIPE', syscall: 'sendmsg' })
  })

  it.each(['seqpacket', 'stream'] as const)('wakes all waiting receives (%s)', async (type) => {
    await using peers = pair(type)
    const waiting = [peers.b.receive(), peers.b.receive(), peers.b.receiveMany()]
    await peers.a.close()
    expect(await Promise.all(waiting)).toEqual([undefined, undefined, []])
  })

  it('does not exist for a datagram pair: a receive still waits, and a send fails', async () => {
    await using peers = pair('datagram')
    const waiting = expect(peers.b.receive()).rejects.toMatchObject(lost)
    await peers.a.close()
    await turn()
    await expect(peers.b.send('x')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(peers.b.ended).toBe(false)
    await peers.b.close()
    await waiting
  })
})

describe('a listener that is closed', () => {
  it('rejects accept and ends iterations', async () => {
    const listener = MessageSocket.bind(path(), { type: 'stream', unlink: true })
    const accepting = expect(listener.accept()).rejects.toMatchObject(lost)
    const iterating = (async () => { for await (const _ of listener.connections()) throw new Error('nobody came') })()
    await listener.close()
    await accepting
    await iterating
  })

  it('has no messages, and a receive is refused with a hint', async () => {
    await using listener = MessageSocket.bind(path(), { type: 'stream', unlink: true })
    await using _ = await MessageSocket.connect(listener.address, { type: 'stream' })
    const told = {
      code: 'ERR_CMSG_OUT_OF_RANGE', message: 'Cannot receive on a listening socket: receive on the sockets from accept() or connections()',
    }
    await expect(listener.receive()).rejects.toMatchObject(told)
    await expect(listener.receiveMany()).rejects.toMatchObject(told)
    await expect(listener[Symbol.asyncIterator]().next()).rejects.toMatchObject(told)
    for (const attempt of [() => listener.receiveNow(), () => listener.receiveSync()]) {
      expect(attempt).toThrow(expect.objectContaining(told))
    }
    await using accepted = await listener.accept()
    expect(accepted.closed).toBe(false)
  })

  it('leaves its accepted connections open', async () => {
    const listener = MessageSocket.bind(path(), { type: 'seqpacket', receive: [credentials] })
    await using client = await MessageSocket.connect(listener.address, { type: 'seqpacket' })
    await using connection = await listener.accept()
    await listener.close()
    await client.send('still here')
    expect((await connection.receive())?.get(credentials)?.pid).toBe(process.pid)
  })
})

describe('a signal', () => {
  it('that every operation uses gets one listener, and none when no operation is waiting any more', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const listening = (): number => getEventListeners(signal, 'abort').length
    const sockets = Array.from({ length: 12 }, () => pair('datagram'))
    const received = sockets.map(({ b }) => b.receive({ signal }))
    expect(listening()).toBe(1)
    await sockets[0]!.a.send('x')
    await received[0]
    expect(listening()).toBe(1)
    const reason = new Error('enough')
    const aborted = received.slice(1).map((promise) => expect(promise).rejects.toBe(reason))
    // Another listener of the program closes one of them first.
    signal.addEventListener('abort', () => void sockets[11]!.b.close())
    controller.abort(reason)
    await Promise.all(aborted)
    expect(listening()).toBe(1) // the program's own
    for (const { a, b } of sockets) await Promise.all([a.close(), b.close()])
  })
})

describe('the process', () => {
  const run = (body: string): Promise<string[]> => start([
    process.execPath, '--import', 'tsx', '--input-type=module', '-e',
    `import { MessageSocket } from './src/index.ts'\nconst [a, b] = MessageSocket.pair({ type: 'datagram' })\n${body}`,
  ]).output()

  it('stays alive as long as a receive waits', async () => {
    expect(await run(`
      b.receive().then((message) => { console.log(String(message.data)) })
      setTimeout(() => { a.send('after a while') }, 50).unref()
      // Nothing but the receive holds it now; the timer is there to end it.
    `)).toEqual(['after a while'])
  })

  it('ends when nothing is pending, even with open sockets', async () => {
    expect(await run(`
      await a.send('x')
      console.log(String((await b.receive()).data))
    `)).toEqual(['x'])
  })

  it('ends when the socket is unref\'ed or closed', async () => {
    expect(await run(`
      b.unref().receive().then(() => { console.log('never') })
      const waiting = a.receive().catch(({ code }) => { console.log(code) })
      a.close()
      process.on('exit', () => { console.log('ends') })
    `)).toEqual(['ERR_CMSG_CLOSED', 'ends'])
  })

  it('stays alive again after ref()', async () => {
    expect(await run(`
      b.unref()
      const waiting = b.receive().then((message) => { console.log(String(message.data)) })
      b.ref()
      setTimeout(() => { a.send('ref') }, 50).unref()
    `)).toEqual(['ref'])
  })

  it('may exit while an operation is pending', async () => {
    const program = start([process.execPath, '--import', 'tsx', '--input-type=module', '-e', `
      import { MessageSocket } from './src/index.ts'
      const [a, b] = MessageSocket.pair({ type: 'datagram' })
      await a.send('x')
      for await (const message of b) process.exit(7)
    `])
    expect(await program.exit()).toBe(7)
  })

  it('survives Workers that are terminated while they wait', async () => {
    expect(await start([process.execPath, 'test/socket/terminated.program.mjs']).output()).toEqual(['done'])
  })
})

describe("the caller's code that runs during a call and closes the socket", () => {
  /** Calls with arguments that run `code`, which would use the number of the socket after that. */
  const calls: Record<string, (one: MessageSocket, code: () => void) => unknown> = {
    'send, a getter': (one, code) => one.send('x', { get flags() { code(); return 0 } }),
    'send, the destination': (one, code) => one.send('x', { to: { get path() { code(); return path() } } }),
    'send, the signal': (one, code) => one.send('x', { signal: { throwIfAborted: code } as never }),
    sendNow: (one, code) => one.sendNow('x', { get flags() { code(); return 0 } }),
    'sendMany, a message': (one, code) => one.sendMany([{ data: 'x' }, { get data() { code(); return 'x' } }]),
    'sendMany, the signal': (one, code) => one.sendMany([{ data: 'x' }], { signal: { throwIfAborted: code } as never }),
    receive: (one, code) => one.receive({ get flags() { code(); return constants.MSG_OOB } }),
    receiveNow: (one, code) => one.receiveNow({ get size() { code(); return 10 } }),
    connect: (one, code) => one.connect({ get path() { code(); return path() } }),
    bind: (one, code) => one.bind({ get path() { code(); return path() } }),
    joinGroup: (one, code) => one.joinGroup('239.1.2.3', { get interface() { code(); return 'lo' } }),
  }

  it.each(Object.entries(calls))('%s: no call is made on the number, which may be another socket', async (_, call) => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const [x, y] = MessageSocket.pair({ type: 'stream' })
    const { fd } = a
    let other: OwnedFd | undefined
    const code = (): void => {
      a.close().catch(() => {})
      // Another socket with the same number. A message on it can be seen at its peer.
      other = new OwnedFd(fcntl(x.fd, constants.F_DUPFD_CLOEXEC, fd))
    }
    y.sendNow('for another socket')
    const error = await (async () => call(a as MessageSocket, code))().then(() => undefined, (reason: Error) => reason)
    expect(error).toMatchObject({ code: expect.stringMatching(/^(ERR_CMSG_CLOSED|EBADF)$/) as string })
    expect(other?.fd).toBe(fd)
    expect(y.receiveNow()).toBeUndefined()
    expect(text(x.receiveNow())).toBe('for another socket')
    other!.close()
    for (const one of [b, x, y]) await one.close()
  })
})
