/**
 * The system calls that docs/production.md lists for a seccomp profile: those of the bindings, and all that strace sees.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { bindings } from '../../generated/bindings.ts'
import { sources } from '../structure/sources.ts'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

const [, section] = /\n## System calls\n([^]*?)\n## /.exec(readFileSync(join(ROOT, 'docs/production.md'), 'utf8'))!
const listed = section!.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) =>
  [...line.split(' | ')[0]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!))

/** Numbers that the library passes to `syscall`. */
const byNumber = [...new Set(sources.filter(({ path }) => path.startsWith('src/'))
  .flatMap(({ text }) => [...text.matchAll(/\bSYS_(\w+)/g)].map(([, name]) => name!)))]

/** The system calls of libc functions that do not make one of their own name. */
const made: Readonly<Partial<Record<string, readonly string[]>>> = {
  eventfd: ['eventfd2'], epoll_wait: ['epoll_wait', 'epoll_pwait'], poll: ['poll', 'ppoll'],
  if_nametoindex: ['socket', 'ioctl', 'close'], if_indextoname: ['socket', 'ioctl', 'close'],
  pthread_create: ['clone3', 'clone', 'mmap', 'mprotect', 'munmap', 'madvise', 'rt_sigprocmask', 'set_robust_list', 'rseq', 'exit'],
  pthread_tryjoin_np: [], calloc: [], memcpy: [], __errno_location: [], dlopen: [], dlsym: [], syscall: byNumber,
} satisfies Partial<Record<keyof typeof bindings, readonly string[]>>

it('the system calls in docs/production.md are those of the bindings', () => {
  const expected = new Set(Object.keys(bindings).flatMap((name) => made[name] ?? [name]))
  expect([...listed].sort()).toEqual([...expected].sort())
})

/** System calls that Node makes only now and then; the last three when two threads of Node 26 first wait for each other. */
const sometimes = [
  'sched_yield', 'restart_syscall', 'rt_sigreturn', 'mremap', 'sched_getparam', 'sched_getscheduler', 'clock_nanosleep',
]
/** A program of Node alone: files, a Worker, a process, and the report that ffi-rs reads to find out which C library this is. */
const plain = `
import { spawnSync } from 'node:child_process'
import {
  chmodSync, closeSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync, renameSync, rmdirSync,
  symlinkSync, unlinkSync, writeFileSync,
} from 'node:fs'
import { Worker } from 'node:worker_threads'
const [, , directory] = process.argv
mkdirSync(directory + '/d')
writeFileSync(directory + '/d/a', 'x')
chmodSync(directory + '/d/a', 0o600)
closeSync(openSync(directory + '/d/a', 'a'))
linkSync(directory + '/d/a', directory + '/d/b')
renameSync(directory + '/d/b', directory + '/d/c')
symlinkSync('c', directory + '/d/d')
readlinkSync(directory + '/d/d')
lstatSync(directory + '/d/d')
for (const name of readdirSync(directory + '/d')) unlinkSync(directory + '/d/' + name)
rmdirSync(directory + '/d')
readFileSync('/proc/self/limits')
process.getuid(); process.geteuid(); process.getgid(); process.getegid()
process.report.getReport()
spawnSync('true')
await new Promise((resolve) => new Worker('setTimeout(() => process.exit(), 20)', { eval: true }).on('exit', resolve))
setTimeout(() => process.exit(), 20)
`

interface Scenario { readonly name: string; readonly only: string; readonly needs: string }
const scenarios = (execFileSync(process.execPath, [join(ROOT, 'test/runtimes/scenarios.mjs')], { encoding: 'utf8' }).trim().split('\n')
  .map((line) => JSON.parse(line) as Scenario)).filter(({ needs }) => needs === '')

withPeer('strace', 'strace', () => {
  let known: string
  beforeAll(async () => {
    const directory = tempDir()
    const file = join(directory, 'plain.mjs')
    writeFileSync(file, plain)
    const trace = join(directory, 'trace')
    await start(['strace', '-f', '-qq', '-o', trace, process.execPath, file, directory]).output()
    const ofNode = [...readFileSync(trace, 'latin1').matchAll(/^\d+ +(\w+)\(/gm)].map(([, name]) => name!)
    expect(ofNode).toContain('execve')
    known = [...new Set([...ofNode, ...sometimes, ...listed])].map((name) => `?${name}`).join(',')
  })

  it.each(scenarios.map(({ name, only }) => [name, only] as const))('sees no other system call: %s', async (name, only) => {
    const directory = tempDir()
    const trace = join(directory, 'trace')
    // The filter of the kernel lets all known calls through, which leaves the program as fast as it is.
    await start(['strace', '-f', '-qq', '--seccomp-bpf', '-o', trace, '-e', `trace=!${known}`, '-e', 'signal=none',
      process.execPath, 'test/runtimes/scenarios.mjs', name, tempDir()], { CMSG_READINESS: only }).output()
    const others = [...readFileSync(trace, 'latin1').matchAll(/^\d+ +(\w+)\(.*/gm)].map(([line]) => line)
    expect(others).toEqual([])
  })
})
