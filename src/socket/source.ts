/**
 * Where a socket's messages come from: recvmmsg into an arena, copied out into {@link Message}s at once.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { storageSize } from '../address/address.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { SystemError } from '../errors.ts'
import { RECEIVE_FLAGS } from '../libc/messages.ts'
import { poll } from '../libc/sockets.ts'
import { Batch } from '../message/batch.ts'
import * as sys from '../native/syscalls.ts'
import type { ReadResult } from './inbox.ts'
import { Message, type MessageContext } from './message.ts'

const { SOCK_STREAM, SOCK_SEQPACKET, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, POLLRDHUP } = constants
const { EAGAIN } = errno

/** Messages taken in one system call at most, and the memory for them. */
const mostMessages = 64
const mostMemory = 4 << 20

/** A batch to receive into, shared by all sockets of the thread that need one of this shape. */
class Room {
  readonly batch: Batch
  readonly count: number
  /** How many of its messages the kernel has written to since they were made ready. */
  #used: number

  constructor(size: number, controlSize: number) {
    this.count = Math.max(1, Math.min(mostMessages, Math.floor(mostMemory / (size + controlSize + storageSize))))
    this.batch = new Batch({ count: this.count, dataSize: size, controlSize, nameSize: storageSize, iovecs: 1 })
    this.#used = this.count
  }

  /** Receive up to `count` messages: how many came, or minus errno. */
  receive(fd: number, count: number, flags: number): number {
    const { batch } = this
    const { dataSize, controlSize, nameSize } = batch.shape
    for (let i = 0; i < this.#used; i++) batch.reset(i, dataSize, controlSize, nameSize)
    this.#used = 0
    const received = sys.recvmmsg(fd, batch.address(), count, flags | RECEIVE_FLAGS | MSG_DONTWAIT)
    this.#used = Math.max(0, received)
    return received
  }
}

// The sockets hold them; when the last one of a shape is gone, so may its memory be.
const rooms = new Map<string, WeakRef<Room>>()

function roomFor(size: number, controlSize: number): Room {
  const key = `${size} ${controlSize}`
  let room = rooms.get(key)?.deref()
  if (room === undefined) {
    room = new Room(size, controlSize)
    rooms.set(key, new WeakRef(room))
  }
  return room
}

/** How one message is wanted. */
export interface Request {
  /** Room for its data, bytes; the socket's `messageSize` if absent. */
  readonly size?: number | undefined
  /** `MSG_PEEK`, `MSG_TRUNC`, `MSG_OOB`, … */
  readonly flags?: number | undefined
}

export class Source<D extends AnyControlMessage> {
  readonly #fd: number
  readonly #type: number
  readonly #context: MessageContext
  readonly #size: number
  readonly #controlSize: number
  #room: Room | undefined

  constructor(fd: number, type: number, context: MessageContext, size: number, controlSize: number) {
    this.#fd = fd
    this.#type = type
    this.#context = context
    this.#size = size
    this.#controlSize = controlSize
  }

  /** Receive what is there, up to a batch, or one message as it is wanted. Never waits. @throws SystemError */
  read({ size = this.#size, flags = 0 }: Request): ReadResult<Message<D>> {
    const special = size !== this.#size || flags !== 0
    const room = special ? roomFor(size, this.#controlSize) : (this.#room ??= roomFor(size, this.#controlSize))
    // A stream's end would fill the whole batch.
    const count = special || this.#type === SOCK_STREAM ? 1 : room.count
    const received = room.receive(this.#fd, count, flags)
    if (received < 0) {
      if (received === -EAGAIN) return { items: [], more: false, ended: false }
      throw new SystemError({ syscall: 'recvmsg', errno: -received })
    }
    const { batch } = room
    const items: Message<D>[] = []
    for (let i = 0; i < received; i++) {
      const length = batch.length(i)
      const control = batch.controlLength(i) > 0 ? batch.control(i) : undefined
      items.push(new Message<D>(batch.data(i, length), batch.name(i), control, batch.flags(i) & ~RECEIVE_FLAGS, this.#context))
    }
    const ended = this.#endOf(items, size)
    return { items, more: received === count && !ended, ended }
  }

  /** Take a connection's end off the end of what was received: a message without data. */
  #endOf(items: Message<D>[], size: number): boolean {
    const last = items.at(-1)
    if (last === undefined || last.data.length > 0) return false
    if (this.#type === SOCK_STREAM) {
      // The kernel adds credentials of nobody, {0, 0, 0}, which look like root's: they go no further.
      if (size > 0) items.pop()?.[Symbol.dispose]()
      return size > 0
    }
    // An empty packet is a packet, until the peer has closed and nothing but emptiness is left.
    if (this.#type !== SOCK_SEQPACKET || !this.#peerHasClosed() || this.#somethingIsLeft()) return false
    while (items.length > 0 && items.at(-1)!.data.length === 0 && items.at(-1)!.control.length === 0) items.pop()
    return true
  }

  #peerHasClosed(): boolean {
    return (poll([{ fd: this.#fd, events: POLLRDHUP }], 0)[0]!.revents & POLLRDHUP) !== 0
  }

  #somethingIsLeft(): boolean {
    const room = roomFor(1, 0)
    const received = room.receive(this.#fd, 1, MSG_PEEK | MSG_TRUNC)
    return received === 1 && (room.batch.length(0) > 0 || (room.batch.flags(0) & constants.MSG_CTRUNC) !== 0)
  }
}
