/**
 * Socket files: their permissions, and that neither another user nor another process of ours can make us remove, widen or
 * wait for the wrong one. strace delays calls, so that processes meet in the middle of them.
 */
import {
  chmodSync, existsSync, linkSync, lstatSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket } from '../../src/index.ts'
import { bind, close, encodeAddress, socket } from '../../src/libc.ts'
import { fileOf, removeFile } from '../../src/socket/file/bind.ts'
import { ordinaryUser, OTHER, withPeer } from '../support/peers.ts'
import { start, tempDir, typescript, type Running } from '../support/processes.ts'

const { AF_UNIX, SOCK_DGRAM } = constants
/** The beginning of a python program that root starts. */
const become = `import fcntl, os, socket, sys, time\nos.setgroups([]); os.setgid(${OTHER.gid}); os.setuid(${OTHER.uid}); os.umask(0)\n`
const lockName = `.cmsg-${process.geteuid!()}.lock`
const permissions = (path: string): number => lstatSync(path).mode & 0o777
const binder = (path: string, options: object, umask = '022'): string[] =>
  [...typescript('test/socket-files/binder.program.ts'), path, JSON.stringify(options), umask]
/** A program whose calls begin, or return, this late. */
const delayed = (calls: string, when: 'enter' | 'exit', ms: number, command: readonly string[]): Running =>
  start(['strace', '-qqq', '-e', `trace=${calls}`, '-e', `inject=${calls}:delay_${when}=${ms}ms`, '-o', '/dev/null', ...command])
/** The first message that anybody answers for is a proof that its socket is reached by its path. */
async function tell(path: string, text: string): Promise<void> {
  await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
  await client.send(text, { to: path })
}
async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !condition();) {
    if (Date.now() > deadline) throw new Error(`${condition} did not come true`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A socket file of a process that has ended. */
function stale(directory = tempDir()): string {
  const path = join(directory, 'socket')
  const fd = socket(AF_UNIX, SOCK_DGRAM)
  bind(fd, encodeAddress(path))
  close(fd)
  return path
}

describe('the mode of a socket file', () => {
  it.each([0o600, 0o660, 0o666, 0o777, 0])('is exactly as requested: %i', async (mode) => {
    for (const type of ['datagram', 'seqpacket', 'stream'] as const) {
      for (const path of [join(tempDir(), 'socket'), stale()]) {
        await using _ = MessageSocket.bind(path, { type, unlink: true, mode })
        expect(permissions(path)).toBe(mode)
      }
    }
  })

  it.each(['000', '022', '077', '777'])('does not depend on the umask: %s', async (umask) => {
    const path = join(tempDir(), 'socket')
    await using program = start(binder(path, { mode: 0o622 }, umask))
    await program.line('bound')
    expect(permissions(path)).toBe(0o622)
  })

  it('follows the umask if none is requested, also after a failed attempt', async () => {
    const path = join(tempDir(), 'socket')
    await using socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    expect(() => { socket.bind('/nowhere/socket', { mode: 0o600 }) }).toThrow('bind ENOENT')
    socket.bind(path)
    expect(permissions(path)).toBe(0o777 & ~process.umask())
  })

  it('is refused if it is invalid', () => {
    const path = join(tempDir(), 'socket')
    for (const mode of [666, -1, 0o1000, 0.5]) expect(() => MessageSocket.bind(path, { type: 'datagram', mode })).toThrow(RangeError)
    expect(() => MessageSocket.bind(path, { type: 'datagram', mode: '600' as unknown as number })).toThrow(TypeError)
    expect(() => MessageSocket.bind({ unnamed: true }, { type: 'datagram', mode: 0o600 }))
      .toThrow('Cannot call bind with mode 0o600: only a pathname socket has permissions')
    expect(existsSync(path)).toBe(false)
  })

  withPeer('strace', 'at every moment', () => {
    it.each([['0', 0o600], ['022', 0o666], ['0', 0]])('grants no more than the mode: umask %s, mode %i', async (umask, mode) => {
      const path = join(tempDir(), 'socket')
      await using program = delayed('bind,chmod,fchmodat', 'exit', 300, binder(path, { mode }, umask))
      await program.line('ready')
      await until(() => existsSync(path))
      const first = permissions(path)
      expect(first & ~mode).toBe(0)
      await program.line('bound')
      expect(permissions(path)).toBe(mode)
    })

    const file = (path: string): string => { writeFileSync(path, '', { mode: 0o600 }); return path }
    const other = (path: string): string => { close(bindTo(path)); chmodSync(path, 0o600); return path }
    const swaps: [string, (path: string, victim: string) => void, (path: string) => string][] = [
      ['a link to a file', (path, victim) => { symlinkSync(victim, path) }, file],
      ['a second name of a file', (path, victim) => { linkSync(victim, path) }, file],
      ['a second name of another socket', (path, victim) => { linkSync(victim, path) }, other],
    ]
    it.each(swaps)('does not change %s that took the place of the file', async (_, swap, make) => {
      const directory = tempDir()
      const path = join(directory, 'socket')
      const victim = make(join(directory, 'victim'))
      await using program = delayed('bind', 'exit', 1000, binder(path, { mode: 0o666 }))
      await program.line('ready')
      await until(() => existsSync(path))
      unlinkSync(path)
      swap(path, victim)
      expect(await program.line(/^bind|^bound/)).toBe(`bind EADDRINUSE ${path}: the socket file was replaced as soon as it was created`)
      expect(permissions(victim)).toBe(0o600)
    })
  })

  withPeer(['root', 'python3'], 'to another user', () => {
    const send = (path: string): Running => start(['python3', '-c', `${become}
try: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"from python", sys.argv[1]); print("sent")
except OSError as e: print(type(e).__name__)`, path])
    it('permits or refuses sending', async () => {
      const path = join(tempDir(0o755), 'socket')
      await using open = MessageSocket.bind(path, { type: 'datagram', mode: 0o666 })
      expect(await send(path).output()).toEqual(['sent'])
      expect(String((await open.receive())?.data)).toBe('from python')
      const shut = `${path}.shut`
      await using _ = MessageSocket.bind(shut, { type: 'datagram', mode: 0o600 })
      expect(await send(shut).output()).toEqual(['PermissionError'])
    })
  })
})

function bindTo(path: string): number {
  const fd = socket(AF_UNIX, SOCK_DGRAM)
  bind(fd, encodeAddress(path))
  return fd
}

describe('replacing a socket file', () => {
  it('leaves nothing else in the directory', async () => {
    const directory = tempDir()
    const path = stale(directory)
    const one = MessageSocket.bind(path, { type: 'datagram', unlink: true })
    expect(readdirSync(directory)).toEqual(['socket'])
    await one.close()
    expect(readdirSync(directory)).toEqual([])
  })

  it('is not delayed by a process that has the abstract name of the directory', async () => {
    const directory = tempDir()
    const path = stale(directory)
    const { dev, ino } = statSync(directory)
    await using _ = MessageSocket.bind({ abstract: `cmsg-replace-${dev}-${ino}` }, { type: 'datagram' })
    const before = performance.now()
    await using one = MessageSocket.bind(path, { type: 'datagram', unlink: true })
    expect(performance.now() - before).toBeLessThan(1000)
    expect(one.address).toEqual({ path })
  })

  it.each(['a file with two names', 'a link', 'a directory', 'a FIFO'])('is not delayed by %s in place of its lock', async (what) => {
    const directory = tempDir()
    const path = stale(directory)
    const place = join(directory, lockName)
    if (what === 'a file with two names') {
      writeFileSync(`${place}.other`, 'content')
      linkSync(`${place}.other`, place)
    } else if (what === 'a link') symlinkSync('nowhere', place)
    else await start(['/bin/sh', '-c', `${what === 'a FIFO' ? 'mkfifo' : 'mkdir'} ${place}`]).output()
    const before = performance.now()
    await using one = MessageSocket.bind(path, { type: 'datagram', unlink: true })
    expect(performance.now() - before).toBeLessThan(1000)
    expect(one.address).toEqual({ path })
    expect(lstatSync(place, { throwIfNoEntry: false })).toBeDefined()
  })

  withPeer('python3', 'while the lock is held', () => {
    const hold =
      'fd = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR, 0o666)\nfcntl.flock(fd, fcntl.LOCK_EX)\nprint("held", flush=True)\ntime.sleep(60)'

    it('by this process, waits for it, and gives up in the end', async () => {
      const directory = tempDir()
      const path = stale(directory)
      await using holder = start(['python3', '-c', `import fcntl, os, sys, time\n${hold}`, join(directory, lockName)])
      await holder.line('held')
      expect(() => MessageSocket.bind(path, { type: 'datagram', unlink: true }))
        .toThrow(/EADDRINUSE .*another process of this user is replacing a socket file/)
      // It dies, and its file stays.
      await holder.stop()
      await using one = MessageSocket.bind(path, { type: 'datagram', unlink: true })
      expect(one.address).toEqual({ path })
      expect(readdirSync(directory)).toEqual(['socket'])
    })

    withPeer('root', 'by another user, in a sticky directory', () => {
      it('does not wait, neither to replace nor to remove', async () => {
        const directory = tempDir(0o1777)
        const path = stale(directory)
        await using holder = start(['python3', '-c', become + hold, join(directory, lockName)])
        await holder.line('held')
        expect(lstatSync(join(directory, lockName)).uid).toBe(OTHER.uid)
        const before = performance.now()
        const one = MessageSocket.bind(path, { type: 'datagram', unlink: true })
        expect(one.address).toEqual({ path })
        await one.close()
        expect(performance.now() - before).toBeLessThan(1000)
        expect(readdirSync(directory)).toEqual([lockName])
      })
    })
  })

  it('works after a thread was terminated during a replacement', async () => {
    const directory = tempDir()
    const path = stale(directory)
    const program = start([process.execPath, 'test/socket-files/terminated.program.mjs', path, join(directory, lockName)])
    expect(await program.output()).toEqual(['true', 'socket'])
  })

  withPeer('strace', 'by two processes at once', () => {
    it.each(['enter', 'exit'] as const)('succeeds for one of them: unlink and bind %s late', async (when) => {
      const directory = tempDir()
      const path = stale(directory)
      // The lock of the past must not matter.
      const { dev, ino } = statSync(directory)
      await using _ = MessageSocket.bind({ abstract: `cmsg-replace-${dev}-${ino}` }, { type: 'datagram' })
      const programs = [1, 2].map(() => delayed('unlink,bind', when, 200, binder(path, { unlink: true })))
      const outcomes = await Promise.all(programs.map((program) => program.line(/^bind|^bound/)))
      expect(outcomes.sort()).toEqual([`bind EADDRINUSE ${path}: a process is bound to it`, 'bound'])
      await tell(path, 'close')
      expect((await Promise.all(programs.map((program) => program.output()))).flat()).toContain('closed')
      expect(readdirSync(directory)).toEqual([])
    })
  })
})

withPeer(['root', 'an ordinary user'], 'a socket file of another user that the process may not write to', () => {
  it.each([{}, { unlink: true }])('is the reason why its name is in use: %o', async (options) => {
    const directory = tempDir()
    chmodSync(directory, 0o777)
    const path = stale(directory)
    chmodSync(path, 0)
    expect(await start([...ordinaryUser, ...binder(path, options)]).output()).toEqual(['ready', `bind EADDRINUSE ${path}: the socket file `
      + `there belongs to uid ${process.geteuid!()} and is not writable for this process, so it is not known if a process is bound to it`])
  })
})

withPeer('an ordinary user', 'a socket file that its own user may not write to', () => {
  it('is not said to be a stranger\'s: the error says what to do', async () => {
    const directory = tempDir()
    chmodSync(directory, 0o777)
    const path = join(directory, 'socket')
    const program = start([...ordinaryUser, ...binder(path, { mode: 0o446 })])
    await program.line('bound')
    await program.stop()
    expect(await start([...ordinaryUser, ...binder(path, { unlink: true })]).output()).toEqual(['ready', `bind EADDRINUSE ${path}: `
      + 'the permissions of the socket file there, 0o446, do not let its owner, this user, write to it, so it is not known if a process '
      + 'is bound to it: remove it if none is, or let its owner write to it (chmod u+w)'])
  })
})

describe('removing a socket file', () => {
  it('removes only the file of this socket, not one that reuses its number', async () => {
    const directory = tempDir()
    const path = join(directory, 'socket')
    const fd = bindTo(path)
    const file = fileOf(fd)!
    rmSync(path)
    close(fd)
    // Where numbers are given again at once, one of these has it.
    const later = Array.from({ length: 20 }, (_, i) => bindTo(`${path}${i}`))
    const same = later.findIndex((_, i) => lstatSync(`${path}${i}`).ino === Number(file.inode))
    if (same >= 0) {
      renameSync(`${path}${same}`, path)
      removeFile(file)
      expect(existsSync(path)).toBe(true)
    }
    later.forEach((fd) => { close(fd) })
  })

  withPeer('strace', 'a file that another process replaces meanwhile', () => {
    it('leaves the other file', async () => {
      const path = join(tempDir(), 'socket')
      await using program = delayed('unlink', 'enter', 700, binder(path, { unlink: true }))
      await program.line('bound')
      await tell(path, 'lose')
      await program.line('lose')
      await new Promise((resolve) => setTimeout(resolve, 300)) // it has looked at its file by now
      await using other = MessageSocket.bind(path, { type: 'datagram', unlink: true })
      await program.line('closed')
      await tell(path, 'to the other')
      expect(String((await other.receive())?.data)).toBe('to the other')
    })
  })
})

describe('the file of a socket bound by another process', () => {
  it('is not that of another socket at the same path, which stays', async () => {
    const path = join(tempDir(), 'socket')
    const { fd } = MessageSocket.bind(path, { type: 'datagram' }).detach()
    rmSync(path)
    await using _ = MessageSocket.bind(path, { type: 'datagram' })
    expect(fileOf(fd.fd)).toBeUndefined()
    await MessageSocket.adopt(fd, { unlink: true }).close()
    expect(existsSync(path)).toBe(true)
  })

  it('is not that of another socket with the same relative path, in another directory', async () => {
    const before = process.cwd()
    const [first, second] = [tempDir(), tempDir()]
    try {
      process.chdir(first)
      const { fd } = MessageSocket.bind('s', { type: 'datagram' }).detach()
      process.chdir(second)
      await using _ = MessageSocket.bind('s', { type: 'datagram' })
      expect(fileOf(fd.fd)).toBeUndefined()
      process.chdir(first)
      const heir = MessageSocket.adopt(fd, { unlink: true })
      process.chdir(second)
      await heir.close()
      expect([existsSync(join(first, 's')), existsSync(join(second, 's'))]).toEqual([false, true])
    } finally {
      process.chdir(before)
    }
  })

  withPeer('namespaces', 'in a namespace', () => {
    it('is not that of another socket with the same number, on another file system', async () => {
      const [first, second] = [tempDir(), tempDir()]
      const mounts = `mount -t tmpfs none ${first} && mount -t tmpfs none ${second} && exec "$@"`
      const heir = start(['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mounts, 'sh',
        ...typescript('test/socket-files/heir.program.ts'), first, 's', second])
      expect(await heir.output()).toEqual(['true', 'true'])
    })
  })

  withPeer('strace', 'where the kernel does not tell which it is', () => {
    it('stays', async () => {
      const directory = tempDir()
      const failing = ['strace', '-f', '-qq', '-e', 'trace=sendmsg', '-e', 'inject=sendmsg:error=ECONNREFUSED', '-o', '/dev/null']
      const heir = start([...failing, ...typescript('test/socket-files/heir.program.ts'), directory, join(directory, 's')])
      expect(await heir.output()).toEqual(['true', 'true'])
    })
  })

  it('is found by its name while it exists', () => {
    const path = join(tempDir(), 'socket')
    const fd = bindTo(path)
    expect(fileOf(fd)).toMatchObject({ path: Buffer.from(path), inode: BigInt(lstatSync(path).ino) })
    removeFile(fileOf(fd)!)
    expect(existsSync(path)).toBe(false)
    expect(fileOf(fd)).toBeUndefined()
    close(bindTo(path))
    expect(fileOf(fd)).toBeUndefined() // another one is there, of a socket that is closed
    close(fd)
    const unnamed = socket(AF_UNIX, SOCK_DGRAM)
    expect(fileOf(unnamed)).toBeUndefined()
    close(unnamed)
  })
})
