/**
 * The name of the runtime, as its users call it.
 * @module
 */

/** `'Node v20.19.0'`, `'Bun 1.4.5'`, `'Deno 2.9.6'`. Bun and Deno also have a version of Node that they stand in for. */
export function runtimeName(): string {
  const { version, versions: { bun, deno } } = process
  if (bun !== undefined) return `Bun ${bun}`
  return deno === undefined ? `Node ${version}` : `Deno ${deno}`
}
