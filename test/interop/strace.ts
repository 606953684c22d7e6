/**
 * An independent account of what was given to the kernel and what came back: sendmsg(), recvmsg() and their vector forms as
 * strace decodes them.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A decoded value: a struct, an array, bytes, or a word such as `SCM_RIGHTS`, `NULL`, `12`. */
export type Traced = { [field: string]: Traced } | Traced[] | Buffer | string

/** One system call: `sendmsg`, its arguments, its result: a number, or `-1 EAGAIN`. */
export interface TracedCall {
  /** The thread that made it: for the main thread, the pid. */
  readonly thread: number
  readonly syscall: string
  readonly args: readonly Traced[]
  readonly result: string
}

/**
 * The command prefix that traces a program into files `output.<thread>`. One for each thread: in a common file the calls of
 * two threads interrupt each other. -xx: every string in hexadecimal, so that a packet is as easy to read back as a path.
 */
export const strace = (output: string): string[] => [
  'strace', '-ff', '-o', output, '-e', 'trace=sendmsg,recvmsg,sendmmsg,recvmmsg', '-e', 'abbrev=none', '-s', '4096', '-xx',
]

/** The calls of all threads of a program that was traced into `output`, and that has ended. */
export function tracedCalls(output: string): TracedCall[] {
  const files = readdirSync(dirname(output)).filter((file) => file.startsWith(`${basename(output)}.`))
  return files.flatMap((file) => {
    const thread = Number(file.slice(basename(output).length + 1))
    const calls: TracedCall[] = []
    for (const line of readFileSync(join(dirname(output), file), 'utf8').split('\n')) {
      // Node and tsx ask the kernel over netlink which network interfaces there are. It is not ours.
      if (line.includes('sa_family=AF_NETLINK')) continue
      // What is no call is a signal, or the end of the thread.
      const [, syscall, args, result] = /^(\w+)\((.*\)) += (-1 \w+|\S+)/.exec(line) ?? []
      if (syscall !== undefined) calls.push({ thread, syscall, args: parse(args!), result: result! })
    }
    return calls
  })
}

/**
 * Reads a list of values up to its closing bracket. Where strace prints `before => after`, as for a length the kernel writes, takes the
 * value after the call.
 */
function parse(text: string): Traced[] {
  let at = 0

  const took = (token: string): boolean => {
    if (!text.startsWith(token, at)) return false
    at += token.length
    return true
  }
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) throw new Error(`Cannot read what strace printed, at ${text.slice(at, at + 80)}`)
    at += found[0].length
    return found[0]
  }

  function value(): Traced {
    let result: Traced
    if (took('{')) result = struct()
    else if (took('[')) result = list(']')
    else if (took('"')) result = Buffer.from(match(/(\\x[0-9a-f]{2})*"/y).replace(/[^0-9a-f]/g, ''), 'hex')
    else result = match(/[^,\]})"= ]+/y)
    return took(' => ') ? value() : result
  }
  function struct(): Traced {
    const fields: { [field: string]: Traced } = {}
    while (!took('}')) {
      const name = match(/\w+/y)
      match(/=/y)
      fields[name] = value()
      took(', ')
    }
    return fields
  }
  function list(end: string): Traced[] {
    const items: Traced[] = []
    while (!took(end)) {
      items.push(value())
      took(', ')
    }
    return items
  }
  return list(')')
}
