/**
 * `defineControlMessage`: what a control message is, built-in or a user's own. A definition is one object: call it to
 * make an item to send, use it as a key to read one received.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { copyOf, isBytes, viewOf } from '../abi/bytes.ts'
import type { Struct, StructValue } from '../abi/struct.ts'
import { invalidDefinition, invalidType, outOfRange, show } from '../errors.ts'

/** The address families whose control messages are told apart: (level, type) alone is ambiguous, level 0 is IP, HCI and 802.15.4. */
export type Family = 'unix' | 'inet' | 'inet6' | 'netlink' | 'packet' | 'vsock' | 'bluetooth' | 'can' | 'alg' | 'tipc' | 'rds' | 'rxrpc' | 'llc' | 'iucv' | 'ieee802154' | 'isdn'

/** What a socket does when it is asked to receive a kind. */
export interface ReceiveSetup {
  /** The room to reserve: the largest payload, in bytes. */
  readonly size: number
  /** The option that turns the kind on. Absent: the kernel sends it unasked. */
  readonly option?: number
  /** The level of that option; the level of the control message if absent. */
  readonly optionLevel?: number
}

/** What every definition has. */
export interface ControlMessageFacts<Kind extends string> {
  /** What it is called: the discriminant of what is received. Not `'unknown'`. */
  readonly kind: Kind
  /** `cmsg_level`. */
  readonly level: number
  /** `cmsg_type`. */
  readonly type: number
  /** The families that have it; all if absent. */
  readonly family?: Family | readonly Family[]
  /** How a socket asks for it. Absent: it is only sent. */
  readonly receive?: ReceiveSetup
}

/** By a struct: both directions follow from the layout. */
interface ByLayout<Kind extends string, F> extends ControlMessageFacts<Kind> {
  readonly layout: Struct<F>
  /** The kernel only sends it to us: calling the definition is then a type error. */
  readonly receiveOnly?: false
}
interface ByLayoutReceiveOnly<Kind extends string, F> extends ControlMessageFacts<Kind> {
  readonly layout: Struct<F>
  readonly receiveOnly: true
}

/** By functions: for payloads of variable length. Without `encode` it cannot be sent. */
interface ByFunctions<Kind extends string, In, Out> extends ControlMessageFacts<Kind> {
  /** The shortest payload `decode` may see, bytes; what is shorter is reported as `'unknown'`. */
  readonly minSize: number
  readonly encode?: (value: In, abi: Abi) => Uint8Array
  readonly decode: (data: Uint8Array, abi: Abi) => Out
}

/** A control message to send: made by calling a definition, or by {@link rawControl}. */
export interface ControlItem {
  readonly kind: string
  /** `cmsg_level`. */
  readonly level: number
  /** `cmsg_type`. */
  readonly type: number
  readonly family?: Family | readonly Family[]
  /** The value it was made from. */
  readonly value: unknown
  /** The payload under an ABI. */
  payload(abi: Abi): Uint8Array
}

/** A definition: call it with a value to send, use it as a key to what was received. */
export interface ControlMessage<Kind extends string = string, In = never, Out = unknown> extends ControlMessageFacts<Kind> {
  (value: In): ControlItem
  /** The shortest payload that can be decoded, bytes. */
  readonly minSize: number
  readonly decode: (data: Uint8Array, abi: Abi) => Out
}

/** Any definition. `never`, because nothing is known of what it takes. */
export type AnyControlMessage = ControlMessage<string, never, unknown>

/** The value that a definition decodes to. */
export type ValueOf<D> = D extends { readonly decode: (data: Uint8Array, abi: Abi) => infer Out } ? Out : never

/**
 * Define a control message, by the struct of its payload or by functions.
 *
 * @throws TypeError `ERR_CMSG_INVALID_DEFINITION` for what cannot be
 * @example
 * import { constants, decodeControl, defineControlMessage, defineStruct, encodeControl } from 'cmsg/codec'
 *
 * // IP_TTL is an int, and only ever one.
 * const ttl = defineControlMessage({
 *   kind: 'ttl', level: constants.SOL_IP, type: constants.IP_TTL, family: 'inet',
 *   layout: defineStruct({ ttl: 'i32' }),
 *   receive: { size: 4, option: constants.IP_RECVTTL },
 * })
 * const control = encodeControl([ttl({ ttl: 64 })])
 * decodeControl(control, { definitions: [ttl] }) // [{ kind: 'ttl', …, value: { ttl: 64 } }]
 */
export function defineControlMessage<const Kind extends string, F>(definition: ByLayout<Kind, F>): ControlMessage<Kind, StructValue<F>, StructValue<F>>
export function defineControlMessage<const Kind extends string, F>(definition: ByLayoutReceiveOnly<Kind, F>): ControlMessage<Kind, never, StructValue<F>>
export function defineControlMessage<const Kind extends string, Out, In = never>(definition: ByFunctions<Kind, In, Out>): ControlMessage<Kind, In, Out>
export function defineControlMessage(
  definition: ControlMessageFacts<string> & {
    layout?: Struct<Record<string, never>>
    receiveOnly?: boolean
    minSize?: number
    encode?: (value: never, abi: Abi) => Uint8Array
    decode?: (data: Uint8Array, abi: Abi) => unknown
  },
): AnyControlMessage {
  const { kind, level, type, family, receive, layout, receiveOnly } = definition
  const refuse = (reason: string): never => { throw invalidDefinition(`Cannot define the control message ${show(kind)}: ${reason}`) }
  if (typeof kind !== 'string' || kind === '' || kind === 'unknown') refuse('its kind must be a name, and not "unknown"')
  if (!Number.isInteger(level)) refuse(`level must be an integer, not ${show(level)}`)
  if (!Number.isInteger(type)) refuse(`type must be an integer, not ${show(type)}`)
  if (layout === undefined && typeof definition.decode !== 'function') refuse('it needs a layout, or a decode function')

  const minSize = layout?.size ?? definition.minSize ?? 0
  if (receive !== undefined && (!Number.isInteger(receive.size) || receive.size < minSize)) {
    refuse(`receive.size is ${show(receive.size)}, less than the ${minSize} bytes its payload takes`)
  }
  const decode = definition.decode ?? ((data: Uint8Array, abi: Abi) => layout!.for(abi).read(viewOf(data)))
  const encode = definition.encode ?? (layout && !receiveOnly
    ? (value: never, abi: Abi) => {
        const struct = layout.for(abi)
        const bytes = new Uint8Array(struct.size)
        struct.write(viewOf(bytes), 0, value)
        return bytes
      }
    : undefined)

  const facts = { kind, level, type, ...(family === undefined ? {} : { family }), ...(receive === undefined ? {} : { receive }) }
  const make = (value: never): ControlItem => {
    if (encode === undefined) throw invalidType(`Cannot send ${kind}: the kernel only sends it to us`)
    // Encoded at once: a wrong value is reported where it was written, and an item sent twice is encoded once.
    const payload = encode(value, hostAbi())
    return { kind, level, type, ...(family === undefined ? {} : { family }), value, payload: (abi) => (abi === hostAbi() ? payload : encode(value, abi)) }
  }
  return Object.assign(make, facts, { minSize, decode })
}

/**
 * Any control message at all, by numbers and bytes: the way to send what has no definition.
 *
 * @throws TypeError or RangeError when level or type is no 32-bit integer or the payload no Uint8Array
 */
export function rawControl(level: number, type: number, data: Uint8Array): ControlItem {
  for (const [name, n] of [['level', level], ['type', type]] as const) {
    if (typeof n !== 'number') throw invalidType(`Cannot make a control message with ${name} ${show(n)}: expected a number`)
    if ((n | 0) !== n) throw outOfRange(`Cannot make a control message with ${name} ${n}: expected a 32-bit integer`)
  }
  if (!isBytes(data)) throw invalidType(`Cannot make a control message of ${show(data)}: expected a Uint8Array`)
  const copy = copyOf(data)
  return { kind: 'unknown', level, type, value: copy, payload: () => copy }
}

/** Whether a definition or an item belongs to a family. */
export const inFamily = (of: Family | readonly Family[] | undefined, family: Family): boolean =>
  of === undefined || of === family || (Array.isArray(of) && of.includes(family))
