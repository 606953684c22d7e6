/**
 * The library within a `vm` context, as vitest's pool vmThreads runs it: its modules are loaded there, and have the
 * globals of the context. Run with --experimental-vm-modules; prints one line for each check.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createContext, runInContext, SourceTextModule, SyntheticModule } from 'node:vm'

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))
const globals = { process, Buffer, console, performance, queueMicrotask, setImmediate, setTimeout, clearTimeout, TextEncoder, TextDecoder, AbortController, AbortSignal, structuredClone, URL }
const context = createContext(globals)

const modules = new Map()
/** One module for each, however many ask for it at once. */
function load(specifier, from) {
  const path = specifier.startsWith('.') ? join(from, '..', specifier) : specifier
  if (!modules.has(path)) modules.set(path, specifier.startsWith('.') ? source(path) : builtin(specifier))
  return modules.get(path)
}
const source = (path) => new SourceTextModule(readFileSync(path, 'utf8'), {
  context, identifier: path, initializeImportMeta: (meta) => { meta.url = pathToFileURL(path).href },
})
async function builtin(specifier) {
  const module = await import(specifier)
  const names = Object.keys(module)
  return new SyntheticModule(names, function () { for (const name of names) this.setExport(name, module[name]) }, { context })
}

const main = await load('./index.js', join(dist, 'x'))
await main.link((specifier, { identifier }) => load(specifier, identifier))
await main.evaluate()
const { MessageSocket, OwnedFd, rights, credentials, Pidfd, pidfd } = main.namespace

const known = runInContext('[typeof Symbol.dispose, typeof Symbol.asyncDispose]', context)
console.log(`the realm has ${known}`)
// As esbuild's helper for `using` finds them.
const [dispose, asyncDispose] = runInContext(`['dispose', 'asyncDispose'].map((name) => Symbol[name] ?? Symbol.for('Symbol.' + name))`, context)

const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights, credentials, pidfd] })
await a.send('data', { control: [rights([0, 1])] })
const message = await b.receive()
const [first, second] = message.get(rights)
console.log('received', message.data.toString(), message.get(credentials).pid === process.pid)
first[dispose]()
message[dispose]()
console.log('owned', first.owned, second.owned, message.get(pidfd).owned)
console.log('methods', [OwnedFd, Pidfd, message.constructor, MessageSocket].map(({ prototype }) => typeof prototype[dispose]).join(' '), 'undefined' in MessageSocket.prototype)
await a[asyncDispose]()
b.close()
console.log('closed', a.closed, b.closed)
