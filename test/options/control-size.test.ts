/**
 * The room for control messages is the sum of what is on: enough that nothing is pushed out, and where descriptors were
 * not asked for, not a byte more, as each would be room for one.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  CMSG_SPACE, constants, credentials, decodeControl, defineControlMessage, encodeControl, hopLimit, packetInfo, pidfd, rights, security,
  timestamp, timestampNs, timestamping, timestampingNew, timestampNsNew, ttl, type AnyControlMessage, type Family,
} from '../../src/codec.ts'
import { close, recvmsg, sendmsg, setsockopt, socket, socketpair } from '../../src/libc.ts'
import { ControlSize } from '../../src/socket/options/control-size.ts'
import { enableKinds } from '../../src/socket/options/setup.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'

const c = constants
const { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET } = c
const owned = (fd: number): number => {
  onTestFinished(() => close(fd))
  return fd
}
const pair = (type: number): [number, number] => socketpair(c.AF_UNIX, type).map(owned) as [number, number]
const space = (...kinds: readonly AnyControlMessage[]): number => kinds.reduce((sum, { receive }) => sum + CMSG_SPACE(receive!.size), 0)

/** What comes with one message, into the room there is. */
function received(
  a: number, b: number, room: number, family: Family = 'unix', fds: number[] = [],
): { kinds: string[]; truncated: boolean } {
  sendmsg(a, { buffers: [Buffer.from('x')], ...(fds.length > 0 && { control: encodeControl([rights(fds)]) }) })
  const { control, flags } = recvmsg(b, { controlSize: room })
  const messages = decodeControl(control, { family })
  for (const message of messages) {
    if (message.kind === 'rights') message.value.forEach((fd) => { close(fd) })
    if (message.kind === 'pidfd') close(message.value)
  }
  return { kinds: messages.map(({ kind }) => kind), truncated: (flags & c.MSG_CTRUNC) !== 0 }
}

describe.each([
  ['datagram', SOCK_DGRAM], ['seqpacket', SOCK_SEQPACKET], ['stream', SOCK_STREAM],
] as const)('a Unix %s socket that the library created', (_, type) => {
  it('has exactly the size of the requested kinds, and installs no descriptor', () => {
    const kinds: AnyControlMessage[] = type === SOCK_STREAM ? [credentials] : [credentials, timestampNs, timestamping]
    const [a, b] = pair(type)
    enableKinds(b, kinds, { family: 'unix', type, when: 'created' })
    const size = new ControlSize(b, { family: 'unix', type, definitions: kinds })
    expect(size.size).toBe(space(...kinds))
    const before = openDescriptors()
    const { kinds: came, truncated } = received(a, b, size.size, 'unix', [a, b, a, b, a, b, a, b])
    expect(newDescriptors(before)).toEqual([])
    expect(came.sort()).toEqual(kinds.map(({ kind }) => kind).sort())
    expect(truncated).toBe(true)
  })

  it('that asked for nothing has no control buffer, until an option is set', () => {
    const [a, b] = pair(type)
    const size = new ControlSize(b, { family: 'unix', type, definitions: [] })
    expect(size.size).toBe(0)
    setsockopt(b, c.SOL_SOCKET, c.SO_PASSCRED, 1)
    size.optionSet(c.SOL_SOCKET, c.SO_PASSCRED)
    expect(size.size).toBe(space(credentials))
    expect(received(a, b, size.size, 'unix', [a, a]).kinds).toEqual(['credentials'])
    setsockopt(b, c.SOL_SOCKET, c.SO_PASSCRED, 0)
    size.optionSet(c.SOL_SOCKET, c.SO_PASSCRED)
    expect(size.size).toBe(0)
    // Options that bring no control message change nothing.
    size.optionSet(c.SOL_SOCKET, c.SO_RCVBUF)
    expect(size.size).toBe(0)
  })

  it('that asked for descriptors has room for all of them, and for anything in front of them', () => {
    const [a, b] = pair(type)
    enableKinds(b, [rights], { family: 'unix', type, when: 'created' })
    const size = new ControlSize(b, { family: 'unix', type, definitions: [rights] })
    // By another holder, who told nobody.
    for (const option of [c.SO_PASSCRED, c.SO_PASSSEC, c.SO_PASSPIDFD, c.SO_TIMESTAMPNS_NEW]) setsockopt(b, c.SOL_SOCKET, option, 1)
    setsockopt(b, c.SOL_SOCKET, c.SO_TIMESTAMPING_NEW, c.SOF_TIMESTAMPING_SOFTWARE | c.SOF_TIMESTAMPING_RX_SOFTWARE)
    if (type === SOCK_STREAM) setsockopt(b, c.SOL_SOCKET, c.SO_INQ, 1)
    const { kinds, truncated } = received(a, b, size.size, 'unix', new Array<number>(c.SCM_MAX_FD).fill(a))
    expect(kinds).toEqual(expect.arrayContaining([
      'credentials', 'rights', 'pidfd', ...(type === SOCK_STREAM ? ['inq'] : ['timestampNsNew', 'timestampingNew']),
    ]))
    expect(truncated).toBe(false)
    expect(size.refresh()).toBe(false)
  })

  it('that asked for a pidfd has room for descriptors in front of it', () => {
    const [a, b] = pair(type)
    enableKinds(b, [pidfd], { family: 'unix', type, when: 'created' })
    const { size } = new ControlSize(b, { family: 'unix', type, definitions: [pidfd] })
    expect(received(a, b, size, 'unix', new Array<number>(c.SCM_MAX_FD).fill(a)).kinds).toContain('pidfd')
  })

  it('notices options set by another holder at a refresh', () => {
    const [a, b] = pair(type)
    const kinds = [credentials]
    enableKinds(b, kinds, { family: 'unix', type, when: 'created' })
    const size = new ControlSize(b, { family: 'unix', type, definitions: kinds })
    expect(size.refresh()).toBe(false)
    setsockopt(b, c.SOL_SOCKET, c.SO_TIMESTAMPNS_OLD, 1)
    if (type === SOCK_STREAM) {
      // No time is ever delivered there, and room for one would be room for descriptors.
      expect(size.refresh()).toBe(false)
      return
    }
    expect(received(a, b, size.size)).toEqual({ kinds: ['timestampNs'], truncated: true })
    expect(size.refresh()).toBe(true)
    expect(size.size).toBe(space(credentials, timestampNs))
    expect(received(a, b, size.size)).toEqual({ kinds: ['timestampNs', 'credentials'], truncated: false })
  })
})

describe('an adopted Unix socket', () => {
  it.each([
    ['timestampNs', [[c.SO_TIMESTAMPNS_OLD, 1]], [timestampNs]],
    ['timestampNsNew and timestampingNew', [[c.SO_TIMESTAMPNS_NEW, 1], [c.SO_TIMESTAMPING_NEW, 24]], [timestampNsNew, timestampingNew]],
    ['timestamping alone', [[c.SO_TIMESTAMPING_OLD, 24]], []],
    ['timestamping of hardware that does not exist',
      [[c.SO_TIMESTAMP_OLD, 1], [c.SO_TIMESTAMPING_OLD, c.SOF_TIMESTAMPING_RAW_HARDWARE]], [timestamp]],
    ['the pidfd, which comes behind descriptors', [[c.SO_PASSPIDFD, 1]], []],
    ['SO_RXQ_OVFL, which never comes', [[c.SO_RXQ_OVFL, 1]], []],
  ] as [string, [number, number][], AnyControlMessage[]][])('that has %s on', (_, options, on) => {
    const [a, b] = pair(SOCK_DGRAM)
    for (const [option, value] of options) setsockopt(b, c.SOL_SOCKET, option, value)
    const { size: without } = new ControlSize(b, { family: 'unix', type: SOCK_DGRAM, definitions: [], adopted: true })
    expect(without).toBe(space(...on))
    enableKinds(b, [credentials], { family: 'unix', type: SOCK_DGRAM, when: 'adopted' })
    const { size } = new ControlSize(b, { family: 'unix', type: SOCK_DGRAM, definitions: [credentials], adopted: true })
    expect(size).toBe(space(credentials, ...on))
    const before = openDescriptors()
    expect(received(a, b, size, 'unix', [a, a, a, a, a, a, a, a]).kinds).toEqual([...on.map(({ kind }) => kind), 'credentials'])
    expect(newDescriptors(before)).toEqual([])
  })

  it('has room for a label only if a security module labels sockets', () => {
    const [a, b] = pair(SOCK_DGRAM)
    enableKinds(b, [security], { family: 'unix', type: SOCK_DGRAM, when: 'created' })
    const { size } = new ControlSize(b, { family: 'unix', type: SOCK_DGRAM, definitions: [security] })
    const labelled = received(a, b, 300).kinds.includes('security')
    expect(size > 0).toBe(labelled)
  })
})

describe('the mark of a seqpacket socket', () => {
  it('is counted once, while it is on', () => {
    const [a, b] = pair(SOCK_SEQPACKET)
    setsockopt(b, c.SOL_SOCKET, c.SO_TIMESTAMP_OLD, 1)
    enableKinds(b, [credentials], { family: 'unix', type: SOCK_SEQPACKET, when: 'created' })
    const size = new ControlSize(b, { family: 'unix', type: SOCK_SEQPACKET, definitions: [credentials], mark: true })
    expect(size.size).toBe(space(timestamp, credentials))
    expect(received(a, b, size.size, 'unix', [a]).kinds).toEqual(['timestamp', 'credentials'])
    size.refresh()
    expect(size.size).toBe(space(timestamp, credentials))
    size.mark = false
    expect(size.size).toBe(space(timestamp, credentials))
    setsockopt(b, c.SOL_SOCKET, c.SO_TIMESTAMP_OLD, 0)
    size.optionSet(c.SOL_SOCKET, c.SO_TIMESTAMP_OLD)
    expect(size.size).toBe(space(credentials))
    expect(new ControlSize(b, { family: 'unix', type: SOCK_SEQPACKET, definitions: [timestampNs], mark: true }).size)
      .toBe(space(timestampNs))
  })
})

describe('other families, which receive no descriptors', () => {
  it('reserve the options of an adopted socket, and the other forms of a kind', () => {
    const fd = owned(socket(c.AF_INET6, SOCK_DGRAM))
    setsockopt(fd, c.SOL_SOCKET, c.SO_TIMESTAMPNS_OLD, 1)
    setsockopt(fd, c.SOL_IP, c.IP_PKTINFO, 1)
    const size = new ControlSize(fd, { family: 'inet6', type: SOCK_DGRAM, definitions: [hopLimit], adopted: true })
    expect(size.size).toBeGreaterThanOrEqual(space(hopLimit, ttl, timestampNs, packetInfo))
    const ours = new ControlSize(fd, { family: 'inet6', type: SOCK_DGRAM, definitions: [hopLimit] })
    expect(ours.size).toBe(space(hopLimit, ttl))
    expect(ours.refresh()).toBe(true)
    expect(ours.size).toBe(size.size)
    expect(ours.errorSize).toBeGreaterThan(ours.size)
  })

  it('have room for a user\'s kind, and for two that share an option', () => {
    const mine = defineControlMessage({ kind: 'mine', level: 500, type: 1, decode: (data) => data, receive: { size: 100 } })
    expect(new ControlSize(0, { family: 'inet', type: SOCK_DGRAM, definitions: [mine, ttl] }).size).toBe(space(mine, ttl))
    expect(new ControlSize(0, { family: undefined, type: SOCK_DGRAM, definitions: [mine] }).size).toBe(space(mine))
  })
})
