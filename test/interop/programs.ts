/**
 * The programs that play server or client. All take the same command line and print the same lines, whatever they are
 * written in, so that any server can be put in front of any client.
 *
 *   server PATH [--nonblocking] [--connected] [--count N]
 *   client SERVERPATH CLIENTPATH [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]
 * @module
 */
import { compile } from '../support/cc.ts'
import type { PeerName } from '../support/peers.ts'
import { typescript } from '../support/processes.ts'

export interface Program {
  readonly name: string
  /** What has to be there to run it. */
  readonly needs: readonly PeerName[]
  /** The command without its arguments. Call it within a test: it may have to build the program. */
  readonly command: () => readonly string[]
}

const ours = (name: string): Program => ({
  name: `examples/${name}.ts`,
  needs: [],
  command: () => typescript(`examples/${name}.ts`),
})

const c = (name: string): Program => ({
  name: `${name}.c`,
  needs: ['cc'],
  command: () => [compile(`${name}.c`)],
})

// -B: no __pycache__ in the repository.
const python = (name: string): Program => ({
  name: `${name}.py`,
  needs: ['python3'],
  command: () => ['python3', '-B', `test/python/${name}.py`],
})

type Role = 'ours' | 'oursInBatches' | 'c' | 'cInBatches' | 'python'

export const servers: Readonly<Record<Role, Program>> = {
  ours: ours('server'),
  oursInBatches: ours('batch-server'),
  c: c('server'),
  cInBatches: c('mmsg_server'),
  python: python('server'),
}

export const clients: Readonly<Record<Role, Program>> = {
  ours: ours('client'),
  oursInBatches: ours('batch-client'),
  c: c('client'),
  cInBatches: c('mmsg_client'),
  python: python('client'),
}

/** What it is called, and the flags that ask for it. */
export type Mode = readonly [name: string, flags: readonly string[]]

export const modes: readonly [Mode, ...Mode[]] = [
  ['blocking', []],
  ['non-blocking', ['--nonblocking']],
  ['blocking, connected', ['--connected']],
  ['non-blocking, connected', ['--nonblocking', '--connected']],
]
