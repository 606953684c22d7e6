/**
 * A received message.
 * @module
 */
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import { hostAbi, type Abi } from '../../abi/abi.ts'
import { cmsghdrOf, walkControl, type VisitControl } from '../../abi/cmsg.ts'
import { copyOf } from '../../abi/bytes.ts'
import { decodeAddress, type Address } from '../../address/address.ts'
import { decodeControl, type DecodedControl } from '../../control/decode.ts'
import type { AnyControlMessage, Family, ValueOf } from '../../control/define.ts'
import { credentials, type Credentials } from '../../control/kinds/socket.ts'
import { invalidType, show } from '../../errors.ts'
import type { Batch } from '../../message/batch.ts'
import { Block, blockFor, keep } from '../../message/pool.ts'
import { isPlaceholder } from './credentials.ts'
import { shownAs } from '../../inspect.ts'
import { duplicateDescriptors } from '../../descriptors/find.ts'
import { closeAll } from '../../descriptors/owned-fd.ts'
import { isAskedFor, isOwning, ownDescriptors, withoutOwning, type Owned } from './owner.ts'
import { pidfd } from '../../identity/pidfd.ts'

const { SOL_SOCKET, SO_TIMESTAMP_OLD, MSG_TRUNC, MSG_CTRUNC } = constants


/** What a socket knows about its messages. */
export interface MessageContext {
  readonly family: Family | undefined
  /** What it was asked to receive. */
  readonly definitions: readonly AnyControlMessage[]
  /** The same, for decoding. */
  readonly decoding: readonly AnyControlMessage[]
  /** Credentials may be those that the kernel makes up for a message that was queued before anybody asked for them. */
  readonly madeUp: boolean
  /** Each message has an SCM_TIMESTAMP that nobody asked for: it tells an empty packet from the end, and is not shown. */
  readonly marked: boolean
}

/**
 * What of a definition is needed to read its value from a message. A definition is a function with so many properties
 * that the engine keeps them in a table, where each access is a search.
 */
interface Reader {
  readonly definition: AnyControlMessage
  readonly isCredentials: boolean
  readonly level: number
  readonly type: number
  /** The size that payloads nearly always have, bytes. */
  readonly usualSize: number
  readonly accepts: (size: number, abi: Abi) => boolean
  readonly read: (view: DataView, start: number, end: number, abi: Abi) => unknown
}

/** By definition: one for all sockets, since what each of a thousand had of its own would not be in the processor's cache. */
const readers = new WeakMap<AnyControlMessage, Reader>()
/** Mostly the same is asked for again. */
let lastReader: Reader | undefined

/** The reader of a definition; `undefined` where its values are not read where they lie. */
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

export const contextOf = (family: Family | undefined, definitions: readonly AnyControlMessage[], madeUp: boolean, marked: boolean): MessageContext =>
  ({ family, definitions, decoding: withoutOwning(definitions), madeUp, marked })

/** Another of a message that nobody has seen yet, with descriptors of its own. @throws SystemError EMFILE */
export let copyMessage: (message: AnyMessage) => AnyMessage
/** The number of descriptors that came with a message. */
export let descriptorCount: (message: AnyMessage) => number
/** Tells that every control message of a message is one that the kernel adds to the end of a connection, too. */
export let hasOnly: (message: AnyMessage, isAtEnd: (level: number, type: number) => boolean) => boolean

/**
 * A message: its data, who sent it, and its control messages.
 *
 * It owns the descriptors that came along, whether anybody asked for them or not: they are closed when it is disposed
 * of, except those that were taken: by `message[Symbol.dispose]()`, by `for await (const message of socket)` when the loop
 * moves on, or at the end of the scope by `using message = await socket.receive()`, where the language has it (Node 24,
 * TypeScript).
 */
export class Message<D extends AnyControlMessage = never> implements Disposable {
  /** `msg_flags`: `MSG_TRUNC`, `MSG_CTRUNC`, `MSG_EOR`, `MSG_OOB`, `MSG_ERRQUEUE`. */
  readonly flags: number
  // Where its parts are in a block of memory that it may share with others: an object for each part is made when it is
  // asked for, since most are not.
  readonly #block: Block
  readonly #dataAt: number
  /** Bytes of data that the kernel wrote. */
  readonly #written: number
  /**
   * The number of bytes of the message as it was sent, also when fewer of them fit ({@link truncated}). For `MSG_TRUNC` on
   * a TCP connection the number of bytes discarded. Where the kernel does not tell (the error queue, CAN_J1939) the length
   * of {@link data}. On a stream, the bytes of this read: a stream has no messages of its own.
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
    block: Block, dataAt: number, written: number, length: number, controlAt: number, controlLength: number, nameAt: number, nameLength: number,
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
    // First of all: nothing may happen between the kernel's installing descriptors and their having an owner.
    this.#owned = controlLength === 0 || context.family !== 'unix' ? undefined : ownDescriptors(block.view, controlAt, controlAt + controlLength)
  }

  /** The bytes that were received, a copy of this message's own: {@link length} of them unless it is {@link truncated}. */
  get data(): Buffer {
    return (this.#data ??= this.#block.part(this.#dataAt, this.#written))
  }

  /**
   * `msg_name`: the address of the sender, which can be given back as `to`. `{ unnamed: true }` for a sender without one: it
   * cannot be answered.
   */
  get address(): Address {
    return (this.#address ??= decodeAddress(this.#block.part(this.#nameAt, this.#nameLength)))
  }

  /** `MSG_TRUNC`: data was cut off, because the message was larger than the room for it. The rest of it is gone. */
  get truncated(): boolean {
    return (this.flags & MSG_TRUNC) !== 0 || this.length > this.#written
  }

  /** `MSG_CTRUNC`: control messages were cut off or dropped: descriptors nobody asked for, or too many for RLIMIT_NOFILE. */
  get controlTruncated(): boolean {
    return (this.flags & MSG_CTRUNC) !== 0
  }

  /**
   * `msg_control`: every control message, in the kernel's order: `{ kind, level, type, data, value }`. One that the socket
   * did not ask for, or that is too short, has the kind `'unknown'` and no value.
   */
  get control(): readonly DecodedControl<D>[] {
    return (this.#decoded ??= this.#decode(this.#context.definitions) as DecodedControl<D>[])
  }

  /**
   * The value of a kind the socket was opened to receive, the first if several came, or `undefined` when none did.
   * Credentials that the kernel made up, for a message that was queued before the socket was adopted and asked for them,
   * are `undefined` too. It never throws for what a peer sent.
   */
  get<K extends D>(definition: K): ValueOf<K> | undefined {
    // What is asked for of every message should cost little: no list, no copy.
    const reader = readerOf(definition)
    if (reader !== undefined) {
      const value = this.#first(reader) as ValueOf<K> | undefined
      if (value !== undefined || definition.forms === undefined) return value
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
      // A decoder of the user's own: what a peer sends must not throw here, and `control` has the error.
      return undefined
    }
    return reader.isCredentials && this.#isNobody(value as Credentials) ? undefined : value
  }

  /** Every value of a kind, in the kernel's order. @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE` for what is no definition */
  getAll<K extends D>(definition: K): ValueOf<K>[] {
    if (typeof (definition as K | undefined)?.decode !== 'function') {
      throw invalidType(`Cannot get ${show(definition)} from a message: expected a definition, such as credentials`)
    }
    const control = this.#context.definitions.includes(definition) ? this.control : this.#decode([definition])
    return control.flatMap((message) => (message.kind === definition.kind && 'value' in message ? [message.value as ValueOf<K>] : []))
  }

  #decode(definitions: readonly AnyControlMessage[]): DecodedControl<AnyControlMessage>[] {
    if (this.#controlLength === 0) return []
    const { family } = this.#context
    const decoding = definitions === this.#context.definitions ? this.#context.decoding : withoutOwning(definitions)
    const decoded: DecodedControl<AnyControlMessage>[] = decodeControl(this.#controlBytes, { definitions: decoding, ...(family === undefined ? {} : { family }) }).map((message, index) => {
      if (message.kind === 'unknown') return message
      const { kind, level, type, data } = message
      const owned = this.#owned?.find((one) => one.index === index)
      if (owned !== undefined && isAskedFor(owned, definitions)) return { ...message, value: owned.value }
      return kind === credentials.kind && this.#isNobody(message.value as Credentials) ? { kind: 'unknown', level, type, data } : message
    })
    return this.#context.marked ? decoded.filter(({ level, type }) => !isMark(level, type)) : decoded
  }

  get #controlBytes(): Uint8Array {
    return this.#block.part(this.#controlAt, this.#controlLength)
  }

  #isNobody(value: Credentials): boolean {
    // A socket that asked before it had a name is told of everybody: then they are of a sender in other namespaces.
    return value.pid === 0 && this.#context.madeUp && isPlaceholder(value, this.#owned?.some(({ definition }) => definition === pidfd) === true)
  }

  static {
    shownAs(this, 'Message', ({ data, address, control, truncated, controlTruncated }) =>
      ({ data, address, control, ...(truncated ? { truncated } : {}), ...(controlTruncated ? { controlTruncated } : {}) }))

    copyMessage = (message) => {
      const data = copyOf(message.data)
      const control = message.#owned === undefined ? message.#controlBytes : duplicateDescriptors(message.#controlBytes)
      const name = message.#block.part(message.#nameAt, message.#nameLength)
      const block = new Block(data.length + control.length + name.length)
      block.bytes.set(data)
      block.bytes.set(control, data.length)
      block.bytes.set(name, data.length + control.length)
      return new Message(block, 0, data.length, message.length, data.length, control.length, data.length + control.length, name.length, message.flags, message.#context)
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
   * Close the descriptors that were not taken. More than once is fine. Those whose close could block are closed soon
   * instead, on a thread of their own.
   */
  [dispose](): void {
    if (this.#owned === undefined) return
    for (const { fds } of this.#owned) closeAll(fds)
  }
}

/** A message, whatever its socket was asked to receive. */
export type AnyMessage = Message<AnyControlMessage>

/** Message `i` of a batch, copied out of it. `written`: the bytes of data that the kernel wrote. */
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

// The walk's visitor, once and for all messages: a closure for each would cost more than the walk.
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
