/**
 * `npm run vm`: families that kernels of CI machines lack, in a small virtual machine: Debian's kernel, and an initramfs
 * with Node, python3 and the built library, under qemu without KVM. For each family a program sends to python3 and
 * receives from it, with the control messages of the family, and says what went well.
 *
 *   npm run vm [-- [--node PATH] [--readiness handle|thread] [FAMILY…]]
 *
 * It takes x86-64, Debian, and its packages qemu-system-x86 and python3. Exit code 1: a check failed. 2: it did not run.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { families, initramfs } from './initramfs.ts'
import { kernel } from './kernel.ts'
import { Report, type Line } from './report.ts'

const root = join(import.meta.dirname, '../..')
const cache = join(root, '.cache/vm')
const qemu = 'qemu-system-x86_64'

/** Under TCG the kernel sometimes hangs while it boots: 25 s are usual on a machine with nothing else to do. */
const bootLimit = 120_000
const boots = 4
/** No check is silent for that long. */
const silenceLimit = 320_000

interface Boot {
  readonly image: string
  readonly initrd: string
  readonly environment: Readonly<Record<string, string>>
}

/** Run the machine until it is switched off. Each line of results goes to `take`. Resolves to whether it booted. */
async function boot({ image, initrd, environment }: Boot, take: (line: Line) => void): Promise<boolean> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const machine = spawn('nice', [
    '-n', '10', qemu, '-accel', 'tcg,thread=single', '-cpu', 'max', '-m', '1500', '-nodefaults', '-display', 'none', '-no-reboot',
    '-serial', `file:${consoleLog}`, '-serial', 'stdio', '-kernel', image, '-initrd', initrd,
    '-append', ['console=ttyS0', 'tsc=unstable', 'panic=-1', 'quiet', ...variables].join(' '),
  ], { stdio: ['ignore', 'pipe', 'inherit'] })
  let booted = false
  let timer = setTimeout(() => machine.kill('SIGKILL'), bootLimit)
  for await (const text of createInterface(machine.stdout)) {
    clearTimeout(timer)
    timer = setTimeout(() => machine.kill('SIGKILL'), silenceLimit)
    booted = true
    if (text.startsWith('{')) take(JSON.parse(text) as Line)
    else console.log(text)
  }
  clearTimeout(timer)
  return booted
}

const consoleLog = join(cache, 'console.log')

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true, options: { node: { type: 'string' }, readiness: { type: 'string' } },
  })
  const unknown = positionals.filter((name) => !families.includes(name))
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(', ')}. There are: ${families.join(', ')}`)
  if (process.arch !== 'x64') throw new Error(`The virtual machine needs x64, this is ${process.arch}`)
  if (spawnSync(qemu, ['--version']).error !== undefined) throw new Error(`Cannot find ${qemu}: it is in Debian's package qemu-system-x86`)
  const chosen = positionals.length > 0 ? positionals : families

  mkdirSync(cache, { recursive: true })
  const debian = kernel(cache)
  const initrd = join(cache, 'initramfs')
  writeFileSync(initrd, await initramfs({ root, cache, kernel: debian, node: values.node ?? process.execPath }))
  const environment = { FAMILIES: chosen.join(','), ...(values.readiness === undefined ? {} : { CMSG_READINESS: values.readiness }) }

  const report = new Report(chosen)
  const started = performance.now()
  for (let tried = 1; !(await boot({ image: debian.image, initrd, environment }, (line) => { report.take(line) })); tried++) {
    console.error(`The machine did not boot in ${bootLimit / 1000} s`)
    if (tried === boots) throw new Error(`It did not boot ${boots} times; its console:\n${readFileSync(consoleLog, 'utf8')}`)
  }
  console.log(`${debian.version}, ${Math.round((performance.now() - started) / 1000)} s; the machine's console is in ${consoleLog}`)
  return report.end() ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
