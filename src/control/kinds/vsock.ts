/**
 * Control messages of level SOL_VSOCK.
 * @see https://man7.org/linux/man-pages/man7/vsock.7.html
 * @module
 */
import { SOL_VSOCK, VSOCK_RECVERR } from '../../../generated/constants.ts'
import { sock_extended_err } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { decodeQueuedError, type QueuedError } from '../queued-error.ts'

/**
 * `VSOCK_RECVERR`: an entry of a vsock's error queue: a zero-copy send is complete. AF_VSOCK, Linux 6.7. Only received,
 * with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes, with the range of ids in `info` and `data`. Received when `SO_ZEROCOPY` is
 * on and a message was sent with MSG_ZEROCOPY.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/vm_sockets.h
 */
export const vsockRecvErr: ControlMessage<'vsockRecvErr', never, QueuedError> = /* @__PURE__ */ defineBuiltin({
  kind: 'vsockRecvErr', name: 'VSOCK_RECVERR', level: SOL_VSOCK, type: VSOCK_RECVERR, family: 'vsock', since: '6.7',
  layout: () => cStruct({ sock_extended_err }),
  minSize: (abi: Abi) => cStruct({ sock_extended_err }).for(abi).size,
  receive: { get size() { return cStruct({ sock_extended_err }).size }, errorQueue: true },
  decode: decodeQueuedError,
})
