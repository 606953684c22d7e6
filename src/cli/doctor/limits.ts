/**
 * Measures the limits of the system for `cmsg doctor`.
 * @module
 */
import { readFileSync } from 'node:fs'
import { constants } from '../../abi/constants.ts'
import { CMSG_SPACE } from '../../abi/cmsg.ts'
import { intSize } from '../../abi/scalars.ts'
import { credentials } from '../../control/kinds/socket.ts'
import { attempt, count } from '../../errors.ts'
import { MessageSocket } from '../../socket/message-socket.ts'
import type { Finding } from './finding.ts'

const { SCM_MAX_FD } = constants

export async function measureLimits(): Promise<Finding[]> {
  const found: Finding[] = []
  const limit = (name: string, value: string | number | undefined, meaning: string, low?: number, advice?: string): void => {
    const few = low !== undefined && Number(value) < low
    found.push({
      name, outcome: value === undefined ? 'missing' : few ? 'accepted' : 'works',
      detail: value === undefined ? 'cannot be read' : `${value}: ${meaning}`, advice: few ? advice : undefined,
    })
  }
  const sysctl = (name: string): number | undefined =>
    attempt(() => Number(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'latin1')))

  const files = Number(/^Max open files\s+(\d+)/m.exec(attempt(() => readFileSync('/proc/self/limits', 'latin1')) ?? '')?.[1] ?? NaN)
  limit(
    'RLIMIT_NOFILE', Number.isNaN(files) ? undefined : files, 'maximum number of open descriptors, and of descriptors in queued messages',
    1024, 'raise it with `ulimit -n`, or LimitNOFILE= of the unit',
  )

  const queue = await fillQueue()
  limit(
    'net.unix.max_dgram_qlen', sysctl('net.unix.max_dgram_qlen'),
    `a bound datagram socket took ${count(queue, 'message')} before its senders had to wait`, 64,
    'for bursts, `sysctl net.unix.max_dgram_qlen=512`; it applies to sockets created afterwards. '
      + 'seqpacket sockets and socket pairs have no such limit',
  )
  const [send, sendMax] = [sysctl('net.core.wmem_default'), sysctl('net.core.wmem_max')]
  limit(
    'net.core.wmem_default', send, 'bytes that a socket may have in flight; a Unix datagram must be smaller', 65536,
    'larger messages need SO_SNDBUF',
  )
  limit(
    'net.core.wmem_max', sendMax, 'bytes that SO_SNDBUF can be set to', send ?? 0,
    'it is less than the default: `sysctl net.core.wmem_max`',
  )
  limit('net.core.rmem_max', sysctl('net.core.rmem_max'), 'bytes that SO_RCVBUF can be set to, for UDP')
  const room = CMSG_SPACE(SCM_MAX_FD * intSize) + CMSG_SPACE(credentials.minSize)
  limit(
    'net.core.optmem_max', sysctl('net.core.optmem_max'),
    `maximum bytes of control messages per message; ${SCM_MAX_FD} descriptors and credentials take ${room}`, room,
    '`sysctl net.core.optmem_max=20480` allows them',
  )
  return found
}

/** Counts the messages that a bound datagram socket queues while it is not read. */
async function fillQueue(): Promise<number> {
  const to = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
  const from = MessageSocket.open({ family: 'unix', type: 'datagram' })
  try {
    let sent = 0
    while (from.sendNow('x', { to: to.address }) !== undefined) sent++
    return sent
  } finally {
    await Promise.all([from.close(), to.close()])
  }
}
