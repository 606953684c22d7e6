/**
 * The site: guides, API reference, catalogue and interactive tool. `npm run docs` builds it; scripts/docs/build.ts writes the pages
 * in docs/generated first.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { apiLinks } from '../../scripts/docs/api.ts'
import { readFacts } from '../../scripts/docs/facts.ts'
import { emptyHeadings, raisedHeadings, repositoryLinks } from './markdown.ts'
import { accessibleSearch } from './search-dialog.ts'
import { api, guides } from './sidebar.ts'

const root = join(import.meta.dirname, '../..')
const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string; description: string }

export default defineConfig({
  title: 'cmsg',
  description,
  lang: 'en',
  base: './',
  outDir: './site',
  cacheDir: '../.cache/vitepress',
  srcExclude: ['page/**', 'site/**'],
  rewrites: { 'README.md': 'guides.md', 'generated/api/:path*': 'api/:path*' },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    config: (md) => { md.use(repositoryLinks).use(emptyHeadings).use(raisedHeadings) },
    // It does this for links that begin with a dot only.
    include: { rebaseRelativeUrls: false },
    // Their colors have the contrast that WCAG AA asks for.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    languageAlias: { console: 'sh' },
  },
  themeConfig: {
    siteTitle: 'cmsg',
    nav: [
      { text: 'Guides', link: '/guides', activeMatch: '^/(guides|start|production|costs)' },
      { text: 'Recipes', link: '/recipes' },
      {
        text: 'Tool',
        activeMatch: '^/tool/(?!catalogue)',
        items: [
          { text: 'Build a control buffer', link: '/tool/build' },
          { text: 'Explain control bytes', link: '/tool/explain' },
          { text: 'Struct layouts', link: '/tool/layouts' },
        ],
      },
      { text: 'Catalogue', link: '/tool/catalogue' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
    ],
    sidebar: { ...api(), '/': guides() },
    outline: { level: [2, 3], label: 'On this page' },
    search: {
      provider: 'local',
      // A guide explains what a page of the reference only states.
      options: { miniSearch: { searchOptions: { boostDocument: (id: string) => (id.includes('api/') ? 1 : 2) } } },
    },
    docFooter: { prev: 'Previous', next: 'Next' },
    footer: { message: `cmsg ${version}` },
  },
  vite: {
    plugins: [accessibleSearch],
    define: { FACTS: JSON.stringify({ ...readFacts(), apiLinks: apiLinks() }) },
    publicDir: false,
    // The index of the search is loaded when a search begins.
    build: { chunkSizeWarningLimit: 4000 },
  },
})
