/**
 * Facts that the tool shows besides those of the codec: the documentation of the kinds, and the C headers of constants and structs.
 * scripts/docs/facts.ts reads them from the sources when the page is built.
 * @module
 */

/** The documentation of a kind. */
export interface KindFacts {
  /** Its docstring, in paragraphs. */
  readonly doc: string
  /** Its sources: addresses. */
  readonly see: readonly string[]
  /** The documentation of the fields of its payload, by C name. */
  readonly fields: Readonly<Record<string, string>>
}

export interface Facts {
  readonly version: string
  /** By kind. */
  readonly kinds: Readonly<Record<string, KindFacts>>
  /** By the name of a constant or `struct …`, the headers that a program includes for it: those that come before, then its own. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** By kind, the address of its page in the API reference, where there is a reference beside the tool. */
  readonly apiLinks?: Readonly<Record<string, string>>
}

// Replaced by the bundler.
declare const FACTS: Facts

export const facts: Facts = FACTS
