import { defineConfig, type Options } from 'tsup'

/**
 * commander, which the command bundles, is CommonJS, and an ES module has no `require`. What it takes from Node is had
 * without one; node:child_process, which costs 2 ms, only when it is used, and that is never.
 */
const requiredOfNode: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'required-of-node',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) => (kind === 'require-call' ? { path, namespace: 'required-of-node' } : undefined))
    build.onLoad({ filter: /./, namespace: 'required-of-node' }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`
      return { contents: path === 'node:child_process' ? `exports.spawn = (...args) => ${module}.spawn(...args)` : `module.exports = ${module}` }
    })
  },
}

export default defineConfig({
  entry: ['src/index.ts', 'src/codec.ts', 'src/libc.ts', 'src/cli/main.ts'],
  format: 'esm',
  target: 'node20.19',
  dts: { entry: ['src/index.ts', 'src/codec.ts', 'src/libc.ts'] },
  splitting: true,
  clean: true,
  sourcemap: true,
  external: ['ffi-rs'],
  removeNodeProtocol: false,
  esbuildPlugins: [requiredOfNode],
  silent: true,
})
