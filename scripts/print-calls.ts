/**
 * A libc function as a function literal of generated/calls.ts.
 * @module
 */
import type { Binding, FfiType } from './functions.ts'

/** The expression that is true for a number that a parameter can hold. */
const checks: Readonly<Record<FfiType, (value: string) => string>> = {
  I32: (value) => `(${value} | 0) === ${value}`,
  U32: (value) => `(${value} >>> 0) === ${value}`,
  I64: (value) => `Number.isSafeInteger(${value})`,
  Void: () => 'true',
}

export function callLiteral(name: string, { paramNames, paramsType, retType }: Binding): string {
  const parameters = paramNames.map((param) => `${param}: number`).join(', ')
  const valid = paramNames.map((param, i) => checks[paramsType[i]!](param))
  const call = `${name}(${paramNames.map((param, i) => paramsType[i] === 'I64' ? `toAddress(${param})` : param).join(', ')})`
  const result = retType === 'I64' ? `toNumber(${call} as A)` : `${call} as number`
  if (valid.length === 0) return `    ${name}: (): number => ${result},`
  return [
    `    ${name}: (${parameters}): number => {`,
    `      if (!(${valid.join(' && ')})) refuse('${name}', ${paramNames.join(', ')})`,
    `      return ${result}`,
    '    },',
  ].join('\n')
}
