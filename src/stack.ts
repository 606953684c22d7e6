/**
 * Makes stack traces begin at the calling line of the program, instead of where this package creates its errors.
 * @module
 */

/** Maximum number of frames of this package above the caller. */
const maxOwn = 16

/** Non-standard properties of `Error`. */
interface Tracing {
  stackTraceLimit?: number
  captureStackTrace?(target: object): void
}
const tracing = Error as unknown as Tracing

/**
 * Makes the next error capture no frames, since they would be formatted when its `stack` is replaced. Returns the limit for
 * {@link fromCaller}, or `undefined` if this is impossible: Error is frozen, or the JavaScript engine is not V8.
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
 * Gives an error that was created after {@link withoutFrames} a `stack` without the frames of this package at its top. Computes it when
 * `stack` is first read, since most programs only check the code of an error.
 */
export function fromCaller<E extends Error>(error: E, limit: number | undefined): E {
  if (limit === undefined) return error
  // The program may format traces itself, from the error that it is passed.
  const trace = Object.create(error) as { readonly stack?: unknown }
  tracing.stackTraceLimit = limit + maxOwn
  tracing.captureStackTrace!(trace)
  tracing.stackTraceLimit = limit
  let stack: unknown
  Object.defineProperty(error, 'stack', {
    configurable: true, enumerable: false,
    get: () => (stack ??= shortened(trace.stack, error, limit)),
    set: (value: unknown) => { stack = value },
  })
  return error
}

/** Creates an error whose stack trace begins at the caller. */
export function createTraced<E extends Error>(make: () => E): E {
  const limit = withoutFrames()
  return fromCaller(make(), limit)
}

/**
 * Removes this package's frames from the top, and those of Node between them and the caller. All frames stay if the event loop called
 * the package, since there is no caller. The result of an `Error.prepareStackTrace` that formats frames differently stays as it is.
 */
function shortened(stack: unknown, { name, message }: Error, limit: number): unknown {
  if (typeof stack !== 'string') return stack
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  if (frames.length === 0) return stack
  // Frames of built-in functions, such as Array.map, have no file.
  const caller = frames.findIndex((line) => !isOwn(line) && !/[( ](<anonymous>|native)\)?$|node:/.test(line))
  return [`${name}: ${message}`, ...frames.slice(Math.max(caller, 0)).slice(0, limit)].join('\n')
}

/** The path of this package's folder as it appears in frames. Empty in a bundle, where frames of the program look the same. */
let root: string | undefined

function isOwn(frame: string): boolean {
  root ??= findRoot()
  return root !== undefined && root !== '' && /^(dist|src)\//.test(frame.split(root)[1] ?? '')
}

/** Returns `undefined` if no descriptor is left to find out with. */
function findRoot(): string | undefined {
  try {
    const folder = new URL('..', import.meta.url)
    const { readFileSync } = process.getBuiltinModule('fs')
    return (JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { name?: unknown }).name === 'cmsg' ? folder.pathname : ''
  } catch (error) {
    return /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? '') ? undefined : ''
  }
}
