/**
 * The list of built-in definitions, which {@link decodeControl} uses by default.
 *
 * The order matters if numbers collide: without a family, the first definition of a (level, type) is chosen, which is that of IP.
 * @module
 */
import * as k from './kinds/all.ts'

export const builtins = /* @__PURE__ */ Object.freeze([
  k.credentials, k.rights, k.security, k.pidfd, k.inq,
  k.timestamp, k.timestampNs, k.timestamping, k.timestampNew, k.timestampNsNew, k.timestampingNew, k.timestampingStats,
  k.timestampingPacketInfo, k.timestampId, k.txTime,
  k.mark, k.priority, k.rxqOverflow, k.wifiStatus, k.devmemLinear, k.devmemDmabuf,
  k.packetInfo, k.ttl, k.tos, k.ipOptions, k.returnOptions, k.recvErr, k.originalDestination, k.checksum, k.fragmentSize, k.protocol,
  k.ipSecurity,
  k.packetInfo6, k.hopLimit, k.trafficClass, k.flowInfo, k.hopOptions, k.destinationOptions, k.routingHeader, k.routingDestinationOptions,
  k.pathMtu, k.dontFragment,
  k.recvErr6, k.originalDestination6, k.fragmentSize6,
  k.packetInfo2292, k.hopLimit2292, k.hopOptions2292, k.destinationOptions2292, k.routingHeader2292,
  k.segmentSize, k.gro, k.tcpInq, k.tlsSetRecordType, k.tlsRecordType, k.dccpPriority, k.algIv, k.algOperation, k.algAssociatedLength,
  k.netlinkPacketInfo, k.netlinkNamespace, k.packetAuxdata, k.packetTxTimestamp, k.vsockRecvErr, k.llcPacketInfo, k.iucvTargetClass,
  k.canRecvErr, k.j1939Destination, k.j1939DestinationName, k.j1939Priority, k.j1939RecvErr, k.j1939Stats,
  k.bluetoothPacketStatus, k.bluetoothRecvErr, k.bluetoothSequenceNumber, k.hciDirection, k.hciTimestamp, k.wpanLqi, k.misdnTimestamp,
  k.tipcErrorInfo, k.tipcReturnedData, k.tipcDestinationName,
  k.sctpInit, k.sctpSendReceiveInfo, k.sctpSendInfo, k.sctpReceiveInfo, k.sctpNextInfo, k.sctpPrInfo, k.sctpAuthInfo, k.sctpDestination4,
  k.sctpDestination6,
  k.rdsRdmaArguments, k.rdsRdmaDestination, k.rdsRdmaMap, k.rdsRdmaStatus, k.rdsCongestionUpdate, k.rdsAtomicFetchAdd,
  k.rdsAtomicCompareSwap,
  k.rdsMaskedAtomicFetchAdd, k.rdsMaskedAtomicCompareSwap, k.rdsPathLatency, k.rdsZerocopyCookie, k.rdsZerocopyCompletion,
  k.rxrpcUserCallId, k.rxrpcAbort, k.rxrpcAck, k.rxrpcNetError, k.rxrpcBusy, k.rxrpcLocalError, k.rxrpcNewCall, k.rxrpcAccept,
  k.rxrpcExclusiveCall, k.rxrpcUpgradeService,
  k.rxrpcTxLength, k.rxrpcSetCallTimeout, k.rxrpcChargeAccept, k.rxrpcOobId, k.rxrpcChallenged, k.rxrpcRespond, k.rxrpcResponded,
  k.rxrpcRespRxgkAppdata,
] as const)

/** Any built-in definition. */
export type Builtin = (typeof builtins)[number]
