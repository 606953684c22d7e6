import { BlockList, isIPv6, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constants, decodeAddress, encodeAddress, formatAddress, type AddressLike } from '../../src/codec.ts'

const { AF_UNIX, AF_INET } = constants
const family = (n: number): number[] => [...new Uint8Array(Uint16Array.of(n).buffer)]
const ascii = (text: string): number[] => [...Buffer.from(text)]

describe('Unix addresses', () => {
  it.each<[string, AddressLike, number[], object]>([
    ['a pathname, counted with its NUL', '/a', [...family(AF_UNIX), ...ascii('/a'), 0], { path: '/a' }],
    ['a relative pathname', { path: 'a' }, [...family(AF_UNIX), ...ascii('a'), 0], { path: 'a' }],
    ['a pathname of 107 bytes', '/'.padEnd(107, 'x'), [...family(AF_UNIX), ...ascii('/'.padEnd(107, 'x')), 0], { path: '/'.padEnd(107, 'x') }],
    ['a pathname of 108 bytes, without a NUL', '/'.padEnd(108, 'x'), [...family(AF_UNIX), ...ascii('/'.padEnd(108, 'x'))], { path: '/'.padEnd(108, 'x') }],
    ['a pathname that is not UTF-8', { path: Uint8Array.of(0x2f, 0xff) }, [...family(AF_UNIX), 0x2f, 0xff, 0], { path: Uint8Array.of(0x2f, 0xff) }],
    ['an abstract name', '\0ab', [...family(AF_UNIX), 0, ...ascii('ab')], { abstract: Uint8Array.from(ascii('ab')) }],
    ['an abstract name with NULs', { abstract: 'a\0\0' }, [...family(AF_UNIX), 0, 0x61, 0, 0], { abstract: Uint8Array.of(0x61, 0, 0) }],
    ['the empty abstract name', { abstract: '' }, [...family(AF_UNIX), 0], { abstract: new Uint8Array(0) }],
    ['no name', { unnamed: true }, family(AF_UNIX), { unnamed: true }],
  ])('encode and decode %s', (_, address, bytes, decoded) => {
    expect([...encodeAddress(address)]).toEqual(bytes)
    expect(decodeAddress(Uint8Array.from(bytes))).toEqual(decoded)
    // A Buffer, as recvmsg gives: its slice() would be a view.
    const buffer = Buffer.from(bytes)
    const copy = decodeAddress(buffer)
    buffer.fill(0)
    expect(copy).toEqual(decoded)
  })

  it('decodes what the kernel reports for a bound pathname of 108 bytes: a length of 111, with a NUL behind', () => {
    const path = '/'.padEnd(108, 'x')
    expect(decodeAddress(Uint8Array.from([...family(AF_UNIX), ...ascii(path), 0]))).toEqual({ path })
  })

  it('decodes the empty address of an unnamed sender', () => {
    expect(decodeAddress(new Uint8Array(0))).toEqual({ unnamed: true })
  })

  it.each<[string, unknown, string, RegExp]>([
    ['a pathname of 109 bytes', '/'.padEnd(109, 'x'), 'ERR_CMSG_INVALID_ADDRESS', /pathname of 109 bytes.*limit is 108/],
    ['a pathname of 109 bytes in UTF-8', '/'.padEnd(55, 'ü'), 'ERR_CMSG_INVALID_ADDRESS', /109 bytes/],
    ['a NUL in a pathname', '/a\0b', 'ERR_CMSG_INVALID_ADDRESS', /"\/a\\u0000b".*NUL.*\{ abstract \}/],
    ['an empty pathname', '', 'ERR_CMSG_INVALID_ADDRESS', /empty pathname.*unnamed/],
    ['an abstract name of 108 bytes', { abstract: new Uint8Array(108) }, 'ERR_CMSG_INVALID_ADDRESS', /108 bytes.*limit is 107/],
    ['a number', 7, 'ERR_CMSG_INVALID_ARG_TYPE', /Cannot use 7 as an address: expected '\/path'/],
    ['nothing', undefined, 'ERR_CMSG_INVALID_ARG_TYPE', /undefined/],
    ['an object of another kind', { host: 'x' }, 'ERR_CMSG_INVALID_ARG_TYPE', /expected '\/path'/],
    ['a path that is no string', { path: 7 }, 'ERR_CMSG_INVALID_ARG_TYPE', /Cannot use 7 as a pathname/],
    ['a host name', { address: 'localhost', port: 1 }, 'ERR_CMSG_INVALID_ADDRESS', /"localhost".*not looked up/],
    ['a port too large', { address: '::1', port: 65536 }, 'ERR_CMSG_INVALID_ADDRESS', /65536 as a port/],
    ['a port that is no number', { address: '::1', port: '1' }, 'ERR_CMSG_INVALID_ARG_TYPE', /"1" as a port/],
    ['an impossible family', { family: -1, data: new Uint8Array(0) }, 'ERR_CMSG_INVALID_ADDRESS', /-1 as an address family/],
    ['an address longer than any', { family: 1, data: new Uint8Array(127) }, 'ERR_CMSG_INVALID_ADDRESS', /limit is 126/],
  ])('refuse %s', (_, address, code, message) => {
    expect(() => encodeAddress(address as AddressLike)).toThrow(expect.objectContaining({ code }))
    expect(() => encodeAddress(address as AddressLike)).toThrow(message)
  })

  it.each<[AddressLike, string]>([
    ['/a', '/a'], ['\0a\0b', '@a@b'], [{ abstract: Uint8Array.of(0x61) }, '@a'], [{ unnamed: true }, '(unnamed)'],
    [{ address: '127.0.0.1', port: 9 }, '127.0.0.1:9'], [{ address: '::1', port: 9 }, '[::1]:9'], [{ family: 16, data: Uint8Array.of(1, 255) }, 'family 16 01ff'],
  ])('format %j as %s', (address, text) => expect(formatAddress(address)).toBe(text))

  it('come back byte for byte, whatever the name', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 107 }), (abstract) => {
      expect(decodeAddress(encodeAddress({ abstract }))).toEqual({ abstract })
    }))
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 108 }).filter((path) => !path.includes(0)), (path) => {
      const decoded = decodeAddress(encodeAddress({ path })) as { path: string | Uint8Array }
      expect(Buffer.from(decoded.path as string)).toEqual(Buffer.from(path))
    }))
  })
})

describe('IP addresses', () => {
  it('lie as ip(7) and ipv6(7) say', () => {
    expect([...encodeAddress({ address: '127.0.0.1', port: 0x1234 })]).toEqual([...family(AF_INET), 0x12, 0x34, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    const v6 = encodeAddress({ address: 'fe80::1', port: 1, scopeId: 2, flowinfo: 3 })
    expect(v6).toHaveLength(28)
    expect([...v6.subarray(2, 8)]).toEqual([0, 1, 0, 0, 0, 3])
    expect(decodeAddress(v6)).toEqual({ address: 'fe80::1', port: 1, scopeId: 2, flowinfo: 3 })
  })

  it.each(['1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.-4', '', 'a.b.c.d', '1.2.3.4 '])('refuse %j as IPv4', (address) => {
    expect(() => encodeAddress({ address, port: 0 })).toThrow(/host names are not looked up/)
  })

  // Node's own parser is the oracle.
  it.each(['::', '::1', '1::', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '1:2:3:4:5:6:1.2.3.4', '1::8', '2001:db8::a:0:0:1',
    '1::2::3', ':1', '1:', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', '::1.2.3', '1.2.3.4::', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3:4::5:6:7:8', '1.2.3.4::5'])('take %j as IPv6 exactly when Node does', (address) => {
    if (isIPv6(address)) expect(new SocketAddress({ address: (decodeAddress(encodeAddress({ address, port: 0 })) as { address: string }).address, family: 'ipv6' }).address).toBe(new SocketAddress({ address, family: 'ipv6' }).address)
    else expect(() => encodeAddress({ address, port: 0 })).toThrow(/host names are not looked up/)
  })

  it('are written as Node writes them', () => {
    const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff }))
    fc.assert(fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.integer({ min: 0, max: 65535 }), (groups, port) => {
      const bytes = encodeAddress({ address: groups.map((g) => g.toString(16)).join(':'), port })
      const decoded = decodeAddress(bytes) as { address: string; port: number }
      const list = new BlockList()
      list.addAddress(decoded.address, 'ipv6')
      expect(list.check(groups.map((g) => g.toString(16)).join(':'), 'ipv6')).toBe(true)
      expect(decoded.port).toBe(port)
      expect(encodeAddress(decoded)).toEqual(bytes)
    }))
  })
})

describe('decodeAddress', () => {
  it('keeps what it does not know, or what is too short, as bytes', () => {
    expect(decodeAddress(Uint8Array.from([...family(16), 1, 2]))).toEqual({ family: 16, data: Uint8Array.of(1, 2) })
    expect(decodeAddress(Uint8Array.from([...family(AF_INET), 1]))).toEqual({ family: AF_INET, data: Uint8Array.of(1) })
    expect(encodeAddress({ family: 16, data: Uint8Array.of(1, 2) })).toEqual(Uint8Array.from([...family(16), 1, 2]))
  })
  it('never throws for bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 130 }), (bytes) => { decodeAddress(bytes) }))
  })
})
