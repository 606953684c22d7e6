/**
 * A server and its clients, each a process of its own, and what they should print.
 * @module
 */
import { chmodSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { start, tempDir, type Running } from '../support/processes.ts'
import type { Program } from './programs.ts'

/** A server that is bound. */
export interface Server {
  readonly process: Running
  readonly path: string
}

/**
 * Starts a server that ends after `count` packets, and waits until it is bound. `under` comes before its command line:
 * setpriv, strace … `mode` is that of the directory it is bound in: it can let another user in.
 */
export async function openServer(
  program: Program,
  { count, flags = [], under = [], mode = 0o700 }: {
    count: number; flags?: readonly string[]; under?: readonly string[]; mode?: number
  },
): Promise<Server> {
  const path = join(tempDir(mode), 's')
  const process = start([...under, ...program.command(), path, '--count', String(count), ...flags])
  await process.line('ready')
  chmodSync(path, 0o777) // to send to a socket one needs write permission, and some clients run as another user
  return { process, path }
}

/** A client, with what its server should see of it. */
export interface Client {
  readonly process: Running
  readonly pid: number
  readonly path: string
}

/** Starts a client of a server, bound in the same directory. */
export function startClient(
  program: Program,
  server: Server,
  { count, flags = [], under = [], name = 'c' }: {
    count: number; flags?: readonly string[]; under?: readonly string[]; name?: string
  },
): Client {
  const path = join(dirname(server.path), name)
  const process = start([...under, ...program.command(), server.path, path, '--count', String(count), ...flags])
  return { process, pid: process.pid, path }
}

/** Who a server should say has sent a packet. */
export interface Sender {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** The user we are. */
export const we: { readonly uid: number; readonly gid: number } = { uid: process.getuid!(), gid: process.getgid!() }

/** The lines a server prints of `count` packets from one client. */
export const packetLines = (count: number, client: Client, { pid, uid, gid }: Sender): string[] =>
  Array.from({ length: count }, (_, i) => `index=${i} msg=packet ${i} pid=${pid} uid=${uid} gid=${gid} from=${client.path}`)

/** The lines a client prints when each of its packets was acknowledged. */
export const ackLines = (count: number): string[] => Array.from({ length: count }, (_, i) => `ack index=${i}`)
