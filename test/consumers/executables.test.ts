/**
 * Programs as Node's single executables. docs/bundlers.md says how users build them.
 * @module
 */
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start } from '../support/processes.ts'
import { deployed, directoryToBuild, nodeOf, PATIENCE, textOf, tool, withConsumers } from './project.ts'

/** Node's documents have this name of the place that postject marks. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** Make `out/program` of `sea.json` in a directory. */
const builders: Readonly<Record<number, (directory: string, node: string) => Promise<void>>> = {
  24: async (directory, node) => {
    await start([node, '--experimental-sea-config', join(directory, 'sea.json')]).output(PATIENCE)
    copyFileSync(node, join(directory, 'out/program'))
    chmodSync(join(directory, 'out/program'), 0o755)
    await tool('postject/dist/cli.js', [join(directory, 'out/program'), 'NODE_SEA_BLOB', join(directory, 'blob'), '--sentinel-fuse', fuse])
  },
  26: async (directory, node) => {
    await start([node, '--build-sea', join(directory, 'sea.json')]).output(PATIENCE)
  },
}

withConsumers('a single executable', [24, 26], () => {
  describe.each(Object.keys(builders).map(Number))('of Node %s', (major) => {
    it('runs elsewhere, alone or with ffi-rs beside it', { timeout: PATIENCE }, async () => {
      const directory = directoryToBuild({ 'program.js': textOf('program.js') })
      const bundle = join(directory, 'bundle.cjs')
      await tool('esbuild/bin/esbuild', [
        join(directory, 'program.js'), '--bundle', '--platform=node', '--format=cjs', `--outfile=${bundle}`, '--log-level=warning',
      ])
      mkdirSync(join(directory, 'out'))
      const output = join(directory, major < 26 ? 'blob' : 'out/program')
      writeFileSync(join(directory, 'sea.json'), JSON.stringify({ main: bundle, output, disableExperimentalSEAWarning: true }))
      await builders[major]!(directory, nodeOf(major))

      const needsFfiRs = major < 26
      const place = deployed(join(directory, 'out'), needsFfiRs ? 'ffi-rs' : 'nothing')
      for (const strategy of ['handle', 'thread']) {
        expect(await start([join(place, 'program')], { CMSG_READINESS: strategy }).output()).toEqual([
          `hello true 32 function ${needsFfiRs ? 'ffi-rs' : 'node'}`,
        ])
      }
      if (!needsFfiRs) return
      rmSync(join(place, 'node_modules'), { recursive: true })
      const program = start([join(place, 'program')])
      expect(await program.exit()).toBe(1)
      expect(program.lines.join('\n')).toMatch(/^ERR_CMSG_UNSUPPORTED: .*it is not installed\. .*A bundle needs node_modules\/ffi-rs/)
    })
  })
})
