/**
 * Closes sockets that were garbage-collected without being closed, and warns.
 * @module
 */
import { Forgotten } from '../descriptors/forgotten.ts'
import type { Core } from './core.ts'

export const forgotten: Forgotten<Core> = new Forgotten<Core>((core) => {
  if (core.state !== 'open') return undefined
  const { fd } = core
  core.close()
  return `A socket (file descriptor ${fd}) was garbage-collected without being closed, and is closed now. Close or dispose of sockets.`
}, 'CMSG_FORGOTTEN_SOCKET')
