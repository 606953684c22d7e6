/**
 * Faults: no descriptors left, peers that are killed, files that are removed, small buffers, calls that fail. Each is
 * told, nothing hangs, and the socket works on.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript, type Running } from '../support/processes.ts'

const program = typescript('test/processes/faults.program.ts')
const result = async (running: Running): Promise<unknown> => JSON.parse((await running.output()).at(-1)!) as unknown

/** What happens, by scenario of faults.program.ts. */
const scenarios: Record<string, unknown> = {
  'open': { failed: ['socket EMFILE', 'socket EMFILE', 'socket EMFILE', 'socketpair EMFILE', 'socketpair EMFILE'], leaked: [] },
  'accept': { first: 'it worked', failed: ['accept4 EMFILE', 'accept4 EMFILE'], spins: false, received: 'it still waited' },
  'the first wait': {
    failed: [expect.stringMatching(/ EMFILE$/), expect.stringMatching(/ EMFILE$/), expect.stringMatching(/ EMFILE$/)], leaked: [],
    received: ['one', 'two'],
  },
  'a waiting send': { outcomes: ['it worked', 'it worked'], inOrder: true },
  'descriptors of a waiting send': { failed: expect.stringMatching(/ EMFILE$/), after: 'it worked', received: 'with a descriptor' },
  'received descriptors': { data: 'three descriptors', truncated: true, descriptors: 1 },
  'the socket file is removed': { results: ['sendmsg ENOENT', 'sendmsg ENOENT', 'it worked'], received: 'connected' },
  'the socket file is replaced': { result: 'it worked', received: 'to whoever is there' },
  'the server is restarted': { results: ['sendmsg ENOENT', 'sendmsg ENOENT'], received: 'to its successor' },
  'small buffers': {
    datagram: { bytes: 100_000, named: true, large: 'sendmsg EMSGSIZE' },
    seqpacket: { bytes: 100_000, named: true, large: 'sendmsg EMSGSIZE' },
    stream: { bytes: 100_000, named: true, large: 'it worked' },
  },
  'a small buffer of UDP': { some: true, inOrder: true, after: 'afterwards' },
}

describe.each(['handle', 'thread'])('waiting by %s', (CMSG_READINESS) => {
  it.each(Object.entries(scenarios))('%s', async (scenario, expected) => {
    // A limit that Node cannot raise again.
    const limited = ['sh', '-c', 'ulimit -n 128 && exec "$@"', 'sh', ...program]
    expect(await result(start([...limited, tempDir(), scenario], { CMSG_READINESS }))).toEqual(expected)
  })

  it('a peer that is killed', async () => {
    const directory = tempDir()
    const victim = start([...program, directory, 'victim'], { CMSG_READINESS })
    await victim.line('ready')
    const survivor = start([...program, directory, 'survivor'], { CMSG_READINESS })
    await survivor.line('waiting')
    victim.kill('SIGKILL')
    expect(await result(survivor)).toEqual({
      stream: 'sendmsg EPIPE', seqpacket: expect.stringMatching(/^sendmsg (EPIPE|ECONNRESET)$/), datagram: 'sendmsg ECONNREFUSED',
      receive: expect.stringMatching(/^(undefined|recvmsg ECONNRESET)$/), packet: 'a packet',
      rest: expect.stringMatching(/^(undefined|recvmsg ECONNRESET)$/), cutOff: true,
    })
  })

  withPeer('strace', 'calls that the kernel refuses', () => {
    /** Have every `when`th call fail. */
    const failing = (scenario: string, calls: string, fault: string): Promise<unknown> =>
      result(start(
        ['strace', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:${fault}`, ...program, tempDir(), scenario],
        { CMSG_READINESS },
      ))

    it.each(['ENOBUFS', 'ENOMEM'])('sending: %s', async (error) => {
      expect(await failing('conversation', 'sendmsg', `error=${error}:when=2`)).toEqual({
        results: ['it worked, it worked', `sendmsg ${error}, nothing`, 'it worked, it worked'], left: [],
      })
    })

    it.each(['ENOBUFS', 'ENOMEM'])('receiving: %s', async (error) => {
      expect(await failing('conversation', 'recvmsg,recvmmsg', `error=${error}:when=2`)).toEqual({
        results: ['it worked, it worked', `it worked, recvmsg ${error}`, 'it worked, it worked'], left: ['2'],
      })
    })

    it('interrupted calls are repeated', async () => {
      expect(await failing('conversation', 'sendmsg,recvmsg,recvmmsg', 'error=EINTR:when=1+2')).toEqual({
        results: ['it worked, it worked', 'it worked, it worked', 'it worked, it worked'], left: [],
      })
    })

    it('a connection that is closed before it is accepted', async () => {
      expect(await failing('connections', 'accept4', 'error=ECONNABORTED:when=1')).toEqual({ received: 'connected' })
    })

    it('a wakeup whose message another reader has taken', async () => {
      expect(await failing('conversation', 'recvmsg,recvmmsg', 'error=EAGAIN:when=1..2')).toEqual({
        results: ['it worked, it worked', 'it worked, it worked', 'it worked, it worked'], left: [],
      })
    })
  })
})
