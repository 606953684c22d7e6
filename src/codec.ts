/**
 * `cmsg/codec`: layouts, the `CMSG_*` macros, control messages and addresses as bytes. Pure: no native code, any
 * operating system, browsers too.
 * @module cmsg/codec
 */
export { abis, hostAbi, type Abi, type Target } from './abi/abi.ts'
export { CMSG_ALIGN, CMSG_DATA, CMSG_FIRSTHDR, CMSG_LEN, CMSG_NXTHDR, CMSG_SPACE } from './abi/cmsg.ts'
export { constants } from './abi/constants.ts'
export { defineStruct } from './abi/struct.ts'
export { structs } from './abi/structs.ts'
export type {
  AnyStruct, FieldLayout, FieldType, FieldTypes, FieldValue, ScalarType, ScalarValues, Struct, StructOptions, StructValue,
} from './abi/types.ts'
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
  defineControlMessage, rawControl, type AlsoDelivered, type AnyControlMessage, type AnySocketType, type ByFunctions, type ByLayout,
  type ControlItem, type ControlMessage, type ControlMessageFacts, type Destination, type Direction, type Family, type Meaning,
  type MessagePart, type ReceiveSetup, type SocketOption, type Sockets, type ValueOf,
} from './control/define.ts'
export { encodeControl } from './control/encode.ts'
export { explainControl, type ExplainOptions } from './control/explain.ts'
export * from './control/kinds/all.ts'
export type { AnyLayout, Convert, LayoutValue } from './control/payload.ts'
export type { ErrorOrigin, QueuedError } from './control/queued-error.ts'
export type { Named, PartialValue, Timespec, Timeval } from './control/values.ts'
