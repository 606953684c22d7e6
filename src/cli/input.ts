/**
 * What the command is given to read.
 * @module
 */
import { readFileSync } from 'node:fs'
import { attempt } from '../errors.ts'

/** A stream to its end. */
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

/** A file, or with `-` standard input, whole. */
export function readInput(file: string): Buffer {
  return readFileSync(file === '-' ? 0 : file)
}

/** The index of a network interface of this machine, if it has it. */
export const interfaceIndex = (name: string): number | undefined =>
  attempt(() => Number(readFileSync(`/sys/class/net/${name.replaceAll('/', '')}/ifindex`, 'latin1')))
