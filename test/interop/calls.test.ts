/**
 * What a message costs in system calls, once messages come and go: one to receive it, one to send it, and the event loop's
 * own wait. Nothing is asked about, nothing registered anew.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

const messages = 100
/** Whatever has to do with sockets, or with waiting for them. Not `read`: Node's own threads wake the loop by an eventfd, now and then. */
const watched = [
  'sendmsg', 'sendmmsg', 'sendto', 'recvmsg', 'recvmmsg', 'recvfrom', 'poll', 'ppoll', 'epoll_ctl', 'getsockopt', 'setsockopt',
  'getsockname', 'getpeername', 'ioctl', 'fcntl', 'shutdown',
]

withPeer('strace', 'a message that is awaited, and its answer', () => {
  it.for(['datagram', 'seqpacket', 'stream'])('%s: take one call each', async (type) => {
    const output = join(tempDir(), 'trace')
    const [node, ...rest] = typescript('test/interop/calls.program.ts')
    await start(['strace', '-f', '-o', output, '-e', `trace=${watched.join(',')}`, node!, ...rest, type, String(messages)],
      { CMSG_READINESS: 'handle' }).output()

    const lines = readFileSync(output, 'utf8').split('\n').map((line) =>
      /^(\d+) +(\w+)\((.*)/.exec(line)?.slice(1) as [string, string, string] | undefined)
    const marks = lines.flatMap((line, i) => (line?.[1] === 'shutdown' && line[2].startsWith('2147483647') ? [i] : []))
    expect(marks).toHaveLength(2)
    const [thread] = lines[marks[0]!]!
    const counts: Record<string, number> = {}
    for (const line of lines.slice(marks[0]! + 1, marks[1])) {
      // Other threads are Node's, and compile.
      if (line?.[0] === thread) counts[line[1]] = (counts[line[1]] ?? 0) + 1
    }
    // The peer is in the same process: a sendmsg and a recvmsg a message are its.
    const { recvmsg = 0, recvmmsg = 0, ...others } = counts
    expect(others).toEqual({ sendmsg: 2 * messages })
    expect(recvmsg + recvmmsg).toBe(2 * messages)
  })
})
