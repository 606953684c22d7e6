/**
 * Security labels, as SCM_SECURITY and IP_PASSSEC carry them.
 * @module
 */
import { defineStruct } from '../abi/struct.ts'
import { once } from './values.ts'

const decoder = /* @__PURE__ */ new TextDecoder()

/** The payload. */
export const label = /* @__PURE__ */ once(() => defineStruct({ label: ['char'] }, { name: 'char label[]' }))

/** Decodes a label, without the NUL that some modules include. */
export function decodeLabel(data: Uint8Array): string {
  const nul = data.indexOf(0)
  // A copy: a TextDecoder refuses a view on shared memory.
  return decoder.decode(data.slice(0, nul < 0 ? data.length : nul))
}
