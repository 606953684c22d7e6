/**
 * Races: attacks on a victim whose system calls strace delays or fails, so that what a peer does in between happens often.
 * @module
 */
import type { Attack } from '../peers/attack.ts'
import { attacks as peerAttacks } from '../peers/attacks.ts'

/** A command line: `calls` as strace injects into them, `recvmsg,recvmmsg:delay_enter=3000` (µs). */
const strace = (...injections: string[]): string[] => {
  const calls = [...new Set(injections.flatMap((injection) => injection.split(':')[0]!.split(',')))]
  return [
    'strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${calls.join(',')}`,
    ...injections.flatMap((injection) => ['-e', `inject=${injection}`]),
  ]
}

const receives = 'recvmsg,recvmmsg'
const sends = 'sendmsg,sendmmsg'

/** An attack of the hostile peers, with delays. */
function delayed(name: string, how: string, ...injections: string[]): Attack {
  const attack = peerAttacks.find((attack) => attack.name === name)
  if (attack === undefined) throw new Error(`There is no attack with the name ${name}`)
  return { ...attack, name: `${name}, ${how}`, under: strace(...injections) }
}

const empties = (how: 'own' | 'adopted', connections: number, ...injections: string[]): Attack => ({
  name: `empty packets and the end, ${how} sockets, ${injections.length === 0 ? 'no delay' : injections.join(', ')}`,
  rules: '11', victim: 'empties', blocks: true, once: true,
  args: (scale) => [connections * scale, how],
  ...(injections.length === 0 ? {} : { under: strace(...injections) }),
  peers: (scale, { path }) => [['empties', path!, connections * scale, Math.floor(Math.random() * 2 ** 31)]],
  *check({ saw }, scale) {
    const { wrong, first } = saw
    if (wrong !== 0) {
      yield `${String(wrong)} of ${connections * scale} connections were wrong, the first: ${String(first)} trailing packets `
        + '(connection, as sent: as received)'
    }
  },
})

/** Every read of a message comes 3 ms late: time to close between a poll and the read. */
const late = `${receives}:delay_enter=3000`

export const races: readonly Attack[] = [
  empties('own', 300),
  empties('adopted', 300),
  empties('own', 120, late),
  empties('adopted', 120, late),
  empties('adopted', 120, `${receives}:delay_exit=3000`),
  // The ICMP error of one send comes before the next: in the middle of what the loop does.
  delayed('300 clients of a udp server vanish, error queue by receive, not read', 'sends return late', `${sends}:delay_exit=500`),
  delayed('300 clients of a udp server vanish, error queue by receive, read', 'receives begin late', `${receives}:delay_enter=500`),
  // Connections that are gone before they are accepted, and accepts that say so.
  // No longer than this, since a turn of the loop may accept 2,048 of them.
  delayed('stream peers connect and vanish', 'accepts begin late', 'accept4:delay_enter=500'),
  delayed('seqpacket peers connect and vanish', 'every third accept fails', 'accept4:error=ECONNABORTED:when=1+3'),
  delayed('the server of a connected client is restarted', 'connects begin late', 'connect:delay_enter=3000', `${sends}:delay_exit=1000`),
  // A message that somebody else has read, and interrupted calls.
  delayed('odd names', 'every second receive finds nothing', `${receives}:error=EAGAIN:when=1+2`),
  // The Worker of the thread strategy waits in epoll_wait.
  delayed('odd names', 'two thousand waits are interrupted', 'epoll_wait:error=EINTR:when=1..2000'),
  delayed('iterators that are given up', 'receives begin late', late),
]
