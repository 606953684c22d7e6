/**
 * Prints the runtime and the engine through which it calls libc. It fails where the engine that CMSG_FFI names does not work.
 */
import { isBuiltin } from 'node:module'
import * as libc from 'cmsg/libc'

// An earlier build of the package, which `--dist` may name, does not know CMSG_FFI and has ffi-rs only.
if (process.env.CMSG_FFI === 'node' && !isBuiltin('node:ffi')) throw new Error(`Node ${process.version} does not have node:ffi`)
console.log(`Node ${process.version}, ${'engine' in libc && libc.engine.name !== 'ffi-rs' ? `${libc.engine.name}:ffi` : 'ffi-rs'}`)
