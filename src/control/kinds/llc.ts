/**
 * Control messages of level SOL_LLC.
 * @module
 */
import { SOL_LLC, LLC_OPT_PKTINFO } from '../../../generated/constants.ts'
import { llc_pktinfo } from '../../../generated/layouts.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { renamed } from '../values.ts'

/** `struct llc_pktinfo`: the interface and address that received a frame. */
export interface LlcPacketInfo {
  readonly interfaceIndex: number
  /** The service access point. */
  readonly sap: number
  /** The destination's hardware address, 6 bytes. */
  readonly mac: Uint8Array
}

/**
 * `LLC_OPT_PKTINFO`: the interface and the service access point that received a frame. AF_LLC, Linux 2.6.34. Only
 * received.
 *
 * Payload: `struct llc_pktinfo`, 12 bytes. Received when `LLC_OPT_PKTINFO` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/llc.h
 */
export const llcPacketInfo: ControlMessage<'llcPacketInfo', never, LlcPacketInfo> = /* @__PURE__ */ defineBuiltin({
  kind: 'llcPacketInfo', name: 'LLC_OPT_PKTINFO', level: SOL_LLC, type: LLC_OPT_PKTINFO, family: 'llc', since: '2.6.34',
  direction: 'receive',
  layout: () => cStruct({ llc_pktinfo }),
  convert: /* @__PURE__ */ renamed<LlcPacketInfo>({ interfaceIndex: 'lpi_ifindex', sap: 'lpi_sap', mac: 'lpi_mac' }),
  receive: { option: { LLC_OPT_PKTINFO } },
})
