/**
 * The attacks: each victim with its peers, and what must be true afterwards.
 * @module
 */
import { constants as osConstants } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import type { Attack, Result } from './attack.ts'

const MIB = 1024 * 1024
/** Limits of the thread and of a socket, as the contract has them. */
const limits = { helpers: 256, socketBytes: 64 * MIB, destinationMessages: 1024, readAhead: 1024 }
/** Descriptors of Node itself and of the few sockets of a victim. */
const ownDescriptors = 60

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 200
    ? `${text.slice(0, 200)}… (${Array.isArray(value) ? `${value.length} of them` : `${text.length} characters`})`
    : text
}

const same = (what: string, got: unknown, expected: unknown): string | false =>
  !isDeepStrictEqual(got, expected) && `${what}: ${shown(got)} instead of ${shown(expected)}`

/** Refusals that are none of `allowed`. */
function unexpected(what: string, counts: unknown, ...allowed: string[]): string | false {
  const others = Object.entries(counts as Record<string, number>).filter(([code]) => !allowed.includes(code))
  return others.length > 0 && `${what}: ${others.map(([code, count]) => `${count} times ${code}`).join(', ')}`
}

const bounded = (what: string, value: unknown, max: number): string | false =>
  !(typeof value === 'number' && value <= max) && `${what}: ${String(value)}, more than ${max}`

/** Clients that disappear before the reply: the error queue has their ports, the loop and other clients nothing of it. */
const vanishing = (family: 'udp' | 'udp6', how: 'receive' | 'setOption', read: boolean): Attack => ({
  name: `300 clients of a ${family} server vanish, error queue by ${how}, ${read ? 'read' : 'not read'}`,
  rules: '3',
  victim: 'udp',
  args: () => [family, how, read ? 'read' : 'ignore'],
  healthy: [family, 'port'],
  peers: (scale, { port }) => [['vanish', family, port!, 300 * scale]],
  *check({ saw, peers: [peer] }) {
    const { gone, lost } = peer as { gone: number[]; lost: number }
    yield lost > 0 && `${lost} of the peer's own requests had no reply`
    yield unexpected('replies that failed', saw.refused)
    yield same('reports by port', saw.reports, read ? gone : gone.slice(-64))
    yield same('reports dropped', (saw.counters as { droppedReports: number } | undefined)?.droppedReports, read ? 0 : gone.length - 64)
  },
})

const silence = (
  name: string, clients: number, each: number, request: string, more: (result: Result, scale: number) => Iterable<string | false>,
): Attack => ({
  name, rules: '13', victim: 'datagrams', healthy: ['datagram', 'path'],
  args: () => ['force'],
  peers: (scale, { path }) => [['silent', path!, clients, each * scale, request]],
  *check(result, scale) {
    const { saw, usage } = result
    // In the end the clients are gone, and what waits for them is refused; where there was no helper left, a timer tells
    // of it within a second, and the server may be closed before.
    yield unexpected('replies that failed', saw.refused, 'ERR_CMSG_BACKLOG', 'ECONNREFUSED', 'ERR_CMSG_CLOSED')
    yield bounded('helper descriptors', usage.descriptors, limits.helpers + ownDescriptors)
    yield bounded('bytes that wait', saw.maxBuffered, limits.socketBytes)
    yield bounded('MiB of memory', usage.mib, 512)
    yield Number(saw.messages) < clients * each * scale && `only ${String(saw.messages)} requests were read`
    yield* more(result, scale)
  },
})

const flood = (descriptors: number, how: 'one' | 'many'): Attack => ({
  name: `four peers send 253 descriptors a message, read ${how === 'one' ? 'one by one' : 'many at a time'}, limit ${descriptors}`,
  rules: '8', victim: 'flood', descriptors, once: true,
  args: (scale) => [253, how, 40 * scale],
  peers: (scale, { path }) => Array.from({ length: 4 }, () => ['descriptors', path!, 40 * scale, 253]),
  *check({ saw, usage }, scale) {
    yield same('messages', saw.messages, 160 * scale)
    yield same('messages that lost descriptors', saw.wrong, 0)
    yield same('messages out of order', saw.outOfOrder, 0)
    // One message in hand, what may be read ahead or at a time, and the connections.
    yield bounded(
      'descriptors', usage.descriptors - Number(saw.base), 253 + Math.min(limits.readAhead, descriptors / 8) * (how === 'one' ? 1 : 2) + 20,
    )
    yield bounded('descriptors left', saw.left, 8)
  },
})

const lingering = (how: 'plain' | 'nested'): Attack => ({
  name: `disposes of sockets that linger, ${how}`,
  rules: '12', victim: 'traps', healthy: ['datagram', 'served'],
  peers: (scale, { path }) => [['linger', path!, 2 * scale, 3, how]],
  *check({ saw }, scale) {
    yield same('traps disposed of', saw.disposed, 2 * scale)
  },
})

const connecting = (type: 'stream' | 'seqpacket'): Attack => ({
  name: `${type} peers connect and vanish`,
  rules: '9, 13', victim: 'connections',
  args: () => [type],
  healthy: [type, 'path'],
  peers: (scale, { path }) => [['connections', type, path!, 300 * scale], ['connections', type, path!, 300 * scale]],
  *check({ saw, usage }) {
    yield unexpected('accepts that failed', saw.failed)
    yield unexpected('replies that failed', saw.refused, 'EPIPE', 'ECONNRESET')
    yield same('connections still served', saw.open, 0)
    yield bounded('descriptors', usage.descriptors, ownDescriptors + 100)
  },
})

const stated = (size: number): Attack => ({
  name: `a slow reader of ${size} bytes signed by another user`,
  rules: '20', victim: 'stated', once: true,
  args: (scale) => [size * scale],
  peers: (scale, { path }) => [['slow', path!, size * scale]],
  *check({ peers: [peer] }, scale) {
    yield same('bytes by uid', peer!.signed, { 1000: size * scale })
  },
})

const signals = (name: string, healthy?: readonly [string, string]): Attack => ({
  name, rules: '10', victim: 'signals',
  ...(healthy === undefined ? {} : { healthy }),
  peers: (scale, { pid, path }) => [['signals', pid!, 2500 * scale, osConstants.signals.SIGUSR2, path!]],
  *check({ saw, peers: [peer] }) {
    yield peer!.why !== undefined && `not served after ${String(peer!.sent)} signals: ${String(peer!.why)}`
    yield Number(peer!.sent) > 0 && Number(saw.handled) === 0 && 'no signal was handled'
  },
})

/**
 * These need root. Who else may state another user's credentials, or have a send buffer that holds what hundreds of clients
 * do not read? It is one for all of them: with the usual one the kernel refuses every reply after 277 unread ones.
 */
export const rootAttacks: readonly Attack[] = [
  stated(60_000),
  stated(400_000),
  silence('800 clients ask and never read', 800, 20, 'ping', () => []),
  silence('150 clients ask for 64,000 bytes and never read', 150, 25, 'big 64000', function* ({ saw }) {
    yield !Object.hasOwn(saw.refused as object, 'ERR_CMSG_BACKLOG') && 'no reply was refused with ERR_CMSG_BACKLOG'
  }),
]

export const attacks: readonly Attack[] = [
  vanishing('udp', 'receive', false),
  vanishing('udp', 'setOption', false),
  vanishing('udp6', 'receive', false),
  vanishing('udp', 'receive', true),
  {
    name: 'urgent bytes behind a plain receive, and flags that no event ends',
    rules: '7', victim: 'oob',
    peers: (_, { port }) => [['oob', port!]],
    *check({ saw, peers: [peer] }) {
      yield same('urgent bytes answered', peer!.urgent, 3)
      yield same('urgent bytes', saw.urgent, ['0', '1', '2'])
      yield same('plain data', saw.plain, ['plain', 'plain', 'plain'])
      const refused = saw.refused as Record<string, unknown>
      for (const flag of ['waitAll', 'waitForOne', 'unknown', 'errorQueue', 'errorQueueAtEnd']) {
        yield !/^ERR_CMSG_/.test(String(refused[flag])) && `${flag} was not refused: ${String(refused[flag])}`
      }
    },
  },
  flood(1024, 'one'),
  flood(20_000, 'one'),
  flood(1024, 'many'),
  flood(20_000, 'many'),
  lingering('plain'),
  lingering('nested'),
  silence('one client asks 5,000 times and never reads', 1, 5000, 'ping', function* ({ saw }, scale) {
    const { ERR_CMSG_BACKLOG: refused = 0 } = saw.refused as Record<string, number>
    // The kernel's own queue holds some.
    yield refused < 5000 * scale - limits.destinationMessages - 600 && `${refused} replies were refused`
  }),
  {
    name: '100,000 awaited sends', rules: '13', victim: 'awaited', once: true,
    first: () => ['drain', 8],
    args: (scale, { first }) => [100_000 * scale, first!],
    *check({ saw }, scale) {
      yield same('messages sent', saw.sent, 100_000 * scale)
      yield Number(saw.shots) < 5 && `a timer of 20 ms fired ${String(saw.shots)} times`
    },
  },
  {
    name: 'the server of a connected client is restarted', rules: '13', victim: 'reconnects',
    first: (_, { directory }) => ['restart', `${directory}/server`],
    args: (_, { directory }) => [`${directory}/server`],
    *check({ saw, first }) {
      yield (first!.got as string[]).length < 6 && `its two lives got ${JSON.stringify(first!.got)}`
      yield unexpected('sends that failed', saw.refused, 'ECONNREFUSED', 'ENOENT')
    },
  },
  {
    name: 'messages longer than there is room for', rules: '2', victim: 'cut', once: true,
    peers: (_, { path, port }) => [['cut', path!, port!]],
    *check({ saw }) {
      const told = ['50 50', '1000 100 truncated', '100 100', '101 100 truncated', '0 0', '30000 100 truncated']
      yield same('unix', saw.unix, told)
      yield same('udp', saw.udp, told)
    },
  },
  {
    name: 'options that another holder set', rules: '6', victim: 'adopts', once: true,
    peers: (_, { path }) => [['options', path!]],
    *check({ saw }) {
      const read = saw.read as string[]
      yield same('sockets', read.length, 3)
      // The first message after a change may be cut, and says so.
      for (const line of read) yield !/^first: 253, after 0: (253|\d+ cut), after 1: 253$/.test(line) && `a socket's messages had ${line}`
    },
  },
  {
    name: 'descriptors nobody asked for', rules: '6', victim: 'strangers', once: true,
    args: (scale) => [40 * scale],
    peers: (scale, { path }) => [['stranger', path!, 40 * scale]],
    *check({ saw }, scale) {
      yield same('installed', saw.installed, 0)
      yield same('messages that tell of them', saw.told, 40 * scale)
      yield same('messages with credentials', saw.signed, 40 * scale)
    },
  },
  {
    name: 'empty packets with descriptors', rules: '21', victim: 'zero', blocks: true, once: true,
    peers: (_, { path }) => [['zero', path!]],
    *check({ saw }) {
      yield same('packets', saw.got, [' 1', ' 1', ' 1', 'last 0'])
    },
  },
  {
    name: 'a timestamp request on 300,000 bytes', rules: '20, 21', victim: 'stamps',
    args: () => [300_000],
    peers: (_, { port }) => [['stamps', port!, 300_000]],
    *check({ saw, peers: [peer] }) {
      yield same('bytes', peer!.got, 300_000)
      yield (peer!.reports as unknown[]).length === 0 && 'python had no reports'
      yield same('reports', saw.reports, peer!.reports)
    },
  },
  {
    name: 'iterators that are given up', rules: '15', victim: 'iterators',
    peers: (_, { path, peer }) => [['later', path!, peer!]],
    *check({ saw }) {
      yield same('messages', saw.got, ['after 0', 'done: true', 'after 1', 'after 2'])
    },
  },
  {
    name: 'odd names', rules: '18', victim: 'datagrams', healthy: ['datagram', 'path'],
    peers: (_, { path, directory }) => [['names', path!, directory!]],
    *check({ saw, peers: [peer] }) {
      yield same('names without a reply', peer!.silent, [])
      yield bounded('replies that failed', Object.values(saw.refused as Record<string, number>).reduce((sum, count) => sum + count, 0), 100)
    },
  },
  {
    name: 'three floods of tiny datagrams', rules: '13', victim: 'datagrams', healthy: ['datagram', 'path'],
    peers: (scale, { path }) => ['unbound', 'bound', 'bound'].map((how) => ['tiny', path!, 2 * scale, how]),
    *check({ saw, usage }) {
      yield bounded('bytes that wait', saw.maxBuffered, limits.socketBytes)
      yield bounded('MiB of memory', usage.mib, 512)
    },
  },
  signals('thousands of signals to every thread', ['datagram', 'path']),
  // Nothing but signals comes for a while.
  signals('thousands of signals to every thread of a quiet victim'),
  connecting('stream'),
  connecting('seqpacket'),
  {
    name: 'more connections than descriptors', rules: '9', victim: 'connections', descriptors: 64, healthy: ['stream', 'path'],
    args: () => ['stream'],
    peers: (_, { path }) => [['hold', 'stream', path!, 100, 3], ['connections', 'stream', path!, 5]],
    *check({ saw, usage }) {
      yield !Object.hasOwn(saw.failed as object, 'EMFILE') && 'no accept failed'
      yield unexpected('accepts that failed', saw.failed, 'EMFILE')
      // A start takes one, and a loop that spins all there is.
      yield bounded('seconds of CPU', usage.cpuSeconds, 3)
    },
  },
]
