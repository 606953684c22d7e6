/**
 * C out, numbers in. Each question is a line of C; the object it compiles to is read, never run, so that one machine can
 * ask for every target. A line the compiler refuses is an answer too: the name is unknown, the member does not exist.
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSection } from './elf.ts'
import type { Compiler } from './targets.ts'

/** One line of C. The compiler's complaints about it come back under `name`, which therefore is what a reader knows it by. */
export type Question =
  /** A constant expression whose value is wanted. */
  | { readonly name: string; readonly value: string }
  /** A declaration that must be accepted. */
  | { readonly name: string; readonly declaration: string }

export interface Answers {
  readonly target: string
  readonly wordSize: 4 | 8
  readonly littleEndian: boolean
  /** By question. */
  readonly values: ReadonlyMap<string, number>
  /** What the compiler said of the lines it refused, by question. */
  readonly refused: ReadonlyMap<string, string>
}

/** What the question `kindOf(x)` is answered with. */
export const kinds = { unsigned: 1, signed: 2, char: 3, pointer: 5, struct: 12, union: 13, array: 99 } as const

/** C that tells what kind of type an expression has. */
export function kindOf(x: string): string {
  const unsigned = ['unsigned char', 'unsigned short', 'unsigned', 'unsigned long', 'unsigned long long']
  const signed = ['signed char', 'short', 'int', 'long', 'long long']
  // __builtin_classify_type sees an array as the pointer it decays to, hence the comparison with what x decays to.
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
 * Ask one compiler, with the headers included in the order given and then `declarations`. A header that a target does not
 * have is left out, and what it declares is refused. Lines that were refused are left out and the rest compiled again.
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

/** `#line` makes the compiler name the question, whichever compiler it is and however it words the rest. */
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

/** `file:line:column: error: message`, with gcc's note of how the header has it. */
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
    child.stdin.on('error', () => {}) // a compiler that dies early: its status and stderr tell why
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
  // An object always has .strtab or the like, so its word size is known even when no question had a value.
  const answers = readSection(object, '.answers')
  const { wordSize, littleEndian } = answers ?? readSection(object, '.shstrtab') ?? readSection(object, '.strtab')!
  const values = new Map<string, number>()
  for (let at = 0; answers && at < answers.view.byteLength; at += 16) {
    const question = questions[Number(answers.view.getBigInt64(at, littleEndian))]
    const value = Number(answers.view.getBigInt64(at + 8, littleEndian))
    if (!question || !Number.isSafeInteger(value)) throw new Error(`${question?.name}: ${value} is no safe integer`)
    values.set(question.name, value)
  }
  return { wordSize, littleEndian, values }
}

function doubles(questions: readonly Question[]): string[] {
  return questions.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index)
}
