/**
 * Whom numbers belong to: users, groups and processes, by name.
 * @module
 */
import { readFileSync } from 'node:fs'
import { printable } from './style.ts'

/** Names by number, of a file such as /etc/passwd. Users of a directory service have none there, and keep their number. */
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

/** A number with its name, where it has one: `1000 (alice)`. */
export const named = (id: number, name: string | undefined): string => (name === undefined ? String(id) : `${id} (${printable(name)})`)

/**
 * What a process runs: its arguments, or its name in brackets where it has none, as ps shows it. `undefined` when it is
 * gone. Another process may have its pid by then: only a pidfd rules that out.
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
