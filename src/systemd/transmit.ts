/**
 * Sends notifications to the service manager.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { encodeAddress } from '../address/address.ts'
import type { UnixAddress } from '../address/unix.ts'
import type { VsockAddress } from '../address/vsock.ts'
import { OwnedFd } from '../descriptors/owned-fd.ts'
import type { Descriptor } from '../descriptors/descriptor.ts'
import { rights } from '../descriptors/rights.ts'
import { SystemError, unsupported } from '../errors.ts'
import * as libc from '../libc/sockets.ts'
import { MessageSocket } from '../socket/message-socket.ts'
import type { Abortable } from '../socket/types.ts'
import type { NotifySocket } from './notify-socket.ts'

const { AF_VSOCK, SOCK_DGRAM, SOCK_NONBLOCK, SHUT_WR, VMADDR_CID_ANY } = constants

/** What goes along with a notification, and how it is waited for. */
export interface Transmission {
  readonly fds?: readonly Descriptor[]
  readonly barrier?: Abortable | undefined
  /** Does not keep the process alive. */
  readonly background?: boolean
}

/** Sends a notification. To a Unix socket with room it has gone when this returns. */
export async function transmit(to: NotifySocket, text: string, { fds = [], barrier, background = false }: Transmission): Promise<void> {
  if (to.family === 'vsock') {
    if (fds.length > 0 || barrier !== undefined) {
      throw unsupported('Cannot pass descriptors, nor a barrier, which is one, to a NOTIFY_SOCKET that is a vsock address')
    }
    return overVsock(to.address, to.types, text, background)
  }
  const socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
  if (background) socket.unref()
  try {
    await socket.send(text, { to: to.address, control: fds.length > 0 ? [rights(fds)] : [] })
    if (barrier !== undefined) await pass(socket, to.address, barrier)
  } finally {
    await socket.close()
  }
}

/** The service manager closes what comes with a barrier once it has processed all that came before it. */
async function pass(socket: MessageSocket, to: UnixAddress, { signal }: Abortable): Promise<void> {
  const [ours, theirs] = MessageSocket.pair({ type: 'stream' })
  try {
    const sent = socket.send('BARRIER=1', { to, control: [rights([theirs])], signal })
    // A message that waits has a duplicate.
    await theirs.close()
    await sent
    while (await ours.receive({ signal }) !== undefined);
  } finally {
    await theirs.close()
    await ours.close()
  }
}

async function overVsock(to: VsockAddress, types: readonly number[], text: string, background: boolean): Promise<void> {
  const { fd, type } = openVsock(types)
  const socket = MessageSocket.adopt(fd)
  if (background) socket.unref()
  try {
    if (type === SOCK_DGRAM) {
      await socket.send(text, { to })
      return
    }
    await socket.connect(to)
    await socket.send(text)
    // The receiver closes the connection once it has read to this end.
    libc.shutdown(socket.fd, SHUT_WR)
    while (await socket.receive() !== undefined);
  } finally {
    await socket.close()
  }
}

const { EACCES, EPERM, EADDRINUSE, ENODEV, EAFNOSUPPORT, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT } = errno
/** This kernel, or the hypervisor, has no sockets of the type. */
const noSuchType: ReadonlySet<number> = new Set([ENODEV, EAFNOSUPPORT, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT])

/** A socket of the first type that there is. */
function openVsock([type, ...others]: readonly number[]): { readonly fd: OwnedFd; readonly type: number } {
  let fd: OwnedFd
  try {
    fd = new OwnedFd(libc.socket(AF_VSOCK, type! | SOCK_NONBLOCK))
  } catch (error) {
    if (others.length === 0 || !(error instanceof SystemError && noSuchType.has(-error.errno))) throw error
    return openVsock(others)
  }
  try {
    bindPrivileged(fd.fd)
  } catch (error) {
    fd.close()
    throw error
  }
  return { fd, type: type! }
}

/** Ports below 1024 are for privileged processes: by one the receiver knows the sender for such a process. */
function bindPrivileged(fd: number): void {
  for (let port = 1023; port > 0; port--) {
    try {
      libc.bind(fd, encodeAddress({ cid: VMADDR_CID_ANY, port }))
      return
    } catch (error) {
      const code = error instanceof SystemError ? -error.errno : undefined
      if (code === EACCES || code === EPERM) return
      if (code !== EADDRINUSE) throw error
    }
  }
}
