/**
 * Builds the C peers: `compile('server.c')` is the path of a program.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './peers.ts'

const SOURCES = join(ROOT, 'test/c')
const FLAGS = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-I', SOURCES]

function cc(args: readonly string[], input = ''): string {
  const { error, status, stdout, stderr } = spawnSync('cc', args, { encoding: 'utf8', input })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`cc ${args.join(' ')} failed:\n${stderr}`)
  return stdout
}

/** Where programs are kept from run to run: one directory a user, which nobody else can have made or write to. */
function cache(): string {
  const uid = process.getuid?.() ?? 0
  const directory = join(tmpdir(), `cmsg-test-programs-${uid}`)
  // Others may look into it: some tests run a program as another user.
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  const found = lstatSync(directory)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`Cannot keep programs in ${directory}: it is not a directory that only we can write to`)
  }
  return directory
}

/** The program made from a C source text, which may include the headers of test/c. */
export function compileText(name: string, text: string): string {
  const hash = createHash('sha256').update(cc(['--version'])).update(FLAGS.join()).update(text)
  for (const header of readdirSync(SOURCES).filter((file) => file.endsWith('.h')).sort()) {
    hash.update(readFileSync(join(SOURCES, header)))
  }
  const program = join(cache(), `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (!existsSync(program)) {
    // Two test files may build the same program at once: each its own file, and the last rename wins.
    const unfinished = `${program}.${randomUUID()}`
    cc([...FLAGS, '-x', 'c', '-', '-o', unfinished], text)
    renameSync(unfinished, program)
  }
  return program
}

/** The program made from a file of test/c. */
export function compile(file: string): string {
  return compileText(file.replace(/\.c$/, ''), readFileSync(join(SOURCES, file), 'utf8'))
}
