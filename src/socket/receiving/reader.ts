/**
 * Readers: each takes from the kernel what its kind of socket has, and knows how its end looks.
 * @module
 */
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { storageSize } from '../../address/address.ts'
import { closeDescriptors } from '../../descriptors/find.ts'
import { SystemError } from '../../errors.ts'
import { RECEIVE_FLAGS } from '../../libc/messages.ts'
import { Batch } from '../../message/batch.ts'
import { spend } from '../../readiness/turn.ts'
import { messageFrom, type AnyMessage, type MessageContext } from './message.ts'
import type { ReceiveRequest } from './request.ts'

const { MSG_CTRUNC, MSG_DONTWAIT, MSG_PEEK } = constants

/** The result of one attempt to read: something came, and more may be there at once or not; nothing is there; the end; or an error. */
export type Outcome = 'more' | 'some' | 'none' | 'ended' | SystemError

export interface Reader<T> {
  /** Appends up to `count` items to `into`, without waiting. The end may come after items. */
  read(request: ReceiveRequest, count: number, into: T[]): Outcome
  /** Another of an item, for a caller that only looks. */
  copy?(item: T): T
  /** The kernel cannot be looked into: what a caller wants to look at is taken, and kept. */
  readonly takesToPeek?: boolean
}

/** The socket that messages come from, as its readers see it. */
export interface MessageSource {
  readonly fd: number
  readonly family: number
  readonly type: number
  /** Room for the data of a message, bytes. */
  readonly size: number
  /** Room for control messages. */
  readonly control: { readonly size: number; readonly errorSize: number; refresh(): boolean }
  readonly context: MessageContext
  /** A call has met a report of the network: the error queue has it. */
  onReport(): void
}

/** Messages received in one system call at most, and the memory for them: so many of the default size. */
export const maxBatch = 256
const maxMemory = 17 << 20

const batchCount = (size: number, controlSize: number): number =>
  Math.max(1, Math.min(maxBatch, Math.floor(maxMemory / (size + controlSize + storageSize))))

const makeBatch = (count: number, dataSize: number, controlSize: number): Batch =>
  new Batch({ count, dataSize, controlSize, nameSize: storageSize, iovecs: 1 })

// Shared by all sockets of the thread that need this much room. The sockets hold them; when the last one is gone, so may
// be the memory.
const batches = new Map<string, WeakRef<Batch>>()

function sharedBatch(size: number, controlSize: number): Batch {
  const key = `${size} ${controlSize}`
  let batch = batches.get(key)?.deref()
  if (batch === undefined) {
    for (const [other, reference] of batches) if (reference.deref() === undefined) batches.delete(other)
    batch = makeBatch(batchCount(size, controlSize), size, controlSize)
    batches.set(key, new WeakRef(batch))
  }
  return batch
}

let peekBatch: Batch | undefined
let oneOff: WeakRef<Batch> | undefined
/** Room for one message of a size that was asked for this once. The next may have the same. */
function oneOffBatch(size: number, controlSize: number): Batch {
  let batch = oneOff?.deref()
  if (batch?.shape.dataSize !== size || batch.shape.controlSize !== controlSize) {
    batch?.release()
    oneOff = new WeakRef(batch = makeBatch(1, size, controlSize))
  }
  return batch
}

/** Truncated messages between two looks at the options, once a look has found nothing new. */
const maxLookPause = 1024

/** Reads messages of one socket into batches. */
export class MessageReader {
  readonly source: MessageSource
  #batch: Batch | undefined
  #lookPause = 0
  #untilLook = 0

  readonly #ofErrors: boolean

  constructor(source: MessageSource, ofErrors = false) {
    this.source = source
    this.#ofErrors = ofErrors
  }

  /** The memory for a request; with `extra` more room for control messages. */
  batch({ size = this.source.size }: ReceiveRequest, extra = 0): Batch {
    const { source } = this
    const { control } = source
    const controlSize = (this.#ofErrors ? control.errorSize : control.size) + extra
    if (size !== source.size || extra !== 0) return oneOffBatch(size, controlSize)
    if (this.#batch?.shape.controlSize !== controlSize) this.#batch = sharedBatch(size, controlSize)
    return this.#batch
  }

  /** Receives into a batch: how many came, or minus errno. */
  receive(batch: Batch, count: number, flags: number): number {
    return batch.receive(this.source.fd, count, flags | RECEIVE_FLAGS | MSG_DONTWAIT)
  }

  /** The first message, not taken: 'some' with data or control messages, 'ended' where it has neither, as the end has. */
  peek(flags: number): Outcome {
    // Without room for control messages, or descriptors would be installed.
    const batch = (peekBatch ??= makeBatch(1, 1, 0))
    const looked = this.receive(batch, 1, flags | MSG_PEEK)
    if (looked < 0) return failed(looked)
    return isEmpty(batch, 0) ? 'ended' : 'some'
  }

  /**
   * The messages of a batch. `written` is given where the kernel wrote less than its length says. If there is no memory
   * for one, the descriptors of all are closed: nobody else has them.
   */
  take(batch: Batch, received: number, into: AnyMessage[], written?: number, context: MessageContext = this.source.context): void {
    const first = into.length
    let size = 0
    let truncated = false
    try {
      for (let i = 0; i < received; i++) {
        const flags = batch.flags(i) & ~RECEIVE_FLAGS
        const length = batch.length(i)
        const kept = written ?? (length < batch.shape.dataSize ? length : batch.shape.dataSize)
        if ((flags & MSG_CTRUNC) !== 0) truncated = true
        size += kept
        into.push(messageFrom(batch, i, kept, flags, context))
      }
    } catch (error) {
      const unread = Array.from({ length: received - (into.length - first) }, (_, k) => batch.control(into.length - first + k))
      for (const item of into.splice(first)) item[dispose]()
      if (context.family === 'unix') unread.forEach(closeDescriptors)
      throw error
    }
    spend(received, size)
    if (truncated) this.#look()
  }

  /** Something was cut off: another holder of the socket may have turned on more. A peer that sends too much must not make this costly. */
  #look(): void {
    if (this.#untilLook-- > 0) return
    this.#lookPause = this.source.control.refresh() ? 0 : Math.min(maxLookPause, 2 * this.#lookPause + 1)
    this.#untilLook = this.#lookPause
  }
}

/** A failed receive as an outcome. Whoever compares the name of the call need not know that several messages came by recvmmsg. */
export const failed = (received: number): Outcome =>
  received === -errno.EAGAIN ? 'none' : new SystemError({ syscall: 'recvmsg', errno: -received })

/** Tells that message `i` has neither data nor control messages, not even one that there was no room for. */
export const isEmpty = (batch: Batch, i: number): boolean =>
  batch.length(i) === 0 && batch.controlLength(i) === 0 && (batch.flags(i) & MSG_CTRUNC) === 0
