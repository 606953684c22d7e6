/**
 * The facts that a definition states about a control message, as data: its numbers, the sockets it belongs to, and the way
 * to ask for it.
 * @module
 */
import type { Abi } from '../abi/abi.ts'
import type { PayloadDefinition } from './payload.ts'
import type { Family, Sockets } from './sockets.ts'

export const parts = ['first', 'every', 'last'] as const

/** What a socket does when it is asked to receive a kind. */
export interface ReceiveSetup {
  /** The room to reserve: the largest payload, in bytes. */
  readonly size: number
  /** The option that turns the kind on. Absent: the kernel sends it unasked. */
  readonly option?: number
  /** The level of that option; the level of the control message if absent. */
  readonly optionLevel?: number
  /** The C name of that option: `'SO_PASSCRED'`. */
  readonly optionName?: string
  /**
   * What the option is set to, an int; 1 if absent. Where kinds share an option (SO_TIMESTAMPING has one int of flags),
   * it is set once, to all their values or-ed.
   */
  readonly value?: number
  /** It comes from the error queue, with MSG_ERRQUEUE, and not with the socket's messages. */
  readonly errorQueue?: boolean
  /**
   * The name of the one place that several options are kept in: of the kinds that name it a socket has those of one
   * option only. The four of SO_TIMESTAMP exclude each other.
   */
  readonly slot?: string
  /** `'connected'`: the kernel refuses the option before a connection is made, so that it is set then. At once if absent. */
  readonly when?: 'connected'
  /** An accepted socket has the option from the one that listens. Absent: it is set on each accepted socket. */
  readonly inherited?: boolean
  /** `false`: the option cannot be read. One that can is read after it was set, since gVisor accepts options that it does not have. */
  readonly readable?: boolean
}

/**
 * The part of a stream's message that a kind belongs to, when the message takes several calls: the first byte, every part,
 * or the last byte.
 * @useDeclaredType
 */
export type MessagePart = (typeof parts)[number]

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
  /** Sent on a stream, to which part of a message that goes in several calls it belongs; `'first'` if absent. */
  readonly part?: MessagePart
  /**
   * The sockets that take it when it is sent; all of its families if absent. On others it is refused: the kernel would
   * drop it without a word.
   */
  readonly takenBy?: readonly Sockets[]
  /** The sockets that deliver it; all of its families if absent. On others it cannot be asked for. */
  readonly deliveredBy?: readonly Sockets[]
  /** It comes along with the end of a connection: no data and nothing but such kinds is the end, and not a message. */
  readonly atEnd?: boolean
}

/**
 * How a socket asks for a kind, as it is defined: without a size, it is what the layout takes.
 * @inline
 */
export type ReceiveInput = Omit<ReceiveSetup, 'size' | 'option'> & { readonly size?: number; readonly option?: OptionInput }

/**
 * A socket option as it is defined: its number, or an object with its C name and number, `{ SO_PASSCRED }`.
 * @inline
 */
export type OptionInput = number | Readonly<Record<string, number>>

/** The number of an option, and its C name if it is known. */
export interface OptionName { readonly option?: number; readonly optionName?: string }

/** What is said of an option, as it is used: {@link OptionInput} split into number and name. */
export function optionOf({ option, optionName }: { readonly option?: OptionInput; readonly optionName?: string }): OptionName {
  if (typeof option !== 'object') return { ...(option === undefined ? {} : { option }), ...(optionName === undefined ? {} : { optionName }) }
  const [[name, number]] = Object.entries(option) as [[string, number]]
  return { option: number, optionName: name }
}

/**
 * The same thing under another level and type. The kernel tells IPv4 peers of an IPv6 socket by the kinds of IPv4, each
 * turned on by an option of its own, and that of its errors by IPV6_RECVERR.
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
  /** The payload to the value. Absent: the payload is as the definition has it. */
  readonly decode?: (data: Uint8Array, abi: Abi) => Out
  /** The shortest payload that `decode` may see, bytes, which is also the room for it; with `decode` only. */
  readonly minSize?: number | ((abi: Abi) => number)
  /** The longest; as long as `minSize` if absent. */
  readonly maxSize?: number | ((abi: Abi) => number)
}

/** What either form may have. */
export interface AnyDefinition extends ControlMessageFacts<string>, PayloadDefinition {
  readonly kind: string
  readonly receive?: ReceiveInput
  readonly also?: readonly AlsoDelivered<unknown>[]
}
