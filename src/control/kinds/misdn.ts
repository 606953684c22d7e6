/**
 * Control messages of level SOL_MISDN: AF_ISDN. The level has IP's number, 0: the family tells them apart.
 * @module
 */
import { SOL_MISDN, MISDN_TIME_STAMP } from '../../../generated/constants.ts'
import { __kernel_old_timeval } from '../../../generated/layouts.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { timeval, type Timeval } from '../values.ts'

/**
 * `MISDN_TIME_STAMP`: the time when a frame arrived. AF_ISDN, level 0, Linux 2.6.27. Only received.
 *
 * Payload: `struct __kernel_old_timeval`, 16 bytes, 8 on 32-bit machines. Received when `MISDN_TIME_STAMP` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/linux/mISDNif.h
 */
export const misdnTimestamp: ControlMessage<'misdnTimestamp', never, Timeval> = /* @__PURE__ */ defineBuiltin({
  kind: 'misdnTimestamp', name: 'MISDN_TIME_STAMP', level: SOL_MISDN, type: MISDN_TIME_STAMP, family: 'isdn', since: '2.6.27',
  exact: true,
  layout: () => cStruct({ __kernel_old_timeval }),
  convert: timeval,
  receive: { option: { MISDN_TIME_STAMP } },
})
