/**
 * Programs that a bundler made one file of, run at a place where nothing but that file and ffi-rs is found. docs/bundlers.md
 * says how users build them.
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start } from '../support/processes.ts'
import { deployed, directoryToBuild, nodeOf, PATIENCE, project, textOf, tool, withConsumers, type Beside } from './project.ts'

interface Bundler {
  /** The file that it makes. */
  readonly output: string
  /** Files that the build needs, beside program.js. */
  readonly files?: Readonly<Record<string, string>>
  readonly build: (directory: string) => Promise<unknown>
}

const esbuild = (args: readonly string[]) => (directory: string): Promise<unknown> =>
  tool('esbuild/bin/esbuild', [
    join(directory, 'program.js'), '--bundle', '--platform=node', '--log-level=warning', `--outdir=${directory}/out`, ...args,
  ])

const rollup = (format: 'es' | 'cjs', output: string): Bundler => ({
  output,
  build: (directory) => tool('rollup/dist/bin/rollup', [
    '-p', 'node-resolve', '-p', 'commonjs', '--failAfterWarnings', '--silent', '-f', format, '-o', `${directory}/out/${output}`,
    `${directory}/program.js`,
  ]),
})

/** webpack through its API: its command is another package. */
const webpack = (output: string, settings: string): Bundler => ({
  output,
  files: { 'build.mjs': `
    import webpack from '${project}/node_modules/webpack/lib/index.js'
    const path = import.meta.dirname + '/out'
    const options = { mode: 'production', target: 'node', entry: import.meta.dirname + '/program.js', ${settings} }
    webpack(options, (error, stats) => {
      if (error || stats.hasErrors() || stats.hasWarnings()) throw error ?? new Error(stats.toString('errors-warnings'))
    })` },
  build: (directory) => start([process.execPath, `${directory}/build.mjs`]).output(PATIENCE),
})

const bundlers: Readonly<Record<string, Bundler>> = {
  'esbuild, as CommonJS': { output: 'program.cjs', build: esbuild(['--format=cjs', '--minify', '--out-extension:.js=.cjs']) },
  'esbuild, as an ES module': { output: 'program.mjs', build: esbuild(['--format=esm', '--out-extension:.js=.mjs']) },
  'esbuild, as for VS Code': { output: 'program.js', build: esbuild(['--format=cjs', '--external:vscode', '--minify', '--sourcemap']) },
  'rollup, as CommonJS': rollup('cjs', 'program.cjs'),
  'rollup, as an ES module': rollup('es', 'program.mjs'),
  'webpack, as CommonJS': webpack('program.cjs', "output: { path, filename: 'program.cjs' }"),
  'webpack, as an ES module': webpack(
    'program.mjs',
    "experiments: { outputModule: true }, output: { path, filename: 'program.mjs', module: true, library: { type: 'module' } }",
  ),
  'webpack, for the main process of Electron': webpack('program.cjs', "target: 'electron-main', output: { path, filename: 'program.cjs' }"),
  'vite, for a server': {
    output: 'program.mjs',
    files: { 'vite.config.mjs': `export default {
      logLevel: 'error',
      build: { ssr: 'program.js', outDir: 'out', emptyOutDir: false, rollupOptions: { output: { entryFileNames: 'program.mjs' } } },
      ssr: { noExternal: true },
    }` },
    build: (directory) => tool('vite/bin/vite.js', ['build', directory]),
  },
  'ncc': {
    output: 'index.js', files: { 'tsconfig.json': '{}' },
    build: (directory) => tool('@vercel/ncc/dist/ncc/cli.js', ['build', `${directory}/program.js`, '-o', `${directory}/out`, '-q']),
  },
}

/** The last line that a bundle prints, and how it ends. */
async function run(node: number, directory: string, output: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const program = start([nodeOf(node), join(directory, output)], env)
  await program.exit()
  return `${program.ended} ${program.lines.join('\n')}${program.stderr.slice(0, 1000)}`
}

withConsumers('bundled by', [20, 24, 26], () => {
  describe.each(Object.entries(bundlers))('%s', (name, { output, files = {}, build }) => {
    // Electron's main process has modules that Node does not have: it is built, not run.
    const isRun = !name.includes('Electron')

    it('runs elsewhere with ffi-rs beside it, and otherwise reports that ffi-rs is missing', { timeout: PATIENCE }, async () => {
      const type = output === 'program.js' ? 'commonjs' : 'module'
      const directory = directoryToBuild({ 'program.js': textOf('program.js'), 'package.json': JSON.stringify({ type }), ...files })
      await build(directory)
      expect(readdirSync(join(directory, 'out'))).toContain(output)
      if (!isRun) return

      const at = (beside: Beside): string => deployed(join(directory, 'out'), beside)
      const place = at('ffi-rs')
      const works = (engine: string): string => `0 hello true 32 function ${engine}`
      expect(await run(20, place, output)).toBe(works('ffi-rs'))
      expect(await run(24, place, output, { CMSG_READINESS: 'thread' })).toBe(works('ffi-rs'))
      expect(await run(26, at('nothing'), output)).toBe(works('node'))
      expect(await run(20, at('nothing'), output))
        .toMatch(/^1 ERR_CMSG_UNSUPPORTED: .*it is not installed\. .*A bundle needs node_modules\/ffi-rs/)
      expect(await run(20, at('ffi-rs without its binary'), output))
        .toMatch(/^1 ERR_CMSG_UNSUPPORTED: .*\/node_modules\/ffi-rs\/index\.js is installed without its binary/)
    })

    it.runIf(isRun)('gives require() what an import has', { timeout: PATIENCE }, async () => {
      const type = output === 'program.js' ? 'commonjs' : 'module'
      const directory = directoryToBuild({
        'program.js': "import main from './required.cjs'\nmain()\n",
        'required.cjs': "const { createSocket, MessageSocket } = require('cmsg')\n"
          + 'module.exports = () => console.log(typeof createSocket, typeof MessageSocket.open)\n',
        'package.json': JSON.stringify({ type }), ...files,
      })
      await build(directory)
      expect(await run(20, join(directory, 'out'), output)).toBe('0 function function')
    })
  })
})
