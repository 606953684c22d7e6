/**
 * Notifications, beside those of systemd's own systemd-notify, and as a program in Python receives them.
 */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { credentials, MessageSocket, rights, type Message } from '../../src/index.ts'
import { notify, watchdog, type NotifyState } from '../../src/systemd.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

const variables = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']
afterEach(() => { for (const name of variables) delete process.env[name] })

type Kinds = typeof credentials | typeof rights
const manager = (): MessageSocket<Kinds> => {
  const path = join(tempDir(), 'notify')
  process.env.NOTIFY_SOCKET = path
  return MessageSocket.bind(path, { type: 'datagram', receive: [credentials, rights], unlink: true })
}
/** What a message says, and who sent it. A descriptor of a barrier is closed, as systemd does it. */
const read = (message: Message<Kinds> | undefined): unknown => {
  const fds = message!.get(rights) ?? []
  const { uid, gid } = message!.get(credentials)!
  const text = String(message!.data)
  for (const fd of fds) fd.close()
  return { text, fds: fds.length, uid, gid }
}

withPeer('systemd-notify', 'notify, beside systemd-notify', () => {
  it('sends the same bytes, with the same barrier', async () => {
    using socket = manager()
    await using theirs = start(['systemd-notify', '--ready', '--status=es läuft', 'EXTEND_TIMEOUT_USEC=5000000'])
    const expected = [read(await socket.receive()), read(await socket.receive())]
    await theirs.output()

    const ours = notify({ READY: true, STATUS: 'es läuft', EXTEND_TIMEOUT_USEC: 5_000_000n }, { barrier: true })
    let done = false
    void ours.then(() => { done = true })
    const state = await socket.receive()
    using barrier = await socket.receive()
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    expect([done, state!.get(credentials)!.pid]).toEqual([false, process.pid])
    expect([read(state), read(barrier)]).toEqual(expected)
    expect(await ours).toBe(true)
  })
})

describe('notify', () => {
  it('keeps the order when the manager has no room, and uses one socket then', async () => {
    using socket = manager()
    const queued = Array.from({ length: 30 }, (_, i) => `STATUS=${i}`)
    const before = openDescriptors()
    const sent = queued.map((state) => notify(state))
    // At the first wait, the event loop needs some descriptors of its own.
    expect(newDescriptors(before).filter((line) => line.includes('socket:')).length).toBeLessThan(8)
    for (const state of queued) expect(String((await socket.receive())!.data)).toBe(state)
    expect(await Promise.all(sent)).toEqual(queued.map(() => true))
  })

  it.each<[string, unknown]>([
    ['a word', 'READY'], ['a small letter', 'ready=1'], ['a name in small letters', { ready: 1 }], ['a line without a name', 'READY=1\n=2'],
  ])('refuses %s, which systemd would ignore', async (_, state) => {
    using socket = manager()
    await expect(notify(state as NotifyState)).rejects.toMatchObject({ code: 'ERR_CMSG_OUT_OF_RANGE', message: /capital letters/ })
    expect(socket.receiveNow()).toBeUndefined()
  })

  it.each<[string, NotifyState, string]>([
    ['text', 'READY=1\nSTATUS=a=b', 'READY=1\nSTATUS=a=b'],
    ['lines', ['READY=1', 'MAINPID=42'], 'READY=1\nMAINPID=42'],
    ['names', { READY: 1, FDPOLL: false, STATUS: undefined, MAINPID: '42' }, 'READY=1\nFDPOLL=0\nMAINPID=42'],
  ])('sends %s', async (_, state, text) => {
    using socket = manager()
    // It has gone before anything was awaited.
    const sent = notify(state)
    expect(String(socket.receiveNow()!.data)).toBe(text)
    expect(await sent).toBe(true)
  })

  it('resolves to false without NOTIFY_SOCKET, or with an empty one', async () => {
    expect(await notify('READY=1')).toBe(false)
    process.env.NOTIFY_SOCKET = ''
    expect(await notify('READY=1', { barrier: true })).toBe(false)
  })

  it.each<[string, unknown, object, string, RegExp]>([
    ['no state', undefined, {}, 'ERR_CMSG_INVALID_ARG_TYPE', /state undefined/],
    ['an empty state', '', {}, 'ERR_CMSG_OUT_OF_RANGE', /without a line/],
    ['an empty object', {}, {}, 'ERR_CMSG_OUT_OF_RANGE', /without a line/],
    ['a NUL', 'READY=1\0', {}, 'ERR_CMSG_OUT_OF_RANGE', /NUL/],
    ['a line that is two', ['STATUS=a\nREADY=1'], {}, 'ERR_CMSG_OUT_OF_RANGE', /newline/],
    ['a value that is two lines', { STATUS: 'a\nREADY=1' }, {}, 'ERR_CMSG_OUT_OF_RANGE', /newline/],
    ['a line without =', ['READY'], {}, 'ERR_CMSG_OUT_OF_RANGE', /"READY"/],
    ['a name with =', { 'READY=1': 1 }, {}, 'ERR_CMSG_OUT_OF_RANGE', /name "READY=1"/],
    ['a value that is none', { READY: {} }, {}, 'ERR_CMSG_INVALID_ARG_TYPE', /READY an object/],
    ['a number that is none', { READY: NaN }, {}, 'ERR_CMSG_INVALID_ARG_TYPE', /READY NaN/],
    ['an infinite number', { EXTEND_TIMEOUT_USEC: Infinity }, {}, 'ERR_CMSG_INVALID_ARG_TYPE', /EXTEND_TIMEOUT_USEC Infinity/],
    ['fds that are not a list', 'READY=1', { fds: 3 }, 'ERR_CMSG_INVALID_ARG_TYPE', /fds 3/],
    ['a barrier that is none', 'READY=1', { barrier: 'yes' }, 'ERR_CMSG_INVALID_ARG_TYPE', /barrier "yes"/],
  ])('refuses %s, with and without NOTIFY_SOCKET', async (_, state, options, code, message) => {
    const error = { code, message: expect.stringMatching(message) as string }
    const refused = (): Promise<void> => expect(notify(state as NotifyState, options)).rejects.toMatchObject(error)
    await refused()
    using socket = manager()
    await refused()
    expect(socket.receiveNow()).toBeUndefined()
  })

  const wrong = [
    'notify', 'vsock:1', 'vsock::5', 'vsock:4294967295:5', 'vsock-raw:1:5', 'vsock:1:4294967296', '@', `/${'x'.repeat(108)}`, 'udp:1:2',
  ]
  it.each(wrong)('refuses NOTIFY_SOCKET=%s', async (text) => {
    process.env.NOTIFY_SOCKET = text
    await expect(notify('READY=1')).rejects.toMatchObject({ name: 'RangeError', code: 'ERR_CMSG_INVALID_ADDRESS' })
  })

  it('throws the kernel\'s error if no socket is bound', async () => {
    process.env.NOTIFY_SOCKET = join(tempDir(), 'nobody')
    const address = process.env.NOTIFY_SOCKET
    await expect(notify('READY=1')).rejects.toMatchObject({ name: 'SystemError', syscall: 'sendmsg', code: 'ENOENT', address })
    process.env.NOTIFY_SOCKET = '@cmsg-test-nobody'
    await expect(notify('READY=1')).rejects.toMatchObject({ code: 'ECONNREFUSED', address: '@cmsg-test-nobody' })
  })

  it('can abort its barrier', async () => {
    using socket = manager()
    const reason = new Error('enough')
    const controller = new AbortController()
    const waits = notify('READY=1', { barrier: { signal: controller.signal } })
    await socket.receive()
    using barrier = await socket.receive()
    expect(String(barrier!.data)).toBe('BARRIER=1')
    controller.abort(reason)
    await expect(waits).rejects.toBe(reason)
    await expect(notify('READY=1', { barrier: { signal: AbortSignal.abort(reason) } })).rejects.toBe(reason)
    expect(socket.receiveNow()).toBeUndefined()
  })

  it('passes no descriptors to a virtual machine', async () => {
    process.env.NOTIFY_SOCKET = 'vsock:2:9999'
    await expect(notify('FDSTORE=1', { fds: [0] })).rejects.toMatchObject({ code: 'ERR_CMSG_UNSUPPORTED' })
    await expect(notify('READY=1', { barrier: true })).rejects.toMatchObject({ code: 'ERR_CMSG_UNSUPPORTED' })
  })
})

withPeer('python3', 'notify, as Python receives it', () => {
  it('at an abstract name, with descriptors to be kept', async () => {
    const name = `cmsg-test-notify-${process.pid}`
    await using python = start(['python3', '-B', '-u', '-c', `
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind('\\0' + sys.argv[1])
print('ready')
data, control, flags, address = s.recvmsg(4096, 4096)
print(repr(data), flags & socket.MSG_CTRUNC)
for level, type, payload in sorted(control):
  if type == socket.SCM_RIGHTS:
    for fd in struct.unpack(f'{len(payload) // 4}i', payload): print(os.read(fd, 100).decode().splitlines()[0])
  else: print(struct.unpack('3i', payload))`, name])
    await python.line('ready')
    process.env.NOTIFY_SOCKET = `@${name}`
    const file = openSync('/etc/passwd', 'r')
    expect(await notify({ FDSTORE: 1, FDNAME: 'passwd' }, { fds: [file] })).toBe(true)
    closeSync(file)
    const [first] = readFileSync('/etc/passwd', 'utf8').split('\n')
    const who = `(${process.pid}, ${process.getuid!()}, ${process.getgid!()})`
    expect((await python.output()).slice(1).sort()).toEqual([`b'FDSTORE=1\\nFDNAME=passwd' 0`, first, who].sort())
  })
})

describe('watchdog', () => {
  it('notifies at once and at half of the interval, until it is closed', async () => {
    using socket = manager()
    process.env.WATCHDOG_USEC = '100000'
    process.env.WATCHDOG_PID = String(process.pid)
    const alive = watchdog()!
    expect(alive.interval).toBe(50)
    expect(String(socket.receiveNow()!.data)).toBe('WATCHDOG=1')
    const from = performance.now()
    for (let i = 0; i < 3; i++) expect(String((await socket.receive())!.data)).toBe('WATCHDOG=1')
    // The first interval begins with the turn of the event loop that the watchdog was made in.
    expect(performance.now() - from).toBeGreaterThan(2 * 50)
    alive[Symbol.dispose]()
    alive.close()
    await new Promise((resolve) => { setTimeout(resolve, 120) })
    expect(socket.receiveNow()).toBeUndefined()
  })

  it('continues after an interruption of the service manager', async () => {
    const first = manager()
    process.env.WATCHDOG_USEC = '20000'
    using _alive = watchdog()!
    await first.receive()
    await first.close()
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    using second = MessageSocket.bind(process.env.NOTIFY_SOCKET!, { type: 'datagram', unlink: true })
    expect(String((await second.receive())!.data)).toBe('WATCHDOG=1')
  })

  it('is undefined if none is wanted', () => {
    expect(watchdog()).toBeUndefined()
    process.env.WATCHDOG_USEC = '1000000'
    expect(watchdog()).toBeUndefined()
    using _socket = manager()
    process.env.WATCHDOG_PID = '1'
    expect(watchdog()).toBeUndefined()
  })

  const wrong = [['WATCHDOG_USEC', 'soon'], ['WATCHDOG_USEC', '0'], ['WATCHDOG_USEC', '-1'], ['WATCHDOG_PID', 'me']] as const
  it.each(wrong)('refuses %s=%s', (name, value) => {
    using _socket = manager()
    process.env.WATCHDOG_USEC = '1000000'
    process.env[name] = value
    const message = expect.stringContaining(`${name}="${value}"`) as string
    expect(() => watchdog()).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ENVIRONMENT', message }) as Error)
  })

  it('does not keep the process alive, even if a notification waits', async () => {
    using _socket = manager()
    const program = "import { watchdog } from 'cmsg/systemd'\nconsole.log(watchdog() !== undefined)\n"
    const run = (more: string): Promise<string[]> =>
      start([process.execPath, '--input-type=module', '-e', program + more], { WATCHDOG_USEC: '2000' }).output()
    expect(await run('')).toEqual(['true'])
    // Fill the queue: what the watchdog says then waits.
    using sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    while (sender.sendNow('x', { to: process.env.NOTIFY_SOCKET! }) !== undefined);
    expect(await run('setTimeout(() => {}, 50)')).toEqual(['true'])
  })
})
