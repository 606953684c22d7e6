/**
 * The symbols of `using`, as they are in this realm.
 *
 * In a `vm` context Node 20 and 22 have neither: a class that named its method by `Symbol.dispose` would name it
 * "undefined" there. What transforms `using` for those versions (esbuild, TypeScript's helpers, core-js) looks for
 * `Symbol.for('Symbol.dispose')` where the symbol itself is missing.
 * @module
 */

/** `Symbol.dispose`. */
export const dispose: typeof Symbol.dispose = wellKnown('dispose') as typeof Symbol.dispose

/** `Symbol.asyncDispose`. */
export const asyncDispose: typeof Symbol.asyncDispose = wellKnown('asyncDispose') as typeof Symbol.asyncDispose

function wellKnown(name: 'dispose' | 'asyncDispose'): symbol {
  return (Symbol as { readonly [N in typeof name]?: symbol })[name] ?? Symbol.for(`Symbol.${name}`)
}
