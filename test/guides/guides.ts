/**
 * Programs of the guides, as they stand there. What follows the language of a block is the name of the program.
 * @module
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { ROOT } from '../support/peers.ts'
import type { Running } from '../support/processes.ts'

/** The programs and other named blocks of a guide, by name. */
export function blocksOf(guide: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, 'docs', guide), 'utf8')
  return new Map([...text.matchAll(/^```(?:js|ini) ([\w.-]+)\n([^]*?)^```$/gm)].map(([, name, block]) => [name!, block!]))
}

const written: string[] = []
afterAll(() => { for (const file of written) rmSync(file, { force: true }) })

/** A file for a program, removed at the end of the test file. Within this package by default, which it then imports by name. */
export function place(name: string, text: string | undefined, directory: string = import.meta.dirname): string {
  if (text === undefined) throw new Error(`no guide has a program ${name}`)
  const file = join(directory, `.${process.pid}-${name}.mjs`)
  writeFileSync(file, text)
  written.push(file)
  return file
}

/** Waits for the socket file of a program. */
export async function there(path: string, program: Running): Promise<void> {
  while (!existsSync(path)) {
    if (program.ended !== undefined) await program.output()
    await after(10)
  }
}
