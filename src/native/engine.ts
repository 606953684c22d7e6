/**
 * Chooses the engine of this thread.
 * @module
 */
import { debuglog, inspect } from 'node:util'
import { unsupported } from '../errors.ts'
import { openBun } from './engine-bun.ts'
import { openDeno } from './engine-deno.ts'
import { openFfiRs } from './engine-ffi-rs.ts'
import { openNode } from './engine-node.ts'
import type { Engine, EngineName } from './types.ts'

export type { Allocation, Calls, Engine, EngineName, Lasting } from './types.ts'

/** The FFI of each engine, and the function that opens it or throws the reason why it cannot. */
const engines: Readonly<Record<EngineName, { readonly ffi: string; readonly open: () => Engine }>> = {
  'node': { ffi: 'node:ffi', open: openNode },
  'deno': { ffi: 'Deno.dlopen', open: openDeno },
  'bun': { ffi: 'bun:ffi', open: openBun },
  'ffi-rs': { ffi: 'ffi-rs', open: openFfiRs },
}

interface Choice {
  readonly engine: Engine
  readonly reason: string
}

let current: Choice | undefined

/**
 * Returns the engine, which is opened at first use.
 * @throws Error `ERR_CMSG_UNSUPPORTED`: not Linux, another CPU, or an engine that does not work
 */
export const engine = (): Engine => (current ??= choose()).engine

/** The engine through which this thread calls libc. */
export interface EngineInUse {
  /** `node` for node:ffi, `deno` for Deno.dlopen, `bun` for bun:ffi, or `ffi-rs`. */
  readonly name: EngineName
  /** Why this engine is used, for a person to read. */
  readonly reason: string
}

/**
 * The engine through which this thread calls libc, and the reason for the choice. It is chosen at the first call of libc, or when
 * this object is read: the runtime's own FFI if it passes a self-test, otherwise ffi-rs. The environment variable `CMSG_FFI`
 * (`node`, `deno`, `bun` or `ffi-rs`) overrides the choice.
 *
 * @throws Error `ERR_CMSG_UNSUPPORTED` on access if no engine works
 * @example
 * import { engine } from 'cmsg'
 *
 * engine.name // 'node', 'deno', 'bun' or 'ffi-rs'
 * engine.reason // such as 'node:ffi passed its self-test'
 */
export const engineInUse: EngineInUse = {
  get name() {
    return (current ??= choose()).engine.name
  },
  get reason() {
    return (current ??= choose()).reason
  },
}
Object.defineProperty(engineInUse, inspect.custom, { value: () => ({ name: engineInUse.name, reason: engineInUse.reason }) })

function choose(): Choice {
  const { platform, arch } = process
  if (platform !== 'linux') throw unsupported(`cmsg needs Linux, and this is ${platform}: only cmsg/codec works here`)
  if (arch !== 'x64' && arch !== 'arm64') {
    throw unsupported(`cmsg needs a 64-bit x86 or ARM CPU, and this is ${arch}: its layouts are not included; only cmsg/codec works here`)
  }
  const demanded = demandedName()
  const choice = demanded === undefined ? preferred() : { engine: openNamed(demanded), reason: `CMSG_FFI=${demanded}` }
  debuglog('cmsg')('calls libc through %s: %s', engines[choice.engine.name].ffi, choice.reason)
  return choice
}

function demandedName(): EngineName | undefined {
  const name = process.env.CMSG_FFI
  if (name === undefined || name === '') return undefined
  if (!Object.hasOwn(engines, name)) throw unsupported(`Cannot use CMSG_FFI=${name}: expected ${Object.keys(engines).join(', ')}`)
  return name as EngineName
}

function openNamed(name: EngineName): Engine {
  const { ffi, open } = engines[name]
  try {
    return open()
  } catch (error) {
    throw unsupported(`Cannot call libc through ${ffi} (CMSG_FFI=${name}): ${(error as Error).message}`, (error as Error).cause ?? error)
  }
}

/** Returns the runtime's own engine, or ffi-rs if that does not work. */
function preferred(): Choice {
  const own = engines['Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node']
  let refusal: Error
  try {
    return { engine: own.open(), reason: `${own.ffi} passed its self-test` }
  } catch (error) {
    refusal = error as Error
  }
  const reason = `${own.ffi} is not used: ${refusal.message}`
  try {
    return { engine: openFfiRs(), reason }
  } catch (error) {
    throw unsupported(`${(error as Error).message}; ${reason}`, (error as Error).cause ?? error)
  }
}
