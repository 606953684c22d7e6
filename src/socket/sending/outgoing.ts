/**
 * What a message to be sent is made of.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { encodeAddress, type AddressLike } from '../../address/address.ts'
import type { Family } from '../../control/define.ts'
import { encodeControl } from '../../control/encode.ts'
import { invalidAddress, invalidType, outOfRange, show } from '../../errors.ts'
import { bytes } from '../../arguments.ts'
import { sendFlags } from '../../libc/messages.ts'
import { checkSend } from '../options/options.ts'
import type { Outgoing } from './lane.ts'
import type { Data, SendOptions } from '../types.ts'

const { SOCK_STREAM } = constants

/** A message as it was given, to one as it goes; refused where the kernel would drop part of it without a word. */
export function outgoing(data: Data, options: SendOptions, type: number, family: Family | undefined): Outgoing {
  const { to, control: items, flags = 0 } = options
  const buffers = buffersOf(data)
  let control: Uint8Array | undefined
  if (items !== undefined && !Array.isArray(items)) throw invalidType(`Cannot send ${show(items)} as control messages: expected an array of them, such as [rights([fd])]`)
  if (items !== undefined && items.length > 0) {
    checkSend(items, family)
    control = encodeControl(items)
    if (type === SOCK_STREAM && buffers.every(({ length }) => length === 0)) {
      throw outOfRange(`Cannot send ${items.map(({ kind }) => kind).join(' and ')} without data on a stream: the kernel would drop it; at least one byte must go along`)
    }
  }
  return { buffers, name: to === undefined ? undefined : nameOf(to), control, flags: sendFlags('sendmsg', flags) }
}

const textEncoder = new TextEncoder()
function buffersOf(data: Data): readonly Uint8Array[] {
  if (typeof data === 'string') return [textEncoder.encode(data)]
  if (data instanceof Uint8Array) return [bytes('sendmsg', 'data', data)]
  if (Array.isArray(data) && data.every((buffer) => buffer instanceof Uint8Array)) return data.length === 0 ? [new Uint8Array(0)] : data.map((buffer) => bytes('sendmsg', 'data', buffer))
  throw invalidType(`Cannot send ${show(data)}: expected a string, a Uint8Array or an array of them`)
}

// Who sends to a name mostly sends there again, and the name costs as much as the rest of the message.
let lastTo: string | undefined
let lastName: Uint8Array = new Uint8Array(0)

function nameOf(to: AddressLike): Uint8Array {
  if (typeof to === 'string') {
    if (to !== lastTo) [lastTo, lastName] = [to, encodeAddress(to)]
    return lastName
  }
  if (typeof to === 'object' && to !== null && 'unnamed' in to) {
    throw invalidAddress('Cannot send to an unnamed socket: to be answered, the sender must bind an address of its own, if only { unnamed: true }, which lets the kernel choose')
  }
  return encodeAddress(to)
}
