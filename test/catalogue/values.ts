/**
 * For every kind that can be sent, values to send: what its encoder takes, and where that is not what its decoder gives,
 * what it gives.
 * @module
 */
import fc from 'fast-check'
import { constants } from '../../src/codec.ts'

interface Values { readonly arbitrary: fc.Arbitrary<unknown>; readonly back?: (value: never) => unknown }

const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const id = fc.nat({ max: 2 ** 31 - 1 })
const ipv4 = fc.ipV4()
/** As formatted: RFC 5952 is tested where addresses are. */
const ipv6 = fc.constantFrom('::', '::1', 'fe80::1', '2001:db8::8:800:200c:417a', '::ffff:127.0.0.1', 'ff02::1')
const header = fc.uint8Array({ minLength: 8, maxLength: 8 }).chain((first) => fc.integer({ min: 0, max: 6 }).map((more) => {
  const bytes = new Uint8Array((more + 1) * 8)
  bytes.set(first)
  bytes[1] = more
  return bytes
}))
const only = (arbitrary: fc.Arbitrary<unknown>): Values => ({ arbitrary })
/** A struct of which any field may be left out: it is zero then. */
const partial = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }, zeroes: T): Values => ({
  arbitrary: fc.record(fields, { requiredKeys: [] }), back: (value: object) => ({ ...zeroes, ...value }),
})
const nothing: Values = { arbitrary: fc.constantFrom(true, undefined), back: () => true }

const atomic = { cookie: u64, localAddress: u64, remoteAddress: u64, flags: u64, userToken: u64 }
const noAtomic = { cookie: 0n, localAddress: 0n, remoteAddress: 0n, flags: 0n, userToken: 0n }
const range = { addr: 0n, bytes: 0n }

export const values: Readonly<Record<string, Values>> = {
  credentials: only(fc.record({ pid: id, uid: u32, gid: u32 })),
  rights: only(fc.array(id, { maxLength: 253 })),
  timestamping: only(u32), timestampingNew: only(u32), timestampId: only(u32), txTime: only(u64),
  mark: only(u32), priority: only(u32), devmemDmabuf: only(u32),
  packetInfo: partial({ interfaceIndex: id, localAddress: ipv4, address: ipv4 }, { interfaceIndex: 0, localAddress: '0.0.0.0', address: '0.0.0.0' }),
  ttl: only(i32), tos: only(u8), returnOptions: only(fc.uint8Array({ maxLength: 40 })), protocol: only(i32),
  packetInfo6: partial({ interfaceIndex: u32, address: ipv6 }, { interfaceIndex: 0, address: '::' }),
  packetInfo2292: partial({ interfaceIndex: u32, address: ipv6 }, { interfaceIndex: 0, address: '::' }),
  hopLimit: only(i32), hopLimit2292: only(i32), trafficClass: only(i32), flowInfo: only(u32), dontFragment: only(fc.boolean()),
  hopOptions: only(header), destinationOptions: only(header), routingHeader: only(header), routingDestinationOptions: only(header),
  hopOptions2292: only(header), destinationOptions2292: only(header), routingHeader2292: only(header),
  segmentSize: only(u16),
  tlsSetRecordType: { arbitrary: fc.oneof(fc.constantFrom('data', 'alert', 'handshake', 'changeCipherSpec'), fc.integer({ min: 24, max: 255 })) },
  algIv: only(fc.uint8Array({ maxLength: 32 })),
  algOperation: { arbitrary: fc.oneof(fc.constantFrom('decrypt', 'encrypt'), fc.integer({ min: constants.ALG_OP_ENCRYPT + 1, max: 99 })) },
  algAssociatedLength: only(u32),
  iucvTargetClass: only(u32),
  sctpInit: partial({ outgoingStreams: u16, incomingStreams: u16, maxAttempts: u16, maxInitTimeout: u16 },
    { outgoingStreams: 0, incomingStreams: 0, maxAttempts: 0, maxInitTimeout: 0 }),
  sctpSendReceiveInfo: partial(
    { stream: u16, ssn: u16, flags: u16, ppid: u32, context: u32, timeToLive: u32, tsn: u32, cumulativeTsn: u32, association: i32 },
    { stream: 0, ssn: 0, flags: 0, ppid: 0, context: 0, timeToLive: 0, tsn: 0, cumulativeTsn: 0, association: 0 }),
  sctpSendInfo: partial({ stream: u16, flags: u16, ppid: u32, context: u32, association: i32 }, { stream: 0, flags: 0, ppid: 0, context: 0, association: 0 }),
  sctpPrInfo: partial({ policy: u16, value: u32 }, { policy: 0, value: 0 }),
  sctpAuthInfo: only(fc.record({ keyNumber: u16 })),
  sctpDestination4: only(ipv4), sctpDestination6: only(ipv6),
  rdsRdmaArguments: partial(
    { cookie: u64, remote: fc.record({ addr: u64, bytes: u64 }), localVector: u64, localCount: u64, flags: u64, userToken: u64 },
    { cookie: 0n, remote: range, localVector: 0n, localCount: 0n, flags: 0n, userToken: 0n }),
  rdsRdmaDestination: only(u64),
  rdsRdmaMap: partial({ memory: fc.record({ addr: u64, bytes: u64 }), cookieAddress: u64, flags: u64 }, { memory: range, cookieAddress: 0n, flags: 0n }),
  rdsAtomicFetchAdd: partial({ ...atomic, add: u64 }, { ...noAtomic, add: 0n }),
  rdsAtomicCompareSwap: partial({ ...atomic, compare: u64, swap: u64 }, { ...noAtomic, compare: 0n, swap: 0n }),
  rdsMaskedAtomicFetchAdd: partial({ ...atomic, add: u64, noCarryMask: u64 }, { ...noAtomic, add: 0n, noCarryMask: 0n }),
  rdsMaskedAtomicCompareSwap: partial({ ...atomic, compare: u64, swap: u64, compareMask: u64, swapMask: u64 },
    { ...noAtomic, compare: 0n, swap: 0n, compareMask: 0n, swapMask: 0n }),
  rdsZerocopyCookie: only(u32),
  // unsigned long: no more than what a 32-bit program has.
  rxrpcUserCallId: only(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })),
  rxrpcAbort: only(u32), rxrpcTxLength: only(i64), rxrpcOobId: only(u64),
  rxrpcSetCallTimeout: only(fc.oneof(fc.record({ hard: u32 }), fc.record({ hard: u32, idle: u32 }), fc.record({ hard: u32, idle: u32, normal: u32 }))),
  rxrpcExclusiveCall: nothing, rxrpcUpgradeService: nothing, rxrpcChargeAccept: nothing, rxrpcRespond: nothing,
  rxrpcRespRxgkAppdata: only(fc.uint8Array({ maxLength: 100 })),
}
