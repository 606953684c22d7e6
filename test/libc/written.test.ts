/**
 * The raw calls show the bytes that the kernel wrote in this call, and no others: not those of an earlier message, of
 * another socket even, that lay in the same memory.
 */
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  CMSG_SPACE, MessageBatch, SystemError, accept4, bind, close, connect, constants, encodeControl, getsockname, listen, poll, recvmmsg,
  recvmsg, rights, sendmsg, setsockopt, socket, socketpair, structs, credentials,
} from '../../src/libc.ts'
import { encodeAddress } from '../../src/codec.ts'

const c = constants
const secret = Buffer.from('the secret of somebody else, which is long')
const owned = (fd: number): number => {
  onTestFinished(() => close(fd))
  return fd
}

/** A connection of a protocol, or none where the kernel has not got it. */
function connection(context: { skip(note?: string): void }, protocol: number): [number, number] {
  let listener: number
  try {
    listener = owned(socket(c.AF_INET, c.SOCK_STREAM, protocol))
  } catch (error) {
    if (error instanceof SystemError) context.skip(`this kernel has no protocol ${protocol}`)
    throw error
  }
  bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(listener)
  const client = owned(socket(c.AF_INET, c.SOCK_STREAM, protocol))
  connect(client, getsockname(listener))
  return [client, owned(accept4(listener).fd)]
}

/** Put the secret where the raw calls receive to. */
function leave(into: (fd: number) => void): void {
  const [a, b] = socketpair(c.AF_UNIX, c.SOCK_DGRAM)
  sendmsg(a, { buffers: [secret] })
  into(b)
  close(a)
  close(b)
}

describe.each([
  ['TCP', c.IPPROTO_TCP], ['MPTCP', c.IPPROTO_MPTCP],
] as const)('MSG_TRUNC on %s discards data and shows none', (_, protocol) => {
  const send = (fd: number, text = 'abcdef'): number => sendmsg(fd, { buffers: [Buffer.from(text)] })

  it('recvmsg', (context) => {
    const [client, server] = connection(context, protocol)
    leave((fd) => { recvmsg(fd) })
    send(client)
    expect(recvmsg(server, { size: 4 }, c.MSG_TRUNC)).toMatchObject({ length: 4, data: Buffer.alloc(0) })
    expect(String(recvmsg(server, { size: 4 }).data)).toBe('ef')
    send(client)
    expect(recvmsg(server, { size: 70_000 }, c.MSG_TRUNC | c.MSG_PEEK)).toMatchObject({ length: 6, data: Buffer.alloc(0) })
    expect(recvmsg(server, { size: 70_000 }, c.MSG_TRUNC)).toMatchObject({ length: 6, data: Buffer.alloc(0) })
  })

  it('recvmsg into buffers of the caller leaves them unchanged', (context) => {
    const [client, server] = connection(context, protocol)
    send(client)
    const buffers = [Buffer.from('..'), Buffer.from('....')]
    expect(recvmsg(server, { buffers }, c.MSG_TRUNC)).toMatchObject({ length: 6, data: Buffer.alloc(0) })
    expect(buffers.map(String)).toEqual(['..', '....'])
  })

  it('recvmmsg', (context) => {
    const [client, server] = connection(context, protocol)
    leave((fd) => { recvmmsg(fd, { count: 1, size: 100 }) })
    send(client)
    expect(recvmmsg(server, { count: 1, size: 100 }, c.MSG_TRUNC)).toMatchObject([{ length: 6, data: Buffer.alloc(0) }])
  })

  it('MessageBatch', (context) => {
    const [client, server] = connection(context, protocol)
    const batch = new MessageBatch({ count: 2, size: 100 })
    for (const receive of [() => batch.receive(server, c.MSG_TRUNC | c.MSG_WAITFORONE), () => batch.receiveOne(server, c.MSG_TRUNC)]) {
      leave((fd) => { batch.receiveOne(fd) })
      send(client)
      receive()
      expect(batch.length(0)).toBe(6)
      expect(batch.data(0)).toHaveLength(0)
      expect(batch.data(0, 6)).toHaveLength(0)
      expect(() => batch.int32(0, 0)).toThrow('only 0 are available')
      expect(() => batch.byte(0, 0)).toThrow('only 0 are available')
    }
    send(client)
    batch.receiveOne(server)
    expect(String(batch.data(0))).toBe('abcdef')
  })
})

it('MSG_OOB with MSG_TRUNC on TCP shows nothing either', (context) => {
  const [client, server] = connection(context, c.IPPROTO_TCP)
  sendmsg(client, { buffers: [Buffer.from('!')] }, c.MSG_OOB)
  poll([{ fd: server, events: c.POLLPRI }])
  leave((fd) => { recvmsg(fd) })
  expect(recvmsg(server, { size: 10 }, c.MSG_OOB | c.MSG_TRUNC)).toMatchObject({ length: 1, data: Buffer.alloc(0) })
})

it.each([
  ['stream', c.SOCK_STREAM], ['datagram', c.SOCK_DGRAM], ['seqpacket', c.SOCK_SEQPACKET],
] as const)('MSG_TRUNC on a Unix %s socket writes data and shows it', (_, type) => {
  const [a, b] = socketpair(c.AF_UNIX, type).map(owned) as [number, number]
  sendmsg(a, { buffers: [Buffer.from('abcdef')] })
  const { length, data } = recvmsg(b, { size: 4 }, c.MSG_TRUNC)
  expect([length, String(data)]).toEqual([type === c.SOCK_STREAM ? 4 : 6, 'abcd'])
})

describe('a batch', () => {
  const pair = (): [number, number] => socketpair(c.AF_UNIX, c.SOCK_DGRAM).map(owned) as [number, number]
  const send = (fd: number, data: string, control?: Uint8Array): number => sendmsg(fd, { buffers: [Buffer.from(data)], control })

  it('shows no more of a message than arrived', () => {
    const [a, b] = pair()
    const batch = new MessageBatch({ count: 2, size: 100 })
    send(a, String(secret))
    batch.receiveOne(b)
    send(a, 'ab')
    batch.receiveOne(b)
    expect(batch.length(0)).toBe(2)
    expect(String(batch.data(0, 40))).toBe('ab')
    expect(() => batch.int32(0, 0)).toThrow('only 2 are available')
    expect(() => batch.byte(0, 2)).toThrow('only 2 are available')
    expect(batch.byte(0, 1)).toBe('b'.charCodeAt(0))
  })

  it('shows nothing of messages that the last call did not receive', () => {
    const [a, b] = pair()
    bind(a, encodeAddress({ unnamed: true }))
    setsockopt(b, c.SOL_SOCKET, c.SO_PASSCRED, 1)
    const batch = new MessageBatch({ count: 2, size: 100, controlSize: CMSG_SPACE(structs.ucred.size) })
    send(a, 'first')
    send(a, String(secret))
    expect(batch.receive(b)).toBe(2)
    expect(batch.name(1).length).toBeGreaterThan(2)
    send(a, 'third')
    expect(batch.receive(b, c.MSG_WAITFORONE)).toBe(1)
    expect([batch.length(1), batch.flags(1), batch.data(1).length, batch.control(1).length, batch.name(1).length]).toEqual([0, 0, 0, 0, 0])
    expect(batch.findControl(1, c.SOL_SOCKET, c.SCM_CREDENTIALS)).toBe(-1)
    expect(() => batch.controlInt32(1, 16)).toThrow('only 0 are available')
    expect(() => batch.receive(b, c.MSG_DONTWAIT)).toThrow('EAGAIN')
    expect([batch.length(0), batch.data(0).length, batch.control(0).length]).toEqual([0, 0, 0])
  })

  it('has the length of a message that it received or sent alone', () => {
    const [a, b] = pair()
    const batch = new MessageBatch({ count: 1, size: 100 })
    send(a, 'abc')
    batch.receiveOne(b)
    expect([batch.length(0), String(batch.data(0))]).toEqual([3, 'abc'])
    batch.set(0, { buffers: [Buffer.from('four')] })
    batch.sendOne(b)
    expect(batch.length(0)).toBe(4)
  })

  it('shows only the control bytes that were received, and padding as zeroes', () => {
    const [a, b] = pair()
    const batch = new MessageBatch({ count: 1, size: 10, controlSize: 200 })
    const { pid, uid, gid } = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }
    // Descriptors first; then credentials, whose padding lies where the fourth descriptor was.
    send(a, 'x', encodeControl([rights([a, a, a, a])]))
    batch.receiveOne(b)
    const fds = [0, 4, 8, 12].map((offset) => batch.controlInt32(0, batch.findControl(0, c.SOL_SOCKET, c.SCM_RIGHTS) + offset))
    fds.forEach(close)
    setsockopt(b, c.SOL_SOCKET, c.SO_PASSCRED, 1)
    send(a, 'x')
    batch.receiveOne(b)
    const control = batch.control(0)
    expect(control).toEqual(Buffer.from(encodeControl([credentials({ pid, uid, gid })])))
    const found = batch.findControl(0, c.SOL_SOCKET, c.SCM_CREDENTIALS)
    expect([0, 4, 8].map((offset) => batch.controlInt32(0, found + offset))).toEqual([pid, uid, gid])
    expect(batch.controlInt32(0, 8)).toBe(c.SOL_SOCKET)
    expect(() => batch.controlInt32(0, found + 12)).toThrow('this is padding')
    expect(() => batch.controlInt32(0, found + 10)).toThrow('this is padding')
    expect(() => batch.controlInt32(0, 32)).toThrow('only 32 are available')
  })
})

it('in a Worker, buffers of the caller stay unchanged', async () => {
  const worker = new Worker(fileURLToPath(new URL('./discarding.program.mjs', import.meta.url)))
  const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  expect(answer).toEqual({ length: 6, buffers: ['..', '....'] })
  await worker.terminate()
})

describe.each([['127.0.0.1'], ['::1']])('a UDP peek at an offset (SO_PEEK_OFF) at %s shows only what follows it', (address) => {
  function queued(): number {
    const family = address === '::1' ? c.AF_INET6 : c.AF_INET
    const [from, to] = [owned(socket(family, c.SOCK_DGRAM)), owned(socket(family, c.SOCK_DGRAM))]
    bind(to, encodeAddress({ address, port: 0 }))
    setsockopt(to, c.SOL_SOCKET, c.SO_PEEK_OFF, 20)
    sendmsg(from, { buffers: [Buffer.from('0123456789abcdefghijKLMNOP')], name: getsockname(to) })
    poll([{ fd: to, events: c.POLLIN }])
    return to
  }
  const flags = c.MSG_PEEK | c.MSG_TRUNC

  it('recvmsg', () => {
    leave((fd) => { recvmsg(fd) })
    const { data, length } = recvmsg(queued(), {}, flags)
    expect([String(data), length]).toEqual(['KLMNOP', 6])
  })

  it('recvmsg into a small and a large buffer of the caller', () => {
    for (const size of [100, 70_000]) {
      const buffer = Buffer.alloc(size, '.')
      expect(recvmsg(queued(), { buffers: [buffer] }, flags).length).toBe(6)
      expect(String(buffer.subarray(0, 30))).toBe('KLMNOP'.padEnd(30, '.'))
      expect(String(recvmsg(queued(), { size }, flags).data)).toBe('KLMNOP')
    }
  })

  it('recvmmsg', () => {
    leave((fd) => { recvmmsg(fd, { count: 1, size: 100 }) })
    const messages = recvmmsg(queued(), { count: 1, size: 100 }, flags | c.MSG_DONTWAIT)
    expect(messages.map(({ data, length }) => [String(data), length])).toEqual([['KLMNOP', 6]])
  })

  it('MessageBatch', () => {
    const batch = new MessageBatch({ count: 1, size: 100 })
    leave((fd) => { batch.receiveOne(fd) })
    batch.receiveOne(queued(), flags)
    expect([String(batch.data(0)), batch.length(0)]).toEqual(['KLMNOP', 6])
    leave((fd) => { batch.receive(fd) })
    batch.receive(queued(), flags | c.MSG_DONTWAIT)
    expect([String(batch.data(0)), batch.length(0)]).toEqual(['KLMNOP', 6])
  })
})
