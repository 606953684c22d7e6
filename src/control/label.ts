/**
 * Security labels, as SCM_SECURITY and IP_PASSSEC carry them.
 * @module
 */
import { defineStruct } from '../abi/struct.ts'
import { decodeText } from '../abi/text.ts'
import { once } from './values.ts'

/** The payload. */
export const label = /* @__PURE__ */ once(() => defineStruct({ label: ['char'] }, { name: 'char label[]' }))

/** Decodes a label, without the NUL that some modules include. */
export function decodeLabel(data: Uint8Array): string {
  const nul = data.indexOf(0)
  // A copy: a TextDecoder refuses a view on shared memory.
  return decodeText(data.slice(0, nul < 0 ? data.length : nul))
}
