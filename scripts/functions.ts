/**
 * Function rows: a prototype is declared again after its header, which a compiler refuses unless the two agree, and the
 * sizes of its types choose ffi-rs's name for each.
 */
import { kinds, type Answers, type Question } from './probe.ts'
import type { Problem, Prototype, Verdict } from './rows.ts'
import type { Libc } from './targets.ts'

/** Names of ffi-rs's `DataType`. */
export type FfiType = 'I32' | 'U32' | 'I64' | 'Void'

export interface Signature {
  readonly name: string
  readonly returns: string
  readonly params: readonly { readonly type: string; readonly name: string }[]
  /** The declaration as C has it, for a variadic function without the parameters the comment spells. */
  readonly text: string
}

export interface Binding {
  readonly funcName: string
  readonly paramNames: readonly string[]
  readonly paramsType: readonly FfiType[]
  readonly retType: FfiType
}

/** `int fcntl(int fd, int cmd, ... /* long arg *\/)` has three parameters; the third is what callers here pass. */
export function parsePrototype(text: string): Signature {
  const [, returns, name, list] = /^(.*?[ *])(\w+)\((.*)\)$/.exec(text) ?? []
  if (!returns || !name || !list) throw new Error(`${text}: expected 'type name(type name, ...)'`)
  const spelled = list.replace(/, \.\.\. \/\* (.*) \*\/$/, ', $1')
  if (spelled.includes('...')) throw new Error(`${text}: spell the parameters after '...' in a comment`)
  const params = spelled === 'void' ? [] : spelled.split(', ').map(param => {
    const [, type, paramName] = /^(.*[ *])(\w+)$/.exec(param) ?? []
    if (!type || !paramName) throw new Error(`${text}: '${param}' is not 'type name'`)
    return { type: type.trim(), name: paramName }
  })
  return { name, returns: returns.trim(), params, text }
}

export function prototypeFor(row: Prototype, libc: Libc): Signature {
  return parsePrototype(typeof row === 'string' ? row : row[libc])
}

export function functionQuestions(row: Prototype, libc: Libc): Question[] {
  const { name, returns, params, text } = prototypeFor(row, libc)
  // The first half is refused where the header declares no such function.
  const questions: Question[] = [{ name, declaration: `__typeof__(${name}) ${name}; ${text};` }]
  const types = [...params, ...(returns === 'void' ? [] : [{ name: 'return', type: returns }])]
  for (const param of types) {
    questions.push(
      { name: `sizeof ${name}(${param.name})`, value: `sizeof(${param.type})` },
      { name: `typeof ${name}(${param.name})`, value: `KIND(*(${param.type} *)0)` },
    )
  }
  return questions
}

export function judgeFunction(row: Prototype, libc: Libc, answers: Answers): Verdict<Binding> {
  const { name, returns, params } = prototypeFor(row, libc)
  const problems: Problem[] = []
  const complain = (message: string): void => { problems.push({ target: answers.target, symbol: name, message }) }

  const refusal = answers.refused.get(name)
  if (refusal) complain(refusal)
  const ffiType = (param: string): FfiType => {
    const about = `${name}(${param})`
    const size = answers.values.get(`sizeof ${about}`)
    const kind = answers.values.get(`typeof ${about}`)
    if (kind === kinds.pointer || size === 8) return 'I64'
    if (size === 4 && kind === kinds.signed) return 'I32'
    if (size === 4 && kind === kinds.unsigned) return 'U32'
    complain(`ffi-rs has no type for ${param}: ${answers.refused.get(`sizeof ${about}`) ?? `${size} bytes`}`)
    return 'Void'
  }
  const facts: Binding = {
    funcName: name,
    paramNames: params.map(param => param.name),
    paramsType: params.map(param => ffiType(param.name)),
    retType: returns === 'void' ? 'Void' : ffiType('return'),
  }
  return problems.length > 0 ? { problems } : { facts, problems }
}

/** The row as a sentence: one prototype, or one a libc. */
export function prototypeLines(row: Prototype, header: string): string[] {
  const quote = (text: string): string => text.replace(/^(.*\.\.\.) \/\* (.*) \*\/\)$/, '`$1)` with `$2`').replace(/^[^`].*$/, '`$&`')
  if (typeof row === 'string') return [`${quote(row)}, \`<${header}>\``]
  return [`\`<${header}>\`: ${quote(row.glibc)} in glibc,`, `${quote(row.musl)} in musl`]
}

/**
 * One row that serves every target. Where the libcs differ in the sign of a 32-bit flag word only, glibc's is taken: the
 * same 32 bits travel in the same register.
 */
export function mergeBindings(bindings: ReadonlyMap<string, Binding>): Binding | string {
  const [first, ...rest] = bindings.values()
  if (!first) return 'no target ffi-rs supports was asked'
  const agree = (a: FfiType, b: FfiType | undefined): boolean => {
    return a === b || (a === 'I32' && b === 'U32') || (a === 'U32' && b === 'I32')
  }
  for (const other of rest) {
    const same = first.retType === other.retType && first.paramsType.length === other.paramsType.length
      && first.paramsType.every((type, index) => agree(type, other.paramsType[index]))
    if (!same) {
      return [...bindings].map(([target, { paramsType, retType }]) => `${target} (${paramsType.join(', ')}) => ${retType}`)
        .join('; ')
    }
  }
  return first
}
