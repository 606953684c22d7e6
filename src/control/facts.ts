/**
 * The facts that a definition states about a control message, as data: its numbers, the sockets it belongs to, and the way
 * to ask for it.
 * @module
 */
import type { Abi } from '../abi/abi.ts'
import type { PayloadDefinition } from './payload.ts'
import type { Family, Sockets } from './sockets.ts'

export const parts = ['first', 'every', 'last'] as const

/** Describes how a socket asks for a kind. */
export interface ReceiveSetup {
  /** Space to reserve: the maximum size of the payload, in bytes. */
  readonly size: number
  /** The option that turns the kind on. If absent, the kernel sends it unasked. */
  readonly option?: number
  /** The level of that option; the level of the control message if absent. */
  readonly optionLevel?: number
  /** The C name of that option: `'SO_PASSCRED'`. */
  readonly optionName?: string
  /**
   * The int that the option is set to; 1 if absent. If kinds share an option (SO_TIMESTAMPING has one int of flags), it is
   * set once, to the bitwise OR of their values.
   */
  readonly value?: number
  /** It comes from the error queue, with MSG_ERRQUEUE, and not with the socket's messages. */
  readonly errorQueue?: boolean
  /**
   * A name that is common to options which exclude each other, such as the four of SO_TIMESTAMP: a socket can receive only
   * the kinds of one of them.
   */
  readonly slot?: string
  /** `'connected'`: the kernel refuses the option before the socket is connected, so it is set afterwards. Absent: set at creation. */
  readonly when?: 'connected'
  /** True if accepted sockets inherit the option from the listener. Absent: it is set on each accepted socket. */
  readonly inherited?: boolean
  /** `false`: the option cannot be read. Other options are read back after being set, since gVisor accepts unsupported options. */
  readonly readable?: boolean
}

/**
 * The part of a stream's message that a kind belongs to, when the message takes several calls: the first byte, every part,
 * or the last byte.
 * @useDeclaredType
 */
export type MessagePart = (typeof parts)[number]

/**
 * The meaning of a number in a payload, for {@link explainControl}: the prefix of the constants that name its values
 * (`'SO_EE_ORIGIN_'`), the same with a `|` for flags (`'TP_STATUS_|'`), or one of a few things that are not in any header.
 */
export type Meaning =
  | `${Uppercase<string>}_` | `${Uppercase<string>}_|`
  | 'errno' | 'ipv4' | 'ipv6' | 'mac' | 'interface' | 'fd' | 'pid' | 'text' | 'hex' | 'seconds' | 'microseconds' | 'nanoseconds' | 'bytes'

/** Properties of every definition. */
export interface ControlMessageFacts<Kind extends string> {
  /** Its name: the discriminant of received messages. Not `'unknown'`. */
  readonly kind: Kind
  /** `cmsg_level`. */
  readonly level: number
  /** `cmsg_type`. */
  readonly type: number
  /** The C name of the type, which {@link explainControl} shows: `'SCM_RIGHTS'`. */
  readonly name?: string
  /** The families that have it; all if absent. */
  readonly family?: Family | readonly Family[]
  /** The first kernel version that has it: `'6.5'`. */
  readonly since?: string
  /** The meaning of the numbers in the fields of the layout; for a layout of a single scalar, the field is `value`. */
  readonly meaning?: Readonly<Record<string, Meaning>>
  /** The part of a stream's message that it is sent with, if the message takes several calls; `'first'` if absent. */
  readonly part?: MessagePart
  /**
   * The sockets that accept it in a send; all of its families if absent. On other sockets it is refused, because the kernel
   * would silently drop it.
   */
  readonly takenBy?: readonly Sockets[]
  /** The sockets that deliver it; all of its families if absent. On others it cannot be asked for. */
  readonly deliveredBy?: readonly Sockets[]
  /** True if the kernel delivers it with the end of a connection: no data and only such kinds means the end, not a message. */
  readonly atEnd?: boolean
}

/**
 * Describes how a socket asks for a kind, as written in a definition. `size` is that of the layout if absent.
 * @inline
 */
export type ReceiveInput = Omit<ReceiveSetup, 'size' | 'option'> & { readonly size?: number; readonly option?: OptionInput }

/**
 * A socket option as written in a definition: its number, or an object with its C name and number, `{ SO_PASSCRED }`.
 * @inline
 */
export type OptionInput = number | Readonly<Record<string, number>>

/** The number of an option, and its C name if it is known. */
export interface OptionName { readonly option?: number; readonly optionName?: string }

/** Splits an {@link OptionInput} into number and name. */
export function optionOf({ option, optionName }: { readonly option?: OptionInput; readonly optionName?: string }): OptionName {
  if (typeof option !== 'object') {
    return { ...(option === undefined ? {} : { option }), ...(optionName === undefined ? {} : { optionName }) }
  }
  const [[name, number]] = Object.entries(option) as [[string, number]]
  return { option: number, optionName: name }
}

/**
 * The same information under another level and type. For IPv4 peers of an IPv6 socket, the kernel delivers the kinds of IPv4, each
 * turned on by its own option, and errors as IPV6_RECVERR.
 */
export interface AlsoDelivered<Out> {
  /** `cmsg_level`. */
  readonly level: number
  /** `cmsg_type`. */
  readonly type: number
  /** The families where the kernel does so; all of the definition's if absent. */
  readonly family?: Family | readonly Family[]
  /**
   * The option that turns this on too: its number, or its C name and number as `{ IP_RECVTTL }`; with `optionLevel` and
   * `optionName` as in {@link ReceiveSetup}. Absent: no option is needed.
   */
  readonly option?: OptionInput
  readonly optionLevel?: number
  readonly optionName?: string
  /** Converts the payload to the value. Absent: the payload is that of the definition. */
  readonly decode?: (data: Uint8Array, abi: Abi) => Out
  /** Minimum size in bytes of a payload for `decode`, and the space to reserve; only with `decode`. */
  readonly minSize?: number | ((abi: Abi) => number)
  /** Maximum size in bytes; `minSize` if absent. */
  readonly maxSize?: number | ((abi: Abi) => number)
}

/** Properties of both forms of definitions. */
export interface AnyDefinition extends ControlMessageFacts<string>, PayloadDefinition {
  readonly kind: string
  readonly receive?: ReceiveInput
  readonly also?: readonly AlsoDelivered<unknown>[]
}
