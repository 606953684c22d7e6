/**
 * Values that no caller should pass, and that some caller will: each with what it may be taken for.
 * @module
 */
import { runInNewContext } from 'node:vm'
import type { Kind } from './parameters.ts'

export interface Hostile {
  readonly name: string
  /** Where it is legitimate, or may be: there any outcome will do but a crash and an error that is not ours. */
  readonly kinds: readonly Kind[]
  /** A number, but none that any parameter takes: a RangeError where a number is expected. */
  readonly impossible?: true
  /** An error of its own comes out where it has to be looked into. */
  readonly throws?: true
  readonly make: () => unknown
}

/** What the values below throw themselves. */
export const own = new Error('thrown by the value itself')
const refuse = (): never => { throw own }
const traps = [
  'get', 'has', 'getPrototypeOf', 'ownKeys', 'getOwnPropertyDescriptor', 'set', 'defineProperty', 'deleteProperty', 'isExtensible', 'apply',
  'construct',
] as const
const throwing = Object.fromEntries(traps.map((trap) => [trap, refuse]))

const value = (name: string, kinds: readonly Kind[], make: () => unknown): Hostile => ({ name, kinds, make })
const never = (name: string, make: () => unknown): Hostile => value(name, [], make)
const number = (n: number): Hostile => ({ ...never(Object.is(n, -0) ? '-0' : String(n), () => n), impossible: true })

/** Says that it is longer than it is. What believes it reads, or lets the kernel write, beyond its end. */
export class Liar extends Uint8Array {
  override get length(): number { return 1 << 24 }
  override get byteLength(): number { return 1 << 24 }
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

interface Resizable extends ArrayBuffer { resize(size: number): void }
function resizable(size: number, use: (buffer: Resizable) => Uint8Array): Uint8Array {
  const Constructor = ArrayBuffer as unknown as new (size: number, options: { maxByteLength: number }) => Resizable
  return use(new Constructor(size, { maxByteLength: 1 << 16 }))
}

const numbers = [
  NaN, Infinity, -Infinity, 0.5, -1.5, Number.MIN_VALUE, Number.MAX_VALUE,
  2 ** 32, -(2 ** 31) - 1, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 2 ** 64, 1e300,
]

export const hostile: readonly Hostile[] = [
  value('undefined', ['undefined'], () => undefined),
  never('null', () => null),
  value('true', ['boolean'], () => true),
  value('false', ['boolean'], () => false),
  ...numbers.map(number),
  // Impossible as a descriptor, all the same to the kernel as a flag.
  ...[-1, -(2 ** 31), 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((n) => value(String(n), ['number'], () => n)),
  never('1n', () => 1n),
  never('a bigint of 100 digits', () => 10n ** 100n),
  value("''", ['string'], () => ''),
  value("'1'", ['string'], () => '1'),
  value("'/run/demo.sock'", ['string'], () => '/run/demo.sock'),
  value('a long string', ['string'], () => 'x'.repeat(1 << 20)),
  never('a symbol', () => Symbol('s')),
  never('a function', () => () => 1),
  never('a function that throws', () => refuse),
  never('a class', () => class {}),

  value('{}', ['object'], () => ({})),
  value('an object without prototype', ['object'], () => Object.create(null) as unknown),
  value('a Number object', ['object'], () => Object(1) as unknown),
  value('a String object', ['object'], () => Object('x') as unknown),
  value('a Date', ['object'], () => new Date()),
  value('a Map', ['object'], () => new Map()),
  value('a promise', ['object'], () => Promise.resolve(1)),
  value('an array-like of bytes', ['object'], () => ({ 0: new Uint8Array(1), length: 1 })),
  value('an array-like that counts to 2^53', ['object'], () => ({ length: 2 ** 53 - 1 })),
  value('an object that converts to 1', ['object'], () => ({ valueOf: () => 1, toString: () => '1', [Symbol.toPrimitive]: () => 1 })),
  { ...value('an object that throws when converted', ['object'], () => ({
    valueOf: refuse, toString: refuse, [Symbol.toPrimitive]: refuse,
  })) },
  {
    ...value('an object whose constructor throws', ['object'], () => Object.defineProperty({}, 'constructor', { get: refuse })),
    throws: true,
  },
  value('an object whose constructor has a symbol for a name', ['object'], () => ({ constructor: { name: Symbol('s') } })),
  { ...value('getters that throw', ['object'], () => Object.defineProperties({}, Object.fromEntries([
    'buffers', 'name', 'control', 'size', 'count', 'controlSize', 'nameSize', 'fd', 'events', 'length', 'constructor',
  ].map((key) => [key, { get: refuse, enumerable: true }])))), throws: true },
  { ...value('a proxy that throws', ['object'], () => new Proxy({}, throwing)), throws: true },
  { ...never('a proxy of a function that throws', () => new Proxy(() => 1, throwing)), throws: true },
  { ...value('a revoked proxy', ['object', 'list'], () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }), throws: true },

  value('[]', ['list'], () => []),
  value('[undefined]', ['list'], () => [undefined]),
  value('an array with a hole', ['list'], () => new Array<unknown>(1)),
  value('an array with a hole before bytes', ['list'], () => [, new Uint8Array(1)]), // eslint-disable-line no-sparse-arrays
  value('[{}]', ['list'], () => [{}]),
  value('[a function]', ['list'], () => [() => 1]),
  value('[[]]', ['list'], () => [[]]),
  value('[1]', ['list'], () => [1]),
  value('[null]', ['list'], () => [null]),
  value('[bytes, text]', ['list'], () => [new Uint8Array(1), 'x']),
  value('an array of 2000 bytes', ['list'], () => Array.from({ length: 2000 }, () => new Uint8Array(1))),
  value('an array that counts to 2^32-1', ['list'], () => new Array<unknown>(2 ** 32 - 1)),
  value('an array without prototype', ['list'], () => Object.setPrototypeOf([new Uint8Array(1)], null) as unknown),
  { ...value('a proxy of an array that throws', ['list'], () => new Proxy([], throwing)), throws: true },
  { ...value('an array with a getter that throws', ['list'], () => Object.defineProperty([], 0, { get: refuse })), throws: true },
  { ...value('an array that grows while it is read', ['list'], () => {
    const list: unknown[] = []
    return Object.defineProperty(list, 0, {
      enumerable: true, get: () => { for (let i = 0; i < 10_000; i++) list.push({ fd: 0, buffers: [] }); return new Uint8Array(1) },
    })
  }) },
  value('an array that iterates for ever', ['list'], () => Object.assign([new Uint8Array(1)], {
    [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }),
  })),

  value('no bytes', ['bytes'], () => new Uint8Array(0)),
  value('bytes', ['bytes'], () => new Uint8Array(3)),
  value('a Buffer', ['bytes'], () => Buffer.from('abc')),
  value('a Buffer of 200 bytes', ['bytes'], () => Buffer.alloc(200)),
  value('a Buffer of 2 MiB', ['bytes'], () => Buffer.alloc(2 << 20)),
  value('a detached buffer', ['bytes'], detached),
  value('a subclass of Uint8Array', ['bytes'], () => new (class extends Uint8Array {})(3)),
  value('a subclass that says it is longer', ['bytes'], () => new Liar(3)),
  value('bytes with a length of their own', ['bytes'], () => Object.defineProperty(new Uint8Array(3), 'length', { value: 1 << 24 })),
  value('bytes whose length is text', ['bytes'], () => Object.defineProperty(new Uint8Array(3), 'length', { value: 'x' })),
  value('bytes whose length throws', ['bytes'], () => Object.defineProperty(new Uint8Array(3), 'length', { get: refuse })),
  value('bytes without prototype', ['bytes'], () => Object.setPrototypeOf(new Uint8Array(3), null) as unknown),
  value('bytes of another realm', ['bytes'], () => runInNewContext('new Uint8Array(3)') as unknown),
  value('shared bytes', ['bytes'], () => new Uint8Array(new SharedArrayBuffer(8))),
  value('bytes of a resizable buffer', ['bytes'], () => resizable(8, (buffer) => new Uint8Array(buffer))),
  value('bytes of a resizable buffer that shrank', ['bytes'], () => resizable(8, (buffer) => {
    const bytes = new Uint8Array(buffer, 4, 4)
    buffer.resize(2)
    return bytes
  })),
  value('bytes of a resizable buffer that grew', ['bytes'], () => resizable(8, (buffer) => {
    const bytes = new Uint8Array(buffer)
    buffer.resize(4096)
    return bytes
  })),

  value('an ArrayBuffer', ['object'], () => new ArrayBuffer(8)),
  value('a SharedArrayBuffer', ['object'], () => new SharedArrayBuffer(8)),
  never('a DataView', () => new DataView(new ArrayBuffer(8))),
  never('a Uint16Array', () => new Uint16Array(4)),
  never('a Uint8ClampedArray', () => new Uint8ClampedArray(4)),
  never('a BigInt64Array', () => new BigInt64Array(1)),
  value('an object that inherits from Uint8Array', ['object'], () => Object.create(Uint8Array.prototype) as unknown),
  value('a proxy of bytes', ['object'], () => new Proxy(new Uint8Array(3), {})),
  { ...value('a proxy of bytes that throws', ['object'], () => new Proxy(new Uint8Array(3), throwing)), throws: true },
]

/** An object or list that is as it should be at the first look at each property, and other at each later one. */
export function fickle(valid: object): unknown {
  const seen = new Set<PropertyKey>()
  const garbage = { buffers: [new Liar(1)], fd: 'x', length: 1 << 20, 0: new Liar(1) }
  return new Proxy(valid, {
    get(target, key, receiver) {
      if (seen.has(key) && Object.hasOwn(garbage, key)) return garbage[key as keyof typeof garbage]
      seen.add(key)
      return Reflect.get(target, key, receiver) as unknown
    },
  })
}
