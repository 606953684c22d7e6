/**
 * `struct sockaddr_ll`: network interfaces below IP.
 *
 * The struct has 8 bytes for a hardware address. If that is longer (20 bytes for InfiniBand), the socket address is longer too.
 * @see https://man7.org/linux/man-pages/man7/packet.7.html
 * @module
 */
import { AF_PACKET, _K_SS_MAXSIZE } from '../../generated/constants.ts'
import { checkedBytes, copyOf, hex, viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { invalidAddress } from '../misuse.ts'
import { addressInteger } from './integer.ts'

/** An address of AF_PACKET. */
export interface PacketAddress {
  /** `sll_ifindex`: the interface, as returned by `if_nametoindex`; 0 in `bind` means all interfaces. */
  readonly interfaceIndex: number
  /** `sll_protocol`: `ETH_P_*`, not in network order; 0 if absent. */
  readonly protocol?: number | undefined
  /** `sll_hatype`: the type of the interface that received a packet (`ARPHRD_*`); 0 if absent. */
  readonly hardwareType?: number | undefined
  /** `sll_pkttype`: the destination of a packet, `PACKET_HOST`, `PACKET_BROADCAST`, …; 0 if absent. */
  readonly packetType?: number | undefined
  /** `sll_addr`: the hardware address of a packet's sender or destination; none if absent. */
  readonly hardwareAddress?: Uint8Array | undefined
}

/** Maximum length of a hardware address in bytes. */
const maxHardwareAddress = /* @__PURE__ */ (() => _K_SS_MAXSIZE - structs.sockaddr_ll.fields.sll_addr.offset)()

/** Writes a `struct sockaddr_ll`. */
export function encodePacket(
  { interfaceIndex, protocol = 0, hardwareType = 0, packetType = 0, hardwareAddress = new Uint8Array(0) }: PacketAddress,
): Uint8Array {
  const hardware = checkedBytes(hardwareAddress, 'Cannot use', ' as a hardware address')
  const { length } = hardware
  if (length > maxHardwareAddress) {
    throw invalidAddress(`Cannot use a hardware address of ${length} bytes: the limit is ${maxHardwareAddress}`)
  }
  const { sockaddr_ll } = structs
  const at = sockaddr_ll.fields.sll_addr.offset
  const bytes = new Uint8Array(Math.max(sockaddr_ll.size, at + length))
  sockaddr_ll.write(viewOf(bytes), 0, {
    sll_family: AF_PACKET, sll_protocol: addressInteger('a protocol of packets', protocol, 16),
    sll_ifindex: addressInteger('an interface', interfaceIndex, 31), sll_hatype: addressInteger('a hardware type', hardwareType, 16),
    sll_pkttype: addressInteger('a packet type', packetType, 8), sll_halen: length, sll_addr: new Uint8Array(0),
  })
  bytes.set(hardware, at)
  return bytes
}

/**
 * Returns undefined if the bytes end before the hardware address does, or the number of the interface is negative.
 * getsockname ends with the hardware address, and returns less than the struct.
 */
export function decodePacket(bytes: Uint8Array): PacketAddress | undefined {
  const { sockaddr_ll } = structs
  const { offset } = sockaddr_ll.fields.sll_addr
  const whole = new Uint8Array(sockaddr_ll.size)
  whole.set(bytes.subarray(0, whole.length))
  const { sll_ifindex, sll_protocol, sll_hatype, sll_pkttype, sll_halen } = sockaddr_ll.read(viewOf(whole))
  if (offset + sll_halen > bytes.length || sll_ifindex < 0) return undefined
  // The address of a socket, for which the kernel reports no more.
  if (sll_hatype === 0 && sll_pkttype === 0 && sll_halen === 0) return { interfaceIndex: sll_ifindex, protocol: sll_protocol }
  return {
    interfaceIndex: sll_ifindex, protocol: sll_protocol, hardwareType: sll_hatype, packetType: sll_pkttype,
    hardwareAddress: copyOf(bytes.subarray(offset, offset + sll_halen)),
  }
}

/** Formats an address for people: `packet:1 protocol 0x0800`. */
export function formatPacket({ interfaceIndex, protocol = 0, hardwareAddress = new Uint8Array(0) }: PacketAddress): string {
  const hardware = checkedBytes(hardwareAddress, 'Cannot format', ' as a hardware address')
  addressInteger('an interface', interfaceIndex, 31)
  addressInteger('a protocol of packets', protocol, 16)
  const text = hex(hardware, ':')
  return `packet:${interfaceIndex} protocol 0x${protocol.toString(16).padStart(4, '0')}${text === '' ? '' : ` ${text}`}`
}
