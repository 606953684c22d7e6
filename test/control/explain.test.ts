import { describe, expect, it } from 'vitest'
import {
  abis, credentials, defineControlMessage, defineStruct, encodeControl, explainControl, ipSecurity, packetInfo, rawControl, rights,
  timestamping, constants, type ControlItem,
} from '../../src/codec.ts'

const abi = abis['x86_64-linux-gnu']
const { SOL_SOCKET, SCM_CREDENTIALS, SCM_PIDFD, SO_TIMESTAMP_OLD, SOL_IP, IP_RECVERR, IP_TTL, SOF_TIMESTAMPING_TX_SOFTWARE } = constants
const who = { pid: 4711, uid: 1000, gid: 100 }
const explain = (control: Uint8Array, options = {}): string => explainControl(control, { abi, ...options })
const wrong = (text: string): string[] => text.split('\n').filter((line) => line.includes('!!')).map((line) => line.trim())

describe('explainControl', () => {
  it('shows every field with its offset, name and value', () => {
    expect(explain(encodeControl([credentials(who), rights([3, 4])], { abi }))).toBe(`\
56 bytes of control messages, 64-bit little-endian

[0] SOL_SOCKET SCM_CREDENTIALS: credentials, since Linux 2.2
   0  cmsg_len    28  header 16 + payload 12
   8  cmsg_level  1   SOL_SOCKET
  12  cmsg_type   2   SCM_CREDENTIALS
  16  pid         4711
  20  uid         1000
  24  gid         100
  28  padding     00 00 00 00

[1] SOL_SOCKET SCM_RIGHTS: rights, since Linux 2.2
  32  cmsg_len    24  header 16 + payload 8
  40  cmsg_level  1   SOL_SOCKET
  44  cmsg_type   1   SCM_RIGHTS
  48  fd[0]       3   file descriptor
  52  fd[1]       4   file descriptor
`)
  })

  it('escapes control characters and characters that change the direction of text, wherever the text is from', () => {
    const foreign = 'a\x9b31m\u202eb\u2066c\x7fd\x1be\ufeff\u2028"'
    const text = new TextEncoder().encode(foreign)
    const mine = defineControlMessage({
      kind: 'mine', level: 500, type: 1, decode: (data) => { if (data.length > 40) throw new Error(foreign); return { foreign } },
    })
    const named = defineControlMessage({ kind: 'named', level: 500, type: 2, layout: defineStruct({ name: ['char', 64], rest: ['char'] }) })
    const shown = explain(encodeControl([
      rawControl(SOL_SOCKET, constants.SCM_SECURITY, text), rawControl(500, 1, text), rawControl(500, 1, new Uint8Array(50)),
      named({ name: foreign, rest: foreign }), rawControl(SOL_IP, ipSecurity.type, text),
    ], { abi }), { definitions: [mine, named] })
    // eslint-disable-next-line no-control-regex -- the characters that must not occur
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/)
    const escaped = 'a\\u009b31m\\u202eb\\u2066c\\u007fd\\u001be\\ufeff\\u2028\\"'
    expect(shown.split(escaped)).toHaveLength(6)
    expect(shown).toMatch(/decode throws: a\\x9b31m\\u\{202e\}b/)
  })

  it('explains a large buffer, of one message or of many', () => {
    const descriptors = explain(encodeControl([rawControl(SOL_SOCKET, constants.SCM_RIGHTS, new Uint8Array(4 * 200_000))], { abi }))
    expect(descriptors).toContain('fd[199999]')
    expect(wrong(descriptors)[0]).toMatch(/200000 descriptors exceed the limit/)
    const unknown = explain(encodeControl([rawControl(500, 1, new Uint8Array(16 * 200_000).fill(1))], { abi }))
    expect(unknown.split('\n').length).toBeGreaterThan(200_000)
    const many = explain(encodeControl(Array<ControlItem>(20_000).fill(rights([1])), { abi }))
    expect(many).toContain('[19999] SOL_SOCKET SCM_RIGHTS')
  })

  it('names the meaning of numbers', () => {
    const error = new Uint8Array(32)
    error.set([111, 0, 0, 0, 2, 3, 3])
    error.set([2, 0, 0, 53, 127, 0, 0, 1], 16)
    const text = explain(encodeControl([
      rawControl(SOL_IP, IP_RECVERR, error), packetInfo({ interfaceIndex: 1, localAddress: '127.0.0.2' }),
      timestamping(SOF_TIMESTAMPING_TX_SOFTWARE | 16),
      rawControl(SOL_SOCKET, SCM_PIDFD, Uint8Array.of(0xe8, 0xff, 0xff, 0xff)), credentials({ ...who, pid: 0 }),
    ], { abi }))
    for (const meaning of [
      /ee_errno +111 +ECONNREFUSED/, /ee_origin +2 +SO_EE_ORIGIN_ICMP/, /ICMP_DEST_UNREACH, ICMP_PORT_UNREACH/, /sin_family +2 +AF_INET/,
      /sin_port +53/, /sin_addr +127\.0\.0\.1/, /ipi_spec_dst +127\.0\.0\.2/,
      /value +18 +SOF_TIMESTAMPING_TX_SOFTWARE \| SOF_TIMESTAMPING_SOFTWARE/, /value +-24 +not a descriptor.*EMFILE/, /pid +0 +unknown/,
    ]) expect(text).toMatch(meaning)
    expect(wrong(text)).toEqual([])
  })

  it('names the byte of a mistake', () => {
    const at = (hex: string): string[] =>
      wrong(explain(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).map((line) => /^!! (\d+): (.{12})/.exec(line)!.slice(1).join(' '))
    expect(at('14000000 00000000 01000000 02000000 07000000 00000000')).toEqual(['0 too short: S'])
    expect(at('18000000 00000000 01000000 01000000 07000000 ffffffff')).toEqual(['20 -1 is not a '])
    expect(at('14000000 00000000 01000000 01000000 07000000 000000ff')).toEqual(['20 the padding '])
    expect(at('14000000 00000000 01000000 63000000 07000000 00000000')).toEqual(['12 no control m'])
    expect(at('14000000 00000000 01000000 01000000 07000000 00000000 00000001')).toEqual(['24 4 trailing b'])
  })

  it.each([
    ['too short', encodeControl([rawControl(SOL_SOCKET, SCM_CREDENTIALS, new Uint8Array(4))], { abi }), {},
      [/too short: SCM_CREDENTIALS takes 12 bytes, but there are 4/]],
    ['CMSG_SPACE for CMSG_LEN', encodeControl([rawControl(SOL_IP, IP_TTL, new Uint8Array(8))], { abi }), {},
      [/too long.*cmsg_len is CMSG_SPACE/]],
    ['half a descriptor', encodeControl([rawControl(SOL_SOCKET, 1, new Uint8Array(6))], { abi }), {},
      [/2 bytes after the last whole element/]],
    ['an unknown type', encodeControl([rawControl(SOL_SOCKET, 99, new Uint8Array(2))], { abi }), {},
      [/no control message is known with level 1 and type 99/]],
    ['the wrong family', encodeControl([rights([1])], { abi }), { family: 'inet' },
      [/SCM_RIGHTS is for unix sockets; a socket of family inet/]],
    ['a buffer that is too large', concat(encodeControl([rights([1])], { abi }), new Uint8Array(40)), {},
      [/cmsg_len 0/, /all 40 bytes from here are zero.*msg_controllen must be 24/]],
    ['a message that was cut off', encodeControl([rights([1]), credentials(who)], { abi }).subarray(0, 48), {},
      [/cmsg_len 28 is more than the 24 bytes that are left/]],
    ['padding that is not zero', touched(encodeControl([rights([1])], { abi }), 23), {}, [/padding is not zero/]],
    ['trailing bytes', concat(encodeControl([rights([1])], { abi }), Uint8Array.of(1, 2, 3)), {},
      [/3 trailing bytes, too few for a header.*not zero/]],
    ['no padding', concat(encodeControl([credentials(who)], { abi }).subarray(0, 28), encodeControl([rights([7])], { abi })), {},
      [/padding is not zero/, /more than/, /begins at 28.*not aligned/]],
    ['32 bits of cmsg_len', touched(encodeControl([rights([1]), rights([2])], { abi }), 29), {},
      [/more than the 24 bytes/, /lower 32 bits, 20, would fit/]],
    ['bytes of a 32-bit program', encodeControl([credentials(who), rights([1])], { abi: abis['arm-linux-gnueabihf'] }), {},
      [/more than/, /lower 32 bits/, /make sense as 32-bit little-endian.*arm-linux-gnueabihf/]],
    ['bytes of a big-endian machine', encodeControl([credentials(who)], { abi: abis['s390x-linux-gnu'] }), {},
      [/more than/, /make sense as 64-bit big-endian/]],
    ['the payload\'s size for CMSG_LEN', touched(encodeControl([rights([1])], { abi }), 0, 4), {},
      [/cmsg_len 4 is less than the header's 16/, /4 would be the size of a payload of SCM_RIGHTS.*CMSG_LEN\(4\), 20/]],
    ['CMSG_SPACE for CMSG_LEN of one descriptor', touched(encodeControl([rights([3])], { abi }), 0, 24), {},
      [/the last of 2 descriptors is 0, standard input.*CMSG_SPACE/]],
    ['a number that is not a descriptor', touched(encodeControl([rights([3])], { abi }), 19), {},
      [/-16777213 is not a descriptor: sendmsg fails with EBADF/]],
    ['too many descriptors', encodeControl([rawControl(SOL_SOCKET, 1, new Uint8Array(4 * 255).fill(1))], { abi }), {},
      [/255 descriptors exceed the limit of 253/]],
    ['the option for the type', encodeControl([rawControl(SOL_IP, constants.IP_RECVTTL, new Uint8Array(4))], { abi }), {},
      [/12 is the option that turns on IP_TTL, whose type as a control message is 2/]],
    ['less than a header', new Uint8Array(9), {}, [/9 bytes, too few for a header of 16/]],
  ] as const)('says what is wrong: %s', (_, control, options, expected) => {
    const found = wrong(explain(control, options))
    expect(found).toHaveLength(expected.length)
    expected.forEach((pattern, i) => expect(found[i]).toMatch(pattern))
  })

  it('finds no problems in valid bytes', () => {
    expect(wrong(explain(encodeControl([rights([1]), credentials(who)], { abi }), { family: 'unix' }))).toEqual([])
    expect(wrong(explain(new Uint8Array(0)))).toEqual([])
    expect(wrong(explain(encodeControl([rights([1])], { abi }).subarray(0, 20)))).toEqual([])
    for (const other of Object.values(abis)) {
      expect(wrong(explainControl(encodeControl([credentials(who), rights([1])], { abi: other }), { abi: other }))).toEqual([])
    }
  })

  it('mentions that a number has other meanings in other families', () => {
    const control = encodeControl([rawControl(0, 2, new Uint8Array(4))], { abi })
    expect(explain(control)).toMatch(/SOL_IP IP_TTL[^]*without a family this may also be HCI_CMSG_TSTAMP \(bluetooth\)/)
    expect(explain(control, { family: 'bluetooth' })).toMatch(/SOL_HCI HCI_CMSG_TSTAMP/)
  })

  it('uses the definitions of the caller', () => {
    const own = defineControlMessage({ kind: 'own', name: 'MY_TYPE', level: SOL_SOCKET, type: 99, layout: 'u16' })
    expect(explain(encodeControl([own(7)], { abi }), { definitions: [own] })).toMatch(/SOL_SOCKET MY_TYPE: own[^]*value +7/)
    const bytes = defineControlMessage({ kind: 'bytes', level: SOL_SOCKET, type: 98, decode: (data) => ({ first: data[0] }) })
    expect(explain(encodeControl([rawControl(SOL_SOCKET, 98, Uint8Array.of(5))], { abi }), { definitions: [bytes] }))
      .toMatch(/payload +05[^]*value +\{"first":5\}/)
    const throws = defineControlMessage({ kind: 'throws', level: SOL_SOCKET, type: 97, decode: () => { throw new Error('no') } })
    expect(explain(encodeControl([rawControl(SOL_SOCKET, 97, Uint8Array.of(5))], { abi }), { definitions: [throws] }))
      .toContain('(decode throws: no)')
    // One that has no C name goes by its kind.
    const nameless = defineControlMessage({ kind: 'nameless', level: SOL_SOCKET, type: 98, layout: 'u16' })
    expect(nameless.name).toBeUndefined()
    expect(explainControl(encodeControl([nameless(1)]), { definitions: [nameless] })).toMatch(/^\[0\] SOL_SOCKET nameless: nameless$/m)
  })

  it('does not throw if the argument is not bytes', () => {
    for (const value of [null, undefined, 'abc', 7, {}, [], new Proxy(new Uint8Array(3), {})]) {
      expect(explainControl(value as never)).toMatch(/Cannot explain/)
      expect(explainControl(new Uint8Array(32), value as never)).toBeTypeOf('string')
    }
  })

  it('does not throw for valid bytes with random changes', () => {
    let state = 1
    const random = (): number => (state = Math.imul(state, 1103515245) + 12345 >>> 0) >>> 8
    const everyAbi = Object.values(abis)
    const message = encodeControl([credentials(who), rights([3])], { abi })
    for (let i = 0; i < 3000; i++) {
      const bytes = new Uint8Array(random() % 100).map((_, at) => message[at % message.length]!)
      for (let n = random() % 4; n > 0 && bytes.length > 0; n--) bytes[random() % bytes.length] = random()
      expect(explainControl(bytes, { abi: everyAbi[i % everyAbi.length]! }).startsWith('Cannot')).toBe(false)
    }
  })

  it('shows the date of a timestamp', () => {
    const time = new Uint8Array(16)
    new DataView(time.buffer).setBigInt64(0, 1_700_000_000n, true)
    expect(explain(encodeControl([rawControl(SOL_SOCKET, SO_TIMESTAMP_OLD, time)], { abi })))
      .toMatch(/tv_sec +1700000000 +2023-11-14T22:13:20Z/)
  })
})

function concat(...parts: Uint8Array[]): Uint8Array { return Uint8Array.from(parts.flatMap((part) => [...part])) }
function touched(bytes: Uint8Array, at: number, value = 0xff): Uint8Array {
  const copy = bytes.slice()
  copy[at] = value
  return copy
}
