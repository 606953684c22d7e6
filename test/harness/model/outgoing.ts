/**
 * A message as the model knows it, from the moment it is given to a socket.
 * @module
 */
import type { Credentials } from '../../../src/index.ts'

/**
 * `pending`: its send has not settled. `sent`: the kernel has it, so it must arrive. `void`: it must not arrive.
 * `maybe`: it may, since the caller was not told.
 */
export type Fate = 'pending' | 'sent' | 'void' | 'maybe'

/** Messages of one sendMany: where one of them arrives, those before it did. */
export interface Group {
  broken: boolean
}

/** Random bytes, once: the data of a message is a part of them behind its number. */
const noise = Buffer.alloc(1 << 20)
for (let i = 0, x = 1; i < noise.length; i++) {
  x = (Math.imul(x, 1103515245) + 12345) >>> 0
  noise[i] = x >>> 16
}
/** Bytes of the number in front of the data. */
export const idSize = 4

export class Outgoing {
  readonly id: number
  data: Buffer
  /** What its descriptors refer to. */
  readonly files: readonly string[]
  /** The credentials that the kernel says: stated ones, or ours. */
  readonly credentials: Credentials
  fate: Fate = 'pending'
  readonly group: Group | undefined
  /** It was passed over by a later one: so it must turn out not to have been sent. */
  overtaken = false
  /** The kernel may have dropped it: if it turns out to have been sent, it need not arrive. */
  dropped = false
  /** All of it has arrived. */
  arrived = false
  /** Bytes of it that arrived, and where its first is: streams only. */
  matched = 0
  start = -1

  constructor(id: number, data: Buffer, files: readonly string[], credentials: Credentials, group?: Group) {
    this.id = id
    this.data = data
    this.files = files
    this.credentials = credentials
    this.group = group
  }

  /** Only so many bytes of it went. */
  shorten(bytes: number): void {
    this.data = this.data.subarray(0, bytes)
  }

  /** Whether it must arrive, or may not be known not to. */
  get awaited(): boolean {
    return !this.arrived && (this.fate === 'sent' || this.fate === 'pending')
  }

  toString(): string {
    const files = this.files.length > 0 ? `, ${this.files.length} descriptors` : ''
    return `#${this.id} (${this.data.length} bytes${files}, ${this.fate}${this.arrived ? ', arrived' : ''})`
  }
}

/** The data of message `id`: its number, then bytes of its own. Nothing but nothing where the size is 0. */
export function dataOf(id: number, size: number): Buffer {
  const data = Buffer.allocUnsafe(size)
  if (size >= idSize) data.writeUInt32BE(id, 0)
  if (size > idSize) {
    let at = (id * 7919) % (noise.length >> 1)
    for (let to = idSize; to < size; at = 0) to += noise.copy(data, to, at, at + size - to)
  }
  return data
}
