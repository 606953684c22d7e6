/**
 * The process at the other end, as a descriptor that cannot come to mean another.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MessageSocket, OwnedFd, Pidfd, SystemError, credentials, defineControlMessage, pidfd } from '../../src/index.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { ordinaryUser, withPeer } from '../support/peers.ts'
import { start, typescript, type Running } from '../support/processes.ts'
import { listen, of, sender, uniqueName } from './senders.ts'

/** A process that has sent us a message, and the handle that came with it, which is ours now. */
async function hello(flags: readonly string[] = []): Promise<{ process: Running; handle: Pidfd } & AsyncDisposable> {
  const { name, socket } = listen('datagram', [pidfd])
  const process = sender(name, flags)
  using message = await of(process, socket.receive())
  await socket.close()
  const received = message?.get(pidfd)
  if (!(received instanceof Pidfd)) throw new Error(`no pidfd: ${String(received)}`)
  const handle = new Pidfd(received.take())
  return { process, handle, [Symbol.asyncDispose]: async () => { handle.close(); await process.stop() } }
}

/** What a file of /proc says, in the second column of a line. */
const line = (pid: number, name: string): string[] =>
  new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!.split(/\s+/).filter(Boolean)

withPeer('python3', 'the sender of a message', () => {
  it('is described by its pid and by /proc', async () => {
    await using s = await hello()
    const { pid } = s.process
    expect([s.handle.pid, s.handle.alive]).toEqual([pid, true])
    const [real, effective, saved, fs] = line(pid, 'Uid').map(Number)
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')
    expect(s.handle.info()).toEqual({
      pid, ppid: process.pid,
      comm: readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd(),
      exe: readlinkSync(`/proc/${pid}/exe`),
      cmdline: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1),
      uid: { real, effective, saved, fs },
      gid: Object.fromEntries(line(pid, 'Gid').map((id, i) => [['real', 'effective', 'saved', 'fs'][i], Number(id)])),
      groups: line(pid, 'Groups').map(Number),
      cgroup: /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1],
      startTime: BigInt(stat[21]!),
    })
    expect(s.handle.info()!.cmdline).toContain('test/identities/sender.py')
  })

  it.each(['seqpacket', 'stream'] as const)('is the sending process, not the connecting one: %s', async (type) => {
    const { name, socket } = listen(type, [pidfd, credentials])
    const process = sender(name, ['--type', type])
    const connection = await of(process, socket.accept())
    using message = await connection.receive()
    expect(String(message?.data)).toBe('hello')
    expect((message?.get(pidfd) as Pidfd).pid).toBe(process.pid)
    expect(message?.get(credentials)?.pid).toBe(process.pid)
    using peer = connection.peerPidfd()
    expect(peer?.pid).toBe(process.pid)
    for (const open of [connection, socket]) await open.close()
    await process.stop()
  })

  it('may have any name', async () => {
    for (const comm of [') R 1 (', 'a b', 'x)(y']) {
      await using s = await hello(['--comm', comm])
      expect(s.handle.info()).toMatchObject({ comm, pid: s.process.pid, ppid: process.pid })
    }
  })

  it('has no pid and no information after its end, and only signal() throws', async () => {
    await using s = await hello(['--end'])
    await s.handle.exited()
    await s.process.output()
    // It was our child, and Node has waited for it by now.
    expect([s.handle.alive, s.handle.pid, s.handle.info()]).toEqual([false, -1, undefined])
    expect(() => s.handle.signal(0)).toThrow(expect.objectContaining({ name: 'SystemError', code: 'ESRCH', syscall: 'pidfd_send_signal' }))
    await s.handle.exited()
  })

  it('that ended before its message was read has ended too', async () => {
    const { name, socket } = listen('datagram', [pidfd, credentials])
    const process = sender(name, ['--end'])
    await process.output()
    using message = await socket.receive()
    const handle = message?.get(pidfd)
    // Kernels before 6.16 cannot make one of a process that nobody can wait for any more, and say so.
    if (handle instanceof Pidfd) expect([handle.alive, handle.pid, handle.info()]).toEqual([false, -1, undefined])
    else expect(handle).toMatchObject({ name: 'SystemError', syscall: 'SCM_PIDFD' })
    expect(message?.get(credentials)?.pid).toBe(process.pid)
    await socket.close()
  })

  it('has ended when it is a zombie, which still has its pid', async () => {
    const { name, socket } = listen('datagram', [pidfd])
    // Nobody waits for the child.
    const parent = start(['python3', '-c', `
import os, signal, socket, sys
if os.fork() == 0:
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', '\\0' + sys.argv[1])
    os._exit(3)
signal.pause()`, name])
    using message = await socket.receive()
    const handle = message!.get(pidfd) as Pidfd
    await handle.exited()
    expect(handle.alive).toBe(false)
    expect(handle.info()).toMatchObject({ pid: handle.pid, ppid: parent.pid, exe: undefined, cmdline: [] })
    await parent.stop()
    await socket.close()
  })
})

withPeer('python3', 'exited()', () => {
  it('resolves for all waiting callers, and at once for later ones', async () => {
    await using s = await hello()
    const before = openDescriptors()
    let ended = 0
    const waiting = [1, 2, 3].map(() => s.handle.exited().then(() => ended++))
    await new Promise((resolve) => setImmediate(resolve))
    expect([ended, s.handle.alive]).toEqual([0, true])
    s.process.kill('SIGTERM')
    await Promise.all(waiting)
    expect(ended).toBe(3)
    expect(s.handle.alive).toBe(false)
    await s.handle.exited()
    expect(newDescriptors(before).filter((what) => what.includes('pidfd'))).toEqual([])
  })

  it('rejects only for the caller that aborts it', async () => {
    await using s = await hello()
    const abort = new AbortController()
    const aborted = s.handle.exited({ signal: abort.signal })
    const waiting = s.handle.exited()
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    await expect(s.handle.exited({ signal: abort.signal })).rejects.toThrow('enough')
    s.handle.signal('SIGKILL')
    await waiting
    expect(await s.process.exit()).toBe('SIGKILL')
  })

  it('rejects when the handle is closed, with its message or by itself', async () => {
    const { name, socket } = listen('datagram', [pidfd])
    const process = sender(name)
    const message = await socket.receive()
    const waiting = (message!.get(pidfd) as Pidfd).exited()
    message![Symbol.dispose]()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    await expect((message!.get(pidfd) as Pidfd).exited()).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    await process.stop()
    await socket.close()
  })

  it('keeps the waiting process alive until it resolves', async () => {
    const name = uniqueName()
    const waits = start([...typescript('test/identities/waits.program.ts'), name])
    await waits.line('ready')
    const other = sender(name)
    await waits.line('still here')
    other.kill()
    expect(await waits.output()).toEqual(['ready', 'still here', 'it has ended'])
  })
})

withPeer('python3', 'signal()', () => {
  it('sends a signal by name or by number', async () => {
    for (const signal of ['SIGTERM', 15] as const) {
      await using s = await hello()
      s.handle.signal(0)
      s.handle.signal(signal)
      expect(await s.process.exit()).toBe('SIGTERM')
    }
  })

  it('refuses an invalid signal', async () => {
    await using s = await hello()
    for (const signal of ['SIGNOTHING', -1, 65, 1.5, undefined, null]) {
      expect(() => s.handle.signal(signal as never), String(signal)).toThrow(expect.objectContaining({
        code: expect.stringMatching(/^ERR_CMSG_/) as string,
      }))
    }
    expect(s.handle.alive).toBe(true)
  })
})

withPeer(['python3', 'root', 'an ordinary user'], 'a signal from an ordinary user to a process of root', () => {
  it('is refused: EPERM', async () => {
    const name = uniqueName()
    const signals = start([...ordinaryUser, ...typescript('test/identities/signals.program.ts'), name])
    await signals.line('ready')
    await using _sender = sender(name)
    expect(JSON.parse((await signals.output()).at(-1)!)).toEqual({ code: 'EPERM', syscall: 'pidfd_send_signal' })
  })
})

describe('a handle', () => {
  it('is an OwnedFd that the caller can take', () => {
    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [pidfd] })
    using _a = a
    using _b = b
    a.sendNow('x')
    const message = b.receiveNow()!
    const handle = message.get(pidfd) as Pidfd
    expect(handle).toBeInstanceOf(OwnedFd)
    const number = handle.take()
    message[Symbol.dispose]()
    using mine = new Pidfd(number)
    expect([handle.owned, mine.pid, mine.alive]).toEqual([false, process.pid, true])
    for (const attempt of [() => handle.pid, () => handle.alive, () => handle.info(), () => { handle.signal(0) }]) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_CMSG_CLOSED' }))
    }
  })

  it('cannot be sent, because only the kernel creates them', () => {
    expect(() => pidfd(0 as never)).toThrow('Cannot send pidfd: only the kernel sends it')
  })
})

describe('where the kernel has no pidfds in messages', () => {
  it('a kind whose option the kernel refuses is an error with the reason', () => {
    // What an older kernel says of SO_PASSPIDFD, this one says of an option that it does not know.
    const unheardOf = defineControlMessage({
      kind: 'unheard of', level: 1, type: 9999, minSize: 0, receive: { size: 4, option: 9999 }, decode: () => 0,
    })
    const before = openDescriptors()
    const receive = [unheardOf]
    for (const attempt of [
      () => MessageSocket.pair({ type: 'stream', receive }), () => MessageSocket.open({ family: 'unix', type: 'datagram', receive }),
    ]) {
      expect(attempt).toThrow(expect.objectContaining({
        code: 'ERR_CMSG_UNSUPPORTED',
        message: expect.stringMatching(/^Cannot receive unheard of: this kernel does not support it, .*ENOPROTOOPT/) as string,
        cause: expect.any(SystemError) as Error,
      }))
    }
    expect(newDescriptors(before)).toEqual([])
  })

  withPeer('strace', 'with the results of an older kernel, injected by strace', () => {
    it('asking for pidfds is an error with the reason', async () => {
      const program = start([
        'strace', '-o', '/dev/null', '-e', 'trace=setsockopt,getsockopt', '-e', 'inject=setsockopt,getsockopt:error=ENOPROTOOPT',
        ...typescript('test/identities/older.program.ts'),
      ])
      expect((await program.output()).map((line) => JSON.parse(line) as unknown)).toEqual([
        {
          code: 'ERR_CMSG_UNSUPPORTED', message: expect.stringMatching(/^Cannot receive pidfd: this kernel does not support it/) as string,
        },
        {
          code: 'ERR_CMSG_UNSUPPORTED',
          message: expect.stringMatching(/^Cannot get the pidfd of a peer: this kernel does not support SO_PEERPIDFD/) as string,
        },
      ])
    })
  })
})
