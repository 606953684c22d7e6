/**
 * `NOTIFY_SOCKET`: where notifications go.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { encodeAddress } from '../address/address.ts'
import type { UnixAddress } from '../address/unix.ts'
import type { VsockAddress } from '../address/vsock.ts'
import { invalidAddress, show } from '../errors.ts'

const { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, VMADDR_CID_ANY, VMADDR_PORT_ANY } = constants

/** The service manager of this system, or one outside of this virtual machine, with the types of socket to try. */
export type NotifySocket =
  | { readonly family: 'unix'; readonly address: UnixAddress }
  | { readonly family: 'vsock'; readonly address: VsockAddress; readonly types: readonly number[] }

/** By what is in front of the first colon. A hypervisor may have no datagrams, nor seqpacket sockets. */
const vsockTypes: Readonly<Record<string, readonly number[]>> = {
  vsock: [SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM],
  'vsock-dgram': [SOCK_DGRAM],
  'vsock-seqpacket': [SOCK_SEQPACKET],
  'vsock-stream': [SOCK_STREAM],
}
const forms = "expected '/path', '@abstract' or 'vsock:CID:PORT' (vsock-dgram, vsock-seqpacket, vsock-stream)"

/** The socket that notifications go to; `undefined` where there is none. @throws RangeError `ERR_CMSG_INVALID_ADDRESS` */
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
  // A name that is too long is refused here, and not only when something is sent.
  encodeAddress(address)
  return { family: 'unix', address }
}

function onVsock(text: string): NotifySocket | undefined {
  const [, name = '', cidText, portText] = /^([a-z-]+):(\d+):(\d+)$/.exec(text) ?? []
  const [cid, port] = [Number(cidText), Number(portText)]
  // Each has 32 bits, and the largest number means any.
  if (!Object.hasOwn(vsockTypes, name) || !(cid < VMADDR_CID_ANY) || !(port < VMADDR_PORT_ANY)) return undefined
  return { family: 'vsock', address: { cid, port }, types: vsockTypes[name]! }
}
