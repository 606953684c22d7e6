/**
 * What is tried for `cmsg doctor`: what everything needs, what we may do, and how far it goes.
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { constants } from '../abi/constants.ts'
import { CMSG_SPACE } from '../abi/cmsg.ts'
import type { AnyControlMessage, ControlItem } from '../control/define.ts'
import { credentials } from '../control/socket.ts'
import { dispose } from '../dispose.ts'
import { attempt, SystemError } from '../errors.ts'
import { recvmmsg, sendmmsg } from '../libc/messages.ts'
import { getsockopt, setsockopt } from '../libc/options.ts'
import { close, socket, socketpair } from '../libc/sockets.ts'
import { engine, engineInUse } from '../native/engine.ts'
import { strategy } from '../readiness/strategy.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import type { SocketType } from '../socket/options/options.ts'
import { peerCredentials, peerGroups, peerPidfd, peerSecurity } from '../socket/peer/peer.ts'
import { Pidfd, pidfd } from '../identity/pidfd.ts'
import { rights } from '../descriptors/rights.ts'
import type { AnyMessage } from './message.ts'

const { AF_UNIX, AF_PACKET, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET, SO_RCVBUFFORCE, SO_RCVBUF, SCM_MAX_FD } = constants

/** How a trial went: it works; it was taken but had nothing to show; this system has not got it; we may not. */
export type Outcome = 'works' | 'accepted' | 'missing' | 'refused' | 'failed'

export interface Finding {
  readonly name: string
  readonly outcome: Outcome
  readonly detail: string
  /** What it means, and what to do about it. */
  readonly advice?: string | undefined
}

// ── What everything needs ───────────────────────────────────────────────────────────────────────────────────────────

export const patience = 2000 // ms: longer than any of it takes on a machine that is busy

async function trial(name: string, body: () => string | Promise<string>, advice?: string): Promise<Finding> {
  try {
    return { name, outcome: 'works', detail: await body() }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const missing = code === 'ERR_CMSG_UNSUPPORTED' || code === 'ENOPROTOOPT' || code === 'EOPNOTSUPP' || code === 'ENOTSUP'
    return { name, outcome: missing && advice !== undefined ? 'missing' : 'failed', detail: message, advice }
  }
}

export async function tryEssentials(): Promise<Finding[]> {
  const libc = await trial('calls into libc', () => `through ${engineInUse.name} (${engineInUse.reason}), ${engine().musl ? 'musl' : 'glibc'}`)
  if (libc.outcome !== 'works') return [libc]
  const found = [libc]
  for (const type of ['datagram', 'seqpacket', 'stream'] as const) {
    found.push(await trial(`credentials, ${type}`, () => sent(type, [credentials], (message) => {
      const who = message.get(credentials)
      if (who?.pid !== process.pid) throw new Error(`the sender is pid ${who?.pid}, and should be ${process.pid}`)
      return 'the sender is known'
    })))
  }
  found.push(await trial('descriptors', () => sent('datagram', [rights], (message) => {
    if (message.get(rights)?.length !== 1) throw new Error('none arrived')
    return 'passed and received'
  }, [rights([0])])))
  found.push(await trial('pidfds', () => sent('datagram', [pidfd], (message) => {
    const process = message.get(pidfd)
    if (!(process instanceof Pidfd)) throw process ?? new Error('none arrived')
    return 'the sender cannot be mistaken for another'
  }), 'the pid in credentials still says who sent it, as long as that process lives; pidfds need Linux 6.5'))
  found.push(await trial('many messages in one call', tryBatches))
  found.push(await trial('the event loop', tryWaiting))
  const [a, b] = MessageSocket.pair({ type: 'stream' })
  const peers: readonly (readonly [string, () => unknown, string])[] = [
    ['the peer of a connection: pid', () => peerCredentials(a), ''],
    ['the peer of a connection: pidfd', () => peerPidfd(a)?.close(), 'needs Linux 6.5'],
    ['the peer of a connection: groups', () => peerGroups(a), 'needs Linux 4.13'],
    ['the peer of a connection: label', () => peerSecurity(a) ?? noLabel, 'no security module labels processes here: SELinux, AppArmor and Smack do'],
  ]
  for (const [name, ask, advice] of peers) {
    const finding = await trial(name, () => { const answer = ask(); return answer === noLabel ? 'there are none' : 'known' }, advice)
    found.push(finding.detail === 'there are none' ? { ...finding, outcome: 'missing', advice } : finding)
  }
  await Promise.all([a.close(), b.close()])
  return found
}
const noLabel = Symbol('no label')


/** A message from one end of a pair to the other. */
async function sent(type: SocketType, receive: readonly AnyControlMessage[], look: (message: AnyMessage) => string, control: readonly ControlItem[] = []): Promise<string> {
  const [a, b] = MessageSocket.pair<AnyControlMessage>({ type, receive })
  try {
    await a.send('x', { control })
    using message = await b.receive({ signal: AbortSignal.timeout(patience) })
    if (message === undefined) throw new Error('the connection ended')
    return look(message)
  } finally {
    await Promise.all([a.close(), b.close()])
  }
}

function tryBatches(): string {
  const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
  try {
    const messages = Array.from({ length: 4 }, (_, i) => ({ buffers: [Uint8Array.of(i)] }))
    const count = sendmmsg(a, messages)
    const received = recvmmsg(b, { count: messages.length, size: 1, controlSize: 0 }, constants.MSG_DONTWAIT)
    if (count !== messages.length || received.length !== messages.length) throw new Error(`${count} of ${messages.length} were sent, ${received.length} received`)
    return 'sendmmsg and recvmmsg'
  } finally {
    close(a)
    close(b)
  }
}

async function tryWaiting(): Promise<string> {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const times: number[] = []
  try {
    for (let i = 0; i < 20; i++) {
      const received = b.receive({ signal: AbortSignal.timeout(patience) })
      received.catch(() => {}) // awaited below, but it may fail before
      await new Promise((resolve) => setImmediate(resolve)) // it waits by now
      const start = performance.now()
      await a.send('x')
      ;(await received)?.[dispose]()
      times.push(performance.now() - start)
    }
  } finally {
    await Promise.all([a.close(), b.close()])
  }
  const median = times.sort((x, y) => x - y)[times.length >> 1]!
  const how = { handle: 'by libuv, without a thread', thread: 'by a thread' }[strategy() ?? 'handle']
  return `woken ${how}, within ${median < 1 ? `${Math.round(median * 1000)} µs` : `${median.toFixed(1)} ms`}`
}

// ── Privileges ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function tryPrivileges(): Finding[] {
  const { pid } = process
  const [uid, gid] = [process.getuid!(), process.getgid!()]
  const other = pid === 1 ? process.ppid : 1
  return [
    privilege('state the pid of another process', 'CAP_SYS_ADMIN', () => state({ pid: other, uid, gid })),
    privilege('state the uid of another user', 'CAP_SETUID', () => state({ pid, uid: uid + 1, gid })),
    privilege('state a group we are not in', 'CAP_SETGID', () => state({ pid, uid, gid: gid + 1 })),
    privilege('buffers beyond net.core.rmem_max', 'CAP_NET_ADMIN', () => withSocket((fd) => { setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, getsockopt(fd, SOL_SOCKET, SO_RCVBUF)) })),
    privilege('packet sockets', 'CAP_NET_RAW', () => { close(socket(AF_PACKET, SOCK_RAW)) }),
    privilege('see which program a sender of another user runs', 'CAP_SYS_PTRACE', () => { readlinkSync(`/proc/${other}/exe`) }),
  ]

  function state(who: { pid: number; uid: number; gid: number }): void {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    try {
      a.sendNow('x', { control: [credentials(who)] })
    } finally {
      void a.close()
      void b.close()
    }
  }
}

function withSocket(body: (fd: number) => void): void {
  const fd = socket(AF_UNIX, SOCK_DGRAM)
  try {
    body(fd)
  } finally {
    close(fd)
  }
}

function privilege(name: string, capability: string, body: () => void): Finding {
  try {
    body()
    return { name, outcome: 'works', detail: 'we may' }
  } catch (error) {
    const code = error instanceof SystemError ? error.code : (error as NodeJS.ErrnoException).code ?? ''
    const unmapped = code === 'EINVAL' ? 'it does not exist in this user namespace' : undefined
    return { name, outcome: 'refused', detail: unmapped ?? code, advice: `needs ${capability}: few programs do` }
  }
}

// ── Limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export async function measureLimits(): Promise<Finding[]> {
  const found: Finding[] = []
  const limit = (name: string, value: string | number | undefined, meaning: string, low?: number, advice?: string): void => {
    const few = low !== undefined && Number(value) < low
    found.push({ name, outcome: value === undefined ? 'missing' : few ? 'accepted' : 'works', detail: value === undefined ? 'cannot be read' : `${value}: ${meaning}`, advice: few ? advice : undefined })
  }
  const sysctl = (name: string): number | undefined => attempt(() => Number(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'latin1')))

  const files = Number(/^Max open files\s+(\d+)/m.exec(attempt(() => readFileSync('/proc/self/limits', 'latin1')) ?? '')?.[1] ?? NaN)
  limit('RLIMIT_NOFILE', Number.isNaN(files) ? undefined : files, 'descriptors we may have open, and as many may be under way in messages', 1024, 'raise it with `ulimit -n`, or LimitNOFILE= of the unit')

  const queue = await fillQueue()
  limit('net.unix.max_dgram_qlen', sysctl('net.unix.max_dgram_qlen'), `a bound datagram socket took ${queue} messages before its senders had to wait`, 64,
    'for bursts, `sysctl net.unix.max_dgram_qlen=512`; it holds for sockets made afterwards. seqpacket sockets and socket pairs have no such limit')
  const [send, sendMost] = [sysctl('net.core.wmem_default'), sysctl('net.core.wmem_max')]
  limit('net.core.wmem_default', send, 'bytes a socket may have under way; a Unix datagram is smaller than this', 65536, 'larger messages need SO_SNDBUF')
  limit('net.core.wmem_max', sendMost, 'bytes that SO_SNDBUF can be set to', send ?? 0, 'it is less than the default: `sysctl net.core.wmem_max`')
  limit('net.core.rmem_max', sysctl('net.core.rmem_max'), 'bytes that SO_RCVBUF can be set to, for UDP')
  const room = CMSG_SPACE(SCM_MAX_FD * Int32Array.BYTES_PER_ELEMENT) + CMSG_SPACE(credentials.minSize)
  limit('net.core.optmem_max', sysctl('net.core.optmem_max'), `bytes of control messages one message may carry; the most descriptors and credentials take ${room}`, room, '`sysctl net.core.optmem_max=20480` lets them through')
  return found
}

/** How many messages a bound datagram socket takes while nobody reads. */
async function fillQueue(): Promise<number> {
  const to = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
  const from = MessageSocket.open({ family: 'unix', type: 'datagram' })
  try {
    let count = 0
    while (from.sendNow('x', { to: to.address }) !== undefined) count++
    return count
  } finally {
    await Promise.all([from.close(), to.close()])
  }
}
