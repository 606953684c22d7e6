/**
 * Control messages of AF_RDS, the reliable datagrams of clusters. Addresses and cookies have 64 bits in every program.
 * @see https://docs.kernel.org/networking/rds.html
 * @module
 */
import {
  SOL_RDS, RDS_CMSG_RDMA_ARGS, RDS_CMSG_RDMA_DEST, RDS_CMSG_RDMA_MAP, RDS_RDMA_SUCCESS, RDS_RDMA_REMOTE_ERROR, RDS_RDMA_CANCELED,
  RDS_RDMA_DROPPED, RDS_RDMA_OTHER_ERROR, RDS_CMSG_RDMA_STATUS, RDS_RECVERR, RDS_CMSG_CONG_UPDATE, RDS_CONG_MONITOR, RDS_CMSG_ATOMIC_FADD,
  RDS_CMSG_ATOMIC_CSWP, RDS_CMSG_MASKED_ATOMIC_FADD, RDS_CMSG_MASKED_ATOMIC_CSWP, RDS_CMSG_RXPATH_LATENCY, SO_RDS_MSG_RXPATH_LATENCY,
  RDS_CMSG_ZCOPY_COOKIE, RDS_CMSG_ZCOPY_COMPLETION, SO_ZEROCOPY, SOL_SOCKET,
} from '../../../generated/constants.ts'
import {
  rds_rdma_args, rds_iovec, rds_get_mr_args, rds_rdma_notify, rds_cmsg_rx_trace, rds_zcopy_cookies,
} from '../../../generated/layouts.ts'
import { defineStruct } from '../../abi/struct.ts'
import type { Struct } from '../../abi/types.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import type { Convert } from '../payload.ts'
import { named, once, renamed, type Named, type PartialValue } from '../values.ts'

/** `struct rds_rdma_args`: a transfer between the memory of two hosts. */
export interface RdsRdmaArguments {
  /** The cookie that the peer sent for its memory ({@link rdsRdmaDestination}). */
  readonly cookie: bigint
  /** Offset in that memory, and number of bytes. */
  readonly remote: { readonly addr: bigint; readonly bytes: bigint }
  /** The address of an array of `struct rds_iovec` in this process, and its length. */
  readonly localVector: bigint
  readonly localCount: bigint
  /** `RDS_RDMA_*`. */
  readonly flags: bigint
  /** Returned with the status. */
  readonly userToken: bigint
}

/**
 * `RDS_CMSG_RDMA_ARGS`: starts an RDMA transfer with the message. Payload: `struct rds_rdma_args`, 56 bytes. Linux
 * 2.6.30. Only sent.
 *
 * @see https://docs.kernel.org/networking/rds.html
 */
export const rdsRdmaArguments: ControlMessage<
  'rdsRdmaArguments', PartialValue<RdsRdmaArguments>, RdsRdmaArguments
> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsRdmaArguments', name: 'RDS_CMSG_RDMA_ARGS', level: SOL_RDS, type: RDS_CMSG_RDMA_ARGS, family: 'rds', since: '2.6.30',
  direction: 'send',
  layout: () => cStruct({ rds_rdma_args }, { rds_iovec }),
  convert: /* @__PURE__ */ renamed<RdsRdmaArguments>({
    cookie: 'cookie', remote: 'remote_vec', localVector: 'local_vec_addr', localCount: 'nr_local', flags: 'flags', userToken: 'user_token',
  }),
  meaning: { flags: 'hex' },
})

/**
 * `RDS_CMSG_RDMA_DEST`: the cookie of memory that the peer may use. Payload: `u64`, 8 bytes. Linux 2.6.30. Received
 * unasked.
 *
 * @see https://docs.kernel.org/networking/rds.html
 */
export const rdsRdmaDestination: ControlMessage<'rdsRdmaDestination', bigint, bigint> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsRdmaDestination', name: 'RDS_CMSG_RDMA_DEST', level: SOL_RDS, type: RDS_CMSG_RDMA_DEST, family: 'rds', since: '2.6.30',
  layout: 'u64',
  meaning: { value: 'hex' },
  receive: {},
})

/** `struct rds_get_mr_args`: memory of this process to lend to the peer. */
export interface RdsRdmaMap {
  readonly memory: { readonly addr: bigint; readonly bytes: bigint }
  /** The address of a `u64` for the cookie; 0 for none. */
  readonly cookieAddress: bigint
  /** `RDS_RDMA_*`. */
  readonly flags: bigint
}

/**
 * `RDS_CMSG_RDMA_MAP`: lends memory to the peer. Payload: `struct rds_get_mr_args`, 32 bytes. Linux 2.6.30. Only sent.
 *
 * @see https://docs.kernel.org/networking/rds.html
 */
export const rdsRdmaMap: ControlMessage<'rdsRdmaMap', PartialValue<RdsRdmaMap>, RdsRdmaMap> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsRdmaMap', name: 'RDS_CMSG_RDMA_MAP', level: SOL_RDS, type: RDS_CMSG_RDMA_MAP, family: 'rds', since: '2.6.30',
  direction: 'send',
  layout: () => cStruct({ rds_get_mr_args }, { rds_iovec }),
  convert: /* @__PURE__ */ renamed<RdsRdmaMap>({ memory: 'vec', cookieAddress: 'cookie_addr', flags: 'flags' }),
  meaning: { flags: 'hex' },
})

const statuses = {
  success: RDS_RDMA_SUCCESS, remoteError: RDS_RDMA_REMOTE_ERROR, canceled: RDS_RDMA_CANCELED, dropped: RDS_RDMA_DROPPED,
  otherError: RDS_RDMA_OTHER_ERROR,
}
const statusName = /* @__PURE__ */ named(statuses)

/** `struct rds_rdma_notify`: the outcome of a transfer. */
export interface RdsRdmaStatus { readonly userToken: bigint; readonly status: Named<keyof typeof statuses> }

/**
 * `RDS_CMSG_RDMA_STATUS`: a transfer has ended. Linux 2.6.30. Only received.
 *
 * Payload: `struct rds_rdma_notify`, 16 bytes, 12 on 32-bit x86. Received when `RDS_RECVERR` is on.
 *
 * @see https://docs.kernel.org/networking/rds.html
 */
export const rdsRdmaStatus: ControlMessage<'rdsRdmaStatus', never, RdsRdmaStatus> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsRdmaStatus', name: 'RDS_CMSG_RDMA_STATUS', level: SOL_RDS, type: RDS_CMSG_RDMA_STATUS, family: 'rds', since: '2.6.30',
  direction: 'receive',
  layout: () => cStruct({ rds_rdma_notify }),
  convert: { decode: ({ user_token, status }: { user_token: bigint; status: number }): RdsRdmaStatus =>
    ({ userToken: user_token, status: statusName.decode(status) }) },
  meaning: { status: 'RDS_RDMA_' },
  receive: { option: { RDS_RECVERR } },
})

/**
 * `RDS_CMSG_CONG_UPDATE`: some ports are no longer congested: one bit for each group of ports. Linux 2.6.30.
 * Only received.
 *
 * Payload: `u64`, 8 bytes. Received when `RDS_CONG_MONITOR`, a mask of groups, is set.
 *
 * @see https://docs.kernel.org/networking/rds.html
 */
export const rdsCongestionUpdate: ControlMessage<'rdsCongestionUpdate', never, bigint> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsCongestionUpdate', name: 'RDS_CMSG_CONG_UPDATE', level: SOL_RDS, type: RDS_CMSG_CONG_UPDATE, family: 'rds', since: '2.6.30',
  direction: 'receive',
  layout: 'u64',
  meaning: { value: 'hex' },
  receive: { option: { RDS_CONG_MONITOR } },
})

/** Fields of all atomic operations on a peer's memory. */
export interface RdsAtomic {
  readonly cookie: bigint
  /** The address in this process for the old value. */
  readonly localAddress: bigint
  readonly remoteAddress: bigint
  /** `RDS_RDMA_*`. */
  readonly flags: bigint
  readonly userToken: bigint
}
/** Adds, and returns the old value. */
export interface RdsFetchAdd extends RdsAtomic { readonly add: bigint }
/** Swaps if the memory has the expected value. */
export interface RdsCompareSwap extends RdsAtomic { readonly compare: bigint; readonly swap: bigint }
/** Adds within fields: a 1 in the mask marks the highest bit of a field. */
export interface RdsMaskedFetchAdd extends RdsFetchAdd { readonly noCarryMask: bigint }
/** Compares and swaps some bits. */
export interface RdsMaskedCompareSwap extends RdsCompareSwap { readonly compareMask: bigint; readonly swapMask: bigint }

const before = { cookie: 'u64', local_addr: 'u64', remote_addr: 'u64' } as const
const after = { flags: 'u64', user_token: 'u64' } as const
/** `struct rds_atomic_args` with one member of its union, which is as large as its largest member, four u64. */
type AtomicUnion = Readonly<Record<string, 'u64' | readonly ['u8', number]>>
const atomic = <const F extends AtomicUnion>(union: F): () => Struct<typeof before & F & typeof after> =>
  once(() => defineStruct({ ...before, ...union, ...after }, { name: 'rds_atomic_args' }) as never)
type OwnNames<V extends RdsAtomic> = Readonly<Record<Exclude<keyof V, keyof RdsAtomic>, string>>
const renamedAtomic = <V extends RdsAtomic>(names: OwnNames<V>): Convert<object, PartialValue<V>, V> =>
  renamed<V>({
    cookie: 'cookie', localAddress: 'local_addr', remoteAddress: 'remote_addr', ...names, flags: 'flags', userToken: 'user_token',
  } as unknown as Record<keyof V, string>)

const fadd = /* @__PURE__ */ atomic({ add: 'u64', unused: ['u8', 24] })
const cswp = /* @__PURE__ */ atomic({ compare: 'u64', swap: 'u64', unused: ['u8', 16] })
const maskedFadd = /* @__PURE__ */ atomic({ add: 'u64', nocarry_mask: 'u64', unused: ['u8', 16] })
const maskedCswp = /* @__PURE__ */ atomic({ compare: 'u64', swap: 'u64', compare_mask: 'u64', swap_mask: 'u64' })

/**
 * `RDS_CMSG_ATOMIC_FADD`: adds to the peer's memory. Payload: `struct rds_atomic_args`, 72 bytes. Linux 2.6.37. Only
 * sent.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rds.h
 */
export const rdsAtomicFetchAdd: ControlMessage<
  'rdsAtomicFetchAdd', PartialValue<RdsFetchAdd>, RdsFetchAdd
> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsAtomicFetchAdd', name: 'RDS_CMSG_ATOMIC_FADD', level: SOL_RDS, type: RDS_CMSG_ATOMIC_FADD, family: 'rds', since: '2.6.37',
  direction: 'send',
  layout: fadd,
  convert: /* @__PURE__ */ renamedAtomic<RdsFetchAdd>({ add: 'add' }),
  meaning: { flags: 'hex' },
})

/**
 * `RDS_CMSG_ATOMIC_CSWP`: compares and swaps in the peer's memory. Payload: `struct rds_atomic_args`, 72 bytes. Linux
 * 2.6.37. Only sent.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rds.h
 */
export const rdsAtomicCompareSwap: ControlMessage<
  'rdsAtomicCompareSwap', PartialValue<RdsCompareSwap>, RdsCompareSwap
> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsAtomicCompareSwap', name: 'RDS_CMSG_ATOMIC_CSWP', level: SOL_RDS, type: RDS_CMSG_ATOMIC_CSWP, family: 'rds', since: '2.6.37',
  direction: 'send',
  layout: cswp,
  convert: /* @__PURE__ */ renamedAtomic<RdsCompareSwap>({ compare: 'compare', swap: 'swap' }),
  meaning: { flags: 'hex' },
})

/**
 * `RDS_CMSG_MASKED_ATOMIC_FADD`: adds to fields in the peer's memory. Payload: `struct rds_atomic_args`, 72 bytes. Linux
 * 2.6.37. Only sent.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rds.h
 */
export const rdsMaskedAtomicFetchAdd: ControlMessage<
  'rdsMaskedAtomicFetchAdd', PartialValue<RdsMaskedFetchAdd>, RdsMaskedFetchAdd
> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsMaskedAtomicFetchAdd', name: 'RDS_CMSG_MASKED_ATOMIC_FADD', level: SOL_RDS, type: RDS_CMSG_MASKED_ATOMIC_FADD, family: 'rds',
  since: '2.6.37',
  direction: 'send',
  layout: maskedFadd,
  convert: /* @__PURE__ */ renamedAtomic<RdsMaskedFetchAdd>({ add: 'add', noCarryMask: 'nocarry_mask' }),
  meaning: { flags: 'hex' },
})

/**
 * `RDS_CMSG_MASKED_ATOMIC_CSWP`: compares and swaps bits in the peer's memory. Payload: `struct rds_atomic_args`, 72
 * bytes. Linux 2.6.37. Only sent.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rds.h
 */
export const rdsMaskedAtomicCompareSwap: ControlMessage<
  'rdsMaskedAtomicCompareSwap', PartialValue<RdsMaskedCompareSwap>, RdsMaskedCompareSwap
> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsMaskedAtomicCompareSwap', name: 'RDS_CMSG_MASKED_ATOMIC_CSWP', level: SOL_RDS, type: RDS_CMSG_MASKED_ATOMIC_CSWP, family: 'rds',
  since: '2.6.37',
  direction: 'send',
  layout: maskedCswp,
  convert: /* @__PURE__ */ renamedAtomic<RdsMaskedCompareSwap>({
    compare: 'compare', swap: 'swap', compareMask: 'compare_mask', swapMask: 'swap_mask',
  }),
  meaning: { flags: 'hex' },
})

/** The time that a message took to one point of its path. */
export interface RdsLatency {
  /** The point: 0 from the header to the start of the datagram, 1 until it was reassembled, 2 until it was delivered. */
  readonly position: number
  readonly ns: bigint
}

/**
 * `RDS_CMSG_RXPATH_LATENCY`: the time that a message took within this host. Linux 4.11. Only received.
 *
 * Payload: `struct rds_cmsg_rx_trace`, 32 bytes, 28 on 32-bit x86: up to three points, in nanoseconds. Received when
 * `SO_RDS_MSG_RXPATH_LATENCY`, a struct that chooses the points, is set.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rds.h
 */
export const rdsPathLatency: ControlMessage<'rdsPathLatency', never, readonly RdsLatency[]> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsPathLatency', name: 'RDS_CMSG_RXPATH_LATENCY', level: SOL_RDS, type: RDS_CMSG_RXPATH_LATENCY, family: 'rds', since: '4.11',
  direction: 'receive',
  layout: () => cStruct({ rds_cmsg_rx_trace }),
  convert: {
    decode: ({ rx_traces, rx_trace_pos, rx_trace }: {
      rx_traces: number
      rx_trace_pos: Uint8Array
      rx_trace: bigint[]
    }): readonly RdsLatency[] =>
      rx_trace.slice(0, rx_traces).map((ns, i) => ({ position: rx_trace_pos[i]!, ns })),
  },
  receive: { option: { SO_RDS_MSG_RXPATH_LATENCY } },
})

/**
 * `RDS_CMSG_ZCOPY_COOKIE`: the id of a message sent with MSG_ZEROCOPY. Payload: `u32`, 4 bytes. Linux 4.17. Only sent.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rds.h
 */
export const rdsZerocopyCookie: ControlMessage<'rdsZerocopyCookie', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsZerocopyCookie', name: 'RDS_CMSG_ZCOPY_COOKIE', level: SOL_RDS, type: RDS_CMSG_ZCOPY_COOKIE, family: 'rds', since: '4.17',
  direction: 'send',
  layout: 'u32',
})

/**
 * `RDS_CMSG_ZCOPY_COMPLETION`: the ids of messages whose memory the kernel no longer needs. Linux 4.17. Only received.
 *
 * Payload: `struct rds_zcopy_cookies`, 36 bytes: up to eight `u32`. Received when `SO_ZEROCOPY` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rds.h
 */
export const rdsZerocopyCompletion: ControlMessage<'rdsZerocopyCompletion', never, number[]> = /* @__PURE__ */ defineBuiltin({
  kind: 'rdsZerocopyCompletion', name: 'RDS_CMSG_ZCOPY_COMPLETION', level: SOL_RDS, type: RDS_CMSG_ZCOPY_COMPLETION, family: 'rds',
  since: '4.17',
  direction: 'receive',
  layout: () => cStruct({ rds_zcopy_cookies }),
  convert: { decode: ({ num, cookies }: { num: number; cookies: number[] }) => cookies.slice(0, num) },
  receive: { option: { SO_ZEROCOPY }, optionLevel: SOL_SOCKET },
})
