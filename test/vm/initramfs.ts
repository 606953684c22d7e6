/**
 * The root file system of the virtual machine: this machine's Node and python3 with their libraries, busybox, the kernel's
 * modules, the library as it is published, and the programs that try it.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { Archive } from './archive.ts'
import { busybox, type Kernel } from './kernel.ts'

/** What the families need, and the algorithms that their modules ask for by name. What these depend on comes along. */
const modules = [
  'tls', 'algif_hash', 'algif_skcipher', 'algif_aead', 'gcm', 'ctr', 'cbc', 'ghash_generic', 'aes_generic', 'sha256_generic',
  'crc32c_generic', 'sctp', 'rds', 'rds_tcp', 'tipc', 'can_raw', 'can_j1939', 'vcan', 'pcbc', 'fcrypt', 'rxrpc', 'vsock_loopback',
]
/** What the python programs import. */
const pythonModules = [
  'ctypes', 'encodings.ascii', 'encodings.latin_1', 'importlib', 'json', 'os', 'select', 'signal', 'socket', 'struct', 'threading',
  'traceback',
]

export interface Machine {
  readonly root: string
  readonly cache: string
  readonly kernel: Kernel
  /** The Node that runs the programs. */
  readonly node: string
}

/** The programs of this folder, by name: one for each family. */
export const families: readonly string[] =
  readdirSync(join(import.meta.dirname, 'guest')).filter((file) => file.endsWith('.ts')).map((file) => basename(file, '.ts')).sort()

export async function initramfs({ root, cache, kernel, node }: Machine): Promise<Buffer> {
  const archive = new Archive()
  const here = (path: string): string => join(root, 'test/vm', path)
  archive.copy(here('init'), '/init')
  archive.copy(busybox(cache), '/bin/busybox')
  for (const folder of ['/dev', '/proc', '/sys', '/tmp']) archive.folder(folder)

  const binding = join(root, 'node_modules/@yuuang/ffi-rs-linux-x64-gnu')
  const python = pythonFiles()
  for (const file of python.files) archive.copy(file)
  archive.copy(python.executable, '/bin/python3')
  archive.copy(python.executable)
  archive.copy(node, '/bin/node')
  const programs = [node, python.executable, ...python.files.filter((file) => file.endsWith('.so'))]
  const bindings = readdirSync(binding).filter((file) => file.endsWith('.node')).map((file) => join(binding, file))
  for (const library of libraries([...programs, ...bindings])) archive.copy(library)

  const files = kernel.modules(modules)
  for (const file of files) archive.copy(file, `/modules/${basename(file)}`)
  archive.add('/modules/order', files.map((file) => `${basename(file)}\n`).join(''))

  for (const path of ['package.json', 'dist']) copyTree(archive, join(root, path), `/guest/node_modules/cmsg/${path}`)
  for (const name of ['ffi-rs', '@yuuang/ffi-rs-linux-x64-gnu']) {
    copyTree(archive, join(root, 'node_modules', name), `/guest/node_modules/${name}`)
  }
  copyTree(archive, here('peers'), '/guest/peers')
  for (const { path, text } of await compiled(here('guest'))) archive.add(`/guest/programs/${basename(path)}`, text)
  return archive.bytes()
}

function copyTree(archive: Archive, from: string, to: string): void {
  if (!statSync(from).isDirectory()) return archive.copy(from, to)
  for (const name of readdirSync(from)) if (name !== '__pycache__') copyTree(archive, join(from, name), join(to, name))
}

/** The programs in JavaScript, as any supported Node runs it, and with the package by its name. */
async function compiled(folder: string): Promise<{ path: string; text: string }[]> {
  const { outputFiles } = await build({
    entryPoints: families.map((name) => join(folder, `${name}.ts`)), outdir: '/', outExtension: { '.js': '.mjs' }, write: false,
    bundle: true, format: 'esm', platform: 'node', target: 'node20.19', external: ['cmsg', 'cmsg/*'], tsconfigRaw: {},
  })
  return outputFiles
}

/** The shared libraries that programs and modules need, and what loads them. */
function libraries(files: readonly string[]): Set<string> {
  const needed = execFileSync('ldd', [...files], { encoding: 'utf8' })
  return new Set([...needed.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)].map(([, path]) => path!))
}

/** python3, and the files that it opens to import what the peers need, with their bytecode. */
function pythonFiles(): { executable: string; files: string[] } {
  const program = `
import sys, ${pythonModules.join(', ')}
print(sys.executable)
for module in list(sys.modules.values()):
    for name in (getattr(module, '__file__', None), getattr(module, '__cached__', None)):
        if name and os.path.exists(name): print(name)
`
  const [executable, ...files] =
    execFileSync('python3', ['-S', '-E', '-c', program], { encoding: 'utf8' }).trim().split('\n') as [string, ...string[]]
  return { executable: realpathSync(executable), files: [...new Set(files)] }
}
