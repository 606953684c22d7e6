/**
 * Control messages of level SOL_IEEE802154. The level has IP's number, 0: the family tells them apart.
 * @module
 */
import { SOL_IEEE802154, WPAN_WANTLQI } from '../../../generated/constants.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'

/**
 * `WPAN_WANTLQI`: the quality of the link, as the radio estimated it for this frame. AF_IEEE802154, level 0, Linux 4.20.
 * Only received.
 *
 * Payload: `u8`, 1 byte: 0 worst, 255 best. Received when `WPAN_WANTLQI` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/af_ieee802154.h
 */
export const wpanLqi: ControlMessage<'wpanLqi', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'wpanLqi', name: 'WPAN_WANTLQI', level: SOL_IEEE802154, type: WPAN_WANTLQI, family: 'ieee802154', since: '4.20',
  direction: 'receive',
  layout: 'u8',
  receive: { option: { WPAN_WANTLQI } },
})
