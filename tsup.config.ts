import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

/**
 * commander, which the command bundles, is CommonJS, and an ES module has no `require`. What it takes from Node is had
 * without one; node:child_process, which costs 2 ms, only when it is used, and that is never.
 */
const requiredOfNode: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'required-of-node',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      (kind === 'require-call' ? { path, namespace: 'required-of-node' } : undefined))
    build.onLoad({ filter: /./, namespace: 'required-of-node' }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`
      return {
        contents: path === 'node:child_process' ? `exports.spawn = (...args) => ${module}.spawn(...args)` : `module.exports = ${module}`,
      }
    })
  },
}

/**
 * The library is cut wherever one entry point needs less than another, and each piece takes time to import. systemd.ts needs
 * less than index.ts: so that `cmsg` is cut no finer for it, it names the rest too when it is built.
 */
const uncut: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'uncut',
  setup(build) {
    build.onLoad({ filter: /\/src\/systemd\.ts$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\nimport whole from './index.ts'\nwhole.createSocket\n`, loader: 'ts',
    }))
  },
}

const common: Options = {
  format: 'esm',
  target: 'node20.19',
  splitting: true,
  external: ['ffi-rs'],
  removeNodeProtocol: false,
  silent: true,
}

/** The entry points of the package. */
export const entryPoints = ['src/index.ts', 'src/codec.ts', 'src/dgram.ts', 'src/libc.ts', 'src/systemd.ts', 'src/usocket.ts']

/**
 * For the command: a third less to download. Names stay, for stack traces. Not for the library: with the white space, esbuild drops the
 * annotations of pure calls, and each bundle of the codec would contain the whole codec.
 */
const esbuildOptions: NonNullable<Options['esbuildOptions']> = (options) => {
  options.minifyWhitespace = true
  options.minifySyntax = true
}

// The command apart, with a copy of what it needs: its parts are loaded when they are asked for, and a library that shares
// chunks with them is cut so finely that importing it takes 2 ms longer.
export default defineConfig([
  // The macros are an entry only so that they are a chunk: a bundle that needs no more takes nothing else along.
  { ...common, entry: [...entryPoints, 'src/abi/cmsg.ts'], dts: { entry: entryPoints }, esbuildPlugins: [uncut] },
  { ...common, entry: { main: 'src/cli/main.ts' }, outDir: 'dist/cli', esbuildPlugins: [requiredOfNode], esbuildOptions },
])
