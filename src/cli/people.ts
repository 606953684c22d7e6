/**
 * Finds the names of users, groups and processes by their numbers.
 * @module
 */
import { readFileSync } from 'node:fs'
import { printable } from './style.ts'

/** Reads names by number from a file such as /etc/passwd. It lacks users of a directory service, who keep their number. */
function names(file: string): (id: number) => string | undefined {
  let known: Map<number, string> | undefined
  return (id) => {
    if (known === undefined) {
      known = new Map()
      for (const line of (read(file) ?? '').split('\n')) {
        const [name, , number] = line.split(':')
        if (name && number && !known.has(Number(number))) known.set(Number(number), name)
      }
    }
    return known.get(id)
  }
}

export const userName: (uid: number) => string | undefined = names('/etc/passwd')
export const groupName: (gid: number) => string | undefined = names('/etc/group')

/** Returns a number with its name, if it has one: `1000 (alice)`. */
export const named = (id: number, name: string | undefined): string => (name === undefined ? String(id) : `${id} (${printable(name)})`)

/**
 * Returns the command line of a process, or its name in brackets if it has none, as ps shows it; `undefined` if the process has
 * ended. Another process may have reused the pid: only a pidfd rules that out.
 */
export function commandOf(pid: number): string | undefined {
  if (pid <= 0) return undefined
  const line = read(`/proc/${pid}/cmdline`)
  const comm = read(`/proc/${pid}/comm`)
  return commandLine(line?.split('\0').filter((word, i, all) => word !== '' || i < all.length - 1) ?? [], comm?.trimEnd())
}

export function commandLine(words: readonly string[], comm: string | undefined): string | undefined {
  return words.length > 0 && words[0] !== '' ? words.join(' ') : comm === undefined ? undefined : `[${comm}]`
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
