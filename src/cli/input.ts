/**
 * Reads the input of the command.
 * @module
 */
import { readFileSync } from 'node:fs'
import { attempt } from '../errors.ts'

/** Reads a stream to its end. */
export async function readAll(stream: NodeJS.ReadStream, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stop = (): void => { stream.destroy(signal.reason as Error) }
  signal.addEventListener('abort', stop)
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer)
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return Buffer.concat(chunks)
}

/** Reads a whole file, or standard input for `-`. */
export function readInput(file: string): Buffer {
  return readFileSync(file === '-' ? 0 : file)
}

/** Returns the index of a network interface of this machine, or undefined if there is no such interface. */
export const interfaceIndex = (name: string): number | undefined =>
  attempt(() => Number(readFileSync(`/sys/class/net/${name.replaceAll('/', '')}/ifindex`, 'latin1')))
