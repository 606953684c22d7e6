/**
 * Closing what was received never holds up the event loop, however long the kernel takes for it.
 */
import { readdirSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MessageSocket, constants, rights, type Message } from '../../src/index.ts'
import { close, socketpair } from '../../src/libc.ts'
import { waitingToClose } from '../../src/descriptors/closer.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { withPeer } from '../support/peers.ts'
import { start, typescript } from '../support/processes.ts'
import { linger, SilentServer } from './lingering.ts'

const { AF_UNIX, SOCK_STREAM } = constants

/** ms. Less than the shortest linger, and more than this machine takes when it is busy. */
const soon = (linger * 1000) / 2

const threads = (): number => readdirSync('/proc/self/task').length

/** A server, and a pair whose second end receives descriptors. */
async function scene() {
  const server = await SilentServer.start()
  const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
  onTestFinished(async () => {
    await a.close()
    await b.close()
    await server.stop()
    // The native threads end when their connections are reset.
    while (waitingToClose() > 0) await after(5)
  })
  /** Receive sockets of which nobody else has a descriptor. */
  const receive = async (fds: readonly number[]): Promise<Message<typeof rights>> => {
    await a.send('x', { control: [rights(fds)] })
    for (const fd of fds) server.forget(fd)
    await server.accepted()
    return (await b.receive())!
  }
  return { server, a, b, receive }
}

/** How long the event loop was away at most, in ms, while `body` ran. */
async function longestPause(body: () => Promise<void> | void): Promise<number> {
  let last = performance.now()
  let longest = 0
  const tick = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  await body()
  await after(20)
  clearInterval(tick)
  return Math.max(longest, performance.now() - last)
}

describe('the event loop continues, and the number is free at once, when a message is disposed of with', () => {
  it('a TCP socket that lingers', async () => {
    const { server, receive } = await scene()
    const before = openDescriptors()
    const message = await receive([server.lingering()])
    const { fd } = message.get(rights)![0]!
    const pause = await longestPause(() => {
      message[Symbol.dispose]()
      expect(newDescriptors(before).filter((line) => line.startsWith(`${fd} `))).toEqual([])
    })
    expect(pause).toBeLessThan(soon)
    expect(waitingToClose()).toBe(1)
  })

  it('a Unix socket with a TCP socket that lingers in its queue', async () => {
    const { server, a, b } = await scene()
    const [outer, inner] = socketpair(AF_UNIX, SOCK_STREAM)
    const carrier = MessageSocket.adopt(outer)
    const tcp = server.lingering()
    carrier.sendNow('x', { control: [rights([tcp])] })
    server.forget(tcp)
    await a.send('x', { control: [rights([inner])] })
    close(inner)
    const message = (await b.receive())!
    const pause = await longestPause(() => { message[Symbol.dispose]() })
    expect(pause).toBeLessThan(soon)
    expect(waitingToClose()).toBe(1)
    await carrier.close()
  })

  it('20 TCP sockets that linger, at once', async () => {
    const { server, receive } = await scene()
    const message = await receive(Array.from({ length: 20 }, () => server.lingering()))
    const before = threads()
    const pause = await longestPause(() => { message[Symbol.dispose]() })
    expect(pause).toBeLessThan(soon)
    expect([waitingToClose(), threads() - before]).toEqual([20, 1])
  })
})

/** A Unix socket with a lingering TCP socket in its queue, of which nobody else has a descriptor, and its other end. */
function withLingering(server: SilentServer, type: 'stream' | 'seqpacket' | 'datagram'): [holder: MessageSocket, other: MessageSocket] {
  const [holder, other] = MessageSocket.pair({ type })
  const tcp = server.lingering()
  other.sendNow('x', { control: [rights([tcp])] })
  server.forget(tcp)
  return [holder, other]
}

describe('the event loop continues when a socket is closed', () => {
  it.each(['stream', 'seqpacket', 'datagram'] as const)('that has a lingering socket in its queue: %s', async (type) => {
    const { server } = await scene()
    const [holder, other] = withLingering(server, type)
    await server.accepted()
    const pause = await longestPause(async () => { await holder.close() })
    expect(pause).toBeLessThan(soon)
    expect(waitingToClose()).toBe(1)
    await other.close()
  })

  it('with 14 others that have one, no longer than for a few of them', async () => {
    const { server } = await scene()
    const pairs = Array.from({ length: 15 }, () => withLingering(server, 'seqpacket'))
    await server.accepted()
    const start = performance.now()
    for (const [holder] of pairs) void holder.close()
    // Each may take 5 ms alone.
    expect(performance.now() - start).toBeLessThan(50)
    expect(waitingToClose()).toBe(15)
    for (const [, other] of pairs) await other.close()
  })

  it('that was received and is a lingering TCP socket', async () => {
    const { server, receive } = await scene()
    const message = await receive([server.lingering()])
    const adopted = MessageSocket.adopt(message.get(rights)![0]!)
    const pause = await longestPause(async () => { await adopted.close() })
    expect(pause).toBeLessThan(soon)
    expect(waitingToClose()).toBe(1)
  })

  it('that was detached, with a lingering socket in its queue', async () => {
    const { server } = await scene()
    const [holder, other] = withLingering(server, 'stream')
    await server.accepted()
    const { fd } = holder.detach()
    const pause = await longestPause(() => { fd.close() })
    expect(pause).toBeLessThan(soon)
    await other.close()
  })

  it('while 16 threads are already closing such sockets', async () => {
    const { server } = await scene()
    const pairs = Array.from({ length: 20 }, () => withLingering(server, 'stream'))
    await server.accepted()
    const before = threads()
    const pause = await longestPause(async () => {
      for (const [holder] of pairs) await holder.close()
      await after(20)
    })
    expect(pause).toBeLessThan(soon)
    expect([waitingToClose(), threads() - before]).toEqual([20, 16])
    // One that holds nothing is closed here and now.
    const [quiet, other] = MessageSocket.pair({ type: 'stream' })
    await quiet.close()
    expect([await other.receive(), other.ended]).toEqual([undefined, true])
    for (const [, other] of pairs) await other.close()
    await other.close()
  })
})

describe.each(['stream', 'seqpacket'] as const)('the peer of a %s socket that is closed with something unread', (type) => {
  it('sees that it was reset', async () => {
    const [a, b] = MessageSocket.pair({ type })
    await a.send('unread')
    await b.close()
    await expect(a.receive()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect([await a.receive(), a.ended]).toEqual([undefined, true])
    await a.close()
  })
})

it('at most 16 threads close descriptors, and further closes wait without a descriptor number', async () => {
  const { server, receive } = await scene()
  const fds = Array.from({ length: 20 }, () => server.lingering())
  const messages: Message<typeof rights>[] = []
  for (const fd of fds) messages.push(await receive([fd]))
  const [threadsBefore, before] = [threads(), openDescriptors().size]
  const pause = await longestPause(async () => {
    for (const message of messages) {
      message[Symbol.dispose]()
      await after(2)
    }
  })
  expect(pause).toBeLessThan(soon)
  expect([waitingToClose(), threads() - threadsBefore]).toEqual([20, 16])
  // Those that wait are held by one pair.
  while (openDescriptors().size > before - 20 + 2) await after(1)
})

it('descriptors whose close cannot block are closed at once, without a thread', async () => {
  const { a, b } = await scene()
  // A pipe, in which Node waits for signals and for the work of other threads, and an eventfd.
  const fds = [...openDescriptors()].filter(([, what]) => /^pipe:|^anon_inode:\[(eventfd|pidfd)\]$/.test(what)).map(([fd]) => fd)
  expect(fds.length).toBeGreaterThan(1)
  await a.send('x', { control: [rights(fds)] })
  const message = (await b.receive())!
  const before = openDescriptors()
  expect(message.get(rights)!.every(({ fd }) => before.has(fd))).toBe(true)
  message[Symbol.dispose]()
  expect([openDescriptors().size, waitingToClose()]).toEqual([before.size - fds.length, 0])
})

it('the end of the process does not wait for closes', async () => {
  const program = start(typescript('test/descriptors/closing.program.ts'))
  await program.line('ending')
  const began = performance.now()
  expect(await program.exit()).toBe(0)
  expect(performance.now() - began).toBeLessThan(soon)
})

withPeer(['root', 'python3'], 'a file on a FUSE mount whose server is silent', () => {
  it('blocks nothing', async () => {
    const program = start([
      'unshare', '--mount', 'python3', '-B', 'test/descriptors/silent_fuse.py', process.execPath, 'test/descriptors/fuse.program.mjs',
    ])
    const [pause, threads, ...rest] = (await program.line(/^pause/)).split(' ').slice(1).map(Number)
    expect(rest).toEqual([])
    expect(pause).toBeLessThan(soon)
    expect(threads).toBe(3)
    program.kill()
  })
})
