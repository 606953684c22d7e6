/**
 * Every descriptor that the kernel installs has an owner, and is closed when nobody takes it: whatever it came with, and
 * however the message ends.
 */
import { closeSync, fstatSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import {
  MessageSocket, OwnedFd, Pidfd, constants, credentials, defineControlMessage, pidfd, rights, timestampNs, type AnyControlMessage,
  type SocketType,
} from '../../src/index.ts'
import { rights as numbers } from '../../src/codec.ts'
import { dup, setsockopt } from '../../src/libc.ts'
import { maxDescriptorsAhead } from '../../src/limits.ts'
import { pidfds, referenceOf, TestFile } from './file.ts'

const {
  MSG_PEEK, SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD, SO_PASSPIDFD, SO_PASSCRED, SO_TIMESTAMP_OLD, SO_TIMESTAMPNS_OLD,
} = constants
const types = ['datagram', 'seqpacket', 'stream'] as const
const isClosed = { code: 'ERR_CMSG_CLOSED' }

/** A pair, the second of which receives `receive`; both are closed with the scope. */
function pair<D extends AnyControlMessage>(type: SocketType, receive: readonly D[]) {
  const [a, b] = MessageSocket.pair({ type, receive })
  return { a, b, [Symbol.dispose]: () => { a[Symbol.dispose](); b[Symbol.dispose]() } }
}

describe('an owned descriptor', () => {
  it('is open until it is closed once', () => {
    using file = new TestFile()
    const owned = new OwnedFd(dup(file.fd))
    expect([owned.owned, readFileSync(owned.fd, 'utf8'), file.copies]).toEqual([true, 'content', [owned.fd]])
    const number = owned.fd
    owned.close()
    using reused = new OwnedFd(dup(file.fd))
    expect(reused.fd).toBe(number)
    // Not its own any more: closing again must not close what has its number by now.
    owned.close()
    owned[Symbol.dispose]()
    expect([owned.owned, file.copies]).toEqual([false, [number]])
    expect(() => owned.fd).toThrow(expect.objectContaining({
      ...isClosed, message: 'Cannot use a file descriptor that was taken or closed',
    }))
    expect(() => owned.take()).toThrow(expect.objectContaining(isClosed))
  })

  it('that is taken is the caller’s', () => {
    using file = new TestFile()
    let number: number
    {
      using owned = new OwnedFd(dup(file.fd))
      number = owned.take()
      expect(owned.owned).toBe(false)
      expect(() => owned.take()).toThrow(expect.objectContaining(isClosed))
      expect(() => owned.fd).toThrow(expect.objectContaining(isClosed))
      owned.close()
    }
    expect(file.copies).toEqual([number])
    closeSync(number)
  })

  it('is closed at the end of its scope with using', () => {
    using file = new TestFile()
    {
      using _owned = new OwnedFd(dup(file.fd))
      expect(file.copies).toHaveLength(1)
    }
    expect(file.copies).toEqual([])
  })

  it.each([-1, 1.5, '1', undefined])('cannot be created from %o', (value) => {
    expect(() => new OwnedFd(value as number)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_CMSG_/) as string }))
  })
})

describe.each(types)('descriptors received on a %s socket are closed, unless taken,', (type) => {
  const send = (socket: MessageSocket<never>, file: TestFile, data = 'data', count = 3): void => {
    expect(socket.sendNow(data, { control: [rights(file.times(count))] })).toBe(data.length)
  }

  it('when their message is disposed of', async () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    send(s.a as MessageSocket, file)
    let taken: number
    {
      using message = await s.b.receive()
      const fds = message!.get(rights)!
      expect(fds.map(({ fd }) => readFileSync(`/proc/self/fd/${fd}`, 'utf8'))).toEqual(['content', 'content', 'content'])
      expect(file.copies).toEqual(fds.map(({ fd }) => fd))
      taken = fds[1]!.take()
      fds[2]!.close()
      expect(file.copies).toEqual([fds[0]!.fd, taken])
    }
    expect(file.copies).toEqual([taken])
    expect(fstatSync(taken).isFile()).toBe(true)
    closeSync(taken)
  })

  it('only once when their message is disposed of twice', () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    send(s.a as MessageSocket, file, 'x', 1)
    const message = s.b.receiveNow()!
    const { fd } = message.get(rights)![0]!
    message[Symbol.dispose]()
    using reused = new OwnedFd(dup(file.fd))
    expect(reused.fd).toBe(fd)
    message[Symbol.dispose]()
    expect(file.copies).toEqual([fd])
  })

  it('even if the list was not read, or was emptied', () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    send(s.a as MessageSocket, file)
    {
      using _message = s.b.receiveNow()
      expect(file.copies).toHaveLength(3)
    }
    send(s.a as MessageSocket, file)
    {
      using message = s.b.receiveNow()
      message!.get(rights)!.splice(0)
      expect(message!.get(rights)).toBe(message!.get(rights))
    }
    expect(file.copies).toEqual([])
  })

  it('when the iteration moves on, ends, breaks off or throws', async () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    for (let i = 0; i < 4; i++) send(s.a as MessageSocket, file, `${i}`, 1)
    const seen: string[] = []
    const received: OwnedFd[] = []
    for await (const message of s.b) {
      expect(received.some(({ owned }) => owned)).toBe(false)
      seen.push(String(message.data))
      received.push(...message.get(rights)!)
      expect(received.at(-1)!.owned).toBe(true)
      if (seen.length === 2) break
    }
    expect(received.map(({ owned }) => owned)).toEqual([false, false])
    expect(seen).toEqual(['0', '1'])
    await expect((async () => {
      for await (const message of s.b) throw new Error(String(message.data))
    })()).rejects.toThrow('2')
    await s.a.close()
    if (type === 'datagram') return
    for await (const message of s.b) seen.push(String(message.data))
    expect(seen).toEqual(['0', '1', '3'])
    expect(file.copies).toEqual([])
  })

  it('when the socket is closed with messages that were received ahead', async () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    for (let i = 0; i < 5; i++) send(s.a as MessageSocket, file, 'x')
    using first = await s.b.receive()
    await s.b.close()
    // What was given out is the user's; the rest is not there.
    expect(file.copies).toEqual(first!.get(rights)!.map(({ fd }) => fd))
  })

  it('by the next receive when one was aborted', async () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    const abort = new AbortController()
    const receiving = s.b.receive({ signal: abort.signal })
    send(s.a as MessageSocket, file)
    abort.abort(new Error('no more'))
    await expect(receiving).rejects.toThrow('no more')
    {
      using message = await s.b.receive()
      expect(message?.get(rights)).toHaveLength(3)
    }
    expect(file.copies).toEqual([])
  })

  it('when the data is cut off', () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    send(s.a as MessageSocket, file, 'long data')
    {
      using message = s.b.receiveNow({ size: 4 })
      expect([String(message?.data), message?.truncated, message?.controlTruncated]).toEqual(['long', type !== 'stream', false])
      expect(message?.get(rights)).toHaveLength(3)
    }
    expect(file.copies).toEqual([])
  })

  it('when there was room for one: the padding holds a second, and the third is cut off', () => {
    const one = defineControlMessage({
      kind: 'one descriptor', level: SOL_SOCKET, type: SCM_RIGHTS, family: 'unix', minSize: 0, receive: { size: 4 },
      decode: (data) => data.length / 4,
    })
    using file = new TestFile()
    using s = pair(type, [one])
    for (const [sent, received] of [[1, 1], [2, 2], [3, 2], [253, 2]] as const) {
      send(s.a as MessageSocket, file, 'x', sent)
      using message = s.b.receiveNow()
      expect([message?.get(one), message?.controlTruncated], `${sent} sent`).toEqual([received, sent > received])
      expect(file.copies).toHaveLength(received)
    }
    expect(file.copies).toEqual([])
  })

  it('when the definition that decodes them fails', () => {
    const failing = defineControlMessage({
      kind: 'failing', level: SOL_SOCKET, type: SCM_RIGHTS, family: 'unix', minSize: 0, receive: { size: 40 },
      decode: (): number => { throw new Error('cannot decode') },
    })
    using file = new TestFile()
    using s = pair(type, [failing])
    send(s.a as MessageSocket, file)
    {
      using message = s.b.receiveNow()
      expect(message?.control).toMatchObject([{ kind: 'unknown', error: new Error('cannot decode') }])
    }
    expect(file.copies).toEqual([])
  })

  it('with the whole batch, when there is no memory for a message, and the socket continues', () => {
    using file = new TestFile()
    using peers = pair('datagram', [rights])
    const send = (data: Buffer) => peers.a.sendNow(data, { control: [rights([file.fd])] })
    // Each large enough for a block of memory of its own.
    for (let i = 0; i < 3; i++) send(Buffer.alloc(5000))
    const { allocUnsafeSlow } = Buffer
    let calls = 0
    const allocation = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      if (++calls === 2) throw new RangeError('Array buffer allocation failed')
      return allocUnsafeSlow(size)
    })
    try {
      expect(() => peers.b.receiveNow()).toThrow('Array buffer allocation failed')
    } finally {
      allocation.mockRestore()
    }
    expect(calls).toBe(2)
    expect(file.copies).toEqual([])
    send(Buffer.alloc(5000))
    using message = peers.b.receiveNow()
    expect(message?.get(rights)).toHaveLength(1)
  })

  it('when they were asked for as numbers', () => {
    using file = new TestFile()
    using s = pair(type, [numbers])
    send(s.a as MessageSocket, file)
    {
      using message = s.b.receiveNow()
      expect(message?.get(numbers)).toEqual(file.copies)
      expect(file.copies).toHaveLength(3)
    }
    expect(file.copies).toEqual([])
  })

  it('by the kernel, which reports it, when rights was not asked for', () => {
    using file = new TestFile()
    for (const receive of [[], [credentials]] as const) {
      using s = pair<AnyControlMessage>(type, receive)
      send(s.a as MessageSocket, file)
      using message = s.b.receiveNow()
      expect([String(message?.data), message?.controlTruncated]).toEqual(['data', true])
      expect(message?.control.map(({ kind }) => kind)).toEqual(receive.map(({ kind }) => kind))
      expect(file.copies).toEqual([])
    }
  })

  it('when only a kind after them was asked for, which is not pushed out', () => {
    using file = new TestFile()
    using s = pair(type, [credentials, pidfd])
    send(s.a as MessageSocket, file, 'x', 253)
    {
      using message = s.b.receiveNow()
      expect(message?.control.map(({ kind }) => kind)).toEqual(['credentials', 'unknown', 'pidfd'])
      expect([message?.controlTruncated, file.copies.length]).toEqual([false, 253])
      const sender = message?.get(pidfd)
      if (!(sender instanceof Pidfd)) throw new Error('no pidfd')
      expect(sender.pid).toBe(process.pid)
    }
    expect(file.copies).toEqual([])
  })

  it('like a pidfd that was not asked for', () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    s.b.setOption(SOL_SOCKET, SO_PASSPIDFD, 1)
    const before = pidfds()
    send(s.a as MessageSocket, file)
    {
      using message = s.b.receiveNow()
      expect(message?.control.map(({ kind, type }) => [kind, type])).toEqual([['rights', SCM_RIGHTS], ['unknown', SCM_PIDFD]])
      expect(pidfds()).toBe(before + 1)
    }
    expect([pidfds(), file.copies]).toEqual([before, []])
  })

  it('and a peek installs separate duplicates', async () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    send(s.a as MessageSocket, file)
    {
      using first = s.b.receiveNow({ flags: MSG_PEEK })
      using second = await s.b.receive({ flags: MSG_PEEK })
      using real = await s.b.receive()
      const numbers = [first, second, real].flatMap((message) => message!.get(rights)!.map(({ fd }) => fd))
      expect(new Set(numbers).size).toBe(9)
      expect(file.copies.toSorted()).toEqual(numbers.toSorted())
      expect([first, second, real].map((message) => String(message!.data))).toEqual(['data', 'data', 'data'])
    }
    expect(file.copies).toEqual([])
    expect(s.b.receiveNow()).toBeUndefined()
  })

  it('and a peek at a message that was read ahead installs separate duplicates', () => {
    using file = new TestFile()
    using s = pair(type, [rights])
    for (const data of ['1', '2', '3']) send(s.a as MessageSocket, file, data, 1)
    using first = s.b.receiveNow()
    {
      using peeked = s.b.receiveNow({ flags: MSG_PEEK })
      using again = s.b.receiveNow({ flags: MSG_PEEK })
      using second = s.b.receiveNow()
      using third = s.b.receiveNow()
      const all =
        [first, peeked, again, second, third].map((message) => ({ data: String(message!.data), fd: message!.get(rights)![0]!.fd }))
      expect(all.map(({ data }) => data)).toEqual(['1', '2', '2', '2', '3'])
      expect(new Set(all.map(({ fd }) => fd)).size).toBe(5)
      expect(all.every(({ fd }) => referenceOf(fd) === file.path)).toBe(true)
    }
    expect(file.copies).toEqual(first!.get(rights)!.map(({ fd }) => fd))
  })
})

describe('messages received in one call', () => {
  it.each(['datagram', 'seqpacket'] as const)('each own their descriptors, %s', async (type) => {
    using file = new TestFile()
    using s = pair(type, [rights])
    for (let i = 0; i < 6; i++) s.a.sendNow('', { control: [rights(file.times(i))] })
    const messages = await s.b.receiveMany()
    expect(messages.map((message) => message.get(rights)?.length ?? 0)).toEqual([0, 1, 2, 3, 4, 5])
    for (let left = 15; left > 0;) {
      const message = messages.pop()!
      left -= message.get(rights)?.length ?? 0
      message[Symbol.dispose]()
      expect(file.copies).toHaveLength(left)
    }
  })
})

describe('a socket that did not ask for descriptors, when another holder of it turns off a kind that had space,', () => {
  /** Sets an option as another process with this socket would. */
  function turnOff(socket: MessageSocket<never>, option: number): void {
    using other = new OwnedFd(dup(socket.fd))
    setsockopt(other.fd, SOL_SOCKET, option, 0)
  }

  it.each([
    ['datagram', [credentials], SO_PASSCRED], ['stream', [credentials], SO_PASSCRED], ['seqpacket', [credentials], SO_PASSCRED],
    ['datagram', [timestampNs], SO_TIMESTAMPNS_OLD], ['seqpacket', [], SO_TIMESTAMP_OLD],
  ] as const)('installs none from the second message on: %s, %o', (type, receive: readonly AnyControlMessage[], option) => {
    using file = new TestFile()
    using s = pair(type, receive)
    turnOff(s.b as MessageSocket<never>, option)
    for (let i = 0; i < 4; i++) {
      s.a.sendNow('x', { control: [rights(file.times(4))] })
      using message = s.b.receiveNow()
      expect([String(message?.data), message?.controlTruncated]).toEqual(['x', i > 0])
      if (i > 0) expect(file.copies).toEqual([])
    }
  })

  it('reads descriptors ahead only up to the limit for all sockets', () => {
    using file = new TestFile()
    const pairs = Array.from({ length: 6 }, () => pair('datagram', [credentials]))
    for (const { a, b } of pairs) {
      turnOff(b as MessageSocket<never>, SO_PASSCRED)
      for (let i = 0; i < 250; i++) a.sendNow('x', { control: [rights(file.times(4))] })
    }
    const received = pairs.map(({ b }) => b.receiveNow()!)
    // Of each socket, the message that was asked for.
    expect(file.copies.length).toBeLessThanOrEqual(maxDescriptorsAhead() + 4 * pairs.length)
    for (const message of received) message[Symbol.dispose]()
    for (const one of pairs) one[Symbol.dispose]()
    expect(file.copies).toEqual([])
  })
})
