/**
 * The tarball, as the linters of packages read it.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { modules, PATIENCE, tool, withConsumers } from './project.ts'

/** Packs dist/ as it is. */
function pack(): string {
  const directory = tempDir()
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], {
    cwd: ROOT, encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`)
  return join(directory, stdout.trim())
}

withConsumers('the tarball', [], () => {
  // Of a package with a file for require(), it expects declarations in CommonJS. But that file is an ES module too.
  it('publint objects only that the declarations for require() are those of an ES module', { timeout: PATIENCE }, async () => {
    const publint = start([process.execPath, join(modules, 'publint/src/cli.js'), 'run', pack(), '--strict'], { NO_COLOR: '1' })
    await publint.exit(PATIENCE)
    const objections = publint.lines.filter((line) => /^\d+\. /.test(line))
    expect(objections).toHaveLength(1)
    expect(objections[0]).toMatch(/types is interpreted as ESM when resolving with the "require" condition/)
  })

  // That it is an ES module is right: require() loads these from Node 20.19 on.
  it('are-the-types-wrong objects only that it is an ES module', { timeout: PATIENCE }, async () => {
    const lines = await tool('@arethetypeswrong/cli/dist/index.js', [
      pack(), '--ignore-rules', 'cjs-resolves-to-esm', '--no-emoji', '--no-color',
    ])
    for (const name of ['cmsg', 'cmsg/codec', 'cmsg/dgram', 'cmsg/libc', 'cmsg/systemd', 'cmsg/usocket']) {
      expect(lines.join('\n')).toContain(`"${name}"`)
    }
  })
})
