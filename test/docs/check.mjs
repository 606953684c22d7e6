// Imported by the programs that examples.test.ts makes of the examples: what an example says of a value is compared with
// the value. Plain JavaScript, as they are.
import assert from 'node:assert/strict'
import { format } from 'node:util'

const unseen = new Map()
process.on('exit', (code) => {
  // A statement that is never reached says nothing true either.
  if (code === 0 && unseen.size > 0) {
    console.error(`never reached:\n${[...unseen.values()].join('\n')}`)
    process.exitCode = 1
  }
})

/** The statements that are to be seen, by line: [line, text]. */
export function expectAll(statements) {
  for (const [line, text] of statements) unseen.set(line, text)
}

/** The value of an expression statement. With `partial`, objects may have more properties. */
export function equals(line, expected, partial, actual) {
  unseen.delete(line)
  if (partial) matches(actual, expected, `line ${line}`)
  else assert.deepEqual(plain(actual), plain(expected), `line ${line}: ${format(actual)}`)
}

/** Bytes by their content, whatever class they have. */
const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) =>
  typeof part === 'bigint' ? `${part}n` : part?.type === 'Buffer' ? part.data : part instanceof Uint8Array ? [...part] : part) ?? 'null')

function matches(actual, expected, where) {
  if (typeof expected !== 'object' || expected === null) return assert.deepEqual(actual, expected, where)
  if (Array.isArray(expected)) assert.equal(actual.length, expected.length, where)
  for (const key of Object.keys(expected)) matches(actual[key], expected[key], `${where}.${key}`)
}

const left = new Map()

/** console.log, and what it prints: one time after the other, the last one for all that follow. `…` is anything. */
export function printed(line, times) {
  if (!left.has(line)) left.set(line, [...times])
  return (...args) => {
    const text = format(...args)
    console.log(text)
    const [expected, ...later] = left.get(line)
    if (later.length > 0) left.set(line, later)
    else unseen.delete(line)
    const pattern = new RegExp(`^${tight(expected).split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('[^]*')}$`)
    assert.match(tight(text), pattern, `line ${line} prints ${text}, and says ${expected}`)
  }
}

/** Lists are written as [0, 1], and printed as [ 0, 1 ]. */
const tight = (text) => text.replace(/(?<=[[{])\s+|\s+(?=[\]}])/g, '')
