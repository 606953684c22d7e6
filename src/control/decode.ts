/**
 * Decodes bytes to control messages.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { checkedBytes, copyOf, viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import { object } from '../misuse.ts'
import { builtins, type Builtin } from './catalogue.ts'
import type { AnyControlMessage, Family, ValueOf } from './define.ts'
import { lookupFor } from './lookup.ts'

/** A control message that matches no definition, is too short for its definition, or has an impossible `cmsg_len`. */
export interface UnknownControl {
  readonly kind: 'unknown'
  readonly level: number
  readonly type: number
  /** The payload, a copy. */
  readonly data: Uint8Array
  /** The error that `decode` of a definition threw. Only a user's definition can throw: none of the catalogue does. */
  readonly error?: unknown
}

/** A received control message, discriminated by `kind`. Distributes over the definitions, so that a `switch` narrows the type. */
export type DecodedControl<D extends AnyControlMessage> =
  | (D extends AnyControlMessage
    ? { readonly kind: D['kind']; readonly level: number; readonly type: number; readonly data: Uint8Array; readonly value: ValueOf<D> }
    : never)
  | UnknownControl

/** The result of {@link decodeControl} without definitions. */
export type BuiltinControl = DecodedControl<Builtin>

/** Options of {@link decodeControl}. */
export interface DecodeOptions<D extends AnyControlMessage> {
  /** The definitions to decode with; every built-in definition if absent. */
  readonly definitions?: readonly D[] | undefined
  /**
   * The family of the socket that the bytes came from: it decides if a (level, type) has several meanings. Without a family,
   * the first matching definition is used; among the built-in ones, that of IP.
   */
  readonly family?: Family | undefined
  readonly abi?: Abi | undefined
}

/**
 * Returns the control messages in `control`, in the kernel's order. Never throws because of the bytes: unknown, short and
 * malformed control messages keep their bytes, with the kind `'unknown'`.
 *
 * @throws TypeError `ERR_CMSG_INVALID_DEFINITION` for two definitions of the same level, type and family
 * @example
 * import { credentials, decodeControl, encodeControl } from 'cmsg/codec'
 *
 * const control = encodeControl([credentials({ pid: 1, uid: 0, gid: 0 })])
 * for (const message of decodeControl(control)) {
 *   if (message.kind === 'credentials') console.log(message.value.pid) // 1
 * }
 */
export function decodeControl<D extends AnyControlMessage = Builtin>(
  control: Uint8Array, options: DecodeOptions<D> = {},
): DecodedControl<D>[] {
  const { definitions = builtins as readonly AnyControlMessage[], family, abi = hostAbi() } = object('decodeControl', 'options', options)
  const bytes = checkedBytes(control, 'Cannot decode', ' as control messages')
  const lookup = lookupFor(definitions, family)
  const view = viewOf(bytes)
  const decoded: DecodedControl<D>[] = []
  let otherForms: number[] | undefined
  walkControl(view, 0, view.byteLength, cmsghdrOf(abi), (level, type, start, end, complete) => {
    // Copies each payload: V8 keeps an array of up to 64 bytes in its heap, which costs a tenth of a larger one.
    const data = copyOf(bytes, start, end)
    const definition = complete ? lookup(level, type) : undefined
    try {
      if (definition === undefined || !definition.accepts(data.length, abi)) {
        decoded.push({ kind: 'unknown', level, type, data })
        return
      }
      const value = definition.read === undefined ? definition.decode(data, abi) : definition.read(view, start, end, abi)
      if (definition.isForm) (otherForms ??= []).push(decoded.length)
      decoded.push({ kind: definition.kind, level, type, data, value } as DecodedControl<D>)
    } catch (error) {
      decoded.push({ kind: 'unknown', level, type, data, error })
    }
  })
  if (otherForms !== undefined) leaveOne(decoded, otherForms)
  return decoded
}

/**
 * Removes the other forms of kinds whose own form has arrived too: the kernel delivers the packet info of an IPv4 packet to an IPv6
 * socket in two forms. `otherForms` has the indices of the other forms, in ascending order.
 */
function leaveOne(decoded: DecodedControl<AnyControlMessage>[], otherForms: readonly number[]): void {
  const arrived = new Set<string>()
  for (let i = 0, next = 0; i < decoded.length; i++) {
    if (i === otherForms[next]) next++
    else arrived.add(decoded[i]!.kind)
  }
  for (const index of otherForms) {
    const { kind, level, type, data } = decoded[index]!
    if (arrived.has(kind)) decoded[index] = { kind: 'unknown', level, type, data }
  }
}
