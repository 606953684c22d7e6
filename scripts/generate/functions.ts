/**
 * Function rows: a prototype is declared again after its header, which a compiler rejects unless the two agree, and the sizes of its
 * types determine ffi-rs's name for each.
 * @module
 */
import { kindOf, kinds, type Answers, type Question } from './probe.ts'
import type { Problem, Prototype, Verdict } from './rows.ts'
import type { Libc } from './targets.ts'

/** A width in bits and a sign, under their names in ffi-rs's `DataType`, or an address. */
export type FfiType = 'I32' | 'U32' | 'I64' | 'Pointer' | 'Void'

/**
 * Results that fit into fewer bits than their type has. No call transfers more than MAX_RW_COUNT bytes, INT_MAX rounded
 * down to a page (include/linux/fs.h), and the engines of some runtimes return 64 bits as a BigInt, which costs more.
 */
const narrowResults: Readonly<Record<string, FfiType>> = { ssize_t: 'I32' }

export interface Signature {
  readonly name: string
  readonly returns: string
  readonly params: readonly { readonly type: string; readonly name: string }[]
  /** The declaration in C. For a variadic function, it lacks the parameters in the comment. */
  readonly text: string
}

export interface Binding {
  readonly funcName: string
  readonly paramNames: readonly string[]
  readonly paramsType: readonly FfiType[]
  readonly retType: FfiType
}

/** `int fcntl(int fd, int cmd, ... /* long arg *\/)` has three parameters; the third is the one that callers here pass. */
export function parsePrototype(text: string): Signature {
  const [, returns, name, list] = /^(.*?[ *])(\w+)\((.*)\)$/.exec(text) ?? []
  if (!returns || !name || !list) throw new Error(`${text}: expected 'type name(type name, ...)'`)
  const spelled = list.replace(/, \.\.\. \/\* (.*) \*\/$/, ', $1')
  if (spelled.includes('...')) throw new Error(`${text}: spell the parameters after '...' in a comment`)
  const params = spelled === 'void' ? [] : spelled.split(', ').map((param) => {
    const [, result, pointer, takes] = /^(.*)\(\*(\w+)\)(\(.*\))$/.exec(param) ?? []
    if (pointer) return { type: `__typeof__(${result}(*)${takes})`, name: pointer }
    const [, type, paramName] = /^(.*[ *])(\w+)$/.exec(param) ?? []
    if (!type || !paramName) throw new Error(`${text}: '${param}' is not 'type name'`)
    return { type: type.trim(), name: paramName }
  })
  return { name, returns: returns.trim(), params, text }
}

export function prototypeFor(row: Prototype, libc: Libc): Signature {
  return parsePrototype(typeof row === 'string' ? row : row[libc])
}

/**
 * Asks about the types of glibc on every target, so that each target's answers are for one table, and about those of musl where they
 * differ.
 */
export function functionQuestions(row: Prototype, libc: Libc): Question[] {
  const { name, text } = prototypeFor(row, libc)
  return [
    // The first half is rejected if the header does not declare the function.
    { name, declaration: `__typeof__(${name}) ${name}; ${text};` },
    ...typesOf(prototypeFor(row, 'glibc')).flatMap(({ about, type }) => [
      { name: `sizeof ${about}`, value: `sizeof(${type})` },
      { name: `typeof ${about}`, value: kindOf(`*(${type} *)0`) },
    ]),
    ...typesOf(prototypeFor(row, 'musl')).map(({ about, type }) => {
      return { name: `sizeof ${about} in musl`, value: `sizeof(${type})` }
    }),
  ]
}

export function judgeFunction(row: Prototype, libc: Libc, { target, values, refused }: Answers): Verdict<Binding> {
  const { name, returns, params } = prototypeFor(row, 'glibc')
  const problems: Problem[] = []
  const complain = (message: string): void => { problems.push({ target, symbol: name, message }) }

  const refusal = refused.get(name)
  if (refusal) complain(refusal)
  // Two prototypes may differ in a sign, as in that of recvmmsg's flags: the same 32 bits travel in the same register.
  const types = typesOf(prototypeFor(row, libc))
  const sizes = (suffix: string): string => types.map(({ about }) => values.get(`sizeof ${about}${suffix}`)).join(', ')
  const [inGlibc, inMusl] = [sizes(''), sizes(' in musl')]
  if (inGlibc !== inMusl) complain(`glibc's prototype has types of ${inGlibc} bytes, musl's of ${inMusl}`)

  const spelled = new Map(typesOf(prototypeFor(row, 'glibc')).map(({ about, type }) => [about, type]))
  const ffiType = (param: string): FfiType => {
    const about = `${name}(${param})`
    const size = values.get(`sizeof ${about}`)
    const kind = values.get(`typeof ${about}`)
    const integer = kind === kinds.signed || kind === kinds.unsigned
    // A pthread_t is an integer in one C library, and a pointer in the other.
    if (kind === kinds.pointer && /[*)]$/.test(spelled.get(about)!)) return 'Pointer'
    if (kind === kinds.pointer || (integer && size === 8)) return 'I64'
    if (integer && size === 4) return kind === kinds.signed ? 'I32' : 'U32'
    complain(`ffi-rs has no type for ${param}: ${refused.get(`sizeof ${about}`) ?? `${size} bytes`}`)
    return 'Void'
  }
  const facts: Binding = {
    funcName: name,
    paramNames: params.map((param) => param.name),
    paramsType: params.map((param) => ffiType(param.name)),
    retType: returns === 'void' ? 'Void' : narrowResults[returns] ?? ffiType('return'),
  }
  return problems.length > 0 ? { problems } : { facts, problems }
}

/** The types of the parameters and of the result of a call, by the name of the question. */
function typesOf({ name, returns, params }: Signature): { about: string; type: string }[] {
  const values = returns === 'void' ? params : [...params, { name: 'return', type: returns }]
  return values.map((value) => ({ about: `${name}(${value.name})`, type: value.type }))
}

/** Returns the row as a comment: one prototype, or a line for each libc. */
export function prototypeLines(row: Prototype, header: string): string[] {
  if (typeof row === 'string') return [`${quote(row)}, \`<${header}>\``]
  return [`\`<${header}>\`, glibc and musl:`, quote(row.glibc), quote(row.musl)]
}

function quote(prototype: string): string {
  const [, declaration, spelled] = /^(.*\.\.\.) \/\* (.*) \*\/\)$/.exec(prototype) ?? []
  return spelled ? `\`${declaration})\` with \`${spelled}\`` : `\`${prototype}\``
}
