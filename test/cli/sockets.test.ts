/**
 * `cmsg listen` and `cmsg send`: with each other, with the library and with other programs; and that nothing stays behind.
 * @module
 */
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MessageSocket, Pidfd, credentials, pidfd, rights } from 'cmsg'
import { ordinaryUser, ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { cmsg, command, failure, listening, oneLine, output, shell } from './command.ts'

const own = { uid: process.getuid!(), gid: process.getgid!() }

/** A message as `cmsg listen --json` prints it. */
interface Printed {
  readonly text: string | null
  readonly sender: { readonly pid: number; readonly command: string }
  readonly control: { readonly kind: string; readonly descriptors?: unknown[] }[]
}

/** Returns the messages that a run of `cmsg listen --json` printed. */
const json = async (program: Running): Promise<Printed[]> => (await program.output()).map((line) => JSON.parse(line) as Printed)

describe('cmsg listen and cmsg send', () => {
  it.each(['datagram', 'seqpacket', 'stream'])('%s: print the sender, the data and the control messages, and reply', async (type) => {
    const directory = tempDir()
    const [path, file] = [join(directory, 's'), join(directory, 'file')]
    writeFileSync(file, 'contents\n')
    const listener = await listening(path, '--type', type, '--count', '1', '--json', '--reply', 'thanks')
    const { status, stdout, stderr } =
      shell(`$CMSG send ${path} 'hello there' --type ${type} --fd 3 --fd 4 --reply --raw 3<${file} 4>>${file}`)
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'thanks', stderr: '' })
    const [message] = await json(listener)
    expect(message).toMatchObject({
      // So that it could be replied to, or because the kernel names who asks for credentials.
      from: expect.stringMatching(/^@[0-9a-f]{5}$/), sender: own,
      length: 11, text: 'hello there', hex: Buffer.from('hello there').toString('hex'), truncated: false, controlTruncated: false,
      control: [{ kind: 'credentials' }, {
        kind: 'rights', descriptors: [
          { what: 'regular file', name: file, access: 'read-only', flags: [], details: { size: 9, offset: 0 } },
          { what: 'regular file', name: file, access: 'write-only', flags: ['append'] },
        ],
      }],
    })
    expect(message!.sender.command).toContain(`send ${path}`)
    expect(message!.sender.pid).toBeGreaterThan(1)
    expect(existsSync(path)).toBe(false)
  })

  it('print readable text', async () => {
    const path = join(tempDir(), 's')
    const listener = await listening(path, '--count', '3')
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await sender.send('two\nlines\n', { to: path, control: [rights([0])] })
    await sender.send('\x1b[31mnot obeyed', { to: path })
    await sender.send(new Uint8Array(1000), { to: path })
    await sender.close()
    const lines = await listener.output()
    const named = (id: number, file: string): string => {
      const name = new RegExp(`^(\\w+):[^:]*:${id}:`, 'm').exec(readFileSync(file, 'utf8'))?.[1]
      return name === undefined ? `${id}` : `${id} \\(${name}\\)`
    }
    const who = `pid ${process.pid} \\(.+\\), uid ${named(own.uid, '/etc/passwd')}, gid ${named(own.gid, '/etc/group')}`
    expect(lines[0]).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} from an unnamed socket: ${who}; 10 bytes$`))
    expect(lines.slice(1, 5)).toEqual(['  two', '  lines', '  rights: 1 descriptor', expect.stringMatching(/^ {4}\S.*(read|write)/)])
    expect(lines[6]).toBe('  0000  1b 5b 33 31 6d 6e 6f 74 20 6f 62 65 79 65 64     .[31mnot obeyed')
    expect(lines.join('')).not.toContain('\x1b')
    expect(lines.at(-1)).toBe('  … 47 rows more; --hex shows all')
  })

  it('describe descriptors', async () => {
    const path = join(tempDir(), 's')
    const listener = await listening(path, '--count', '1', '--json')
    const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [pidfd] })
    const server = MessageSocket.bind({ abstract: `cmsg-test-${process.pid}` }, { type: 'stream' })
    await a.send('x')
    using received = await b.receive()
    const process_ = received?.get(pidfd)
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await sender.send('x', { to: path, control: [rights([a, server, ...(process_ instanceof Pidfd ? [process_] : [])])] })
    const [message] = await json(listener)
    expect(message!.control[1]!.descriptors).toEqual([
      {
        what: 'unix seqpacket socket', name: expect.stringMatching(/^socket:\[\d+\]$/), access: 'read-write', flags: ['non-blocking'],
        details: expect.anything(),
      },
      expect.objectContaining({ what: 'unix listening stream socket', details: { address: `@cmsg-test-${process.pid}` } }),
      ...(process_ instanceof Pidfd ? [expect.objectContaining({ what: 'pidfd', details: { pid: process.pid } })] : []),
    ])
    await Promise.all([a, b, server, sender].map((socket) => socket.close()))
  })

  it('pass descriptors to a command, with the data as standard input', async () => {
    const directory = tempDir()
    const [path, file] = [join(directory, 's'), join(directory, 'file')]
    writeFileSync(file, 'contents\n')
    const listener = await listening(
      path, '--count', '2', '--exec', 'cat; cat <&3; echo "$CMSG_FDS from $CMSG_PID, $CMSG_UID:$CMSG_GID"; ls /proc/self/fd | wc -l',
    )
    shell(`$CMSG send ${path} 'the data, ' --fd 3 --fd 4 3<${file} 4<${file}; $CMSG send ${path} again --fd 3 3<${file}`)
    // Those that were passed beside those that any program has here: nothing of ours.
    const usual = Number(shell('ls /proc/self/fd | wc -l').stdout)
    expect(await listener.output()).toEqual([
      'the data, contents', expect.stringMatching(new RegExp(`^2 from \\d+, ${own.uid}:${own.gid}$`)), String(usual + 2),
      'againcontents', expect.stringMatching(/^1 from/), String(usual + 1),
    ])
    const failing = await listening(path, '--count', '1', '--exec', 'exit 3')
    cmsg(['send', path, 'x'])
    expect(await failing.exit()).toBe(1)
    expect(failing.stderr).toContain('the command ended with 3')
  })

  it('give a command no sender of their own environment if the sender is unknown', async () => {
    const env = { CMSG_PID: '1', CMSG_UID: '0', CMSG_GID: '0', CMSG_FDS: '9' }
    const path = join(tempDir(), 's')
    const exec = 'echo "$CMSG_FDS from ${CMSG_PID-nobody}, ${CMSG_UID-none}:${CMSG_GID-none}"'
    const listener = start([...command, 'listen', path, '--receive', 'rights', '--count', '1', '--exec', exec], env)
    while (!listener.stderr.includes('listening')) await new Promise((resolve) => setTimeout(resolve, 5))
    cmsg(['send', path, 'x'])
    expect(await listener.output()).toEqual(['0 from nobody, none:none'])
  })

  it('keep no descriptor open', async () => {
    const path = join(tempDir(), 's')
    const listener = await listening(path)
    const open = (): number => readdirSync(`/proc/${listener.pid}/fd`).length
    await using sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const send = async (text: string): Promise<void> => {
      await sender.send(text, { to: path, control: [rights(Array<number>(50).fill(0))] })
    }
    await send('first')
    await sender.send('second', { to: path }) // once it is printed, the descriptors of the first are closed
    await listener.line('  second')
    const before = open()
    for (let i = 0; i < 10; i++) await send(`number ${i}`)
    await sender.send('last', { to: path })
    await listener.line('  last')
    // Soon: a received socket is closed by another thread. Fewer are fine: what finds out how to wait is done by then.
    await expect.poll(open).toBeLessThanOrEqual(before)
    await listener.stop()
  })

  it('use an abstract name, UDP over IPv4 and IPv6, and a TCP connection', async () => {
    for (const [address, ...options] of [
      [`@cmsg-test-${process.pid}`], ['127.0.0.1:0', '--receive', 'packetInfo,ttl'], ['[::1]:0'], ['127.0.0.1:0', '--type', 'stream'],
    ] as [string, ...string[]][]) {
      const listener = await listening(address, ...options, '--count', '1', '--json', '--reply', 'yes')
      const [, bound] = /listening on (\S+),/.exec(listener.stderr) as RegExpExecArray
      expect(output(['send', bound!, 'hello', ...(options.includes('stream') ? options : []), '--reply', '--raw'])).toBe('yes')
      const [message] = await json(listener)
      expect(message!.text).toBe('hello')
      if (options.includes('packetInfo,ttl')) expect(message!.control.map(({ kind }) => kind)).toEqual(['packetInfo', 'ttl'])
    }
  })

  it('send our own credentials', async () => {
    const path = join(tempDir(), 's')
    const listener = await listening(path, '--count', '1', '--json')
    expect(output(['send', path, 'x', '--credentials', `:${own.uid}:`])).toBe('')
    expect((await json(listener))[0]!.sender).toMatchObject(own)
  })

  it('send standard input', async () => {
    const path = join(tempDir(), 's')
    const listener = await listening(path, '--count', '1', '--raw')
    cmsg(['send', path, '-'], { input: 'from a pipe' })
    expect((await listener.output()).join('')).toBe('from a pipe')
  })

  it('wait no longer than --timeout', async () => {
    const silent = MessageSocket.bind({ unnamed: true }, { type: 'datagram', receive: [credentials] })
    const { address } = silent
    const name = 'abstract' in address ? `@${Buffer.from(address.abstract).toString()}` : ''
    expect(cmsg(['send', name, 'x', '--reply', '--timeout', '100'])).toMatchObject(failure(1, /no reply from @\w+ within 100 ms/))
    // Its queue fills up.
    while (silent.sendNow('x', { to: address }) !== undefined);
    expect(cmsg(['send', name, 'x', '--timeout', '100'])).toMatchObject(failure(1, /nothing was sent within 100 ms/))
    await silent.close()
  })
})

describe('the socket file is removed', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)('after %s, which still ends the process as a signal', async (signal) => {
    const path = join(tempDir(), 's')
    for (const type of ['datagram', 'stream']) {
      const listener = await listening(path, '--type', type)
      const connection = await MessageSocket.connect(path, { type: type as 'stream' })
      await connection.send('x')
      await listener.line(/; 1 byte$/)
      expect(lstatSync(path).isSocket()).toBe(true)
      listener.kill(signal)
      expect(await listener.exit()).toBe(signal)
      expect(existsSync(path)).toBe(false)
      expect(listener.stderr).not.toMatch(/Error|at /)
      await connection.close()
    }
  })

  it('when the output pipe is closed', async () => {
    const path = join(tempDir(), 's')
    const program = start(['/bin/sh', '-c', `${command.join(' ')} listen ${path} | head -n 1`])
    while (!program.stderr.includes('listening')) await new Promise((resolve) => setTimeout(resolve, 5))
    cmsg(['send', path, 'one'])
    await program.line(/3 bytes$/)
    // head is gone; the next message shows it.
    cmsg(['send', path, 'two'])
    expect(await program.exit()).toBe(0)
    expect(existsSync(path)).toBe(false)
    expect(program.stderr).toMatch(oneLine(/listening on/))
  })

  it.each(['datagram', 'stream'] as const)('when the output cannot be written: %s', async (type) => {
    const path = join(tempDir(), 's')
    const program = start(['/bin/sh', '-c', `${command.join(' ')} listen ${path} --type ${type} > /dev/full`])
    while (!program.stderr.includes('listening')) await new Promise((resolve) => setTimeout(resolve, 5))
    cmsg(['send', path, 'one', '--type', type])
    expect(await program.exit()).toBe(1)
    expect(existsSync(path)).toBe(false)
    const notes = program.stderr.split('\n').filter((line) => !/^(listening on|connection \d)/.test(line))
    expect(notes).toEqual([expect.stringMatching(/^cmsg listen: .*standard output.*ENOSPC/), ''])
  })

  it('after a reply that does not arrive, or is interrupted', async () => {
    const directory = tempDir()
    const [path, reply] = [join(directory, 's'), join(directory, 'reply')]
    const silent = MessageSocket.bind(path, { type: 'datagram', unlink: true })
    const waiting = start([...command, 'send', path, 'x', '--reply', '--bind', reply, '--timeout', '0'])
    await silent.receive()
    expect(existsSync(reply)).toBe(true)
    waiting.kill('SIGINT')
    expect(await waiting.exit()).toBe('SIGINT')
    expect(existsSync(reply)).toBe(false)
    expect(cmsg(['send', path, 'x', '--reply', '--bind', reply, '--timeout', '50'])).toMatchObject({ status: 1 })
    expect(existsSync(reply)).toBe(false)
    await silent.close()
  })
})

describe('a closed standard error', () => {
  it.each(['datagram', 'stream'] as const)('does not end a listener: %s', async (type) => {
    const path = join(tempDir(), 's')
    // head ends after the first line; what comes then is written to a pipe without a reader.
    const listen = `${command.join(' ')} listen ${path} --type ${type} --reply pong --count 3`
    const program = start(['/bin/bash', '-c', `${listen} 2> >(head -n 1 >&2)`])
    while (!program.stderr.includes('listening')) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (const data of ['one', 'three', 'seven']) {
      cmsg(['send', path, data, '--type', type])
      await program.line(new RegExp(`; ${data.length} bytes$`))
    }
    expect(await program.exit()).toBe(0)
    expect(existsSync(path)).toBe(false)
  })
})

describe('errors are reported in one line', () => {
  const directory = tempDir(0o755)
  const path = (name: string): string => join(directory, name)
  const nobody = path('nobody')
  const stale = (): void => { void MessageSocket.bind(nobody, { type: 'datagram' }).close() }

  it.each([
    [['listen', path('missing/s')], /bind ENOENT .*its directory does not exist/],
    [['listen', '/proc/self/s'], /bind E\w+ \/proc\/self\/s: /],
    [['listen', '192.0.2.1:5000'], /EADDRNOTAVAIL.*does not have this address/],
    [['send', path('missing'), 'x'], /ENOENT .*there is no such socket/],
    [['send', '@cmsg-nobody-at-all', 'x'], /ECONNREFUSED @cmsg-nobody-at-all: no socket is bound to it/],
    [['send', join(ROOT, 'package.json'), 'x'], /ECONNREFUSED .*no socket is bound/],
    [['send', '127.0.0.1:9', 'x', '--type', 'stream'], /ECONNREFUSED 127\.0\.0\.1:9: no socket is bound to it/],
  ])('%j fails', (args, message) => {
    expect(cmsg(args)).toMatchObject(failure(1, message))
  })

  it.each([
    [['listen'], /missing required argument 'address'/],
    [['listen', ''], /empty address/],
    [['listen', 'localhost:5000'], /host names are not looked up.*\.\/localhost:5000/],
    [['listen', '999.0.0.1:1'], /999\.0\.0\.1/],
    [['listen', '127.0.0.1:99x'], /127\.0\.0\.1:99x has no valid port.*\.\/127\.0\.0\.1:99x/],
    [['listen', '[::1]:99x'], /\[::1\]:99x has no valid port/],
    [['send', 'localhost:9x', 'x'], /localhost:9x has no valid port/],
    [['listen', '127.0.0.1:0', '--type', 'seqpacket'], /seqpacket is for Unix sockets/],
    [['send', '[::1]:9', 'x', '--type', 'seqpacket'], /seqpacket is for Unix sockets/],
    [['listen', '127.0.0.1'], /127\.0\.0\.1 has no port.*\.\/127\.0\.0\.1/],
    [['send', '[::1]', 'x'], /\[::1\] has no port/],
    [['listen', '127.0.0.1:99999'], /99999/],
    [['listen', `/${'x'.repeat(200)}`], /201 bytes.*108/],
    [['listen', path('s'), '--type', 'raw'], /Allowed choices are datagram, seqpacket, stream/],
    [['listen', path('s'), '--receive', 'credentails'], /no kind credentails.*credentials/],
    [['listen', path('s'), '--receive', 'ttl'], /family unix does not receive ttl: only inet/],
    [['listen', path('s'), '--receive', ''], /empty name/],
    [['listen', path('s'), '--receive', 'credentials,'], /empty name/],
    [['listen', path('s'), '--receive', 'credentials,none'], /none stands alone/],
    [['listen', path('s'), '--count', '0'], /whole number from 1/],
    [['listen', path('s'), '--mode', '999'], /octal/],
    [['listen', '@x', '--mode', '666'], /no socket file|has none/],
    [['listen', path('s'), '--raw', '--json'], /cannot be used with/],
    [['listen', path('s'), '--frobnicate'], /unknown option '--frobnicate': see cmsg listen --help/],
    [['listen', path('s'), 'more'], /too many arguments/],
    [['lisen', path('s')], /unknown command 'lisen'.*listen/],
    [['help', 'lisen'], /unknown command 'lisen'.*listen/],
    [['send', path('s'), 'x', '--fd', '77'], /descriptor 77 is not open.*npx passes only 0 to 2/],
    [['send', path('s'), 'x', '--fd', 'three'], /whole number/],
    [['send', path('s'), 'x', '--credentials', '1:2'], /PID:UID:GID/],
    [['send', path('s'), 'x', '--credentials', '2147483648::'], /PID:UID:GID.*2147483647/],
    [['send', path('s'), 'x', '--bind', '127.0.0.1:0'], /--bind 127\.0\.0\.1:0 is an IPv4 address, and .*\/s is a Unix address/],
    [['send', '[::1]:9', 'x', '--bind', '127.0.0.1:0'], /--bind 127\.0\.0\.1:0 is an IPv4 address, and \[::1\]:9 is an IPv6 address/],
    [['--', 'lisen', path('s')], /unknown command 'lisen'.*listen/],
    [['--', 'listen'], /missing required argument 'address'/],
    [['send', '127.0.0.1:9', 'x', '--fd', '0'], /only be sent over Unix sockets/],
    [['send', path('s'), 'x', '--receive', 'pidfd'], /add --reply/],
    [['send', path('s'), '--type', 'stream', '--fd', '0'], /cannot send an empty message/],
  ])('%j is refused', (args, message) => {
    expect(cmsg(args)).toMatchObject(failure(2, message))
    expect(readdirSync(directory)).toEqual([])
  })

  it('a descriptor of Node itself is not mistaken for one that the shell opened', () => {
    const said = Array.from({ length: 8 }, (_, i) => cmsg(['send', path('s'), 'x', '--fd', String(i + 3)]))
    for (const run of said.slice(0, 3)) expect(run).toMatchObject(failure(2, /belongs to Node|not open/))
    expect(said.some(({ stderr }) => stderr.includes('belongs to Node'))).toBe(true)
  })

  it('a pipe of the shell is sent, even if the shell leaves the same end open twice', async () => {
    const socket = path('pipe')
    const listener = await listening(socket, '--count', '1', '--exec', 'cat <&3')
    expect(shell(`printf piped | { exec 4<&0; $CMSG send ${socket} x --fd 4; }`)).toMatchObject({ status: 0, stderr: '' })
    expect(await listener.output()).toEqual(['piped'])
  })

  it('a name in use is reported with its owner and a remedy', async () => {
    stale()
    expect(cmsg(['listen', nobody])).toMatchObject(failure(1, /EADDRINUSE .*--unlink/))
    expect(cmsg(['send', nobody, 'x'])).toMatchObject(failure(1, /ECONNREFUSED .*no socket is bound to it/))
    const listener = await listening(nobody, '--unlink')
    expect(cmsg(['listen', nobody, '--unlink'])).toMatchObject(failure(1, /EADDRINUSE .*a process is bound to it/))
    expect(cmsg(['send', nobody, 'x', '--type', 'stream'])).toMatchObject(failure(1, /EPROTOTYPE .*--type/))
    expect(lstatSync(nobody).isSocket()).toBe(true)
    listener.kill('SIGINT')
    await listener.exit()
    expect(readdirSync(directory)).toEqual([])
    writeFileSync(nobody, 'a file')
    expect(cmsg(['listen', nobody, '--unlink'])).toMatchObject(failure(1, /not a socket/))
    expect(readFileSync(nobody, 'utf8')).toBe('a file')
  })

  withPeer('an ordinary user', 'without permission', () => {
    it('credentials, a directory and a socket file of another user are refused', async () => {
      const closed = join(tempDir(0o755), 's')
      const listener = await listening(closed, '--mode', '600')
      const under = ordinaryUser
      const theirs = join(tempDir(0o777), 's')
      const other = start([...under, ...command, 'listen', theirs, '-n', '1'])
      while (!other.stderr.includes('listening')) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(cmsg(['send', theirs, 'x', '--credentials', '1::'], { under })).toMatchObject(failure(1, /EPERM .*CAP_SYS_ADMIN/))
      await other.stop()
      expect(cmsg(['listen', '/root-of-others'], { under })).toMatchObject(failure(1, /bind EACCES .*directory/))
      if (under.length > 0) expect(cmsg(['send', closed, 'x'], { under })).toMatchObject(failure(1, /EACCES .*write permission/))
      await listener.stop()
    })
  })
})

withPeer('socat', 'cmsg, with socat at the other end', () => {
  it('sends and receives', async () => {
    const path = join(tempDir(), 's')
    const listener = await listening(path, '--count', '1', '--json')
    expect(shell(`printf 'from socat' | socat - UNIX-SENDTO:${path}`)).toMatchObject({ status: 0 })
    const [message] = await json(listener)
    expect(message).toMatchObject({ text: 'from socat', sender: { ...own, command: expect.stringContaining('socat') } })
    const socat = start(['socat', '-u', `UNIX-RECVFROM:${path}`, 'STDOUT'])
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5))
    output(['send', path, 'to socat\n'])
    expect(await socat.output()).toEqual(['to socat'])
  })
})
