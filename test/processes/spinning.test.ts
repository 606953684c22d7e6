/**
 * A peer that has gone leaves no loop behind. The kernel reports a hangup, an error and the end of a stream for ever:
 * who goes on watching such a socket takes a whole CPU for nothing.
 * @module
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start, tempDir, typescript } from '../support/processes.ts'

interface Case {
  readonly what: string
  /** Of a CPU. */
  readonly share: number
  readonly result: string
}

/** Of a CPU. Nothing happens, so all of it is chance; a loop takes all, or on a busy machine a part. */
const LIMIT = 0.08

describe.concurrent.each(['handle', 'thread'])('waiting by %s', (CMSG_READINESS) => {
  // Where only one socket is watched it is woken without being told for what.
  describe.each(['alone', 'among'])('%s', (company) => {
    it('does not spin', async () => {
      const program = start([...typescript('test/processes/spinning.program.ts'), company, join(tempDir(), 'socket')], { CMSG_READINESS })
      const cases = (await program.output()).map((line) => JSON.parse(line) as Case)
      expect(cases).toHaveLength(8 * 5 * 5 + 2 * 4)
      expect(cases.filter(({ share }) => share > LIMIT)).toEqual([])

      const of = (what: RegExp): string[] => [...new Set(cases.filter((each) => what.test(each.what)).map(({ result }) => result))]
      expect(of(/(seqpacket|stream|tcp).*: the peer (closes|shuts).*awaiting (a receive|an iteration)/), 'the end of a connection')
        .toEqual(['undefined'])
      expect(of(/(seqpacket|stream|tcp).*: the peer closes, awaiting a send/).sort(), 'a send to nobody').toEqual(['ECONNRESET', 'EPIPE'])
      expect(of(/unix datagram.*: the peer closes, awaiting a send/), 'a send to nobody').toEqual(['ECONNREFUSED'])
      expect(of(/: it shuts down, awaiting (a receive|an iteration)/), 'a socket that is shut down').toEqual(['undefined'])
    })
  })
})
