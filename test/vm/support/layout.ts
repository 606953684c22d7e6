/**
 * Structs of the kernel that the library has no notation for, as bytes.
 * @module
 */
import { constants, defineStruct, encodeAddress, structs, type Address } from 'cmsg'

export { constants }

/** Fields one after the other, with C's padding, to bytes: `bytesOf({ a: 'u16', b: 'u32' }, { a: 1, b: 2 })`. */
export function bytesOf(fields: Parameters<typeof defineStruct>[0], value: object): Uint8Array {
  const struct = defineStruct(fields)
  const bytes = new Uint8Array(struct.size)
  struct.write(new DataView(bytes.buffer), 0, value as never)
  return bytes
}

/** An address of a family by the bytes that follow the family's number. */
export const addressOf = (family: number, sockaddr: Uint8Array): Address =>
  ({ family, data: sockaddr.subarray(structs.sockaddr.fields.sa_family.size) })

/** The bytes of an address, however it is written: two that are equal name the same. */
export const rawAddress = (address: Address): string => Buffer.from(encodeAddress(address)).toString('hex')
