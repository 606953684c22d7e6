/**
 * Every built-in definition: what {@link decodeControl} looks for by default. Adding one is a definition in the file of
 * its level, a line here and one in codec.ts, and a row in test/catalogue.
 *
 * The order matters where numbers collide: without a family the first of a (level, type) wins, and that is IP's.
 * @module
 */
import { bluetoothPacketStatus, bluetoothRecvErr, bluetoothSequenceNumber, hciDirection, hciTimestamp, misdnTimestamp, wpanLqi } from './bluetooth.ts'
import { canRecvErr, j1939Destination, j1939DestinationName, j1939Priority, j1939RecvErr, j1939Stats } from './can.ts'
import {
  checksum, fragmentSize, ipOptions, ipSecurity, originalDestination, packetInfo, protocol, recvErr, returnOptions, tos, ttl,
} from './ip.ts'
import {
  destinationOptions, dontFragment, flowInfo, fragmentSize6, hopLimit, hopOptions, originalDestination6, packetInfo6, pathMtu, recvErr6,
  routingDestinationOptions, routingHeader, trafficClass,
} from './ipv6.ts'
import { destinationOptions2292, hopLimit2292, hopOptions2292, packetInfo2292, routingHeader2292 } from './ipv6-2292.ts'
import {
  iucvTargetClass, llcPacketInfo, netlinkNamespace, netlinkPacketInfo, packetAuxdata, packetTxTimestamp, vsockRecvErr,
} from './link.ts'
import { devmemDmabuf, devmemLinear, mark, priority, rxqOverflow, wifiStatus } from './network.ts'
import {
  rdsAtomicCompareSwap, rdsAtomicFetchAdd, rdsCongestionUpdate, rdsMaskedAtomicCompareSwap, rdsMaskedAtomicFetchAdd, rdsPathLatency,
  rdsRdmaArguments, rdsRdmaDestination, rdsRdmaMap, rdsRdmaStatus, rdsZerocopyCompletion, rdsZerocopyCookie,
} from './rds.ts'
import {
  rxrpcAbort, rxrpcAck, rxrpcBusy, rxrpcChallenged, rxrpcChargeAccept, rxrpcExclusiveCall, rxrpcLocalError, rxrpcNetError, rxrpcNewCall, rxrpcOobId,
  rxrpcRespond, rxrpcResponded, rxrpcRespRxgkAppdata, rxrpcSetCallTimeout, rxrpcTxLength, rxrpcUpgradeService, rxrpcUserCallId,
} from './rxrpc.ts'
import {
  sctpAuthInfo, sctpDestination4, sctpDestination6, sctpInit, sctpNextInfo, sctpPrInfo, sctpReceiveInfo, sctpSendInfo, sctpSendReceiveInfo,
} from './sctp.ts'
import { credentials, inq, pidfd, rights, security } from './socket.ts'
import {
  timestamp, timestampId, timestamping, timestampingNew, timestampingPacketInfo, timestampingStats, timestampNew, timestampNs, timestampNsNew, txTime,
} from './timestamps.ts'
import { tipcDestinationName, tipcErrorInfo, tipcReturnedData } from './tipc.ts'
import { algAssociatedLength, algIv, algOperation, gro, segmentSize, tcpInq, tlsRecordType, tlsSetRecordType } from './transport.ts'

export const builtins = [
  credentials, rights, security, pidfd, inq,
  timestamp, timestampNs, timestamping, timestampNew, timestampNsNew, timestampingNew, timestampingStats, timestampingPacketInfo, timestampId, txTime,
  mark, priority, rxqOverflow, wifiStatus, devmemLinear, devmemDmabuf,
  packetInfo, ttl, tos, ipOptions, returnOptions, recvErr, originalDestination, checksum, fragmentSize, protocol, ipSecurity,
  packetInfo6, hopLimit, trafficClass, flowInfo, hopOptions, destinationOptions, routingHeader, routingDestinationOptions, pathMtu, dontFragment,
  recvErr6, originalDestination6, fragmentSize6,
  packetInfo2292, hopLimit2292, hopOptions2292, destinationOptions2292, routingHeader2292,
  segmentSize, gro, tcpInq, tlsSetRecordType, tlsRecordType, algIv, algOperation, algAssociatedLength,
  netlinkPacketInfo, netlinkNamespace, packetAuxdata, packetTxTimestamp, vsockRecvErr, llcPacketInfo, iucvTargetClass,
  canRecvErr, j1939Destination, j1939DestinationName, j1939Priority, j1939RecvErr, j1939Stats,
  bluetoothPacketStatus, bluetoothRecvErr, bluetoothSequenceNumber, hciDirection, hciTimestamp, wpanLqi, misdnTimestamp,
  tipcErrorInfo, tipcReturnedData, tipcDestinationName,
  sctpInit, sctpSendReceiveInfo, sctpSendInfo, sctpReceiveInfo, sctpNextInfo, sctpPrInfo, sctpAuthInfo, sctpDestination4, sctpDestination6,
  rdsRdmaArguments, rdsRdmaDestination, rdsRdmaMap, rdsRdmaStatus, rdsCongestionUpdate, rdsAtomicFetchAdd, rdsAtomicCompareSwap,
  rdsMaskedAtomicFetchAdd, rdsMaskedAtomicCompareSwap, rdsPathLatency, rdsZerocopyCookie, rdsZerocopyCompletion,
  rxrpcUserCallId, rxrpcAbort, rxrpcAck, rxrpcNetError, rxrpcBusy, rxrpcLocalError, rxrpcNewCall, rxrpcExclusiveCall, rxrpcUpgradeService,
  rxrpcTxLength, rxrpcSetCallTimeout, rxrpcChargeAccept, rxrpcOobId, rxrpcChallenged, rxrpcRespond, rxrpcResponded, rxrpcRespRxgkAppdata,
] as const

/** Any built-in definition. */
export type Builtin = (typeof builtins)[number]
