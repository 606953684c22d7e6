/**
 * What an operation costs does not depend on how much else is waiting. CPU time is compared with that of an eighth as much: an eighth
 * of the time if all is well, a sixty-fourth if each operation looks at all that waits.
 */
import { expect, it } from 'vitest'
import { MessageSocket } from '../../src/index.ts'
import { aliases, fill, outcome, path } from './helpers.ts'

const factor = 8
/** Between linear and quadratic, with a margin for a busy machine. */
const maxFactor = 3 * factor

const cpuTime = (run: () => void): number => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Compares what `measure` returns for `count` and for `factor * count`. The first, shortest run warms up. */
async function expectLinear(count: number, measure: (count: number) => Promise<number>): Promise<void> {
  await measure(count)
  const small = Math.max(await measure(count), await measure(count))
  const large = Math.min(await measure(factor * count), await measure(factor * count))
  expect(large / small).toBeLessThan(maxFactor)
}

it.each(['seqpacket', 'stream'] as const)('aborting sends that wait (%s)', async (type) => {
  await expectLinear(2500, async (count) => {
    const [a, b] = MessageSocket.pair({ type })
    fill(a)
    const controller = new AbortController()
    const { signal } = controller
    const waiting = Array.from({ length: count }, () => outcome(a.send('x', { signal })))
    const time = cpuTime(() => { controller.abort(new Error('enough')) })
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([signal.reason]))
    expect(a.bufferedAmount).toBe(0)
    for (const one of [a, b]) await one.close()
    return time
  })
})

it('closing a socket with messages for many destinations', async () => {
  await expectLinear(2000, async (count) => {
    const server = MessageSocket.bind(path(), { type: 'datagram' })
    const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const { path: name } = server.address as { path: string }
    fill(client, { to: name })
    const waiting = aliases(name, count).map((to) => outcome(client.send('x', { to })))
    expect(client.bufferedAmount).toBe(count)
    const time = cpuTime(() => { void client.close() })
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ERR_CMSG_CLOSED']))
    await server.close()
    return time
  })
})

it('flush() while sends wait', async () => {
  await expectLinear(250, async (count) => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    fill(a)
    const waiting = Array.from({ length: count }, () => outcome(a.send('x')))
    const flushed: Promise<unknown>[] = []
    const time = cpuTime(() => { for (let i = 0; i < 16 * count; i++) flushed.push(outcome(a.flush())) })
    await a.close()
    expect(new Set(await Promise.all([...waiting, ...flushed]))).toEqual(new Set(['ERR_CMSG_CLOSED']))
    await b.close()
    return time
  })
})
