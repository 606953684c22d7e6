/**
 * What definitions say beside their payload: to which sockets they belong, in which forms they come, which part of a
 * stream's message they go with. Built-in ones and a user's own say it alike.
 */
import { describe, expect, it } from 'vitest'
import {
  abis, constants, credentials, decodeControl, defineControlMessage, encodeAddress, encodeControl, hopLimit, originalDestination,
  originalDestination6, packetInfo, packetInfo6, rawControl, recvErr, rights, timestampNs, timestamping, tlsSetRecordType, tos,
  trafficClass, ttl, type AnyControlMessage, type Family,
} from '../../src/codec.ts'
import { builtins } from '../../src/control/catalogue.ts'

const c = constants
const abi = abis['x86_64-linux-gnu']
const all: readonly AnyControlMessage[] = builtins
const kinds = (control: Uint8Array, definitions: readonly AnyControlMessage[], family: Family): unknown[] =>
  decodeControl(control, { definitions, family, abi }).map((message) => [message.kind, (message as { value?: unknown }).value])
const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)

describe('options', () => {
  const optional = all.filter(({ receive }) => receive?.option !== undefined).map((one) => [one.kind, one] as const)
  it.each(optional)('%s names its option as C does', (_, { receive }) => {
    expect(constants[receive!.optionName as keyof typeof constants]).toBe(receive!.option)
  })

  it('of other forms have names, and each form has a size', () => {
    const forms = all.flatMap((one) => one.forms ?? [])
    expect(forms.length).toBeGreaterThan(15)
    for (const { option, optionName, size, kind } of forms) {
      if (option !== undefined) expect(constants[optionName as keyof typeof constants], kind).toBe(option)
      expect(size, kind).toBeGreaterThan(0)
    }
  })
})

describe('a part of a stream\'s message', () => {
  it('is stated by the definition and by every item', () => {
    expect([rights([0]), credentials({ pid: 1, uid: 0, gid: 0 }), tlsSetRecordType('alert'), timestamping(1)].map(({ part }) => part))
      .toEqual(['first', 'every', 'every', 'last'])
    const mine = defineControlMessage({ kind: 'mine', level: 500, type: 1, layout: 'u32', part: 'last' })
    expect(mine(1).part).toBe('last')
    expect(mine.part).toBe('last')
    expect(defineControlMessage({ kind: 'mine', level: 500, type: 1, layout: 'u32' })(1).part).toBe('first')
  })

  it('includes the end for kinds that arrive with it', () => {
    expect(all.filter(({ atEnd }) => atEnd).map(({ kind }) => kind).sort()).toEqual(['credentials', 'inq', 'pidfd', 'security', 'tcpInq'])
  })
})

describe('other forms', () => {
  const v6 = { address: '::1', port: 53 }
  const sockaddr = encodeAddress(v6)
  const sockaddr4 = encodeAddress({ address: '127.0.0.1', port: 53 })

  it('are decoded as the requested kind on an IPv6 socket', () => {
    const control = (level: number, type: number, payload: Uint8Array): Uint8Array =>
      encodeControl([rawControl(level, type, payload)], { abi })
    const ttl4 = control(c.SOL_IP, c.IP_TTL, int(64))
    const hop6 = control(c.SOL_IPV6, c.IPV6_HOPLIMIT, int(63))
    expect(kinds(ttl4, [hopLimit], 'inet6')).toEqual([['hopLimit', 64]])
    expect(kinds(hop6, [ttl], 'inet6')).toEqual([['ttl', 63]])
    expect(kinds(control(c.SOL_IP, c.IP_TOS, Uint8Array.of(0x10)), [trafficClass], 'inet6')).toEqual([['trafficClass', 0x10]])
    expect(kinds(control(c.SOL_IPV6, c.IPV6_TCLASS, int(0x20)), [tos], 'inet6')).toEqual([['tos', 0x20]])
    expect(kinds(control(c.SOL_IP, c.IP_ORIGDSTADDR, sockaddr4), [originalDestination6], 'inet6')).toEqual([
      ['originalDestination6', { address: '127.0.0.1', port: 53 }],
    ])
    expect(kinds(control(c.SOL_IPV6, c.IPV6_ORIGDSTADDR, sockaddr), [originalDestination], 'inet6')).toEqual([['originalDestination', v6]])
    const error = new Uint8Array(44)
    error.set([111, 0, 0, 0, 2, 3, 3])
    error.set(sockaddr, 16)
    expect(kinds(control(c.SOL_IPV6, c.IPV6_RECVERR, error), [recvErr], 'inet6')).toMatchObject([
      ['recvErr', { name: 'ECONNREFUSED', origin: 'icmp' }],
    ])
    expect(kinds(control(c.SOL_SOCKET, c.SO_TIMESTAMPNS_NEW, new Uint8Array(BigInt64Array.of(1n, 5n).buffer)), [timestampNs], 'unix'))
      .toMatchObject([['timestampNs', { ns: 1_000_000_005n }]])
    // Elsewhere these numbers are something else, and so are payloads of another length.
    expect(kinds(ttl4, [hopLimit], 'bluetooth')).toEqual([['unknown', undefined]])
    expect(kinds(hop6, [ttl], 'inet')).toEqual([['unknown', undefined]])
    expect(kinds(control(c.SOL_IP, c.IP_TTL, Uint8Array.of(1)), [hopLimit], 'inet6')).toEqual([['unknown', undefined]])
  })

  it('yield to a definition with these numbers', () => {
    const control = encodeControl([rawControl(c.SOL_IP, c.IP_TTL, int(64))], { abi })
    for (const definitions of [[hopLimit, ttl], [ttl, hopLimit]]) expect(kinds(control, definitions, 'inet6')).toEqual([['ttl', 64]])
    expect(decodeControl(control, { family: 'inet6', abi })).toMatchObject([{ kind: 'ttl' }])
  })

  it('are dropped if the kind itself arrived: an IPv6 socket gets the packet info of IPv4 twice', () => {
    const info6 = packetInfo6({ interfaceIndex: 1, address: '::ffff:127.0.0.1' })
    const info = packetInfo({ interfaceIndex: 1, localAddress: '127.0.0.1', address: '127.0.0.1' })
    const both = encodeControl([info6, info], { abi })
    expect(kinds(both, [packetInfo], 'inet6')).toEqual([
      ['unknown', undefined], ['packetInfo', { interfaceIndex: 1, localAddress: '127.0.0.1', address: '127.0.0.1' }],
    ])
    expect(kinds(encodeControl([info6], { abi }), [packetInfo], 'inet6')).toEqual([
      ['packetInfo', { interfaceIndex: 1, localAddress: '::ffff:127.0.0.1', address: '::ffff:127.0.0.1' }],
    ])
    expect(kinds(both, [packetInfo, packetInfo6], 'inet6').map((one) => (one as [string])[0])).toEqual(['packetInfo6', 'packetInfo'])
  })

  it('can be part of a user\'s definition', () => {
    const mine = defineControlMessage({
      kind: 'mine', level: 500, type: 1, layout: 'u32',
      also: [
        { level: 500, type: 2 }, { level: 500, type: 3, minSize: 1, decode: (data) => data[0]! }, { level: 500, type: 4, family: 'can' },
      ],
    })
    const control = encodeControl([
      rawControl(500, 2, int(7)), rawControl(500, 3, Uint8Array.of(8)), rawControl(500, 3, Uint8Array.of(8, 8)), rawControl(500, 4, int(9)),
    ], { abi })
    expect(kinds(control, [mine], 'inet')).toEqual([['mine', 7], ['mine', 8], ['unknown', undefined], ['unknown', undefined]])
    expect(kinds(control, [mine], 'can').at(-1)).toEqual(['mine', 9])
  })
})

it('a layout that throws is reported like a decode that throws', () => {
  const layout = (): never => { throw new Error('no such layout') }
  const mine = defineControlMessage({ kind: 'mine', level: 500, type: 1, layout, receive: { size: 4 } })
  expect(decodeControl(encodeControl([rawControl(500, 1, int(7))], { abi }), { definitions: [mine], abi })).toMatchObject([
    { kind: 'unknown', error: { message: 'no such layout' } },
  ])
  expect(mine.minSize).toBe(0)
})

describe('invalid definitions', () => {
  it.each([
    ['an unknown part', { part: 'middle' }, /part is 'first', 'every', 'last', not "middle"/],
    ['sockets that are not a list', { takenBy: 'stream' }, /takenBy must be a list/],
    ['an empty list of sockets', { deliveredBy: [] }, /deliveredBy must be a list/],
    ['an unknown type', { deliveredBy: [{ type: 'dgram' }] }, /"dgram" is not a type of sockets; there are stream, datagram/],
    ['an unknown family', { takenBy: [{ family: 'ipx' }] }, /"ipx" is not a family/],
    ['a protocol that is not a number', { takenBy: [{ protocol: 'tcp' }] }, /protocol of takenBy must be a number/],
    ['an unknown destination', { takenBy: [{ destination: 'ipv5' }] }, /destination of takenBy is 'ipv4' or 'ipv6'/],
    ['invalid options', { deliveredBy: [{ options: [7] }] }, /options of deliveredBy must be a list/],
    ['an atEnd that is not a boolean', { atEnd: 1 }, /atEnd is true or false/],
    ['a slot that is not a name', { receive: { option: 1, slot: 7 } }, /receive.slot must be a name/],
    ['an unknown time', { receive: { option: 1, when: 'later' } }, /receive.when is 'connected' or absent/],
    ['a time without an option', { receive: { when: 'connected' } }, /need receive.option/],
    ['an inherited that is not a boolean', { receive: { option: 1, inherited: 'yes' } }, /receive.inherited is true or false/],
    ['invalid other forms', { also: [{ level: 1 }] }, /also must be a list of/],
    ['another form without its size', { also: [{ level: 1, type: 1, decode: () => 1 }] }, /minSize of also/],
  ])('%s', (_, part, message) => {
    const make = () => defineControlMessage({ kind: 'x', level: 1, type: 2, layout: 'i32', ...part } as never)
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
  })
})
