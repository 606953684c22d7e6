/**
 * A thousand sockets in a process, and ten thousand one after the other.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { start, tempDir, typescript, type Running } from '../support/processes.ts'

const KIB = 1024
const MIB = KIB * KIB

type Growth = Record<'rss' | 'heap' | 'buffers', number>

/**
 * The growth that every window has. V8 and the allocator take 16 MiB and more in one or two of the windows and keep them; now and
 * then V8 gives back some of the heap in one.
 */
function settled(windows: Growth[]): Growth {
  const sorted = (of: keyof Growth): number[] => windows.map((window) => window[of]).sort((a, b) => a - b)
  return { rss: sorted('rss')[0]!, heap: sorted('heap')[1]!, buffers: sorted('buffers')[1]! }
}

describe.each(['handle', 'thread'])('waiting by %s', (CMSG_READINESS) => {
  const run = (...args: string[]): Running => {
    const [node, ...program] = typescript('test/processes/many.program.ts')
    // Later versions of Node let the young generation grow to more than the limits below.
    return start([node!, '--expose-gc', '--max-semi-space-size=16', ...program, ...args], { CMSG_READINESS })
  }

  it('a thousand sockets answer four processes', async () => {
    const directory = tempDir()
    await using server = run('server', directory, '1000')
    const { sockets, grown } = JSON.parse(await server.line(/^{/)) as { sockets: number, grown: Growth[] }
    const { rss, heap, buffers } = settled(grown)
    const clients = [1, 2, 3, 4].map(() => run('client', directory, '1000'))
    for (const client of clients) expect(await client.output()).toEqual(['1000'])

    console.log(`an idle socket: ${((heap + buffers) / sockets / KIB).toFixed(1)} KiB`)
    expect((heap + buffers) / sockets).toBeLessThan(20 * KIB)
    expect(rss / sockets).toBeLessThan(32 * KIB)
  })

  it.each([
    ['bind', 10_000], ['pair', 10_000], ['accept', 10_000], ['a waiting send', 3000], ['the only socket', 25],
  ] as const)('%s, %i times, leaves nothing behind', async (how, times) => {
    const [line] = await run('cycles', tempDir(), String(times), how).output()
    const { descriptors, grown } = JSON.parse(line!) as { descriptors: number, grown: Growth[] }
    const { rss, heap, buffers } = settled(grown)
    expect(descriptors).toBeLessThanOrEqual(0) // a loader of TypeScript may have closed its own
    expect(buffers).toBeLessThan(MIB / 4) // 100 bytes a time
    expect(heap).toBeLessThan(MIB / 2) // 200 bytes a time
    expect(rss).toBeLessThan(8 * MIB)
  })
})
