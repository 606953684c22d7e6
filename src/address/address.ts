/**
 * Socket addresses, as objects and as the bytes of a `struct sockaddr`.
 * @module
 */
import { AF_UNIX, AF_INET, AF_INET6, AF_VSOCK, AF_NETLINK, AF_PACKET, _K_SS_MAXSIZE } from '../../generated/constants.ts'
import { hostAbi } from '../abi/abi.ts'
import { checkedBytes, copyOf, hex, isBytes, plainView, viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { invalidAddress, invalidType, show } from '../misuse.ts'
import { addressInteger } from './integer.ts'
import { decodeIPv4, decodeIPv6, encodeInet, formatInet, type InetAddress } from './inet.ts'
import { decodeNetlink, encodeNetlink, formatNetlink, type NetlinkAddress } from './netlink.ts'
import { decodePacket, encodePacket, formatPacket, type PacketAddress } from './packet.ts'
import { decodeUnix, encodeUnix, formatUnix, type UnixAddress } from './unix.ts'
import { decodeVsock, encodeVsock, formatVsock, type VsockAddress } from './vsock.ts'

/** An address of a family without its own notation: the family's number, and the bytes after it. */
export interface OtherAddress { readonly family: number; readonly data: Uint8Array }

/** An address as this library returns it. It can be passed unchanged wherever an address is expected. */
export type Address = UnixAddress | InetAddress | VsockAddress | NetlinkAddress | PacketAddress | OtherAddress

/** An address as this library accepts it: `'/path'`, `'\0abstract'`, or an {@link Address}. */
export type AddressLike = string | Address

const familySize = /* @__PURE__ */ (() => structs.sockaddr.fields.sa_family.size)()
/** `sizeof(struct sockaddr_storage)`: enough for an address of any family, and for the length of 111 that a Unix address may have. */
export const storageSize: number = _K_SS_MAXSIZE

/**
 * Encodes an address as the bytes of its `struct sockaddr`, with the length that the kernel expects.
 *
 * @throws RangeError `ERR_CMSG_INVALID_ADDRESS`: a pathname over 108 bytes or with a NUL, an abstract name over 107
 * bytes, an invalid IP address, a port over 65535
 * @example
 * import { decodeAddress, encodeAddress } from 'cmsg/codec'
 *
 * decodeAddress(encodeAddress('/run/demo.sock')) // { path: '/run/demo.sock' }
 * encodeAddress('\0name').length // 2 + 1 + 4
 * decodeAddress(encodeAddress({ address: '::1', port: 53 })) // { address: '::1', port: 53 }
 */
export function encodeAddress(address: AddressLike): Uint8Array {
  if (typeof address === 'string') return encodeUnix(address.startsWith('\0') ? { abstract: address.slice(1) } : { path: address })
  if (typeof address !== 'object' || address === null) throw invalidType(`Cannot use ${show(address)} as an address: ${forms}`)
  if ('path' in address || 'abstract' in address || ('unnamed' in address && address.unnamed === true)) return encodeUnix(address)
  if ('address' in address) return encodeInet(address)
  if ('cid' in address) return encodeVsock(address)
  if ('portId' in address) return encodeNetlink(address)
  if ('interfaceIndex' in address) return encodePacket(address)
  if ('family' in address && isBytes(address.data)) {
    const { family } = address
    const data = checkedBytes(address.data, 'Cannot use', ' as an address')
    if (!Number.isInteger(family) || family < 0 || family > 0xffff) {
      throw invalidAddress(`Cannot use ${show(family)} as an address family: expected an integer from 0 to 65535`)
    }
    if (data.length > storageSize - familySize) {
      throw invalidAddress(`Cannot use an address of ${data.length} bytes: the limit is ${storageSize - familySize}`)
    }
    const bytes = new Uint8Array(familySize + data.length)
    new DataView(bytes.buffer).setUint16(0, family, hostAbi().littleEndian)
    bytes.set(data, familySize)
    return bytes
  }
  throw invalidType(`Cannot use ${show(address)} as an address: ${forms}`)
}
const forms = "expected '/path', '\\0abstract', { path }, { abstract }, { unnamed: true }, { address, port }, { cid, port }, "
  + '{ portId, groups }, { interfaceIndex, protocol } or { family, data }'

/** `sa_family` of an address as encodeAddress returns it. */
export const familyOf = (name: Uint8Array): number => viewOf(name).getUint16(0, hostAbi().littleEndian)

/**
 * Decodes the bytes of a `struct sockaddr`, with the length that the kernel returned. Never throws because of the bytes: an address
 * of an unknown family, or one that is too short for its family, is `{ family, data }`.
 */
export function decodeAddress(address: Uint8Array): Address {
  const bytes = checkedBytes(address, 'Cannot decode', ' as an address')
  // The kernel returns no address at all for an unnamed sender.
  if (bytes.length < familySize) return { unnamed: true }
  const view = viewOf(bytes)
  const family = view.getUint16(0, hostAbi().littleEndian)
  if (family === AF_UNIX) return decodeUnix(bytes)
  if (family === AF_INET && bytes.length >= structs.sockaddr_in.size) return decodeIPv4(view)
  if (family === AF_INET6 && bytes.length >= structs.sockaddr_in6.size) return decodeIPv6(view)
  if (family === AF_VSOCK && bytes.length >= structs.sockaddr_vm.size) return decodeVsock(view)
  if (family === AF_NETLINK && bytes.length >= structs.sockaddr_nl.size) return decodeNetlink(view)
  const packet = family === AF_PACKET ? decodePacket(bytes) : undefined
  return packet ?? { family, data: copyOf(bytes, familySize) }
}

/**
 * Formats an address for people: `/run/demo.sock`, `@abstract`, `(unnamed)`, `127.0.0.1:53`, `[::1]:53`, `vsock:2:1024`,
 * `netlink:4711`, `packet:1 protocol 0x0800`.
 * @example
 * import { formatAddress } from 'cmsg/codec'
 *
 * formatAddress('\0name') // '@name'
 * formatAddress({ address: '::1', port: 53 }) // '[::1]:53'
 * formatAddress({ unnamed: true }) // '(unnamed)'
 */
export function formatAddress(address: AddressLike): string {
  if (typeof address === 'string') return address.startsWith('\0') ? formatUnix({ abstract: address.slice(1) }) : address
  if (typeof address !== 'object' || address === null) throw invalidType(`Cannot format ${show(address)} as an address: ${forms}`)
  if ('address' in address) return formatInet(address)
  if ('cid' in address) return formatVsock(address)
  if ('portId' in address) return formatNetlink(address)
  if ('interfaceIndex' in address) return formatPacket(address)
  if ('family' in address && isBytes(address.data)) {
    return `family ${addressInteger('an address family', address.family, 16)} ${hex(plainView(address.data))}`
  }
  if ('path' in address || 'abstract' in address || 'unnamed' in address) return formatUnix(address)
  throw invalidType(`Cannot format ${show(address)} as an address: ${forms}`)
}
