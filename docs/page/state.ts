/**
 * The state of the tool, as it is written in the address: a link leads to the same buffer, field and search.
 * @module
 */
import { abis, type Abi, type Target } from '../../src/abi/abi.ts'
import { structs } from '../../src/abi/structs.ts'
import { families, type Family } from '../../src/control/define.ts'
import { definitionOf, raw, type Item } from './buffer.ts'

export const views = ['build', 'explain', 'layouts', 'types'] as const
export type View = (typeof views)[number]

export const directions = ['send', 'receive'] as const
export type Direction = (typeof directions)[number]

/** The field that is selected: its offset, and the number of its buffer where a text has several. */
export interface Place { readonly buffer: number; readonly offset: number }

export interface State {
  view: View
  target: Target
  /** Build: the control messages, and the bytes of the receive buffer; undefined if everything fits. */
  items: readonly Item[]
  room: number | undefined
  /** Build and Explain. */
  selected: Place | undefined
  /** Explain: the text, and the family of the socket; undefined if unknown. */
  text: string
  family: Family | undefined
  /** Layouts: the struct, the text that the list is searched for, and the bytes of payload for the macros. */
  struct: string
  structQuery: string
  payloadSize: number
  /** Catalogue: the search, its filters, and the kind that is open. */
  query: string
  kindFamily: Family | undefined
  /** The C name of a level. */
  level: string | undefined
  direction: Direction | undefined
  /** A version of Linux: kinds that it does not have are left out. */
  kernel: string | undefined
  open: string | undefined
}

export const initial = (): State => ({
  view: 'build', target: 'x86_64-linux-gnu', room: undefined, selected: undefined, text: '', family: undefined, struct: 'msghdr',
  structQuery: '', payloadSize: structs.ucred.size,
  query: '', kindFamily: undefined, level: undefined, direction: undefined, kernel: undefined, open: undefined,
  items: [{ kind: 'credentials', alternative: false, values: {} }, { kind: 'rights', alternative: false, values: { fd: '3, 4' } }],
})

export const abiOf = ({ target }: State): Abi => abis[target]

/** Returns the part of the address that begins with #, such as `#build&target=s390x-linux-gnu&c=credentials,pid:1&c=rights,fd:3%2C4`. */
export function toHash(state: State): string {
  const { view, target, selected } = state
  const parts: string[] = []
  const add = (name: string, value: string | number | undefined): void => { if (value !== undefined
    && value !== '') parts.push(`${name}=${encodeURIComponent(value)}`) }
  add('target', target)
  switch (view) {
    case 'build':
      for (const { kind, alternative, values } of state.items) {
        const fields = Object.entries(values).map(([path, text]) => `${encodeURIComponent(path)}:${encodeURIComponent(text)}`)
        parts.push(`c=${[kind + (alternative ? '*' : ''), ...fields].join(',')}`)
      }
      // An empty list differs from an address that has no list.
      if (state.items.length === 0) parts.push('c=')
      add('room', state.room)
      break
    case 'explain':
      add('family', state.family)
      add('text', state.text)
      break
    case 'layouts':
      add('struct', state.struct)
      add('find', state.structQuery)
      if (state.payloadSize !== structs.ucred.size) add('n', state.payloadSize)
      break
    case 'types':
      add('q', state.query)
      add('family', state.kindFamily)
      add('level', state.level)
      add('direction', state.direction)
      add('kernel', state.kernel)
      add('open', state.open)
  }
  if (selected !== undefined
    && (view === 'build' || view === 'explain')) add('at',
      selected.buffer === 0 ? selected.offset : `${selected.buffer}.${selected.offset}`)
  return `#${[view, ...parts].join('&')}`
}

/** Returns the view that an address names; undefined if it names none. */
export function viewIn(hash: string): View | undefined {
  const [name] = hash.replace(/^#/, '').split('&')
  return views.find((view) => view === name)
}

/**
 * Returns the state that an address describes. If it has parameters, filters and selections that it does not mention are off;
 * everything else stays as it was. Invalid parameters are ignored.
 */
export function fromHash(hash: string, before: State): State {
  const given = hash.replace(/^#/, '').split('&').filter((part) => part.includes('=')).map((part) => [part.slice(0, part.indexOf('=')),
    part.slice(part.indexOf('=') + 1)] as const)
  const state: State = { ...before, view: viewIn(hash) ?? before.view, selected: undefined }
  if (given.length === 0) return state
  const one = (name: string): string | undefined => decoded(given.find(([key]) => key === name)?.[1])
  const natural = (name: string, digits: number): number | undefined => { const text = one(name); return text !== undefined
    && /^\d+$/.test(text) && text.length <= digits ? Number(text) : undefined }
  const family = families.find((known) => known === one('family'))
  const target = one('target')
  if (target !== undefined && Object.hasOwn(abis, target)) state.target = target as Target
  switch (state.view) {
    case 'build': {
      const items = given.filter(([key]) => key === 'c')
      if (items.length > 0) state.items = items.flatMap(([, text]) => itemOf(text) ?? [])
      state.room = natural('room', 6)
      break
    }
    case 'explain':
      state.family = family
      state.text = one('text') ?? state.text
      break
    case 'layouts':
      state.struct = one('struct') ?? state.struct
      state.structQuery = one('find') ?? ''
      state.payloadSize = natural('n', 9) ?? state.payloadSize
      break
    case 'types': {
      state.query = one('q') ?? ''
      state.kindFamily = family
      state.level = one('level')
      state.direction = directions.find((known) => known === one('direction'))
      state.kernel = one('kernel')
      state.open = one('open')
    }
  }
  const [, buffer = '0', offset] = /^(?:(\d{1,4})\.)?(\d{1,7})$/.exec(one('at') ?? '') ?? []
  if (offset !== undefined) state.selected = { buffer: Number(buffer), offset: Number(offset) }
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
  return { kind, alternative: name.endsWith('*') && definition?.alternative !== undefined,
    values: Object.fromEntries(values) as Record<string, string> }
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}
