/**
 * `cmsg/codec`: layouts, the `CMSG_*` macros, control messages and addresses as bytes. Pure: no native code, any
 * operating system, browsers too.
 * @module
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
export type { AbstractAddress, PathAddress, UnixAddress, UnnamedAddress } from './address/unix.ts'
export { decodeControl, type DecodedControl, type DecodeOptions, type UnknownControl } from './control/decode.ts'
export {
  defineControlMessage, rawControl, type AnyControlMessage, type ControlItem, type ControlMessage, type Family, type ReceiveSetup, type ValueOf,
} from './control/define.ts'
export { encodeControl } from './control/encode.ts'
export { credentials, rights, type Credentials } from './control/socket.ts'
