/**
 * The examples, called with wrong arguments.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/peers.ts'
import { start, typescript } from '../support/processes.ts'

/** Those that are run; the other files are their parts. */
const runnable = readdirSync(join(ROOT, 'examples')).filter((file) => /npx tsx/.test(readFileSync(join(ROOT, 'examples', file), 'utf8')))

it.each(runnable)('%s prints how to call it', async (file) => {
  for (const args of [[], ['--help']]) {
    const program = start([...typescript(`examples/${file}`), ...args])
    expect(await program.exit()).toBe(2)
    expect(program.stderr).toMatch(new RegExp(`^usage: ${file.replace('.ts', '')} .*PATH.*\\n$`))
  }
})

it('the examples are found, and the README names each', () => {
  expect(runnable).toHaveLength(7)
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  for (const file of runnable) expect(readme).toContain(`(examples/${file})`)
})
