/**
 * A received message.
 * @module
 */
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import { hostAbi, type Abi } from '../../abi/abi.ts'
import { cmsghdrOf, walkControl, type VisitControl } from '../../abi/cmsg.ts'
import { copyOf } from '../../abi/bytes.ts'
import type { Address } from '../../address/address.ts'
import { decodeControl, type DecodedControl } from '../../control/decode.ts'
import type { AnyControlMessage, Family, ValueOf } from '../../control/define.ts'
import { credentials, type Credentials } from '../../control/kinds/socket.ts'
import { invalidType, show } from '../../errors.ts'
import { addressOf } from '../../libc/addresses.ts'
import type { Batch } from '../../message/batch.ts'
import { Block, blockFor, keep } from '../../message/pool.ts'
import { isPlaceholder } from './credentials.ts'
import { shownAs } from '../../inspect.ts'
import { duplicateDescriptors } from '../../descriptors/find.ts'
import { closeAll } from '../../descriptors/owned-fd.ts'
import { isAskedFor, isOwning, ownDescriptors, withoutOwning, type Owned } from './owner.ts'
import { pidfd } from '../../identity/pidfd.ts'

const { SOL_SOCKET, SO_TIMESTAMP_OLD, MSG_TRUNC, MSG_CTRUNC } = constants

/** Properties that all messages of a socket share. */
export interface MessageContext {
  readonly family: Family | undefined
  /** The kinds that the socket was asked to receive. */
  readonly definitions: readonly AnyControlMessage[]
  /** The same definitions, for decoding. */
  readonly decoding: readonly AnyControlMessage[]
  /** Credentials may be placeholders that the kernel adds to messages queued before the socket asked for credentials. */
  readonly mayHavePlaceholders: boolean
  /** Each message has a hidden SCM_TIMESTAMP, which distinguishes an empty packet from the end of the connection. */
  readonly marked: boolean
}

/**
 * The parts of a definition that are needed to read its value from a message. A definition is a function with so many
 * properties that V8 keeps them in a hash table, where each access is a search.
 */
interface Reader {
  readonly definition: AnyControlMessage
  readonly isCredentials: boolean
  readonly level: number
  readonly type: number
  /** The usual payload size, in bytes. */
  readonly usualSize: number
  readonly accepts: (size: number, abi: Abi) => boolean
  readonly read: (view: DataView, start: number, end: number, abi: Abi) => unknown
}

/** Readers by definition, shared by all sockets: with a thousand sockets, separate readers would not fit the CPU cache. */
const readers = new WeakMap<AnyControlMessage, Reader>()
/** The reader used last, since programs mostly ask for the same kind again. */
let lastReader: Reader | undefined

/** The reader of a definition; `undefined` if its values cannot be read in place. */
function readerOf(definition: AnyControlMessage | undefined): Reader | undefined {
  if (lastReader?.definition === definition) return lastReader
  if (definition?.read === undefined || isOwning(definition)) return undefined
  let reader = readers.get(definition)
  if (reader === undefined) {
    const { kind, level, type, minSize, read, accepts = (size) => size >= minSize } = definition
    reader = { definition, isCredentials: kind === credentials.kind, level, type, usualSize: minSize, accepts, read }
    readers.set(definition, reader)
  }
  return (lastReader = reader)
}

export const contextOf = (
  family: Family | undefined, definitions: readonly AnyControlMessage[], mayHavePlaceholders: boolean, marked: boolean,
): MessageContext =>
  ({ family, definitions, decoding: withoutOwning(definitions), mayHavePlaceholders, marked })

/**
 * Copies a message that was not handed out yet, and duplicates its descriptors. With `size`, its data is cut off as by a receive with a
 * buffer of this size, where the kernel does not report the length of the whole message.
 * @throws SystemError EMFILE
 */
export let copyMessage: (message: AnyMessage, size?: number) => AnyMessage
/** Returns the number of descriptors that a message was received with. */
export let descriptorCount: (message: AnyMessage) => number
/** True if a message has only control messages that the kernel also adds at the end of a connection. */
export let hasOnly: (message: AnyMessage, isAtEnd: (level: number, type: number) => boolean) => boolean

/**
 * A received message: its data, its sender's address, and its control messages.
 *
 * It owns the descriptors received with it, whether or not the socket asked for them. Descriptors that were not taken are closed
 * when the message is disposed of: by `message[Symbol.dispose]()`, by `for await (const message of socket)` when the loop moves
 * on, or at the end of the scope of `using message = await socket.receive()` (Node 24, TypeScript).
 */
export class Message<D extends AnyControlMessage = never> implements Disposable {
  /** `msg_flags`: `MSG_TRUNC`, `MSG_CTRUNC`, `MSG_EOR`, `MSG_OOB`, `MSG_ERRQUEUE`. */
  readonly flags: number
  // The positions of its parts in a block of memory that it may share with other messages. The object for a part is created
  // on first access, since most parts are never used.
  readonly #block: Block
  readonly #dataAt: number
  /** Bytes of data that the kernel wrote. */
  readonly #written: number
  /**
   * The number of bytes of the message as it was sent, even if fewer were received ({@link truncated}). For `MSG_TRUNC` on a TCP
   * connection, the number of bytes discarded. If the kernel does not report it (error queue, CAN_J1939, ICMP sockets of type
   * datagram), the length of {@link data}. On a stream, which has no message boundaries, the number of bytes of this read.
   */
  readonly length: number
  readonly #controlAt: number
  readonly #controlLength: number
  readonly #nameAt: number
  readonly #nameLength: number
  readonly #context: MessageContext
  /** The owners of descriptors. */
  readonly #owned: readonly Owned[] | undefined
  #data: Buffer | undefined
  #address: Address | undefined
  #decoded: DecodedControl<D>[] | undefined

  /** @internal */
  constructor(
    block: Block, dataAt: number, written: number, length: number, controlAt: number, controlLength: number, nameAt: number,
    nameLength: number,
    flags: number, context: MessageContext,
  ) {
    this.flags = flags
    this.length = length
    this.#block = block
    this.#dataAt = dataAt
    this.#written = written
    this.#controlAt = controlAt
    this.#controlLength = controlLength
    this.#nameAt = nameAt
    this.#nameLength = nameLength
    this.#context = context
    // This comes first: nothing may throw between the kernel installing descriptors and their getting an owner.
    this.#owned = controlLength === 0 || context.family !== 'unix'
      ? undefined
      : ownDescriptors(block.view, controlAt, controlAt + controlLength)
  }

  /** The bytes received, as a copy that belongs to this message: {@link length} bytes unless it is {@link truncated}. */
  get data(): Buffer {
    return (this.#data ??= this.#block.slice(this.#dataAt, this.#written))
  }

  /**
   * `msg_name`: the address of the sender, which can be passed as `to` of a reply. `{ unnamed: true }` for a sender without an
   * address, which cannot receive a reply.
   */
  get address(): Address {
    return (this.#address ??= addressOf(this.#block.slice(this.#nameAt, this.#nameLength)))
  }

  /** `MSG_TRUNC`: data was cut off because the message was larger than the buffer. The rest is lost. */
  get truncated(): boolean {
    return (this.flags & MSG_TRUNC) !== 0 || this.length > this.#written
  }

  /** `MSG_CTRUNC`: control messages were cut off, or descriptors dropped because they were not asked for or exceed RLIMIT_NOFILE. */
  get controlTruncated(): boolean {
    return (this.flags & MSG_CTRUNC) !== 0
  }

  /**
   * `msg_control`: all control messages in the kernel's order: `{ kind, level, type, data, value }`. A control message that the
   * socket did not ask for, or that is too short, has the kind `'unknown'` and no value.
   */
  get control(): readonly DecodedControl<D>[] {
    return (this.#decoded ??= this.#decode(this.#context.definitions) as DecodedControl<D>[])
  }

  /**
   * Returns the value of a kind that the socket receives: the first if there are several, `undefined` if there is none. Also
   * `undefined` for placeholder credentials, which the kernel adds to messages queued before the socket was adopted and asked
   * for credentials. Never throws because of what a peer sent.
   * @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE` if it is not a definition
   */
  get<K extends D>(definition: K): ValueOf<K> | undefined {
    // This is called for every message, so it makes no list and no copy.
    const reader = readerOf(definition)
    if (reader !== undefined) {
      const value = this.#first(reader) as ValueOf<K> | undefined
      if (value !== undefined || definition.forms === undefined) return value
    } else {
      checkDefinition(definition)
    }
    if (isOwning(definition)) return this.#ownedBy(definition)?.value as ValueOf<K> | undefined
    return this.getAll(definition)[0]
  }

  #ownedBy(definition: AnyControlMessage): Owned | undefined {
    return this.#owned?.find((owned) => isAskedFor(owned, [definition]) && owned.value !== undefined)
  }

  #first(reader: Reader): unknown {
    if (this.#context.marked && isMark(reader.level, reader.type)) return undefined
    wanted = reader
    start = -1
    walkControl(this.#block.view, this.#controlAt, this.#controlAt + this.#controlLength, header, find)
    if (start < 0) return undefined
    let value: unknown
    try {
      value = reader.read(this.#block.view, start, end, hostAbi())
    } catch {
      // The decoder may be the user's. What a peer sends must not throw here, and `control` has the error.
      return undefined
    }
    return reader.isCredentials && this.#isPlaceholder(value as Credentials) ? undefined : value
  }

  /** Returns all values of a kind in the kernel's order. @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE` if it is not a definition */
  getAll<K extends D>(definition: K): ValueOf<K>[] {
    checkDefinition(definition)
    const control = this.#context.definitions.includes(definition) ? this.control : this.#decode([definition])
    return control.flatMap((message) => (message.kind === definition.kind && 'value' in message ? [message.value as ValueOf<K>] : []))
  }

  #decode(definitions: readonly AnyControlMessage[]): DecodedControl<AnyControlMessage>[] {
    if (this.#controlLength === 0) return []
    const { family } = this.#context
    const decoding = definitions === this.#context.definitions ? this.#context.decoding : withoutOwning(definitions)
    const options = { definitions: decoding, ...(family === undefined ? {} : { family }) }
    const decoded: DecodedControl<AnyControlMessage>[] = decodeControl(this.#controlBytes, options).map((message, index) => {
      if (message.kind === 'unknown') return message
      const { kind, level, type, data } = message
      const owned = this.#owned?.find((one) => one.index === index)
      if (owned !== undefined && isAskedFor(owned, definitions)) return { ...message, value: owned.value }
      return kind === credentials.kind && this.#isPlaceholder(message.value as Credentials)
        ? { kind: 'unknown', level, type, data }
        : message
    })
    return this.#context.marked ? decoded.filter(({ level, type }) => !isMark(level, type)) : decoded
  }

  get #controlBytes(): Uint8Array {
    return this.#block.slice(this.#controlAt, this.#controlLength)
  }

  #isPlaceholder(value: Credentials): boolean {
    // A socket that asked before it had a name gets everyone's credentials; pid 0 then means a sender in another namespace.
    return value.pid === 0 && this.#context.mayHavePlaceholders
      && isPlaceholder(value, this.#owned?.some(({ definition }) => definition === pidfd) === true)
  }

  static {
    shownAs(this, 'Message', ({ data, address, control, truncated, controlTruncated }) =>
      ({ data, address, control, ...(truncated ? { truncated } : {}), ...(controlTruncated ? { controlTruncated } : {}) }))

    copyMessage = (message, size = Infinity) => {
      const isCut = size < message.#written
      const data = copyOf(isCut ? message.data.subarray(0, size) : message.data)
      const control = message.#owned === undefined ? message.#controlBytes : duplicateDescriptors(message.#controlBytes)
      const name = message.#block.slice(message.#nameAt, message.#nameLength)
      const block = new Block(data.length + control.length + name.length)
      block.bytes.set(data)
      block.bytes.set(control, data.length)
      block.bytes.set(name, data.length + control.length)
      return new Message(
        block, 0, data.length, isCut ? size : message.length, data.length, control.length, data.length + control.length, name.length,
        isCut ? message.flags | MSG_TRUNC : message.flags, message.#context,
      )
    }
    descriptorCount = (message) => message.#owned?.reduce((sum, { fds }) => sum + fds.length, 0) ?? 0
    hasOnly = (message, isAtEnd) => {
      let only = true
      const visit: VisitControl = (level, type) => { only &&= isAtEnd(level, type) }
      walkControl(message.#block.view, message.#controlAt, message.#controlAt + message.#controlLength, header, visit)
      return only
    }
  }

  /**
   * Closes the descriptors that were not taken. Calling it again is fine. Descriptors whose close could block are closed soon
   * afterwards, on another thread.
   */
  [dispose](): void {
    if (this.#owned === undefined) return
    for (const { fds } of this.#owned) closeAll(fds)
  }
}

function checkDefinition(definition: AnyControlMessage): void {
  if (typeof (definition as AnyControlMessage | undefined | null)?.decode === 'function') return
  throw invalidType(`Cannot get ${show(definition)} from a message: expected a definition, such as credentials`)
}

/** A message of a socket with any `receive` option. */
export type AnyMessage = Message<AnyControlMessage>

/** Copies message `i` out of a batch. `written` is the number of data bytes that the kernel wrote. */
export function messageFrom(batch: Batch, i: number, written: number, flags: number, context: MessageContext): AnyMessage {
  const { memory } = batch
  const length = batch.length(i)
  const controlLength = batch.controlLength(i)
  const nameLength = batch.nameLength(i)
  const block = blockFor(written + controlLength + nameLength + 3 * Int32Array.BYTES_PER_ELEMENT)
  const controlAt = controlLength === 0 ? 0 : keep(block, memory, batch.controlStart(i), controlLength)
  const nameAt = nameLength === 0 ? 0 : keep(block, memory, batch.nameStart(i), nameLength)
  const dataAt = written === 0 ? 0 : keep(block, memory, batch.dataStart(i), written)
  return new Message<AnyControlMessage>(block, dataAt, written, length, controlAt, controlLength, nameAt, nameLength, flags, context)
}

const isMark = (level: number, type: number): boolean => level === SOL_SOCKET && type === SO_TIMESTAMP_OLD

// One visitor for all messages: a closure per message would cost more than the walk.
const header = cmsghdrOf()
let wanted: Reader
let start = -1
let end = 0
const find: VisitControl = (level, type, from, to, complete) => {
  if (start >= 0 || !complete || level !== wanted.level || type !== wanted.type) return
  const size = to - from
  if (size !== wanted.usualSize && !wanted.accepts(size, hostAbi())) return
  start = from
  end = to
}
