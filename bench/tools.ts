/**
 * What is measured, built: the C programs, the JavaScript programs over the package as it is in dist, and the npm addons.
 * All of it goes into a directory of its own below the system's for temporary files.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'

const here = import.meta.dirname
const root = join(here, '..')

/** What a command printed; an Error with what it said if it failed. */
function run(command: string, args: readonly string[], cwd: string = root): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr.trim()}`)
  return stdout
}

/** A directory that nobody else can have made or write to. */
function workDirectory(): string {
  const uid = process.getuid?.() ?? 0
  const directory = join(tmpdir(), `cmsg-bench-${uid}`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const found = lstatSync(directory)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`Cannot build programs in ${directory}: it is not a directory that only we can write to`)
  }
  return directory
}

function buildC(directory: string): void {
  const sources = join(here, 'c')
  mkdirSync(directory, { recursive: true })
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.c'))) {
    run('cc', ['-std=gnu11', '-O2', '-Wall', '-Wextra', join(sources, file), '-o', join(directory, file.replace(/\.c$/, ''))])
  }
}

/**
 * Plain JavaScript, and a copy of the package for it to import: what Node runs is what a user's program runs, nothing is
 * loaded beside it, and a build that goes on meanwhile changes nothing.
 */
function buildPrograms(directory: string, dist: string): void {
  const sources = join(here, 'programs')
  const modules = join(directory, 'node_modules')
  mkdirSync(join(modules, 'cmsg'), { recursive: true })
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(sources, file), 'utf8'), {
      fileName: file,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, rewriteRelativeImportExtensions: true },
    })
    writeFileSync(join(directory, file.replace(/\.ts$/, '.js')), outputText)
  }
  // Another build may have other entry points.
  const manifest = [join(dist, '../package.json'), join(root, 'package.json')].find((path) => existsSync(path))!
  cpSync(manifest, join(modules, 'cmsg/package.json'))
  rmSync(join(modules, 'cmsg/dist'), { recursive: true, force: true })
  cpSync(dist, join(modules, 'cmsg/dist'), { recursive: true })
  rmSync(join(modules, 'ffi-rs'), { force: true })
  symlinkSync(join(root, 'node_modules/ffi-rs'), join(modules, 'ffi-rs'))
}

/** Pinned, as what they are compared with should be the same everywhere. */
const addons: Readonly<Record<string, string>> = { 'unix-dgram': '2.0.7', 'node-unix-socket': '0.2.7' }

/** Install an addon, compiling it if need be, and put it where the programs find it. Why it cannot be had, or undefined. */
function installAddon(directory: string, name: string): string | undefined {
  const project = join(directory, 'addons', name)
  const works = (): boolean => spawnSync(process.execPath, ['-e', `require('${name}')`], { cwd: project }).status === 0
  mkdirSync(project, { recursive: true })
  try {
    if (!works()) {
      // npm 11 runs the install script of a package, which compiles it, only when told to.
      writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, allowScripts: { [name]: true } }))
      run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${addons[name]}`], project)
      if (!works()) return `npm installed ${name}, but it cannot be loaded`
    }
    const link = join(directory, 'programs/node_modules', name)
    rmSync(link, { force: true })
    symlinkSync(join(project, 'node_modules', name), link)
    return undefined
  } catch (error) {
    return (error as Error).message.split('\n').at(-1)
  }
}

/** The interpreter itself: what is found on the path may be a script that looks for it, and not pass a descriptor on. */
function findPython(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', 'import socket, sys; socket.SCM_CREDENTIALS; print(sys.executable)'], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}

/** `this` build is the one that is measured, `other` the one beside it. */
export type Build = 'this' | 'other'

/** How to start each kind of program, or why it cannot be. */
export interface Tools {
  /** The directory, for sockets. */
  readonly directory: string
  readonly builds: readonly Build[]
  /** `build`: the one that a JavaScript program of ours imports; `this` if absent. */
  command(program: string, build?: Build): readonly string[] | { readonly missing: string }
}

/** Where the JavaScript programs are, below the directory. */
const places: Readonly<Record<Build, string>> = { this: 'programs', other: 'programs-other' }

/**
 * `c/receive`, `programs/decode`, `python/send`, `addon/unix-dgram`: the first word tells what starts it. `against`: the
 * directory of the other build.
 */
export function prepare({ dist = join(root, 'dist'), against, withAddons = true, progress }: {
  dist?: string | undefined
  against?: string | undefined
  withAddons?: boolean
  progress: (what: string) => void
}): Tools {
  const directory = workDirectory()
  progress('compiling the C programs')
  buildC(join(directory, 'c'))
  const dists = Object.entries({ this: dist, ...(against === undefined ? {} : { other: against }) }) as [Build, string][]
  for (const [build, from] of dists) {
    progress(`building the programs over ${from}`)
    buildPrograms(join(directory, places[build]), from)
  }
  const missing = new Map<string, string>()
  for (const name of withAddons ? Object.keys(addons) : []) {
    progress(`installing ${name}`)
    const reason = installAddon(directory, name)
    if (reason !== undefined) missing.set(name, reason)
  }
  const python = findPython()
  return {
    directory,
    builds: dists.map(([build]) => build),
    command(program, build = 'this') {
      const [kind, name] = program.split('/') as [string, string]
      if (kind === 'c') return [join(directory, 'c', name)]
      if (kind === 'python') {
        return python === undefined ? { missing: 'python3 is not installed' } : [python, join(here, 'python', `${name}.py`)]
      }
      // addon-NAME, and what it does.
      const reason = [...missing].find(([addon]) => name.startsWith(`addon-${addon}`))?.[1]
      return reason === undefined ? [process.execPath, join(directory, places[build], `${name}.js`)] : { missing: reason }
    },
  }
}
