/**
 * The symbols of `using` in this realm.
 *
 * In a `vm` context Node 20 and 22 have neither: a method named by `Symbol.dispose` would be called "undefined" there. Tools that
 * transform `using` for those versions (esbuild, TypeScript's helpers, core-js) use `Symbol.for('Symbol.dispose')` if the symbol
 * itself is missing.
 * @module
 */

/** `Symbol.dispose`. */
export const dispose: typeof Symbol.dispose = wellKnown('dispose') as typeof Symbol.dispose

/** `Symbol.asyncDispose`. */
export const asyncDispose: typeof Symbol.asyncDispose = wellKnown('asyncDispose') as typeof Symbol.asyncDispose

function wellKnown(name: 'dispose' | 'asyncDispose'): symbol {
  return (Symbol as { readonly [N in typeof name]?: symbol })[name] ?? Symbol.for(`Symbol.${name}`)
}
