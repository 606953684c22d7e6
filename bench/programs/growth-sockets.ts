/**
 * Time a message while ever more sockets are awaited: a message to one after the other, each waited for; and a message to
 * each of them at once.
 */
import { cpuTime, printPoint } from './growth-point.ts'
import { Lines } from './lines.ts'

const messages = 10_000

async function measure(sockets: number, print: (series: string, ns: number) => void): Promise<void> {
  const lines = new Lines(sockets)
  for (const [series, run] of [
    ['one after the other', (n: number) => lines.oneByOne(n)],
    ['all at once', (n: number) => lines.allAtOnce(n)],
  ] as const) {
    await run(messages / 2)
    const start = cpuTime()
    await run(messages)
    print(series, (cpuTime() - start) / messages)
  }
  await lines.close()
}

await measure(10, () => { /* for the compiler */ })
for (const sockets of [1, 10, 100, 1000]) await measure(sockets, (series, ns) => printPoint(series, sockets, ns))
