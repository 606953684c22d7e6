/**
 * What is shown, as it is written in the address: a link leads to the same buffer.
 * @module
 */
import { abis, type Abi, type Target } from '../../src/abi/abi.ts'
import { families, type Family } from '../../src/control/define.ts'
import { definitionOf, raw, type Item } from './buffer.ts'

export const views = ['build', 'explain', 'layouts', 'types'] as const
export type View = (typeof views)[number]

export interface State {
  view: View
  target: Target
  /** What is put together. */
  items: readonly Item[]
  /** Bytes of the receive buffer; undefined: enough. */
  room: number | undefined
  /** What is to be explained, and the family it is of. */
  text: string
  family: Family | undefined
  /** A struct of C, and what is looked for in the catalogue. */
  struct: string
  query: string
}

export const initial = (): State => ({
  view: 'build', target: 'x86_64-linux-gnu', room: undefined, text: '', family: undefined, struct: 'msghdr', query: '',
  items: [{ kind: 'credentials', alternative: false, values: {} }, { kind: 'rights', alternative: false, values: { fd: '3, 4' } }],
})

export const abiOf = ({ target }: State): Abi => abis[target]

/** `#build&target=s390x-linux-gnu&c=credentials,pid:1&c=rights,fd:3%2C4` */
export function toHash(state: State): string {
  const { view, target, room, items, text, family, struct, query } = state
  const parts: (readonly [string, string])[] = [['target', target]]
  if (view === 'build') {
    for (const { kind, alternative, values } of items) parts.push(['c', [kind + (alternative ? '*' : ''), ...Object.entries(values).map(([path, text]) => `${encodeURIComponent(path)}:${encodeURIComponent(text)}`)].join(',')])
    // Nothing at all is not the same as what is there at first.
    if (items.length === 0) parts.push(['c', ''])
    if (room !== undefined) parts.push(['room', String(room)])
  } else if (view === 'explain') {
    if (family !== undefined) parts.push(['family', family])
    if (text !== '') parts.push(['text', encodeURIComponent(text)])
  } else if (view === 'layouts') parts.push(['struct', struct])
  else if (query !== '') parts.push(['q', encodeURIComponent(query)])
  return `#${[view, ...parts.map(([name, value]) => `${name}=${value}`)].join('&')}`
}

/** What an address says; of what it does not say, what was before. Nothing in it is trusted. */
export function fromHash(hash: string, before: State): State {
  const [name = '', ...parts] = hash.replace(/^#/, '').split('&')
  const state = { ...before }
  if ((views as readonly string[]).includes(name)) state.view = name as View
  const given = parts.map((part) => [part.slice(0, Math.max(0, part.indexOf('='))), part.slice(part.indexOf('=') + 1)] as const)
  const one = (name: string): string | undefined => given.find(([key]) => key === name)?.[1]
  const target = one('target')
  if (target !== undefined && Object.hasOwn(abis, target)) state.target = target as Target
  const items = given.filter(([key]) => key === 'c')
  if (items.length > 0) {
    state.items = items.flatMap(([, text]) => itemOf(text) ?? [])
    state.room = undefined
  }
  const room = one('room')
  if (room !== undefined && /^\d{1,6}$/.test(room)) state.room = Number(room)
  const family = one('family')
  if (state.view === 'explain' && parts.length > 0) state.family = families.find((known) => known === family)
  state.text = decoded(one('text')) ?? state.text
  state.query = decoded(one('q')) ?? state.query
  state.struct = one('struct') ?? state.struct
  return state
}

function itemOf(text: string): Item | undefined {
  const [name = '', ...fields] = text.split(',')
  const kind = name.replace(/\*$/, '')
  const definition = definitionOf(kind)
  if (definition === undefined && kind !== raw) return undefined
  const values = fields.flatMap((field) => {
    const [path, value] = field.split(':').map(decoded)
    return path === undefined || value === undefined ? [] : [[path, value]]
  })
  return { kind, alternative: name.endsWith('*') && definition?.alternative !== undefined, values: Object.fromEntries(values) as Record<string, string> }
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}
