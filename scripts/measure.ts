/**
 * Asks one target's compiler about every row: a C file a group.
 */
import { availableParallelism } from 'node:os'
import { functionQuestions, judgeFunction, prototypeFor, type Binding } from './functions.ts'
import { ask, type Answers, type Question } from './probe.ts'
import { words, type Group, type Problem } from './rows.ts'
import { judgeStruct, structQuestions, type StructFacts } from './structs.ts'
import { muslVersion, type Compiler, type Target } from './targets.ts'

/** Payload sizes the CMSG macros are tried on: nothing, one byte, an int, a u64, ucred, and as many descriptors as fit. */
const payloads = [0, 1, 4, 7, 8, 9, 12, 20, 253 * 4]
export const macroNames = ['CMSG_ALIGN', 'CMSG_LEN', 'CMSG_SPACE'] as const

/** Everything one target's compiler said. */
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
  await inParallel(groups.filter(({ header }) => header !== undefined), async group => {
    const { needs = [], header, declared } = group
    const newer = declared && `#ifndef ${declared.unless}\n${declared.c}\n#endif`
    const answers = await ask(compiler, [...needs, header!], groupQuestions(group, target), newer)
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
      if (value !== undefined) constants.set(name, value)
      const stated = group.stated?.[name]
      if (stated && value !== undefined && value !== stated.value) {
        problems.push({ target: target.name, symbol: name, message: `stated as ${stated.value}, <${group.header}> has ${value}` })
      }
    }
  })
  return { target, structs, constants, bindings, problems, ...environment, sources: sourcesOf(compiler, environment) }
}

export function groupQuestions(group: Group, target: Target): Question[] {
  return [
    ...Object.entries(group.structs ?? {}).flatMap(([name, fields]) => structQuestions(name, fields)),
    ...constantNames(group).map(name => ({ name, value: name })),
    ...(group.functions ?? []).flatMap(row => functionQuestions(row, target.libc)),
  ]
}

/** Every constant and error number of a group, in the order of the list. */
export function constantNames(group: Group): string[] {
  return [
    ...words(group.constants),
    ...Object.values(group.since ?? {}).flatMap(words),
    ...Object.keys(group.stated ?? {}),
    ...words(group.errnos),
  ]
}

export function functionNames(group: Group): string[] {
  return (group.functions ?? []).map(row => prototypeFor(row, 'glibc').name)
}

type Environment = Pick<Facts, 'wordSize' | 'littleEndian' | 'macros'> & { readonly versions: Answers['values'] }

async function environmentOf(compiler: Compiler): Promise<Environment> {
  const calls = macroNames.flatMap(macro => payloads.map(payload => `${macro}(${payload})`))
  const versions = ['LINUX_VERSION_MAJOR', 'LINUX_VERSION_PATCHLEVEL', 'LINUX_VERSION_SUBLEVEL', '__GLIBC__', '__GLIBC_MINOR__']
  const questions = [...calls, ...versions].map(value => ({ name: value, value }))
  const { wordSize, littleEndian, values } = await ask(compiler, ['sys/socket.h', 'linux/version.h'], questions)
  if (values.has('__GLIBC__') !== (compiler.target.libc === 'glibc')) {
    throw new Error(`${compiler.target.name}: found the headers of ${values.has('__GLIBC__') ? 'glibc' : 'another libc'}`)
  }
  const macros = new Map(macroNames.map(macro => {
    return [macro, payloads.map(payload => [payload, values.get(`${macro}(${payload})`)!] as const)]
  }))
  return { wordSize, littleEndian, macros, versions: values }
}

function sourcesOf({ target, version }: Compiler, { versions }: Environment): Facts['sources'] {
  const kernel = ['MAJOR', 'PATCHLEVEL', 'SUBLEVEL'].map(part => versions.get(`LINUX_VERSION_${part}`)).join('.')
  const libc = target.libc === 'glibc'
    ? `glibc ${versions.get('__GLIBC__')}.${versions.get('__GLIBC_MINOR__')}`
    : `musl ${muslVersion()}`
  return { compiler: version, libc, kernelHeaders: kernel }
}

/** Compilers are processes: as many at a time as there are CPUs. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const worker = async (): Promise<void> => { for (const item of queue) await work(item) }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}
