/**
 * Reads `NOTIFY_SOCKET`, the destination of notifications.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { encodeAddress } from '../address/address.ts'
import type { UnixAddress } from '../address/unix.ts'
import type { VsockAddress } from '../address/vsock.ts'
import { invalidAddress, show } from '../errors.ts'

const { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, VMADDR_CID_ANY, VMADDR_PORT_ANY } = constants

/** The service manager of this system, or one outside this virtual machine, with the socket types to try. */
export type NotifySocket =
  | { readonly family: 'unix'; readonly address: UnixAddress }
  | { readonly family: 'vsock'; readonly address: VsockAddress; readonly types: readonly number[] }

/** Socket types by the word before the first colon. Some hypervisors support neither datagram nor seqpacket sockets. */
const vsockTypes: Readonly<Record<string, readonly number[]>> = {
  vsock: [SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM],
  'vsock-dgram': [SOCK_DGRAM],
  'vsock-seqpacket': [SOCK_SEQPACKET],
  'vsock-stream': [SOCK_STREAM],
}
const forms = "expected '/path', '@abstract' or 'vsock:CID:PORT' (vsock-dgram, vsock-seqpacket, vsock-stream)"

/** Returns the destination of notifications, or `undefined` if none is set. @throws RangeError `ERR_CMSG_INVALID_ADDRESS` */
export function notifySocket(): NotifySocket | undefined {
  const text = process.env.NOTIFY_SOCKET
  if (text === undefined || text === '') return undefined
  const socket = text.startsWith('/') || text.startsWith('@') ? onUnix(text) : onVsock(text)
  if (socket === undefined) throw invalidAddress(`Cannot notify NOTIFY_SOCKET=${show(text)} of the environment: ${forms}`)
  return socket
}

function onUnix(text: string): NotifySocket | undefined {
  if (text === '@') return undefined
  const address = text.startsWith('@') ? { abstract: text.slice(1) } : { path: text }
  // Refuses a name that is too long here, before anything is sent.
  encodeAddress(address)
  return { family: 'unix', address }
}

function onVsock(text: string): NotifySocket | undefined {
  const [, name = '', cidText, portText] = /^([a-z-]+):(\d+):(\d+)$/.exec(text) ?? []
  const [cid, port] = [Number(cidText), Number(portText)]
  // Both have 32 bits, and the largest number means any.
  if (!Object.hasOwn(vsockTypes, name) || !(cid < VMADDR_CID_ANY) || !(port < VMADDR_PORT_ANY)) return undefined
  return { family: 'vsock', address: { cid, port }, types: vsockTypes[name]! }
}
