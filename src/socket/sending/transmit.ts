/**
 * Attempts to send: laid out, handed to the kernel, never waiting.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { closed, SystemError } from '../../errors.ts'
import { sendError } from '../../libc/messages.ts'
import { Batch, copyLimit } from '../../message/batch.ts'
import { scratch } from '../../native/memory.ts'
import * as sys from '../../native/syscalls.ts'
import { spend } from '../../readiness/turn.ts'
import { sendFlags } from '../flags.ts'
import { isNetworkReport } from '../network-reports.ts'
import { nextPiece, type Outgoing } from './outgoing.ts'

const { AF_UNIX, SOCK_DGRAM, MSG_DONTWAIT, _K_SS_MAXSIZE } = constants
const { EAGAIN, ENOTCONN, EOPNOTSUPP } = errno

/** Messages sent in one system call at most, buffers of each, and bytes in all: for more a socket has no room. */
export const maxMessages = 256
const maxBuffers = 8
const maxBytes = 256 << 10

let shared: Batch | undefined
function batchFor(controlSize: number): Batch {
  if (shared === undefined || shared.shape.controlSize < controlSize) {
    shared?.release()
    shared = new Batch({ count: maxMessages, dataSize: copyLimit, controlSize: Math.max(controlSize, 256), nameSize: _K_SS_MAXSIZE, iovecs: maxBuffers })
  }
  return shared
}

/** More buffers than there are iovecs are made one: that they were several does not show at the other end. */
const flat = (message: Outgoing): Outgoing =>
  message.buffers.length > maxBuffers && message.size > copyLimit ? { ...message, buffers: [Buffer.concat(message.buffers)] } : message

const plainFlags = sendFlags(0) | MSG_DONTWAIT

/** A message of nothing but data. */
export const plainMessage = (data: Uint8Array): Outgoing => ({ buffers: [data], control: undefined, flags: sendFlags(0), size: data.length })

/** Sends for one socket. Results are numbers, or minus errno; EAGAIN: there is no room. */
export class Transmitter {
  readonly fd: number
  readonly family: number
  readonly type: number
  readonly isStream: boolean
  readonly #onReport: () => void
  /** The address that the socket was connected to by us. */
  peer: Uint8Array | undefined

  /** `isStream`: bytes that may go in several calls. `onReport` is called when a call has met a report of the network. */
  constructor(fd: number, family: number, type: number, isStream: boolean, onReport: () => void) {
    this.fd = fd
    this.family = family
    this.type = type
    this.isStream = isStream
    this.#onReport = onReport
  }

  /** Sends a message, or what may go at once of a stream's, from `sent` on: the bytes that went. */
  one(message: Outgoing, sent = 0): number {
    const piece = this.isStream ? nextPiece(message, sent) : message
    const batch = batchFor(piece.control === undefined ? 0 : piece.control.length)
    batch.set(0, flat(piece))
    const flags = piece.flags | MSG_DONTWAIT
    let result = batch.sendOne(this.fd, flags)
    if (result < 0 && result !== -EAGAIN) result = this.#again(result, message, () => batch.sendOne(this.fd, flags))
    // An attempt in vain takes as long.
    spend(1, Math.max(0, result))
    return result
  }

  /** Sends a datagram of nothing but data to the peer: what is sent most, with as little as possible around the call. */
  plain(data: Uint8Array): number {
    if (this.isStream || data.length > copyLimit) return this.one(plainMessage(data))
    const batch = batchFor(0)
    batch.setData(0, data)
    let result = batch.sendOne(this.fd, plainFlags)
    if (result < 0 && result !== -EAGAIN) result = this.#again(result, plainMessage(data), () => batch.sendOne(this.fd, plainFlags))
    spend(1, result < 0 ? 0 : result)
    return result
  }

  /** Sends what there is room for of a list, from `start` on, in one call: the number that went. */
  many(messages: readonly Outgoing[], start: number): number {
    const { flags } = messages[start]!
    let end = start
    let size = 0
    let controlSize = 0
    // A call has one set of flags for all.
    for (; end < messages.length && end - start < maxMessages && size < maxBytes && messages[end]!.flags === flags; end++) {
      const { size: its, control } = messages[end]!
      size += its
      if (control !== undefined && control.length > controlSize) controlSize = control.length
    }
    const batch = batchFor(controlSize)
    for (let i = start; i < end; i++) batch.set(i - start, flat(messages[i]!))
    const attempt = (): number => batch.send(this.fd, end - start, flags | MSG_DONTWAIT)
    let result = attempt()
    if (result < 0 && result !== -EAGAIN) result = this.#again(result, messages[start]!, attempt)
    // Some families (RDS) take one message at a time.
    if (result === -EOPNOTSUPP && end - start > 1) result = this.one(messages[start]!) < 0 ? -EOPNOTSUPP : 1
    spend(Math.max(1, result), result > 0 ? size : 0)
    return result
  }

  /** A failed attempt is made again where the failure is not its own. */
  #again(result: number, message: Outgoing, attempt: () => number): number {
    if (isNetworkReport(this, result)) {
      this.#onReport()
      return attempt()
    }
    // The peer of a connected datagram socket has gone, of which an earlier send was told: perhaps it is back.
    if (result === -ENOTCONN && message.name === undefined && this.peer !== undefined && this.family === AF_UNIX && this.type === SOCK_DGRAM) {
      const { address, bytes } = scratch(this.peer.length)
      bytes.set(this.peer)
      const connected = sys.connect(this.fd, address, this.peer.length)
      return connected < 0 ? connected : attempt()
    }
    return result
  }

  /** The error of a send, about the address it was for. It is named sendmsg, by whichever call several messages went. */
  error(result: number, message: Outgoing): SystemError {
    return sendError('sendmsg', -result, { ...message, name: message.name ?? (this.isStream ? undefined : this.peer) })
  }
}

/** An error that says how much went before it. The one of a closed socket is that of all that waited. */
export const withSent = (error: Error, sent: number): Error =>
  Object.assign(error instanceof SystemError ? error : closed(error.message, error.cause), { sent })
