/**
 * Files to send about, each known by its reference, so that a descriptor that arrives can be told to be the one sent.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { closeSync, constants as fs, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants } from '../../../generated/constants.ts'
import * as libc from '../../../src/libc.ts'

const { AF_UNIX, SOCK_DGRAM } = constants

/** Calls that today's `cmsg/libc` has not got. */
const newer = libc as unknown as {
  memfd_create?(name: string, flags?: number): number
  pipe2?(flags?: number): readonly [number, number]
}

/** The kinds of file that can be sent. Those that cannot block are closed in another way than the sockets. */
export type FileKind = 'file' | 'fifo' | 'socket' | 'memfd' | 'pipe'
export const fileKinds: readonly FileKind[] = [
  'file', 'fifo', 'socket',
  ...(typeof newer.memfd_create === 'function' ? ['memfd' as const] : []),
  ...(typeof newer.pipe2 === 'function' ? ['pipe' as const] : []),
]

/** An open descriptor and what it refers to: `/tmp/x/file7`, `socket:[1234]`. */
export interface Source {
  readonly fd: number
  readonly reference: string
}

/** Files on disk: more than a message carries, and then they are used again. */
const poolSize = 64

/** The folder of this process, with the files in it; removed at exit. */
export const folder: string = mkdtempSync(join(tmpdir(), 'cmsg-model-'))
process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })
const named = (kind: string, i: number): string => join(folder, `${kind}${i}`)
for (let i = 0; i < poolSize; i++) writeFileSync(named('file', i), `content ${i}`)
execFileSync('mkfifo', Array.from({ length: poolSize }, (_, i) => named('fifo', i)))

let next = 0

/** Open another file of a kind. The caller closes it. */
export function openSource(kind: FileKind): Source {
  const i = next++ % poolSize
  if (kind === 'file') return at(openSync(named('file', i), 'r'), named('file', i))
  // Opened for both, a FIFO waits for nobody.
  if (kind === 'fifo') return at(openSync(named('fifo', i), fs.O_RDWR | fs.O_NONBLOCK), named('fifo', i))
  if (kind === 'socket') return at(libc.socket(AF_UNIX, SOCK_DGRAM))
  if (kind === 'memfd') return at(newer.memfd_create!(`model${next}`))
  const [read, write] = newer.pipe2!()
  closeSync(write)
  return at(read)
}

const at = (fd: number, reference: string = referenceOf(fd)): Source => ({ fd, reference })

/** What a descriptor refers to. */
export const referenceOf = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`)

/** Every open descriptor of this process with what it refers to. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      open.set(Number(name), referenceOf(Number(name)))
    } catch {
      // The one that readdir had open itself.
    }
  }
  return open
}
