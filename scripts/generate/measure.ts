/**
 * Asks one target's compiler about every row, with a C file for each group.
 * @module
 */
import { availableParallelism } from 'node:os'
import { functionQuestions, judgeFunction, prototypeFor, type Binding } from './functions.ts'
import { ask, type Answers, type Question } from './probe.ts'
import { words, type Group, type Problem } from './rows.ts'
import { judgeStruct, structQuestions, type StructFacts } from './structs.ts'
import { muslVersion, type Compiler, type Target } from './targets.ts'

/** Arguments for the CMSG macros: nothing, a byte, an int, a u64, a ucred, the maximum number of descriptors, and sizes between. */
const payloads = [0, 1, 4, 7, 8, 9, 12, 20, 253 * 4]
export const macroNames = ['CMSG_ALIGN', 'CMSG_LEN', 'CMSG_SPACE'] as const

/** All answers of one target's compiler. */
export interface Facts {
  readonly target: Target
  readonly wordSize: 4 | 8
  readonly littleEndian: boolean
  readonly structs: ReadonlyMap<string, StructFacts>
  /** Constants and error numbers that its headers define. */
  readonly constants: ReadonlyMap<string, number>
  readonly bindings: ReadonlyMap<string, Binding>
  /** [argument, result] of each CMSG macro. */
  readonly macros: ReadonlyMap<string, readonly (readonly [number, number])[]>
  readonly sources: { readonly compiler: string; readonly libc: string; readonly kernelHeaders: string }
  readonly problems: readonly Problem[]
}

export async function measure(compiler: Compiler, groups: readonly Group[]): Promise<Facts> {
  const { target } = compiler
  const structs = new Map<string, StructFacts>()
  const constants = new Map<string, number>()
  const bindings = new Map<string, Binding>()
  const problems: Problem[] = []

  const environment = await environmentOf(compiler)
  const asked = groups.filter(({ header }) => header !== undefined)
  const answered = await inParallel(asked, async (group) => {
    const { needs = [], header, declared } = group
    const newer = declared && `#ifndef ${declared.unless}\n${declared.c}\n#endif`
    return { group, answers: await ask(compiler, [...needs, header!], groupQuestions(group, target), newer) }
  })
  for (const { group, answers } of answered) {
    for (const [name, fields] of Object.entries(group.structs ?? {})) {
      const { facts, problems: found } = judgeStruct(name, fields, answers)
      if (facts) structs.set(name, facts)
      problems.push(...found)
    }
    for (const row of group.functions ?? []) {
      const { facts, problems: found } = judgeFunction(row, target.libc, answers)
      if (facts) bindings.set(facts.funcName, facts)
      problems.push(...found)
    }
    for (const name of constantNames(group)) {
      const value = answers.values.get(name)
      const stated = group.stated?.[name]?.value
      if (value === undefined) continue
      constants.set(name, value)
      if (stated === undefined || stated === value) continue
      problems.push({ target: target.name, symbol: name, message: `stated as ${stated}, <${group.header}> has ${value}` })
    }
  }
  return { target, structs, constants, bindings, problems, ...environment, sources: sourcesOf(compiler, environment) }
}

export function groupQuestions(group: Group, target: Target): Question[] {
  return [
    ...Object.entries(group.structs ?? {}).flatMap(([name, fields]) => structQuestions(name, fields)),
    ...constantNames(group).map((name) => ({ name, value: name })),
    ...(group.functions ?? []).flatMap((row) => functionQuestions(row, target.libc)),
  ]
}

/** Returns every constant and error number of a group, in the order of the list. */
export function constantNames(group: Group): string[] {
  return [
    ...words(group.constants),
    ...Object.values(group.since ?? {}).flatMap(words),
    ...Object.keys(group.stated ?? {}),
    ...words(group.errnos),
  ]
}

export function functionNames(group: Group): string[] {
  return (group.functions ?? []).map((row) => prototypeFor(row, 'glibc').name)
}

/** Returns the symbols with more than one row. Tags of structs have their own name space in C, and here. */
export function doubles(groups: readonly Group[]): string[] {
  const structs = groups.flatMap((group) => Object.keys(group.structs ?? {}))
  const others = groups.flatMap((group) => [...constantNames(group), ...functionNames(group)])
  return [structs, others].flatMap((names) => names.filter((name, index) => names.indexOf(name) !== index))
}

type Environment = Pick<Facts, 'wordSize' | 'littleEndian' | 'macros'> & { readonly versions: Answers['values'] }

async function environmentOf(compiler: Compiler): Promise<Environment> {
  const calls = macroNames.flatMap((macro) => payloads.map((payload) => `${macro}(${payload})`))
  const linux = ['LINUX_VERSION_MAJOR', 'LINUX_VERSION_PATCHLEVEL', 'LINUX_VERSION_SUBLEVEL']
  const questions = [...calls, ...linux, '__GLIBC__', '__GLIBC_MINOR__'].map((value) => ({ name: value, value }))
  const { wordSize, littleEndian, values } = await ask(compiler, ['sys/socket.h', 'linux/version.h'], questions)
  const { target } = compiler
  if (values.has('__GLIBC__') !== (target.libc === 'glibc')) throw new Error(`${target.name}: not ${target.libc}'s headers`)
  const macros = new Map(macroNames.map((macro) => {
    return [macro, payloads.map((payload) => [payload, values.get(`${macro}(${payload})`)!] as const)]
  }))
  return { wordSize, littleEndian, macros, versions: values }
}

function sourcesOf({ target, version }: Compiler, { versions }: Environment): Facts['sources'] {
  const kernel = ['MAJOR', 'PATCHLEVEL', 'SUBLEVEL'].map((part) => versions.get(`LINUX_VERSION_${part}`)).join('.')
  const libc = target.libc === 'glibc'
    ? `glibc ${versions.get('__GLIBC__')}.${versions.get('__GLIBC_MINOR__')}`
    : `musl ${muslVersion()}`
  return { compiler: version, libc, kernelHeaders: kernel }
}

/** Runs compilers, as many at a time as there are CPUs. The results are in the order of the items. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => { for (const [index, item] of queue) results[index] = await work(item) }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results
}
