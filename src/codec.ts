/**
 * `cmsg/codec`: layouts, the `CMSG_*` macros, control messages and addresses as bytes. Pure: no native code, any
 * operating system, browsers too.
 * @module cmsg/codec
 */
export { abis, hostAbi, type Abi, type Target } from './abi/abi.ts'
export { CMSG_ALIGN, CMSG_DATA, CMSG_FIRSTHDR, CMSG_LEN, CMSG_NXTHDR, CMSG_SPACE } from './abi/cmsg.ts'
export { constants } from './abi/constants.ts'
export {
  defineStruct, type AnyStruct, type FieldLayout, type FieldType, type FieldTypes, type FieldValue, type ScalarType, type ScalarValues,
  type Struct, type StructOptions, type StructValue,
} from './abi/struct.ts'
export { structs } from './abi/structs.ts'
export {
  decodeAddress, encodeAddress, formatAddress, type Address, type AddressLike, type OtherAddress,
} from './address/address.ts'
export type { InetAddress } from './address/inet.ts'
export type { NetlinkAddress } from './address/netlink.ts'
export type { PacketAddress } from './address/packet.ts'
export type { VsockAddress } from './address/vsock.ts'
export type { AbstractAddress, PathAddress, UnixAddress, UnnamedAddress } from './address/unix.ts'
export { decodeControl, type BuiltinControl, type DecodedControl, type DecodeOptions, type UnknownControl } from './control/decode.ts'
export {
  defineControlMessage, rawControl, type AlsoDelivered, type AnyControlMessage, type AnySocketType, type ByFunctions, type ByLayout, type ControlItem,
  type ControlMessage, type ControlMessageFacts, type Destination, type Direction, type Family, type Meaning, type MessagePart, type ReceiveSetup,
  type SocketOption, type Sockets, type ValueOf,
} from './control/define.ts'
export { encodeControl } from './control/encode.ts'
export { explainControl, type ExplainOptions } from './control/explain.ts'
export type { AnyLayout, Convert, LayoutValue } from './control/payload.ts'
export type { ErrorOrigin, QueuedError } from './control/queued-error.ts'
export type { Named, Timespec, Timeval } from './control/values.ts'

// The catalogue, a file for each level.
export {
  bluetoothPacketStatus, bluetoothRecvErr, bluetoothSequenceNumber, hciDirection, hciTimestamp, misdnTimestamp, wpanLqi,
} from './control/bluetooth.ts'
export { canRecvErr, j1939Destination, j1939DestinationName, j1939Priority, j1939RecvErr, j1939Stats } from './control/can.ts'
export {
  checksum, fragmentSize, ipOptions, ipSecurity, originalDestination, packetInfo, protocol, recvErr, returnOptions, tos, ttl,
  type PacketInfo,
} from './control/ip.ts'
export {
  destinationOptions, dontFragment, flowInfo, fragmentSize6, hopLimit, hopOptions, originalDestination6, packetInfo6, pathMtu, recvErr6,
  routingDestinationOptions, routingHeader, trafficClass, type PacketInfo6, type PathMtu,
} from './control/ipv6.ts'
export { destinationOptions2292, hopLimit2292, hopOptions2292, packetInfo2292, routingHeader2292 } from './control/ipv6-2292.ts'
export {
  iucvTargetClass, llcPacketInfo, netlinkNamespace, netlinkPacketInfo, packetAuxdata, packetTxTimestamp, vsockRecvErr, type LlcPacketInfo,
  type PacketAuxdata,
} from './control/link.ts'
export { devmemDmabuf, devmemLinear, mark, priority, rxqOverflow, wifiStatus, type DeviceMemory } from './control/network.ts'
export {
  rdsAtomicCompareSwap, rdsAtomicFetchAdd, rdsCongestionUpdate, rdsMaskedAtomicCompareSwap, rdsMaskedAtomicFetchAdd, rdsPathLatency,
  rdsRdmaArguments, rdsRdmaDestination, rdsRdmaMap, rdsRdmaStatus, rdsZerocopyCompletion, rdsZerocopyCookie, type RdsAtomic,
  type RdsCompareSwap, type RdsFetchAdd, type RdsLatency, type RdsMaskedCompareSwap, type RdsMaskedFetchAdd, type RdsRdmaArguments,
  type RdsRdmaMap, type RdsRdmaStatus,
} from './control/rds.ts'
export {
  rxrpcAbort, rxrpcAck, rxrpcBusy, rxrpcChallenged, rxrpcChargeAccept, rxrpcExclusiveCall, rxrpcLocalError, rxrpcNetError, rxrpcNewCall,
  rxrpcOobId, rxrpcRespond, rxrpcResponded, rxrpcRespRxgkAppdata, rxrpcSetCallTimeout, rxrpcTxLength, rxrpcUpgradeService, rxrpcUserCallId,
  type RxrpcChallenge, type RxrpcTimeouts,
} from './control/rxrpc.ts'
export {
  sctpAuthInfo, sctpDestination4, sctpDestination6, sctpInit, sctpNextInfo, sctpPrInfo, sctpReceiveInfo, sctpSendInfo, sctpSendReceiveInfo,
  type SctpInit, type SctpNextInfo, type SctpPrInfo, type SctpReceiveInfo, type SctpSendInfo, type SctpSendReceiveInfo,
} from './control/sctp.ts'
export { credentials, inq, pidfd, rights, security, type Credentials } from './control/socket.ts'
export {
  timestamp, timestampId, timestamping, timestampingNew, timestampingPacketInfo, timestampingStats, timestampNew, timestampNs,
  timestampNsNew, txTime, type TimestampPacketInfo, type Timestamps,
} from './control/timestamps.ts'
export { tipcDestinationName, tipcErrorInfo, tipcReturnedData, type TipcDestinationName, type TipcErrorInfo } from './control/tipc.ts'
export {
  algAssociatedLength, algIv, algOperation, gro, segmentSize, tcpInq, tlsRecordType, tlsSetRecordType, type AlgOperation,
  type TlsRecordType,
} from './control/transport.ts'
