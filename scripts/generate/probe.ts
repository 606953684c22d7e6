/**
 * Asks a C compiler for numbers. Each question is a line of C. The object that it compiles to is read and never run, so that one machine
 * can ask for every target. A line that the compiler rejects is an answer too: the name is unknown, or the member does not exist.
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSection } from './elf.ts'
import type { Compiler } from './targets.ts'

/** One line of C. The compiler's errors are reported under `name`, so it must mean something to a reader. */
export type Question =
  /** A constant expression, whose value is the answer. */
  | { readonly name: string; readonly value: string }
  /** A declaration that must be accepted. */
  | { readonly name: string; readonly declaration: string }

export interface Answers {
  readonly target: string
  readonly wordSize: 4 | 8
  readonly littleEndian: boolean
  /** By question. */
  readonly values: ReadonlyMap<string, number>
  /** The compiler's errors for the lines that it rejected, by question. */
  readonly refused: ReadonlyMap<string, string>
}

/** The answers to the question `kindOf(x)`. */
export const kinds = { unsigned: 1, signed: 2, char: 3, pointer: 5, struct: 12, union: 13, array: 99 } as const

/** Returns C for the kind of type that an expression has. */
export function kindOf(x: string): string {
  const unsigned = ['unsigned char', 'unsigned short', 'unsigned', 'unsigned long', 'unsigned long long']
  const signed = ['signed char', 'short', 'int', 'long', 'long long']
  // For __builtin_classify_type, an array is the pointer that it decays to, so x is compared with its decayed value.
  const other = `__builtin_types_compatible_p(__typeof__(${x}), __typeof__(1 ? (${x}) : (${x}))) `
    + `? __builtin_classify_type(${x}) : ${kinds.array}`
  const cases = [
    ...unsigned.map((type) => `${type}: ${kinds.unsigned}`),
    ...signed.map((type) => `${type}: ${kinds.signed}`),
    `char: ${kinds.char}`,
    `default: ${other}`,
  ]
  return `_Generic((${x}), ${cases.join(', ')})`
}

const prelude = `
#define _GNU_SOURCE 1
#include <stddef.h>
struct answer { long long question, value; };
`

/**
 * Asks one compiler, with the headers included in the order given and then `declarations`. A header that a target does not have is left
 * out, and the names that it declares are rejected. Rejected lines are left out, and the rest is compiled again.
 */
export async function ask(compiler: Compiler, headers: readonly string[], questions: readonly Question[],
  declarations = ''): Promise<Answers> {
  const names = new Set(questions.map(({ name }) => name))
  if (names.size !== questions.length) throw new Error(`a question was asked twice: ${doubles(questions).join(', ')}`)
  const refused = new Map<string, string>()
  for (;;) {
    const before = refused.size
    const source = [prelude, ...headers.map(include), declarations, ...lines(questions, refused)].join('\n')
    const { object, complaints } = await compile(compiler, source)
    if (object) return { target: compiler.target.name, refused, ...read(object, questions) }
    for (const { at, message } of complaints) if (names.has(at) && !refused.has(at)) refused.set(at, message)
    if (refused.size > before) continue
    const what = headers.map((header) => `<${header}>`).join(', ')
    const said = complaints.map(({ at, message }) => `${at}: ${message}`).join('\n  ')
    throw new Error(`${compiler.target.name}: ${compiler.command} cannot compile ${what}:\n  ${said}`)
  }
}

function include(header: string): string {
  return `#if __has_include(<${header}>)\n#include <${header}>\n#endif`
}

/** `#line` makes every compiler name the question, however it words the rest. */
function lines(questions: readonly Question[], refused: ReadonlyMap<string, string>): string[] {
  return questions.map((question, index) => {
    if (refused.has(question.name)) return ''
    const code = 'value' in question
      ? `static const struct answer answer_${index} __attribute__((used, section(".answers"))) = `
        + `{ ${index}, (long long)(${question.value}) };`
      : question.declaration
    return `#line 1 "${question.name}"\n${code}`
  })
}

interface Compiled {
  readonly object?: Uint8Array
  readonly complaints: readonly { at: string; message: string }[]
}

/** `file:line:column: error: message`, with gcc's note about the declaration in the header. */
const complaint = /^(.+?):\d+:(?:\d+:)? (?:fatal )?error: (.*)(?:(?:\nIn file.*| +from .*)*\n.+?: note: (previous.* type .*))?/gm

async function compile({ command, args }: Compiler, source: string): Promise<Compiled> {
  const directory = await mkdtemp(join(tmpdir(), 'cmsg-probe-'))
  try {
    const file = join(directory, 'answers.o')
    const child = spawn(command, [...args, '-std=gnu11', '-w', '-x', 'c', '-c', '-', '-o', file], {
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
    const status = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
    child.stdin.on('error', () => {}) // If the compiler ends early, its status and stderr say why.
    child.stdin.end(source)
    if (await status === 0) return { object: await readFile(file), complaints: [] }
    const complaints = [...stderr.matchAll(complaint)].map(([, at = '', error = '', previous]) => {
      return { at, message: previous ? `${error}; ${previous}` : error }
    })
    return { complaints: complaints.length > 0 ? complaints : [{ at: command, message: stderr.trim() }] }
  } finally {
    await rm(directory, { recursive: true })
  }
}

function read(object: Uint8Array, questions: readonly Question[]): Omit<Answers, 'target' | 'refused'> {
  // An object always has sections such as .strtab, so its word size is known even if no question had a value.
  const answers = readSection(object, '.answers')
  const { wordSize, littleEndian } = answers ?? readSection(object, '.shstrtab') ?? readSection(object, '.strtab')!
  const values = new Map<string, number>()
  for (let at = 0; answers && at < answers.view.byteLength; at += 16) {
    const question = questions[Number(answers.view.getBigInt64(at, littleEndian))]
    const value = Number(answers.view.getBigInt64(at + 8, littleEndian))
    if (!question || !Number.isSafeInteger(value)) throw new Error(`${question?.name}: ${value} is not a safe integer`)
    values.set(question.name, value)
  }
  return { wordSize, littleEndian, values }
}

function doubles(questions: readonly Question[]): string[] {
  return questions.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index)
}
