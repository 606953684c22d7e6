/**
 * TypeScript for a buffer, with this library.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import type { AnyControlMessage, ControlItem } from '../../src/control/define.ts'
import { levelNameOf } from '../../src/control/names.ts'
import { fieldsOf, type EncodedItem } from './buffer.ts'
import { scalarOf } from './leaves.ts'

function importOf(imports: ReadonlySet<string>, from: string): string {
  const names = [...imports].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const onOneLine = `import { ${names.join(', ')} } from '${from}'`
  return onOneLine.length <= 100 ? onOneLine : `import {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}'`
}

/** Returns a program that builds the buffer, and prints its bytes. */
export function programInTypeScript(items: readonly EncodedItem[], abi: Abi): string {
  const imports = new Set(['abis', 'encodeControl'])
  const lines = items.map((item) => line(item, abi, imports))
  return [
    importOf(imports, 'cmsg/codec'), '',
    lines.length === 0 ? `const control = encodeControl([], { abi: abis['${abi.target}'] })`
      : `const control = encodeControl([\n${lines.map((text) => `  ${text},\n`).join('')}], { abi: abis['${abi.target}'] })`, '',
    "console.log(Buffer.from(control).toString('hex'))", '',
  ].join('\n')
}

/** Returns the expression for a control message, and adds what it needs to the imports. */
function line(item: EncodedItem, abi: Abi, imports: Set<string>): string {
  const { definition, level, type, payload } = item
  const value = valueFor(item, abi)
  if (definition !== undefined && value !== undefined) {
    imports.add(definition.kind)
    return `${definition.kind}(${value.text})`
  }
  imports.add('rawControl')
  const bytes = payload.length === 0 ? 'new Uint8Array(0)'
    : `Uint8Array.of(${[...payload].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')})`
  const constant = definition?.name
  if (definition === undefined || constant === undefined) return `rawControl(${level}, ${type}, ${bytes})`
  imports.add('constants')
  const why = definition.direction === 'receive' ? 'only the kernel creates it' : 'as the kernel sends it, for this target'
  return `// ${constant}: ${why}\n  rawControl(constants.${levelNameOf(definition)}, constants.${constant}, ${bytes})`
}

/** Returns code that sends a message with one control message. */
export function senderInTypeScript(item: EncodedItem, abi: Abi): string {
  const imports = new Set<string>()
  const text = line(item, abi, imports)
  return [importOf(imports, 'cmsg'), '', ...commented(text, (value) => `await socket.send('hello', { control: [${value}] })`),
    ''].join('\n')
}

/** Moves the comment of an expression to the line before the statement. */
function commented(text: string, statement: (value: string) => string): string[] {
  const [, comment, value] = /^(\/\/ .*)\n\s*([^]*)$/.exec(text) ?? []
  return comment === undefined ? [statement(text)] : [comment, statement(value!)]
}

/** Returns code that asks for a kind, and reads it. */
export function receiverInTypeScript({ kind, family, receive }: AnyControlMessage): string {
  const imports = new Set(['MessageSocket', kind])
  if (receive?.errorQueue) imports.add('constants')
  return [
    importOf(imports, 'cmsg'), '',
    `// fd is a socket${family === undefined ? '' : ` of family ${[family].flat().join(' or ')}`}.`,
    '// MessageSocket.bind, connect and pair take `receive` too.',
    `const socket = MessageSocket.adopt(fd, { receive: [${kind}] })`,
    `const message = await socket.receive(${receive?.errorQueue ? '{ flags: constants.MSG_ERRQUEUE }' : ''})`,
    `console.log(message?.get(${kind}))`, '',
  ].join('\n')
}

/** Returns the value that the definition encodes to these bytes; undefined if it is only received, or has no such value. */
function valueFor({ item, definition, payload }: EncodedItem, abi: Abi): { text: string } | undefined {
  if (definition === undefined || definition.direction === 'receive') return undefined
  const [leaf, ...others] = fieldsOf(item, abi)
  // Without a payload there is no value, whatever it decodes to.
  const candidates: (() => unknown)[] = [...(payload.length === 0 ? [() => undefined] : []), () => definition.decode(payload, abi),
    () => undefined]
  if (leaf?.path === 'value' && others.length === 0) candidates.push(() => Number(scalarOf(payload, leaf.type as never, abi)))
  for (const candidate of candidates) {
    try {
      const value = candidate()
      const made = (definition as unknown as (value: unknown) => ControlItem)(value).payload(abi)
      if (made.length === payload.length
        && made.every((byte, i) => byte === payload[i])) return { text: value === undefined ? '' : literal(value) }
    } catch {
      // It takes another value.
    }
  }
  return undefined
}

function literal(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
  if (value instanceof Uint8Array) return value.length === 0 ? 'new Uint8Array(0)' : `Uint8Array.of(${[...value].join(', ')})`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object'
    && value !== null) return `{ ${Object.entries(value).map(([name, one]) => `${name}: ${literal(one)}`).join(', ')} }`
  return String(value)
}

