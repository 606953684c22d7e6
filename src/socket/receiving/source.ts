/**
 * Where a socket's messages come from: recvmmsg into an arena, copied out into {@link Message}s at once.
 * @module
 */
import { dispose } from '../../dispose.ts'
import { readFileSync } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { storageSize } from '../../address/address.ts'
import type { AnyControlMessage } from '../../control/define.ts'
import { credentials } from '../../control/socket.ts'
import { SystemError } from '../../errors.ts'
import { flagBits, integer } from '../../arguments.ts'
import { RECEIVE_FLAGS } from '../../libc/messages.ts'
import { getsockopt, setsockopt } from '../../libc/options.ts'
import { poll } from '../../libc/sockets.ts'
import { Batch } from '../../message/batch.ts'
import * as sys from '../../native/syscalls.ts'
import type { InboxSource, ReadResult } from './inbox.ts'
import { copyMessage, messageFrom, type Message, type MessageContext } from './message.ts'
import { closeDescriptors } from '../../descriptors/find.ts'

const { SOCK_STREAM, SOCK_SEQPACKET, SOL_SOCKET, SO_PASSCRED, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_CTRUNC, MSG_ERRQUEUE, POLLRDHUP } = constants
const { EAGAIN } = errno

/** Messages taken in one system call at most, and the memory for them: so many of the size that a socket has if nobody says another. */
const mostMessages = 256
const mostMemory = 17 << 20

/** A batch to receive into, shared by all sockets of the thread that need one of this shape. */
class Room {
  readonly batch: Batch
  readonly count: number
  /** How many of its messages the kernel has written to since they were made ready. */
  #used: number

  constructor(size: number, controlSize: number, most: number = mostMessages) {
    this.count = Math.max(1, Math.min(most, Math.floor(mostMemory / (size + controlSize + storageSize))))
    this.batch = new Batch({ count: this.count, dataSize: size, controlSize, nameSize: storageSize, iovecs: 1 })
    this.#used = this.count
  }

  /** Receive up to `count` messages: how many came, or minus errno. */
  receive(fd: number, count: number, flags: number): number {
    const { batch } = this
    batch.resetAll(this.#used)
    this.#used = 0
    const bits = flags | RECEIVE_FLAGS | MSG_DONTWAIT
    let received: number
    if (count === 1) {
      // It has two parameters less, and each costs.
      const length = sys.recvmsg(fd, batch.address(), bits)
      if (length >= 0) batch.setLength(0, length)
      received = length < 0 ? length : 1
    } else {
      received = sys.recvmmsg(fd, batch.address(), count, bits)
    }
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

let odd: WeakRef<Room> | undefined
/** Room for one message of a size that somebody has asked for this once; the next may have the same. */
function oddRoom(size: number, controlSize: number): Room {
  let room = odd?.deref()
  if (room?.batch.shape.dataSize !== size || room.batch.shape.controlSize !== controlSize) {
    room?.batch.release()
    odd = new WeakRef(room = new Room(size, controlSize, 1))
  }
  return room
}

let openLimit: number | undefined
/** RLIMIT_NOFILE of this process. */
function mostOpen(): number {
  try {
    return (openLimit ??= Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Infinity))
  } catch {
    return 1024
  }
}

/**
 * Messages taken ahead at most, for the descriptors that may be in them: those of all together must not reach the limit
 * of the process. They would be cut off, although whoever reads one after the other never holds many.
 */
const mostAhead = (controlSize: number): number => Math.max(1, Math.floor(mostOpen() / 4 / Math.ceil((controlSize + 1) / Int32Array.BYTES_PER_ELEMENT)))

/** How one message is wanted. */
export interface Request {
  /** Room for its data, bytes; the socket's `messageSize` if absent. */
  readonly size?: number | undefined
  /** `MSG_PEEK`, `MSG_TRUNC`, `MSG_OOB`, … */
  readonly flags?: number | undefined
}

/** The same, as the socket asks for it. */
export interface Wanted extends Request {
  /** Whoever asks takes all that are there. */
  readonly all?: boolean
}

const plainRequest: Wanted = {}
export const allRequest: Wanted = { all: true }

/** What is asked for, checked. */
export function wanted({ size, flags }: Request): Wanted {
  if (size !== undefined) integer('recvmsg', 'size', size, 0)
  const bits = flags === undefined ? 0 : flagBits('recvmsg', flags)
  return size === undefined && bits === 0 ? plainRequest : { size, flags: bits }
}

/** Reads in a row that found one message, and no more, until the next is taken to be alone too. */
const sparse = 8
/** Of those that then take a single message, every so many looks for more. */
const lookAround = 4

export class Source<D extends AnyControlMessage> implements InboxSource<Message<D>, Wanted> {
  readonly #fd: number
  readonly #type: number
  readonly #context: MessageContext
  readonly #size: number
  readonly #controlSize: number
  readonly #ahead: number
  /** Whether the end of a seqpacket connection differs from an empty packet: only the packet has credentials. */
  readonly #endShows: boolean
  #room: Room | undefined
  /** Reads in a row that found a single message. */
  #single = 0

  constructor(fd: number, type: number, context: MessageContext, size: number, controlSize: number) {
    this.#fd = fd
    this.#type = type
    this.#context = context
    this.#size = size
    this.#controlSize = controlSize
    this.#ahead = context.family === 'unix' ? mostAhead(controlSize) : mostMessages
    this.#endShows = context.family === 'unix' && context.definitions.includes(credentials)
  }

  copy(message: Message<D>): Message<D> {
    return copyMessage(message)
  }

  /** Receive what is there, up to a batch, or one message as it is wanted. Never waits. @throws SystemError */
  read({ size = this.#size, flags = 0, all = false }: Wanted): ReadResult<Message<D>> {
    const special = size !== this.#size || flags !== 0
    const room = size === this.#size ? (this.#room ??= roomFor(size, this.#controlSize)) : oddRoom(size, this.#controlSize)
    const packets = this.#type === SOCK_SEQPACKET
    const endOfPackets = packets && !this.#endShows && this.#peerHasClosed()
    if (endOfPackets && !this.#packetIsLeft()) return { items: [], more: false, ended: true }
    // A connection's end would fill the whole batch.
    const oneOnly = special || this.#type === SOCK_STREAM || endOfPackets
    const alone = !all && this.#single >= sparse && this.#single % lookAround !== 0
    const count = oneOnly || alone ? 1 : Math.min(room.count, this.#ahead)
    const received = room.receive(this.#fd, count, flags)
    if (received < 0) {
      if (received === -EAGAIN) return { items: [], more: false, ended: false }
      throw new SystemError({ syscall: 'recvmsg', errno: -received })
    }
    this.#single = received === 1 ? this.#single + 1 : 0
    const { batch } = room
    const end = packets && this.#endShows && (flags & MSG_ERRQUEUE) === 0 ? this.#endIn(batch, received) : received
    const items = this.#messages(batch, end)
    if (end < received) return { items, more: false, ended: true }
    // Of a single message that was asked for because the others had been single too, the event loop tells if it was not.
    const more = received === count && (oneOnly || !alone)
    const last = items.at(-1)
    if (last === undefined || batch.length(received - 1) > 0 || (flags & MSG_ERRQUEUE) !== 0) return { items, more, ended: false }
    if (this.#type === SOCK_STREAM && size > 0) {
      // The end. The kernel adds credentials of nobody, {0, 0, 0}, which look like root's: they go no further.
      items.pop()?.[dispose]()
      return { items, more: false, ended: true }
    }
    // The peer may have closed since it was asked about, and then its end is in the batch too, many times.
    if (packets && more && !this.#endShows && !endOfPackets && this.#peerHasClosed()) {
      while (items.length > 0 && items.at(-1)!.data.length === 0 && items.at(-1)!.control.length === 0) items.pop()
    }
    return { items, more, ended: false }
  }

  /** The messages of a batch. Where there is no memory for one, the descriptors of all are closed: nobody else has them. */
  #messages(batch: Batch, received: number): Message<D>[] {
    const items: Message<D>[] = []
    try {
      for (let i = 0; i < received; i++) items.push(messageFrom<D>(batch, i, batch.flags(i) & ~RECEIVE_FLAGS, this.#context))
      return items
    } catch (error) {
      const unread = Array.from({ length: received - items.length }, (_, k) => batch.control(items.length + k))
      for (const item of items) item[dispose]()
      if (this.#context.family === 'unix') unread.forEach(closeDescriptors)
      throw error
    }
  }

  /** Where the end of a connection is in a batch: without data and without credentials, and so is all that follows. */
  #endIn(batch: Batch, received: number): number {
    for (let i = 0; i < received; i++) {
      if (batch.length(i) === 0 && batch.controlLength(i) === 0 && this.#peerHasClosed()) return i
    }
    return received
  }

  #peerHasClosed(): boolean {
    return (poll([{ fd: this.#fd, events: POLLRDHUP }], 0)[0]!.revents & POLLRDHUP) !== 0
  }

  /**
   * Whether packets are left of a peer that has closed. An empty one is received as the end is, but for credentials:
   * a packet has some, if only nobody's, the end has none. They are asked for here without room for them.
   */
  #packetIsLeft(): boolean {
    const peek = (): { length: number; flags: number } => {
      const room = roomFor(1, 0)
      const received = room.receive(this.#fd, 1, MSG_PEEK | MSG_TRUNC)
      if (received < 0 && received !== -EAGAIN) throw new SystemError({ syscall: 'recvmsg', errno: -received })
      return received < 1 ? { length: 0, flags: 0 } : { length: room.batch.length(0), flags: room.batch.flags(0) }
    }
    if (peek().length > 0) return true
    if (this.#context.family !== 'unix') return false
    // The option is the socket's, for whoever else has it, too: it is left alone where it is on.
    const asked = getsockopt(this.#fd, SOL_SOCKET, SO_PASSCRED) !== 0
    if (!asked) setsockopt(this.#fd, SOL_SOCKET, SO_PASSCRED, 1)
    try {
      return (peek().flags & MSG_CTRUNC) !== 0
    } finally {
      if (!asked) setsockopt(this.#fd, SOL_SOCKET, SO_PASSCRED, 0)
    }
  }
}
