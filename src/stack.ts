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
 * Gives an error, that was just made, a `stack` that leaves out the frames of this package at its top. They are looked at
 * when `stack` is read for the first time: most errors are matched on their code and forgotten.
 */
export function fromCaller<E extends Error>(error: E): E {
  const { stackTraceLimit: limit, captureStackTrace } = tracing
  if (captureStackTrace === undefined || typeof limit !== 'number' || limit === 0) return error
  const trace: { stack?: string } = {}
  try {
    tracing.stackTraceLimit = limit + maxOwn
    captureStackTrace(trace)
    tracing.stackTraceLimit = limit
  } catch {
    // Error is frozen.
    return error
  }
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
