/**
 * Debian's kernel with its modules, and a busybox, from Debian's packages. They stay in the cache.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A package of this machine's Debian, unpacked: its folder. */
function unpacked(name: string, cache: string): string {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  const packages = join(cache, 'download')
  rmSync(packages, { recursive: true, force: true })
  mkdirSync(packages, { recursive: true })
  console.error(`downloading ${name}`)
  execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], { cwd: packages, stdio: 'inherit' })
  const unfinished = join(packages, 'unpacked')
  execFileSync('dpkg-deb', ['-x', join(packages, readdirSync(packages)[0]!), unfinished])
  renameSync(unfinished, folder)
  rmSync(packages, { recursive: true })
  return folder
}

export interface Kernel {
  /** The compressed kernel. */
  readonly image: string
  readonly version: string
  /** The files of modules, each after those it needs. */
  modules(names: readonly string[]): string[]
}

/** The kernel that `linux-image-amd64` stands for; the newest in the cache, where apt knows of none. */
export function kernel(cache: string): Kernel {
  const prefix = 'linux-image-'
  mkdirSync(cache, { recursive: true })
  const [known] = /linux-image-\d\S+/.exec(execFileSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' })) ?? []
  const name = known ?? readdirSync(cache).filter((file) => file.startsWith(prefix)).sort().at(-1)
  if (name === undefined) throw new Error('Cannot find the package linux-image-amd64: run apt-get update')
  const folder = unpacked(name, cache)
  const version = name.slice(prefix.length)
  const root = join(folder, 'lib/modules', version)
  return { image: join(folder, 'boot', `vmlinuz-${version}`), version, modules: (names) => withDependencies(names, root) }
}

export const busybox = (cache: string): string => join(unpacked('busybox-static', cache), 'bin/busybox')

/** A module's name is written with `-` or `_` in its file, and with `_` elsewhere. */
const plain = (name: string): string => name.replaceAll('-', '_')

function withDependencies(names: readonly string[], root: string): string[] {
  const files = new Map(readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ko'))
    .map((path) => [plain(basename(path, '.ko')), join(root, path)]))
  const builtin = new Set(readFileSync(join(root, 'modules.builtin'), 'utf8').split('\n').map((path) => plain(basename(path, '.ko'))))
  const order = new Set<string>()
  const add = (name: string): void => {
    const file = files.get(plain(name))
    if (file === undefined) {
      if (builtin.has(plain(name))) return
      throw new Error(`Cannot find the module ${name} in ${root}`)
    }
    if (order.has(file)) return
    // A module says which others it needs in its section .modinfo. depmod, which collects that, may not be installed.
    const [, depends = ''] = /\0depends=([^\0]*)/.exec(readFileSync(file, 'latin1')) ?? []
    depends.split(',').filter(Boolean).forEach(add)
    order.add(file)
  }
  names.forEach(add)
  return [...order]
}
