/**
 * What docs/command.md shows is what the command prints: `npx vitest run test/cli/docs.test.ts -u` brings it up to date.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/peers.ts'
import { shell } from './command.ts'

const page = join(ROOT, 'docs/command.md')

it('every console example in docs/command.md prints what it shows', async () => {
  let examples = 0
  const text = readFileSync(page, 'utf8').replace(/^```console\n(.*?)^```$/gms, (_, block: string) => {
    const lines = block.split('\n').filter((line) => line.startsWith('$ '))
    const shown = lines.map((line) => {
      const { status, stdout, stderr } = shell(`cmsg() { $CMSG "$@"; }\n${line.slice(2)}`)
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
      examples++
      return `${line}\n${stdout}`
    })
    return `\`\`\`console\n${shown.join('')}\`\`\``
  })
  expect(examples).toBeGreaterThan(7)
  await expect(text).toMatchFileSnapshot(page)
})
