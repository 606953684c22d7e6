/**
 * Encodes control messages to bytes.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { checkedBytes } from '../abi/bytes.ts'
import { CMSG_LEN, CMSG_SPACE, cmsghdrOf, writeCmsghdr } from '../abi/cmsg.ts'
import { invalidType, object, show } from '../misuse.ts'
import type { ControlItem } from './define.ts'
import { checkNumbers } from './sockets.ts'

/**
 * Encodes a control buffer: each item with its header and padding. The length is exactly Σ `CMSG_SPACE`, because the kernel
 * would take sixteen spare bytes for another header, and refuse it. Padding is zero.
 *
 * @example
 * import { credentials, encodeControl, rights } from 'cmsg/codec'
 *
 * encodeControl([credentials({ pid: 1, uid: 0, gid: 0 }), rights([0, 1])]).length // 32 + 24 on a 64-bit machine
 */
export function encodeControl(items: readonly ControlItem[], options: { readonly abi?: Abi | undefined } = {}): Uint8Array {
  const { abi = hostAbi() } = object('encodeControl', 'options', options)
  const header = cmsghdrOf(abi)
  const messages = controlItems('encode', items).map((item) => {
    const payload = checkedBytes(item.payload(abi), 'Cannot encode the payload', ' of a control message')
    return { level: item.level, type: item.type, payload }
  })
  const control = new Uint8Array(messages.reduce((sum, { payload }) => sum + CMSG_SPACE(payload.length, abi), 0))
  const view = new DataView(control.buffer)
  let at = 0
  for (const { level, type, payload } of messages) {
    writeCmsghdr(view, at, CMSG_LEN(payload.length, abi), level, type, header)
    control.set(payload, at + header.size)
    at += CMSG_SPACE(payload.length, abi)
  }
  return control
}

/** Checks a list of control messages, and returns a copy. @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE` */
export function controlItems(verb: string, items: unknown): ControlItem[] {
  if (!Array.isArray(items)) {
    throw invalidType(`Cannot ${verb} ${show(items)} as control messages: expected an array, such as [rights([fd])]`)
  }
  const copy: ControlItem[] = []
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as ControlItem | undefined
    if (typeof item?.payload !== 'function') {
      const hint = typeof item === 'function' ? '; call the definition with a value' : ''
      throw invalidType(`Cannot ${verb} control[${i}], ${show(item)}: expected a control message${hint}`)
    }
    checkNumbers(item, () => `Cannot ${verb} control[${i}]`)
    copy.push(item)
  }
  return copy
}
