/**
 * The page: which view is shown, for which target; both are in the address.
 * @module
 */
import { abis, type Target } from '../../src/abi/abi.ts'
import { build } from './build.ts'
import { catalogue } from './catalogue.ts'
import { byId, h } from './dom.ts'
import { explain } from './explain.ts'
import { facts } from './facts.ts'
import { layouts } from './layouts.ts'
import { fromHash, initial, toHash, views, type State } from './state.ts'

let state: State = fromHash(location.hash, initial())

const view = byId('view')
const target = byId('target') as HTMLSelectElement
for (const { target: name, wordSize, littleEndian } of Object.values(abis)) target.append(h('option', { value: name }, `${name} (${wordSize * 8}-bit ${littleEndian ? 'little' : 'big'}-endian)`))
byId('version').textContent = facts.version

/** The address says what is shown, without a step in the history for each key. */
function changed(): void {
  history.replaceState(null, '', toHash(state))
}

function show(): void {
  document.title = `cmsg: ${{ build: 'a control buffer, byte by byte', explain: 'what do these bytes say?', layouts: 'layouts', types: 'control messages' }[state.view]}`
  target.value = state.target
  for (const name of views) {
    const link = byId(`to-${name}`)
    if (name === state.view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  const go = (name: State['view']): void => {
    state.view = name
    history.pushState(null, '', toHash(state))
    show()
    view.focus()
    scrollTo(0, 0)
  }
  switch (state.view) {
    case 'build': return build(view, state, changed)
    case 'explain': return explain(view, state, changed, () => { go('build') })
    case 'layouts': return layouts(view, state, changed)
    case 'types': return catalogue(view, state, changed, (kind) => { state.items = [...state.items, { kind, alternative: false, values: {} }]; go('build') })
  }
}

target.addEventListener('change', () => {
  state.target = target.value as Target
  changed()
  show()
})
addEventListener('hashchange', () => {
  const before = state.view
  state = fromHash(location.hash, state)
  show()
  if (state.view !== before) scrollTo(0, 0)
})
show()
