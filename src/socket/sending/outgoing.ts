/**
 * Messages to send: checks the caller's arguments, and encodes them.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { bytesOf } from '../../abi/bytes.ts'
import { formatAddress, type AddressLike } from '../../address/address.ts'
import { encodeAddress } from '../../libc/addresses.ts'
import { list } from '../../arguments.ts'
import type { ControlItem, Family } from '../../control/define.ts'
import { controlItems, encodeControl } from '../../control/encode.ts'
import { invalidAddress, invalidType, outOfRange, show, unsupported } from '../../errors.ts'
import { maxControl } from '../../libc/messages.ts'
import { poll } from '../../libc/sockets.ts'
import { totalOf, type OutgoingMessage } from '../../message/batch.ts'
import { sendFlags, type FlaggedSocket } from '../flags.ts'
import { checkSend, partOf } from '../options/send.ts'
import { connectionOf, isRelative, isSame, resolved } from './names.ts'
import type { Data, SendOptions } from '../types.ts'

const { INT_MAX, MSG_OOB, MSG_MORE, MSG_FASTOPEN, SOCK_SEQPACKET, POLLHUP } = constants

/** A message ready to be sent. On a stream it may take several calls. */
export interface Outgoing extends OutgoingMessage {
  /** Control messages of the first or only call. */
  readonly control: Uint8Array | undefined
  readonly flags: number
  /** The number of data bytes. */
  readonly size: number
  /** Control messages of each further call. */
  readonly furtherControl?: Uint8Array | undefined
  /** Set if the last byte is sent alone, because a flag or control message belongs to it and any earlier call might be incomplete. */
  readonly held?: { readonly control: Uint8Array | undefined } | undefined
}

/** The socket that sends. */
export interface SendingSocket extends FlaggedSocket {
  readonly family: Family | undefined
  readonly type: number
  /** Bytes may be sent in several calls. */
  readonly isStream: boolean
  readonly protocol: number | undefined
  readonly fd: number
  /** The name of its peer, if it is known. */
  readonly peer: () => Uint8Array | undefined
  /** The name that it was connected to, or is being connected to. */
  readonly target: { readonly name: Uint8Array | undefined }
  /** Called before a message is sent that is to open a connection. */
  readonly onOpening: () => void
}

/** Converts the caller's arguments to a message to send. Refuses what the kernel would silently drop. @throws TypeError, RangeError */
export function outgoing(data: Data, options: SendOptions, socket: SendingSocket): Outgoing {
  const { family } = socket
  const { to, control: items, flags = 0 } = options
  const buffers = buffersOf(data)
  const size = totalOf(buffers)
  const allowed = sendFlags(flags, socket)
  const opens = (allowed & MSG_FASTOPEN) !== 0
  if (opens && to === undefined) throw outOfRange('Cannot send with MSG_FASTOPEN without a destination: name it with `to`')
  const name = to === undefined ? undefined : destinationOf(to, opens, socket)
  // On a connection the message is one like any other.
  const bits = opens && name === undefined ? allowed & ~MSG_FASTOPEN : allowed
  if (items === undefined && (bits & MSG_OOB) === 0) return { buffers, name, control: undefined, flags: bits, size }
  const given = items === undefined ? [] : controlItems('send', items)
  if (given.length > 0 && size === 1 && (bits & MSG_OOB) !== 0 && family === 'unix') {
    // Unless the receiver has SO_OOBINLINE on, or the next urgent byte comes before it reads this one. The sender cannot know.
    throw unsupported(
      `Cannot send ${kindsOf(given)} with a single urgent byte: most receivers would not get it; send at least one byte before it`)
  }
  checkSend(given, { ...socket, to: name ?? socket.peer() })
  if (!socket.isStream) return { buffers, name, control: encoded(given), flags: bits, size }
  if (given.length > 0 && size === 0) {
    throw outOfRange(`Cannot send ${kindsOf(given)} without data on a stream: the kernel would drop it; send at least one byte with it`)
  }
  const every = given.filter((item) => partOf(item, family) === 'every')
  const last = given.filter((item) => partOf(item, family) === 'last')
  // A single byte is sent in one call anyway.
  const hold = size > 1 && (last.length > 0 || (bits & MSG_OOB) !== 0)
  return {
    buffers, name, flags: bits, size,
    control: encoded(hold ? given.filter((item) => !last.includes(item)) : given),
    furtherControl: encoded(every),
    held: hold ? { control: encoded([...every, ...last]) } : undefined,
  }
}

const kindsOf = (items: readonly ControlItem[]): string => items.map(({ kind }) => kind).join(' and ')

function encoded(items: readonly ControlItem[]): Uint8Array | undefined {
  if (items.length === 0) return undefined
  const control = encodeControl(items)
  if (control.length > maxControl) throw outOfRange(`Cannot send ${control.length} bytes of control messages: the limit is ${maxControl}`)
  return control
}

const textEncoder = new TextEncoder()

function buffersOf(data: Data): readonly Uint8Array[] {
  if (!Array.isArray(data)) return [bufferOf(data, data)]
  const parts = list('send', 'data', data as readonly unknown[], 0, Infinity).map((part) => bufferOf(part, data))
  return parts.length === 0 ? [new Uint8Array(0)] : parts
}

function bufferOf(part: unknown, data: unknown): Uint8Array {
  if (typeof part === 'string') return textEncoder.encode(part)
  const view = bytesOf(part)
  if (view === undefined) {
    throw invalidType(`Cannot send ${show(data)}: expected a string, a TypedArray, DataView or ArrayBuffer, or an array of them`)
  }
  if (view.length > INT_MAX) throw outOfRange(`Cannot send ${view.length} bytes: the limit is ${INT_MAX}`)
  return view
}

/**
 * The name to pass to the kernel. On a connection that is none, because some protocols ignore it, and send to the peer all the same.
 * Without a connection the kernel has the right error, unless this message opens it.
 */
function destinationOf(to: AddressLike, opens: boolean, socket: SendingSocket): Uint8Array | undefined {
  const name = nameOf(to)
  if (!ignoresName(socket)) return name
  if (opens) socket.onOpening()
  const connection = connectionOf(socket.fd)
  // On a stream it is checked again when it is sent: a message before it may open a connection.
  if (connection === undefined && !isConnecting(socket.fd)) return opens || socket.isStream ? name : undefined
  if (isPeer(name, connection, socket)) return connection === undefined && opens ? name : undefined
  throw unsupported(`Cannot send to ${formatAddress(to)} on a connection: `
    + 'the kernel would ignore the destination and send to the peer; leave `to` out')
}

/** True if a name is that of the peer: as the caller has written it, or as the peer has. */
const isPeer = (name: Uint8Array, connection: Uint8Array | undefined, { target }: SendingSocket): boolean =>
  isSame(target.name, resolved(name)) || (connection !== undefined && !isRelative(connection) && isSame(connection, name))

/** True if a stream socket without a connection is being connected: otherwise it has hung up. */
const isConnecting = (fd: number): boolean => (poll([{ fd, events: 0 }], 0)[0]!.revents & POLLHUP) === 0

/** True if the kernel ignores the name of a destination. */
const ignoresName = ({ family, type, isStream }: SendingSocket): boolean =>
  family === 'unix' ? type === SOCK_SEQPACKET : isStream && (family === 'inet' || family === 'inet6')

// Programs mostly send to the same name again, and encoding it takes 0.4 µs (bench/README.md).
let lastTo: string | undefined
let lastName: Uint8Array = new Uint8Array(0)

function nameOf(to: AddressLike): Uint8Array {
  if (typeof to === 'string') {
    if (to !== lastTo) [lastTo, lastName] = [to, encodeAddress(to)]
    return lastName
  }
  if (typeof to === 'object' && to !== null && 'unnamed' in to) {
    throw invalidAddress('Cannot send to an unnamed socket: '
      + 'a sender that wants a reply must bind an address first; { unnamed: true } lets the kernel choose one')
  }
  return encodeAddress(to)
}

/** Maximum number of bytes of a stream message per call. The kernel has no room for more. */
const maxPiece = 256 << 10

/** The part of a stream message to send in the next call, after `sent` bytes were sent. */
export function nextPiece(message: Outgoing, sent: number): Outgoing {
  const { buffers, name, size, flags, control, furtherControl, held } = message
  if (sent === 0 && held === undefined && size <= maxPiece) return message
  const end = Math.min(held !== undefined && sent < size - 1 ? size - 1 : size, sent + maxPiece)
  const isLast = end === size
  return {
    buffers: sliceBuffers(buffers, sent, end), name, size: end - sent,
    control: sent === 0 ? control : isLast && held !== undefined ? held.control : furtherControl,
    flags: held === undefined || isLast ? flags : (flags & ~MSG_OOB) | MSG_MORE,
  }
}

/** Returns a byte range of several buffers, as views of them. */
function sliceBuffers(buffers: readonly Uint8Array[], from: number, to: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  let { index, at } = places.get(buffers) ?? { index: 0, at: 0 }
  for (; index < buffers.length && at < to; at += buffers[index++]!.length) {
    const buffer = buffers[index]!
    const [start, end] = [Math.max(0, from - at), Math.min(buffer.length, to - at)]
    if (start >= end) continue
    if (parts.length === 0) places.set(buffers, { index, at })
    parts.push(buffer.subarray(start, end))
  }
  return parts
}

/** The buffer in which the last piece of a message began, and its position. The next piece begins there or later. */
const places = new WeakMap<readonly Uint8Array[], { readonly index: number; readonly at: number }>()
