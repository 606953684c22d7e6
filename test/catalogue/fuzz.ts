/**
 * Random bytes through `decodeControl` and `explainControl`. The suite runs some of it; `npm run fuzz` a million, or as many
 * as it is told, and says how far it is.
 * @module
 */
import { pathToFileURL } from 'node:url'
import { abis, decodeControl, explainControl, type AnyControlMessage, type Family } from '../../src/codec.ts'
import { builtins } from '../../src/control/catalogue.ts'
import { families } from '../../src/control/define.ts'

const all = builtins as readonly AnyControlMessage[]
const everyAbi = Object.values(abis)
const everyFamily: readonly (Family | undefined)[] = [undefined, ...families]

/** Numbers without order, the same in every run of a seed: xorshift. */
function generator(seed: number): () => number {
  let state = seed || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** Bytes that look like control messages often enough to get past the first checks: a third of them of another ABI. */
function hostile(bytes: Uint8Array, random: () => number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = random()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wide = random() % 4 !== 0
  const little = random() % 4 !== 0
  for (let at = 0; at + 16 <= bytes.length;) {
    const one = all[random() % all.length]!
    const length = random() % 4 === 0 ? random() : (wide ? 16 : 12) + random() % 64
    if (random() % 8 !== 0) {
      const high = wide ? random() % 16 === 0 ? 1 : 0 : undefined
      if (high === undefined) view.setUint32(at, length, little)
      else view.setBigUint64(at, BigInt(high) << 32n | BigInt(length), little)
      view.setInt32(at + (wide ? 8 : 4), one.level, little)
      view.setInt32(at + (wide ? 12 : 8), one.type, little)
    }
    const word = wide ? 8 : 4
    at += Math.max(wide ? 16 : 12, Math.ceil((length % 256) / word) * word)
  }
}

const plain = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    (typeof part === 'bigint' ? `${part}n` : part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part))

/**
 * Decode and explain `count` buffers. Each lies between bytes that are not its own, and every hundredth is looked at once more
 * between others: it must come to the same, or something outside was read.
 * @throws Error with the bytes, for what throws and what reads outside
 */
export function fuzz(count: number, { seed = 0x9e3779b9, progress }: { seed?: number; progress?: (done: number) => void } = {}): void {
  const random = generator(seed)
  const around = 64
  for (let i = 0; i < count; i++) {
    const memory = new Uint8Array(2 * around + random() % 200).fill(random())
    const bytes = memory.subarray(around, memory.length - around)
    hostile(bytes, random)
    const abi = everyAbi[random() % everyAbi.length]!
    const family = everyFamily[random() % everyFamily.length]
    const options = { abi, ...(family === undefined ? {} : { family }) }
    const fail = (what: string): never => {
      throw new Error(`${what}: ${Buffer.from(bytes).toString('hex')}, ${abi.target}, family ${family}, seed ${seed}`)
    }
    const decoded =
      (() => { try { return decodeControl(bytes, options) } catch (error) { return fail(`decodeControl threw ${String(error)}`) } })()
    if (decoded.some((message) => 'error' in message)) fail('a decoder threw')
    // Text takes longer to make.
    const text = i % 4 === 0 ? explainControl(bytes, options) : undefined
    if (text?.startsWith('Cannot')) fail(`explainControl failed, ${text}`)
    if (i % 100 === 0) {
      const before = plain(decoded)
      memory.fill(random() | 1, 0, around)
      memory.fill(random() & ~1, memory.length - around)
      if (plain(decodeControl(bytes, options)) !== before || (text !== undefined && explainControl(bytes, options) !== text)) {
        fail('bytes outside were read')
      }
    }
    if ((i + 1) % 50_000 === 0) progress?.(i + 1)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  const count = Number(process.argv[2] ?? 1_000_000)
  const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
  const start = performance.now()
  const seconds = (): string => ((performance.now() - start) / 1000).toFixed(0)
  fuzz(count, { seed, progress: (done) => { process.stderr.write(`${done} of ${count} in ${seconds()} s\n`) } })
  console.log(`${count} buffers, seed ${seed}: nothing threw, and nothing outside was read. ${seconds()} s`)
}
