/**
 * Loads ffi-rs while avoiding the costs and dangers of loading it directly.
 * @module
 */
import { readFileSync } from 'node:fs'
import { constants as os } from 'node:os'
import { constants } from '../../generated/constants.ts'
import { attempt } from '../errors.ts'

/** The path of a CommonJS bundle, which has no `import.meta.url`. As a global of `node -e` and of a Worker's code it is '[eval]'. */
declare const __filename: string

/** The location of ffi-rs, and a `require` that loads it. */
export interface Found {
  readonly require: NodeJS.Require
  readonly path: string
}

/**
 * Finds ffi-rs beside this file, or beside the bundle that contains this file. Bundlers do not follow this `require`: they
 * recognize only `createRequire` imported by name, and `require` itself.
 *
 * webpack replaces `import.meta.url` with the URL of this file on the machine where the bundle was built, and assumes that
 * `__filename` exists, even in an ES module. The program's own file is the last resort.
 * @throws Error `MODULE_NOT_FOUND`
 */
export function findFfiRs(): Found {
  const { createRequire } = process.getBuiltinModule('node:module')
  const places = [attempt(() => __filename), import.meta.url, process.argv[1]]
  let failure: unknown
  for (const place of places) {
    if (place === undefined || !/^(\/|file:)/.test(place)) continue
    try {
      const require = createRequire(place)
      return { require, path: require.resolve('ffi-rs') }
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

/**
 * Loads ffi-rs without letting it create a diagnostic report, which takes longer than everything else and looks up the addresses
 * of open sockets. ffi-rs needs only the line that says that the C library is not musl, and gets just that.
 */
export function withoutReport<T>(load: () => T): T {
  const { report } = process
  const header = reportHeader()
  const getReport = report?.getReport
  if (header === undefined || typeof getReport !== 'function' || !Reflect.set(report, 'getReport', () => ({ header }))) return load()
  try {
    return load()
  } finally {
    report.getReport = getReport
  }
}

/** The report's line about the C library of this process; `undefined` if it cannot be determined. */
function reportHeader(): { glibcVersionRuntime?: string } | undefined {
  const maps = mappedFiles()
  if (isMusl(maps)) return {}
  return /\/libc(\.so\.6|-2\.\d+\.so)$/m.test(maps) ? { glibcVersionRuntime: '2' } : undefined
}

/** True if the C library of this process is musl, judging by its mapped files. */
export const isMusl = (maps = mappedFiles()): boolean => /\/(ld-musl-|libc\.musl-)/.test(maps)

function mappedFiles(): string {
  try {
    return readFileSync('/proc/self/maps', 'latin1')
  } catch {
    return '' // /proc is missing or unreadable.
  }
}

/**
 * Loads ffi-rs so that it is never unmapped: otherwise the end of a Worker that alone loaded it unmaps code that is still in use.
 * This holds from the start, because a Worker may be terminated at any moment.
 */
export function keptMapped<T>(load: () => T): T {
  const { dlopen } = process
  process.dlopen = (module: object, path: string, flags: number = os.dlopen.RTLD_LAZY) =>
    dlopen.call(process, module, path, flags | constants.RTLD_NODELETE)
  try {
    return load()
  } finally {
    process.dlopen = dlopen
  }
}

/** The path of ffi-rs's binary in this process; `undefined` if it cannot be determined. */
export const mappedAt = (): string | undefined => /\s(\/.*ffi-rs\.[^/\s]*\.node)$/m.exec(mappedFiles())?.[1]
