/**
 * The code and the commands of the README, in a project that has nothing but the package.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examples } from '../docs/examples.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { deployed, directoryToBuild, nodeOf, PATIENCE, withConsumers } from './project.ts'

const blocks = examples([], ['README.md'])
const block = (mode: string): string => blocks.find((example) => example.mode === mode)!.text

/** Waits until the program has made its socket file. */
async function bound(program: Running, path: string): Promise<void> {
  while (!existsSync(path) && program.ended === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
}

withConsumers('the README, followed in an empty project', [20, 22, 24, 26], () => {
  describe.each([20, 22, 24, 26])('Node %s', (major) => {
    const node = nodeOf(major)
    /** A project with one program, whose files in /tmp are in a directory of its own. */
    const projectWith = (name: string, text: string, temporary = tempDir()): string => {
      const directory = deployed(directoryToBuild({}), 'ffi-rs')
      writeFileSync(join(directory, name), text.replaceAll('/tmp/', `${temporary}/`))
      return join(directory, name)
    }

    it('the server names its client, which gets its reply', { timeout: PATIENCE }, async () => {
      const temporary = tempDir()
      await using server = start([node, projectWith('server.mjs', block('server'), temporary)])
      await bound(server, join(temporary, 'demo.sock'))
      const client = start([node, projectWith('client.mjs', block('client'), temporary)])
      expect(await client.output()).toEqual(['ACK'])
      expect(await server.line(/^pid/)).toBe(`pid ${client.pid}, uid ${process.getuid!()}, gid ${process.getgid!()}: take this`)
      expect(await server.line(/^with/)).toMatch(/^with descriptor \d+$/)
    })

    const others = blocks.filter(({ mode }) => mode === '').map(({ name, text }) => [name, text] as const)
    it.each(others)('%s runs to its end and prints what it says', { timeout: PATIENCE }, async (_, text) => {
      const printed = await start([node, projectWith('program.mjs', text)]).output()
      const said = [...text.matchAll(/console\.log\(.*\) \/\/ (.+)/g)].map((match) => match[1])
      if (said.length > 0) expect(printed).toEqual(said)
    })

    it('the command prints each message with its sender', { timeout: PATIENCE }, async () => {
      const directory = deployed(directoryToBuild({}), 'ffi-rs')
      const { bin } = JSON.parse(readFileSync(join(directory, 'node_modules/cmsg/package.json'), 'utf8')) as { bin: { cmsg: string } }
      const command = [node, join(directory, 'node_modules/cmsg', bin.cmsg)]
      const path = join(tempDir(), 's.sock')
      await using listener = start([...command, 'listen', path, '--receive', 'credentials'])
      await bound(listener, path)
      const sender = start([...command, 'send', path, 'hello'])
      await sender.output()
      expect(await listener.line(/pid/)).toContain(`pid ${sender.pid}`)
      expect(await listener.line(/hello/)).toBe('  hello')
    })
  })
})
