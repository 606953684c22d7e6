/**
 * A file to send about, and who has it open.
 * @module
 */
import { closeSync, openSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDescriptors } from '../support/fds.ts'
import { tempDir } from '../support/processes.ts'

/** What a descriptor refers to: `socket:[1234]`, `/tmp/file`. */
export const referenceOf = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`)

/** A file that nothing else has open, so that every descriptor of it, but one, has been received. */
export class TestFile implements Disposable {
  readonly fd: number
  readonly path: string

  constructor(content = 'content') {
    this.path = join(tempDir(), 'file')
    writeFileSync(this.path, content)
    this.fd = openSync(this.path, 'r')
  }

  /** The descriptors of it in this process, but for the one it was opened with. */
  get copies(): number[] {
    return [...openDescriptors()].filter(([fd, what]) => what === this.path && fd !== this.fd).map(([fd]) => fd)
  }

  /** The same descriptor, so many times. */
  times(count: number): number[] {
    return Array<number>(count).fill(this.fd)
  }

  [Symbol.dispose](): void {
    closeSync(this.fd)
  }
}

/** How many pidfds this process has open. */
export const pidfds = (): number => [...openDescriptors().values()].filter((what) => what.includes('pidfd')).length
