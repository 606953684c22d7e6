import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/codec.ts', 'src/libc.ts'],
  format: 'esm',
  target: 'node20.19',
  dts: true,
  splitting: true,
  clean: true,
  sourcemap: true,
  external: ['ffi-rs'],
  silent: true,
})
