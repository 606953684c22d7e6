/**
 * Searches the catalogue as the command does, and then the documentation of the kinds.
 * @module
 */
import type { AnyControlMessage } from '../../src/control/define.ts'
import { findKinds, kinds } from '../../src/reference/search.ts'
import { similar } from '../../src/reference/text.ts'
import { facts } from './facts.ts'

/** Finds kinds by C name, kind, level or number; if there are none, by words of their documentation. */
export function searchKinds(query: string): readonly AnyControlMessage[] {
  const text = query.trim()
  if (text === '') return kinds
  const named = findKinds(text)
  if (named.length > 0) return named
  const words = text.toLowerCase().split(/\s+/)
  return kinds.filter(({ kind, name = '' }) => {
    const about = `${kind} ${name} ${facts.kinds[kind]?.doc ?? ''}`.toLowerCase()
    return words.every((word) => about.includes(word))
  })
}

/** Returns names that are similar to a text that nothing was found for. */
export const suggestions = (query: string): string[] =>
  similar(query.trim(), kinds.flatMap(({ kind, name }) => (name === undefined ? [kind] : [name, kind]))).slice(0, 5)

/** Returns the first sentence of the documentation of a kind, without the C name that it begins with. */
export function purposeOf({ kind }: AnyControlMessage): string {
  const paragraph = (facts.kinds[kind]?.doc ?? '').split(/\n\s*\n/)[0]!.replace(/\s+/g, ' ')
  const text = paragraph.replace(/^`[A-Z][A-Z0-9_]+`(?: \([^)]*\))?: /, '')
  const [sentence] = /^.*?[.](?=\s|$)/.exec(text) ?? [text]
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
