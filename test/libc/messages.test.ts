import { writeFileSync, rmSync, openSync, closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  CMSG_SPACE, RECEIVE_FLAGS, SEND_FLAGS, SystemError, accept4, bind, close, connect, constants, credentials, decodeAddress, decodeControl,
  dup, encodeAddress, encodeControl, fcntl, getpeername, getsockname, getsockopt, listen, poll, rawControl, recvmmsg, recvmsg, rights,
  sendmmsg, sendmsg, setsockopt, shutdown, socket, socketpair,
} from '../../src/libc.ts'
import { constantsByTarget } from '../../generated/constants.ts'
import { tempDir } from '../support/processes.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { withPeer } from '../support/peers.ts'

const {
  AF_UNIX, AF_INET, SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET, SOCK_NONBLOCK, SOL_SOCKET, SO_PASSCRED, SO_TYPE, SO_PEERCRED, SCM_CREDENTIALS,
  MSG_DONTWAIT, MSG_CTRUNC, MSG_TRUNC, MSG_PEEK, MSG_NOSIGNAL, MSG_CMSG_CLOEXEC, MSG_WAITFORONE, POLLIN, POLLOUT, FD_CLOEXEC, F_GETFD,
  F_GETFL, O_NONBLOCK, SHUT_WR,
} = constants
const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }

/** A pair of sockets, closed when the scope is left. */
function pair(type: number = SOCK_DGRAM): { a: number; b: number } & Disposable {
  const [a, b] = socketpair(AF_UNIX, type)
  return { a, b, [Symbol.dispose]: () => { close(a); close(b) } }
}
const owned = (fd: number): { fd: number } & Disposable => ({ fd, [Symbol.dispose]: () => close(fd) })
const bytes = (text: string): Uint8Array => Buffer.from(text)
const types = [['datagram', SOCK_DGRAM], ['seqpacket', SOCK_SEQPACKET], ['stream', SOCK_STREAM]] as const

describe.each(types)('sendmsg and recvmsg over a %s pair', (_, type) => {
  it('carry data, credentials and descriptors', () => {
    using s = pair(type)
    setsockopt(s.b, SOL_SOCKET, SO_PASSCRED, 1)
    const file = join(tempDir(), 'file')
    writeFileSync(file, 'content')
    const sent = openSync(file, 'r')
    expect(sendmsg(s.a, { buffers: [bytes('hel'), bytes('lo')], control: encodeControl([rights([sent])]) })).toBe(5)
    closeSync(sent)
    const { length, data, control, flags } = recvmsg(s.b, { size: 100, controlSize: CMSG_SPACE(12) + CMSG_SPACE(4) })
    expect([length, String(data)]).toEqual([5, 'hello'])
    const [who, passed] = decodeControl(control)
    expect(who).toMatchObject({ kind: 'credentials', value: me })
    if (passed?.kind !== 'rights') throw new Error('no rights')
    const [fd] = passed.value as [number]
    expect(fcntl(fd, F_GETFD) & FD_CLOEXEC).toBe(FD_CLOEXEC)
    expect(readFileSync(fd, 'utf8')).toBe('content')
    close(fd)
    expect(flags & (MSG_CTRUNC | MSG_TRUNC | MSG_CMSG_CLOEXEC)).toBe(0)
  })

  it('scatter into the given buffers, small and large', () => {
    using s = pair(type)
    for (const sizes of [[3, 0, 4], [40_000, 60_000]]) {
      const total = sizes.reduce((a, b) => a + b)
      const whole = Buffer.from(Array.from({ length: total }, (_, i) => i % 251))
      expect(sendmsg(s.a, { buffers: [whole.subarray(0, 2), whole.subarray(2)] })).toBe(total)
      const buffers = sizes.map((size) => new Uint8Array(size))
      expect(recvmsg(s.b, { buffers })).toMatchObject({ length: total, data: Buffer.alloc(0), flags: 0 })
      expect(Buffer.concat(buffers).equals(whole)).toBe(true)
    }
  })

  it('carry 100,000 bytes into a new buffer', () => {
    using s = pair(type)
    const whole = Buffer.alloc(100_000, 'x')
    expect(sendmsg(s.a, { buffers: [whole] })).toBe(100_000)
    const { length, data } = recvmsg(s.b, { size: 150_000 })
    expect(length).toBe(100_000)
    expect(data.equals(whole)).toBe(true)
  })

  it('send 253 descriptors and credentials at once', () => {
    using s = pair(type)
    const before = openDescriptors()
    setsockopt(s.b, SOL_SOCKET, SO_PASSCRED, 1)
    sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([credentials(me), rights(Array<number>(253).fill(s.a))]) })
    const { control, flags } = recvmsg(s.b, { controlSize: CMSG_SPACE(12) + CMSG_SPACE(253 * 4) })
    expect(flags & MSG_CTRUNC).toBe(0)
    const passed = decodeControl(control).find(({ kind }) => kind === 'rights')
    if (passed?.kind !== 'rights') throw new Error('no rights')
    expect(passed.value).toHaveLength(253)
    passed.value.forEach((fd) => close(fd))
    expect(newDescriptors(before)).toEqual([])
  })
})

describe('sendmmsg and recvmmsg', () => {
  it('carry each message with its own data, control and address', () => {
    const directory = tempDir()
    using server = owned(socket(AF_UNIX, SOCK_DGRAM))
    using client = owned(socket(AF_UNIX, SOCK_DGRAM))
    setsockopt(server.fd, SOL_SOCKET, SO_PASSCRED, 1)
    const name = encodeAddress(join(directory, 's'))
    bind(server.fd, name)
    bind(client.fd, encodeAddress('\0cmsg-test-' + process.pid))
    const before = openDescriptors()
    const sizes = [0, 1, 36, 2000]
    const messages = sizes.map((size, i) => ({
      buffers: [Buffer.alloc(size, i)], name, control: encodeControl([rights(Array<number>(i).fill(server.fd))]),
    }))
    expect(sendmmsg(client.fd, messages)).toBe(4)
    const received = recvmmsg(server.fd, { count: 8, size: 1000, controlSize: CMSG_SPACE(12) + CMSG_SPACE(12) }, MSG_DONTWAIT)
    expect(received.map(({ length, data, flags }) => [length, data.length, flags])).toEqual([
      [0, 0, 0], [1, 1, 0], [36, 36, 0], [1000, 1000, MSG_TRUNC],
    ])
    received.forEach(({ data, name, control }, i) => {
      expect(data.every((byte) => byte === i)).toBe(true)
      expect(decodeAddress(name)).toEqual({ abstract: Uint8Array.from(bytes('cmsg-test-' + process.pid)) })
      const [who, passed] = decodeControl(control)
      expect(who).toMatchObject({ kind: 'credentials', value: me })
      const fds = passed?.kind === 'rights' ? passed.value : []
      expect(fds).toHaveLength(i)
      fds.forEach((fd) => close(fd))
    })
    expect(newDescriptors(before)).toEqual([])
    // The lengths are value-result: a second round with the same arena has its full room again.
    expect(sendmmsg(client.fd, messages.slice(2))).toBe(2)
    const again = recvmmsg(server.fd, { count: 2, size: 1000, controlSize: CMSG_SPACE(12) + CMSG_SPACE(12) }, MSG_WAITFORONE)
    expect(again.map(({ length, control }) => [length, control.length > CMSG_SPACE(12)])).toEqual([[36, true], [1000, true]])
    for (const { control } of again) for (const m of decodeControl(control)) if (m.kind === 'rights') m.value.forEach((fd) => close(fd))
  })

  it('return the number of messages sent before one that fails, and its error from the next call', () => {
    using s = pair()
    const good = { buffers: [bytes('x')] }
    const bad = { buffers: [bytes('x')], control: encodeControl([rawControl(SOL_SOCKET, 99, new Uint8Array(4))]) }
    expect(sendmmsg(s.a, [good, good, bad, good])).toBe(2)
    expect(() => sendmmsg(s.a, [bad, good])).toThrow(/^sendmmsg EINVAL/)
    expect(sendmmsg(s.a, [])).toBe(0)
    expect(recvmmsg(s.b, { count: 9, size: 9 }, MSG_DONTWAIT)).toHaveLength(2)
  })
})

describe('truncation is visible, and no descriptor leaks', () => {
  it.each(types)('a control buffer that is too small, %s: every size', (_, type) => {
    using s = pair(type)
    setsockopt(s.b, SOL_SOCKET, SO_PASSCRED, 1)
    const before = openDescriptors()
    const whole = CMSG_SPACE(12) + CMSG_SPACE(3 * 4)
    for (let room = 0; room <= whole; room++) {
      sendmsg(s.a, { buffers: [bytes('data')], control: encodeControl([rights([s.a, s.a, s.a])]) })
      const { data, control, flags } = recvmsg(s.b, { size: 10, controlSize: room })
      expect(String(data)).toBe('data')
      const decoded = decodeControl(control)
      // Trap: credentials that do not fit are delivered in part; they must not decode.
      expect(decoded.some(({ kind }) => kind === 'credentials'), `room ${room}`).toBe(room >= 28)
      const fds = decoded.flatMap((m) => (m.kind === 'rights' ? m.value : []))
      const fit = Math.max(0, Math.min(3, Math.floor((room - 32 - 16) / 4)))
      expect(fds, `room ${room}`).toHaveLength(fit)
      expect((flags & MSG_CTRUNC) !== 0, `room ${room}`).toBe(fit < 3)
      fds.forEach((fd) => close(fd))
      expect(newDescriptors(before)).toEqual([])
    }
  })

  it('room for one descriptor admits two, without MSG_CTRUNC', () => {
    using s = pair()
    sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([rights([s.a, s.a])]) })
    const { control, flags } = recvmsg(s.b, { controlSize: CMSG_SPACE(4) })
    const [passed] = decodeControl(control)
    expect(flags & MSG_CTRUNC).toBe(0)
    if (passed?.kind !== 'rights') throw new Error('no rights')
    expect(passed.value).toHaveLength(2)
    passed.value.forEach((fd) => close(fd))
  })

  it('a peek installs separate descriptors each time', () => {
    using s = pair()
    const before = openDescriptors()
    sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([rights([s.a])]) })
    const fds = [MSG_PEEK, MSG_PEEK, 0].flatMap((flags) =>
      decodeControl(recvmsg(s.b, { controlSize: CMSG_SPACE(4) }, flags).control).flatMap((m) => (m.kind === 'rights' ? m.value : [])))
    expect(new Set(fds).size).toBe(3)
    fds.forEach((fd) => close(fd))
    expect(newDescriptors(before)).toEqual([])
  })

  it('a message larger than the buffer: MSG_TRUNC, and its real length when asked', () => {
    using s = pair()
    sendmsg(s.a, { buffers: [bytes('0123456789')] })
    expect(recvmsg(s.b, { size: 4 })).toMatchObject({ length: 4, data: Buffer.from('0123'), flags: MSG_TRUNC })
    sendmsg(s.a, { buffers: [bytes('0123456789')] })
    expect(recvmsg(s.b, { size: 4 }, MSG_TRUNC)).toMatchObject({ length: 10, data: Buffer.from('0123') })
    sendmsg(s.a, { buffers: [Buffer.alloc(100_000)] })
    expect(recvmsg(s.b, { size: 70_000 })).toMatchObject({ length: 70_000, flags: MSG_TRUNC })
  })

  it('padding is zero, without bytes of an earlier message', () => {
    using s = pair()
    sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([rights([s.a, s.a])]) })
    for (const m of decodeControl(recvmsg(s.b, { controlSize: 64 }).control)) if (m.kind === 'rights') m.value.forEach((fd) => close(fd))
    sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([rights([s.a])]) })
    const { control } = recvmsg(s.b, { controlSize: 64 })
    expect([...control.subarray(20)].every((byte) => byte === 0)).toBe(true)
    for (const m of decodeControl(control)) if (m.kind === 'rights') m.value.forEach((fd) => close(fd))
  })
})

describe('credentials', () => {
  it('at the end of a stream are zeroes, as written by the kernel', () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
    setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
    close(a)
    const { length, control } = recvmsg(b, { size: 10, controlSize: 32 })
    expect(length).toBe(0)
    expect(decodeControl(control)).toMatchObject([{ kind: 'credentials', value: { pid: 0, uid: 0, gid: 0 } }])
    close(b)
  })
  it('of messages queued before SO_PASSCRED was set are the overflow ids', () => {
    using s = pair()
    sendmsg(s.a, { buffers: [bytes('x')] })
    setsockopt(s.b, SOL_SOCKET, SO_PASSCRED, 1)
    expect(decodeControl(recvmsg(s.b, { controlSize: 32 }).control)).toMatchObject([{ value: { pid: 0, uid: 65534, gid: 65534 } }])
  })
  it('that are given twice have the value of the last', () => {
    using s = pair()
    setsockopt(s.b, SOL_SOCKET, SO_PASSCRED, 1)
    const second = { ...me, gid: me.gid }
    sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([credentials(me), credentials(second)]) })
    expect(decodeControl(recvmsg(s.b, { controlSize: 32 }).control)).toMatchObject([{ value: second }])
  })
})

describe('the other calls', () => {
  it('create, name, connect and end a connection', () => {
    const name = encodeAddress(join(tempDir(), 'listener'))
    using listener = owned(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK))
    setsockopt(listener.fd, SOL_SOCKET, SO_PASSCRED, 1)
    bind(listener.fd, name)
    listen(listener.fd)
    expect(() => accept4(listener.fd)).toThrow(expect.objectContaining({ code: 'EAGAIN', syscall: 'accept4' }))
    using client = owned(socket(AF_UNIX, SOCK_STREAM))
    connect(client.fd, name)
    const accepted = accept4(listener.fd, SOCK_NONBLOCK)
    using server = owned(accepted.fd)
    expect(decodeAddress(accepted.name)).toEqual({ unnamed: true })
    expect(decodeAddress(getpeername(client.fd))).toEqual(decodeAddress(name))
    expect(decodeAddress(getsockname(listener.fd))).toEqual(decodeAddress(name))
    expect(decodeAddress(getsockname(client.fd))).toEqual({ unnamed: true })
    expect(fcntl(server.fd, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK)
    expect(getsockopt(server.fd, SOL_SOCKET, SO_PASSCRED)).toBe(1) // inherited
    for (const fd of [listener.fd, client.fd, server.fd]) expect(fcntl(fd, F_GETFD)).toBe(FD_CLOEXEC)
    shutdown(client.fd, SHUT_WR)
    expect(recvmsg(server.fd, { size: 1 }).length).toBe(0)
  })

  it('read options as ints and as bytes', () => {
    using s = pair(SOCK_STREAM)
    expect(getsockopt(s.a, SOL_SOCKET, SO_TYPE)).toBe(SOCK_STREAM)
    const peer = getsockopt(s.a, SOL_SOCKET, SO_PEERCRED, 12)
    expect(peer.readInt32LE(0)).toBe(process.pid)
    expect(getsockopt(s.a, SOL_SOCKET, SO_PEERCRED, 100)).toHaveLength(12)
    setsockopt(s.a, SOL_SOCKET, SO_PASSCRED, true)
    expect(getsockopt(s.a, SOL_SOCKET, SO_PASSCRED)).toBe(1)
    setsockopt(s.a, SOL_SOCKET, SO_PASSCRED, new Uint8Array(4))
    expect(getsockopt(s.a, SOL_SOCKET, SO_PASSCRED)).toBe(0)
  })

  it('duplicate a descriptor with close-on-exec', () => {
    using s = pair()
    using copy = owned(dup(s.a))
    expect(copy.fd).not.toBe(s.a)
    expect(fcntl(copy.fd, F_GETFD)).toBe(FD_CLOEXEC)
    sendmsg(copy.fd, { buffers: [bytes('x')] })
    expect(recvmsg(s.b).length).toBe(1)
  })

  it('poll', () => {
    using s = pair()
    expect(poll([{ fd: s.a }, { fd: s.b, events: POLLOUT }], 0)).toEqual([
      { fd: s.a, revents: 0 }, { fd: s.b, events: POLLOUT, revents: POLLOUT },
    ])
    sendmsg(s.b, { buffers: [bytes('x')] })
    expect(poll([{ fd: s.a, events: POLLIN, name: 'a' }])).toEqual([{ fd: s.a, events: POLLIN, name: 'a', revents: POLLIN }])
    const start = performance.now()
    expect(poll([], 30)).toEqual([])
    expect(performance.now() - start).toBeGreaterThanOrEqual(29)
  })

  it('autobind a socket that is bound to an empty name', () => {
    using s = owned(socket(AF_UNIX, SOCK_DGRAM))
    bind(s.fd, encodeAddress({ unnamed: true }))
    const address = decodeAddress(getsockname(s.fd)) as { abstract: Uint8Array }
    expect(String(Buffer.from(address.abstract))).toMatch(/^[0-9a-f]{5}$/)
  })

  it('bind and report a pathname of 108 bytes', () => {
    const directory = tempDir()
    const path = `${directory}/`.padEnd(108, 'x')
    using s = owned(socket(AF_UNIX, SOCK_DGRAM))
    bind(s.fd, encodeAddress(path))
    expect(getsockname(s.fd)).toHaveLength(111)
    expect(decodeAddress(getsockname(s.fd))).toEqual({ path })
    using sender = owned(socket(AF_UNIX, SOCK_DGRAM))
    sendmsg(sender.fd, { buffers: [bytes('x')], name: encodeAddress(path) })
    expect(recvmsg(s.fd).length).toBe(1)
    rmSync(path)
  })
})

describe('flags that are always on', () => {
  it('MSG_NOSIGNAL: sending to a peer that is gone fails with EPIPE', () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
    close(b)
    expect(() => sendmsg(a, { buffers: [bytes('x')] })).toThrow(/^sendmsg EPIPE$/)
    close(a)
    expect([SEND_FLAGS, RECEIVE_FLAGS]).toEqual([MSG_NOSIGNAL, MSG_CMSG_CLOEXEC])
  })
})

describe('invalid input gets a clear error, and no data is lost', () => {
  const path = (): Uint8Array => encodeAddress(join(tempDir(), 'nobody'))
  const bound = (): Uint8Array => {
    const fd = socket(AF_UNIX, SOCK_DGRAM)
    const name = path()
    bind(fd, name)
    close(fd)
    return name
  }
  const cases: [string, (a: number, b: number) => unknown, string, RegExp][] = [
    ['an unknown family', () => socket(255, SOCK_DGRAM), 'EAFNOSUPPORT', /^socket EAFNOSUPPORT$/],
    ['a closed descriptor', () => sendmsg(99_999, { buffers: [bytes('x')] }), 'EBADF', /^sendmsg EBADF$/],
    ['a negative descriptor', () => recvmsg(-1), 'ERR_CMSG_OUT_OF_RANGE', /recvmsg with fd -1: expected an integer from 0/],
    ['no socket', () => {
      const fd = openSync('/dev/null', 'r')
      try { recvmsg(fd) } finally { closeSync(fd) }
    }, 'ENOTSOCK', /^recvmsg ENOTSOCK$/],
    ['an empty iovec', (a) => sendmsg(a, { buffers: [] }), 'ERR_CMSG_OUT_OF_RANGE', /with no buffers.*new Uint8Array\(0\)/],
    ['an empty iovec to receive into', (a) => recvmsg(a, { buffers: [] }), 'ERR_CMSG_OUT_OF_RANGE', /with no buffers/],
    ['1025 buffers', (a) => sendmsg(a, { buffers: Array<Uint8Array>(1025).fill(bytes('x')) }), 'ERR_CMSG_OUT_OF_RANGE',
      /1025 buffers.*1 to 1024/],
    ['1025 messages', (a) => sendmmsg(a, Array<{ buffers: Uint8Array[] }>(1025).fill({ buffers: [bytes('x')] })), 'ERR_CMSG_OUT_OF_RANGE',
      /1025 messages/],
    ['a payload of the wrong size', (a) => {
      sendmsg(a, { buffers: [bytes('x')], control: encodeControl([rawControl(SOL_SOCKET, SCM_CREDENTIALS, new Uint8Array(8))]) })
    }, 'EINVAL', /^sendmsg EINVAL/],
    ['control bytes beyond the sum', (a) => {
      sendmsg(a, { buffers: [bytes('x')], control: Buffer.concat([encodeControl([rights([0])]), Buffer.alloc(16)]) })
    }, 'EINVAL', /^sendmsg EINVAL/],
    ['a descriptor to pass that is closed', (a) => {
      sendmsg(a, { buffers: [bytes('x')], control: encodeControl([rights([99_999])]) })
    }, 'EBADF', /^sendmsg EBADF: one of the file descriptors/],
    ['a socket file without a socket', () => {
      const name = bound()
      using s = owned(socket(AF_UNIX, SOCK_DGRAM))
      sendmsg(s.fd, { buffers: [bytes('x')], name })
    }, 'ECONNREFUSED', /^sendmsg ECONNREFUSED \/.*nobody$/],
    ['a path that does not exist', () => {
      using s = owned(socket(AF_UNIX, SOCK_DGRAM))
      sendmsg(s.fd, { buffers: [bytes('x')], name: path() })
    }, 'ENOENT', /^sendmsg ENOENT \/.*nobody$/],
    ['a connection to a path that does not exist', () => { using s = owned(socket(AF_UNIX, SOCK_STREAM)); connect(s.fd, path()) }, 'ENOENT',
      /^connect ENOENT \/.*nobody$/],
    ['an address in use', () => { using s = owned(socket(AF_UNIX, SOCK_DGRAM)); bind(s.fd, bound()) }, 'EADDRINUSE',
      /^bind EADDRINUSE \/.*nobody$/],
    ['an address of another machine', () => {
      using s = owned(socket(AF_INET, SOCK_DGRAM))
      bind(s.fd, encodeAddress({ address: '203.0.113.1', port: 9 }))
    }, 'EADDRNOTAVAIL', /^bind EADDRNOTAVAIL 203\.0\.113\.1:9$/],
    ['nothing to receive', (a) => recvmsg(a, {}, MSG_DONTWAIT), 'EAGAIN', /^recvmsg EAGAIN$/],
    ['a message larger than the socket takes', (a) => sendmsg(a, { buffers: [new Uint8Array(1 << 24)] }), 'EMSGSIZE', /^sendmsg EMSGSIZE$/],
    ['a full receiver', (a) => { for (;;) sendmsg(a, { buffers: [bytes('x')] }, MSG_DONTWAIT) }, 'EAGAIN', /^sendmsg EAGAIN$/],
    ['an fcntl command that takes a pointer', (a) => fcntl(a, constantsByTarget.F_SETLK['x86_64-linux-gnu']), 'ERR_CMSG_OUT_OF_RANGE',
      /takes a pointer/],
    ['a socket type that is a string', () => socket(AF_UNIX, 'datagram' as never), 'ERR_CMSG_INVALID_ARG_TYPE',
      /socket with type "datagram"/],
    ['a name that is a string', (a) => bind(a, '/a' as never), 'ERR_CMSG_INVALID_ARG_TYPE', /bind with name "\/a": expected a Uint8Array/],
    ['one buffer instead of a list', (a) => sendmsg(a, { buffers: bytes('x') as never }), 'ERR_CMSG_INVALID_ARG_TYPE', /expected an array/],
    ['more room than there is memory for', (a) => recvmmsg(a, { count: 1024, size: 1 << 30 }), 'ERR_CMSG_OUT_OF_RANGE',
      /with count 1024/],
  ]
  it.each(cases)('%s', (_, attempt, code, message) => {
    using s = pair()
    sendmsg(s.b, { buffers: [bytes('kept')] })
    const queued = recvmsg(s.a, {}, MSG_PEEK)
    const before = openDescriptors()
    if (code === 'EAGAIN' && message.source.startsWith('^recvmsg')) recvmsg(s.a)
    let thrown: unknown
    try { attempt(s.a, s.b) } catch (error) { thrown = error }
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) as unknown })
    if (thrown instanceof SystemError) expect(thrown.errno).toBeLessThan(0)
    if (code === 'EAGAIN' && message.source.startsWith('^recvmsg')) sendmsg(s.b, { buffers: [bytes('kept')] })
    expect(recvmsg(s.a, {}, MSG_DONTWAIT).data).toEqual(queued.data)
    expect(newDescriptors(before)).toEqual([])
  })

  it('ESRCH and EPERM name the refused credentials', () => {
    using s = pair()
    const send = (who: { pid: number; uid: number; gid: number }) =>
      () => sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([credentials(who)]) })
    if (me.uid === 0) expect(send({ ...me, pid: 0 })).toThrow(/^sendmsg ESRCH: cannot send credentials \{ pid: 0.*no process has this pid/)
    else expect(send({ ...me, pid: 1 }))
      .toThrow(/^sendmsg EPERM: not permitted to send credentials \{ pid: 1.*: the pid of another process needs CAP_SYS_ADMIN/)
    expect(recvmsgNothing(s.b)).toBe(true)
  })
  const recvmsgNothing = (fd: number): boolean => {
    try { recvmsg(fd, {}, MSG_DONTWAIT) } catch (error) { return (error as SystemError).code === 'EAGAIN' }
    return false
  }
})

withPeer('root', 'as root', () => {
  it('explicit credentials of another living process arrive unchanged', () => {
    using s = pair()
    setsockopt(s.b, SOL_SOCKET, SO_PASSCRED, 1)
    const stated = { pid: 1, uid: 12, gid: 34 }
    sendmsg(s.a, { buffers: [bytes('x')], control: encodeControl([credentials(stated)]) })
    expect(decodeControl(recvmsg(s.b, { controlSize: 32 }).control)).toMatchObject([{ kind: 'credentials', value: stated }])
  })
})
