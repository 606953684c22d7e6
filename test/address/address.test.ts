import { BlockList, isIPv6, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constants, decodeAddress, encodeAddress, formatAddress, type AddressLike } from '../../src/codec.ts'

const { AF_UNIX, AF_INET, AF_VSOCK, AF_NETLINK, AF_PACKET, VMADDR_CID_ANY } = constants
const family = (n: number): number[] => [...new Uint8Array(Uint16Array.of(n).buffer)]
const ascii = (text: string): number[] => [...Buffer.from(text)]

describe('Unix addresses', () => {
  it.each<[string, AddressLike, number[], object]>([
    ['a pathname, counted with its NUL', '/a', [...family(AF_UNIX), ...ascii('/a'), 0], { path: '/a' }],
    ['a relative pathname', { path: 'a' }, [...family(AF_UNIX), ...ascii('a'), 0], { path: 'a' }],
    ['a pathname of 107 bytes', '/'.padEnd(107, 'x'), [...family(AF_UNIX), ...ascii('/'.padEnd(107, 'x')), 0],
      { path: '/'.padEnd(107, 'x') }],
    ['a pathname of 108 bytes, without a NUL', '/'.padEnd(108, 'x'), [...family(AF_UNIX), ...ascii('/'.padEnd(108, 'x'))],
      { path: '/'.padEnd(108, 'x') }],
    ['a pathname that is not UTF-8', { path: Uint8Array.of(0x2f, 0xff) }, [...family(AF_UNIX), 0x2f, 0xff, 0],
      { path: Uint8Array.of(0x2f, 0xff) }],
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

  it('decode a bound pathname of 108 bytes, for which the kernel reports a length of 111 and a NUL', () => {
    const path = '/'.padEnd(108, 'x')
    expect(decodeAddress(Uint8Array.from([...family(AF_UNIX), ...ascii(path), 0]))).toEqual({ path })
  })

  it('decode the empty address of an unnamed sender', () => {
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
    ['a path that is not a string', { path: 7 }, 'ERR_CMSG_INVALID_ARG_TYPE', /Cannot use 7 as a pathname/],
    ['a host name', { address: 'localhost', port: 1 }, 'ERR_CMSG_INVALID_ADDRESS', /"localhost".*not looked up/],
    ['a port too large', { address: '::1', port: 65536 }, 'ERR_CMSG_INVALID_ADDRESS', /65536 as a port/],
    ['a port that is not a number', { address: '::1', port: '1' }, 'ERR_CMSG_INVALID_ARG_TYPE', /"1" as a port/],
    ['an impossible family', { family: -1, data: new Uint8Array(0) }, 'ERR_CMSG_INVALID_ADDRESS', /-1 as an address family/],
    ['an address longer than any', { family: 1, data: new Uint8Array(127) }, 'ERR_CMSG_INVALID_ADDRESS', /limit is 126/],
  ])('refuse %s', (_, address, code, message) => {
    expect(() => encodeAddress(address as AddressLike)).toThrow(expect.objectContaining({ code }))
    expect(() => encodeAddress(address as AddressLike)).toThrow(message)
  })

  it.each<[AddressLike, string]>([
    ['/a', '/a'], ['\0a\0b', '@a@b'], [{ abstract: Uint8Array.of(0x61) }, '@a'], [{ unnamed: true }, '(unnamed)'],
    [{ address: '127.0.0.1', port: 9 }, '127.0.0.1:9'], [{ address: '::1', port: 9 }, '[::1]:9'],
    [{ family: 16, data: Uint8Array.of(1, 255) }, 'family 16 01ff'],
  ])('format %j as %s', (address, text) => expect(formatAddress(address)).toBe(text))

  it('keep a byte order mark at the beginning of a name', () => {
    for (const path of ['\ufeffvictim', '\ufeff', '\ufeff\ufeff/x']) {
      expect(decodeAddress(encodeAddress({ path }))).toEqual({ path })
      expect(formatAddress({ path: Buffer.from(path) })).toBe(path)
    }
    expect(formatAddress({ abstract: Buffer.from('\ufeffx') })).toBe('@\ufeffx')
  })

  it('keep every byte of any name', () => {
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
  it('are laid out as in ip(7) and ipv6(7)', () => {
    expect([...encodeAddress({ address: '127.0.0.1', port: 0x1234 })]).toEqual([
      ...family(AF_INET), 0x12, 0x34, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    ])
    const v6 = encodeAddress({ address: 'fe80::1', port: 1, scopeId: 2, flowinfo: 3 })
    expect(v6).toHaveLength(28)
    expect([...v6.subarray(2, 8)]).toEqual([0, 1, 0, 0, 0, 3])
    expect(decodeAddress(v6)).toEqual({ address: 'fe80::1', port: 1, scopeId: 2, flowinfo: 3 })
  })

  it.each(['1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.-4', '', 'a.b.c.d', '1.2.3.4 '])('refuse %j as IPv4', (address) => {
    expect(() => encodeAddress({ address, port: 0 })).toThrow(/host names are not looked up/)
  })

  // Node's own parser is the oracle.
  it.each([
    '::', '::1', '1::', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '1:2:3:4:5:6:1.2.3.4', '1::8', '2001:db8::a:0:0:1', '1::2::3', ':1', '1:',
    ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', '::1.2.3', '1.2.3.4::', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8',
    '1:2:3:4::5:6:7:8', '1.2.3.4::5',
  ])('take %j as IPv6 exactly when Node does', (address) => {
    const canonical = (text: string): string => new SocketAddress({ address: text, family: 'ipv6' }).address
    const decoded = (): string => (decodeAddress(encodeAddress({ address, port: 0 })) as { address: string }).address
    if (isIPv6(address)) expect(canonical(decoded())).toBe(canonical(address))
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

describe('addresses of vsock, netlink and packet sockets', () => {
  const u32 = (n: number): number[] => [...new Uint8Array(Uint32Array.of(n).buffer)]
  const long = Uint8Array.from({ length: 20 }, (_, i) => i + 1)

  it.each<[string, AddressLike, number[], object]>([
    ['a vsock address', { cid: 3, port: 1024 }, [...family(AF_VSOCK), 0, 0, ...u32(1024), ...u32(3), 0, 0, 0, 0], { cid: 3, port: 1024 }],
    ['any machine, with flags', { cid: VMADDR_CID_ANY, port: 0, flags: 1 },
      [...family(AF_VSOCK), 0, 0, ...u32(0), 255, 255, 255, 255, 1, 0, 0, 0], { cid: VMADDR_CID_ANY, port: 0, flags: 1 }],
    ['a netlink port', { portId: 4711 }, [...family(AF_NETLINK), 0, 0, ...u32(4711), ...u32(0)], { portId: 4711, groups: 0 }],
    ['netlink groups', { portId: 0, groups: 0x80000001 }, [...family(AF_NETLINK), 0, 0, ...u32(0), 1, 0, 0, 128],
      { portId: 0, groups: 0x80000001 }],
    ['an interface', { interfaceIndex: 2, protocol: 0x0806 },
      [...family(AF_PACKET), 8, 6, ...u32(2), 0, 0, 0, 0, ...Array<number>(8).fill(0)], { interfaceIndex: 2, protocol: 0x0806 }],
    ['the sender of a packet', {
      interfaceIndex: 2, protocol: 0x0800, hardwareType: 1, packetType: 4, hardwareAddress: Uint8Array.of(1, 2, 3, 4, 5, 6),
    },
      [...family(AF_PACKET), 8, 0, ...u32(2), 1, 0, 4, 6, 1, 2, 3, 4, 5, 6, 0, 0],
      { interfaceIndex: 2, protocol: 0x0800, hardwareType: 1, packetType: 4, hardwareAddress: Uint8Array.of(1, 2, 3, 4, 5, 6) }],
    ['a hardware address longer than the struct has room for', {
      interfaceIndex: 2, hardwareAddress: long,
    }, [...family(AF_PACKET), 0, 0, ...u32(2), 0, 0, 0, 20, ...long],
      { interfaceIndex: 2, protocol: 0, hardwareType: 0, packetType: 0, hardwareAddress: long }],
  ])('encode and decode %s', (_, address, bytes, decoded) => {
    expect([...encodeAddress(address)]).toEqual(bytes)
    const buffer = Buffer.from(bytes)
    const copy = decodeAddress(buffer)
    buffer.fill(0)
    expect(copy).toEqual(decoded)
    expect([...encodeAddress(copy)]).toEqual(bytes)
  })

  it.each<[AddressLike, AddressLike]>([
    [{ address: '::1', port: 1, scopeId: undefined, flowinfo: undefined }, { address: '::1', port: 1 }],
    [{ portId: 1, groups: undefined }, { portId: 1 }],
    [{ cid: 1, port: 1, flags: undefined }, { cid: 1, port: 1 }],
    [{ interfaceIndex: 1, protocol: undefined, hardwareType: undefined, packetType: undefined, hardwareAddress: undefined },
      { interfaceIndex: 1 }],
  ])('%j: undefined is as if absent', (given, without) => {
    expect(encodeAddress(given)).toEqual(encodeAddress(without))
    expect(formatAddress(given)).toBe(formatAddress(without))
  })

  it('decode the address of a packet socket from getsockname, which ends with the hardware address', () => {
    const bytes = Uint8Array.from([...family(AF_PACKET), 8, 0, ...u32(1), 4, 3, 0, 6, 0, 0, 0, 0, 0, 9])
    expect(decodeAddress(bytes)).toEqual({
      interfaceIndex: 1, protocol: 0x0800, hardwareType: 772, packetType: 0, hardwareAddress: Uint8Array.of(0, 0, 0, 0, 0, 9),
    })
  })

  it.each<[number, number[]]>([
    [AF_VSOCK, Array<number>(13).fill(1)], [AF_NETLINK, Array<number>(9).fill(1)], [AF_PACKET, Array<number>(9).fill(1)],
    [AF_PACKET, [0, 0, ...u32(1), 0, 0, 0, 9, ...Array<number>(8).fill(1)]],
  ])('keep bytes that are too short: family %i', (number, data) => {
    expect(decodeAddress(Uint8Array.from([...family(number), ...data]))).toEqual({ family: number, data: Uint8Array.from(data) })
  })

  it.each<[unknown, string, RegExp]>([
    [{ cid: -1, port: 0 }, 'ERR_CMSG_INVALID_ADDRESS', /-1 as a vsock context id: expected an integer from 0 to 4294967295/],
    [{ cid: 1, port: '1' }, 'ERR_CMSG_INVALID_ARG_TYPE', /"1" as a vsock port: expected a number/],
    [{ portId: 2 ** 32 }, 'ERR_CMSG_INVALID_ADDRESS', /4294967296 as a netlink port id/],
    [{ portId: 0, groups: null }, 'ERR_CMSG_INVALID_ARG_TYPE', /null as a mask of netlink groups/],
    [{ interfaceIndex: 1.5 }, 'ERR_CMSG_INVALID_ADDRESS', /1.5 as an interface/],
    [{ interfaceIndex: 1, protocol: 0x10000 }, 'ERR_CMSG_INVALID_ADDRESS', /65536 as a protocol/],
    [{ interfaceIndex: 1, hardwareAddress: 'ff:ff' }, 'ERR_CMSG_INVALID_ARG_TYPE', /"ff:ff" as a hardware address/],
    [{ interfaceIndex: 1, hardwareAddress: new Uint8Array(117) }, 'ERR_CMSG_INVALID_ADDRESS', /117 bytes: the limit is 116/],
  ])('refuse %j', (address, code, message) => {
    expect(() => encodeAddress(address as AddressLike)).toThrow(expect.objectContaining({ code }))
    expect(() => encodeAddress(address as AddressLike)).toThrow(message)
  })

  it.each<[AddressLike, string]>([
    [{ cid: 2, port: 22 }, 'vsock:2:22'], [{ portId: 5 }, 'netlink:5'], [{ portId: 0, groups: 17 }, 'netlink:0 groups 0x11'],
    [{ interfaceIndex: 1, protocol: 0x800 }, 'packet:1 protocol 0x0800'],
    [{ interfaceIndex: 1, hardwareAddress: Uint8Array.of(0, 255) }, 'packet:1 protocol 0x0000 00:ff'],
  ])('format %j as %s', (address, text) => expect(formatAddress(address)).toBe(text))
})

describe('decodeAddress', () => {
  it('keeps the bytes of an unknown family and of an address that is too short', () => {
    expect(decodeAddress(Uint8Array.from([...family(16), 1, 2]))).toEqual({ family: 16, data: Uint8Array.of(1, 2) })
    expect(decodeAddress(Uint8Array.from([...family(AF_INET), 1]))).toEqual({ family: AF_INET, data: Uint8Array.of(1) })
    expect(encodeAddress({ family: 16, data: Uint8Array.of(1, 2) })).toEqual(Uint8Array.from([...family(16), 1, 2]))
  })
  it('never throws because of the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 130 }), (bytes) => { decodeAddress(bytes) }))
  })
})
