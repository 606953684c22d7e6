/**
 * What a socket can be made of that somebody else has: a descriptor, or a socket of Node's own.
 * @module
 */
import type { Socket as DatagramSocket } from 'node:dgram'
import { linkSync, renameSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { constants } from '../../generated/constants.ts'
import { descriptor, succeeded } from '../arguments.ts'
import { fdOf } from '../descriptors/descriptor.ts'
import { isOwnedFd, type OwnedFd } from '../descriptors/owned-fd.ts'
import { attempt, outOfRange, show } from '../errors.ts'
import * as sys from '../native/syscalls.ts'

/** What `adopt` takes. */
export type Adoptable = number | OwnedFd | Socket | Server | DatagramSocket

/** A descriptor on its way to a new owner. */
interface Held {
  readonly fd: number
  /** The new owner has it. */
  release(): void
  /** There is none after all. */
  giveBack(): void
}

/** @throws TypeError for what has no descriptor; RangeError for a socket of Node's own that cannot be taken over as it is */
export function heldBy(from: Adoptable): Held {
  if (isOwnedFd(from)) return { fd: descriptor('adopt', from.fd), release: () => { from.take() }, giveBack: () => {} }
  if (typeof from !== 'object' || from === null) return { fd: descriptor('adopt', from), release: () => {}, giveBack: () => {} }
  const own = fdOf(from)
  if ('destroy' in from) checkUntouched(from)
  // Node closes its own: the connection goes on by the duplicate.
  const fd = succeeded(sys.call('fcntl', own, constants.F_DUPFD_CLOEXEC, 0), 'dup')
  return { fd, release: () => { letGo(from) }, giveBack: () => { sys.call('close', fd) } }
}

/** What Node has read, or has not written, would be lost. */
function checkUntouched(socket: Socket & { readonly encrypted?: boolean }): void {
  const refuse = (reason: string): never => { throw outOfRange(`Cannot adopt ${show(socket)}: ${reason}`) }
  if (socket.encrypted === true) refuse('Node encrypts its bytes (TLS)')
  if (socket.bytesRead > 0) refuse(`Node has read ${socket.bytesRead} bytes from it, and dropped the descriptors that came with them: create the server with pauseOnConnect`)
  if (socket.writableLength > 0) refuse(`${socket.writableLength} bytes are still waiting to be written`)
}

function letGo(from: Exclude<Adoptable, number | OwnedFd>): void {
  if ('destroy' in from) from.destroy()
  else if ('listening' in from) keepingFile(from)
  else from.close()
}

/** Node removes the socket file of a server when it closes it. The server is ours now, and its file stays. */
function keepingFile(server: Server): void {
  const path = server.address()
  if (typeof path !== 'string' || path.startsWith('\0')) {
    server.close()
    return
  }
  const other = `${path}.${process.pid}`
  const linked = attempt(() => { linkSync(path, other); return true }) === true
  server.close()
  if (linked) renameSync(other, path)
}
