/**
 * The interactive tool as a component: `<CmsgTool view="build">` shows its content until the browser has loaded the tool.
 * @module
 */
import { withBase } from 'vitepress'
import { defineComponent, h, nextTick, onBeforeUnmount, onMounted, shallowRef, type PropType } from 'vue'
import type { View } from '../../page/main.ts'

/** The files in docs/tool, by view. */
const pages: Readonly<Record<View, string>> = { build: 'build', explain: 'explain', layouts: 'layouts', types: 'catalogue' }

export const CmsgTool = defineComponent({
  props: { view: { type: String as PropType<View>, required: true } },
  setup({ view }, { slots }) {
    const isLoaded = shallowRef(false)
    const root = shallowRef<HTMLElement>()
    let unmount: (() => void) | undefined
    let isGone = false
    onMounted(async () => {
      // Loaded here, since it needs a document, which a build has not.
      const { mount } = await import('../../page/main.ts')
      isLoaded.value = true
      await nextTick()
      if (!isGone) unmount = mount(root.value!, view, { addressOf: (view, hash) => withBase(`/tool/${pages[view]}.html`) + hash })
    })
    onBeforeUnmount(() => {
      isGone = true
      unmount?.()
    })
    return () => {
      const content = isLoaded.value ? h('div', { ref: root }) : h('div', { class: 'vp-doc' }, slots['default']?.())
      return h('main', { class: 'tool' }, content)
    }
  },
})
