/**
 * The information that a `message` event has besides the data.
 * @module
 */
import { decodeText } from '../abi/text.ts'
import type { Address } from '../address/address.ts'
import type { UnixAddress } from '../address/unix.ts'
import type { AnyControlMessage } from '../control/define.ts'
import type { Message } from '../socket/receiving/message.ts'

/** The second argument of a `message` event. */
export interface MessageInfo<D extends AnyControlMessage = never> {
  /**
   * The pathname of the sender, to which `send` can reply; begins with a NUL for an abstract name; `null` for a sender without a
   * name, which cannot receive a reply.
   */
  readonly path: string | null
  /** The number of data bytes. */
  readonly size: number
  /** The address of the sender, byte for byte: a name that is not UTF-8 is given as bytes. */
  readonly address: UnixAddress
  /**
   * The message itself, with its control messages. Its descriptors are closed after the listeners have returned, unless one of them
   * has taken them: `info.message.get(rights)?.[0]?.take()`.
   */
  readonly message: Message<D>
}

const text = (name: string | Uint8Array): string => (typeof name === 'string' ? name : decodeText(name))

function pathOf(address: Address): string | null {
  if ('path' in address) return text(address.path)
  return 'abstract' in address ? `\0${text(address.abstract)}` : null
}

/** Returns the information that the `message` event passes with a message. */
export function infoOf<D extends AnyControlMessage>(message: Message<D>): MessageInfo<D> {
  const { address } = message
  // All senders to a Unix socket have a Unix address.
  return { path: pathOf(address), size: message.data.length, address: address as UnixAddress, message }
}
