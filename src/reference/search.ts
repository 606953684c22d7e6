/**
 * Searches the catalogue.
 * @module
 */
import { builtins } from '../control/catalogue.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { levelNameOf } from '../control/names.ts'

/** The catalogue. */
export const kinds = builtins as readonly AnyControlMessage[]

/** Finds kinds by C name, kind, number, or part of a name. Returns all kinds for an empty text. */
export function findKinds(text: string | undefined): readonly AnyControlMessage[] {
  if (text === undefined) return kinds
  const [, level, type] = /^(?:(-?\w+):)?(-?(?:0x[0-9a-f]+|\d+))$/i.exec(text) ?? []
  const numbered = type === undefined ? [] : kinds.filter((kind) => kind.type === Number(type)
    && (level === undefined || kind.level === Number(level) || levelNameOf(kind) === level))
  if (numbered.length > 0) return numbered
  const exact = kinds.filter(({ kind, name }) => kind === text || name === text)
  const wanted = text.toLowerCase()
  return exact.length > 0
    ? exact
    : kinds.filter((kind) => [kind.kind, kind.name ?? '', levelNameOf(kind)].some((name) => name.toLowerCase().includes(wanted)))
}

/** Returns the families of a kind's sockets. */
export const familiesText = ({ family }: AnyControlMessage): string => (family === undefined ? 'any' : [family].flat().join(', '))
/** Words for the direction of a kind. */
export const ways = { both: 'send, receive', receive: 'receive', send: 'send' } as const
