/**
 * `defineControlMessage`: what a control message is, built-in or a user's own. A definition is one object: call it to
 * make an item to send, use it as a key to read one received.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { copyOf, isBytes } from '../abi/bytes.ts'
import { sizeAndAlign } from '../abi/struct.ts'
import { invalidDefinition, invalidType, outOfRange, show } from '../errors.ts'
import { payloadOf, type AnyLayout, type Convert, type LayoutValue, type Payload, type Direction, type PayloadDefinition } from './payload.ts'

/**
 * The address families whose control messages are told apart: (level, type) alone is ambiguous, level 0 is IP, HCI and 802.15.4.
 * @useDeclaredType
 */
export type Family = (typeof families)[number]
export const families = [
  'unix', 'inet', 'inet6', 'netlink', 'packet', 'vsock', 'bluetooth', 'can', 'alg', 'tipc', 'rds', 'rxrpc', 'llc', 'iucv', 'ieee802154', 'isdn',
] as const

export type { Direction }

/** What a socket does when it is asked to receive a kind. */
export interface ReceiveSetup {
  /** The room to reserve: the largest payload, in bytes. */
  readonly size: number
  /** The option that turns the kind on. Absent: the kernel sends it unasked. */
  readonly option?: number
  /** The level of that option; the level of the control message if absent. */
  readonly optionLevel?: number
  /**
   * What the option is set to, an int; 1 if absent. Where kinds share an option (SO_TIMESTAMPING has one int of flags),
   * it is set once, to all their values or-ed.
   */
  readonly value?: number
  /** It comes from the error queue, with MSG_ERRQUEUE, and not with the socket's messages. */
  readonly errorQueue?: boolean
}

/**
 * What a number of a payload means, for {@link explainControl}: the prefix of the constants that name its values
 * (`'SO_EE_ORIGIN_'`), the same with a `|` for flags (`'TP_STATUS_|'`), or one of a few things that are not in any header.
 */
export type Meaning =
  | `${Uppercase<string>}_` | `${Uppercase<string>}_|`
  | 'errno' | 'ipv4' | 'ipv6' | 'mac' | 'interface' | 'fd' | 'pid' | 'text' | 'hex' | 'seconds' | 'microseconds' | 'nanoseconds' | 'bytes'

/** What every definition has. */
export interface ControlMessageFacts<Kind extends string> {
  /** What it is called: the discriminant of what is received. Not `'unknown'`. */
  readonly kind: Kind
  /** `cmsg_level`. */
  readonly level: number
  /** `cmsg_type`. */
  readonly type: number
  /** The C name of the type: `'SCM_RIGHTS'`. What {@link explainControl} calls it. */
  readonly name?: string
  /** The families that have it; all if absent. */
  readonly family?: Family | readonly Family[]
  /** The first kernel that has it: `'6.5'`. */
  readonly since?: string
  /** By field of the layout, what its number means; for a layout of a single scalar, the field is `value`. */
  readonly meaning?: Readonly<Record<string, Meaning>>
}

/**
 * How a socket asks for a kind, as it is defined: without a size, it is what the layout takes.
 * @inline
 */
type ReceiveInput = Omit<ReceiveSetup, 'size'> & { readonly size?: number }

/** By a layout: both directions follow from it. */
export interface ByLayout<Kind extends string, L extends AnyLayout, D extends Direction, In, Out> extends ControlMessageFacts<Kind> {
  /**
   * The payload: a struct; a scalar such as `'u32'`, whose value is a plain number; or a function that gives the struct,
   * called when it is first needed.
   */
  readonly layout: L
  /** Which way it goes, both if absent. To call a kind that is only received is a type error. */
  readonly direction?: D
  /**
   * Whether a payload that is longer than the layout is `'unknown'`. A struct may grow at its end in a later kernel, so
   * that by default what is known of it is read; a scalar does not, and is always exact.
   */
  readonly exact?: boolean
  /** What the value is, where it should not be the struct with the names of C. */
  readonly convert?: Convert<LayoutValue<L>, In, Out>
  /** How a socket asks for it; the size is the layout's if absent. Absent altogether: a socket cannot be told to receive it. */
  readonly receive?: ReceiveInput
  /** Absent: what tells this form from {@link ByFunctions}. */
  readonly decode?: never
  /** @internal What the layout and `convert` read, by hand, where it is read all the time: with neither loop nor names. */
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out
}

/** By functions: for payloads of variable length. Without `encode` it cannot be sent. */
export interface ByFunctions<Kind extends string, In, Out> extends ControlMessageFacts<Kind> {
  /** The shortest payload `decode` may see, bytes; what is shorter is reported as `'unknown'`. The layout's if absent. */
  readonly minSize?: number | ((abi: Abi) => number)
  /** The longest, likewise; any length if absent. */
  readonly maxSize?: number | ((abi: Abi) => number)
  /** A value to its payload, in the byte order of the ABI. What it throws is what the caller of the definition gets. */
  readonly encode?: (value: In, abi: Abi) => Uint8Array
  /** A payload, a copy, to its value. What it throws is reported with the bytes, as `error`. */
  readonly decode: (data: Uint8Array, abi: Abi) => Out
  /** Which way it goes; both if absent, or only received where there is no `encode`. */
  readonly direction?: Direction
  /** How a socket asks for it. Absent: a socket cannot be told to receive it. */
  readonly receive?: ReceiveInput
  /** The payload as {@link explainControl} shows it. */
  readonly layout?: AnyLayout
  /** Another payload it may have: what is sent, where that is not what is received. */
  readonly alternative?: AnyLayout
  /** @internal `decode` of bytes within a larger view, where it matters. */
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out
}

/** A control message to send: made by calling a definition, or by {@link rawControl}. */
export interface ControlItem {
  readonly kind: string
  /** `cmsg_level`. */
  readonly level: number
  /** `cmsg_type`. */
  readonly type: number
  readonly family?: Family | readonly Family[]
  /** The part of a stream's message it belongs to, when that goes in several calls: the first if absent. */
  readonly part?: 'first' | 'every' | 'last'
  /** The value it was made from. */
  readonly value: unknown
  /** The payload under an ABI. */
  payload(abi: Abi): Uint8Array
}

/** A definition: call it with a value to send, use it as a key to what was received. */
export interface ControlMessage<Kind extends string = string, In = never, Out = unknown> extends ControlMessageFacts<Kind> {
  (value: In): ControlItem
  /** The shortest payload that can be decoded on this machine, bytes. */
  readonly minSize: number
  /** A payload to its value; {@link decodeControl} and `message.get` call it for payloads that fit, and for no others. */
  readonly decode: (data: Uint8Array, abi: Abi) => Out
  /** Both if absent. */
  readonly direction?: Direction
  /** How a socket asks for it. Absent: it is only sent. */
  readonly receive?: ReceiveSetup
  /** Whether a payload of `length` bytes can be decoded; by `minSize` if absent. */
  readonly accepts?: (length: number, abi: Abi) => boolean
  /** @internal `decode` without a copy and a view of its own: the payload is `view` from `start` to `end`. */
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out
  /** @internal What explainControl shows. */
  readonly layout?: AnyLayout
  /** @internal */
  readonly alternative?: AnyLayout
}

/** Any definition. `never`, because nothing is known of what it takes. */
export type AnyControlMessage = ControlMessage<string, never, unknown>

/** The value that a definition decodes to. */
export type ValueOf<D> = D extends { readonly decode: (data: Uint8Array, abi: Abi) => infer Out } ? Out : never

/**
 * What calling a definition takes: nothing at all, where the kernel only sends it to us.
 * @inline
 */
type Sent<D extends Direction, In> = D extends 'receive' ? never : In

/**
 * Define a control message, by the layout of its payload or by functions. docs/bring-your-own.md is the guide.
 *
 * @throws TypeError `ERR_CMSG_INVALID_DEFINITION` for what cannot be
 * @example
 * import { constants, decodeControl, defineControlMessage, encodeControl } from 'cmsg/codec'
 *
 * // IP_TTL is an int, and only ever one.
 * const ttl = defineControlMessage({
 *   kind: 'ttl', level: constants.SOL_IP, type: constants.IP_TTL, family: 'inet',
 *   layout: 'i32',
 *   receive: { option: constants.IP_RECVTTL },
 * })
 * const control = encodeControl([ttl(64)])
 * decodeControl(control, { definitions: [ttl] }) // [{ kind: 'ttl', …, value: 64 }]
 */
export function defineControlMessage<const Kind extends string, Out, In = never>(definition: ByFunctions<Kind, In, Out>): ControlMessage<Kind, In, Out>
export function defineControlMessage<
  const Kind extends string, const L extends AnyLayout, const D extends Direction = 'both', In = LayoutValue<L>, Out = LayoutValue<L>,
>(definition: ByLayout<Kind, L, D, In, Out>): ControlMessage<Kind, Sent<D, In>, Out>
export function defineControlMessage(given: object): unknown {
  const definition = given as AnyDefinition
  if (typeof given !== 'object' || given === null) throw invalidDefinition(`Cannot define a control message from ${show(given)}: expected an object`)
  const payload = payloadOf(definition)
  const refuse = (reason: string): never => { throw invalidDefinition(`Cannot define the control message ${show(definition.kind)}: ${reason}`) }
  check(definition, payload, refuse)

  const { kind, family, receive } = definition
  const make = (value: never): ControlItem => {
    if (payload.encode === undefined) throw invalidType(`Cannot send ${kind}: the kernel only sends it to us`)
    // Encoded at once: a wrong value is reported where it was written, and an item sent twice is encoded once.
    const encode = (abi: Abi): Uint8Array => payload.encode!(value, abi)
    const bytes = encode(hostAbi())
    const { level, type } = definition
    return { kind, level, type, ...(family === undefined ? {} : { family }), value, payload: (abi) => (abi === hostAbi() ? bytes : encode(abi)) }
  }
  const { level, type, name, since, meaning, layout, alternative, direction = payload.encode === undefined ? 'receive' : 'both' } = definition
  const { accepts, decode, read } = payload
  // At once: with a call for each, they took most of the time that importing the catalogue took.
  Object.assign(make, { kind, level, type, family, since, meaning, layout, alternative, direction, accepts, decode, read, receive: setupOf(receive, payload) })
  Object.defineProperty(make, 'name', { value: name, enumerable: true })
  // What needs the layout is asked for when it is needed.
  return lazily(make, 'minSize', () => payload.minSize(hostAbi()))
}

function setupOf(receive: ReceiveInput | undefined, payload: Payload): object | undefined {
  if (receive === undefined) return undefined
  if ('size' in receive) return Object.defineProperties({}, Object.getOwnPropertyDescriptors(receive))
  return lazily({ ...receive }, 'size', () => payload.minSize(hostAbi()))
}

/** What either form may have. */
interface AnyDefinition extends ControlMessageFacts<string>, PayloadDefinition {
  readonly kind: string
  readonly receive?: ReceiveInput
}

const lazily = (object: object, key: string, value: () => unknown): object => Object.defineProperty(object, key, { get: value, enumerable: true })

const directions: readonly unknown[] = ['both', 'receive', 'send', undefined]
const isInt = (n: unknown): boolean => typeof n === 'number' && (n | 0) === n
const isSize = (n: unknown): boolean => typeof n === 'function' || (Number.isSafeInteger(n) && (n as number) >= 0)

function check(definition: AnyDefinition, payload: Payload, refuse: (reason: string) => never): void {
  const { kind, level, type, family, direction, receive, layout, decode, minSize = 0, maxSize } = definition
  if (typeof kind !== 'string' || kind === '' || kind === 'unknown') refuse('its kind must be a name, and not "unknown"')
  if (!isInt(level)) refuse(`level must be an integer of 32 bits, not ${show(level)}`)
  if (!isInt(type)) refuse(`type must be an integer of 32 bits, not ${show(type)}`)
  const odd = [family ?? []].flat().find((one) => !(families as readonly unknown[]).includes(one))
  if (odd !== undefined) refuse(`${show(odd)} is no family; there are ${families.join(', ')}`)
  if (!directions.includes(direction)) refuse(`direction is 'receive', 'send' or 'both', not ${show(direction)}`)
  if (layout === undefined && typeof decode !== 'function') refuse('it needs a layout, or a decode function')
  if (typeof layout === 'string' && sizeAndAlign(layout, hostAbi()) === undefined) refuse(`${show(layout)} is no type`)
  if (!isSize(minSize)) refuse(`minSize must be a number of bytes, not ${show(minSize)}`)
  if (maxSize !== undefined && !isSize(maxSize)) refuse(`maxSize must be a number of bytes, not ${show(maxSize)}`)
  if (direction === 'send' && receive !== undefined) refuse('it is only sent, so it cannot say how to receive it')
  if (direction !== undefined && direction !== 'receive' && payload.encode === undefined) refuse('to be sent it needs a layout, or an encode function')
  // A layout that is made when it is needed is looked at then: everything of the catalogue is tested.
  if (typeof layout === 'function' || typeof minSize === 'function') return
  const least = payload.minSize(hostAbi())
  const most = typeof maxSize === 'number' ? maxSize : Infinity
  if (most < least) refuse(`maxSize is ${most}, less than the ${least} bytes it takes at least`)
  if (receive?.size !== undefined && (!Number.isSafeInteger(receive.size) || receive.size < least)) {
    refuse(`receive.size is ${show(receive.size)}, less than the ${least} bytes its payload takes`)
  }
  for (const part of ['option', 'optionLevel', 'value'] as const) {
    if (receive?.[part] !== undefined && !isInt(receive[part])) refuse(`receive.${part} must be an integer of 32 bits, not ${show(receive[part])}`)
  }
}

/**
 * Any control message at all, by numbers and bytes: the way to send what has no definition.
 *
 * @throws TypeError or RangeError when level or type is no 32-bit integer or the payload no Uint8Array
 * @example
 * import { decodeControl, encodeControl, rawControl } from 'cmsg/codec'
 *
 * const control = encodeControl([rawControl(0x7001, 5, Uint8Array.of(1, 2, 3))])
 * decodeControl(control) // [{ kind: 'unknown', level: 0x7001, type: 5, data: [1, 2, 3] }]
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
