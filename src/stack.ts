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

/** Removes this package's frames from the top. A call by the event loop has no caller: then all frames stay. */
function callersFrames(stack: string, limit: number): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  // Frames of built-in functions, such as Array.map, have no file.
  const first = frames.findIndex((line) => !isOwn(line) && !/[( ](<anonymous>|native)\)?$/.test(line))
  const hasCaller = first >= 0 && !/node:/.test(frames[first]!)
  return frames.slice(hasCaller ? first : 0).slice(0, limit).join('\n')
}

/** The path of this package's folder, as it stands in frames. Empty where a bundler made it part of the program: its frames look the same. */
let root: string | undefined
const isOwn = (frame: string): boolean => (root ??= findRoot()) !== '' && /^(dist|src)\//.test(frame.split(root)[1] ?? '')

function findRoot(): string {
  try {
    const folder = new URL('..', import.meta.url)
    const { readFileSync } = process.getBuiltinModule('fs')
    return (JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { name?: unknown }).name === 'cmsg' ? folder.pathname : ''
  } catch {
    return ''
  }
}
