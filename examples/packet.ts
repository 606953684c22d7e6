/**
 * The packet that the examples exchange: struct packet { int index; char msg[32]; }, 36 bytes.
 */
import { defineStruct } from 'cmsg/codec'

export const packet = defineStruct({ index: 'i32', msg: ['char', 32] }, { name: 'packet' })

export function encodePacket(index: number): Uint8Array {
  const bytes = new Uint8Array(packet.size)
  packet.write(new DataView(bytes.buffer), 0, { index, msg: `packet ${index}` })
  return bytes
}

/** Returns true if the data has the size of a packet: a peer can send anything. */
export const isPacket = (data: Uint8Array): boolean => data.length === packet.size

export const decodePacket = (data: Uint8Array): { index: number; msg: string } =>
  packet.read(new DataView(data.buffer, data.byteOffset, data.byteLength))
