/**
 * Control messages of level SOL_CAN_J1939. (The state of a session, which has level SOL_SOCKET, is in socket.ts.)
 * @see https://docs.kernel.org/networking/j1939.html
 * @module
 */
import {
  SOL_CAN_J1939, SCM_J1939_DEST_ADDR, SCM_J1939_DEST_NAME, SCM_J1939_PRIO, SCM_J1939_ERRQUEUE, SO_J1939_ERRQUEUE,
} from '../../../generated/constants.ts'
import { sock_extended_err } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { decodeQueuedError, type QueuedError } from '../queued-error.ts'

/**
 * `SCM_J1939_DEST_ADDR`: the address on the bus that a message was sent to. J1939, Linux 5.4. Only received, unasked.
 *
 * Payload: `u8`, 1 byte.
 *
 * @see https://docs.kernel.org/networking/j1939.html
 */
export const j1939Destination: ControlMessage<'j1939Destination', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'j1939Destination', name: 'SCM_J1939_DEST_ADDR', level: SOL_CAN_J1939, type: SCM_J1939_DEST_ADDR, family: 'can', since: '5.4',
  direction: 'receive',
  layout: 'u8',
  meaning: { value: 'hex' },
  receive: {},
})

/**
 * `SCM_J1939_DEST_NAME`: the NAME that a message was sent to. J1939, Linux 5.4. Only received, unasked.
 *
 * Payload: `u64`, 8 bytes.
 *
 * @see https://docs.kernel.org/networking/j1939.html
 */
export const j1939DestinationName: ControlMessage<'j1939DestinationName', never, bigint> = /* @__PURE__ */ defineBuiltin({
  kind: 'j1939DestinationName', name: 'SCM_J1939_DEST_NAME', level: SOL_CAN_J1939, type: SCM_J1939_DEST_NAME, family: 'can', since: '5.4',
  direction: 'receive',
  layout: 'u64',
  meaning: { value: 'hex' },
  receive: {},
})

/**
 * `SCM_J1939_PRIO`: the priority of a message, 0 is the highest, 7 the lowest. J1939, Linux 5.4. Only received, unasked.
 *
 * Payload: `u8`, 1 byte.
 *
 * @see https://docs.kernel.org/networking/j1939.html
 */
export const j1939Priority: ControlMessage<'j1939Priority', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'j1939Priority', name: 'SCM_J1939_PRIO', level: SOL_CAN_J1939, type: SCM_J1939_PRIO, family: 'can', since: '5.4',
  direction: 'receive',
  layout: 'u8',
  receive: {},
})

/**
 * `SCM_J1939_ERRQUEUE`: an entry of a J1939 socket's error queue: the outcome of a session. Linux 5.4. Only received,
 * with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes. Received when `SO_J1939_ERRQUEUE` is on; `SO_TIMESTAMPING` selects the
 * events that are reported. `info` is one of `J1939_EE_INFO_*`, `data` the session's id.
 *
 * @see https://docs.kernel.org/networking/j1939.html
 */
export const j1939RecvErr: ControlMessage<'j1939RecvErr', never, QueuedError> = /* @__PURE__ */ defineBuiltin({
  kind: 'j1939RecvErr', name: 'SCM_J1939_ERRQUEUE', level: SOL_CAN_J1939, type: SCM_J1939_ERRQUEUE, family: 'can', since: '5.4',
  layout: () => cStruct({ sock_extended_err }),
  minSize: (abi: Abi) => cStruct({ sock_extended_err }).for(abi).size,
  meaning: { ee_info: 'J1939_EE_INFO_' },
  receive: { get size() { return cStruct({ sock_extended_err }).size }, option: { SO_J1939_ERRQUEUE }, errorQueue: true },
  decode: decodeQueuedError,
})
