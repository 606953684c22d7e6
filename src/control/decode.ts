/**
 * Bytes to control messages.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { copyOf, isBytes, viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import { invalidType, show } from '../errors.ts'
import { builtins } from './catalogue.ts'
import { inFamily, type AnyControlMessage, type Family, type ValueOf } from './define.ts'

/** A control message that no definition given fits, that is too short for its own, or whose `cmsg_len` is impossible. */
export interface UnknownControl {
  readonly kind: 'unknown'
  readonly level: number
  readonly type: number
  /** The payload, a copy. */
  readonly data: Uint8Array
}

/** A control message received: `kind` tells which. Distributes over the definitions, so that a `switch` narrows. */
export type DecodedControl<D extends AnyControlMessage> =
  | (D extends AnyControlMessage
    ? { readonly kind: D['kind']; readonly level: number; readonly type: number; readonly data: Uint8Array; readonly value: ValueOf<D> }
    : never)
  | UnknownControl

/** What {@link decodeControl} can be told. */
export interface DecodeOptions<D extends AnyControlMessage> {
  /** What to look for; every built-in definition if absent. */
  readonly definitions?: readonly D[]
  /** The family of the socket the bytes came from: it decides where a (level, type) has two meanings. */
  readonly family?: Family
  readonly abi?: Abi
}

/**
 * The control messages in `control`, in the kernel's order. Never throws for what the bytes say: what is unknown, too
 * short or malformed keeps its bytes, with the kind `'unknown'`.
 *
 * @example
 * import { credentials, decodeControl, encodeControl } from 'cmsg/codec'
 *
 * const control = encodeControl([credentials({ pid: 1, uid: 0, gid: 0 })])
 * for (const message of decodeControl(control)) {
 *   if (message.kind === 'credentials') console.log(message.value.pid) // 1
 * }
 */
export function decodeControl<D extends AnyControlMessage = (typeof builtins)[number]>(
  control: Uint8Array, { definitions = builtins as readonly AnyControlMessage[] as readonly D[], family, abi = hostAbi() }: DecodeOptions<D> = {},
): DecodedControl<D>[] {
  if (!isBytes(control)) throw invalidType(`Cannot decode ${show(control)} as control messages: expected a Uint8Array`)
  const decoded: DecodedControl<D>[] = []
  walkControl(viewOf(control), 0, control.byteLength, cmsghdrOf(abi), (level, type, start, end, complete) => {
    const data = copyOf(control, start, end)
    const definition = complete ? definitions.find((d) =>
      d.level === level && d.type === type && data.length >= d.minSize && (family === undefined || inFamily(d.family, family))) : undefined
    decoded.push(definition === undefined
      ? { kind: 'unknown', level, type, data }
      : { kind: definition.kind, level, type, data, value: definition.decode(data, abi) } as DecodedControl<D>)
  })
  return decoded
}
