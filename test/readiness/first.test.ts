/**
 * A wakeup may be about something else: the trial of the `handle` strategy wakes the event loop while the first operation of a
 * process waits. A watcher that acts on readiness asks for the events first.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { start, typescript } from '../support/processes.ts'

describe.each(['', 'handle', 'thread'])('the first operation of a process, CMSG_READINESS=%s', (CMSG_READINESS) => {
  it.each(['connecting', 'running'])('%s waits until its signal aborts it', async (what) => {
    const lines = await start([...typescript('test/readiness/first.program.ts'), what], { CMSG_READINESS }).output()
    expect(lines).toEqual(['"TimeoutError"'])
  })
})
