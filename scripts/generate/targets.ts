/**
 * The nine targets and how to compile C for each. To add one: a row here, its packages in toolchain.sh.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Libc = 'glibc' | 'musl'

/** One CPU with one libc. */
export interface Target {
  readonly name: string
  readonly libc: Libc
  /** Prefix of the cross compiler; musl has none of its own and borrows glibc's compiler for the same CPU. */
  readonly compiler: string
  /** ffi-rs has a binary for it, so the types of libc's functions must be the ones in its table. */
  readonly ffi: boolean
}

export const targets: readonly Target[] = [
  { name: 'x86_64-linux-gnu', libc: 'glibc', compiler: 'x86_64-linux-gnu', ffi: true },
  { name: 'aarch64-linux-gnu', libc: 'glibc', compiler: 'aarch64-linux-gnu', ffi: true },
  { name: 'riscv64-linux-gnu', libc: 'glibc', compiler: 'riscv64-linux-gnu', ffi: false },
  { name: 's390x-linux-gnu', libc: 'glibc', compiler: 's390x-linux-gnu', ffi: false },
  { name: 'arm-linux-gnueabihf', libc: 'glibc', compiler: 'arm-linux-gnueabihf', ffi: false },
  { name: 'x86_64-linux-musl', libc: 'musl', compiler: 'x86_64-linux-gnu', ffi: true },
  { name: 'aarch64-linux-musl', libc: 'musl', compiler: 'aarch64-linux-gnu', ffi: true },
  { name: 's390x-linux-musl', libc: 'musl', compiler: 's390x-linux-gnu', ffi: false },
  { name: 'arm-linux-musleabihf', libc: 'musl', compiler: 'arm-linux-gnueabihf', ffi: false },
]

/** A command that compiles C for one target, `-c` and files left out. */
export interface Compiler {
  readonly target: Target
  readonly command: string
  readonly args: readonly string[]
  /** What `--version` says in its first line. */
  readonly version: string
}

export const root: string = fileURLToPath(new URL('../..', import.meta.url))
const cache = `${root}.cache`

export interface CompilerOptions {
  /** clang is a second opinion: one binary for every target, with the headers of the cross packages. */
  readonly clang?: boolean | undefined
  /** An unpacked linux-libc-dev (Debian 13 or newer has every CPU's in one package) in front of the target's own. */
  readonly kernelHeaders?: string | undefined
}

/** The compiler for a target, or what is missing, in words. */
export async function findCompiler(target: Target, options: CompilerOptions = {}): Promise<Compiler | string> {
  const command = options.clang ? 'clang' : `${target.compiler}-gcc`
  const args = options.clang ? [`--target=${target.compiler}`] : []
  const version = await output(command, ['--version'])
  if (version === undefined) return `${command} is not installed`
  if (target.libc === 'musl') {
    const headers = `${cache}/musl/usr/include/${target.name}`
    const kernel = `${cache}/kernel/${target.compiler}`
    if (!existsSync(headers)) return `musl's headers are not in ${headers.slice(root.length)}`
    if (!existsSync(`${kernel}/linux`)) return `the kernel's headers are not in ${kernel.slice(root.length)}`
    const own = options.clang
      ? `${(await output(command, ['-print-resource-dir']))?.trim()}/include`
      : (await output(command, ['-print-file-name=include']))?.trim()
    args.push('-nostdinc', '-isystem', headers, '-isystem', own ?? '', '-idirafter', kernel)
  }
  if (options.kernelHeaders) {
    const include = `${options.kernelHeaders}/usr/include`
    if (!existsSync(`${include}/${target.compiler}/asm`)) return `no kernel headers for it in ${options.kernelHeaders}`
    args.push('-isystem', include, '-isystem', `${include}/${target.compiler}`)
  }
  return { target, command, args, version: version.split('\n', 1)[0]!.trim() }
}

/** The host's own C compiler, to try rows on in tests; `undefined` where there is none, or for a target not in the list. */
export async function hostCompiler(): Promise<Compiler | undefined> {
  const version = await output('cc', ['--version'])
  const triple = await output('cc', ['-dumpmachine'])
  if (version === undefined || triple === undefined) return undefined
  const cpu = triple.split('-', 1)[0]!.replace(/^armv.*/, 'arm')
  const libc = triple.includes('musl') ? 'musl' : 'glibc'
  const target = targets.find((one) => one.name.split('-', 1)[0] === cpu && one.libc === libc)
  return target && { target, command: 'cc', args: [], version: version.split('\n', 1)[0]! }
}

/** musl has no macro for its version: that of the packages toolchain.sh unpacked. */
export function muslVersion(): string {
  const file = `${cache}/musl/VERSIONS`
  if (!existsSync(file)) return 'of the host'
  return [...new Set(readFileSync(file, 'utf8').match(/(?<= )[0-9]\S*$/gm))].join(', ')
}

/** What a command prints, or `undefined` when it cannot be run. */
function output(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) => {
      resolve(error ? undefined : stdout)
    })
  })
}
