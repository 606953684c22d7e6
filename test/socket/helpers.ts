/**
 * Small things that the tests of sockets share.
 * @module
 */
import { dirname, join } from 'node:path'
import { constants } from '../../generated/constants.ts'
import type { AddressLike, MessageSocket } from '../../src/index.ts'
import { accept4, bind, close, connect, getsockname, listen, recvmsg, socket } from '../../src/libc.ts'
import { encodeAddress } from '../../src/codec.ts'
import { newDescriptors } from '../support/fds.ts'
import { tempDir } from '../support/processes.ts'

const { AF_INET, SOCK_STREAM, SOCK_DGRAM, MSG_DONTWAIT } = constants

export const path = (): string => join(tempDir(), 'socket')
export const text = (message: { readonly data: Buffer } | undefined): string | undefined => message && String(message.data)

/** The value of a promise, or the code of its error, or what else it was rejected with. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then((value) => value, (error: NodeJS.ErrnoException) => error.code ?? error)

/** Sends until it would wait: the number of messages that went. */
export function fill(
  one: Pick<MessageSocket, 'sendNow'>, options: { to?: AddressLike } = {}, data: string | Uint8Array = 'filling',
): number {
  let count = 0
  while (one.sendNow(data, options) !== undefined) count++
  return count
}

/** Names of one socket: the path with slashes and dots that mean nothing. */
export function aliases(of: string, count: number): string[] {
  const bits = Math.ceil(Math.log2(count))
  const folder = dirname(of)
  return Array.from({ length: count }, (_, i) =>
    folder + Array.from({ length: bits }, (__, bit) => ((i >> bit) % 2 === 0 ? '/./' : '///')).join('') + of.slice(folder.length))
}

/** Takes the messages that are left in the kernel's queue of a descriptor. */
export function left(fd: number): string[] {
  const messages: string[] = []
  for (;;) {
    try {
      messages.push(String(recvmsg(fd, { size: 65536 }, MSG_DONTWAIT).data))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return messages
      throw error
    }
  }
}

/** A TCP connection over loopback, or one of another protocol that is like it. */
export function tcp(protocol = 0): [number, number] {
  const listener = socket(AF_INET, SOCK_STREAM, protocol)
  bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(listener, 1)
  const client = socket(AF_INET, SOCK_STREAM, protocol)
  connect(client, getsockname(listener))
  const { fd } = accept4(listener)
  close(listener)
  return [client, fd]
}

/** The address of a UDP port that nobody has. */
export function nobody(): Uint8Array {
  const fd = socket(AF_INET, SOCK_DGRAM)
  bind(fd, encodeAddress({ address: '127.0.0.1', port: 0 }))
  const address = getsockname(fd)
  close(fd)
  return address
}

/** Descriptors opened since, but for those that waiting takes. */
export const opened = (before: Map<number, string>): string[] => newDescriptors(before).filter((line) => !line.includes('anon_inode'))

/** Messages by number: `0`, `1`, … */
export const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i))
