import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const sockets = ['test/socket/**/*.test.ts', 'test/dgram/**/*.test.ts', 'test/harness/model/*.test.ts']

/** Tests whose result does not depend on the Node that runs them: they choose their own runtimes, or need none. */
const anyNode = ['consumers', 'drop-ins', 'generated', 'page', 'runtimes', 'streams', 'structure']
  .map((name) => `test/${name}/**/*.test.ts`)

function project(
  name: string, test: { include: string[]; exclude?: string[]; env?: Record<string, string>; setupFiles?: string[] },
): TestProjectInlineConfiguration {
  const typecheck = {
    // Once is enough.
    enabled: name === 'any-node',
    include: ['test/**/*.test-d.ts'],
    // Everything else is the business of `npm run typecheck`, which comes first in `npm test`.
    ignoreSourceErrors: true,
  }
  return { extends: true, test: { name, ...test, typecheck } }
}

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      project('any-node', { include: anyNode }),
      project('once', { include: ['test/**/*.test.ts'], exclude: [...anyNode, ...sockets] }),
      // Every way to wait goes through the same tests. Without this variable the one that works is found by trying.
      ...['handle', 'thread'].map((name) => project(name, {
        include: sockets, env: { CMSG_READINESS: name }, setupFiles: ['test/support/waiting.ts'],
      })),
    ],
    // A process for each file: ffi-rs has to be loaded on a main thread first, and test/support/leaks.ts counts the
    // descriptors of the whole process.
    pool: 'forks',
    // All cores, for much of the time is spent waiting for other programs to start.
    maxWorkers: '100%',
    setupFiles: ['test/support/leaks.ts'],
    reporters: ['default', './test/support/summary.ts'],
    // Tests start compilers, strace and Node on machines of two busy cores. They wait for events, so a generous limit
    // costs nothing where all is well. It is longer than the limit on each wait in test/support/processes.ts, which
    // knows what was awaited and says so.
    testTimeout: 90_000,
    // In CI a test that failed runs once more, and the summary names it: strace, qemu and Xvfb fail now and then by themselves.
    retry: process.env['CI'] === undefined ? 0 : 1,
    hookTimeout: 90_000,
    alias: [
      { find: /^cmsg$/, replacement: here('src/index.ts') },
      { find: /^cmsg\/codec$/, replacement: here('src/codec.ts') },
      { find: /^cmsg\/dgram$/, replacement: here('src/dgram.ts') },
      { find: /^cmsg\/usocket$/, replacement: here('src/usocket.ts') },
      { find: /^cmsg\/systemd$/, replacement: here('src/systemd.ts') },
      { find: /^cmsg\/libc$/, replacement: here('src/libc.ts') },
    ],
  },
})

export default config
