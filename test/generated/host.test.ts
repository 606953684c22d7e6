import { execFileSync } from 'node:child_process'
import { beforeAll, expect, it } from 'vitest'
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { layouts } from '../../generated/layouts.ts'
import { macros } from '../../generated/macros.ts'
import { constantNames } from '../../scripts/generate/measure.ts'
import type { Tables } from '../../scripts/generate/merge.ts'
import type { Group } from '../../scripts/generate/rows.ts'
import { groups } from '../../scripts/generate/symbols.ts'
import { hostCompiler } from '../../scripts/generate/targets.ts'
import type { LayoutTable } from '../../src/abi/tables.ts'
import { compileText } from '../support/cc.ts'
import { withPeer } from '../support/peers.ts'

// Another way to the same numbers: a program that is run and prints them.

/** What the tables state for a target, by the C expression that says it. */
function expectations(group: Group, target: string): Map<string, number> {
  const expected = new Map<string, number>()
  for (const name of Object.keys(group.structs ?? {})) {
    const { variants } = (layouts as Record<string, LayoutTable>)[name]!
    const { size, align, fields, declared } = variants.find(({ targets }) => targets?.includes(target) ?? true)!
    expected.set(`sizeof(struct ${name})`, size)
    expected.set(`_Alignof(struct ${name})`, align)
    for (const [field, [offset, bytes]] of Object.entries({ ...fields, ...declared })) {
      expected.set(`offsetof(struct ${name}, ${field})`, offset)
      expected.set(`sizeof(((struct ${name} *)0)->${field})`, bytes)
    }
  }
  const tables: Readonly<Record<string, number>>[] = [constants, errno]
  const byTarget: Tables['constantsByTarget'] = constantsByTarget
  for (const name of constantNames(group)) {
    const value = byTarget[name] ? byTarget[name][target] : tables.find((table) => name in table)?.[name]
    if (value !== undefined) expected.set(name, value)
  }
  return expected
}

/** The expressions' values, without those of names that this machine's headers do not have. */
function run(group: Group, expressions: readonly string[]): Map<string, number> {
  const { header, needs = [], declared } = group
  const includes = [...needs, header].map((name) => `#if __has_include(<${name}>)\n#include <${name}>\n#endif`)
  const text = [
    '#define _GNU_SOURCE 1',
    '#include <stddef.h>',
    '#include <stdio.h>',
    ...includes,
    ...declared ? [`#ifndef ${declared.unless}`, declared.c, '#endif'] : [],
    'int main(void) {',
    ...expressions.map((expression) => `  printf("%lld\\n", (long long)(${expression}));`),
    '}',
  ].join('\n')
  let program: string
  try {
    program = compileText(`numbers-${header!.replaceAll('/', '-')}`, text)
  } catch (error) {
    const unknown = new Set([...(error as Error).message.matchAll(/['‘](\w+)['’] undeclared|undeclared identifier '(\w+)'/g)]
      .map(([, gcc, clang]) => gcc ?? clang))
    const known = expressions.filter((expression) => !unknown.has(expression))
    if (known.length === expressions.length) throw error
    return run(group, known)
  }
  const values = execFileSync(program, { encoding: 'utf8' }).trimEnd().split('\n').map(Number)
  return new Map(expressions.map((expression, index) => [expression, values[index]!]))
}

withPeer('cc', 'the tables, on this machine', () => {
  let target: string
  beforeAll(async () => {
    const compiler = await hostCompiler()
    if (!compiler) throw new Error('scripts/generate/targets.ts has no target for this machine')
    target = compiler.target.name
  })

  it('agree with a C program', () => {
    const mismatches: string[] = []
    const seen = new Set<string>()
    for (const group of groups.filter(({ header }) => header !== undefined)) {
      const expected = expectations(group, target)
      if (expected.size === 0) continue
      for (const [expression, value] of run(group, [...expected.keys()])) {
        seen.add(expression)
        if (value !== expected.get(expression)) mismatches.push(`${expression}: ${expected.get(expression)}, C prints ${value}`)
      }
    }
    expect(mismatches).toEqual([])
    // musl's headers have fewer of them than glibc's.
    expect(seen.size).toBeGreaterThan(700)
  })

  it('have the results of the CMSG macros', () => {
    const { results } = macros.find(({ targets }) => (targets as readonly string[]).includes(target))!
    const expected = Object.entries(results as Tables['macros'][number]['results']).flatMap(([macro, calls]) => {
      return calls.map(([argument, result]) => [`${macro}(${argument})`, result] as const)
    })
    expect([...run({ header: 'sys/socket.h' }, expected.map(([call]) => call))]).toEqual(expected)
  })

  it('have every error number of <errno.h>', () => {
    const listing = execFileSync('cc', ['-E', '-dM', '-'], { encoding: 'utf8', input: '#include <errno.h>\n' })
    const names = [...listing.matchAll(/^#define (E[A-Z0-9]+) /gm)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(130)
    expect(Object.keys(errno).sort()).toEqual(names.sort())
  })
})
