/**
 * Senders that have to wait, because their receiver is asleep: they cost nothing meanwhile, and nothing is lost.
 * @module
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start, tempDir, typescript, type Running } from '../support/processes.ts'
import { atRest, shares } from './proc.ts'

const COUNT = 10_000
const ways = ['one by one', 'all at once', 'sendMany']

describe.each(['handle', 'thread'])('waiting by %s', (CMSG_READINESS) => {
  it('three senders of 10,000 messages each wait for their receiver', async () => {
    const path = join(tempDir(), 'socket')
    const run = (...args: string[]): Running => start([...typescript('test/processes/blocked.program.ts'), ...args], { CMSG_READINESS })
    const receiver = run('receiver', path, String(ways.length * COUNT))
    await receiver.line('ready')
    receiver.kill('SIGSTOP')
    const senders = ways.map((how) => run('sender', path, String(COUNT), how))
    for (const sender of senders) await sender.line('sending')
    for (const sender of senders) await atRest(sender.pid)

    // Of a CPU, at its least: a collection of garbage is chance, and does not come again. Who spins goes on.
    const least = senders.map(() => Infinity)
    for (let look = 0; look < 5 && least.some((share) => share >= 0.02); look++) {
      for (const [i, share] of (await shares(senders.map(({ pid }) => pid), 2000)).entries()) least[i] = Math.min(least[i]!, share)
    }
    for (const share of least) expect(share).toBeLessThan(0.02)

    receiver.kill('SIGCONT')
    const lines = await receiver.output()
    for (const sender of senders) expect(await sender.output()).toEqual(['sending', 'sent'])
    expect(JSON.parse(lines.at(-1)!)).toEqual({ next: Object.fromEntries(senders.map(({ pid }) => [pid, COUNT])), wrong: 0 })
  })
})
