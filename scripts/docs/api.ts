/**
 * The API reference: TypeDoc's Markdown in docs/generated/api, with tables of all constants and structs.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { builtins } from '../../src/control/catalogue.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { constantsText, structsText } from './tables.ts'

const root = join(import.meta.dirname, '../..')
export const reference = join(root, 'docs/generated/api')

/** The entry point whose pages have the kinds, the constants and the structs; the others refer to it. */
const values = 'cmsg/codec/variables'

/** Constants that stand for a class of Node, which is loaded later: TypeDoc names the constant as the parent. */
const standIns = [
  ['MessageDuplex.md', 'LazyDuplex', 'Duplex'], ['USocket.md', 'LazyDuplex', 'Duplex'], ['UServer.md', 'Base', 'EventEmitter'],
] as const

/** Writes the pages anew. @throws if TypeDoc reports a problem, such as a broken link or a missing docstring */
export async function writeApi(): Promise<void> {
  rmSync(reference, { recursive: true, force: true })
  const command = [join(root, 'node_modules/typedoc/bin/typedoc'), '--out', reference]
  const typedoc = spawn(process.execPath, command, { cwd: root, stdio: 'inherit' })
  const [status] = await once(typedoc, 'exit') as [number | null]
  if (status !== 0) throw new Error(`typedoc failed with exit status ${status}`)
  // TypeDoc writes the default of its type parameter, which is every kind, as a list of 16,000 characters.
  const decode = join(reference, 'cmsg/codec/functions/decodeControl.md')
  writeFileSync(decode, readFileSync(decode, 'utf8').replace(/\\\| \[`ControlMessage`\].*(?= \|$)/m, 'all built-in kinds'))
  for (const [file, name, parent] of standIns) {
    const page = join(reference, 'cmsg/classes', file)
    writeFileSync(page, readFileSync(page, 'utf8').replaceAll(new RegExp(`\\b${name}\\b`, 'g'), parent))
  }
  for (const name of readdirSync(reference, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('/index.md')) writeFileSync(join(reference, name), withShortReferences(readFileSync(join(reference, name), 'utf8')))
  }
  const link = (kind: string): string => `${kind}.md`
  appendFileSync(join(reference, values, 'constants.md'), `\n${constantsText(link)}\n`)
  const layoutLink = (struct: string): string => `../../../../tool/layouts.html#layouts&struct=${struct}`
  appendFileSync(join(reference, values, 'structs.md'), `\n${structsText(link, layoutLink)}\n`)
}

/** TypeDoc writes a heading for each name that an entry point exports again: hundreds, which the search would find first. */
function withShortReferences(page: string): string {
  const [before, references] = page.split('\n## References\n')
  if (references === undefined) return page
  const names = [...references.matchAll(/^(### .*?) \{#.*\}\n\n(?:Renames and re-exports|Re-exports) \[.*?\]\((.*?)\)$/gm)]
  const links = names.map(([, heading, link]) => `[\`${heading!.slice('### '.length).replaceAll('\\', '')}\`](${link})`)
  return `${before}\n## Also exported\n\n${links.join(', ')}\n`
}

/** Returns the address of the page of each kind, relative to the pages of the tool. @throws if a page does not exist */
export function apiLinks(): Record<string, string> {
  return Object.fromEntries((builtins as readonly AnyControlMessage[]).map(({ kind }) => {
    if (!existsSync(join(reference, values, `${kind}.md`))) throw new Error(`The API reference has no page for ${kind}: run npm run docs`)
    return [kind, `../api/${values}/${kind}.html`]
  }))
}
