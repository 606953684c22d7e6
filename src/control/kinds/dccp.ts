/**
 * Control messages of level SOL_DCCP.
 * @module
 */
import { IPPROTO_DCCP, SOL_DCCP, DCCP_SCM_PRIORITY } from '../../../generated/constants.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { ip } from '../ip-sockets.ts'

/**
 * `DCCP_SCM_PRIORITY`: the priority of a packet in the sender's queue; higher values are sent first. DCCP, Linux 2.6.38 to 6.15,
 * which is the last kernel with DCCP. Only sent.
 *
 * Payload: `u32`, exactly 4 bytes. EINVAL unless the option `DCCP_SOCKOPT_QPOLICY_ID` of the socket is `DCCPQ_POLICY_PRIO`.
 *
 * @see https://github.com/torvalds/linux/blob/v6.15/net/dccp/proto.c
 */
export const dccpPriority: ControlMessage<'dccpPriority', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'dccpPriority', name: 'DCCP_SCM_PRIORITY', level: SOL_DCCP, type: DCCP_SCM_PRIORITY, family: ip, since: '2.6.38',
  direction: 'send',
  layout: 'u32',
  takenBy: [{ protocol: IPPROTO_DCCP }],
})
