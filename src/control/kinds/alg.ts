/**
 * Control messages of level SOL_ALG: AF_ALG, the kernel's ciphers.
 * @see https://docs.kernel.org/crypto/userspace-if.html
 * @module
 */
import { SOL_ALG, ALG_SET_IV, ALG_OP_DECRYPT, ALG_OP_ENCRYPT, ALG_SET_OP, ALG_SET_AEAD_ASSOCLEN } from '../../../generated/constants.ts'
import { checkedBytes } from '../../abi/bytes.ts'
import { defineStruct } from '../../abi/struct.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { named, once, type Named } from '../values.ts'

/** `struct af_alg_iv`, whose flexible array is the vector. */
const ivLayout = /* @__PURE__ */ once(() => defineStruct({ ivlen: 'u32', iv: ['u8'] }, { name: 'af_alg_iv' }))

/**
 * `ALG_SET_IV`: the initialization vector of a cipher. AF_ALG, Linux 2.6.38. Only sent.
 *
 * Payload: `struct af_alg_iv`, a `u32` length and that many bytes.
 *
 * @see https://docs.kernel.org/crypto/userspace-if.html
 */
export const algIv: ControlMessage<'algIv', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'algIv', name: 'ALG_SET_IV', level: SOL_ALG, type: ALG_SET_IV, family: 'alg', since: '2.6.38',
  direction: 'send',
  layout: ivLayout,
  convert: {
    decode: ({ ivlen, iv }: { ivlen: number; iv: Uint8Array }) => iv.subarray(0, ivlen),
    encode: (value: Uint8Array) => {
      const iv = checkedBytes(value, 'Cannot send', ' as an initialization vector')
      return { ivlen: iv.length, iv }
    },
  },
})

const operations = { decrypt: ALG_OP_DECRYPT, encrypt: ALG_OP_ENCRYPT }
/**
 * The operation of a cipher.
 * @useDeclaredType
 */
export type AlgOperation = Named<keyof typeof operations>

/**
 * `ALG_SET_OP`: the operation of the cipher, encryption or decryption. AF_ALG, Linux 2.6.38. Only sent.
 *
 * Payload: `u32`, 4 bytes.
 *
 * @see https://docs.kernel.org/crypto/userspace-if.html
 * @example
 * import { decodeControl, encodeControl, algOperation } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([algOperation('encrypt')]), { family: 'alg' })
 * if (message?.kind === 'algOperation') console.log(message.value) // encrypt
 */
export const algOperation: ControlMessage<'algOperation', AlgOperation, AlgOperation> = /* @__PURE__ */ defineBuiltin({
  kind: 'algOperation', name: 'ALG_SET_OP', level: SOL_ALG, type: ALG_SET_OP, family: 'alg', since: '2.6.38',
  direction: 'send',
  layout: 'u32',
  convert: /* @__PURE__ */ named(operations),
  meaning: { value: 'ALG_OP_' },
})

/**
 * `ALG_SET_AEAD_ASSOCLEN`: the length of the data that is authenticated but not encrypted. AF_ALG, Linux 4.1. Only sent.
 *
 * Payload: `u32`, 4 bytes: the number of bytes, at the beginning of the data.
 *
 * @see https://docs.kernel.org/crypto/userspace-if.html
 */
export const algAssociatedLength: ControlMessage<'algAssociatedLength', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'algAssociatedLength', name: 'ALG_SET_AEAD_ASSOCLEN', level: SOL_ALG, type: ALG_SET_AEAD_ASSOCLEN, family: 'alg', since: '4.1',
  direction: 'send',
  layout: 'u32',
  meaning: { value: 'bytes' },
})
