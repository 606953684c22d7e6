/**
 * The structs of the system headers, by C name.
 * @module
 */
import { layouts } from '../../generated/layouts.ts'
import { hostAbi, type Abi } from './abi.ts'
import { generatedStruct, type AnyStruct, type Struct } from './struct.ts'

type Layouts = typeof layouts
type StructOf<N extends keyof Layouts> = ReturnType<typeof generatedStruct<N>>

const made = new Map<string, AnyStruct>()

function structFor<N extends keyof Layouts>(name: N, abi: Abi): StructOf<N> {
  const key = `${name} ${abi.target}`
  let struct = made.get(key)
  if (struct === undefined) {
    struct = generatedStruct(name, layouts[name], abi, (inner, abi) => structFor(inner as keyof Layouts, abi)) as AnyStruct
    made.set(key, struct)
  }
  return struct as unknown as StructOf<N>
}

/**
 * Every struct of the tables, by its C name, laid out for the host; `.for(abi)` gives it for another target.
 *
 * @example
 * import { abis, structs } from 'cmsg/codec'
 *
 * structs.msghdr.size // 56 on a 64-bit machine
 * structs.msghdr.for(abis['arm-linux-gnueabihf']).fields.msg_control.offset // 16
 */
export const structs: { readonly [N in keyof Layouts]: StructOf<N> } = /* @__PURE__ */ lazyStructs()

function lazyStructs(): { readonly [N in keyof Layouts]: StructOf<N> } {
  const all = {}
  for (const name of Object.keys(layouts) as (keyof Layouts)[]) {
    // Made when first asked for: a program that needs two of them should not pay for all.
    const get = (): unknown => {
      const value = structFor(name, hostAbi())
      Object.defineProperty(all, name, { enumerable: true, value })
      return value
    }
    Object.defineProperty(all, name, { enumerable: true, configurable: true, get })
  }
  return all as { readonly [N in keyof Layouts]: StructOf<N> }
}

export type { Struct }
