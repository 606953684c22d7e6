/**
 * Prints a libc function as a function literal of generated/calls.ts.
 * @module
 */
import type { Binding, FfiType } from './functions.ts'

/** Returns an expression that is true for a number that fits the parameter. */
const checks: Readonly<Record<FfiType, (value: string) => string>> = {
  I32: (value) => `(${value} | 0) === ${value}`,
  U32: (value) => `(${value} >>> 0) === ${value}`,
  I64: (value) => `Number.isSafeInteger(${value})`,
  Pointer: (value) => `Number.isSafeInteger(${value}) && ${value} >= 0`,
  Void: () => 'true',
}

/** Returns the argument to pass on. -0 is an integer for JavaScript, but not for node:ffi and Deno. */
const conversions: Readonly<Record<FfiType, (value: string) => string>> = {
  I32: (value) => `${value} | 0`,
  U32: (value) => `${value} >>> 0`,
  I64: (value) => `toWide(${value})`,
  Pointer: (value) => `toWide(${value})`,
  Void: (value) => value,
}

const isWide = (type: FfiType): boolean => type === 'I64' || type === 'Pointer'

export function callLiteral(name: string, { paramNames, paramsType, retType }: Binding): string {
  const parameters = paramNames.map((param) => `${param}: number`).join(', ')
  const valid = paramNames.map((param, i) => checks[paramsType[i]!](param))
  const call = `${name}(${paramNames.map((param, i) => conversions[paramsType[i]!](param)).join(', ')})`
  const result = isWide(retType) ? `toNumber(${call} as A)` : `${call} as number`
  if (valid.length === 0) return `    ${name}: (): number => ${result},`
  return [
    `    ${name}: (${parameters}): number => {`,
    `      if (!(${valid.join(' && ')})) refuse('${name}', ${paramNames.join(', ')})`,
    `      return ${result}`,
    '    },',
  ].join('\n')
}
