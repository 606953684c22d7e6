/**
 * The nine targets, and the command that compiles C for each. To add one, add a row here and its packages in toolchain.sh.
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
  /** Prefix of the cross compiler. For musl, it is glibc's compiler for the same CPU. */
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
  /** The first line of `--version`. */
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

/** Returns the compiler for a target, or a description of what is missing. */
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

/** Returns the host's own C compiler, to try rows in tests; `undefined` if there is none, or its target is not in the list. */
export async function hostCompiler(): Promise<Compiler | undefined> {
  const version = await output('cc', ['--version'])
  const triple = await output('cc', ['-dumpmachine'])
  if (version === undefined || triple === undefined) return undefined
  const cpu = triple.split('-', 1)[0]!.replace(/^armv.*/, 'arm')
  const libc = triple.includes('musl') ? 'musl' : 'glibc'
  const target = targets.find((one) => one.name.split('-', 1)[0] === cpu && one.libc === libc)
  return target && { target, command: 'cc', args: [], version: version.split('\n', 1)[0]! }
}

/** Returns the version of the packages that toolchain.sh unpacked, since musl has no macro for it. */
export function muslVersion(): string {
  const file = `${cache}/musl/VERSIONS`
  if (!existsSync(file)) return 'of the host'
  return [...new Set(readFileSync(file, 'utf8').match(/(?<= )[0-9]\S*$/gm))].join(', ')
}

/** Returns the output of a command, or `undefined` if it cannot be run. */
function output(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) => {
      resolve(error ? undefined : stdout)
    })
  })
}
