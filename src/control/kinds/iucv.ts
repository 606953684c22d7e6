/**
 * Control messages of level SOL_IUCV.
 * @module
 */
import { SOL_IUCV, SCM_IUCV_TRGCLS } from '../../../generated/constants.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'

/**
 * `SCM_IUCV_TRGCLS`: the target class of an IUCV message. AF_IUCV, s390 only, Linux 2.6.30. Received unasked.
 *
 * Payload: `u32`, 4 bytes.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/iucv/af_iucv.h
 * @example
 * import { decodeControl, encodeControl, iucvTargetClass } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([iucvTargetClass(1)]), { family: 'iucv' })
 * if (message?.kind === 'iucvTargetClass') console.log(message.value) // 1
 */
export const iucvTargetClass: ControlMessage<'iucvTargetClass', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'iucvTargetClass', name: 'SCM_IUCV_TRGCLS', level: SOL_IUCV, type: SCM_IUCV_TRGCLS, family: 'iucv', since: '2.6.30',
  layout: 'u32',
  receive: {},
})
