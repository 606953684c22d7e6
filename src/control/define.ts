/**
 * `defineControlMessage`: what a control message is, built-in or a user's own. A definition is one object: call it to
 * make an item to send, use it as a key to read one received.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { copyOf, isBytes } from '../abi/bytes.ts'
import { invalidDefinition, invalidType, outOfRange, show } from '../misuse.ts'
import { checkDefinition } from './check.ts'
import {
  optionOf, type AlsoDelivered, type AnyDefinition, type ControlMessageFacts, type Meaning, type MessagePart, type ReceiveInput, type ReceiveSetup,
} from './facts.ts'
import { formsOf, type Form } from './forms.ts'
import { payloadOf, type AnyLayout, type Convert, type LayoutValue, type Payload, type Direction } from './payload.ts'
import { families, inFamily, type AnySocketType, type Destination, type Family, type SocketOption, type Sockets } from './sockets.ts'
import { once } from './values.ts'

export { families, inFamily }
export type {
  AlsoDelivered, AnySocketType, ControlMessageFacts, Destination, Direction, Family, Form, Meaning, MessagePart, ReceiveSetup, SocketOption, Sockets,
}

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
  /** Further levels and types under which the kernel delivers it: for IPv4 peers on an IPv6 socket, for instance. */
  readonly also?: readonly AlsoDelivered<NoInfer<Out>>[]
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
  /** Further levels and types under which the kernel delivers it: for IPv4 peers on an IPv6 socket, for instance. */
  readonly also?: readonly AlsoDelivered<NoInfer<Out>>[]
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
  readonly family?: Family | readonly Family[] | undefined
  /** The part of a stream's message it belongs to; that of the built-in definition with its level and type if absent. */
  readonly part?: MessagePart | undefined
  /** The sockets that take it; likewise. */
  readonly takenBy?: readonly Sockets[] | undefined
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
  /** @internal What else the kernel delivers it as, ready to be looked up. */
  readonly forms?: readonly Form[] | undefined
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
  checkDefinition(definition, payload, (reason) => { throw invalidDefinition(`Cannot define the control message ${show(definition.kind)}: ${reason}`) })

  const { kind, level, type, family, part = 'first', takenBy, receive, also } = definition
  const make = (value: never): ControlItem => {
    if (payload.encode === undefined) throw invalidType(`Cannot send ${kind}: the kernel only sends it to us`)
    // Encoded at once: a wrong value is reported where it was written, and an item sent twice is encoded once.
    const encode = (abi: Abi): Uint8Array => payload.encode!(value, abi)
    const bytes = encode(hostAbi())
    return { kind, level, type, family, part, takenBy, value, payload: (abi) => (abi === hostAbi() ? bytes : encode(abi)) }
  }
  const {
    name, since, meaning, layout, alternative, deliveredBy, atEnd = false, direction = payload.encode === undefined ? 'receive' : 'both',
  } = definition
  const { decode, read } = payload
  // An error of the layout is thrown by `decode` too, and reported there: nothing else in a definition throws for
  // the bytes of a peer.
  const accepts = (length: number, abi: Abi): boolean => {
    try {
      return payload.accepts(length, abi)
    } catch {
      return true
    }
  }
  // At once: with a call for each, they took most of the time that importing the catalogue took.
  Object.assign(make, {
    kind, level, type, family, since, meaning, part, takenBy, deliveredBy, atEnd, layout, alternative, direction, accepts, decode, read,
    receive: setupOf(receive, payload), forms: undefined,
  })
  Object.defineProperty(make, 'name', { value: name, enumerable: true })
  if (also !== undefined) lazily(make, 'forms', once(() => formsOf(make as unknown as AnyControlMessage, also)))
  // What needs the layout is asked for when it is needed.
  return lazily(make, 'minSize', () => {
    try {
      return payload.minSize(hostAbi())
    } catch {
      return 0
    }
  })
}

function setupOf(receive: ReceiveInput | undefined, payload: Payload): object | undefined {
  if (receive === undefined) return undefined
  const named = optionOf(receive)
  // A getter is left for when the size is needed.
  if ('size' in receive) {
    const size = Object.getOwnPropertyDescriptor(receive, 'size')
    if (size?.get !== undefined || size?.value !== undefined) {
      const { option: _option, optionName: _name, ...others } = Object.getOwnPropertyDescriptors(receive)
      return Object.defineProperties({ ...named }, others)
    }
  }
  return lazily({ ...receive, ...named }, 'size', () => payload.minSize(hostAbi()))
}

const lazily = (object: object, key: string, value: () => unknown): object => Object.defineProperty(object, key, { get: value, enumerable: true })

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
