/**
 * Creates an engine from a runtime's FFI: everything that those FFIs have in common.
 *
 * Measured facts that hold for all of them:
 * - A 64-bit result is a BigInt and takes longer, so generated/bindings.ts has such results only for addresses.
 * - Nothing between a call and the next line of JavaScript changes errno, so it can be read through a view of the thread's own
 *   errno.
 * - An address does not keep its buffer alive: the holder of the address must also hold the buffer.
 * @module
 */
import { markAsUntransferable } from 'node:worker_threads'
import { bindings } from '../../generated/bindings.ts'
import { makeCalls, type Functions } from '../../generated/calls.ts'
import { isBytes, placeOf } from '../abi/bytes.ts'
import { invalidType, show, unsupported } from '../errors.ts'
import { checkArguments, passesSelfTest } from './check.ts'
import { makeLasting } from './lasting.ts'
import { essential, missing } from './missing.ts'
import type { Engine, EngineName, TypeName, WorkerCalls } from './types.ts'

/** The signature of a libc function. */
export interface Signature {
  readonly funcName: string
  readonly paramsType: readonly TypeName[]
  readonly retType: TypeName
}

/** The FFI of a runtime. `A` is its type for a value as wide as an address. */
export interface RuntimeFfi<A extends number | bigint> {
  readonly name: EngineName
  /** Opens a libc function. Returns `undefined` if the C library does not provide it. */
  open(signature: Signature): ((...args: (number | A)[]) => unknown) | undefined
  readonly toWide: (value: number) => A
  /** Returns the address of the first byte of a non-empty buffer. */
  addressOf(memory: ArrayBufferLike): A
  /** Returns the memory at an address, which JavaScript does not own. */
  memoryAt(address: A, size: number): ArrayBuffer
  readonly workerCalls: WorkerCalls
}

/** Creates an engine. @throws Error `ERR_CMSG_UNSUPPORTED` if its calls do not return what libc returns */
export function makeEngine<A extends number | bigint>(ffi: RuntimeFfi<A>): Engine {
  const { name, toWide, workerCalls } = ffi
  const toNumber = Number
  const libc = Object.fromEntries(Object.values(bindings).map((signature) => {
    const { funcName } = signature
    const opened = ffi.open(signature)
    if (opened === undefined && essential.includes(funcName)) throw unsupported(`the C library does not have ${funcName}`)
    return [funcName, opened ?? missing(funcName, (value) => { errno[0] = value })]
  })) as Functions<A>
  const refuse = (name: keyof typeof bindings, ...args: readonly number[]): never => {
    checkArguments(name, bindings[name].paramsType, args)
    throw unsupported(`Cannot call ${name}: its generated check refused ${show(args)}`) // Unreachable: checkArguments throws first.
  }
  const call = makeCalls(libc, { toWide, toNumber, refuse })
  const errno = new Int32Array(ffi.memoryAt(toWide(call.__errno_location()), Int32Array.BYTES_PER_ELEMENT))
  const addressOf = (memory: ArrayBufferLike): number => toNumber(ffi.addressOf(memory))
  const engine: Engine = {
    name,
    call,
    errno: () => errno[0]!,
    allocate: (size) => {
      const memory = new ArrayBuffer(size)
      markAsUntransferable(memory)
      return { memory, address: addressOf(memory) }
    },
    lasting: makeLasting(call.calloc),
    addressOf: (bytes) => {
      if (!isBytes(bytes)) throw invalidType(`Cannot take the address of ${show(bytes)}: expected a Uint8Array`)
      const place = placeOf(bytes)
      if (place === undefined) throw unsupported(`Cannot take the address of ${show(bytes)}: it has no memory`)
      return addressOf(place.buffer) + place.offset
    },
    musl: ffi.open({ funcName: 'gnu_get_libc_version', paramsType: [], retType: 'Pointer' }) === undefined,
    workerCalls,
  }
  if (!passesSelfTest(engine)) throw unsupported('its calls do not return what libc returns')
  return engine
}
