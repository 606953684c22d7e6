/**
 * A received message.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { decodeAddress, type Address } from '../address/address.ts'
import { decodeControl, type DecodedControl } from '../control/decode.ts'
import type { AnyControlMessage, Family, ValueOf } from '../control/define.ts'
import { credentials, type Credentials } from '../control/socket.ts'
import { invalidType, show } from '../errors.ts'
import { isPlaceholder } from './credentials.ts'
import { ownDescriptors, withoutOwning, type Owned } from './owner.ts'
import { pidfd } from './pidfd.ts'

const { MSG_TRUNC, MSG_CTRUNC } = constants

/** What a socket has been told about its messages. */
export interface MessageContext {
  readonly family: Family | undefined
  /** What it was asked to receive. */
  readonly definitions: readonly AnyControlMessage[]
  /** The same, for decoding. */
  readonly decoding: readonly AnyControlMessage[]
}

export const contextOf = (family: Family | undefined, definitions: readonly AnyControlMessage[]): MessageContext =>
  ({ family, definitions, decoding: withoutOwning(definitions) })

/**
 * A message: its data, who sent it, and its control messages.
 *
 * It owns the descriptors that came along, whether anybody asked for them or not: they are closed when it is disposed
 * of, except those that were taken. `using message = await socket.receive()` does it at the end of the scope, and
 * `for await (const message of socket)` when the loop moves on.
 */
export class Message<D extends AnyControlMessage = never> implements Disposable {
  /** The data, a copy of its own. */
  readonly data: Buffer
  /** What the kernel says of it: `MSG_TRUNC`, `MSG_CTRUNC`, `MSG_EOR`, `MSG_OOB`, `MSG_ERRQUEUE`. */
  readonly flags: number
  readonly #name: Uint8Array
  readonly #control: Uint8Array | undefined
  readonly #context: MessageContext
  /** The owners of descriptors, by the place of their control message. */
  readonly #owned: ReadonlyMap<number, Owned> | undefined
  #address: Address | undefined
  #decoded: DecodedControl<D>[] | undefined

  /** @internal */
  constructor(data: Buffer, name: Uint8Array, control: Uint8Array | undefined, flags: number, context: MessageContext) {
    this.data = data
    this.flags = flags
    this.#name = name
    this.#control = control
    this.#context = context
    // First of all: nothing may happen between the kernel's installing descriptors and their having an owner.
    this.#owned = control === undefined || context.family !== 'unix' ? undefined : ownDescriptors(control)
  }

  /** The sender's address: it can be given back as `to`. `{ unnamed: true }` for a sender that has none. */
  get address(): Address {
    return (this.#address ??= decodeAddress(this.#name))
  }

  /** Whether data was cut off: the message was larger than the room for it. */
  get truncated(): boolean {
    return (this.flags & MSG_TRUNC) !== 0
  }

  /** Whether control messages were cut off or dropped: descriptors nobody asked for, or too many for RLIMIT_NOFILE. */
  get controlTruncated(): boolean {
    return (this.flags & MSG_CTRUNC) !== 0
  }

  /**
   * Every control message, in the kernel's order: `{ kind, level, type, data, value }`; what the socket did not ask for,
   * or what is too short, has the kind `'unknown'` and no value.
   */
  get control(): readonly DecodedControl<D>[] {
    return (this.#decoded ??= this.#decode(this.#context.definitions) as DecodedControl<D>[])
  }

  /**
   * The value of a kind the socket was opened to receive, or `undefined` when none came. Credentials that the kernel
   * made up, for a message that was queued before the socket asked for them, are none.
   */
  get<K extends D>(definition: K): ValueOf<K> | undefined {
    return this.getAll(definition)[0]
  }

  /** Every value of a kind, in the kernel's order. */
  getAll<K extends D>(definition: K): ValueOf<K>[] {
    if (typeof (definition as K | undefined)?.decode !== 'function') {
      throw invalidType(`Cannot get ${show(definition)} from a message: expected a definition, such as credentials`)
    }
    const control = this.#context.definitions.includes(definition) ? this.control : this.#decode([definition])
    return control.flatMap((message) => (message.kind === definition.kind && 'value' in message ? [message.value as ValueOf<K>] : []))
  }

  #decode(definitions: readonly AnyControlMessage[]): DecodedControl<AnyControlMessage>[] {
    if (this.#control === undefined) return []
    const { family } = this.#context
    const decoding = definitions === this.#context.definitions ? this.#context.decoding : withoutOwning(definitions)
    return decodeControl(this.#control, { definitions: decoding, ...(family === undefined ? {} : { family }) }).map((message, index) => {
      if (message.kind === 'unknown') return message
      const { kind, level, type, data } = message
      const owned = this.#owned?.get(index)
      if (owned !== undefined && definitions.includes(owned.definition)) return { ...message, value: owned.value }
      const nobody = kind === credentials.kind && isPlaceholder(message.value as Credentials, this.#hasPidfd)
      return nobody ? { kind: 'unknown', level, type, data } : message
    })
  }

  get #hasPidfd(): boolean {
    return [...this.#owned?.values() ?? []].some(({ definition }) => definition === pidfd)
  }

  /** Close the descriptors that were not taken. More than once is fine. */
  [Symbol.dispose](): void {
    if (this.#owned === undefined) return
    for (const { fds } of this.#owned.values()) for (const fd of fds) fd.close()
  }
}
