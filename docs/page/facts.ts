/**
 * What the page knows beside the codec: the documentation in its sources, and which C header has what. scripts/docs/build.ts takes
 * it from there when the page is built.
 * @module
 */

/** What the sources say about a kind. */
export interface KindFacts {
  /** Its docstring, in paragraphs. */
  readonly doc: string
  /** Where that is written. */
  readonly see: readonly string[]
  /** Of the fields of its payload, by C name. */
  readonly fields: Readonly<Record<string, string>>
}

export interface Facts {
  readonly version: string
  /** By kind. */
  readonly kinds: Readonly<Record<string, KindFacts>>
  /** The headers a program includes for a constant or a `struct …`: those it needs first, then its own. None has it if absent. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** By kind, the address of its page in the API reference, where there is a reference beside the tool. */
  readonly apiLinks?: Readonly<Record<string, string>>
}

// Put in its place by esbuild.
declare const FACTS: Facts

export const facts: Facts = FACTS
