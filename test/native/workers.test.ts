/**
 * Workers that load the library: at the same instant, alone, and terminated while they do. ffi-rs has one table of symbols
 * for the whole process and no lock on it, and a thread that alone loaded it unmaps it at its end: without remedies about
 * one round in four below crashes or hangs.
 * @module
 */
import { readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { describe, expect, it } from 'vitest'
import { required } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

/** Rounds in a process each, two at a time, so that there is another load beside each. A hundred take half a minute. */
const ROUNDS = required ? 100 : 25

interface Round { readonly ended: number | string; readonly output: string; readonly left: string[] }

/** In the directories that all threads share; TMPDIR is the third. */
const locks = (): string[] =>
  ['/dev/shm', '/tmp'].flatMap((directory) => readdirSync(directory).filter((name) => name.startsWith('.cmsg-')))

async function round(args: readonly string[], CMSG_FFI: string): Promise<Round> {
  const temporary = tempDir()
  // One that crashed long ago may have had the same number.
  const before = new Set(locks())
  const program = start([process.execPath, '--expose-gc', 'test/native/workers.program.mjs', ...args], { TMPDIR: temporary, CMSG_FFI })
  const ended = await program.exit()
  const left = locks().filter((name) => name.startsWith(`.cmsg-${program.pid}-`) && !before.has(name))
  return { ended, output: program.lines.join('\n') + program.stderr, left: [...left, ...readdirSync(temporary)] }
}

const well: Round = { ended: 0, output: 'done', left: [] }

async function rounds(args: readonly string[], count: number, engine = 'ffi-rs'): Promise<void> {
  let begun = 0
  const wrong: Round[] = []
  const lane = async (): Promise<void> => {
    while (begun++ < count) {
      const result = await round(args, engine)
      if (JSON.stringify(result) !== JSON.stringify(well)) wrong.push(result)
    }
  }
  await Promise.all([lane(), lane()])
  expect(wrong, `of ${count} rounds`).toEqual([])
}

describe('Workers, with ffi-rs', () => {
  it('load at the same instant, four of them, and the main thread afterwards', { timeout: 240_000 }, () => rounds(['together'], ROUNDS))
  it('load at the same instant, four of them, and the main thread before', { timeout: 240_000 }, () =>
    rounds(['together', '--main-first'], ROUNDS))

  // The rounds above fail now and then if two may load at a time. These always do.
  it('load one at a time', () => rounds(['alone-within'], 5))

  // Without the remedy this is a crash every time, so a few are enough.
  it('can end if only one of them has loaded ffi-rs, and another can load it', () => rounds(['alone'], 5))
  it('can be terminated while loading, and the others load at once', () => rounds(['terminated'], 5))
  it('can be terminated at any instant, and the others load', () => rounds(['terminated-anywhere'], 2))
  // Handing ffi-rs a buffer then would abort the process, in more than half of these.
  it('can be terminated while allocating messages', { timeout: 60_000 }, () => rounds(['terminated-at-work'], 6))
  it('reuse their memory, and free it when they are terminated', { timeout: 120_000 }, () => rounds(['memory'], 1))
  // As on musl, and glibc before 2.18.
  it('can be terminated while allocating, if only libstdc++ calls functions at the end of a thread', { timeout: 120_000 },
    () => rounds(['terminated-at-work', '--main-first', '--old-libc'], 6))
})

// It needs no protection: nothing is locked, pinned, or taken from libc.
describe.runIf(isBuiltin('node:ffi'))('Workers, with node:ffi', () => {
  it('load at the same instant, four of them', { timeout: 240_000 }, () => rounds(['together'], ROUNDS, 'node'))
  it('can be terminated at any instant, and the others load', () => rounds(['terminated-anywhere'], 2, 'node'))
  it('can be terminated while allocating messages', { timeout: 60_000 }, () => rounds(['terminated-at-work'], 6, 'node'))
})
