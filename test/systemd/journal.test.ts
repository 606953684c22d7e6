/**
 * The journal: a systemd-journald of our own, and what journalctl reads of it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MessageSocket, rights } from '../../src/index.ts'
import { constants, fcntl } from '../../src/libc.ts'
import { openJournal, type JournalFields } from '../../src/systemd.ts'
import { blocksOf, place } from '../guides/guides.ts'
import { JOURNALD, withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'

/** systemd-journald with a /run of its own, which is a directory of ours. */
class Journald implements AsyncDisposable {
  readonly #run = tempDir()
  readonly socket = join(this.#run, 'systemd/journal/socket')
  readonly #daemon: Running

  constructor() {
    for (const directory of ['systemd/journal', 'log/journal']) mkdirSync(join(this.#run, directory), { recursive: true })
    const command = `mount --bind "$0" /run && exec ${JOURNALD}`
    this.#daemon = start(['unshare', '--mount', '--kill-child', '--fork', 'sh', '-c', command, this.#run])
  }

  async ready(): Promise<void> {
    while (!existsSync(this.socket)) {
      if (this.#daemon.ended !== undefined) await this.#daemon.output()
      await after(10)
    }
  }

  /** The first entries of this name, as journalctl reads them from the file: text, or bytes as an array of numbers. */
  async entries(identifier: string, count: number): Promise<Record<string, unknown>[]> {
    for (;;) {
      const args = ['-D', join(this.#run, 'log/journal'), '-t', identifier, '-o', 'json', '--all', '--no-pager', '-q']
      const { stdout } = spawnSync('journalctl', args, { encoding: 'utf8', maxBuffer: 1 << 28 })
      const entries = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>)
      if (entries.length >= count) return entries
      if (this.#daemon.ended !== undefined) await this.#daemon.output()
      await after(50)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop()
  }
}

withPeer(['systemd-journald', 'root', 'namespaces'], 'openJournal, to systemd-journald', () => {
  let journald: Journald
  beforeAll(async () => {
    journald = new Journald()
    await journald.ready()
  })
  afterAll(() => journald[Symbol.asyncDispose]())

  it('logs text with a name and a priority, and systemd-journald adds the process', async () => {
    await using journal = openJournal({ identifier: 'plain', path: journald.socket })
    await journal.send('es läuft')
    const [entry] = await journald.entries('plain', 1)
    expect(entry).toMatchObject({
      MESSAGE: 'es läuft', PRIORITY: '6', SYSLOG_IDENTIFIER: 'plain', _PID: String(process.pid), _UID: '0', _TRANSPORT: 'journal',
    })
  })

  it('logs fields: text of several lines, bytes, numbers, several values, and an empty one', async () => {
    await using journal = openJournal({ identifier: 'fields', path: journald.socket })
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    await journal.send({
      MESSAGE: 'one\ntwo\n', PRIORITY: 3, DATA: bytes, COUNT: 2n ** 63n, TAG: ['a', 'b\nc'], EMPTY: '', ABSENT: undefined,
    })
    const [entry] = await journald.entries('fields', 1)
    expect(entry).toMatchObject({
      MESSAGE: 'one\ntwo\n', PRIORITY: '3', DATA: [...bytes], COUNT: '9223372036854775808', TAG: ['a', 'b\nc'], EMPTY: '',
    })
    expect(entry).not.toHaveProperty('ABSENT')
  })

  it('logs entries of any size in their order', async () => {
    const journal = openJournal({ identifier: 'sizes', path: journald.socket })
    // On both sides of what has room in a datagram; systemd-journald shortens no field.
    const sizes = [10, 100_000, 106_000, 107_000, 212_000, 213_000, 3_000_000, 20]
    const sent = sizes.map((size) => journal.send({ MESSAGE: `${size}`, DATA: 'x'.repeat(size) }))
    await journal.flush()
    await Promise.all(sent)
    await journal.close()
    const entries = await journald.entries('sizes', sizes.length)
    expect(entries.map(({ MESSAGE, DATA }) => [MESSAGE, (DATA as string).length])).toEqual(sizes.map((size) => [`${size}`, size]))
  })

  it('the guide\'s program does what the guide says', async () => {
    const program = start([process.execPath, place('journal', blocksOf('systemd.md').get('journal'))], { JOURNAL_SOCKET: journald.socket })
    const { pid } = program
    expect(await program.output()).toEqual([])
    expect(program.stderr).toBe('')
    const names = ['_PID', 'PRIORITY', 'MESSAGE', 'ORDER', 'REASON']
    const entries = await journald.entries('demo', 3)
    expect(entries.map((entry) => names.map((name) => entry[name]))).toEqual([
      [`${pid}`, '6', 'it begins', undefined, undefined],
      [`${pid}`, '4', 'the order was refused', '1234', 'no such customer'],
      [`${pid}`, '3', expect.stringMatching(/^Error: it fails\n +at .*/), undefined, undefined],
    ])
  })

  it('finds a restarted systemd-journald', async () => {
    const second = new Journald()
    await second.ready()
    await using journal = openJournal({ identifier: 'anew', path: second.socket })
    await journal.send('before')
    await second.entries('anew', 1)
    await second[Symbol.asyncDispose]()
    await expect(journal.send('between')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('openJournal', () => {
  const daemon = (): { path: string; socket: MessageSocket<typeof rights> } => {
    const path = join(tempDir(), 'journal')
    return { path, socket: MessageSocket.bind(path, { type: 'datagram', receive: [rights], unlink: true }) }
  }

  it('has its defaults for fields that are absent, undefined or an empty list', async () => {
    const { path, socket } = daemon()
    using _socket = socket
    await using journal = openJournal({ path, identifier: 'demo' })
    for (const absent of [{}, { PRIORITY: undefined, SYSLOG_IDENTIFIER: undefined }, { PRIORITY: [], SYSLOG_IDENTIFIER: [] }]) {
      await journal.send({ MESSAGE: 'x', ...absent })
      expect(String((await socket.receive())!.data)).toBe('PRIORITY=6\nSYSLOG_IDENTIFIER=demo\nMESSAGE=x\n')
    }
    await journal.send({ MESSAGE: 'x', PRIORITY: 3, SYSLOG_IDENTIFIER: 'other' })
    expect(String((await socket.receive())!.data)).toBe('PRIORITY=3\nSYSLOG_IDENTIFIER=other\nMESSAGE=x\n')
  })

  it('passes an entry that is too large as a sealed file', async () => {
    const { path, socket } = daemon()
    using _socket = socket
    await using journal = openJournal({ path })
    await journal.send('x'.repeat(1_000_000))
    using message = await socket.receive()
    expect(message!.length).toBe(0)
    const [file] = message!.get(rights)!
    const { F_GET_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE } = constants
    const all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
    expect(fcntl(file!.fd, F_GET_SEALS) & all).toBe(all)
    expect(readFileSync(`/proc/self/fd/${file!.fd}`, 'utf8')).toBe(`PRIORITY=6\nMESSAGE=${'x'.repeat(1_000_000)}\n`)
  })

  it('reports that systemd-journald is not running', async () => {
    await using journal = openJournal({ path: '/tmp/cmsg-test-no-journal/socket' })
    for (const size of [1, 1_000_000]) {
      await expect(journal.send('x'.repeat(size))).rejects.toMatchObject({
        name: 'SystemError', syscall: 'sendmsg', code: 'ENOENT', address: '/tmp/cmsg-test-no-journal/socket',
      })
    }
  })

  it.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'ERR_CMSG_INVALID_ARG_TYPE', /entry undefined/],
    ['a number', 1, 'ERR_CMSG_INVALID_ARG_TYPE', /entry 1/],
    ['a list', ['a'], 'ERR_CMSG_INVALID_ARG_TYPE', /an array/],
    ['bytes', Buffer.from('a'), 'ERR_CMSG_INVALID_ARG_TYPE', /Buffer/],
    ['a lower-case name', { message: 'x' }, 'ERR_CMSG_OUT_OF_RANGE', /"message".*upper-case/],
    ['a name that only systemd-journald may give', { _PID: 1 }, 'ERR_CMSG_OUT_OF_RANGE', /"_PID"/],
    ['a name that is too long', { [`A${'B'.repeat(64)}`]: 1 }, 'ERR_CMSG_OUT_OF_RANGE', /up to 64/],
    ['a name with a newline', { 'A\nB': 1 }, 'ERR_CMSG_OUT_OF_RANGE', /./],
    ['a value that is none', { MESSAGE: null }, 'ERR_CMSG_INVALID_ARG_TYPE', /MESSAGE null/],
    ['a value in a list that is none', { MESSAGE: ['a', {}] }, 'ERR_CMSG_INVALID_ARG_TYPE', /MESSAGE an object/],
    ['no field', { PRIORITY: undefined }, 'ERR_CMSG_OUT_OF_RANGE', /without a field/],
    ['an empty object', {}, 'ERR_CMSG_OUT_OF_RANGE', /without a field/],
    ['a message without values', { MESSAGE: [] }, 'ERR_CMSG_OUT_OF_RANGE', /without a field/],
    ['an error, whose text is not a field', new Error('boom'), 'ERR_CMSG_OUT_OF_RANGE', /an object \(Error\).*without a field/],
    ['a list with a hole', { MESSAGE: [, 'x'] }, 'ERR_CMSG_INVALID_ARG_TYPE', /MESSAGE undefined/], // eslint-disable-line no-sparse-arrays
    ['a number that is none', { MESSAGE: NaN }, 'ERR_CMSG_INVALID_ARG_TYPE', /MESSAGE NaN/],
  ])('refuses %s', async (_, entry, code, message) => {
    const { path, socket } = daemon()
    using _socket = socket
    await using journal = openJournal({ path })
    await expect(journal.send(entry as JournalFields)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect(socket.receiveNow()).toBeUndefined()
  })

  it('refuses an invalid path or name, and an entry after close', async () => {
    expect(() => openJournal({ path: 'x'.repeat(200) })).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ADDRESS' }) as Error)
    expect(() => openJournal({ path: 1 as never })).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ARG_TYPE' }) as Error)
    expect(() => openJournal({ identifier: 1 as never })).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ARG_TYPE' }) as Error)
    expect(() => openJournal('demo' as never)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ARG_TYPE' }) as Error)
    const journal = openJournal()
    expect([journal.path, journal.identifier]).toEqual(['/run/systemd/journal/socket', undefined])
    await journal.close()
    await journal.close()
    await expect(journal.send('x')).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    await expect(journal.send('x'.repeat(1_000_000))).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
  })
})
