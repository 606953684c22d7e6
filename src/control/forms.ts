/**
 * The further forms that a definition has: other levels and types under which the kernel delivers the same thing.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { optionOf, type AlsoDelivered } from './facts.ts'
import { inFamily, type Family } from './sockets.ts'

/** The properties needed to recognize a control message by its numbers and to read it. A definition and each of its forms have them. */
export interface Readable {
  readonly kind: string
  readonly level: number
  readonly type: number
  readonly family?: Family | readonly Family[] | undefined
  /** Size in bytes of the shortest payload that can be decoded on this machine. */
  readonly minSize: number
  readonly decode: (data: Uint8Array, abi: Abi) => unknown
  readonly accepts?: ((length: number, abi: Abi) => boolean) | undefined
  readonly read?: ((view: DataView, start: number, end: number, abi: Abi) => unknown) | undefined
}

/** Another form of a kind, and the option that turns it on. */
export interface Form extends Readable {
  readonly option: number | undefined
  readonly optionLevel: number
  readonly optionName: string | undefined
  /** Space to reserve for its payload, in bytes. */
  readonly size: number
}

/** The parts of a definition that its forms need. */
interface Whole extends Readable {
  readonly receive?: { readonly size: number } | undefined
}

/** Returns the other forms of a kind, with the defaults filled in. */
export function formsOf(definition: Whole, also: readonly AlsoDelivered<unknown>[]): readonly Form[] {
  return also.map((one) => {
    const { level, type, family, optionLevel = level, decode, minSize = 0, maxSize = minSize } = one
    const { option, optionName } = optionOf(one)
    const common = { kind: definition.kind, level, type, family, option, optionLevel, optionName }
    if (decode === undefined) {
      const { accepts, read, receive } = definition
      return { ...common, minSize: definition.minSize, size: receive?.size ?? definition.minSize, decode: definition.decode, accepts, read }
    }
    const sizeOf = (size: number | ((abi: Abi) => number), abi: Abi): number => (typeof size === 'function' ? size(abi) : size)
    return {
      ...common, minSize: sizeOf(minSize, hostAbi()), size: sizeOf(maxSize, hostAbi()), decode,
      accepts: (length: number, abi: Abi) => length >= sizeOf(minSize, abi) && length <= sizeOf(maxSize, abi),
    }
  })
}

/**
 * Returns the forms of a kind on sockets of a family. If the family is not known, forms that are limited to one are left out:
 * the same numbers mean something else in other families.
 */
export const formsIn = ({ forms }: { readonly forms?: readonly Form[] | undefined }, family: Family | undefined): readonly Form[] =>
  forms === undefined ? none : forms.filter((form) => form.family === undefined || (family !== undefined && inFamily(form.family, family)))
const none: readonly Form[] = []
