/**
 * The file by which a program controls the failing kernel that is preloaded in it. The layout is that of kernel.c.
 * @module
 */
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { functions } from './functions.ts'

const [slotAt, firstAt, timesAt, errorAt, failedAt, argumentsAt, callsAt] = [0, 4, 8, 12, 16, 24, 72] as const
const size = callsAt + 2 * functions.length * Uint32Array.BYTES_PER_ELEMENT

/** On which thread calls are counted. Only the library's own Worker is another than the main one. */
export type Thread = 'main' | 'worker'

/** One failure. */
export interface Failure {
  readonly name: string
  readonly thread: Thread
  /** From which call on, from 1. */
  readonly n: number
  /** How many calls; 0: every one. */
  readonly times: number
  readonly errno: number
}

/** A file with nothing in it that fails. */
export const createControl = (path: string): void => { writeFileSync(path, Buffer.alloc(size)) }

export class Control {
  readonly #fd: number

  constructor(path: string) {
    this.#fd = openSync(path, 'r+')
  }

  /** Count from zero, and let calls fail from now on. Without a failure they are only counted. */
  arm(failure?: Failure): void {
    const bytes = Buffer.alloc(size)
    // First of all no call may fail while the rest is half written.
    writeSync(this.#fd, bytes, 0, size, 0)
    if (failure === undefined) return
    bytes.writeUInt32LE(failure.n, firstAt)
    bytes.writeUInt32LE(failure.times, timesAt)
    bytes.writeInt32LE(failure.errno, errorAt)
    writeSync(this.#fd, bytes, 0, size, 0)
    bytes.writeUInt32LE(1 + 2 * functions.indexOf(failure.name as never) + (failure.thread === 'main' ? 0 : 1), slotAt)
    writeSync(this.#fd, bytes, slotAt, 4, slotAt)
  }

  /** Nothing fails any more. */
  disarm(): void {
    writeSync(this.#fd, Buffer.alloc(4), 0, 4, slotAt)
  }

  /** How many calls have failed, and the arguments of the first of them. */
  failed(): { readonly count: number; readonly args: number[] } {
    const bytes = this.#read()
    return {
      count: bytes.readUInt32LE(failedAt), args: Array.from({ length: 6 }, (_, i) => Number(bytes.readBigInt64LE(argumentsAt + 8 * i))),
    }
  }

  /** How many calls of each function there were, where there were any. */
  calls(): { name: string; thread: Thread; count: number }[] {
    const bytes = this.#read()
    return functions.flatMap((name, i) => (['main', 'worker'] as const).map((thread, k) => ({
      name, thread, count: bytes.readUInt32LE(callsAt + 4 * (2 * i + k)),
    }))).filter(({ count }) => count > 0)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #read(): Buffer {
    const bytes = Buffer.alloc(size)
    readSync(this.#fd, bytes, 0, size, 0)
    return bytes
  }
}
