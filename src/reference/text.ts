/**
 * Texts for people: names that are similar, numbers with their nouns.
 * @module
 */
export { printable } from '../abi/text.ts'
export { count } from '../misuse.ts'

/** Returns the number of letters to insert, delete, replace or swap with the next one, to turn one word into the other. */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const [above, here] = [rows[i - 1]!, from[i - 1]! === to[j - 1]!]
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? rows[i - 2]![j - 2]! + 1 : Infinity
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + Number(!here), swapped))
    }
    rows.push(row)
  }
  return rows.at(-1)!.at(-1)!
}

/** Returns the names that the user may have meant by `text`: those that contain it, or otherwise the most similar ones. */
export function similar(text: string, names: readonly string[]): string[] {
  const typed = text.toLowerCase()
  const containing = names.filter((name) => typed !== '' && name.toLowerCase().includes(typed))
  if (containing.length > 0) return containing
  const distances = names.map((name) => ({ name, distance: distance(typed, name.toLowerCase()) }))
  const nearest = Math.min(...distances.map(({ distance }) => distance))
  return nearest <= Math.max(1, Math.floor(typed.length / 3))
    ? distances.filter(({ distance }) => distance === nearest).map(({ name }) => name)
    : []
}

/** Returns ` Did you mean ucred?`, or an empty text if no name is similar. */
export function didYouMean(text: string, names: readonly string[]): string {
  const found = similar(text, names)
  if (found.length === 0) return ''
  return ` Did you mean ${found.length === 1 ? found[0]! : `${found.slice(0, -1).join(', ')} or ${found.at(-1)!}`}?`
}

/** Creates the error for a text that cannot be read: the message says what was expected. */
export class UnreadableError extends Error {}

export const unreadable = (message: string): UnreadableError => new UnreadableError(message)
