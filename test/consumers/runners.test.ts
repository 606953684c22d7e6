/**
 * Test runners of users: they load packages in ways of their own.
 * @module
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start } from '../support/processes.ts'
import { directoryInProject, nodeOf, PATIENCE, project, withConsumers } from './project.ts'

const body = (imports: string): string => `${imports}
test('a message arrives, and its sender is known', async () => {
  const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
  const received = b.receive()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await a.send('hello')
  const message = await received
  expect([String(message.data), message.get(credentials).pid === process.pid]).toEqual(['hello', true])
  await Promise.all([a.close(), b.close()])
})`

withConsumers('tested with', [20, 26], () => {
  describe.each([20, 26])('Node %s', (major) => {
    const run = async (args: readonly string[]): Promise<string> => {
      const program = start([nodeOf(major), ...args], {
        NO_COLOR: '1', FORCE_COLOR: undefined, VITEST: undefined, VITEST_WORKER_ID: undefined, VITEST_POOL_ID: undefined,
        NODE_ENV: undefined,
      })
      const status = await program.exit(PATIENCE)
      return `${status}\n${program.lines.join('\n')}\n${program.stderr}`
    }

    it.each(['threads', 'forks', 'vmThreads'])('vitest, in its pool %s', { timeout: PATIENCE }, async (pool) => {
      const files = { 'one.test.mjs': body("import { expect, test } from 'vitest'\nimport { MessageSocket, credentials } from 'cmsg'") }
      const directory = directoryInProject({ ...files, 'two.test.mjs': files['one.test.mjs'], 'vitest.config.mjs': 'export default {}' })
      const output = await run([join(project, 'node_modules/vitest/vitest.mjs'), 'run', '--root', directory, '--pool', pool])
      expect(output).toMatch(/^0\n/)
      expect(output).toMatch(/Tests +2 passed/)
    })

    it('jest', { timeout: PATIENCE }, async () => {
      const text = body("import { expect, test } from '@jest/globals'\nimport { MessageSocket, credentials } from 'cmsg'")
      const directory = directoryInProject({
        'one.test.mjs': text, 'two.test.mjs': text, 'jest.config.mjs': "export default { testMatch: ['**/*.test.mjs'], transform: {} }",
      })
      const output = await run([
        '--experimental-vm-modules', '--no-warnings', join(project, 'node_modules/jest/bin/jest.js'), '--rootDir', directory,
      ])
      expect(output).toMatch(/^0\n/)
      expect(output).toMatch(/Tests: +2 passed/)
    })
  })
})
