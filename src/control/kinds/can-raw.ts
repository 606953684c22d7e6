/**
 * Control messages of level SOL_CAN_RAW.
 * @see https://docs.kernel.org/networking/can.html
 * @module
 */
import { SOL_CAN_RAW, SCM_CAN_RAW_ERRQUEUE } from '../../../generated/constants.ts'
import { sock_extended_err } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { decodeQueuedError, type QueuedError } from '../queued-error.ts'

/**
 * `SCM_CAN_RAW_ERRQUEUE`: an entry of a raw CAN socket's error queue: a frame was sent, at the time in another control
 * message. AF_CAN, Linux 5.10. Only received, with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes. Received when `SO_TIMESTAMPING` asks for transmit times.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/can/raw.h
 */
export const canRecvErr: ControlMessage<'canRecvErr', never, QueuedError> = /* @__PURE__ */ defineBuiltin({
  kind: 'canRecvErr', name: 'SCM_CAN_RAW_ERRQUEUE', level: SOL_CAN_RAW, type: SCM_CAN_RAW_ERRQUEUE, family: 'can', since: '5.10',
  layout: () => cStruct({ sock_extended_err }),
  minSize: (abi: Abi) => cStruct({ sock_extended_err }).for(abi).size,
  receive: { get size() { return cStruct({ sock_extended_err }).size }, errorQueue: true },
  decode: decodeQueuedError,
})
