/**
 * Readers: each takes messages from one kind of socket, and recognizes the end of a connection.
 * @module
 */
import { viewOf } from '../../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../../abi/cmsg.ts'
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { storageSize } from '../../address/address.ts'
import { closeDescriptors } from '../../descriptors/find.ts'
import { SystemError } from '../../errors.ts'
import { RECEIVE_FLAGS } from '../../libc/messages.ts'
import { Batch } from '../../message/batch.ts'
import { spend } from '../../readiness/turn.ts'
import { descriptorCount, messageFrom, type AnyMessage, type MessageContext } from './message.ts'
import type { ReceiveRequest } from './request.ts'

const { MSG_CTRUNC, MSG_DONTWAIT, MSG_PEEK } = constants

/**
 * The result of one attempt to read: items, and perhaps further ones (`more`) or no further ones (`some`); nothing (`none`); the end;
 * or an error.
 */
export type Outcome = 'more' | 'some' | 'none' | 'ended' | SystemError

export interface Reader<T> {
  /** Appends up to `count` items to `into`, without waiting: none with `more` if all had to be skipped. The end may come after items. */
  read(request: ReceiveRequest, count: number, into: T[]): Outcome
  /** Copies an item, for a peek. */
  copy?(item: T, request: ReceiveRequest): T
  /** Removes and returns an error that the kernel has reported, and that this would report at the end. */
  takeError?(): SystemError | undefined
  /** The kernel does not support peeking here: a peek takes the item, and keeps it. */
  readonly takesToPeek?: boolean
}

/** The interface of a socket for its readers. */
export interface MessageSource {
  readonly fd: number
  readonly family: number
  readonly type: number
  /** Buffer size for the data of a message, in bytes. */
  readonly size: number
  /** Buffer sizes for control messages. */
  readonly control: { readonly size: number; readonly errorSize: number; refresh(): boolean; counts(level: number, type: number): boolean }
  readonly context: MessageContext
  /** Called when a call returned an error reported by the network, to empty the error queue. Returns the reports. */
  onReport(): readonly AnyMessage[]
}

/** Maximum number of messages received in one system call, and the memory in bytes for that many messages of the default size. */
export const maxBatch = 256
export const maxMemory = 17 << 20

const batchCount = (size: number, controlSize: number): number =>
  Math.max(1, Math.min(maxBatch, Math.floor(maxMemory / (size + controlSize + storageSize))))

const makeBatch = (count: number, dataSize: number, controlSize: number): Batch =>
  new Batch({ count, dataSize, controlSize, nameSize: storageSize, iovecs: 1 })

// Batches by size, shared by all sockets of the thread. Only the sockets reference them, so a batch can be collected with the
// last socket that uses it.
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
/** A batch for one message of an unusual size. The next request often has the same size. */
function oneOffBatch(size: number, controlSize: number): Batch {
  let batch = oneOff?.deref()
  if (batch?.shape.dataSize !== size || batch.shape.controlSize !== controlSize) {
    batch?.release()
    oneOff = new WeakRef(batch = makeBatch(1, size, controlSize))
  }
  return batch
}

/** Maximum number of reads between two refreshes of the options for the same reason, if refreshing finds nothing new. */
const maxRefreshPause = 1024

/** The reads that are left out before the next refresh for one reason. */
interface RefreshPause {
  length: number
  left: number
}

/** Reads messages of one socket into batches. */
export class MessageReader {
  readonly source: MessageSource
  #batch: Batch | undefined
  readonly #afterTruncation: RefreshPause = { length: 0, left: 0 }
  readonly #afterUncounted: RefreshPause = { length: 0, left: 0 }
  readonly #afterDescriptors: RefreshPause = { length: 0, left: 0 }

  readonly #ofErrors: boolean

  constructor(source: MessageSource, ofErrors = false) {
    this.source = source
    this.#ofErrors = ofErrors
  }

  /** Returns the batch for a request, with `extra` bytes more for control messages. */
  batch({ size = this.source.size }: ReceiveRequest, extra = 0): Batch {
    const { source } = this
    const { control } = source
    const controlSize = (this.#ofErrors ? control.errorSize : control.size) + extra
    if (size !== source.size || extra !== 0) return oneOffBatch(size, controlSize)
    if (this.#batch?.shape.controlSize !== controlSize) this.#batch = sharedBatch(size, controlSize)
    return this.#batch
  }

  /** Receives into a batch. Returns the number of messages, or minus errno. */
  receive(batch: Batch, count: number, flags: number): number {
    return batch.receive(this.source.fd, count, flags | RECEIVE_FLAGS | MSG_DONTWAIT)
  }

  /**
   * Peeks at the first message, with MSG_TRUNC in the flags. Returns 'some' if it has data or control messages, 'ended' if it has
   * neither, as at the end. It has no buffer for data, because bytes that it received would move the caller's SO_PEEK_OFF.
   */
  peek(flags: number): Outcome {
    // Without a control buffer, since otherwise descriptors would be installed.
    const batch = (peekBatch ??= makeBatch(1, 0, 0))
    const looked = this.receive(batch, 1, flags | MSG_PEEK)
    if (looked < 0) return failed(looked)
    return isEmpty(batch, 0) ? 'ended' : 'some'
  }

  /**
   * Appends the messages of a batch. `written` is given if the kernel wrote less than the message's length. If creating a
   * message fails, the descriptors of all messages are closed, since they have no other owner.
   */
  take(batch: Batch, received: number, into: AnyMessage[], written?: number, context: MessageContext = this.source.context): void {
    const first = into.length
    let size = 0
    let descriptors = 0
    let truncated = false
    let uncounted = false
    try {
      for (let i = 0; i < received; i++) {
        const flags = batch.flags(i) & ~RECEIVE_FLAGS
        const length = batch.length(i)
        const kept = written ?? (length < batch.shape.dataSize ? length : batch.shape.dataSize)
        if ((flags & MSG_CTRUNC) !== 0) {
          truncated = true
          uncounted ||= this.#hasUncounted(batch, i)
        }
        size += kept
        const message = messageFrom(batch, i, kept, flags, context)
        into.push(message)
        descriptors += descriptorCount(message)
      }
    } catch (error) {
      const unread = Array.from({ length: received - (into.length - first) }, (_, k) => batch.control(into.length - first + k))
      for (const item of into.splice(first)) item[dispose]()
      if (context.family === 'unix') unread.forEach(closeDescriptors)
      throw error
    }
    // Installing, owning and closing a descriptor takes as long as receiving a small message.
    spend(received + descriptors, size)
    if (uncounted) this.#refresh(this.#afterUncounted)
    else if (truncated) this.#refresh(this.#afterTruncation)
    else if (descriptors > 0) this.#refresh(this.#afterDescriptors)
  }

  /** True if message `i` has a control message for which there is no space: another process has turned on its kind. */
  #hasUncounted(batch: Batch, i: number): boolean {
    const control = batch.control(i)
    let found = false
    walkControl(viewOf(control), 0, control.length, cmsghdrOf(), (level, type) => {
      found ||= !this.source.control.counts(level, type)
    })
    return found
  }

  /**
   * Reads the options again, since another process with this socket may have changed them: after a truncation it may have turned on
   * more kinds; when descriptors arrive, it may have turned off the kinds for which there was space. A peer that causes either
   * must not make this costly. It cannot cause a kind that is not counted, so this reason has a pause of its own.
   */
  #refresh(pause: RefreshPause): void {
    if (pause.left-- > 0) return
    pause.length = this.source.control.refresh() ? 0 : Math.min(maxRefreshPause, 2 * pause.length + 1)
    pause.left = pause.length
  }
}

/** The outcome of a failed receive. The error always names recvmsg, even if recvmmsg was called. */
export const failed = (received: number): Outcome =>
  received === -errno.EAGAIN ? 'none' : new SystemError({ syscall: 'recvmsg', errno: -received })

/** True if message `i` has neither data nor control messages, not even truncated ones. */
export const isEmpty = (batch: Batch, i: number): boolean =>
  batch.length(i) === 0 && batch.controlLength(i) === 0 && (batch.flags(i) & MSG_CTRUNC) === 0
