/**
 * A row for each kind of control message: what can be sent, and what proves that it is decoded rightly.
 * @module
 */
import fc from 'fast-check'
import { constants } from '../../src/codec.ts'

/** Values to send: what an encoder takes, and where that is not what the decoder gives, what that gives. */
export interface Values { readonly arbitrary: fc.Arbitrary<unknown>; readonly back?: (value: never) => unknown }

/** Each kind needs one of `compiled`, `written` and `live`, and one that can be sent needs `sent`. */
export interface Row {
  readonly sent?: Values
  /** The value of the payload that a C compiler makes from the kernel's headers, in test/c/vectors.c. */
  readonly compiled?: unknown
  /** A payload as a 64-bit little-endian kernel writes it, and its value. */
  readonly written?: readonly [payload: Uint8Array, value: unknown]
  /** It comes through a real socket in live.test.ts. */
  readonly live?: true
}

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

const someAtomic = { cookie: 1n, localAddress: 2n, remoteAddress: 3n, flags: 8n, userToken: 9n }
const someError = { errno: 42, name: 'ENOMSG', origin: 'timestamping', type: 1, code: 2, info: 2, data: 77 }
const someTime = { ns: 1_700_000_000_999_999_000n, sec: 1_700_000_000n, usec: 999_999n }

const words = (...numbers: number[]): Uint8Array => new Uint8Array(Uint32Array.from(numbers).buffer)
const longs = (...numbers: bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(numbers).buffer)
const text = (characters: string): Uint8Array => new TextEncoder().encode(characters)
/** An extension header with one option that pads it to 8 bytes. */
const extension = Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0)

export const rows: Readonly<Record<string, Row>> = {
  credentials: { sent: only(fc.record({ pid: id, uid: u32, gid: u32 })), live: true },
  rights: { sent: only(fc.array(id, { maxLength: 253 })), live: true },
  security: { live: true },
  pidfd: { live: true },
  inq: { live: true },
  timestamp: { compiled: someTime, live: true },
  timestampNs: { live: true },
  timestamping: { sent: only(u32), live: true },
  timestampNew: { live: true },
  timestampNsNew: { live: true },
  timestampingNew: {
    sent: only(u32),
    compiled: {
      software: { ns: 1_700_000_000_000_000_005n, sec: 1_700_000_000n, nsec: 5n }, hardware: { ns: 3_000_000_004n, sec: 3n, nsec: 4n },
    },
    live: true,
  },
  timestampingStats: { written: [words(0x1_000c, 5, 0), { busy: 5n }] },
  timestampingPacketInfo: { compiled: { interfaceIndex: 3, length: 98 } },
  timestampId: { sent: only(u32), live: true },
  txTime: { sent: only(u64), live: true },
  mark: { sent: only(u32), live: true },
  priority: { sent: only(u32), live: true },
  rxqOverflow: { live: true },
  wifiStatus: { written: [words(1), true] },
  devmemLinear: { written: [words(0, 0, 100, 0, 0, 0), { size: 100 }] },
  devmemDmabuf: { sent: only(u32), written: [words(1, 0, 2, 3, 4, 0), { offset: 1n, size: 2, token: 3, dmabufId: 4, flags: 0 }] },
  packetInfo: {
    sent: partial({ interfaceIndex: id, localAddress: ipv4, address: ipv4 }, {
      interfaceIndex: 0, localAddress: '0.0.0.0', address: '0.0.0.0',
    }),
    live: true,
  },
  ttl: { sent: only(i32), live: true },
  tos: { sent: only(u8), live: true },
  ipOptions: { live: true },
  returnOptions: { sent: only(fc.uint8Array({ maxLength: 40 })), live: true },
  recvErr: { live: true },
  originalDestination: { live: true },
  checksum: { written: [words(7), 7] },
  fragmentSize: { live: true },
  protocol: { sent: only(i32), live: true },
  ipSecurity: { written: [text('label\0'), 'label'] },
  packetInfo6: { sent: partial({ interfaceIndex: u32, address: ipv6 }, { interfaceIndex: 0, address: '::' }), live: true },
  hopLimit: { sent: only(i32), live: true },
  trafficClass: { sent: only(i32), live: true },
  flowInfo: { sent: only(u32), live: true },
  hopOptions: { sent: only(header), written: [extension, extension] },
  destinationOptions: { sent: only(header), written: [extension, extension] },
  routingHeader: { sent: only(header), written: [extension, extension] },
  routingDestinationOptions: { sent: only(header), written: [extension, extension] },
  pathMtu: { compiled: { address: { address: '::1', port: 0 }, mtu: 1280 } },
  dontFragment: { sent: only(fc.boolean()), live: true },
  recvErr6: {
    compiled: {
      errno: 111, name: 'ECONNREFUSED', origin: 'icmp6', type: 1, code: 4, info: 0, data: 0,
      offender: { address: '::1', port: 0, scopeId: 5 },
    },
    live: true,
  },
  originalDestination6: { live: true },
  fragmentSize6: { live: true },
  packetInfo2292: {
    sent: partial({ interfaceIndex: u32, address: ipv6 }, { interfaceIndex: 0, address: '::' }),
    written: [Uint8Array.of(...Array<number>(15).fill(0), 1, 3, 0, 0, 0), { interfaceIndex: 3, address: '::1' }],
  },
  hopLimit2292: { sent: only(i32), written: [words(64), 64] },
  hopOptions2292: { sent: only(header), written: [extension, extension] },
  destinationOptions2292: { sent: only(header), written: [extension, extension] },
  routingHeader2292: { sent: only(header), written: [extension, extension] },
  segmentSize: { sent: only(u16), compiled: 1200, live: true },
  gro: { live: true },
  tcpInq: { live: true },
  tlsSetRecordType: {
    sent: { arbitrary: fc.oneof(fc.constantFrom('data', 'alert', 'handshake', 'changeCipherSpec'), fc.integer({ min: 24, max: 255 })) },
    compiled: 'alert',
  },
  tlsRecordType: { compiled: 'alert' },
  algIv: { sent: only(fc.uint8Array({ maxLength: 32 })), compiled: Uint8Array.of(1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
  algOperation: {
    sent: { arbitrary: fc.oneof(fc.constantFrom('decrypt', 'encrypt'), fc.integer({ min: constants.ALG_OP_ENCRYPT + 1, max: 99 })) },
    compiled: 'encrypt',
  },
  algAssociatedLength: { sent: only(u32), compiled: 1 },
  netlinkPacketInfo: { compiled: { group: 5 }, live: true },
  netlinkNamespace: { written: [words(7), 7] },
  packetAuxdata: { compiled: { status: 0x51, length: 60, captured: 50, mac: 66, net: 80, vlanTci: 7, vlanProtocol: 0x8100 }, live: true },
  packetTxTimestamp: { compiled: someError },
  vsockRecvErr: { live: true },
  llcPacketInfo: { compiled: { interfaceIndex: 2, sap: 0x42, mac: Uint8Array.of(1, 2, 3, 4, 5, 6) } },
  iucvTargetClass: { sent: only(u32), compiled: 9 },
  canRecvErr: { compiled: someError },
  j1939Destination: { compiled: 0x80 },
  j1939DestinationName: { compiled: 0x123456789abcdef0n },
  j1939Priority: { written: [Uint8Array.of(6), 6] },
  j1939RecvErr: { compiled: someError },
  j1939Stats: { written: [words(0x1_0008, 5), { bytesAcked: 5 }] },
  bluetoothPacketStatus: { compiled: 21 },
  bluetoothRecvErr: { compiled: someError },
  bluetoothSequenceNumber: { compiled: 1200 },
  hciDirection: { written: [words(1), 'in'] },
  hciTimestamp: { compiled: someTime },
  wpanLqi: { compiled: 0x80 },
  misdnTimestamp: { compiled: someTime },
  tipcErrorInfo: { compiled: { error: 'noPort', length: 100 } },
  tipcReturnedData: { compiled: Buffer.from('abc') },
  tipcDestinationName: { compiled: { type: 1, lower: 2, upper: 3 } },
  sctpInit: {
    sent: partial({ outgoingStreams: u16, incomingStreams: u16, maxAttempts: u16, maxInitTimeout: u16 },
    { outgoingStreams: 0, incomingStreams: 0, maxAttempts: 0, maxInitTimeout: 0 }),
    compiled: { outgoingStreams: 1, incomingStreams: 2, maxAttempts: 3, maxInitTimeout: 4 },
  },
  sctpSendReceiveInfo: {
    sent: partial(
    { stream: u16, ssn: u16, flags: u16, ppid: u32, context: u32, timeToLive: u32, tsn: u32, cumulativeTsn: u32, association: i32 },
    { stream: 0, ssn: 0, flags: 0, ppid: 0, context: 0, timeToLive: 0, tsn: 0, cumulativeTsn: 0, association: 0 }),
    compiled: { stream: 1, ssn: 2, flags: 3, ppid: 4, context: 5, timeToLive: 6, tsn: 7, cumulativeTsn: 8, association: 9 },
  },
  sctpSendInfo: {
    sent: partial({ stream: u16, flags: u16, ppid: u32, context: u32, association: i32 }, {
      stream: 0, flags: 0, ppid: 0, context: 0, association: 0,
    }),
    compiled: { stream: 1, flags: 2, ppid: 3, context: 4, association: -5 },
  },
  sctpReceiveInfo: { compiled: { stream: 1, ssn: 2, flags: 3, ppid: 4, tsn: 5, cumulativeTsn: 6, context: 7, association: 8 } },
  sctpNextInfo: { compiled: { stream: 1, flags: 2, ppid: 3, length: 4, association: 5 } },
  sctpPrInfo: { sent: partial({ policy: u16, value: u32 }, { policy: 0, value: 0 }), compiled: { policy: 0x10, value: 9 } },
  sctpAuthInfo: { sent: only(fc.record({ keyNumber: u16 })), compiled: { keyNumber: 7 } },
  sctpDestination4: { sent: only(ipv4), compiled: '10.0.0.1' },
  sctpDestination6: { sent: only(ipv6), compiled: '::1' },
  rdsRdmaArguments: {
    sent: partial(
    { cookie: u64, remote: fc.record({ addr: u64, bytes: u64 }), localVector: u64, localCount: u64, flags: u64, userToken: u64 },
    { cookie: 0n, remote: range, localVector: 0n, localCount: 0n, flags: 0n, userToken: 0n }),
    compiled: { cookie: 1n, remote: { addr: 2n, bytes: 3n }, localVector: 4n, localCount: 5n, flags: 2n, userToken: 6n },
  },
  rdsRdmaDestination: { sent: only(u64), written: [longs(5n), 5n] },
  rdsRdmaMap: {
    sent: partial({ memory: fc.record({ addr: u64, bytes: u64 }), cookieAddress: u64, flags: u64 }, {
      memory: range, cookieAddress: 0n, flags: 0n,
    }),
    compiled: { memory: { addr: 1n, bytes: 2n }, cookieAddress: 3n, flags: 4n },
  },
  rdsRdmaStatus: { compiled: { userToken: 5n, status: 'dropped' } },
  rdsCongestionUpdate: { written: [longs(5n), 5n] },
  rdsAtomicFetchAdd: { sent: partial({ ...atomic, add: u64 }, { ...noAtomic, add: 0n }), compiled: { ...someAtomic, add: 4n } },
  rdsAtomicCompareSwap: {
    sent: partial({ ...atomic, compare: u64, swap: u64 }, { ...noAtomic, compare: 0n, swap: 0n }),
    written: [longs(1n, 2n, 3n, 4n, 5n, 0n, 0n, 8n, 9n), { ...someAtomic, compare: 4n, swap: 5n }],
  },
  rdsMaskedAtomicFetchAdd: {
    sent: partial({ ...atomic, add: u64, noCarryMask: u64 }, { ...noAtomic, add: 0n, noCarryMask: 0n }),
    written: [longs(1n, 2n, 3n, 4n, 5n, 0n, 0n, 8n, 9n), { ...someAtomic, add: 4n, noCarryMask: 5n }],
  },
  rdsMaskedAtomicCompareSwap: {
    sent: partial({ ...atomic, compare: u64, swap: u64, compareMask: u64, swapMask: u64 },
    { ...noAtomic, compare: 0n, swap: 0n, compareMask: 0n, swapMask: 0n }),
    compiled: { ...someAtomic, compare: 4n, swap: 5n, compareMask: 6n, swapMask: 7n },
  },
  rdsPathLatency: { compiled: [{ position: 0, ns: 100n }, { position: 2, ns: 200n }] },
  rdsZerocopyCookie: { sent: only(u32), written: [words(7), 7] },
  rdsZerocopyCompletion: { compiled: [7, 8] },
  rxrpcUserCallId: { sent: only(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })), compiled: 4711n },
  rxrpcAbort: { sent: only(u32), compiled: 9 },
  rxrpcAck: { compiled: true },
  rxrpcNetError: { compiled: -111 },
  rxrpcBusy: { written: [new Uint8Array(0), true] },
  rxrpcLocalError: { written: [words(5), 5] },
  dccpPriority: { sent: only(u32), written: [words(3), 3] },
  rxrpcAccept: { sent: nothing, written: [new Uint8Array(0), true] },
  rxrpcNewCall: { written: [new Uint8Array(0), true] },
  rxrpcExclusiveCall: { sent: nothing, compiled: true },
  rxrpcUpgradeService: { sent: nothing, written: [new Uint8Array(0), true] },
  rxrpcTxLength: { sent: only(i64), written: [longs(5n), 5n] },
  rxrpcSetCallTimeout: {
    sent: only(fc.oneof(fc.record({ hard: u32 }), fc.record({ hard: u32, idle: u32 }), fc.record({ hard: u32, idle: u32, normal: u32 }))),
    compiled: { hard: 2, idle: 100 },
  },
  rxrpcChargeAccept: { sent: nothing, written: [new Uint8Array(0), true] },
  rxrpcOobId: { sent: only(u64), written: [longs(5n), 5n] },
  rxrpcChallenged: { written: [Uint8Array.of(1, 0, 2, 0, 9), { serviceId: 1, security: 'rxkad', extra: Uint8Array.of(9) }] },
  rxrpcRespond: { sent: nothing, written: [new Uint8Array(0), true] },
  rxrpcResponded: { written: [text('abc'), text('abc')] },
  rxrpcRespRxgkAppdata: { sent: only(fc.uint8Array({ maxLength: 100 })), written: [text('abc'), text('abc')] },
}

/** Values to send, for each kind that can be sent. */
export const values: Readonly<Record<string, Values>> =
  Object.fromEntries(Object.entries(rows).flatMap(([kind, { sent }]) => (sent === undefined ? [] : [[kind, sent]])))
