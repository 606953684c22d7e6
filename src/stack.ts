/**
 * Stack traces that begin at the line of the program that called, and not where this package makes its errors.
 * @module
 */

/** Frames of this package above the caller, at most. */
const maxOwn = 16

/** What `Error` has beside the standard. */
interface Tracing {
  stackTraceLimit?: number
  captureStackTrace?(target: object): void
}
const tracing = Error as unknown as Tracing

/**
 * Has the next error capture no frames, which would be formatted when its `stack` is replaced. Returns the limit for {@link fromCaller};
 * `undefined` where this cannot be done: Error is frozen, or another engine of JavaScript.
 */
export function withoutFrames(): number | undefined {
  const { stackTraceLimit: limit, captureStackTrace } = tracing
  if (captureStackTrace === undefined || typeof limit !== 'number' || limit === 0) return undefined
  try {
    tracing.stackTraceLimit = 0
    return limit
  } catch {
    return undefined
  }
}

/**
 * Gives an error, made after {@link withoutFrames}, a `stack` that leaves out the frames of this package at its top. They are looked at
 * when `stack` is read for the first time: most errors are matched on their code and forgotten.
 */
export function fromCaller<E extends Error>(error: E, limit: number | undefined): E {
  if (limit === undefined) return error
  const trace: { stack?: string } = {}
  tracing.stackTraceLimit = limit + maxOwn
  tracing.captureStackTrace!(trace)
  tracing.stackTraceLimit = limit
  let stack: string | undefined
  Object.defineProperty(error, 'stack', {
    configurable: true, enumerable: false,
    get: () => (stack ??= `${error.name}: ${error.message}\n${callersFrames(trace.stack ?? '', limit)}`),
    set: (value: string) => { stack = value },
  })
  return error
}

/** Of the event loop's own calls there is no caller: then all frames are of use. */
function callersFrames(stack: string, limit: number): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  // Array.map and its like have no file.
  const first = frames.findIndex((line) => !isOwn(line) && !/[( ](<anonymous>|native)\)?$/.test(line))
  const hasCaller = first >= 0 && !/\(?node:/.test(frames[first]!)
  return (hasCaller ? frames.slice(first) : frames).slice(0, limit).join('\n')
}

let roots: readonly string[] | undefined
const isOwn = (frame: string): boolean => (roots ??= findRoots()).some((root) => frame.includes(root))

/** The folders of this package. None where a bundler has made it a part of the program: its frames look like the program's. */
function findRoots(): readonly string[] {
  try {
    const root = new URL('..', import.meta.url)
    const { readFileSync } = process.getBuiltinModule('node:fs')
    const { name } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { name?: unknown }
    return name === 'cmsg' ? [`${decodeURI(root.pathname)}dist/`, `${decodeURI(root.pathname)}src/`, `${root.pathname}dist/`, `${root.pathname}src/`] : []
  } catch {
    return []
  }
}
