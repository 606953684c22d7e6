/**
 * The theme of the site: VitePress's own without its fonts, with the interactive tool.
 * @module
 */
import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { CmsgTool } from './tool.ts'
import '../../page/style.css'
import './style.css'

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('CmsgTool', CmsgTool)
  },
} satisfies Theme
