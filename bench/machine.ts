/**
 * Where it was measured.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release } from 'node:os'

const firstLine = (command: string, ...args: string[]): string =>
  (spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '').split('\n')[0]!.trim() || 'none'

const sysctl = (name: string): string => readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim()

/** `runtimes`: the Node that runs this, unless others are measured. */
export function describeMachine(runtimes: [what: string, value: string][] = [['Node', process.version]]): [what: string, value: string][] {
  return [
    ['CPU', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`],
    ['kernel', `Linux ${release()}, ${process.arch}`],
    ...runtimes,
    ['compiler', `${firstLine('cc', '--version')}, -O2`],
    ['python3', firstLine('python3', '--version').replace('Python ', '')],
    ['net.unix.max_dgram_qlen', sysctl('net.unix.max_dgram_qlen')],
    ['net.core.wmem_default', sysctl('net.core.wmem_default')],
  ]
}

/** The processors this process may run on. */
export function allowedCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?]
    return Array.from({ length: last! - first + 1 }, (_, i) => first + i)
  })
}

export const hasTaskset = (): boolean => spawnSync('taskset', ['--version']).status === 0
