/**
 * Takes over existing descriptors, and the descriptors of Node's own sockets.
 * @module
 */
import type { Socket as DatagramSocket } from 'node:dgram'
import { linkSync, renameSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { constants } from '../../generated/constants.ts'
import { descriptor, succeeded } from '../arguments.ts'
import { fdOf } from '../descriptors/descriptor.ts'
import { isOwnedFd, type OwnedFd } from '../descriptors/owned-fd.ts'
import { attempt, count, invalidType, outOfRange, show } from '../errors.ts'
import * as sys from '../native/syscalls.ts'
import { checkUnowned } from './socket-descriptor.ts'

/** The argument of {@link MessageSocket.adopt}: a descriptor, or one of Node's own sockets. */
export type Adoptable = number | OwnedFd | Socket | Server | DatagramSocket

/** A descriptor during the transfer to a new owner. */
interface Transfer {
  readonly fd: number
  /** Completes the transfer. */
  complete(): void
  /** Undoes the transfer. */
  giveBack(): void
}

/** Starts a transfer. @throws TypeError without a descriptor; RangeError for one of Node's sockets that cannot be taken over */
export function transferFrom(from: Adoptable): Transfer {
  if (isOwnedFd(from)) return { fd: descriptor('adopt', from.fd), complete: () => { from.take() }, giveBack: () => {} }
  if (typeof from === 'number') return { fd: descriptor('adopt', from), complete: () => {}, giveBack: () => {} }
  if (typeof from !== 'object' || from === null) {
    throw invalidType(`Cannot adopt ${show(from)}: expected a descriptor number, an OwnedFd, a net.Socket, a net.Server or a dgram.Socket`)
  }
  // What the object has read ahead would be lost, and it would close the descriptor a second time.
  if ('fd' in from) throw outOfRange(`Cannot adopt ${show(from)}, which owns its descriptor: ${remedyFor(from)}`)
  const own = fdOf(from)
  checkUnowned(own)
  if ('destroy' in from) checkUntouched(from)
  else if ('getSendQueueCount' in from) checkSent(from)
  // Node closes its own descriptor; the duplicate keeps the connection open.
  const fd = succeeded(sys.call('fcntl', own, constants.F_DUPFD_CLOEXEC, 0), 'dup')
  return { fd, complete: () => { letGo(from) }, giveBack: () => { sys.call('close', fd) } }
}

function remedyFor(owner: { readonly fd: unknown }): string {
  if ('detach' in owner) return 'adopt the fd that its detach() returns'
  // Node would not close it, so its duplicate would not end the connection.
  if ('destroy' in owner && standard.includes(owner.fd)) {
    return `it is a standard stream of the process; adopt its number, MessageSocket.adopt(${String(owner.fd)}), and do not use the stream`
  }
  return 'expected a number, an OwnedFd or a socket of Node'
}

/** The descriptors of process.stdin, process.stdout and process.stderr. */
const standard: readonly unknown[] = [0, 1, 2]

/** Refuses a socket whose messages Node has not sent: they would be lost. Node does not say if a send waits for a name to be resolved. */
function checkSent(socket: DatagramSocket): void {
  const waiting = socket.getSendQueueCount()
  if (waiting > 0) throw outOfRange(`Cannot adopt ${show(socket)}: Node has not yet sent ${count(waiting, 'message')}`)
}

/** Refuses a socket from which Node has read, or to which it has not written everything: that data would be lost. */
function checkUntouched(socket: Socket & { readonly encrypted?: boolean }): void {
  const refuse = (reason: string): never => { throw outOfRange(`Cannot adopt ${show(socket)}: ${reason}`) }
  if (socket.encrypted === true) refuse('Node encrypts its bytes (TLS)')
  if (socket.bytesRead > 0) {
    refuse(`Node has read ${count(socket.bytesRead, 'byte')} from it, and dropped the descriptors that came with them: `
      + 'create the server with pauseOnConnect')
  }
  if (socket.readableLength > 0) refuse(`${count(socket.readableLength, 'byte')} put back with unshift() would be lost`)
  if (socket.writableLength > 0) refuse(`Node has not yet written ${count(socket.writableLength, 'byte')}`)
  if (socket.writableEnded) refuse('end() was called, and its end is not sent yet')
}

function letGo(from: Exclude<Adoptable, number | OwnedFd>): void {
  if ('destroy' in from) from.destroy()
  else if ('listening' in from) closeKeepingFile(from)
  else from.close()
}

/** Closes Node's server but keeps its socket file, which Node removes at close. */
function closeKeepingFile(server: Server): void {
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
