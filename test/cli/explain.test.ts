/**
 * `cmsg explain`: the same bytes in every notation are explained alike; and what strace printed of a real recvmsg is what
 * the program received.
 * @module
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { abis, credentials, encodeControl, explainControl, rawControl, rights } from 'cmsg/codec'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { cmsg, command, failure, oneLine, output, shell } from './command.ts'

const control =
  Buffer.from(encodeControl([rights([3, 255]), credentials({ pid: 1234, uid: 1000, gid: 100 })], { abi: abis['x86_64-linux-gnu'] }))
const hex = control.toString('hex')
const pairs = hex.match(/../g)!
const host = '--target=x86_64-linux-gnu'
const expected = `${explainControl(control, { abi: abis['x86_64-linux-gnu'] }).trimEnd()}\n`

const xxd = (offset: (n: number) => string, between: string, text: boolean): string =>
  Array.from({ length: Math.ceil(control.length / 16) }, (_, i) =>
    `${offset(16 * i)}${pairs.slice(16 * i, 16 * i + 16).join(between)}${text ? `  |${'.'.repeat(16)}|` : ''}`).join('\n')
const octal = (bytes: Uint8Array, digits: number): string =>
  [...bytes].map((byte) => `\\${byte.toString(8).padStart(digits, '0')}`).join('')
const numbers = [...control].map((byte) => (byte % 2 === 0 ? byte : `0x${byte.toString(16)}`))

/** A dump of numbers of 2, 4 or 8 bytes, whose digits are in the order of reading. */
const words = (digits: number, address: (n: number) => string, between: string): string =>
  Array.from({ length: Math.ceil(control.length / 16) }, (_, i) => {
    const row = hex.slice(32 * i, 32 * i + 32).match(new RegExp(`.{${digits}}`, 'g')) ?? []
    return address(16 * i) + row.map((word) => word.match(/../g)!.reverse().join('')).join(between)
  }).join('\n')

const notations: readonly (readonly [name: string, text: string])[] = [
  ['hex', hex],
  ['hex in groups', pairs.join(' ').replace(/(.{11}) /g, '$1\n')],
  ['hex with colons', pairs.join(':').toUpperCase()],
  ['base64', control.toString('base64')],
  ['base64url', control.toString('base64url')],
  ['a C string', `"${pairs.map((pair) => `\\x${pair}`).join('')}"`],
  ['C strings in a row, octal', `"${octal(control.subarray(0, 20), 0)}"\n  "${octal(control.subarray(20), 3)}";`],
  ['C numbers', `unsigned char control[] = { ${numbers.join(', ')} };`],
  ['Python', `b'${pairs.map((pair) => `\\x${pair}`).join('')}'`],
  ['xxd', xxd((n) => `${n.toString(16).padStart(8, '0')}: `, ' ', false).replace(/ (..) (..)/g, ' $1$2')],
  ['hexdump -C', `${xxd((n) => `${n.toString(16).padStart(8, '0')}  `, ' ', true)}\n${control.length.toString(16).padStart(8, '0')}`],
  ['od -tx1', `${xxd((n) => `${n.toString(8).padStart(7, '0')} `, ' ', false)}\n${control.length.toString(8).padStart(7, '0')}`],
  ['gdb x/8xb', xxd((n) => `0x7ffe${n.toString(16).padStart(8, '0')}:\t0x`, '\t0x', false)],
  ['gdb x/4xw', words(8, (n) => `0x7ffe${n.toString(16).padStart(8, '0')} <control+${n}>:\t0x`, '\t0x')],
  ['gdb x/2xg', words(16, (n) => `0x7ffe${n.toString(16).padStart(8, '0')}:\t0x`, '\t0x')],
  ['hexdump', `${words(4, (n) => `${n.toString(16).padStart(7, '0')} `, ' ')}\n${control.length.toString(16).padStart(7, '0')}`],
  ['od -x', `${words(4, (n) => `${n.toString(8).padStart(7, '0')} `, ' ')}\n${control.length.toString(8).padStart(7, '0')}`],
  ['strace', '[{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3</etc/passwd>, 255]}, '
    + '{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=1234, uid=1000, gid=100}}]'],
  ['strace, all in numbers', '[{cmsg_len=0x18, cmsg_level=0x1, cmsg_type=0x1, cmsg_data="\\x03\\x00\\x00\\x00\\xff\\x00\\x00\\x00"}, '
    + '{cmsg_len=28, cmsg_level=1, cmsg_type=2 /* SCM_??? */, cmsg_data={pid=1234, uid=1000, gid=100}}]'],
]

describe('cmsg explain --check', () => {
  const check = (...args: string[]): number | null => cmsg(['explain', '--check', '--target', 'x86_64-linux-gnu', ...args]).status

  it('reports a malformed buffer by its exit status', () => {
    expect(check('1c00000000000000 01000000 02000000 d2040000 e8030000 64000000 00000000')).toBe(0)
    expect(check('0800000000000000 01000000 01000000 07000000 00000000')).toBe(1)
    expect(check('--json', '0800000000000000 01000000 01000000 07000000 00000000')).toBe(1)
    expect(cmsg(['explain', '--target', 'x86_64-linux-gnu', '0800000000000000 01000000 01000000 07000000 00000000']).status).toBe(0)
  })
})

describe('cmsg explain', () => {
  it.each(notations)('reads %s', (_, text) => {
    expect(output(['explain', host, text])).toBe(expected)
  })

  it('reads lines that a dump omits, and numbers in the byte order of the target', () => {
    const zeros = Buffer.concat([Buffer.from(encodeControl([rights([7])], { abi: abis['s390x-linux-gnu'] })), Buffer.alloc(40)])
    const of = (text: string): string => output(['explain', '--target=s390x-linux-gnu', text])
    const all = of(zeros.toString('hex'))
    expect(all).toContain('SCM_RIGHTS')
    const dump = [
      '00000000  00 00 00 00 00 00 00 14  00 00 00 01 00 00 00 01  |................|',
      '00000010  00 00 00 07 00 00 00 00  00 00 00 00 00 00 00 00  |................|',
      '00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|',
      '*',
      '00000040',
    ]
    expect(of(dump.join('\n'))).toBe(all)
    expect(of('0x100:\t0x0000000000000014\t0x0000000100000001\n0x110:\t0x0000000700000000')).toBe(of(zeros.subarray(0, 24).toString('hex')))
  })

  it('reads a file, of text or of bytes, and bytes on standard input', () => {
    const [text, bytes] = [join(tempDir(), 'text'), join(tempDir(), 'bytes')]
    writeFileSync(text, hex)
    writeFileSync(bytes, control)
    expect(output(['explain', host, '--file', text])).toBe(expected)
    expect(output(['explain', host, '--file', bytes])).toBe(expected)
    expect(output(['explain', host, '-'], { input: control })).toBe(expected)
    expect(output(['explain', host], { input: hex })).toBe(expected)
    // Bytes that would pass for text.
    expect(output(['explain', host, '--format', 'raw'], { input: '31323334' }))
      .toBe(`${explainControl(Buffer.from('31323334')).trimEnd()}\n`)
  })

  it('reads bytes of another target', () => {
    const abi = abis['s390x-linux-gnu']
    const foreign = Buffer.from(encodeControl([credentials({ pid: 1234, uid: 1000, gid: 100 })], { abi }))
    expect(output(['explain', '--target', 's390x', foreign.toString('hex')])).toBe(`${explainControl(foreign, { abi }).trimEnd()}\n`)
  })

  it('prints values and their offsets as JSON', () => {
    expect(JSON.parse(output(['explain', host, '--json', '--family', 'unix', hex]))).toEqual({
      target: 'x86_64-linux-gnu', family: 'unix', length: control.length, hex, control: [
        { offset: 0, kind: 'rights', level: 1, type: 1, data: '03000000ff000000', value: [3, 255] },
        { offset: 24, kind: 'credentials', level: 1, type: 2, data: 'd2040000e803000064000000', value: { pid: 1234, uid: 1000, gid: 100 } },
      ],
    })
  })

  it('explains malformed bytes and succeeds', () => {
    const { status, stdout } = cmsg(['explain', host, 'ff'.repeat(20)])
    expect({ status, stdout }).toEqual({
      status: 0, stdout: `${explainControl(Buffer.alloc(20, 0xff), { abi: abis['x86_64-linux-gnu'] }).trimEnd()}\n`,
    })
    expect(stdout).toContain('!!')
  })

  it.each([
    ['recvmsg(3, {msg_name=NULL, msg_control=', 'recvmsg(3)'],
    ['[pid  1234] sendmsg(5<UNIX:[1->2]>, {msg_name=NULL, msg_control=', 'pid 1234 sendmsg(5)'],
    ['1234  12:00:01.5 recvmmsg(4, [{msg_hdr={msg_name=NULL, msg_control=', 'pid 1234 recvmmsg(4)'],
    ['[pid 7] <... recvmsg resumed>{msg_name=NULL, msg_control=', 'pid 7 recvmsg'],
  ])('names the call of a trace: %s', (before, call) => {
    const line = `${before}[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}], msg_controllen=24}, 0) = 2`
    const control = encodeControl([rights([7])], { abi: abis['x86_64-linux-gnu'] })
    expect(output(['explain', host], { input: line }))
      .toBe(`${call}: ${explainControl(control, { abi: abis['x86_64-linux-gnu'] }).trimEnd()}\n`)
    expect(JSON.parse(output(['explain', host, '--json'], { input: line }))).toMatchObject({ call, length: 24 })
  })

  const call = (control: string, said: number, fd = 3): string =>
    `sendmsg(${fd}, {msg_control=${control}, msg_controllen=${said}}, 0) = -1 EINVAL (Invalid argument)\n`
  const one = (length: number | string, data = ', cmsg_data=[1, 0]', type = 'SCM_RIGHTS'): string =>
    `{cmsg_len=${length}, cmsg_level=SOL_SOCKET, cmsg_type=${type}${data}}`
  const good = call(`[${one(20, ', cmsg_data=[7]')}]`, 24, 9)

  it.each([
    ['2^30', 1073741844, ', cmsg_data=[1, 0]', 'SCM_RIGHTS'],
    ['2^32, whose lower half would fit', 4294967316, ', cmsg_data=[1, 0]', 'SCM_RIGHTS'],
    ['2^64 - 1', '18446744073709551615', ', cmsg_data="\\1\\0\\0\\0"', '0x4d'],
    ['2^40 without data', 2 ** 40, '', '0x4d'],
  ])('explains a cmsg_len of %s as the mistake that it is, and the calls around it', (_, length, data, type) => {
    const { status, stdout } = cmsg(['explain', host], { input: good + call(`[${one(length, data, type)}]`, 24) + good })
    expect(stdout).toMatch(new RegExp(`cmsg_len ${length} is more than the 24 bytes that are left`))
    expect(stdout.match(/^sendmsg\(9\): /gm)).toHaveLength(2)
    expect(stdout).toContain('24 bytes of control messages')
    expect(status).toBe(0)
  })

  it('explains a broken message after a good one', () => {
    const { stdout } = cmsg(['explain', host], { input: call(`[${one(20, ', cmsg_data=[7]')}, ${one(1000)}]`, 48) })
    expect(stdout).toMatch(/fd\[0\] +7 /)
    expect(stdout).toMatch(/24 +cmsg_len +1000 +impossible/)
    expect(stdout).toMatch(/cmsg_len 1000 is more than the 24 bytes that are left/)
  })

  it.each([
    ['a name that nobody knows', call(`[${one('SOMETHING')}]`, 24), /SOMETHING is not among the constants/],
    ['a value that is not a number', call(`[${one('{a=1}')}]`, 24), /cannot read what strace printed as a number/],
    ['a shift of many bits', call(`[${one('1<<999999999999')}]`, 24), /cannot read what strace printed/],
    ['a length without a buffer', `[${one(2 ** 40)}]\n`, /1099511627776.* is longer than any control buffer/],
    ['a buffer without room', call(`[${one(20)}]`, 8), /msg_controllen 8 .*no room/],
    ['deep brackets', call(`[${one(20, `, cmsg_data=${'['.repeat(100_000)}`)}]`, 24), /nested too deeply/],
    ['deep braces', call(`[${one(20, `, cmsg_data=${'{a='.repeat(100_000)}`)}]`, 24), /nested too deeply/],
    ['deep calls', call(`[${one(20, `, cmsg_data=${'f('.repeat(100_000)}`)}]`, 24), /nested too deeply/],
    ['a long chain', call(`[${one(20, `, cmsg_data=1${' => 1'.repeat(100_000)}`)}]`, 24), /nested too deeply/],
  ])('reports a call with %s, and explains the others', (_, bad, message) => {
    const { status, stdout, stderr } = cmsg(['explain', host], { input: good + bad + good })
    expect(stdout.match(/^sendmsg\(9\): /gm)).toHaveLength(2)
    expect(stderr).toMatch(oneLine(message))
    expect(stderr).toMatch(bad.startsWith('[') ? /^cmsg explain: / : /^cmsg explain: sendmsg\(3\): /)
    expect(status).toBe(1)
    expect(cmsg(['explain', host], { input: bad })).toMatchObject(failure(2, message))
  })

  it('reports the bytes that strace did not print', () => {
    const control = '[{cmsg_len=20, cmsg_level=SOL_IPV6, cmsg_type=0x34}]'
    const input = `recvmsg(3, {msg_name={sa_family=AF_INET6}, msg_control=${control}, msg_controllen=24}, 0) = 2`
    const { status, stdout, stderr } = cmsg(['explain', host], { input })
    expect(status).toBe(0)
    expect(stdout).toContain('IPV6_HOPLIMIT')
    expect(stderr).toMatch(oneLine(/no data for level 41, type 52.*zeros/))
  })

  it.each([
    [['explain', 'zzz'], '', /cannot recognize "zzz"/],
    [['explain'], '', /nothing to explain/],
    [['explain', '--format', 'hex', 'abc'], '', /3 hex digits/],
    [['explain', '--format', 'hex', 'xyz'], '', /not hex/],
    [['explain', '--format', 'base64', '*'], '', /not base64/],
    [['explain', '{1, 2, 300}'], '', /"300" is not a byte/],
    [['explain', '--format', 'morse', '00'], '', /morse/],
    [['explain', '--family', 'unx', '00'], '', /no family unx/],
    [['explain', '--file', '/etc/passwd', '00'], '', /not both/],
    [['explain'], 'recvmsg(3, {msg_control=0x7ffc506048d0, msg_controllen=20}, 0) = -1 EAGAIN', /only their address/],
    [['explain'], 'recvmsg(3, {msg_controllen=0}, 0) = 2', /no control messages/],
    [['explain'], 'recvmsg(3, 0x7ffd5c, 0) = -1 EAGAIN (Resource temporarily unavailable)', /no control messages/],
    [['explain'], '2\n+++ exited with 0 +++', /no call that has control messages.*sendmmsg/],
    [['explain'], '2\n[pid  9] +++ killed by SIGSEGV (core dumped) +++', /no call that has control messages/],
    [['explain'], "strace: Can't stat 'program': No such file or directory", /no call that has control messages/],
    [['explain'], '[{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=1, ...}}]', /cut the output short/],
    [['explain'], '[{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=1, ', /cannot read what strace printed/],
  ])('%j of %j is refused in one line', (args, input, message) => {
    expect(cmsg(args, { input })).toMatchObject(failure(2, message))
  })

  it('fails in one line when a file cannot be read', () => {
    expect(cmsg(['explain', '--file', '/etc'])).toMatchObject(failure(1, /\/etc: EISDIR/))
    expect(cmsg(['explain', '--file', '/nonexistent/file'])).toMatchObject(failure(1, /\/nonexistent\/file: ENOENT/))
  })

  it.each(['', '-'])('waits for a writer that is slow, also on a pipe that is non-blocking: explain %s', async (argument) => {
    const program = spawn(command[0]!, [...command.slice(1), 'explain', host, ...argument === '' ? [] : [argument]])
    const text = (stream: Readable): Promise<string> => stream.setEncoding('utf8').reduce((all: string, part: string) => all + part, '')
    const [stdout, stderr] = [text(program.stdout), text(program.stderr)]
    await new Promise((resolve) => setTimeout(resolve, 500))
    program.stdin.end(hex)
    expect([await stdout, await stderr]).toEqual([expected, ''])
    expect(shell(`(sleep 0.5; echo 00) | $CMSG explain ${argument}`)).toMatchObject({ status: 0, stderr: '' })
    // A program that has the same end of the pipe leaves it non-blocking.
    const before = `${process.execPath} -e 'process.stdin; process.kill(process.pid, "SIGKILL")'`
    expect(shell(`(sleep 0.5; echo 00) | { ${before} 2>/dev/null; $CMSG explain ${argument}; }`)).toMatchObject({ status: 0 })
  })

  it('reads the output of strace amid any output of its program', () => {
    const control = '[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}]'
    const call = `recvmsg(3, {msg_control=${control}, msg_controllen=24}, 0) = 2`
    expect(output(['explain', host], { input: `größer\x01\n${call}\n+++ exited with 0 +++\n` })).toContain('SCM_RIGHTS')
  })

  it('counts one byte', () => {
    expect(output(['explain', host, '00'])).toBe(
      '1 byte of control messages, 64-bit little-endian\n\n  0  trailing  00\n'
      + '  !! 0: 1 byte, too few for a header of 16: the kernel sees no control message here\n')
    expect(cmsg(['explain', '--format', 'hex', '0'])).toMatchObject(failure(2, /1 hex digit: expected two for each byte/))
  })

  it('ends quietly when its output pipe is closed', () => {
    expect(shell(`$CMSG explain ${hex} | true; $CMSG types | head -n 1`)).toMatchObject({ status: 0, stderr: '' })
  })
})

// Of a Unix socket, and of UDP with everything strace has a notation of its own for.
const receiver = `
import socket
x, y = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
y.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
y.setsockopt(socket.SOL_SOCKET, 29, 1) # SO_TIMESTAMP
socket.send_fds(x, [b'hello'], [0, 1, 2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
for option in (8, 13, 12, 20): s.setsockopt(socket.SOL_IP, option, 1) # IP_PKTINFO, IP_RECVTOS, IP_RECVTTL, IP_RECVORIGDSTADDR
s.setsockopt(socket.SOL_SOCKET, 35, 1) # SO_TIMESTAMPNS
s.sendto(b'hello', s.getsockname())
e = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
e.setsockopt(socket.SOL_IP, 11, 1) # IP_RECVERR
e.connect(('127.0.0.1', 9))
e.send(b'x')
import select
select.select([], [], [e], 5)
for s, flags in ((y, 0), (s, 0), (e, socket.MSG_ERRQUEUE)):
    print(*('%d:%d:%s' % (level, type, data.hex()) for level, type, data in s.recvmsg(100, 1000, flags)[1]))
`

withPeer(['strace', 'python3'], 'cmsg explain and strace', () => {
  it('agree on the messages that a program received', async () => {
    const trace = join(tempDir(), 'trace')
    const lines =
      await start(['strace', '-o', trace, '-e', 'trace=recvmsg', '-e', 'abbrev=none', '-s', '4096', 'python3', '-c', receiver]).output()
    const families = ['unix', 'inet', 'inet'] as const
    const received = lines.map((line, i) => explainControl(encodeControl(line.split(' ').map((one) => {
      const [level, type, data] = one.split(':')
      return rawControl(Number(level), Number(type), Buffer.from(data!, 'hex'))
    })), { family: families[i]! }).trimEnd())
    expect(received).toHaveLength(3)
    // The first line names no family: a socket of a pair has no address.
    const { status, stdout, stderr } = cmsg(['explain', '--family', 'unix', '--file', trace])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const calls = readFileSync(trace, 'utf8').match(/^recvmsg\(\d+/gm)!
    expect(stdout).toBe(`${received.map((text, i) => `${calls[i]!}): ${text}`).join('\n\n')}\n`)
    for (const name of ['SCM_RIGHTS', 'SCM_CREDENTIALS', 'IP_PKTINFO', 'IP_RECVERR', 'ECONNREFUSED']) expect(stdout).toContain(name)
    // And strace says so too: the pid that we read is the one it printed.
    expect(/pid +(\d+)/.exec(stdout)?.[1]).toBe(/cmsg_data=\{pid=(\d+)/.exec(readFileSync(trace, 'utf8'))?.[1])
  })
})
