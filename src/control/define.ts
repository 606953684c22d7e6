/**
 * `defineControlMessage`: defines a control message, built-in or by the user. A definition is one object: call it to
 * create an item to send, and use it as a key to read a received one.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { checkedBytes, copyOf } from '../abi/bytes.ts'
import { invalidDefinition, invalidType, show } from '../misuse.ts'
import { checkDefinition, checkedEncode } from './check.ts'
import {
  optionOf, type AlsoDelivered, type AnyDefinition, type ControlMessageFacts, type Meaning, type MessagePart, type ReceiveInput,
  type ReceiveSetup,
} from './facts.ts'
import { formsOf, type Form } from './forms.ts'
import { payloadOf, type AnyLayout, type Convert, type LayoutValue, type Payload, type Direction } from './payload.ts'
import {
  checkNumbers, families, inFamily, type AnySocketType, type Destination, type Family, type SocketOption, type Sockets,
} from './sockets.ts'
import { once } from './values.ts'

export { families, inFamily }
export type {
  AlsoDelivered, AnySocketType, ControlMessageFacts, Destination, Direction, Family, Form, Meaning, MessagePart, ReceiveSetup, SocketOption,
  Sockets,
}

/** A definition by the layout of the payload, which determines encoding and decoding. */
export interface ByLayout<Kind extends string, L extends AnyLayout, D extends Direction, In, Out> extends ControlMessageFacts<Kind> {
  /**
   * The payload: a struct; a scalar such as `'u32'`, whose value is a plain number; or a function that returns the struct,
   * which is called when the struct is first needed.
   */
  readonly layout: L
  /** Its direction, both if absent. Calling a kind that is only received is a type error. */
  readonly direction?: D
  /**
   * True if a payload that is longer than the layout is `'unknown'`. By default, the known fields of a longer struct are read, since
   * later kernels may append fields. A scalar is always exact.
   */
  readonly exact?: boolean
  /** Converts between the struct with its C names and the value. If absent, the value is the struct. */
  readonly convert?: Convert<LayoutValue<L>, In, Out>
  /** Describes how a socket asks for it; `size` is that of the layout if absent. If `receive` is absent, a socket cannot ask for it. */
  readonly receive?: ReceiveInput
  /** Further levels and types under which the kernel delivers it: for IPv4 peers on an IPv6 socket, for instance. */
  readonly also?: readonly AlsoDelivered<NoInfer<Out>>[]
  /** Always absent, to distinguish this form from {@link ByFunctions}. */
  readonly decode?: never
  /** @internal Reads the same value as the layout and `convert`, written by hand for frequent kinds: without loops or field names. */
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out
}

/** A definition by functions, for payloads of variable length. Without `encode` the kind cannot be sent. */
export interface ByFunctions<Kind extends string, In, Out> extends ControlMessageFacts<Kind> {
  /** Minimum size in bytes of a payload for `decode`; a shorter one is `'unknown'`. The size of the layout if absent. */
  readonly minSize?: number | ((abi: Abi) => number)
  /** Maximum size in bytes; a longer payload is `'unknown'`. Unlimited if absent. */
  readonly maxSize?: number | ((abi: Abi) => number)
  /**
   * Converts a value to its payload, in the byte order of the ABI. Its errors are thrown by the call of the definition, which copies the
   * bytes, and throws if their number is one that `decode` would not be called for.
   */
  readonly encode?: (value: In, abi: Abi) => Uint8Array
  /** Converts a payload, which is a copy, to its value. Its errors are reported with the bytes, as `error`. */
  readonly decode: (data: Uint8Array, abi: Abi) => Out
  /** Its direction; both if absent, or `'receive'` without `encode`. */
  readonly direction?: Direction
  /**
   * Describes how a socket asks for it. Its `size` is `maxSize` if absent, or the size of the layout; one of them is needed. If `receive`
   * is absent, a socket cannot ask for it.
   */
  readonly receive?: ReceiveInput
  /** Further levels and types under which the kernel delivers it: for IPv4 peers on an IPv6 socket, for instance. */
  readonly also?: readonly AlsoDelivered<NoInfer<Out>>[]
  /** The payload as {@link explainControl} shows it. */
  readonly layout?: AnyLayout
  /** The layout of the payload that is sent, if it differs from the received one. */
  readonly alternative?: AnyLayout
  /** @internal `decode` for bytes within a larger view, for frequent kinds. */
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out
}

/** A control message to send, created by calling a definition, or by {@link rawControl}. */
export interface ControlItem {
  readonly kind: string
  /** `cmsg_level`. */
  readonly level: number
  /** `cmsg_type`. */
  readonly type: number
  readonly family?: Family | readonly Family[] | undefined
  /** The part of a stream's message that it is sent with; that of the built-in definition of its level and type if absent. */
  readonly part?: MessagePart | undefined
  /** The sockets that accept it; those of the built-in definition if absent. */
  readonly takenBy?: readonly Sockets[] | undefined
  /** The value that it was created from. */
  readonly value: unknown
  /** Returns the payload for an ABI. */
  payload(abi: Abi): Uint8Array
}

/** A definition: call it with a value to send, and use it as a key to read a received message. */
export interface ControlMessage<Kind extends string = string, In = never, Out = unknown> extends ControlMessageFacts<Kind> {
  (value: In): ControlItem
  /** Size in bytes of the shortest payload that can be decoded on this machine. */
  readonly minSize: number
  /** Converts a payload to its value. {@link decodeControl} and `message.get` call it only for payloads of a valid size. */
  readonly decode: (data: Uint8Array, abi: Abi) => Out
  /** Both if absent. */
  readonly direction?: Direction
  /** Describes how a socket asks for it. If absent, it can only be sent. */
  readonly receive?: ReceiveSetup
  /** Returns true if a payload of `length` bytes can be decoded. If absent, `minSize` decides. */
  readonly accepts?: (length: number, abi: Abi) => boolean
  /** @internal `decode` without a copy and another view: the payload is `view` from `start` to `end`. */
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out
  /** @internal The other levels and types under which the kernel delivers it. */
  readonly forms?: readonly Form[] | undefined
  /** @internal The layout that explainControl shows. */
  readonly layout?: AnyLayout
  /** @internal */
  readonly alternative?: AnyLayout
}

/** Any definition. `never`, because the type of its argument is unknown. */
export type AnyControlMessage = ControlMessage<string, never, unknown>

/** The value that a definition decodes to. */
export type ValueOf<D> = D extends { readonly decode: (data: Uint8Array, abi: Abi) => infer Out } ? Out : never

/**
 * The argument of a definition: `never` if the kind is only received.
 * @inline
 */
type Sent<D extends Direction, In> = D extends 'receive' ? never : In

/**
 * Defines a control message, by the layout of its payload or by functions. docs/bring-your-own.md is the guide.
 *
 * @throws TypeError `ERR_CMSG_INVALID_DEFINITION` for an invalid definition
 * @example
 * import { constants, decodeControl, defineControlMessage, encodeControl } from 'cmsg/codec'
 *
 * // The payload of IP_TTL is always an int.
 * const ttl = defineControlMessage({
 *   kind: 'ttl', level: constants.SOL_IP, type: constants.IP_TTL, family: 'inet',
 *   layout: 'i32',
 *   receive: { option: constants.IP_RECVTTL },
 * })
 * const control = encodeControl([ttl(64)])
 * decodeControl(control, { definitions: [ttl] }) // [{ kind: 'ttl', …, value: 64 }]
 */
export function defineControlMessage<const Kind extends string, Out, In = never>(
  definition: ByFunctions<Kind, In, Out>,
): ControlMessage<Kind, In, Out>
export function defineControlMessage<
  const Kind extends string, const L extends AnyLayout, const D extends Direction = 'both', In = LayoutValue<L>, Out = LayoutValue<L>,
>(definition: ByLayout<Kind, L, D, In, Out>): ControlMessage<Kind, Sent<D, In>, Out>
export function defineControlMessage(given: object): unknown {
  const definition = given as AnyDefinition
  if (typeof given !== 'object' || given === null) {
    throw invalidDefinition(`Cannot define a control message from ${show(given)}: expected an object`)
  }
  const payload = payloadOf(definition)
  checkDefinition(definition, payload, (reason) => {
    throw invalidDefinition(`Cannot define the control message ${show(definition.kind)}: ${reason}`)
  })
  return define(definition, { ...payload, ...(payload.encode && { encode: checkedEncode(definition, payload) }) })
}

/**
 * Defines a built-in control message, without checks: a test runs them for the whole catalogue, and a bundle that defines no control
 * message does not contain them.
 */
export const defineBuiltin = ((definition: AnyDefinition) =>
  define(definition, payloadOf(definition))) as unknown as typeof defineControlMessage

function define(definition: AnyDefinition, payload: Payload): object {
  const { kind, level, type, family, part = 'first', takenBy, receive, also } = definition
  const make = (value: never): ControlItem => {
    if (payload.encode === undefined) throw invalidType(`Cannot send ${kind}: it can only be received`)
    // Encodes immediately, so that a wrong value is reported at its call, and an item that is sent twice is encoded once.
    const encode = (abi: Abi): Uint8Array => payload.encode!(value, abi)
    const bytes = encode(hostAbi())
    return { kind, level, type, family, part, takenBy, value, payload: (abi) => (abi === hostAbi() ? bytes : encode(abi)) }
  }
  const {
    name, since, meaning, layout, alternative, deliveredBy, atEnd = false, direction = payload.encode === undefined ? 'receive' : 'both',
  } = definition
  const { decode, read } = payload
  // `decode` throws an error of the layout too, and reports it. Nothing else in a definition throws for the bytes of a peer.
  const accepts = (length: number, abi: Abi): boolean => {
    try {
      return payload.accepts(length, abi)
    } catch {
      return true
    }
  }
  // One call: a call for each property took most of the time of importing the catalogue.
  Object.assign(make, {
    kind, level, type, family, since, meaning, part, takenBy, deliveredBy, atEnd, layout, alternative, direction, accepts, decode, read,
    receive: setupOf(receive, payload), forms: undefined,
  })
  Object.defineProperty(make, 'name', { value: name, enumerable: true })
  if (also !== undefined) lazily(make, 'forms', once(() => formsOf(make as unknown as AnyControlMessage, also)))
  // Computed when needed, since it needs the layout.
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
  // A getter is called only when the size is needed.
  if ('size' in receive) {
    const size = Object.getOwnPropertyDescriptor(receive, 'size')
    if (size?.get !== undefined || size?.value !== undefined) {
      const { option: _option, optionName: _name, ...others } = Object.getOwnPropertyDescriptors(receive)
      return Object.defineProperties({ ...named }, others)
    }
  }
  return lazily({ ...receive, ...named }, 'size', () => payload.sizeToReserve(hostAbi()))
}

const lazily = (object: object, key: string, value: () => unknown): object =>
  Object.defineProperty(object, key, { get: value, enumerable: true })

/**
 * Creates any control message from numbers and bytes, to send a kind that has no definition.
 *
 * @throws TypeError or RangeError if level or type is not a 32-bit integer, or the payload is not a Uint8Array
 * @example
 * import { decodeControl, encodeControl, rawControl } from 'cmsg/codec'
 *
 * const control = encodeControl([rawControl(0x7001, 5, Uint8Array.of(1, 2, 3))])
 * decodeControl(control) // [{ kind: 'unknown', level: 0x7001, type: 5, data: [1, 2, 3] }]
 */
export function rawControl(level: number, type: number, data: Uint8Array): ControlItem {
  checkNumbers({ level, type }, () => 'Cannot create a control message')
  const copy = copyOf(checkedBytes(data, 'Cannot create a control message from'))
  return { kind: 'unknown', level, type, value: copy, payload: () => copy }
}
