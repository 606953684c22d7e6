/**
 * A thousand sockets in a process, and ten thousand one after the other.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { start, tempDir, typescript, type Running } from '../support/processes.ts'

const KIB = 1024
const MIB = KIB * KIB

describe.each(['handle', 'thread'])('waiting by %s', (CMSG_READINESS) => {
  const run = (...args: string[]): Running => {
    const [node, ...program] = typescript('test/processes/many.program.ts')
    // Later versions of Node let the young generation grow to more than the limits below.
    return start([node!, '--expose-gc', '--max-semi-space-size=16', ...program, ...args], { CMSG_READINESS })
  }

  it('a thousand sockets answer four processes', async () => {
    const directory = tempDir()
    await using server = run('server', directory, '1000')
    const { sockets, bytesEach, heapEach } = JSON.parse(await server.line(/^{/)) as Record<string, number>
    const clients = [1, 2, 3, 4].map(() => run('client', directory, '1000'))
    for (const client of clients) expect(await client.output()).toEqual(['1000'])

    console.log(`${sockets} idle sockets: ${(bytesEach! / KIB).toFixed(1)} KiB each, ${(heapEach! / KIB).toFixed(1)} of it on the heap`)
    expect(bytesEach).toBeLessThan(32 * KIB)
  })

  it.each([
    ['bind', 10_000], ['pair', 10_000], ['accept', 10_000], ['a waiting send', 3000], ['the only socket', 25],
  ] as const)('%s, %i times, leaves nothing behind', async (how, times) => {
    const [line] = await run('cycles', tempDir(), String(times), how).output()
    const { descriptors, rss, heap, buffers } = JSON.parse(line!) as Record<string, number>
    expect(descriptors).toBeLessThanOrEqual(0) // a loader of TypeScript may have closed its own
    expect(buffers).toBeLessThan(MIB)
    expect(heap).toBeLessThan(2 * MIB) // 200 bytes a time
    expect(rss).toBeLessThan(60 * MIB) // what the allocator keeps for later
  })
})
