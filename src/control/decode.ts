/**
 * Bytes to control messages.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { copyOf, isBytes, viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import { invalidType, show } from '../misuse.ts'
import { builtins, type Builtin } from './catalogue.ts'
import type { AnyControlMessage, Family, ValueOf } from './define.ts'
import { isForm } from './forms.ts'
import { lookupFor } from './lookup.ts'

/** A control message that no definition given fits, that is too short for its own, or whose `cmsg_len` is impossible. */
export interface UnknownControl {
  readonly kind: 'unknown'
  readonly level: number
  readonly type: number
  /** The payload, a copy. */
  readonly data: Uint8Array
  /** What the `decode` of a definition threw. Only a user's can: none of the catalogue does. */
  readonly error?: unknown
}

/** A control message received: `kind` tells which. Distributes over the definitions, so that a `switch` narrows. */
export type DecodedControl<D extends AnyControlMessage> =
  | (D extends AnyControlMessage
    ? { readonly kind: D['kind']; readonly level: number; readonly type: number; readonly data: Uint8Array; readonly value: ValueOf<D> }
    : never)
  | UnknownControl

/** What {@link decodeControl} gives where it is told no definitions. */
export type BuiltinControl = DecodedControl<Builtin>

/** What {@link decodeControl} can be told. */
export interface DecodeOptions<D extends AnyControlMessage> {
  /** What to look for; every built-in definition if absent. */
  readonly definitions?: readonly D[]
  /**
   * The family of the socket the bytes came from: it decides where a (level, type) has two meanings. Without one it is
   * the first of the definitions that fits, of the built-in ones that of IP.
   */
  readonly family?: Family
  readonly abi?: Abi
}

/**
 * The control messages in `control`, in the kernel's order. Never throws for what the bytes say: what is unknown, too
 * short or malformed keeps its bytes, with the kind `'unknown'`.
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
  control: Uint8Array, { definitions = builtins as readonly AnyControlMessage[] as readonly D[], family, abi = hostAbi() }: DecodeOptions<D> = {},
): DecodedControl<D>[] {
  if (!isBytes(control)) throw invalidType(`Cannot decode ${show(control)} as control messages: expected a Uint8Array`)
  const lookup = lookupFor(definitions, family)
  const view = viewOf(control)
  const decoded: DecodedControl<D>[] = []
  let otherForms: number[] | undefined
  walkControl(view, 0, view.byteLength, cmsghdrOf(abi), (level, type, start, end, complete) => {
    // A copy each: an array of up to 64 bytes lies in the engine's own heap, and costs a tenth of a larger one.
    const data = copyOf(control, start, end)
    const definition = complete ? lookup(level, type) : undefined
    try {
      if (definition === undefined || !(definition.accepts?.(data.length, abi) ?? data.length >= definition.minSize)) {
        decoded.push({ kind: 'unknown', level, type, data })
        return
      }
      const value = definition.read === undefined ? definition.decode(data, abi) : definition.read(view, start, end, abi)
      if (isForm(definition)) (otherForms ??= []).push(decoded.length)
      decoded.push({ kind: definition.kind, level, type, data, value } as DecodedControl<D>)
    } catch (error) {
      decoded.push({ kind: 'unknown', level, type, data, error })
    }
  })
  if (otherForms !== undefined) leaveOne(decoded, otherForms)
  return decoded
}

/** A kind that came in its own form and in another one came once: the kernel tells an IPv6 socket the packet info of an IPv4 packet twice. */
function leaveOne(decoded: DecodedControl<AnyControlMessage>[], otherForms: readonly number[]): void {
  for (const index of otherForms) {
    const { kind, level, type, data } = decoded[index]!
    if (decoded.some((one, i) => one.kind === kind && !otherForms.includes(i))) decoded[index] = { kind: 'unknown', level, type, data }
  }
}
