/**
 * Reads the input of the command.
 * @module
 */
import { readFileSync } from 'node:fs'
import { attempt } from '../errors.ts'

/**
 * Reads standard input to its end. Its pipe may be non-blocking, since all its holders share that flag: `readFileSync(0)` then fails
 * with EAGAIN before the writer has written.
 */
export async function readStandardInput(signal?: AbortSignal): Promise<Buffer> {
  const { stdin } = process
  const chunks: Buffer[] = []
  const stop = (): void => { stdin.destroy(signal!.reason as Error) }
  signal?.addEventListener('abort', stop)
  try {
    for await (const chunk of stdin) chunks.push(chunk as Buffer)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return Buffer.concat(chunks)
}

/** Reads a whole file. The error names the file: those of read(2), such as EISDIR, do not. */
export function readWhole(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${(error as Error).message.replace(/, (open|read)( '.*')?$/s, '')}`)
  }
}

/** Returns the index of a network interface of this machine, or undefined if there is no such interface. */
export const interfaceIndex = (name: string): number | undefined =>
  attempt(() => Number(readFileSync(`/sys/class/net/${name.replaceAll('/', '')}/ifindex`, 'latin1')))
