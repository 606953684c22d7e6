/**
 * Makes single attempts to send, without waiting.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { systemError } from '../../arguments.ts'
import { closed, type SystemError } from '../../errors.ts'
import { SEND_FLAGS, sendError } from '../../libc/messages.ts'
import { Batch, copyLimit, goneError, totalOf } from '../../message/batch.ts'
import { spend } from '../../readiness/turn.ts'
import { connectNow } from '../connector.ts'
import { isNetworkReport, repeatAfterReport } from '../network-reports.ts'
import type { AnyMessage } from '../receiving/message.ts'
import { isConnectionless, type Target } from '../target.ts'
import { sizeOf } from './destination.ts'
import { nextPiece, type Outgoing } from './outgoing.ts'
import { isSame, nameNow, peerOf } from './names.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, MSG_DONTWAIT, MSG_FASTOPEN, _K_SS_MAXSIZE } = constants
const { EAGAIN, ECONNABORTED, ECONNREFUSED, ECONNRESET, EDESTADDRREQ, EINPROGRESS, EISCONN, ENOTCONN, EOPNOTSUPP } = errno

/** Maximum number of messages per system call, of buffers per message, and of bytes in total: a socket has no room for more. */
export const maxMessages = 256
const maxBuffers = 8
const maxBytes = 256 << 10

let shared: Batch | undefined
function batchFor(controlSize: number): Batch {
  if (shared === undefined || shared.shape.controlSize < controlSize) {
    shared?.release()
    shared = new Batch({
      count: maxMessages, dataSize: copyLimit, controlSize: Math.max(controlSize, 256), nameSize: _K_SS_MAXSIZE, iovecs: maxBuffers,
    })
  }
  return shared
}

/**
 * Joins the buffers of a message if it has more than there are iovecs. The receiver cannot see the difference.
 * @throws TypeError if its data is gone
 */
function flat(message: Outgoing): Outgoing {
  checkData(message)
  return message.buffers.length > maxBuffers && message.size > copyLimit
    ? { ...message, buffers: [Buffer.concat(message.buffers)] } : message
}

function checkData({ buffers, size }: Outgoing): void {
  if (totalOf(buffers) !== size) throw goneError()
}

/** The part of a message to send next. @throws TypeError if its data is gone */
function pieceOf(message: Outgoing, sent: number): Outgoing {
  // Later only the data of the piece is checked, since there may be thousands of buffers and of pieces.
  if (sent === 0) checkData(message)
  try {
    return nextPiece(message, sent)
  } catch {
    // Optimized code of V8 11.3 may still have the former length of a transferred buffer.
    throw goneError()
  }
}

const plainFlags = SEND_FLAGS | MSG_DONTWAIT

/** A message with only data. */
export const plainMessage = (data: Uint8Array): Outgoing =>
  ({ buffers: [data], control: undefined, flags: SEND_FLAGS, size: data.length })

interface TransmitterCallbacks {
  /** See `Registration.held`: minus EAGAIN while a connect waits for its result, which a send would take. */
  readonly held: () => number
  /** Called when a message has begun a connection with MSG_FASTOPEN. */
  readonly onOpening: () => void
  /** See {@link repeatAfterReport}. */
  readonly onReport: () => readonly AnyMessage[]
}

/**
 * Sends on one socket. Methods return numbers or minus errno; EAGAIN means that there is no room. They throw a TypeError if the
 * first message's data is gone: the caller has transferred or shrunk its ArrayBuffer.
 */
export class Transmitter {
  /** -1 once the socket is closed. */
  fd: number
  readonly family: number
  readonly type: number
  readonly isStream: boolean
  readonly #target: Target
  readonly #callbacks: TransmitterCallbacks

  /** `isStream`: bytes may be sent in several calls. */
  constructor(
    fd: number,
    { family, type, isStream, target }: {
      readonly family: number; readonly type: number; readonly isStream: boolean; readonly target: Target
    },
    callbacks: TransmitterCallbacks,
  ) {
    this.fd = fd
    this.family = family
    this.type = type
    this.isStream = isStream
    this.#target = target
    this.#callbacks = callbacks
  }

  /** The name that the socket was connected to. */
  get peer(): Uint8Array | undefined {
    return this.#target.name
  }

  /** The destination of a message without a name, if it is known. On AF_UNIX no control message depends on it. */
  get destination(): Uint8Array | undefined {
    if (this.family === AF_UNIX) return undefined
    return this.isStream ? peerOf(this.fd) ?? this.peer : this.peer ?? peerOf(this.fd)
  }

  /** Returns minus errno if nothing can be sent now. The messages that wait may have been rejected then. */
  held(): number {
    return this.#callbacks.held()
  }

  /** Sends a message, or on a stream as much as possible of it, starting at byte `sent`. Returns the number of bytes sent. */
  one(message: Outgoing, sent = 0): number {
    const held = this.held()
    if (held < 0) return held
    if (sent === 0 && this.#isForOther(message)) return -EISCONN
    const piece = this.isStream ? pieceOf(message, sent) : message
    const batch = batchFor(piece.control === undefined ? 0 : piece.control.length)
    batch.set(0, flat(piece))
    // Only the first call connects.
    const opens = (message.flags & MSG_FASTOPEN) !== 0 && sent === 0 && this.#target.begun === undefined
    const flags = (opens ? piece.flags : piece.flags & ~MSG_FASTOPEN) | MSG_DONTWAIT
    let result = batch.sendOne(this.fd, flags)
    if (opens) result = this.#opened(result, message, () => batch.sendOne(this.fd, flags))
    else if (result < 0 && result !== -EAGAIN) result = this.#again(result, message, () => batch.sendOne(this.fd, flags))
    // A failed attempt takes as long.
    spend(1, Math.max(0, result))
    return result
  }

  /** Sends a datagram with only data to the peer. This is the most common case, so it does as little as possible besides the call. */
  plain(data: Uint8Array): number {
    if (this.isStream || data.length > copyLimit) return this.one(plainMessage(data))
    const held = this.held()
    if (held < 0) return held
    const batch = batchFor(0)
    batch.setData(0, data)
    let result = batch.sendOne(this.fd, plainFlags)
    if (result < 0 && result !== -EAGAIN) result = this.#again(result, plainMessage(data), () => batch.sendOne(this.fd, plainFlags))
    spend(1, result < 0 ? 0 : result)
    return result
  }

  /** Sends messages of a list, starting at `start`, in one call, as far as there is room. Returns the number of messages sent. */
  many(messages: readonly Outgoing[], start: number): number {
    const held = this.held()
    if (held < 0) return held
    const { flags } = messages[start]!
    let end = start
    let size = 0
    let controlSize = 0
    // A call has one set of flags for all messages.
    for (; end < messages.length && end - start < maxMessages && size < maxBytes && messages[end]!.flags === flags; end++) {
      const { size: its, control } = messages[end]!
      size += its
      if (control !== undefined && control.length > controlSize) controlSize = control.length
    }
    const batch = batchFor(controlSize)
    for (let i = start; i < end; i++) {
      try {
        batch.set(i - start, flat(messages[i]!))
      } catch (error) {
        // A later message fails when it is the first.
        if (i === start) throw error
        end = i
      }
    }
    const attempt = (): number => batch.send(this.fd, end - start, flags | MSG_DONTWAIT)
    let result = attempt()
    if (result < 0 && result !== -EAGAIN) result = this.#again(result, messages[start]!, attempt)
    // Some families (RDS) accept one message at a time.
    if (result === -EOPNOTSUPP && end - start > 1) result = this.one(messages[start]!) < 0 ? -EOPNOTSUPP : 1
    spend(Math.max(1, result), result > 0 ? sizeOf(messages, start, start + result) : 0)
    return result
  }

  /** Completes an attempt to send a message that opens a connection. Returns the number of bytes sent, or minus errno. */
  #opened(first: number, { name }: Outgoing, attempt: () => number): number {
    // The kernel returns this for an earlier connect that has failed, and can connect from then on.
    const result = first === -ECONNABORTED ? attempt() : first
    if (result < 0 && result !== -EINPROGRESS) return result
    this.#target.begin(name!)
    this.#callbacks.onOpening()
    // Without a cookie of the server it only connects: the data is sent once that has finished.
    return result >= 0 ? result : -EAGAIN
  }

  /** Repeats a failed attempt if the error belongs to an earlier operation. */
  #again(result: number, message: Outgoing, attempt: () => number): number {
    if (isNetworkReport(this, result)) return repeatAfterReport(result, this.#callbacks.onReport, attempt)
    // The peer of a connected datagram socket was gone, as an earlier send has reported. Perhaps it is back.
    const reconnects = message.name === undefined && this.family === AF_UNIX && this.type === SOCK_DGRAM
    if (result === -ENOTCONN && reconnects && this.peer !== undefined) {
      const connected = connectNow(this.fd, this.peer)
      return connected < 0 ? connected : attempt()
    }
    return result
  }

  /** True if a message of a stream names a destination, and an earlier message has opened a connection to another one. */
  #isForOther({ name }: Outgoing): boolean {
    return this.isStream && name !== undefined && this.peer !== undefined && !isSame(this.peer, name)
  }

  /** True if a message to another address has failed with an error that the peer caused before, and that every send returns. */
  #isOfPeer(result: number, { name }: Outgoing): boolean {
    if (name === undefined || !isConnectionless(this.type)) return false
    return this.family === AF_UNIX ? result === -ECONNRESET : this.peer !== undefined && result === -ECONNREFUSED
  }

  /** The error of a send, with its destination. Its syscall is always sendmsg, even if sendmmsg was called. */
  error(result: number, message: Outgoing): SystemError {
    const peer = this.peer && nameNow(this.peer)
    const name = this.#isOfPeer(result, message) ? peer : message.name ?? (this.isStream ? undefined : peer)
    if (name === undefined && !this.isStream && (result === -ENOTCONN || result === -EDESTADDRREQ)) {
      const remedy = this.type === SOCK_SEQPACKET ? 'call connect() first' : 'name a destination: send(data, { to: … })'
      return systemError(-result, 'sendmsg', undefined, `the socket is not connected, so ${remedy}`)
    }
    return sendError('sendmsg', -result, { ...message, name })
  }
}

/** Adds to an error how much was sent. A closed socket's error is copied, since all waiting operations share it. */
export function withSent(error: unknown, sent: { readonly sent: number; readonly sentMessages?: number }): unknown {
  if (!(error instanceof Error)) return error
  const isShared = (error as { readonly code?: string }).code === 'ERR_CMSG_CLOSED'
  return Object.assign(isShared ? closed(error.message, error.cause) : error, sent)
}
