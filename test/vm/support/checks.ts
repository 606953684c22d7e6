/**
 * The checks of a family, one after the other, each with a result of its own: a line of JSON that report.ts reads.
 * @module
 */
import { basename } from 'node:path'
import { inspect, isDeepStrictEqual } from 'node:util'
import { endPeers, startPeers } from './peer.ts'

/** Under emulation and on a busy machine a check takes seconds; one that never ends is a fault. */
const limit = 60_000

const say = (line: object): void => { process.stdout.write(`${JSON.stringify(line)}\n`) }

/** Run the checks of this program's family. */
export async function run(checks: Readonly<Record<string, () => Promise<void>>>): Promise<never> {
  const family = basename(process.argv[1]!, '.mjs')
  let stray: ((error: unknown) => void) | undefined
  process.on('uncaughtException', (error) => stray?.(error))
  say({ family, checks: Object.keys(checks) })
  await startPeers(family)
  for (const [check, body] of Object.entries(checks)) {
    const started = performance.now()
    const failure = await new Promise<unknown>((resolve) => {
      const timer = setTimeout(() => { resolve(new Error(`It was not over after ${limit / 1000} s`)) }, limit)
      stray = resolve
      body().then(() => { resolve(undefined) }, resolve).finally(() => { clearTimeout(timer) })
    })
    endPeers()
    const ms = Math.round(performance.now() - started)
    say({ family, check, ms, ...(failure === undefined ? {} : { failure: described(failure) }) })
  }
  process.exit(0)
}

const described = (error: unknown): string =>
  (error instanceof Error ? (error.stack ?? String(error)) : inspect(error)).split('\n').slice(0, 4).join('\n')

/** Both are equal: their parts, the bytes of buffers. */
export function equal(actual: unknown, expected: unknown): void {
  const [got, wanted] = [actual, expected].map(plain)
  const show = (value: unknown): string => inspect(value, { depth: 5, breakLength: Infinity })
  if (!isDeepStrictEqual(got, wanted)) throw new Error(`expected ${show(wanted)}, got ${show(got)}`)
}

/** Bytes as text, so that they can be read in a failure. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (Array.isArray(value)) return value.map(plain)
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
    : value
}

export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}
