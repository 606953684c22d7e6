import { describe, expect, it } from 'vitest'
import type { Facts } from '../../scripts/generate/measure.ts'
import { merge } from '../../scripts/generate/merge.ts'
import { describeProblems, type Group } from '../../scripts/generate/rows.ts'
import { targets } from '../../scripts/generate/targets.ts'

const groups: readonly Group[] = [
  { header: 'a.h', structs: { pair: { left: 'u32', right: 'u32' } }, constants: 'A B', stated: { C: { value: 3 } } },
  { header: 'errno.h', errnos: 'EPERM' },
  { header: 'f.h', functions: ['int f(int a)'] },
]

/** What a target said: everything as usual, but for what is given. */
function factsOf(index: number, constants: Record<string, number>, other: Partial<Facts> = {}): Facts {
  const binding = { funcName: 'f', paramNames: ['a'], paramsType: ['I32'], retType: 'I32' } as const
  return {
    target: targets[index]!,
    wordSize: 8,
    littleEndian: true,
    structs: new Map([['pair', { size: 8, align: 4, fields: { left: [0, 4], right: [4, 4] } }]]),
    constants: new Map(Object.entries({ EPERM: 1, ...constants })),
    bindings: new Map([['f', binding]]),
    macros: new Map(['CMSG_ALIGN', 'CMSG_LEN', 'CMSG_SPACE'].map((name) => [name, [[0, 16]]])),
    sources: { compiler: '', libc: '', kernelHeaders: '' },
    problems: [],
    ...other,
  }
}

const gnu = targets[0]!.name
const arm = targets[1]!.name

describe('merge', () => {
  it('states equal values once, and different ones by target', () => {
    const { tables, problems } = merge(groups, [factsOf(0, { A: 1, B: 2 }), factsOf(1, { A: 1, B: 22, C: 3 })])
    expect(problems).toEqual([])
    expect(tables.constants).toEqual({ A: 1, C: 3 })
    expect(tables.constantsByTarget).toEqual({ B: { [gnu]: 2, [arm]: 22 } })
    expect(tables.layouts.pair!.variants).toEqual([
      { targets: [gnu, arm], size: 8, align: 4, fields: { left: [0, 4], right: [4, 4] } },
    ])
    expect(tables.macros).toHaveLength(1)
  })

  it('takes a number that some headers lack from the headers that have it', () => {
    const { tables, problems } = merge(groups, [factsOf(0, { A: 1 }), factsOf(1, { B: 2 })])
    expect(problems).toEqual([])
    expect(tables.constants).toEqual({ A: 1, B: 2, C: 3 })
  })

  it('refuses a number that differs if some headers lack it, and one that no header has', () => {
    const { problems } = merge(groups, [factsOf(0, { B: 1 }), factsOf(1, { B: 2 }), factsOf(2, {})])
    expect(describeProblems(problems, 3)).toEqual([
      "A: no target's <a.h> defines it: state its value [the list]",
      `B: differs between targets, and has no value here [${targets[2]!.name}]`,
    ])
    expect(merge(groups, [factsOf(0, {})], true).problems).toEqual([])
  })

  it('refuses error numbers and functions that differ', () => {
    const other = { funcName: 'f', paramNames: ['a'], paramsType: ['I64'], retType: 'I32' } as const
    const { problems } = merge(groups, [
      factsOf(0, { A: 1, B: 2 }),
      factsOf(1, { A: 1, B: 2, EPERM: 2 }, { bindings: new Map([['f', other]]) }),
    ])
    expect(describeProblems(problems, 2)).toEqual([
      'EPERM: differs between targets; error numbers are one table [the list]',
      `f: is (I64) => I32 here, unlike on ${gnu} [${arm}]`,
    ])
  })

  it('lets a target that ffi-rs does not support have other types', () => {
    const other = { funcName: 'f', paramNames: ['a'], paramsType: ['U32'], retType: 'I32' } as const
    const { tables, problems } = merge(groups, [
      factsOf(0, { A: 1, B: 2 }),
      factsOf(targets.findIndex(({ ffi }) => !ffi), { A: 1, B: 2 }, { bindings: new Map([['f', other]]) }),
    ])
    expect(problems).toEqual([])
    expect(tables.bindings.f!.paramsType).toEqual(['I32'])
  })
})
