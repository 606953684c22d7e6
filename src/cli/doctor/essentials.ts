/**
 * Tests for `cmsg doctor` what every program needs: calls into libc, credentials, descriptors, pidfds, waiting.
 * @module
 */
import { constants } from '../../abi/constants.ts'
import type { AnyControlMessage, ControlItem } from '../../control/define.ts'
import { credentials } from '../../control/kinds/socket.ts'
import { rights } from '../../descriptors/rights.ts'
import { dispose } from '../../dispose.ts'
import { Pidfd, pidfd } from '../../identity/pidfd.ts'
import { recvmmsg, sendmmsg } from '../../libc/messages.ts'
import { close, socketpair } from '../../libc/sockets.ts'
import { engine, engineInUse } from '../../native/engine.ts'
import { strategy } from '../../readiness/strategy.ts'
import { MessageSocket } from '../../socket/message-socket.ts'
import type { SocketType } from '../../socket/options/options.ts'
import { peerCredentials, peerGroups, peerPidfd, peerSecurity } from '../../socket/peer/peer.ts'
import type { AnyMessage } from '../message.ts'
import { timeout, type Finding } from './finding.ts'

const { AF_UNIX, SOCK_DGRAM } = constants

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
  const libc =
    await trial('calls into libc', () => `through ${engineInUse.name} (${engineInUse.reason}), ${engine().musl ? 'musl' : 'glibc'}`)
  if (libc.outcome !== 'works') return [libc]
  const waiting = await trial(eventLoop, tryWaiting)
  const found = [libc, waiting, ...(waiting.outcome === 'works' ? await tryMessages() : [])]
  found.push(await trial('many messages in one call', tryBatches))
  const [a, b] = MessageSocket.pair({ type: 'stream' })
  const peers: readonly (readonly [string, () => unknown, string])[] = [
    ['the peer of a connection: pid', () => peerCredentials(a), ''],
    ['the peer of a connection: pidfd', () => peerPidfd(a)?.close(), 'needs Linux 6.5'],
    ['the peer of a connection: groups', () => peerGroups(a), 'needs Linux 4.13'],
    ['the peer of a connection: label', () => peerSecurity(a) ?? noLabel,
      'no security module labels processes here: SELinux, AppArmor and Smack do'],
  ]
  for (const [name, ask, advice] of peers) {
    const finding = await trial(name, () => { const answer = ask(); return answer === noLabel ? 'there are none' : 'known' }, advice)
    found.push(finding.detail === 'there are none' ? { ...finding, outcome: 'missing', advice } : finding)
  }
  await Promise.all([a.close(), b.close()])
  return found
}
const noLabel = Symbol('no label')

const eventLoop = 'the event loop'

/** Returns true if this process can wait for messages. Its runtime or its permissions may prevent it, which says nothing of the kernel. */
export const canWait = (essentials: readonly Finding[]): boolean =>
  essentials.some(({ name, outcome }) => name === eventLoop && outcome === 'works')

/** Tests that wait for a message. */
async function tryMessages(): Promise<Finding[]> {
  const found: Finding[] = []
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
    return 'the sender is identified without doubt'
  }), 'the pid in credentials still identifies the sender as long as that process is alive; pidfds need Linux 6.5'))
  return found
}

/** Sends a message from one end of a pair to the other. */
async function sent(
  type: SocketType, receive: readonly AnyControlMessage[], look: (message: AnyMessage) => string, control: readonly ControlItem[] = [],
): Promise<string> {
  const [a, b] = MessageSocket.pair<AnyControlMessage>({ type, receive })
  try {
    await a.send('x', { control })
    using message = await b.receive({ signal: AbortSignal.timeout(timeout) })
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
    if (count !== messages.length || received.length !== messages.length) {
      throw new Error(`${count} of ${messages.length} were sent, ${received.length} received`)
    }
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
      const received = b.receive({ signal: AbortSignal.timeout(timeout) })
      received.catch(() => {}) // awaited below, but it may fail earlier
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
