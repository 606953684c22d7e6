/**
 * What an operation costs does not depend on how much else is waiting. CPU time is compared with that of an eighth as much: an eighth
 * of the time if all is well, a sixty-fourth if each operation looks at all that waits.
 */
import { expect, it } from 'vitest'
import { constants, MessageSocket } from '../../src/index.ts'
import { close, recvmsg, socketpair } from '../../src/libc.ts'
import { Transmitter } from '../../src/socket/sending/transmit.ts'
import { Target } from '../../src/socket/target.ts'
import { aliases, fill, outcome, path } from './helpers.ts'

const { AF_UNIX, SOCK_STREAM } = constants
const factor = 8
/** Between linear and quadratic, with a margin for a busy machine. */
const maxFactor = 3 * factor

const cpuTime = (run: () => void): number => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/**
 * Compares what `measure` returns for `count` and for `factor * count`. The first, shortest run warms up. A garbage collection or a busy
 * machine can only make a run longer, so the best of three comparisons counts.
 */
async function expectLinear(count: number, measure: (count: number) => Promise<number>): Promise<void> {
  await measure(count)
  const factors: number[] = []
  while (factors.length < 3 && !(Math.min(...factors) < maxFactor)) {
    const small = Math.max(await measure(count), await measure(count))
    factors.push(Math.min(await measure(factor * count), await measure(factor * count)) / small)
  }
  expect(Math.min(...factors)).toBeLessThan(maxFactor)
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
  await expectLinear(1000, async (count) => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    fill(a)
    const waiting = Array.from({ length: count }, () => outcome(a.send('x')))
    const flushed: Promise<unknown>[] = []
    const time = cpuTime(() => { for (let i = 0; i < 4 * count; i++) flushed.push(outcome(a.flush())) })
    await a.close()
    expect(new Set(await Promise.all([...waiting, ...flushed]))).toEqual(new Set(['ERR_CMSG_CLOSED']))
    await b.close()
    return time
  })
})

it('aborting receives that wait', async () => {
  await expectLinear(8000, async (count) => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const controller = new AbortController()
    const { signal } = controller
    const waiting = Array.from({ length: count }, () => outcome(a.receive({ signal })))
    const time = cpuTime(() => { controller.abort(new Error('enough')) })
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([signal.reason]))
    for (const one of [a, b]) await one.close()
    return time
  })
})

it('a stream message of many buffers that is sent in many pieces: each buffer is looked at a few times', () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
  const [count, each] = [50_000, 100]
  let looks = 0
  const list = Array.from({ length: count }, (_, i) => new Uint8Array(each).fill(i))
  const buffers = new Proxy(list, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks++
      return Reflect.get(target, key) as unknown
    },
  })
  const message = { buffers, control: undefined, flags: 0, size: count * each }
  const socket = { family: AF_UNIX, type: SOCK_STREAM, isStream: true, target: new Target() }
  const transmitter = new Transmitter(a, socket, { held: () => 0, onOpening: () => {}, onReport: () => [] })
  const received: Buffer[] = []
  for (let sent = 0; sent < message.size;) {
    const result = transmitter.one(message, sent)
    expect(result).toBeGreaterThan(0)
    sent += result
    for (let left = result; left > 0; left -= received.at(-1)!.length) received.push(Buffer.from(recvmsg(b, { size: left }).data))
  }
  expect(Buffer.concat(received).equals(Buffer.concat(list))).toBe(true)
  expect(received.length).toBeGreaterThan(15)
  expect(looks).toBeLessThan(8 * count)
  for (const fd of [a, b]) close(fd)
})
