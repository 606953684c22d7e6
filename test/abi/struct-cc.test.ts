/**
 * defineStruct against C compilers: random structs, each with an assertion for every number that is claimed of it. Nothing
 * has to be run, so that other machines' compilers can say it too.
 */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { abis, defineStruct, type AnyStruct, type FieldType, type FieldTypes, type Target } from '../../src/codec.ts'
import { missing, required, withPeer } from '../support/peers.ts'

const scalars = {
  i8: 'int8_t', u8: 'uint8_t', i16: 'int16_t', u16: 'uint16_t', i32: 'int32_t', u32: 'uint32_t', i64: 'int64_t', u64: 'uint64_t',
  u16be: 'uint16_t', u32be: 'uint32_t', u64be: 'uint64_t', long: 'long', ulong: 'unsigned long', usize: 'size_t', pointer: 'void *',
} as const
type Scalar = keyof typeof scalars

/** A struct as a tree, from which both are made: the definition and the C text. */
interface Shape { readonly fields: readonly Field[] }
interface Field { readonly of: Scalar | 'char' | Shape; readonly length?: number | 'flexible' }

const scalar = fc.constantFrom(...Object.keys(scalars) as Scalar[])
const shape = (depth: number): fc.Arbitrary<Shape> => {
  const of: fc.Arbitrary<Field['of']> =
    depth === 0 ? scalar : fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: shape(depth - 1) })
  const field = fc.oneof(
    { weight: 3, arbitrary: fc.record({ of }) },
    { weight: 1, arbitrary: fc.record({ of: fc.oneof(of, fc.constant('char' as const)), length: fc.integer({ min: 1, max: 9 }) }) },
  )
  return fc.record({ fields: fc.array(field, { minLength: 1, maxLength: 7 }) })
}
/** One that may end in a flexible array. */
const whole = fc.tuple(shape(2), fc.option(fc.oneof(scalar, shape(0)), { nil: undefined }))
  .map(([{ fields }, tail]): Shape => ({ fields: tail === undefined ? fields : [...fields, { of: tail, length: 'flexible' }] }))

function defined({ fields }: Shape): AnyStruct {
  const element = (of: Field['of']): FieldType => (typeof of === 'object' ? defined(of) : of as Scalar)
  const types = fields.map(({ of, length }, i) => [
    `f${i}`, length === undefined ? element(of) : length === 'flexible' ? [element(of)] : [element(of), length],
  ])
  return defineStruct(Object.fromEntries(types) as FieldTypes) as AnyStruct
}

function declared({ fields }: Shape): string {
  const lines = fields.map(({ of, length }, i) => {
    const type = of === 'char' ? 'char' : typeof of === 'object' ? declared(of) : scalars[of]
    return `${type} f${i}${length === undefined ? '' : length === 'flexible' ? '[]' : `[${length}]`};`
  })
  return `struct { ${lines.join(' ')} }`
}

/** What is claimed of a struct, as C. */
function claims(name: string, shape: Shape, struct: AnyStruct): string {
  const offsets = Object.entries(struct.fields).map(([field, { offset, size }]) => {
    const flexible = struct.flexible && field === `f${shape.fields.length - 1}`
    const ofOffset = `_Static_assert(offsetof(${name}, ${field}) == ${offset}, "${name}.${field} is at ${offset}");\n`
    const ofSize = `_Static_assert(sizeof(((${name} *)0)->${field}) == ${size}, "${name}.${field} has ${size}");\n`
    return flexible ? ofOffset : ofOffset + ofSize
  })
  return `_Static_assert(sizeof(${name}) == ${struct.size}, "${name} has ${struct.size}");
_Static_assert(_Alignof(${name}) == ${struct.align}, "${name} is aligned to ${struct.align}");
${offsets.join('')}`
}

function complaints(compiler: string, text: string): string {
  const { error, stderr } = spawnSync(compiler, ['-std=gnu11', '-fsyntax-only', '-x', 'c', '-'], {
    encoding: 'utf8', input: `#include <stddef.h>\n#include <stdint.h>\n${text}`,
  })
  if (error !== undefined) throw error
  return stderr
}

const samples = fc.sample(whole, 400)
const compilers: readonly (readonly [compiler: string, target: Target])[] = [
  ['cc', 'x86_64-linux-gnu'], ['aarch64-linux-gnu-gcc', 'aarch64-linux-gnu'], ['riscv64-linux-gnu-gcc', 'riscv64-linux-gnu'],
  ['s390x-linux-gnu-gcc', 's390x-linux-gnu'], ['arm-linux-gnueabihf-gcc', 'arm-linux-gnueabihf'],
]

withPeer('cc', 'random structs', () => {
  it.for(compilers)('are laid out as by %s', ([compiler, target], context) => {
    // This machine's own is promised, the others come with scripts/toolchain.sh.
    if (compiler !== 'cc' && !required && spawnSync(compiler, ['--version']).error !== undefined) {
      return context.skip(`${compiler} is not installed`)
    }
    // On another machine `cc` is that machine's.
    const abi = compiler === 'cc' ? undefined : abis[target]
    const text = samples.map((one, i) => {
      const struct = defined(one)
      return `typedef ${declared(one)} s${i};\n${claims(`s${i}`, one, abi === undefined ? struct : struct.for(abi))}`
    }).join('\n')
    expect(complaints(compiler, text)).toBe('')
  })

  it('are reported if their layout is wrong', () => {
    expect(missing('cc')).toBeUndefined()
    const one: Shape = { fields: [{ of: 'u8' }, { of: 'u32' }] }
    const packed = { ...defined(one), size: 5, align: 1 } as AnyStruct
    expect(complaints('cc', `typedef ${declared(one)} s;\n${claims('s', one, packed)}`)).toMatch(/s has 5/)
  })
})
