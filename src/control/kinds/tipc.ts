/**
 * Control messages of AF_TIPC. They come unasked to every receiver with a control buffer.
 * @see https://docs.kernel.org/networking/tipc.html
 * @module
 */
import {
  TIPC_OK, TIPC_ERR_NO_NAME, TIPC_ERR_NO_PORT, TIPC_ERR_NO_NODE, TIPC_ERR_OVERLOAD, TIPC_CONN_SHUTDOWN, SOL_TIPC, TIPC_ERRINFO,
  TIPC_RETDATA, TIPC_DESTNAME,
} from '../../../generated/constants.ts'
import { tipc_service_range } from '../../../generated/layouts.ts'
import { copyOf } from '../../abi/bytes.ts'
import { defineStruct } from '../../abi/struct.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { named, once, type Named } from '../values.ts'

const errors = {
  ok: TIPC_OK, noName: TIPC_ERR_NO_NAME, noPort: TIPC_ERR_NO_PORT, noNode: TIPC_ERR_NO_NODE, overload: TIPC_ERR_OVERLOAD,
  shutdown: TIPC_CONN_SHUTDOWN,
}
const errorName = /* @__PURE__ */ named(errors)

/** The reason why a message was returned. */
export interface TipcErrorInfo {
  readonly error: Named<keyof typeof errors>
  /** Bytes of the message that are returned with it ({@link tipcReturnedData}). */
  readonly length: number
}

const errorInfo = /* @__PURE__ */ once(() => defineStruct({ error: 'u32', length: 'u32' }, { name: 'TIPC_ERRINFO' }))
const returned = /* @__PURE__ */ once(() => defineStruct({ data: ['u8'] }, { name: 'TIPC_RETDATA' }))

/**
 * `TIPC_ERRINFO`: a message that could not be delivered is returned. AF_TIPC, Linux 2.6.16. Only received, unasked.
 *
 * Payload: two `u32`, 8 bytes: the error (`TIPC_ERR_*`), and the number of bytes returned.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/tipc.h
 */
export const tipcErrorInfo: ControlMessage<'tipcErrorInfo', never, TipcErrorInfo> = /* @__PURE__ */ defineBuiltin({
  kind: 'tipcErrorInfo', name: 'TIPC_ERRINFO', level: SOL_TIPC, type: TIPC_ERRINFO, family: 'tipc', since: '2.6.16',
  direction: 'receive',
  layout: errorInfo,
  convert: {
    decode: ({ error, length }: { error: number; length: number }): TipcErrorInfo => ({ error: errorName.decode(error), length }),
  },
  meaning: { error: 'TIPC_ERR_', length: 'bytes' },
  receive: {},
})

/**
 * `TIPC_RETDATA`: the data of a message that is returned undelivered. AF_TIPC, Linux 2.6.16. Only received, unasked.
 *
 * Payload: the data, at most 66000 bytes; space for 1024 is reserved.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/tipc.h
 */
export const tipcReturnedData: ControlMessage<'tipcReturnedData', never, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'tipcReturnedData', name: 'TIPC_RETDATA', level: SOL_TIPC, type: TIPC_RETDATA, family: 'tipc', since: '2.6.16',
  minSize: 0,
  layout: returned,
  receive: { size: 1024 },
  decode: (data) => copyOf(data),
})

/** `struct tipc_service_range`: the destination of a message. */
export interface TipcDestinationName { type: number; lower: number; upper: number }

/**
 * `TIPC_DESTNAME`: the service that a message was addressed to. AF_TIPC, Linux 2.6.16. Only received, unasked.
 *
 * Payload: `struct tipc_service_range`, 12 bytes.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/tipc.h
 */
export const tipcDestinationName: ControlMessage<'tipcDestinationName', never, TipcDestinationName> = /* @__PURE__ */ defineBuiltin({
  kind: 'tipcDestinationName', name: 'TIPC_DESTNAME', level: SOL_TIPC, type: TIPC_DESTNAME, family: 'tipc', since: '2.6.16',
  direction: 'receive',
  layout: () => cStruct({ tipc_service_range }),
  receive: {},
})
