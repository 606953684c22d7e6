/**
 * The catalogue, searched.
 * @module
 */
import { builtins } from '../control/catalogue.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { levelNameOf } from '../control/names.ts'

/** The catalogue. */
export const kinds = builtins as readonly AnyControlMessage[]

/** The kinds that a C name, a kind, a number, or part of a name finds; all of them for nothing. */
export function findKinds(text: string | undefined): readonly AnyControlMessage[] {
  if (text === undefined) return kinds
  const [, level, type] = /^(?:(-?\w+):)?(-?(?:0x[0-9a-f]+|\d+))$/i.exec(text) ?? []
  const numbered = type === undefined ? [] : kinds.filter((kind) => kind.type === Number(type) && (level === undefined || kind.level === Number(level) || levelNameOf(kind) === level))
  if (numbered.length > 0) return numbered
  const exact = kinds.filter(({ kind, name }) => kind === text || name === text)
  const wanted = text.toLowerCase()
  return exact.length > 0 ? exact : kinds.filter((kind) => [kind.kind, kind.name ?? '', levelNameOf(kind)].some((name) => name.toLowerCase().includes(wanted)))
}

/** The families of a kind's sockets. */
export const familiesText = ({ family }: AnyControlMessage): string => (family === undefined ? 'any' : [family].flat().join(', '))
/** Which way a kind goes. */
export const ways = { both: 'send, receive', receive: 'receive', send: 'send' } as const
