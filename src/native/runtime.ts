/**
 * The name of the runtime, and its permissions.
 * @module
 */

/** Returns `'Node v20.19.0'`, `'Bun 1.4.5'` or `'Deno 2.9.6'`. Bun and Deno also report the version of Node that they emulate. */
export function runtimeName(): string {
  const { version, versions: { bun, deno } } = process
  if (bun !== undefined) return `Bun ${bun}`
  return deno === undefined ? `Node ${version}` : `Deno ${deno}`
}

interface DenoPermissions {
  readonly permissions?: { querySync(descriptor: { readonly name: 'ffi' }): { readonly state: string } }
}

/** True on Deno without `--allow-ffi`, which its own FFI and addons such as ffi-rs both need. */
export function denoForbidsNativeCode(): boolean {
  const { Deno } = globalThis as { readonly Deno?: DenoPermissions }
  return Deno?.permissions !== undefined && Deno.permissions.querySync({ name: 'ffi' }).state !== 'granted'
}
