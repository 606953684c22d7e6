/**
 * The name of the runtime.
 * @module
 */

/** Returns `'Node v20.19.0'`, `'Bun 1.4.5'` or `'Deno 2.9.6'`. Bun and Deno also report the version of Node that they emulate. */
export function runtimeName(): string {
  const { version, versions: { bun, deno } } = process
  if (bun !== undefined) return `Bun ${bun}`
  return deno === undefined ? `Node ${version}` : `Deno ${deno}`
}
