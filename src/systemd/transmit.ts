/**
 * Sends notifications to the service manager.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { encodeAddress, formatAddress } from '../address/address.ts'
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

/** The descriptors of a notification, and how to wait for it. */
export interface Transmission {
  readonly fds?: readonly Descriptor[]
  readonly barrier?: Abortable | undefined
  /** True if the notification must not keep the process alive. */
  readonly background?: boolean
}

/** Sends a notification. If a Unix socket has room, the notification has been sent when this function returns. */
export async function transmit(to: NotifySocket, text: string, { fds = [], barrier, background = false }: Transmission): Promise<void> {
  if (to.family === 'vsock') {
    if (fds.length > 0 || barrier !== undefined) {
      throw unsupported('Cannot pass descriptors to a NOTIFY_SOCKET that is a vsock address; a barrier needs one too')
    }
    return overVsock(to.address, to.types, text, background)
  }
  await overUnix(to.address, background, async (socket) => {
    await socket.send(text, { to: to.address, control: fds.length > 0 ? [rights(fds)] : [] })
    if (barrier !== undefined) await pass(socket, to.address, barrier)
  })
}

/** A socket and the number of notifications that are being sent on it. */
interface Shared { readonly socket: MessageSocket; users: number }

/**
 * Open sockets by destination. Notifications that wait for room in the manager's queue share one, which sends them in their order: the
 * last `STATUS=` must be the last to arrive.
 */
const open = new Map<string, Shared>()

async function overUnix(to: UnixAddress, background: boolean, use: (socket: MessageSocket) => Promise<void>): Promise<void> {
  const key = `${background} ${formatAddress(to)}`
  let shared = open.get(key)
  if (shared === undefined) {
    shared = { socket: MessageSocket.open({ family: 'unix', type: 'datagram' }), users: 0 }
    open.set(key, shared)
    if (background) shared.socket.unref()
  }
  shared.users++
  try {
    await use(shared.socket)
  } finally {
    shared.users--
    if (shared.users === 0) {
      open.delete(key)
      await shared.socket.close()
    }
  }
}

/** Waits for the barrier: the service manager closes its descriptor when it has processed all earlier notifications. */
async function pass(socket: MessageSocket, to: UnixAddress, { signal }: Abortable): Promise<void> {
  const [ours, theirs] = MessageSocket.pair({ type: 'stream' })
  try {
    const sent = socket.send('BARRIER=1', { to, control: [rights([theirs])], signal })
    // A waiting message has its own duplicate.
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
  const socket = adopted(fd)
  if (background) socket.unref()
  try {
    if (type === SOCK_DGRAM) {
      await socket.send(text, { to })
      return
    }
    await socket.connect(to)
    await socket.send(text)
    // The receiver closes the connection when it has read up to here.
    libc.shutdown(socket.fd, SHUT_WR)
    while (await socket.receive() !== undefined);
  } finally {
    await socket.close()
  }
}

function adopted(fd: OwnedFd): MessageSocket {
  try {
    return MessageSocket.adopt(fd)
  } catch (error) {
    fd.close()
    throw error
  }
}

const { EACCES, EPERM, EADDRINUSE, ENODEV, EAFNOSUPPORT, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT } = errno
/** Errnos of a kernel or hypervisor that does not support a socket type. */
const noSuchType: ReadonlySet<number> = new Set([ENODEV, EAFNOSUPPORT, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT])

/** Opens a socket of the first supported type. */
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

/** Binds to a port below 1024 if permitted, since such a port proves to the receiver that the sender is privileged. */
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
