/**
 * Addresses with interface names of this host, like those of node:dgram: the interface of an IPv6 address may be a name.
 * @module
 */
import { decodeAddress, encodeAddress as encode, type Address, type AddressLike } from '../address/address.ts'
import { isLinkLocal, zoneOf } from '../address/inet.ts'
import { attempt } from '../errors.ts'
import { if_indextoname, if_nametoindex } from './interfaces.ts'

/**
 * Encodes an address as the bytes of its `struct sockaddr`. An IPv6 address may name its interface,
 * `fe80::1%eth0`, which `cmsg/codec` does not look up.
 *
 * @throws RangeError `ERR_CMSG_INVALID_ADDRESS`: a pathname over 108 bytes or with a NUL, an abstract name over 107
 * bytes, an invalid IP address, a port over 65535
 * @throws SystemError ENODEV: no interface has this name
 * @example
 * import { decodeAddress, encodeAddress } from 'cmsg'
 *
 * decodeAddress(encodeAddress({ address: 'fe80::1%lo', port: 53 })) // { address: 'fe80::1', port: 53, scopeId: 1 }
 */
export function encodeAddress(address: AddressLike): Uint8Array {
  const zone =
    typeof address === 'object' && address !== null && 'address' in address && !address.scopeId ? zoneOf(address.address) : undefined
  if (zone === undefined || /^\d+$/.test(zone)) return encode(address)
  return encode({ ...(address as Extract<Address, { address: string }>), scopeId: if_nametoindex(zone) })
}

/** Decodes an address returned by a system call. Like node:dgram, it names the interface of a link-local address. */
export function addressOf(name: Uint8Array): Address {
  const address = decodeAddress(name)
  if (!('scopeId' in address) || !isLinkLocal(address.address)) return address
  const { scopeId } = address
  const found = attempt(() => if_indextoname(scopeId!))
  return found === undefined ? address : { ...address, address: `${address.address}%${found}` }
}
