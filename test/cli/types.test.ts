/**
 * `cmsg types` and `cmsg doctor`: the catalogue, and what of it works here.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { constants, credentials } from 'cmsg/codec'
import { builtins } from '../../src/control/catalogue.ts'
import { ordinaryUser, withPeer } from '../support/peers.ts'
import { tempDir } from '../support/processes.ts'
import { cmsg, failure, output } from './command.ts'

interface Named { name: string; number: number }
interface Kind { kind: string; name: string; level: Named; type: number; receive: { option: Named | null } | null }
const kinds = (...args: string[]): Kind[] => JSON.parse(output(['types', '--json', ...args])) as Kind[]

describe('cmsg types', () => {
  it('lists every kind of the catalogue with its C names', () => {
    const all = kinds()
    expect(all.map(({ kind }) => kind)).toEqual(builtins.map(({ kind }) => kind))
    const numbers: Readonly<Record<string, number>> = constants
    for (const { kind, name, level, type, receive } of all) {
      expect({ kind, [name]: numbers[name] }).toEqual({ kind, [name]: type })
      expect({ kind, [level.name]: numbers[level.name] }).toEqual({ kind, [level.name]: level.number })
      if (receive?.option) expect({ kind, [receive.option.name]: numbers[receive.option.name] }).toEqual({
        kind, [receive.option.name]: receive.option.number,
      })
    }
  })

  it('finds by C name, kind, part of either, and number', () => {
    const found = (name: string): string[] => kinds(name).map(({ kind }) => kind)
    for (const name of ['SCM_CREDENTIALS', 'credentials', '1:2', 'SOL_SOCKET:2']) expect(found(name)).toContain('credentials')
    expect(found('SCM_CREDENTIALS')).toEqual(['credentials'])
    expect(found('0x2')).toEqual(found('2'))
    expect(found('stamp').length).toBeGreaterThan(3)
    expect(kinds('SCM_CREDENTIALS')[0]).toMatchObject({ receive: { option: { name: 'SO_PASSCRED' }, size: credentials.minSize } })
  })

  it('prints a table, and one kind in full', () => {
    expect(output(['types'])).toMatch(/^credentials +SCM_CREDENTIALS +SOL_SOCKET +1:2 +send, receive +2\.2 +unix/m)
    const full = output(['types', 'SCM_CREDENTIALS'])
    expect(full).toMatch(/^credentials\n(.*\n)* +payload +struct ucred, 12 bytes: pid at 0 \(4\), uid at 4 \(4\), gid at 8 \(4\)\n/)
    expect(full).toMatch(/\n +asked for +by SO_PASSCRED/)
  })

  it('reports that a kind does not exist', () => {
    expect(cmsg(['types', 'credntials'])).toMatchObject({
      status: 2, stderr: 'cmsg types: no kind is called credntials, or has this number. Did you mean credentials?\n',
    })
    expect(cmsg(['types', 'SCM_\x1b[31m'])).toMatchObject(failure(2, /no kind is called SCM_\\x1b\[31m/))
  })
})

interface Finding { name: string; outcome: string; detail: string; advice?: string; family?: string }
interface Report { system: Record<string, string>; essentials: Finding[]; kinds: Finding[]; privileges: Finding[]; limits: Finding[] }

describe('cmsg doctor', () => {
  it('tests everything and prints the outcomes', () => {
    const report = JSON.parse(output(['doctor', '--json'])) as Report
    expect(report.system).toMatchObject({ runtime: `Node ${process.version}`, 'ffi-rs': '1.3.7' })
    expect(report.essentials.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(report.kinds.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(report.kinds).toContainEqual(expect.objectContaining({ family: 'unix', name: 'credentials', outcome: 'works' }))
    expect(report.kinds).toContainEqual(expect.objectContaining({ family: 'inet', name: 'ttl', outcome: 'works' }))
    // What the kernel lets senders do without waiting is one more than the setting: measured, not read.
    const qlen = Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'latin1'))
    expect(report.limits.find(({ name }) => name === 'net.unix.max_dgram_qlen')!.detail).toContain(`took ${qlen + 1} messages`)
    for (const { outcome, advice } of report.essentials) if (outcome === 'missing') expect(advice).toMatch(/\w/)
  })

  withPeer('strace', 'under strace', () => {
    it('opens few sockets, and none of a family that is not loaded', () => {
      const log = join(tempDir(), 'log')
      output(['doctor'], { under: ['strace', '-f', '-qq', '-e', 'trace=socket', '-o', log] })
      const calls = readFileSync(log, 'utf8').match(/socket\(AF_\w+/g)!
      const loaded = readFileSync('/proc/net/protocols', 'latin1')
      for (const [name, family] of [['TIPC', 'AF_TIPC'], ['RDS', 'AF_RDS'], ['ALG', 'AF_ALG'], ['CAN', 'AF_CAN']] as const) {
        expect(calls.filter((call) => call === `socket(${family}`).length === 0 || new RegExp(`^${name}`, 'm').test(loaded)).toBe(true)
      }
      expect(calls.length).toBeGreaterThan(20)
      expect(calls.length).toBeLessThan(600)
    })

    it('opens one socket of each missing family with --load-modules', () => {
      const log = join(tempDir(), 'log')
      output(['doctor', '--load-modules'], { under: ['strace', '-f', '-qq', '-e', 'trace=socket', '-o', log] })
      const refused = readFileSync(log, 'utf8').match(/socket\(AF_\w+(?=.*EAFNOSUPPORT)/g) ?? []
      expect(refused).toEqual([...new Set(refused)])
    })
  })

  it('prints a readable report', () => {
    const text = output(['doctor'])
    for (const part of ['Essentials', '✓ received: credentials', 'Privileges of this process', 'RLIMIT_NOFILE']) {
      expect(text).toContain(part)
    }
  })

  it('claims nothing about messages that it did not send, and nothing that the library refuses', () => {
    const { kinds } = JSON.parse(output(['doctor', '--json'])) as Report
    for (const { family, outcome, detail } of kinds) {
      const sent = ['unix', 'inet', 'inet6'].includes(family!)
      if (outcome === 'accepted' && !sent) expect(detail).toBe('turned on; not tried with a message')
    }
    const netlink = kinds.filter(({ family }) => family === 'netlink')
    expect(netlink.find(({ name }) => name === 'credentials')).toMatchObject({ outcome: 'accepted' })
    expect(netlink.find(({ name }) => name === 'timestamp')).toMatchObject({
      outcome: 'missing', detail: expect.stringMatching(/^Cannot receive timestamp on a \w+ socket of family netlink/),
    })
    // A Unix socket delivers it, if another kind of timestamp is on.
    expect(kinds.find(({ family, name }) => family === 'unix' && name === 'timestamping')).toMatchObject({ outcome: 'works' })
    const text = output(['doctor'])
    expect(text).toMatch(/^ {4}– not supported on these sockets: timestamp, timestampNs,/m)
    expect(text).not.toMatch(/not supported.*\(\d/)
  })

  it('fails if an essential does not work', () => {
    const { status, stdout, stderr } = cmsg(['doctor'], { env: { CMSG_READINESS: 'telepathy' } })
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(/✗ +the event loop +.*telepathy/)
    // It is named once, and nothing that depends on it is said to be missing from the kernel.
    expect(stdout.match(/telepathy/g)).toHaveLength(1)
    expect(stdout).not.toMatch(/– +pidfds/)
    const { essentials, kinds } = JSON.parse(cmsg(['doctor', '--json'], { env: { CMSG_READINESS: 'telepathy' } }).stdout) as Report
    expect(essentials.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).toEqual(['the event loop'])
    for (const family of ['unix', 'inet']) {
      expect(kinds.filter((kind) => kind.family === family && kind.outcome === 'works')).toEqual([])
    }
    for (const name of ['credentials', 'timestamp', 'timestamping']) {
      expect(kinds.find((kind) => kind.family === 'unix' && kind.name === name)).toMatchObject({
        outcome: 'accepted', detail: 'turned on; not tried with a message',
      })
    }
    expect(kinds.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })

  withPeer('an ordinary user', 'without privileges', () => {
    it('lists what the missing privileges are needed for', () => {
      const report = JSON.parse(output(['doctor', '--json'], { under: ordinaryUser })) as Report
      expect(report.essentials.filter(({ outcome }) => outcome === 'failed')).toEqual([])
      expect(report.privileges).toContainEqual(expect.objectContaining({
        name: 'send the pid of another process', outcome: 'refused', advice: expect.stringContaining('CAP_SYS_ADMIN'),
      }))
    })
  })
})
