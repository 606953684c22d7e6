/**
 * The TypeScript that builds a buffer with this library.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import type { ControlItem } from '../../src/control/define.ts'
import { levelNameOf } from '../../src/control/names.ts'
import { fieldsOf, type EncodedItem } from './buffer.ts'
import { scalarOf } from './leaves.ts'

export function programInTypeScript(items: readonly EncodedItem[], abi: Abi): string {
  const imports = new Set(['abis', 'encodeControl'])
  const lines = items.map((item) => line(item, abi, imports))
  const names = [...imports].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const onOneLine = `import { ${names.join(', ')} } from 'cmsg/codec'`
  return [
    onOneLine.length <= 100 ? onOneLine : `import {\n${names.map((name) => `  ${name},\n`).join('')}} from 'cmsg/codec'`, '',
    lines.length === 0 ? `const control = encodeControl([], { abi: abis['${abi.target}'] })` : `const control = encodeControl([\n${lines.map((text) => `  ${text},\n`).join('')}], { abi: abis['${abi.target}'] })`, '',
    "console.log(Buffer.from(control).toString('hex'))", '',
  ].join('\n')
}

function line(item: EncodedItem, abi: Abi, imports: Set<string>): string {
  const { definition, level, type, payload } = item
  const value = valueFor(item, abi)
  if (definition !== undefined && value !== undefined) {
    imports.add(definition.kind)
    return `${definition.kind}(${value.text})`
  }
  imports.add('rawControl')
  const bytes = payload.length === 0 ? 'new Uint8Array(0)' : `Uint8Array.of(${[...payload].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')})`
  const constant = definition?.name
  if (definition === undefined || constant === undefined) return `rawControl(${level}, ${type}, ${bytes})`
  imports.add('constants')
  const why = definition.direction === 'receive' ? 'only the kernel sends it' : 'as the kernel sends it, for this target'
  return `// ${constant}: ${why}\n  rawControl(constants.${levelNameOf(definition)}, constants.${constant}, ${bytes})`
}

/** The value that a definition makes these very bytes of; undefined where it is only received, or has no such value. */
function valueFor({ item, definition, payload }: EncodedItem, abi: Abi): { text: string } | undefined {
  if (definition === undefined || definition.direction === 'receive') return undefined
  const [leaf, ...others] = fieldsOf(item, abi)
  const candidates: (() => unknown)[] = [() => undefined, () => definition.decode(payload, abi)]
  if (leaf?.path === 'value' && others.length === 0) candidates.push(() => Number(scalarOf(payload, leaf.type as never, abi)))
  for (const candidate of candidates) {
    try {
      const value = candidate()
      const made = (definition as unknown as (value: unknown) => ControlItem)(value).payload(abi)
      if (made.length === payload.length && made.every((byte, i) => byte === payload[i])) return { text: value === undefined ? '' : literal(value) }
    } catch {
      // not this one
    }
  }
  return undefined
}

function literal(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
  if (value instanceof Uint8Array) return value.length === 0 ? 'new Uint8Array(0)' : `Uint8Array.of(${[...value].join(', ')})`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) return `{ ${Object.entries(value).map(([name, one]) => `${name}: ${literal(one)}`).join(', ')} }`
  return String(value)
}

