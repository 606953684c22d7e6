/**
 * `cmsg listen` against peers that would stop it, or take over the terminal it prints to.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MessageSocket } from 'cmsg'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { cmsg, command, listening } from './command.ts'

const hostile = readFileSync(join(import.meta.dirname, '../docs/hostile.py'), 'utf8')
/** What a terminal would obey. */
const obeyed = /[\p{Cc}\p{Cf}]/u
const odd = 'odd\x1b]0;owned\x07\x9b31m\u202e\u2066'

/** Until standard error has it. */
async function said(program: Running, text: RegExp): Promise<void> {
  for (const deadline = Date.now() + 20_000; !text.test(program.stderr);) {
    if (program.ended !== undefined || Date.now() > deadline) throw new Error(`${text} was not said: ${program.stderr.slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function ask(path: string): Promise<string> {
  await using client = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
  await client.send('x', { to: path })
  return String((await client.receive({ signal: AbortSignal.timeout(20_000) }))?.data)
}

withPeer('python3', 'cmsg listen --reply', () => {
  it('survives hostile peers and prints no control characters', async () => {
    const directory = tempDir()
    const path = join(directory, 's')
    await using listener = await listening(path, '--reply', 'yes')
    await using peers = start(['/bin/sh', '-c', 'tail -f /dev/null | python3 -c "$0" "$@"', hostile, path, directory])
    await peers.line('hostile')
    for (let i = 0; i < 3; i++) expect(await ask(path)).toBe('yes')
    await said(listener, /no reply: sendmsg ECONNREFUSED .*odd\\x1b/)
    expect(listener.stderr).toMatch(/no reply: the sender has no address/)
    expect([...listener.stderr.split('\n'), ...listener.lines].filter((line) => obeyed.test(line))).toEqual([])
  })

  it('ends after --count messages even if the last peer does not read', async () => {
    const directory = tempDir()
    const path = join(directory, 's')
    await using listener = await listening(path, '--reply', 'yes', '--count', '230')
    await using peers = start(['/bin/sh', '-c', 'tail -f /dev/null | python3 -c "$0" "$@"', hostile, path, directory])
    await peers.line('hostile')
    expect(await listener.exit()).toBe(0)
  })
})

describe('cmsg listen --reply, to connections', () => {
  it.each(['stream', 'seqpacket'] as const)('%s: peers that do not read or have closed do not delay the others', async (type) => {
    const path = join(tempDir(), 's')
    await using listener = await listening(path, '--type', type, '--reply', 'y'.repeat(60_000))
    await using silent = await MessageSocket.connect(path, { type })
    for (let i = 0; i < 20; i++) await silent.send('x')
    const gone = await MessageSocket.connect(path, { type })
    await gone.send('x')
    await gone.close()
    await using client = await MessageSocket.connect(path, { type })
    await client.send('x')
    expect((await client.receive({ signal: AbortSignal.timeout(20_000) }))?.data.length).toBeGreaterThan(0)
    expect(listener.ended).toBeUndefined()
  })
})

describe('cmsg listen --json', () => {
  it('escapes control and bidirectional characters in valid JSON', async () => {
    const directory = tempDir()
    const path = join(directory, 's')
    await using listener = await listening(path, '--json', '--count', '1')
    await using client = MessageSocket.bind(join(directory, odd), { type: 'datagram', unlink: true })
    await client.send('text \u2067\ufeff\u{e0001}', { to: path })
    const [line] = await listener.output()
    expect(obeyed.test(line!)).toBe(false)
    expect(line).toMatch(/\\u009b31m\\u202e\\u2066/)
    expect(JSON.parse(line!)).toMatchObject({ from: join(directory, odd), text: null })
  })
})

describe('cmsg listen --mode', () => {
  it('sets the mode of the socket file', async () => {
    const path = join(tempDir(), 's')
    await using _ = await listening(path, '--mode', '0622')
    expect(statSync(path).mode & 0o777).toBe(0o622)
  })

  withPeer('strace', 'at the moment of bind', () => {
    it('grants no more than the mode', async () => {
      const path = join(tempDir(), 's')
      await using program = start([
        'strace', '-qqq', '-e', 'trace=bind', '-e', 'inject=bind:delay_exit=500ms', '-o', '/dev/null', ...command, 'listen', path, '--mode',
        '600',
      ])
      let first: number | undefined
      for (; first === undefined; await new Promise((resolve) => setTimeout(resolve, 1))) {
        if (program.ended !== undefined) throw new Error(program.stderr)
        first = statSync(path, { throwIfNoEntry: false })?.mode
      }
      expect(first & 0o777).toBe(0o600)
    })
  })
})

withPeer('prlimit', 'cmsg listen, short of descriptors', () => {
  /** It can open so many descriptors more. */
  const limit = async (listener: Running, more: number): Promise<void> => {
    const open = new Set(readdirSync(`/proc/${listener.pid}/fd`).map(Number))
    const free = Array.from({ length: 1000 }, (_, fd) => fd).filter((fd) => !open.has(fd))
    await start(['prlimit', `--pid=${listener.pid}`, `--nofile=${free[more]}:4096`]).output()
  }

  const lift = async (listener: Running): Promise<void> => {
    await start(['prlimit', `--pid=${listener.pid}`, '--nofile=4096:4096']).output()
  }

  it('reports that it cannot accept, and accepts later', async () => {
    const path = join(tempDir(), 's')
    await using listener = await listening(path, '--type', 'stream', '--reply', 'yes')
    const first = await MessageSocket.connect(path, { type: 'stream' })
    await first.send('x')
    await first.receive()
    await limit(listener, 0)
    const second = await MessageSocket.connect(path, { type: 'stream' })
    await second.send('x')
    await said(listener, /cannot accept a connection, trying again: accept4 EMFILE.*RLIMIT_NOFILE/)
    await lift(listener)
    expect(String((await second.receive({ signal: AbortSignal.timeout(20_000) }))?.data)).toBe('yes')
    await Promise.all([first.close(), second.close()])
    expect(listener.ended).toBeUndefined()
  })

  it('reports that a command cannot be run, and continues', async () => {
    const path = join(tempDir(), 's')
    await using listener = await listening(path, '--exec', 'cat; echo', '--reply', 'yes')
    expect(await ask(path)).toBe('yes')
    await limit(listener, 1)
    expect(await ask(path)).toBe('yes')
    await said(listener, /the command could not be run: spawn \/bin\/sh E/)
    await lift(listener)
    expect(await ask(path)).toBe('yes')
    expect(listener.lines.filter((line) => line === 'x')).toHaveLength(2)
  })
})

withPeer('python3', 'cmsg listen, for an O_PATH descriptor of a socket file', () => {
  it('describes it', async () => {
    const path = join(tempDir(), 's')
    await using listener = await listening(path)
    await start(['python3', '-c', `
import array, os, socket, sys
fd = os.open(sys.argv[1], os.O_PATH)
rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd]))
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendmsg([b'x'], [rights], 0, sys.argv[1])`, path]).output()
    expect(await listener.line(/socket file/)).toBe(`    socket file ${path}, path only`)
  })
})

withPeer(['root', 'python3'], 'a file on a FUSE mount whose server is silent', () => {
  it('does not stop listen, which describes it', async () => {
    const path = join(tempDir(), 'socket')
    const listener = await listening(path)
    const send = [
      'import array, os, socket, time', 'peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)', `peer.connect('${path}')`,
      'rights = array.array("i", [int(os.environ["FUSE_FD"])])',
      'peer.sendmsg([b"from FUSE"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])', 'print("sent", flush=True)', 'time.sleep(10)',
    ].join('\n')
    const fuse = start(['unshare', '--mount', 'python3', '-B', 'test/descriptors/silent_fuse.py', 'python3', '-c', send])
    await fuse.line('sent')
    expect(cmsg(['send', path, 'from a healthy client']).status).toBe(0)
    await listener.line(/from a healthy client/)
    expect(listener.lines.join('\n')).toMatch(/from FUSE[^]*regular file .*\/file, read-only/)
    // The mount ends, and with it all that waits.
    fuse.kill('SIGKILL')
    listener.kill('SIGTERM')
    await listener.exit()
  })
})
