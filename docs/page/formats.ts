/**
 * The bytes of a control buffer as text: grouped hex, and literals of C, TypeScript and Python.
 * @module
 */
import { hex } from '../../src/abi/bytes.ts'
import type { CodeTab } from './code.ts'

const lineBytes = 16
const groupBytes = 4

/** Divides a buffer into lines of 16 bytes. Each control message begins a line; `starts` has their offsets. */
function linesOf(control: Uint8Array, starts: readonly number[]): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let at = 0; at < control.length;) {
    const next = starts.find((start) => start > at) ?? control.length
    const end = Math.min(at + lineBytes, next)
    lines.push(control.subarray(at, end))
    at = end
  }
  return lines
}

/** Hex in groups of 4 bytes: `1c000000 00000000 01000000 02000000`. */
export const groupedHex = (control: Uint8Array, starts: readonly number[] = []): string =>
  linesOf(control, starts).map((line) => Array.from({ length: Math.ceil(line.length / groupBytes) },
    (_, i) => hex(line.subarray(groupBytes * i, groupBytes * (i + 1)))).join(' ')).join('\n')

const listed = (control: Uint8Array, starts: readonly number[], indent: string): string =>
  linesOf(control, starts).map((line) => `${indent}${Array.from(line, (byte) => `0x${hex(Uint8Array.of(byte))},`).join(' ')}\n`).join('')

/** The bytes in each notation, with a name for each. */
export function formats(control: Uint8Array, starts: readonly number[], note: string): CodeTab[] {
  const python = linesOf(control,
    starts).map((line) => `    b"${Array.from(line, (byte) => `\\x${hex(Uint8Array.of(byte))}`).join('')}"\n`).join('')
  return [
    { title: 'Hex', note, code: groupedHex(control, starts) },
    { title: 'C', note, language: 'c',
      code: control.length === 0 ? '/* no bytes: msg_control is NULL, msg_controllen is 0 */'
        : `unsigned char control[${control.length}] = {\n${listed(control, starts, '\t')}};` },
    { title: 'TypeScript', note, language: 'typescript',
      code: control.length === 0 ? 'const control = new Uint8Array(0)'
        : `const control = Uint8Array.of(\n${listed(control, starts, '  ')})` },
    { title: 'Python', note, language: 'python', code: control.length === 0 ? 'control = b""' : `control = (\n${python})` },
  ]
}
